-- Valid values for the parameters and bodies of an OpenAPI document.
local samples = {}

-- 2026-01-31 12:00:00 UTC in seconds since the epoch.
local SECONDS = 1769860800

local FORMATS = {
  ["date"] = "2026-01-31",
  ["date-time"] = "2026-01-31T12:00:00Z",
  ["uri"] = "https://example.com/hook?a=1&b=2",
  ["http-method"] = "POST",
  ["phone-number"] = "+15558675310",
  ["iso-country-code"] = "US",
  ["endpoint"] = "client:alice",
  ["twiml"] = "<Response><Say>Ahoy</Say></Response>",
  ["email"] = "alice@example.com",
}

-- Resolves a $ref.
function samples.resolve(document, thing)
  while thing["$ref"] do
    local found = document
    for name in thing["$ref"]:gmatch("[^#/]+") do found = found[name] or error("nothing at " .. thing["$ref"]) end
    thing = found
  end
  return thing
end

-- The smallest number of repetitions that a quantifier allows; three for "+", so that the text is no single
-- character.
local function repetitions_of(quantifier)
  if quantifier == "" then return 1 end
  if quantifier == "+" then return 3 end
  return tonumber(quantifier:match("%d+") or 0)
end

-- Returns a character that the unit of a pattern matches.
local function character_of(unit, pattern, digit)
  if unit == "." or unit == "\\d" or unit:find("0-9", 1, true) then return digit end
  if unit:find("^%[") then return unit:sub(2, 2) end
  if unit:find("^\\%p$") then return unit:sub(2) end
  if #unit > 1 or unit:find("[][{}()*+?|\\^$]") then error("no sample for the pattern " .. pattern) end
  return unit
end

-- Returns a text that matches the pattern. Supported are the constructs of the documents: literals, classes,
-- quantifiers, groups of alternatives, optional groups, and alternatives of two whole patterns. Digits come
-- from `number`, so that the SIDs of a path differ.
local function of_pattern(pattern, number)
  local digit, parts, at = tostring(number % 10), {}, 1
  local text = pattern:gsub("^%^", ""):gsub("%$|.*$", ""):gsub("%$$", ""):gsub("%b(){0,%d+}", ""):gsub("%(([^|()]*)[^()]*%)", "%1")
  while at <= #text do
    local unit = text:match("^%b[]", at) or text:match("^\\.", at) or text:sub(at, at)
    local quantifier = text:match("^%b{}", at + #unit) or text:match("^[*+?]?", at + #unit)
    parts[#parts + 1] = character_of(unit, pattern, digit):rep(repetitions_of(quantifier))
    at = at + #unit + #quantifier
  end
  return table.concat(parts)
end

local function of_string(schema, number)
  if schema.pattern then return of_pattern(schema.pattern, number) end
  local text = FORMATS[schema.format] or "Ahoy & hello " .. number
  if schema.minLength and #text < schema.minLength then text = text .. ("x"):rep(schema.minLength - #text) end
  return schema.maxLength and text:sub(1, schema.maxLength) or text
end

local function of_number(schema)
  local least, most = schema.minimum or 1, schema.maximum or math.huge
  local value = math.min(math.max(least, 2), most)
  return schema.type == "integer" and math.tointeger(value) or value
end

local of_object

-- Returns a value that the schema accepts. options: all (include optional properties), document, seconds
-- (dates are numbers).
function samples.of(schema, options, number)
  schema = samples.resolve(options.document, schema)
  number = number or 1
  if schema.enum then return schema.enum[1] end
  local choice = schema.oneOf or schema.anyOf
  if choice then return samples.of(choice[options.all and #choice or 1], options, number) end
  if schema.type == "boolean" then return true end
  if schema.type == "integer" or schema.type == "number" then return of_number(schema) end
  if schema.type == "array" then
    local list = {}
    for i = 1, math.max(schema.minItems or 0, math.min(2, schema.maxItems or 2)) do list[i] = samples.of(schema.items, options, i) end
    return list
  end
  if schema.type == "string" then
    if options.seconds and (schema.format == "date" or schema.format == "date-time") then return SECONDS end
    return of_string(schema, number)
  end
  return of_object(schema, options)
end

function of_object(schema, options)
  local required, object = {}, {}
  for _, name in ipairs(schema.required or {}) do required[name] = true end
  for name, property in pairs(schema.properties or {}) do
    property = samples.resolve(options.document, property)
    if (options.all or required[name]) and not property.readOnly then object[name] = samples.of(property, options) end
  end
  if not schema.properties then
    local values = type(schema.additionalProperties) == "table" and next(schema.additionalProperties) and schema.additionalProperties
    object.key = values and samples.of(values, options) or "value"
  end
  return object
end

return samples
