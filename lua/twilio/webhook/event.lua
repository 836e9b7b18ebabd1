--- The event of a webhook: its fields, under Twilio's names and under snake_case names.

local core = require "twilio.core"
core.keep(...)
local lists = require "twilio.webhook.fields"

local event = {}

-- ---- names ----

--- Returns the snake_case of a name. It is the rule of src/text/wire_text.c.
function event.snake(name)
  local text = name:gsub("([a-z])([A-Z])", "%1_%2"):gsub("([A-Z0-9])([A-Z][a-z])", "%1_%2"):gsub("[. -]", "_")
  return text:lower()
end

local snake = event.snake

-- A name without underscores and in lower case, to recognise other spellings of it.
local function plain_name(name) return (name:lower():gsub("[_.%s-]", "")) end

-- KNOWN is the set of Twilio's names. WIRE leads from the snake_case names to Twilio's names, and
-- SNAKE from the plain names to the snake_case names. SHOWN and PREFIXES have the names whose values
-- logs show: whole names, and those before a `*`.
local KNOWN, WIRE, SNAKE, SHOWN, PREFIXES, JSON = {}, {}, {}, {}, {}, {}
for kind, names in pairs(lists) do
  for name in names:gmatch "%S+" do
    local prefix = name:match "^(.*)%*$"
    if kind == "json" then
      JSON[#JSON + 1] = name
    elseif prefix then
      if kind == "harmless" then PREFIXES[#PREFIXES + 1] = prefix end
    else
      KNOWN[name], SNAKE[plain_name(name)] = true, snake(name)
      if name ~= snake(name) then WIRE[snake(name)] = name end
      if kind == "harmless" and not name:find "Token" then SHOWN[name] = true end
    end
  end
end

--- Returns Twilio's name of a field: CallSid for call_sid. Returns any other name as it is.
function event.wire_name(name) return WIRE[name] or name end

-- Returns the name of a field that the event has and that `same` accepts.
local function find_field(self, same)
  for name in next, self do
    if type(name) == "string" and same(name) then return name end
  end
end

-- Raises for another spelling of a field: callSid, Call_Sid, callsid. Such a name can only be a
-- mistake. Any other unknown name is nil, because the names of a request come from outside.
local function refuse_spelling(self, name)
  local wanted = plain_name(name)
  local meant = SNAKE[wanted] or find_field(self, function(own) return plain_name(own) == wanted end)
  if meant then core.misuse(("an event has no '%s' (did you mean '%s'?)"):format(name, snake(meant))) end
end

-- ---- fields that the library makes ----

-- The media of a message: { url, content_type } for MediaUrl0, MediaUrl1 and so on.
local function media_of(self)
  local list = {}
  while rawget(self, "MediaUrl" .. #list) do
    list[#list + 1] = { url = rawget(self, "MediaUrl" .. #list), content_type = rawget(self, "MediaContentType" .. #list) }
  end
  return list
end

local Event = {}

function Event.__index(self, name)
  if type(name) ~= "string" then return nil end
  local wire = WIRE[name]
  local value = wire and rawget(self, wire)
  if value ~= nil then return value end
  if name == "media" then return media_of(self) end
  if name == "events" then return rawget(self, "specversion") and { self } or nil end
  value = rawget(self, snake(name)) -- CallSid of a JSON body with call_sid
  if value ~= nil or wire or KNOWN[name] or name:find "^__" then return value end
  local own = find_field(self, function(candidate) return snake(candidate) == name end)
  if not own then refuse_spelling(self, name) end
  return rawget(self, own or name)
end

-- ---- logs ----

local MAX_SHOWN = 60

local function shown_value(name, value)
  if type(value) ~= "string" then return "***" end
  local is_harmless = SHOWN[name]
  for _, prefix in ipairs(PREFIXES) do is_harmless = is_harmless or name:sub(1, #prefix) == prefix end
  if is_harmless and #value <= MAX_SHOWN and value:find "^[A-Za-z0-9_.:+/, -]*$" then return core.mask(value, false) end
  if value:find "^%a*:?%+%d+$" then return core.mask(value, true) end
  return "***"
end

-- A name that Twilio does not document comes from outside. It may have phone numbers, and characters
-- that would break a log.
local function shown_name(name)
  if KNOWN[name] then return name end
  return (core.mask(name:sub(1, MAX_SHOWN), false):gsub("[^\33-\126]", "?"))
end

--- Returns a table from name to value, as logs may show them. Phone numbers keep their last digits.
-- Other personal values and those of unknown fields are "***".
function event.masked(self)
  local out = {}
  for name, value in next, self do
    if type(name) == "string" then out[shown_name(name)] = shown_value(name, value) end
  end
  return out
end

function Event.__tostring(self)
  local masked, names = event.masked(self), {}
  for name in pairs(masked) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do names[i] = name .. "=" .. masked[name] end
  return "webhook " .. table.concat(names, " ")
end

-- ---- parsing ----

local FORM = "application/x-www-form-urlencoded"

--- Returns the kind of a body by its content type: "form", "json", another text; nil without a
-- content type.
function event.kind(content_type)
  if content_type == FORM then return "form" end
  local name = type(content_type) == "string" and content_type:match "^%s*([^;%s]+)" or nil
  if not name then return nil end
  name = name:lower()
  if name == FORM then return "form" end
  if name == "application/json" or name:find "^application/[a-z0-9.-]+%+json$" then return "json" end
  return name
end

--- Makes the event of decoded fields. `has_json` is false if no value begins as JSON does.
function event.of_fields(fields, has_json)
  if has_json then
    for _, name in ipairs(JSON) do
      local value = fields[name]
      local decoded = type(value) == "string" and core.json_decode(value)
      if type(decoded) == "table" then fields[name] = decoded end
    end
  end
  return setmetatable(fields, Event)
end

local function from_form(text) return event.of_fields(core.form(text), true) end

-- The fields of an object are copied, because its metatable knows its nulls.
local function from_object(object)
  local fields = {}
  for name, value in pairs(object) do fields[name] = value end
  return setmetatable(fields, Event)
end

local function is_array(value) return getmetatable(value) == core.array_mark end

local function from_array(array)
  local events = {}
  for i, object in ipairs(array) do
    if type(object) ~= "table" or is_array(object) then return nil, ("element %d of the JSON array is no object"):format(i) end
    events[i] = from_object(object)
  end
  return setmetatable({ events = events }, Event)
end

local function from_json(text)
  local value, problem = core.json_decode(text)
  if type(value) ~= "table" then return nil, "the body is no JSON object: " .. (problem or "it is another value") end
  return (is_array(value) and from_array or from_object)(value)
end

--- Returns the event of a body; or nil and the reason. `kind` is a result of event.kind. Without a
-- kind, a text that begins with { or [ is JSON, and any other text is a form.
function event.parse(text, kind)
  kind = kind or text:find "^%s*[%[{]" and "json" or "form"
  if kind == "form" then return from_form(text) end
  if kind == "json" then return from_json(text) end
  return nil, "the content type is neither a form nor JSON"
end

return event
