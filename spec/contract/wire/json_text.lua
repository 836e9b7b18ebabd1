-- Normalises JSON texts for comparison: no white space, sorted keys, one spelling of strings. Numbers are
-- not changed, so that lost digits are found.
local json_text = {}

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function utf8_of(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local read

local function skip(text, at) return text:match("^[ \t\r\n]*()", at) end

-- Surrogate pairs are not supported. No value in the specs has one.
local function read_string(text, at)
  local stop = at + 1
  while text:sub(stop, stop) ~= '"' do
    if stop > #text then error("a string without end", 0) end
    stop = stop + (text:sub(stop, stop) == "\\" and 2 or 1)
  end
  local content = text:sub(at + 1, stop - 1)
  if content:find "%c" then error("a control character in a string", 0) end
  content = content:gsub("\\(.)(%x?%x?%x?%x?)", function(letter, digits)
    if letter == "u" then return utf8_of(tonumber(digits, 16)) end
    return (ESCAPES[letter] or letter) .. digits
  end)
  return ("%q"):format(content), stop + 1
end

-- Reads the items between brackets with read_item.
local function read_items(text, at, close, read_item)
  local items = {}
  at = skip(text, at + 1)
  if text:sub(at, at) == close then return items, at + 1 end
  while true do
    items[#items + 1], at = read_item(text, at)
    at = skip(text, at)
    local mark = text:sub(at, at)
    if mark == close then return items, at + 1 end
    if mark ~= "," then error("no comma at byte " .. at, 0) end
    at = skip(text, at + 1)
  end
end

local function read_member(text, at)
  local name, value
  if text:sub(at, at) ~= '"' then error("no name at byte " .. at, 0) end
  name, at = read_string(text, at)
  at = text:match("^[ \t\r\n]*:[ \t\r\n]*()", at) or error("no colon after " .. name, 0)
  value, at = read(text, at)
  return name .. ":" .. value, at
end

function read(text, at)
  local first = text:sub(at, at)
  if first == '"' then return read_string(text, at) end
  if first == "[" then
    local items, stop = read_items(text, at, "]", read)
    return "[" .. table.concat(items, ",") .. "]", stop
  elseif first == "{" then
    local items, stop = read_items(text, at, "}", read_member)
    table.sort(items)
    return "{" .. table.concat(items, ",") .. "}", stop
  end
  local word, stop = text:match("^([%w.+-]+)()", at)
  local is_number = word and word:find "^%-?%d+%.?%d*[eE]?[+-]?%d*$" and not word:find "^%-?0%d"
  if not (is_number or word == "true" or word == "false" or word == "null") then error("no value at byte " .. at, 0) end
  return word, stop
end

--- Returns the normalised JSON text. Raises for invalid JSON.
function json_text.canonical(text)
  local value, stop = read(text, skip(text, 1))
  if skip(text, stop) <= #text then error("more text after the value", 0) end
  return value
end

return json_text
