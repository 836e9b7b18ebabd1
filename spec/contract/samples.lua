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
  ["uuid"] = "123e4567-e89b-42d3-a456-426614174000",
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

-- A reader of a pattern: text and at, the position of the next character. `number` gives the digits, so that
-- the SIDs of a path differ. An element with `+` occurs `many` times, one with `*` once less, and one with `?` never.
local read_choices

-- "[0-9a-f]" -> a digit if the class has digits, otherwise its first character.
local function read_class(r)
  local class, ending = r.text:match("^%[(\\?[^%]]*)%]()", r.at)
  if not class or class:sub(1, 1) == "^" then error("no sample for the pattern " .. r.text) end
  r.at = ending
  local first, last = class:match("(%d)%-(%d)")
  if first then return tostring(tonumber(first) + r.number % (tonumber(last) - tonumber(first) + 1)) end
  return (class:gsub("\\", "")):sub(1, 1)
end

local ESCAPES = { d = "1", w = "a", s = " " }

local function read_element(r)
  local c = r.text:sub(r.at, r.at)
  if c == "[" then return read_class(r) end
  r.at = r.at + 1
  if c == "(" then
    if r.text:sub(r.at, r.at) == "?" then error("no sample for the pattern " .. r.text) end
    local inner = read_choices(r)
    r.at = r.at + 1 -- the closing parenthesis
    return inner
  end
  if c == "\\" then
    r.at = r.at + 1
    local escaped = r.text:sub(r.at - 1, r.at - 1)
    return ESCAPES[escaped] or escaped
  end
  return c == "." and "a" or c
end

-- How often the element before this position occurs.
local function read_count(r)
  local least, most, ending = r.text:match("^{(%d+)(,?%d*)}()", r.at)
  if least then
    r.at = ending
    return math.max(tonumber(least), most == "," and r.many or 0)
  end
  local c = r.text:sub(r.at, r.at)
  if c ~= "" and ("?*+"):find(c, 1, true) then r.at = r.at + 1 end
  if c == "+" then return r.many end
  return c == "*" and r.many - 1 or c == "?" and 0 or 1
end

local function read_sequence(r)
  local out = {}
  while r.at <= #r.text and not r.text:find("^[|)]", r.at) do
    local c = r.text:sub(r.at, r.at)
    if c == "^" or c == "$" then
      r.at = r.at + 1
    else
      local element = read_element(r)
      out[#out + 1] = element:rep(read_count(r))
    end
  end
  return table.concat(out)
end

-- The first of the alternatives.
function read_choices(r)
  local chosen = read_sequence(r)
  while r.text:sub(r.at, r.at) == "|" do
    r.at = r.at + 1
    read_sequence(r)
  end
  return chosen
end

-- Returns a text that matches the pattern of the schema.
local function of_pattern(schema, number)
  local many = math.min(math.max(schema.minLength or 0, 6), schema.maxLength or 6)
  return read_choices { text = schema.pattern, at = 1, number = number, many = many }
end

local function of_string(schema, number)
  if schema.pattern then return of_pattern(schema, number) end
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
  local first = schema.allOf and samples.resolve(options.document, schema.allOf[1])
  if first and first.type and first.type ~= "object" then return samples.of(first, options, number) end
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

-- Merges the parts of allOf.
local function merged(schema, options)
  if not schema.allOf then return schema end
  local all = { properties = {}, required = {} }
  local function add(part)
    for name, property in pairs(part.properties or {}) do all.properties[name] = property end
    for _, name in ipairs(part.required or {}) do table.insert(all.required, name) end
  end
  add(schema)
  for _, part in ipairs(schema.allOf) do add(merged(samples.resolve(options.document, part), options)) end
  return all
end

function of_object(schema, options)
  local required, object = {}, {}
  schema = merged(schema, options)
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
