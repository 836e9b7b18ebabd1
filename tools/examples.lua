-- A short Lua program for each resource of the reference, made from the table.
--
-- The program creates a record if the resource has such an operation, otherwise it lists, fetches,
-- updates or deletes. Its parameters are the required ones and those that own.json names in
-- `examples`. Their values are placeholders of the right type.
local names = require "names"
local surface = require "surface"

local examples = {}

local KINDS = { "create", "list", "fetch", "update", "patch", "delete" }

-- ---- values ----

local SID_DIGITS = ("0123456789abcdef"):rep(2)

local FORMATS = {
  ["date"] = "2026-01-31", ["date-time"] = "2026-01-31T12:00:00Z", ["date-time-rfc-2822"] = "2026-01-31T12:00:00Z",
  ["uri"] = "https://example.com/", ["http-method"] = "POST", ["iso-country-code"] = "US", ["email"] = "alice@example.com",
}

-- The first entry whose pattern matches the end of the wire name gives the value.
local VALUES_BY_NAME = {
  { "From", "+14155550100" }, { "To", "+14155550199" }, { "PhoneNumber", "+14155550199" }, { "phoneNumber", "+14155550199" },
  { "Url", "https://example.com/" }, { "Email", "alice@example.com" }, { "Identity", "alice" }, { "IsoCode", "US" },
  { "Country", "US" }, { "Country[cC]ode", "US" }, { "Language", "en-US" }, { "language", "en-US" }, { "Body", "Hello" }, { "Domain", "example.com" },
}

local function value_by_name(wire)
  for _, entry in ipairs(VALUES_BY_NAME) do
    if wire:find(entry[1] .. "$") then return entry[2] end
  end
end

-- "^CA[0-9a-fA-F]{32}$" -> a SID that begins with CA. nil if the pattern is not that of a SID.
local function sid_of(pattern)
  if not (pattern and pattern:find("{32}", 1, true)) then return nil end
  return (pattern:match("^%^?%(?(%u%u)") or "AC") .. SID_DIGITS
end

local function text_value(described, wire)
  if described.enum then return described.enum[1] end
  return sid_of(described.pattern) or FORMATS[described.format] or value_by_name(wire)
    or (described.format == "phone-number" or described.format == "endpoint") and "+14155550199"
    or wire:find("[sS]id$") and "my_" .. names.snake(wire)
    or "example"
end

-- Returns a value of a simple type as Lua source.
local function scalar_source(described, wire)
  if described.type == "boolean" then return "true" end
  if described.type == "integer" or described.type == "number" then return "1" end
  return string.format("%q", text_value(described, wire))
end

local SOURCES = {
  json = '{ key = "value" }', object = '{ key = "value" }', map = '{ key = "value" }', json_array = '{ { key = "value" } }',
  numbered = '{ "Ada" }',
}

local function source_of(param, given)
  if given and given ~= "" then return string.format("%q", given) end
  if param.class == "array" then return "{ " .. scalar_source(param.items, param.name) .. " }" end
  return SOURCES[param.class] or scalar_source(param, param.name)
end

-- ---- parameters ----

local function is_shown(op, entry)
  if entry.alias then return false end
  return entry.required or op.example and op.example[entry.param.name] ~= nil
end

-- The entries of the parameters that the example passes. An update without required parameters would
-- change nothing, so it passes friendly_name or the first parameter of the body.
local function shown_entries(op)
  local shown, named = {}, nil
  for _, entry in ipairs(op.named) do
    if is_shown(op, entry) then shown[#shown + 1] = entry end
    if entry.name == "friendly_name" or not named and not entry.alias and entry.param.location == "body" then named = entry end
  end
  if not shown[1] and named and op.kind ~= "list" and op.kind ~= "fetch" then shown[1] = named end
  return shown
end

-- The arguments of the call: "()", or a table constructor after a blank. `column` is where they begin.
local function arguments_of(op, column)
  local fields = {}
  for i, entry in ipairs(shown_entries(op)) do
    fields[i] = surface.safe_name(entry.name) .. " = " .. source_of(entry.param, (op.example or {})[entry.param.name])
  end
  if op.open and not fields[1] then fields[1] = 'key = "value"' end
  if op.kind == "list" then fields[#fields + 1] = "limit = 20" end
  if not fields[1] then return "()" end
  local line = " { " .. table.concat(fields, ", ") .. " }"
  if column + #line <= 100 or op.kind == "list" then return line end
  return " {\n  " .. table.concat(fields, ",\n  ") .. ",\n}"
end

-- ---- programs ----

local function field_of(fields, name)
  for _, field in ipairs(fields) do
    if field.name == name then return field.property or field end
  end
end

-- A SID of a record of `resource`, by the pattern of the field `sid`. Returns nil if there is no pattern.
local function record_sid(resource)
  local field = field_of(resource.fields, "sid")
  return field and sid_of(field.pattern)
end

-- Returns the Lua expression of the accessor, with a value for each SID. The path has one SID more than
-- the expression if the resource belongs to the client's own account. A fan has the path of another
-- resource, so its SIDs have no path parameters.
local function expression_of(s, accessor, method)
  local count = 0
  surface.expression(s, accessor, function()
    count = count + 1
    return ""
  end)
  local params = method.of == accessor.resource and method.op.path_params or {}
  local at = #params - count
  return surface.expression(s, accessor, function(resource, i)
    at = at + 1
    local param = params[at] or { type = "string" }
    local wire = param.name or resource.sids[i]
    local sid = not param.pattern and not value_by_name(wire) and not param.enum and wire:find("[sS]id$") and record_sid(resource)
    return sid and string.format("%q", sid) or scalar_source(param, wire)
  end)
end

-- "CreateCall" -> "call"
local function variable_of(op)
  return surface.safe_name(names.snake((op.id:gsub("^%u%l+", ""))))
end

local function printed(op, variable)
  for _, name in ipairs { "sid", "id", "unique_name", "phone_number", "friendly_name", "name", "status" } do
    if field_of(op.response.properties, name) then return variable .. "." .. name end
  end
  return op.response.properties[1] and variable .. ":json()"
end

-- `call` is the call without its arguments: "client.calls:create".
local function program_of(op, call)
  local variable = variable_of(op)
  local field = printed(op, variable)
  if op.kind == "list" then
    local body = "print(" .. (op.response.strings and variable or field or variable .. ":json()") .. ")"
    return string.format("for %s in %s%s do\n  %s\nend", variable, call, arguments_of(op, 0), body)
  end
  local start = (field and "local " .. variable .. " = " or "") .. "assert(" .. call
  local statement = start .. arguments_of(op, #start) .. ")"
  return field and statement .. "\nprint(" .. field .. ")" or statement
end

local function method_of_kind(resource, kind)
  for given = 0, resource.most do
    for _, method in ipairs(resource.accessors[given] and resource.accessors[given].methods or {}) do
      local name = kind == "list" and "iter" or kind
      if method.name == name and #method.sids == 0 then return method, resource.accessors[given] end
    end
  end
end

-- The program for a resource of surface.build's result `s`, or nil if the resource has verbs only.
function examples.of(s, resource)
  for _, kind in ipairs(KINDS) do
    local method, accessor = method_of_kind(resource, kind)
    if method then
      return program_of(method.op, expression_of(s, accessor, method) .. ":" .. method.name)
    end
  end
end

return examples
