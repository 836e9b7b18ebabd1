--- Encodes the values that are JSON on the wire.
-- lua-cjson escapes the strings; numbers and tables are written here, because
-- its numbers have 14 digits and its empty tables are always objects.

local core = require "twilio.core"
core.keep(...)

local json = {}

local MAX_DEPTH = 100

local array = { __name = "twilio.array" }

--- Marks the table (a new one by default) as an array, even when it is empty.
-- Raises for a table whose metatable is protected, such as a page.
function json.array(t)
  if t ~= nil and type(t) ~= "table" then core.misuse(("twilio.array takes a table, got %s"):format(type(t))) end
  local ok, marked = pcall(setmetatable, t or {}, array)
  return ok and marked or core.misuse("twilio.array cannot mark a table whose metatable is protected: pass a copy of the table")
end

-- lua-cjson is loaded when it is first needed: most programs never need it.
local escape

local function quote(text)
  escape = escape or require("cjson").encode
  return escape(text)
end

-- Marks of OpenResty's cjson; Debian's has none of them.
local function is_mark(value, name)
  local cjson = package.loaded.cjson
  return type(cjson) == "table" and cjson[name] ~= nil and value == cjson[name]
end

-- dkjson marks its arrays with a field of the metatable.
local function is_marked_array(t)
  local mark = getmetatable(t)
  if type(mark) ~= "table" then return false end
  return mark == array or mark.__jsontype == "array" or is_mark(mark, "array_mt") or is_mark(mark, "empty_array_mt")
end

local encode

local function encode_array(t, depth)
  local out, n = {}, 0
  for i = 1, #t do out[i] = encode(t[i], depth) end
  for _ in pairs(t) do n = n + 1 end
  if n ~= #out then core.misuse("a table that is a JSON array has gaps, or keys that are no positions") end
  return "[" .. table.concat(out, ",") .. "]"
end

local function encode_object(t, depth)
  local names, out = {}, {}
  for name in pairs(t) do
    if type(name) ~= "string" then
      core.misuse("a table with a " .. type(name) .. " key beside others is neither a JSON array nor an object")
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do out[i] = quote(name) .. ":" .. encode(t[name], depth) end
  return "{" .. table.concat(out, ",") .. "}"
end

local function is_sequence(t)
  local n = 0
  for key in pairs(t) do
    if type(key) ~= "number" then return false end
    n = n + 1
  end
  return n > 0 and n == #t
end

local function encode_table(t, depth)
  if depth > MAX_DEPTH then core.misuse("a table for JSON is nested more than " .. MAX_DEPTH .. " deep, or contains itself") end
  if is_marked_array(t) or is_sequence(t) then return encode_array(t, depth + 1) end
  return encode_object(t, depth + 1)
end

local writers = {
  string = function(s) return quote(s) end,
  number = function(n) return core.number(n) or core.misuse("JSON has no infinite numbers and no NaN") end,
  boolean = tostring,
  table = encode_table,
}

function encode(value, depth)
  if value == core.null then return "null" end
  if is_mark(value, "empty_array") then return "[]" end
  local writer = writers[type(value)] or core.misuse("JSON cannot hold a " .. type(value))
  return writer(value, depth)
end

--- The JSON text of a value: string, number, boolean, table, twilio.null.
function json.encode(value)
  return encode(value, 0)
end

return json
