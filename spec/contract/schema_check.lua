-- Checks decoded JSON against a schema of an OpenAPI document. The code shares nothing with tools/ and with
-- the simulator, because it checks their results.
local cjson = require "cjson"

local schema_check = {}

local function resolve(root, thing)
  while thing["$ref"] do
    local found = root
    for name in thing["$ref"]:gmatch "[^#/]+" do found = found[name] end
    thing = assert(found, thing["$ref"])
  end
  return thing
end

local function is_set(value) return value ~= nil and value ~= cjson.null end

local FORMATS = {
  ["date"] = "^%d%d%d%d%-%d%d%-%d%d$",
  ["date-time"] = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d[%d.]*Z$",
  ["date-time-rfc-2822"] = "^%u%l%l, %d%d %u%l%l %d%d%d%d %d%d:%d%d:%d%d %+0000$",
}

-- Functions that return what is wrong with a value, or nil.
local types = {}

-- A pattern of a SID or another identifier as a Lua pattern, or nil: "^CA[0-9a-fA-F]{32}$" -> "^CA" and the class 32 times.
local function lua_pattern(text)
  local start, class, length = text:match "^%^?([%w_]*)(%[[%w-]+%]){(%d+)}%$?$"
  return start and "^" .. start .. class:rep(tonumber(length)) .. "$"
end

function types.string(schema, value)
  if type(value) ~= "string" then return "is no string: " .. tostring(value) end
  local format, pattern = FORMATS[schema.format], is_set(schema.pattern) and lua_pattern(schema.pattern)
  if format and not value:find(format) then return ("%q is no %s"):format(value, schema.format) end
  if pattern and not value:find(pattern) then return ("%q does not match %s"):format(value, schema.pattern) end
  if is_set(schema.minLength) and #value < schema.minLength then return ("%q is too short"):format(value) end
  if is_set(schema.maxLength) and #value > schema.maxLength then return ("%q is too long"):format(value) end
end

function types.number(schema, value)
  if type(value) ~= "number" then return "is no number: " .. tostring(value) end
  if is_set(schema.minimum) and value < schema.minimum then return value .. " is below the minimum" end
  if is_set(schema.maximum) and value > schema.maximum then return value .. " is above the maximum" end
end

function types.integer(schema, value)
  return types.number(schema, value) or value % 1 ~= 0 and value .. " is no integer" or nil
end

function types.boolean(_, value)
  if type(value) ~= "boolean" then return "is no boolean: " .. tostring(value) end
end

function types.object(_, value)
  if type(value) ~= "table" or value[1] ~= nil then return "is no object" end
end

function types.array(schema, value)
  if type(value) ~= "table" or next(value) ~= nil and value[1] == nil then return "is no array" end
  if is_set(schema.minItems) and #value < schema.minItems then return "has too few elements" end
  if is_set(schema.maxItems) and #value > schema.maxItems then return "has too many elements" end
end

local check

local function check_enum(schema, value)
  for _, choice in ipairs(schema.enum) do
    if choice == value then return nil end
  end
  return ("%s is none of the enum's values"):format(tostring(value))
end

local function add(into, list)
  for _, problem in ipairs(list) do into[#into + 1] = problem end
end

-- All problems of the alternative with the fewest.
local function check_alternatives(root, choices, value, where)
  local best
  for _, choice in ipairs(choices) do
    local problems = check(root, choice, value, where)
    if not best or #problems < #best then best = problems end
  end
  return best
end

local function check_members(root, schema, value, where, problems)
  for _, name in ipairs(schema.required or {}) do
    if value[name] == nil then problems[#problems + 1] = where .. "." .. name .. " is missing" end
  end
  for name, property in pairs(schema.properties or {}) do
    if value[name] ~= nil then add(problems, check(root, property, value[name], where .. "." .. name)) end
  end
end

function check(root, schema, value, where)
  schema = resolve(root, schema)
  local problems = {}
  if value == cjson.null and schema.nullable == true then return problems end
  for _, part in ipairs(schema.allOf or {}) do add(problems, check(root, part, value, where)) end
  local choices = schema.oneOf or schema.anyOf
  if choices then add(problems, check_alternatives(root, choices, value, where)) end
  if value == cjson.null then
    if is_set(schema.type) then problems[#problems + 1] = where .. " is null" end
    return problems
  end
  local problem = types[schema.type] and types[schema.type](schema, value)
  if not problem and is_set(schema.enum) then problem = check_enum(schema, value) end
  if problem then problems[#problems + 1] = where .. " " .. problem end
  if type(value) == "table" then
    if schema.properties and not problem then check_members(root, schema, value, where, problems) end
    for i, element in ipairs(schema.items and value or {}) do add(problems, check(root, schema.items, element, ("%s[%d]"):format(where, i))) end
  end
  return problems
end

--- Returns a list of what the schema does not allow.
-- @param root the decoded document, for references
function schema_check.problems(root, schema, value) return check(root, schema, value, "body") end

return schema_check
