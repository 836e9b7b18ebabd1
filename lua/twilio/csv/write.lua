--- The verb `csv` of lists: writes all records of a list as CSV (RFC 4180).

local core = require "twilio.core"
core.keep(...)
local file_error = require "twilio.file_error"
local iterator = require "twilio.iterator"
local send = require "twilio.send"

local unpack = table.unpack or unpack

local write = {}

-- The options of `csv` that the iterator of a list does not have.
local OWN = { columns = true, progress = true, safe = true }

-- ---- cells ----

-- Returns whether a spreadsheet may run the text as a formula. A signed number, such as a phone
-- number or a price, is harmless.
local function is_formula(text)
  return text:find "^[=+%-@\t\r\n]" and not text:find "^[+-]%d+%.?%d*$"
end

local function quote(text, is_safe)
  if is_safe and is_formula(text) then text = "'" .. text end
  if not text:find '[,"\r\n]' then return text end
  return '"' .. text:gsub('"', '""') .. '"'
end

-- Returns the text of a value that the function of a column has returned.
local function text_of(value, header)
  if value == nil or value == core.null then return "" end
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "boolean" then return tostring(value) end
  if kind == "table" then return require("twilio.json").encode(value) end
  return core.number(value) or core.misuse(("the function of column '%s' returned a value that has no text: %s"):format(header, tostring(value)))
end

-- Returns the record as a line. A line of one empty cell is written as "", because readers skip empty
-- lines.
local function line_of(self, record)
  local cells = {}
  for i, column in ipairs(self.columns) do
    local text
    if column.read then
      text = text_of(column.read(record), column.header)
    elseif type(record) == "string" then -- some lists have strings in place of records
      text = record
    else
      text = core.column_text(record, column.name) or ""
    end
    cells[i] = quote(text, self.is_safe)
  end
  local line = table.concat(cells, ",")
  return (line == "" and '""' or line) .. "\r\n"
end

local function header_of(self)
  local cells = {}
  for i, column in ipairs(self.columns) do cells[i] = quote(column.header, self.is_safe) end
  local line = table.concat(cells, ",")
  return (line == "" and '""' or line) .. "\r\n"
end

-- ---- columns ----

local function default_columns(resource)
  local columns = {}
  for i, name in ipairs(core.columns(resource)) do columns[i] = { header = name, name = name } end
  if #columns == 0 then core.misuse(("Twilio does not document the fields of %s: pass the option 'columns'"):format(tostring(resource))) end
  return columns
end

-- Returns the header of a column, and the name of its field or its function.
local function parts_of(given)
  if type(given) == "string" then return given, given end
  if type(given) == "table" and type(given[1]) == "string" then return given[1], given[2] end
end

local function column_of(resource, given, place)
  local header, value = parts_of(given)
  if type(value) == "function" then return { header = header, read = value } end
  if type(value) ~= "string" then
    core.misuse(("column %d must be the name of a field, or { header, field or function }, got %s"):format(place, type(given)))
  end
  core.check_column(resource, value)
  return { header = header, name = value }
end

local function columns_of(resource, given)
  if given == nil then return default_columns(resource) end
  if type(given) ~= "table" or #given == 0 then
    core.misuse("option 'columns' must be an array of columns, got " .. (type(given) == "table" and "an empty table" or type(given)))
  end
  local columns, seen = {}, {}
  for i = 1, #given do
    local column = column_of(resource, given[i], i)
    if seen[column.header] then core.misuse(("two columns have the header '%s'"):format(column.header)) end
    seen[column.header], columns[i] = true, column
  end
  return columns
end

-- ---- writing ----

-- Fields of an output. An absent field is false.
--   it        the iterator over the records
--   columns   an array of { header =, name = or read = }
--   is_safe   whether a ' is written before texts that a spreadsheet may run as formulas
--   progress  the option
--   sink      the program's function that takes the lines
--   path      the path of the file, if there is no sink
--   file      the atomic file, if there is no sink
--   lines     the lines of the current page, which are not written yet
--   sent      the field `sent` of error tables: "yes" once a page was read
--   done      the number of records
--   reported  the number of records at the last call of `progress`
local Output = {}
Output.__index = Output

-- Frees the iterator, and removes the temporary file unless it was committed.
function Output:close()
  self.it:close()
  if self.file then self.file:abort() end
end

Output.__close = Output.close

local function fail_write(self, reason)
  return file_error.new("write", self.path or nil, reason, self.sent)
end

-- Calls f, which may call a function of the program. If f raises, the temporary file is removed, also
-- on Luas without __close. A sink is called without pcall, because Lua 5.1 cannot yield across pcall.
local function guard_output(self, f, ...)
  if not self.file then return f(...) end
  local ok, result = pcall(f, ...)
  if ok then return result end
  self:close()
  error(result, 0)
end

-- Returns true; or nil, message, err.
local function put_line(self, line)
  if self.file then
    self.lines[#self.lines + 1] = line
    return true
  end
  local ok, problem = self.sink(line)
  if not ok and problem ~= nil then return fail_write(self, tostring(problem)) end
  return true
end

-- Writes the lines of a page and calls `progress`. Returns true; or nil, message, err.
local function end_page(self)
  if self.file and self.lines[1] then
    local ok, reason = self.file:write(table.concat(self.lines))
    if not ok then return fail_write(self, reason) end
    self.lines = {}
  end
  if self.progress and self.reported ~= self.done then
    self.reported = self.done
    guard_output(self, self.progress, self.done)
  end
  return true
end

-- Writes all records. Returns true; or nil, message, err.
local function put_records(self)
  while true do
    local record, message, err = self.it:advance()
    if message then return nil, message, err end
    self.sent = "yes"
    if not record then return true end
    local ok
    ok, message, err = put_line(self, guard_output(self, line_of, self, record))
    self.done = self.done + 1
    if ok and self.it:is_at_page_end() then ok, message, err = end_page(self) end
    if not ok then return nil, message, err end
  end
end

-- Returns the number of records; or nil, message, err.
local function write_all_pages(self)
  local ok, message, err = put_line(self, header_of(self))
  if ok then ok, message, err = put_records(self) end
  if ok then ok, message, err = end_page(self) end
  if not ok then return nil, message, err end
  if self.file then
    local committed, reason = self.file:commit()
    if not committed then return fail_write(self, reason) end
  end
  return self.done
end

-- ---- the verb ----

-- Returns the place of the options among the arguments: after the SIDs and the parameters.
local function options_place(...)
  local place = 1
  while type((select(place, ...))) == "string" or type((select(place, ...))) == "number" do place = place + 1 end
  return place + 1
end

local function without_own(options)
  local rest = {}
  for name, value in pairs(options) do
    if not OWN[name] then rest[name] = value end
  end
  return rest
end

-- Returns the iterator over the records of all inner lists, and the resource of one inner list. The
-- resource has the documented fields of the records.
local function over_lists(resource, place, ...)
  local arguments, n = { ... }, math.max(select("#", ...), place)
  if type(arguments[place]) == "table" then arguments[place] = without_own(arguments[place]) end
  local outer, _, name = core.fan(resource, unpack(arguments, 1, n))
  local it = require("twilio.lists").new(resource, core.fan(resource, unpack(arguments, 1, n)))
  return it, outer("-")[name]
end

local function check_sink(sink, options)
  if type(sink) ~= "function" and (type(sink) ~= "string" or sink == "" or sink:find("\0", 1, true)) then
    core.misuse("csv takes the path of a file, or a function, got " .. (type(sink) == "string" and "an empty path or a NUL byte in it" or type(sink)))
  end
  if options.safe ~= nil and type(options.safe) ~= "boolean" then
    core.misuse("option 'safe' must be a boolean, got " .. type(options.safe))
  end
end

--- resource:csv(path or function, SIDs…, params, options): writes all records of a list as CSV.
--
-- The function is called with the line of the header, and then with the line of each record. Each line
-- has its line end. The function may return nil and a message to end the call. A file gets its name
-- when it is complete. Until then an existing file stays unchanged. Writing to a file blocks.
-- Options, in addition to those of iter:
--   columns   an array of names of fields, or of { header, name or function(record) }
--   progress  progress(done), after each page, with the number of records
--   safe      true: a ' is written before texts that a spreadsheet may run as formulas
-- Returns the number of records; or nil, message, err. Errors of a file have the kind `file`.
-- Errors that a function of the program raises propagate.
function write.csv(resource, sink, ...)
  local place = options_place(...)
  local options = select(place, ...)
  local it, source
  if core.fan(resource, ...) then
    it, source = over_lists(resource, place, ...)
  else
    it, source = iterator.new(resource, "csv", ...), resource
  end
  options = options or {}
  check_sink(sink, options)
  local self = setmetatable({
    it = it, columns = columns_of(source, options.columns), is_safe = options.safe or false, progress = options.progress or false,
    sink = type(sink) == "function" and sink, path = type(sink) == "string" and sink, file = false, lines = {}, done = 0,
    reported = false, sent = "no",
  }, Output)
  if self.path then
    local reason
    self.file, reason = core.atomic_file(sink)
    if not self.file then return fail_write(self, reason) end
  end
  local n, message, err
  for _ in send.once, nil, nil, self do n, message, err = write_all_pages(self) end -- see send.result
  self:close()
  if message then return nil, message, err end
  return n
end

return write
