--- The fields of webhooks for tests: the names and values that Twilio documents, and values for tests.

local core = require "twilio.core"
core.keep(...)
local documented = require "twilio.testing.webhook_fields"
local event = require "twilio.webhook.event"

local params = {}

-- ---- what Twilio documents ----

-- The short names of the webhooks that most programs receive.
local SHORT = { voice = "voice.request", message = "messaging.request", call_status = "voice.status_callback", message_status = "messaging.status" }

-- Adds the fields and values of a webhook to a description, see describe.
local function add(to, webhook)
  for name, optional, kind in webhook.fields:gmatch "([%w_.*]+)(%??)=([%w_]+)" do
    local prefix = name:match "^(.*)%*$"
    if prefix then to.prefixes[#to.prefixes + 1] = prefix else to.fields[name] = kind end
    to.required[name] = not prefix and optional == "" or nil
  end
  for name, words in pairs(webhook.values) do
    to.values[name] = to.values[name] or {}
    for word in words:gmatch "%S+" do table.insert(to.values[name], word) end
  end
end

-- The requests that a program answers with TwiML come to the same URL: <Gather> may have no action.
local function is_of_call(webhook) return webhook.extends == "voice.request" end

-- Returns the description of webhooks:
--   fields    a table from Twilio's names to their types
--   required  the set of the fields that each request of `name` has
--   prefixes  an array: a name that begins with one of them is a field
--   values    a table from names to arrays of their values
-- Without a name it describes all webhooks.
local function describe(name)
  local to = { fields = {}, required = {}, prefixes = {}, values = {} }
  for own, webhook in pairs(documented) do
    local is_wanted = not name or own == name or name == "voice.request" and is_of_call(webhook)
    if is_wanted and own ~= name then add(to, webhook) end
  end
  to.required = {}
  local webhook = documented[name]
  if webhook and webhook.extends then add(to, documented[webhook.extends]) end
  if webhook then add(to, webhook) end
  return to
end

-- ---- values for tests ----

local FROM, TO = "+15558675310", "+15017122661"
local CALL_SID, MESSAGE_SID = "CA00000000000000000000000000000001", "SM00000000000000000000000000000001"

local OF_TYPES = {
  string = "text", address = FROM, int = "1", float = "0.5", decimal = "0.5", bool = "true", url = "https://example.com/", json = "{}",
  iso8601 = "2026-11-30T08:00:00Z", rfc2822 = "Mon, 30 Nov 2026 08:00:00 +0000", epoch = "1796025600", epoch_ms = "1796025600000",
  sid = "XX00000000000000000000000000000001",
}

-- Values of fields whose type says too little.
local OF_NAMES = { ApiVersion = "2010-04-01", From = FROM, To = TO, Caller = FROM, Called = TO, CallStatus = "in-progress", Direction = "inbound" }

-- Other values, and optional fields that nearly every request has, of the webhooks with short names.
local OWN = {
  ["voice.request"] = { CallStatus = "ringing", Caller = FROM, Called = TO },
  ["messaging.request"] = { MessageSid = MESSAGE_SID, SmsSid = MESSAGE_SID, SmsMessageSid = MESSAGE_SID, SmsStatus = "received", Body = "Ahoy",
    NumMedia = "0", NumSegments = "1" },
  ["voice.status_callback"] = {
    CallStatus = "completed", CallDuration = "42", Duration = "1", CallbackSource = "call-progress-events", SequenceNumber = "0",
    Timestamp = OF_TYPES.rfc2822, Direction = "outbound-api", From = TO, To = FROM, Caller = TO, Called = FROM,
  },
  ["messaging.status"] = {
    MessageSid = MESSAGE_SID, SmsSid = MESSAGE_SID, MessageStatus = "delivered", SmsStatus = "delivered", From = TO, To = FROM,
  },
}

local function example(name, kind, values)
  if OF_NAMES[name] then return OF_NAMES[name] end
  if kind == "enum" then return values and values[1] end
  local prefix = kind:match "^sid_(%u%u)"
  return prefix and prefix .. CALL_SID:sub(3) or OF_TYPES[kind]
end

local function examples(name, description)
  local fields = {}
  for field in pairs(description.required) do fields[field] = example(field, description.fields[field], description.values[field]) end
  for field, value in pairs(OWN[name] or {}) do fields[field] = value end
  return fields
end

-- ---- names and values of the program ----

-- Returns Twilio's name of a field, or nil if the webhook does not have the field. media_url0 is
-- MediaUrl0.
local function wire_name(description, name)
  local wire = event.wire_name(name)
  if description.fields[wire] then return wire end
  for _, prefix in ipairs(description.prefixes) do
    local snake = event.snake(prefix)
    if name:sub(1, #prefix) == prefix then return name end
    if name:sub(1, #snake) == snake then return prefix .. name:sub(#snake + 1) end
  end
end

local function did_you_mean(wanted, list)
  local meant = core.nearest(wanted, list)
  return meant and (" (did you mean '%s'?)"):format(meant)
end

local function refuse_name(shown, description, name)
  local known, has_capitals = {}, name:find "%u"
  for wire in pairs(description.fields) do known[#known + 1] = has_capitals and wire or event.snake(wire) end
  table.sort(known)
  core.misuse(("%s has no field '%s'%s"):format(shown, name, did_you_mean(name, known) or ": pass fields of your own in `custom`"))
end

local function check_value(description, name, value)
  local known = description.values[name]
  for _, choice in ipairs(known or {}) do
    if value == choice then return end
  end
  if not known or type(value) ~= "string" then return end
  local meant = did_you_mean(value, known) or (", only " .. table.concat(known, ", "))
  core.misuse(("the field %s has no value '%s'%s. To send it, pass it in `custom`"):format(name, value, meant))
end

local function check_names(list, what)
  for name in pairs(list) do
    if type(name) ~= "string" then core.misuse(("the %s of a webhook have names"):format(what)) end
  end
end

-- ---- kinds ----

-- Returns the name of the webhook of a kind. Raises for an unknown kind.
local function name_of(kind)
  if kind == nil then return nil end
  if type(kind) ~= "string" then core.misuse("the kind of a webhook is a name such as \"voice\", got " .. type(kind)) end
  local name = SHORT[kind] or kind
  if documented[name] then return name end
  local kinds = {}
  for short in pairs(SHORT) do kinds[#kinds + 1] = short end
  for long in pairs(documented) do kinds[#kinds + 1] = long end
  table.sort(kinds)
  core.misuse(("testing.webhook has no '%s'%s"):format(kind, did_you_mean(kind, kinds) or ": the kinds are " .. table.concat(kinds, ", ")))
end

local descriptions = {} -- by the name of the webhook, "" for all of them

--- Returns the fields of a form under Twilio's names: the values for tests of a kind, the program's `given`,
-- which are checked, and its `custom`, which are sent as they are.
function params.fields(kind, given, custom)
  local name = name_of(kind)
  local description = descriptions[name or ""] or describe(name)
  descriptions[name or ""] = description
  local fields = name and examples(name, description) or {}
  check_names(given, "params")
  for key, value in pairs(given) do
    local wire = wire_name(description, key)
    if not wire then refuse_name(kind and ("the webhook '%s'"):format(kind) or "a webhook", description, key) end
    check_value(description, wire, value)
    fields[wire] = value
  end
  check_names(custom, "custom fields")
  for key, value in pairs(custom) do fields[key] = value end
  return fields
end

return params
