-- Checks decoded JSON against a JSON Schema (draft 7).
--
-- The supported keywords are those that tools/own.schema.json uses. An unsupported keyword raises,
-- because a rule that nothing checks would look as if it held.
local names = require "names"

local schema = {}

local ANNOTATIONS = { ["$schema"] = true, title = true, description = true, definitions = true }

-- "verbs" and "api.v2010.accounts" -> `verbs["api.v2010.accounts"]`
local function join(path, key)
  if type(key) == "number" then return string.format("%s[%d]", path, key) end
  if not key:find("^[%a_][%w_]*$") then return string.format("%s[%q]", path, key) end
  return path == "" and key or path .. "." .. key
end

local function fail(path, ...)
  error((path == "" and "the document" or path) .. ": " .. string.format(...), 0)
end

-- cjson decodes an empty array and an empty object to the same table, which passes as either.
local function has_type(value, wanted)
  if wanted == "array" or wanted == "object" then
    return type(value) == "table" and (next(value) == nil or (value[1] ~= nil) == (wanted == "array"))
  end
  return type(value) == wanted
end

local function name_of_type(value)
  if type(value) ~= "table" then return type(value) end
  return value[1] ~= nil and "array" or "object"
end

local check

local function quoted_list(list)
  local quoted = {}
  for i, text in ipairs(list) do quoted[i] = '"' .. text .. '"' end
  return table.concat(quoted, ", ")
end

local keywords = {}

keywords["$ref"] = function(root, target, value, path)
  local name = target:match("^#/definitions/(.+)$")
  check(root, root.definitions[name], value, path)
end

function keywords.type(_, wanted, value, path)
  if not has_type(value, wanted) then fail(path, "expected type %s, got %s", wanted, name_of_type(value)) end
end

function keywords.enum(_, allowed, value, path)
  for _, choice in ipairs(allowed) do
    if choice == value then return end
  end
  fail(path, "unknown value %q, expected one of %s", value, quoted_list(allowed))
end

function keywords.required(_, required, value, path)
  for _, key in ipairs(required) do
    if value[key] == nil then fail(path, "missing key %q", key) end
  end
end

-- Each alternative is a list of required keys.
function keywords.oneOf(_, alternatives, value, path)
  local keys, matched = {}, 0
  for i, alternative in ipairs(alternatives) do
    keys[i] = alternative.required[1]
    if value[keys[i]] ~= nil then matched = matched + 1 end
  end
  if matched ~= 1 then fail(path, "expected exactly one of the keys %s, got %d", quoted_list(keys), matched) end
end

function keywords.properties(root, properties, value, path)
  for _, key in ipairs(names.sorted_keys(properties)) do
    if value[key] ~= nil then check(root, properties[key], value[key], join(path, key)) end
  end
end

-- false, or the schema of every key that `properties` does not name.
function keywords.additionalProperties(root, other, value, path, rules)
  local properties = rules.properties or {}
  for _, key in ipairs(names.sorted_keys(value)) do
    if not properties[key] then
      if not other then fail(path, "unknown key %q, expected one of %s", key, quoted_list(names.sorted_keys(properties))) end
      check(root, other, value[key], join(path, key))
    end
  end
end

function keywords.items(root, item, value, path)
  for i, element in ipairs(value) do check(root, item, element, join(path, i)) end
end

-- The type comes first, because the other keywords index the value.
function check(root, rules, value, path)
  if rules.type then keywords.type(root, rules.type, value, path) end
  for _, keyword in ipairs(names.sorted_keys(rules)) do
    local apply = keywords[keyword]
    if not apply and not ANNOTATIONS[keyword] then error("unsupported JSON Schema keyword " .. keyword, 0) end
    if apply then apply(root, rules[keyword], value, path, rules) end
  end
end

-- Raises with the path of the first mistake. Array elements are counted from 1.
function schema.check(rules, value) check(rules, rules, value, "") end

return schema
