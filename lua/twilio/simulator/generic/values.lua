--- Converts values to the types of api.lua, and writes them as JSON.
local cjson = require "cjson"
local dates = require "twilio.simulator.generic.dates"
local identifiers = require "twilio.simulator.generic.identifiers"

local values = {}

--- The value of null in tables.
values.null = cjson.null

local json = cjson.new()
if json.decode_array_with_array_mt then json.decode_array_with_array_mt(true) end -- empty arrays stay arrays

--- Decodes JSON. Returns nil if the text is no JSON.
function values.decode(text)
  local fine, value = pcall(json.decode, text)
  if fine then return value end
  return nil
end

-- ---- converting ----

local function text_of(value)
  if type(value) == "table" then return nil end
  return type(value) == "number" and ("%.14g"):format(value) or tostring(value)
end

local function date(of, value)
  local time = type(value) == "number" and value or type(value) == "string" and dates.parse(value)
  return time and dates.text(of.kind, time) or nil
end

local function number(of, value)
  local read = tonumber(value)
  if read and of.kind == "integer" and read % 1 ~= 0 then return nil end
  return read
end

local BOOLEANS = { ["true"] = true, ["false"] = false }

--- Returns the choice of an enum that a text means, in whichever case, or nil.
function values.choice(of, text)
  for _, choice in ipairs(of.choices) do
    if choice:lower() == text:lower() then return choice end
  end
  return nil
end

local converters = { string = function(_, value) return text_of(value) end, integer = number, number = number }
converters.uri, converters.phone = converters.string, converters.string
converters.date_time, converters.rfc2822, converters.date = date, date, date

function converters.boolean(_, value)
  if type(value) == "boolean" then return value end
  return BOOLEANS[tostring(value):lower()]
end

function converters.id(of, value)
  return type(value) == "string" and identifiers.matches(of, value) and value or nil
end

function converters.enum(of, value)
  local text = text_of(value)
  return text and values.choice(of, text)
end

function converters.array(of, value)
  local list, made = type(value) == "table" and value or { value }, {}
  for _, element in ipairs(list) do made[#made + 1] = values.convert(of.items, element) end
  return (#made > 0 or next(list) == nil) and #made >= (of.least or 0) and made or nil
end

function converters.any(_, value)
  local decoded = type(value) == "string" and value:find "^%s*[%[{]" and values.decode(value)
  return decoded or value
end

function converters.map(_, value)
  local decoded = converters.any(nil, value)
  return type(decoded) == "table" and decoded or nil
end

function converters.object(_, value)
  local decoded = converters.map(nil, value)
  return decoded and decoded[1] == nil and decoded or nil
end

--- Returns a value as the type has it: "60" for an integer is 60. Returns nil if the value does not fit.
function values.convert(of, value)
  if value == values.null then return of.nullable and value or nil end
  return converters[of.kind](of, value)
end

-- ---- writing ----

local plain

-- Sorts the keys, so that equal values have equal texts.
local function object_text(value)
  local keys, parts = {}, {}
  for key in pairs(value) do
    if type(key) ~= "string" then return nil end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = plain(key) .. ":" .. plain(value[key]) end
  return keys[1] and "{" .. table.concat(parts, ",") .. "}"
end

function plain(value)
  return type(value) == "table" and object_text(value) or (json.encode(value):gsub("\\/", "/"))
end

local writers = {}

function writers.integer(_, value) return ("%.0f"):format(value) end

function writers.array(of, value)
  local parts = {}
  for i, element in ipairs(value) do parts[i] = values.text(of.items, element) end
  return "[" .. table.concat(parts, ",") .. "]"
end

function writers.object(of, value)
  local parts = {}
  for _, field in ipairs(of.fields) do
    if value[field.name] ~= nil then parts[#parts + 1] = plain(field.name) .. ":" .. values.text(field.type, value[field.name]) end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- Returns the JSON text of a value of a type. The fields of objects have the order of the type.
function values.text(of, value)
  local write = value ~= values.null and writers[of.kind]
  if write then return write(of, value) end
  return plain(value)
end

return values
