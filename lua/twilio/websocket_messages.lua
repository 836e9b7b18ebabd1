--- Reads JSON messages that arrive on a WebSocket, for twilio.stream and twilio.relay.
--
-- Any client may connect to a program's WebSocket server. For a text that is not a message of Twilio,
-- the functions therefore return nil and a message. They raise only for misuse by the program.

local core = require "twilio.core"
core.keep(...)

local messages = {}

-- A separate instance, because a program may have changed the settings of require "cjson".
local cjson

local MAX_DEPTH = 20

-- ---- values ----

-- Each function returns the value of a field, or nil if the JSON value has a wrong type.
local readers = {}

function readers.string(value) return type(value) == "string" and value or nil end

function readers.boolean(value)
  if type(value) == "boolean" then return value end
end

-- Twilio sends some numbers as texts. 15 digits are exact in every Lua.
function readers.integer(value)
  if type(value) == "string" then return value:find "^%d+$" and #value <= 15 and tonumber(value) or nil end
  if type(value) ~= "number" or value % 1 ~= 0 or value < 0 or value >= 1e15 then return nil end
  return tonumber(("%.0f"):format(value)) -- an integer, not a float, on Lua 5.3 and later
end

function readers.strings(value)
  if type(value) ~= "table" then return nil end
  local n = 0
  for _, item in pairs(value) do
    if type(item) ~= "string" then return nil end
    n = n + 1
  end
  return n == #value and value or nil
end

function readers.object(value)
  if type(value) ~= "table" then return nil end
  for key in pairs(value) do
    if type(key) ~= "string" then return nil end
  end
  return value
end

-- ---- messages ----

-- The Lua name of a field: stream_sid for streamSid.
function messages.snake(wire)
  return (wire:gsub("(%l)(%u)", "%1_%2"):lower())
end

--- Returns the object of a JSON text; or nil, message.
function messages.decode(text)
  if type(text) ~= "string" then core.misuse("a message is a string, got " .. type(text)) end
  if core.invalid_utf8(text) then return nil, "the message is not UTF-8" end
  if not cjson then
    cjson = require("cjson").new()
    cjson.decode_max_depth(MAX_DEPTH)
    cjson.decode_invalid_numbers(false)
  end
  local ok, object = pcall(cjson.decode, text)
  if not ok then return nil, "the message is not JSON, or is nested too deeply" end
  if not readers.object(object) then return nil, "the message is not a JSON object" end
  return object
end

--- Copies the fields of a JSON object to `out`, under their Lua names. Fields that `out` already has are
-- not changed. Nulls are left out.
-- `kinds` maps Lua names to the kinds of the values: "string", "boolean", "integer", "strings" or
-- "object". A "!" after the kind means that the field is required. Other fields are copied as they are.
-- Returns `out`; or nil, message. `what` names the object in the message.
function messages.read(object, kinds, out, what)
  if not readers.object(object) then return nil, what .. " has an array in place of an object" end
  for wire, value in pairs(object) do
    local name = messages.snake(wire)
    local kind = kinds[name]
    if value ~= core.null and out[name] == nil then
      if kind then
        value = readers[kind:match "%l+"](value)
        if value == nil then return nil, ("%s has a field '%s' of a wrong type"):format(what, name) end
      end
      out[name] = value
    end
  end
  for name, kind in pairs(kinds) do
    if kind:find("!", 1, true) and out[name] == nil then return nil, ("%s has no field '%s'"):format(what, name) end
  end
  return out
end

-- ---- arguments of programs ----

--- Raises unless the value has the type. `what` names the value in the message.
function messages.check(value, wanted, what)
  if type(value) ~= wanted then core.misuse(("%s is a %s, got %s"):format(what, wanted, value == core.null and "null" or type(value))) end
  return value
end

--- Adds a program's options to a message, under their names in JSON. `types` maps names of options to
-- { name in JSON, type }. Raises for unknown options and wrong types.
function messages.add_options(message, options, types)
  if options == nil then return message end
  messages.check(options, "table", "the options argument")
  for name, value in pairs(options) do
    local option = types[name]
    if not option then core.misuse(("unknown option '%s'"):format(tostring(name)), tostring(name), types) end
    message[option[1]] = messages.check(value, option[2], ("option '%s'"):format(name))
  end
  return message
end

return messages
