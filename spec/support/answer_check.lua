-- Checks answers against the types of the simulator's table (lua/twilio/simulator/generic/api.lua).
local cjson = require "cjson"
local identifiers = require "twilio.simulator.generic.identifiers"
local names = require "twilio.simulator.generic.names"

local answer_check = {}

local check

-- Functions that return whether a decoded value has the type.
local is = {
  string = function(_, value) return type(value) == "string" end,
  integer = function(of, value) return type(value) == "number" and value % 1 == 0 and value >= (of.least or value) end,
  number = function(of, value) return type(value) == "number" and value >= (of.least or value) end,
  boolean = function(_, value) return type(value) == "boolean" end,
  any = function() return true end, map = function(_, value) return type(value) == "table" end,
  enum = function(of, value)
    for _, choice in ipairs(of.choices) do
      if choice == value then return true end
    end
    return false
  end,
  id = function(of, value) return type(value) == "string" and identifiers.matches(of, value) end,
  date = function(_, value) return tostring(value):find "^%d%d%d%d%-%d%d%-%d%d$" ~= nil end,
  date_time = function(_, value) return tostring(value):find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$" ~= nil end,
  rfc2822 = function(_, value) return tostring(value):find "^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d %+0000$" ~= nil end,
}
is.uri, is.phone, is.array, is.object = is.string, is.string, is.map, is.map

-- The last page has no links to others. Some documents do not allow null for them.
local function is_link(name)
  local folded = names.fold(name)
  return folded:find "^next" ~= nil or folded:find "^previous" ~= nil
end

-- With `complain.strict`, an object has exactly the fields of the documents.
local function check_object(of, value, where, complain)
  for name in pairs(value) do
    if complain.strict and not of.by_name[name] then complain(where .. "." .. tostring(name) .. " is not documented") end
  end
  for _, field in ipairs(of.fields) do
    local inner, place = value[field.name], where .. "." .. field.name
    if inner == nil and complain.strict and not is_link(field.name) then complain(place .. " is missing") end
    if inner ~= nil and not (inner == cjson.null and is_link(field.name)) then check(field.type, inner, place, complain) end
  end
end

function check(of, value, where, complain)
  if value == cjson.null then
    if not of.nullable then complain(where .. " is null") end
    return
  end
  if not is[of.kind](of, value) then return complain(("%s: %s is no %s"):format(where, tostring(value), of.kind)) end
  if of.kind == "object" then check_object(of, value, where, complain) end
  if of.kind == "array" then
    if #value < (of.least or 0) then complain(where .. " has too few elements") end
    for i, element in ipairs(value) do check(of.items, element, ("%s[%d]"):format(where, i), complain) end
  end
end

local function new_list(strict)
  local list = {}
  return list, setmetatable({ strict = strict }, { __call = function(_, what) list[#list + 1] = what end })
end

--- Returns the complaints about a decoded value of a type.
-- @param strict whether objects have exactly the fields of the documents
function answer_check.check(of, value, strict)
  local list, complain = new_list(strict)
  check(of, value, "body", complain)
  return list
end

--- Returns the complaints about an answer: its status, and each value that the documents do not allow.
-- @param body the decoded body, or nil
-- @param strict see answer_check.check
function answer_check.complaints(operation, status, body, text, strict)
  if status ~= operation.status then return { ("%d instead of %d: %s"):format(status, operation.status, text) } end
  if operation.answer and status ~= 204 then
    return type(body) == "table" and answer_check.check(operation.answer, body, strict) or { "no JSON: " .. text }
  end
  return text ~= "" and { "a body: " .. text } or {}
end

return answer_check
