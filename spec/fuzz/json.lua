-- Records from arbitrary bodies. lua-cjson is the oracle for valid JSON.
local cjson = require("cjson").new()
local client = require "spec.fuzz.client"

cjson.decode_max_depth(100)

-- What lua-cjson reads although RFC 8259 forbids it: control characters, bytes that may be invalid
-- UTF-8, lone surrogates, NaN, infinities, and numbers such as 1. and 01 and 0x1.
local FORBIDDEN = {
  "[%z\1-\31\127-\255]", "\\u[dD][89a-fA-F]", "[nN][aA][nN]", "[iI][nN][fF]", "%d[xX]", "%d%.%D", "%d[eE][%+%-]?%D", "%D0%d", "%+%d",
}

local function is_beyond_rfc(text)
  for _, pattern in ipairs(FORBIDDEN) do
    if text:find(pattern) then return true end
  end
  return false
end

-- Whether our value equals the oracle's. Numbers beyond 2^53 are exact in ours alone.
local function equals(ours, theirs)
  if theirs == cjson.null then return ours == nil or ours == cjson.null end
  if type(theirs) == "number" then return type(ours) == "userdata" or ours == theirs or math.abs(theirs) > 2 ^ 53 end
  if type(theirs) ~= "table" then return ours == theirs end
  if type(ours) ~= "table" then return false end
  for key, value in pairs(theirs) do
    if not equals(ours[key], value) then return false end
  end
  for key in pairs(ours) do
    if theirs[key] == nil then return false end
  end
  return true
end

return function(text)
  local record, message, err = client.answering { status = 200, body = text }.calls:get "CA1"
  local ok, decoded = pcall(cjson.decode, text)
  if not record then
    assert(type(message) == "string" and type(err) == "table" and err.kind == "decode", message)
    local is_object = ok and type(decoded) == "table" and text:match "^%s*{"
    assert(not is_object or is_beyond_rfc(text) or message:find "nested" or message:find "another", message)
    return
  end
  local object = text:gsub("^\239\187\191", ""):match "^%s*(.-)%s*$" -- without a byte order mark
  assert(record:json() == object, "json() is not the text")
  local own = record:to_table()
  if ok then assert(equals(own, decoded), "the fields differ from lua-cjson's") end
  for name, value in record:each() do
    if type(value) ~= "function" then assert(name and value ~= nil) end
  end
end
