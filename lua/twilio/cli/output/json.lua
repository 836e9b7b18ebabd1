--- Records as JSON: an array, an object, or with the format jsonl an object on each line.

local json = {}

-- Returns the position after the string that begins at `at`.
local function after_string(text, at)
  at = at + 1
  while true do
    local stop = text:find('["\\]', at)
    if not stop then return #text + 1 end
    if text:byte(stop) == 34 then return stop + 1 end
    at = stop + 2
  end
end

local OPENING, CLOSING = { ["{"] = "}", ["["] = "]" }, { ["}"] = true, ["]"] = true }

--- Returns JSON text with line breaks and indentation, or without any if `indent` is nil. The text
-- must be valid. Numbers and strings stay as they are.
function json.format(text, indent)
  local parts, depth, at = {}, 0, 1
  local function add(part) parts[#parts + 1] = part end
  local function line() if indent then add("\n" .. indent:rep(depth)) end end
  while at <= #text do
    local c = text:sub(at, at)
    local stop = at + 1
    if c == '"' then
      stop = after_string(text, at)
      add(text:sub(at, stop - 1))
    elseif OPENING[c] then
      local closing = text:match("^%s*(.)", stop)
      add(c)
      if closing == OPENING[c] then
        add(closing)
        stop = text:find(closing, stop, true) + 1
      else
        depth = depth + 1
        line()
      end
    elseif CLOSING[c] then
      depth = depth - 1
      line()
      add(c)
    elseif c == "," then
      add ","
      line()
    elseif c == ":" then
      add(indent and ": " or ":")
    elseif not c:find "%s" then
      add(text:match("^[^%s,%]}:]+", at))
      stop = at + #parts[#parts]
    end
    at = stop
  end
  return table.concat(parts)
end

local Records = {}
Records.__index = Records

function json.new(context)
  return setmetatable({
    writer = context.writer, columns = context.columns, is_array = context.is_list and context.format == "json", count = 0,
    indent = context.writer.columns and context.format == "json" and "  " or nil,
  }, Records)
end

-- Returns the JSON text of the record, or of the fields that the columns name.
local function text_of(self, record)
  local encode = require("twilio.json").encode
  if type(record) == "string" then return encode(record) end
  if not self.columns then return record:json() end
  local all, parts = record:to_table(), {}
  for i, name in ipairs(self.columns) do
    local value = all[name]
    parts[i] = encode(name) .. ":" .. (value == nil and "null" or encode(value))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function Records:record(record)
  self.count = self.count + 1
  local text = json.format(text_of(self, record), self.indent)
  if not self.is_array then return self.writer:write(text .. "\n") end
  if self.indent then text = text:gsub("\n", "\n" .. self.indent) end
  self.writer:write((self.count == 1 and "[\n" or ",\n") .. (self.indent or "") .. text)
end

function Records.page() end

function Records:finish()
  if self.is_array then self.writer:write(self.count == 0 and "[]\n" or "\n]\n") end
end

return json
