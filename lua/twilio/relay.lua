--- The messages of Twilio's ConversationRelay: JSON texts on a WebSocket. This module does no input or
-- output. Any WebSocket library can carry the texts.
--
--   local message, problem = twilio.relay.parse(text)
--   if message.type == "prompt" then socket:send(twilio.relay.text("You said " .. message.voice_prompt)) end

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
core.keep(...)
local json = require "twilio.json"
local messages = require "twilio.websocket_messages"

local relay = {}

-- ---- from Twilio ----

-- The fields of each type of message, see websocket_messages.lua.
local TYPES = {
  setup = {
    session_id = "string!", call_sid = "string!", account_sid = "string", from = "string", to = "string", direction = "string",
    call_type = "string", call_status = "string", caller_name = "string", forwarded_from = "string", parent_call_sid = "string",
    custom_parameters = "object",
  },
  prompt = { voice_prompt = "string!", lang = "string", last = "boolean" },
  dtmf = { digit = "string!" },
  interrupt = { utterance_until_interrupt = "string", duration_until_interrupt_ms = "integer" },
  error = { description = "string" },
  info = {},
}

--- twilio.relay.parse(text): reads a message from Twilio. Returns a table; or nil, message.
--
-- Field of all messages: type ("setup", "prompt", "dtmf", "interrupt", "error", "info"). Fields of the
-- types:
--   setup      session_id, call_sid, account_sid, from, to, direction, call_type, call_status,
--              caller_name, forwarded_from, parent_call_sid, custom_parameters
--   prompt     voice_prompt (what the caller said), lang, last
--   dtmf       digit
--   interrupt  utterance_until_interrupt (what the caller has heard), duration_until_interrupt_ms
--   error      description
-- The fields of any other type have their Lua names and are not checked.
function relay.parse(text)
  local object, problem = messages.decode(text)
  if not object then return nil, problem end
  local kind = type(object.type) == "string" and object.type or nil
  if not kind then return nil, "the message has no field 'type'" end
  local message
  message, problem = messages.read(object, TYPES[kind] or {}, {}, ("the %s message"):format(TYPES[kind] and kind or "new"))
  if message and kind == "setup" then message.custom_parameters = message.custom_parameters or {} end
  return message, problem
end

-- ---- to Twilio ----

local TEXT = {
  last = { "last", "boolean" }, lang = { "lang", "string" }, interruptible = { "interruptible", "boolean" },
  preemptible = { "preemptible", "boolean" },
}
local PLAY = { loop = { "loop", "number" }, interruptible = { "interruptible", "boolean" }, preemptible = { "preemptible", "boolean" } }
local LANGUAGE = { tts_language = { "ttsLanguage", "string" }, transcription_language = { "transcriptionLanguage", "string" } }

--- twilio.relay.text(token, options): returns the message that makes Twilio speak a text.
-- Options: last (true by default; false if more tokens of the same text follow), lang, interruptible,
-- preemptible.
function relay.text(token, options)
  local message = { type = "text", token = messages.check(token, "string", "the text"), last = true }
  return json.encode(messages.add_options(message, options, TEXT))
end

--- twilio.relay.play(source, options): returns the message that makes Twilio play the audio at a URL.
-- Options: loop (the number of times to play it), interruptible, preemptible.
function relay.play(source, options)
  local message = { type = "play", source = messages.check(source, "string", "the source of the audio") }
  return json.encode(messages.add_options(message, options, PLAY))
end

--- twilio.relay.send_digits(digits): returns the message that sends DTMF digits to the caller.
function relay.send_digits(digits)
  return json.encode { type = "sendDigits", digits = messages.check(digits, "string", "the digits argument") }
end

--- twilio.relay.language { tts_language =, transcription_language = }: returns the message that changes
-- the language of speech, of transcription, or both.
function relay.language(languages)
  messages.check(languages, "table", "the languages argument")
  if next(languages) == nil then core.misuse "twilio.relay.language takes tts_language, transcription_language or both" end
  return json.encode(messages.add_options({ type = "language" }, languages, LANGUAGE))
end

--- twilio.relay.end_(handoff_data): returns the message that ends the session. Twilio passes the data to
-- the action URL of <Connect>. The data is a string, or a table that becomes JSON. It may be left out.
function relay.end_(handoff_data)
  if type(handoff_data) == "table" then handoff_data = json.encode(handoff_data) end
  if handoff_data ~= nil then messages.check(handoff_data, "string", "the handoff data") end
  return json.encode { type = "end", handoffData = handoff_data }
end

return setmetatable(relay, { __index = core.index "twilio.relay" })
