--- Records as an aligned table, or one record as a list of its fields.
--
-- The widths of the columns are those of the first page. The records after it are written at once, so
-- that a long list is not held in memory.

local columns = require "twilio.cli.columns"
local text = require "twilio.cli.text"

local tables = {}

local GAP = "  "
local LEAST = 16 -- the width that a column with long texts keeps

local Table = {}
Table.__index = Table

-- Returns a date in UTC that takes less room than Twilio's: 2026-11-30 08:19:47.
local function short_date(record, name)
  if not (name:find "^date" or name:find "_time$" or name:find "_at$") then return nil end
  local ok, seconds = pcall(record.time, record, name)
  return ok and seconds and os.date("!%Y-%m-%d %H:%M:%S", math.floor(seconds)) or nil
end

local function cell(record, name)
  if type(record) ~= "string" then
    local date = short_date(record, name)
    if date then return date end
  end
  return text.printable(columns.text(record, name) or "")
end

-- ---- widths ----

-- Whether a column must not be cut: SIDs, numbers and dates are of no use in part.
local function is_exact(name)
  return name == "sid" or name == "id" or name:find "_sid$" or name:find "^date" or name:find "_time$" or name:find "number$"
    or name == "from" or name == "to"
end

local function total(widths)
  local sum = #GAP * (#widths - 1)
  for _, width in ipairs(widths) do sum = sum + width end
  return sum
end

-- Makes the widest columns with long texts narrower. Returns whether the table fits.
local function shrink(names, widths, room)
  while total(widths) > room do
    local widest
    for i, name in ipairs(names) do
      if not is_exact(name) and widths[i] > LEAST and (not widest or widths[i] > widths[widest]) then widest = i end
    end
    if not widest then return false end
    widths[widest] = math.max(LEAST, widths[widest] - (total(widths) - room))
  end
  return true
end

-- Drops the last columns of a table that is too wide, unless the user chose the columns.
local function fit(self, widths)
  local room = self.context.writer.columns
  while room and not shrink(self.names, widths, room) do
    if self.context.columns or #widths <= 2 then return end
    widths[#widths], self.names[#self.names] = nil, nil
  end
end

local function measure(self)
  local widths, are_numbers = {}, {}
  for i, name in ipairs(self.names) do
    widths[i], are_numbers[i] = self.context.has_header and #name or 1, self.rows[1] ~= nil
    for _, row in ipairs(self.rows) do
      widths[i] = math.max(widths[i], text.width(row[i]))
      are_numbers[i] = are_numbers[i] and (row[i] == "" or row[i]:find "^-?%d+%.?%d*$" ~= nil)
    end
  end
  fit(self, widths)
  self.widths, self.are_numbers = widths, are_numbers
end

-- ---- lines ----

local function line_of(self, row)
  local cells = {}
  for i, width in ipairs(self.widths) do
    local may_cut = self.context.writer.columns and not is_exact(self.names[i])
    cells[i] = text.pad(may_cut and text.cut(row[i], width) or row[i], width, self.are_numbers[i])
  end
  return table.concat(cells, GAP):gsub(" +$", "") .. "\n"
end

-- Writes the header and the rows that were held.
local function release(self)
  measure(self)
  local writer = self.context.writer
  if self.context.has_header then
    local header = {}
    for i, name in ipairs(self.names) do header[i] = name:upper():gsub("_", " ") end
    writer:write(writer:bold(line_of(self, header):gsub("\n$", "")) .. "\n")
  end
  for _, row in ipairs(self.rows) do writer:write(line_of(self, row)) end
  self.rows = false
end

local function row_of(self, record)
  local row = {}
  for i, name in ipairs(self.names) do row[i] = cell(record, name) end
  return row
end

function Table:record(record)
  if not self.names[1] then self.names = columns.of_record(record) end
  local row = row_of(self, record)
  if not self.rows then return self.context.writer:write(line_of(self, row)) end
  self.rows[#self.rows + 1] = row
end

function Table:page()
  if self.rows and self.rows[1] then release(self) end
end

Table.finish = Table.page

-- ---- one record ----

local Fields = {}
Fields.__index = Fields

function Fields:record(record)
  local names = self.context.columns or columns.of_record(record)
  local widest, writer = 0, self.context.writer
  for _, name in ipairs(names) do widest = math.max(widest, #name) end
  for _, name in ipairs(names) do
    local value = text.printable(columns.text(record, name) or "")
    -- An object may fill several screens. --output json shows it.
    if writer.columns and value:find "^[%[{]" then value = text.cut(value, math.max(LEAST, writer.columns - widest - #GAP)) end
    writer:write((writer:bold(name) .. (" "):rep(widest - #name) .. GAP .. value):gsub(" +$", "") .. "\n")
  end
end

function Fields.page() end
Fields.finish = Fields.page

function tables.new(context)
  if not context.is_list then return setmetatable({ context = context }, Fields) end
  return setmetatable({ context = context, names = context.columns or columns.usual(context.resource), rows = {} }, Table)
end

return tables
