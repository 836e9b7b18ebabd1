-- Writes the types of parameters and answers as short texts, for lua/twilio/simulator/generic/facts.lua.
--
-- Equal types have one number: their position in `shapes.types`. The text of a type:
--
--   s t r d u p      string, date and time (ISO 8601), date and time (RFC 2822), date, URI, phone number
--   i n b            integer, number, boolean; "i:3" and "n:3": at least 3
--   a o              any value, an object with any keys
--   ~CA ~            a SID with this prefix, a SID with any prefix
--   ~mem_store_:26   another identifier: its prefix, and the number of characters after it
--   ~SM|MM           an identifier with one of these prefixes
--   =a|b             one of these strings
--   [4 [4:1          an array of the type 4, and one with at least one element
--   {3 7             an object. Its fields are the positions 3 and 7 in `shapes.fields`, where each is
--                    a name and a type: "sid 12".
--
-- A `?` at the end means that the value may be null.
local names = require "names"
local openapi = require "openapi"

local shapes = {}
local Shapes = {}
Shapes.__index = Shapes

local FORMATS = { ["date-time"] = "t", ["date-time-rfc-2822"] = "r", date = "d", uri = "u", ["phone-number"] = "p" }
local NUMBERS = { integer = "i", number = "n" }
local HEX = 32 -- the digits of a SID

--- Returns an empty list of types: { types = texts, fields = texts }.
function shapes.new()
  return setmetatable({ types = {}, fields = {}, numbers = {} }, Shapes)
end

-- Returns the position of a text in a list. Appends it if the list lacks it.
function Shapes:position(list, text)
  local numbers = self.numbers[list] or {}
  self.numbers[list] = numbers
  if not numbers[text] then
    list[#list + 1] = text
    numbers[text] = #list
  end
  return numbers[text]
end

-- "^(CLASSIFICATION|TEXT)$" -> "=CLASSIFICATION|TEXT"
local function enum_of_pattern(pattern)
  local choices = pattern:match "^%^%(([%u|]+)%)%$$"
  return choices and "=" .. choices
end

-- "mem_(store|service)_" -> "mem_store_|mem_service_"
local function prefixes(text)
  local before, choices, after = text:match "^([%w_]*)%(([%w|]+)%)([%w_]*)$"
  if not choices then return text end
  return (choices:gsub("[^|]+", function(choice) return before .. choice .. after end))
end

-- "^mem_store_[0-7][0-9a-z]{25}$" -> "~mem_store_:26". Returns nil for the pattern of no identifier.
local function identifier(pattern)
  local prefix, classes = pattern:gsub("^%^", ""):gsub("%$$", ""):match "^([%w_()|]*)([%[.].*)$"
  if classes == ".+" then return "~" .. prefix .. ":26" end
  if not classes then return nil end
  if prefix == "" and classes:find "^%[[%a-]+%]{2}%[[%w-]+%]{32}$" then return "~" end
  local first, length = classes:match "^(%[0%-7%])%[[%w-]+%]{(%d+)}$"
  length = first and tonumber(length) + 1 or tonumber(classes:match "^%[[%w-]+%]{(%d+)}$")
  if not length or prefix == "" then return nil end
  return "~" .. prefixes(prefix) .. (length == HEX and "" or ":" .. length)
end

local function of_string(schema)
  if schema.enum and #schema.enum > 0 then return "=" .. table.concat(schema.enum, "|") end
  local known = schema.pattern and (enum_of_pattern(schema.pattern) or identifier(schema.pattern))
  return known or FORMATS[schema.format] or "s"
end

-- Copies the keywords of a schema and of the parts of its allOf into one table. Of alternatives (oneOf,
-- anyOf) the first one counts.
local function merge(document, schema, into)
  schema = openapi.resolve(document, schema)
  for key, value in pairs(schema) do
    if key ~= "properties" and into[key] == nil then into[key] = value end
  end
  for name, property in pairs(schema.properties or {}) do into.properties[name] = into.properties[name] or property end
  for _, part in ipairs(schema.allOf or {}) do merge(document, part, into) end
  local choice = (schema.oneOf or schema.anyOf or {})[1]
  if choice then merge(document, choice, into) end
  return into
end

function Shapes:object(document, merged)
  local members = {}
  for i, name in ipairs(names.sorted_keys(merged.properties)) do
    members[i] = self:position(self.fields, name .. " " .. self:body(document, merged.properties[name]))
  end
  return #members == 0 and "o" or "{" .. table.concat(members, " ")
end

local function at_least(letter, least)
  return letter .. (least and least > 0 and string.format(":%.14g", least) or "")
end

function Shapes:text_of(document, schema)
  local kind = schema.type
  if kind == "object" or not kind and next(schema.properties) then return self:object(document, schema) end
  if kind == "array" then return at_least("[" .. self:body(document, schema.items or {}), schema.minItems) end
  if kind == "string" then return of_string(schema) end
  if kind == "boolean" then return "b" end
  return NUMBERS[kind] and at_least(NUMBERS[kind], schema.minimum) or "a"
end

--- Returns the number of the type of a schema in an answer.
function Shapes:body(document, schema)
  local merged = merge(document, schema, { properties = {} })
  return self:position(self.types, self:text_of(document, merged) .. (merged.nullable and "?" or ""))
end

-- The type of a parameter that openapi.lua describes. The values inside objects are Twilio's to judge.
local function text_of_param(self, param)
  local kind = param.type
  if param.class == "json" or param.class == "numbered" or kind == "any" then return "a" end
  if kind == "object" then return "o" end
  if kind == "array" then return "[" .. self:position(self.types, text_of_param(self, param.items)) end
  if kind == "string" then return of_string(param) end
  return kind == "boolean" and "b" or NUMBERS[kind]
end

--- Returns the number of the type of a parameter.
function Shapes:param(param)
  return self:position(self.types, text_of_param(self, param))
end

return shapes
