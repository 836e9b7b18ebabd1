--- Encodes parameters and bodies that are sent as JSON.
--
-- lua-cjson escapes the strings. Numbers and tables are encoded here, because lua-cjson prints
-- numbers with 14 digits and encodes every empty table as an object.

local core = require "twilio.core"
core.keep(...)

local json = {}

local MAX_DEPTH = 100

-- The metatable of JSON arrays: of decoded arrays, and of tables that twilio.array has marked.
local array = core.array_mark

--- twilio.array(t): marks the table as a JSON array, even when it is empty. Returns the table.
-- Without an argument a new table is marked.
-- Raises for a table with a protected metatable, such as a page.
function json.array(t)
  if t ~= nil and type(t) ~= "table" then core.misuse(("twilio.array takes a table, got %s"):format(type(t))) end
  local ok, marked = pcall(setmetatable, t or {}, array)
  return ok and marked or core.misuse("twilio.array cannot mark a table whose metatable is protected: pass a copy of the table")
end

-- ---- strings ----

-- The encode function of lua-cjson, loaded when it is first needed. Most programs never need it.
local escape

local function quote(text)
  local position = core.invalid_utf8(text)
  if position then core.misuse(("a string for JSON must be UTF-8, but its byte %d is invalid"):format(position)) end
  escape = escape or require("cjson").encode
  return escape(text)
end

-- ---- arrays and objects ----

-- Returns whether the value is the marker of this name in OpenResty's cjson. Debian's lua-cjson has
-- no markers.
local function is_cjson_marker(value, name)
  local cjson = package.loaded.cjson
  return type(cjson) == "table" and cjson[name] ~= nil and value == cjson[name]
end

-- Arrays of dkjson and of this library have the field __jsontype in their metatable.
local function is_marked_array(t)
  local mark = getmetatable(t)
  if type(mark) ~= "table" then return false end
  return mark.__jsontype == "array" or is_cjson_marker(mark, "array_mt") or is_cjson_marker(mark, "empty_array_mt")
end

local encode_value

local function encode_array(t, depth)
  local out, n = {}, 0
  for _ in pairs(t) do n = n + 1 end
  if n ~= #t then core.misuse("a JSON array has gaps, or keys that are not positions") end
  for i = 1, n do out[i] = encode_value(t[i], depth) end
  return "[" .. table.concat(out, ",") .. "]"
end

local function has_only_numbers(t)
  for key in pairs(t) do
    if type(key) ~= "number" then return false end
  end
  return true
end

-- Raises for a table that has a key which is not a string. The message names the key or its type.
local function refuse_key(t, key)
  local which = "a " .. type(key) .. " key"
  if has_only_numbers(t) then
    which = ("the number key %s, but not all of 1 to n,"):format(core.number(key) or key)
  elseif type(key) == "number" then
    which = which .. " in addition to other keys"
  end
  core.misuse(("a table with %s is neither a JSON array nor an object"):format(which))
end

-- Returns the sorted names of an object, including the names that were null in the decoded JSON.
local function names_of(t)
  local names = {}
  for name in pairs(t) do
    if type(name) ~= "string" then refuse_key(t, name) end
    names[#names + 1] = name
  end
  for name in pairs(core.nulls(t) or {}) do
    if t[name] == nil then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function encode_object(t, depth)
  local out = {}
  for i, name in ipairs(names_of(t)) do
    local value = t[name]
    out[i] = quote(name) .. ":" .. (value == nil and "null" or encode_value(value, depth))
  end
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

-- Returns the string for a TwiML document; nil for other tables. Without this check the document would
-- be encoded as an array.
local function encode_twiml(t)
  local class = getmetatable(t)
  local text_of = type(class) == "table" and rawget(class, "__twiml")
  if not text_of then return nil end
  return quote(text_of(t) or core.misuse "JSON can hold a TwiML document, but not an element inside of one")
end

local function encode_table(t, depth)
  local twiml = encode_twiml(t)
  if twiml then return twiml end
  if depth > MAX_DEPTH then core.misuse("a table for JSON is nested more than " .. MAX_DEPTH .. " deep, or contains itself") end
  if is_marked_array(t) or is_sequence(t) then return encode_array(t, depth + 1) end
  return encode_object(t, depth + 1)
end

local writers = {
  string = function(s) return quote(s) end,
  number = function(n) return core.number(n) or core.misuse("JSON has no infinite numbers and no NaN") end,
  boolean = tostring,
  table = encode_table,
  -- The only userdata that can be encoded is a twilio.integer.
  userdata = function(u) return core.number(u) or core.misuse("JSON cannot hold a userdata") end,
}

function encode_value(value, depth)
  if value == core.null then return "null" end
  if is_cjson_marker(value, "empty_array") then return "[]" end
  local writer = writers[type(value)] or core.misuse("JSON cannot hold a " .. type(value))
  return writer(value, depth)
end

--- Returns the JSON text of a value: a string, number, boolean, table, twilio.null or
-- twilio.integer.
-- Raises for any other value, for invalid UTF-8, and for tables nested more than 100 deep.
function json.encode(value)
  return encode_value(value, 0)
end

return json
