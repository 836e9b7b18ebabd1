--- The messages of Twilio's Media Streams: JSON texts on a WebSocket. This module does no input or
-- output. Any WebSocket library can carry the texts.
--
--   local message, problem = twilio.stream.parse(text)
--   if message.event == "media" then socket:send(twilio.stream.media(message.stream_sid, message.audio)) end

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
core.keep(...)
local json = require "twilio.json"
local messages = require "twilio.websocket_messages"

local stream = {}

-- ---- from Twilio ----

-- The fields of each event, see websocket_messages.lua.
local EVENTS = {
  connected = { protocol = "string", version = "string" },
  start = {
    account_sid = "string!", call_sid = "string!", tracks = "strings!", media_format = "object!", custom_parameters = "object",
  },
  media = { track = "string", chunk = "integer", timestamp = "integer", payload = "string!" },
  dtmf = { track = "string", digit = "string!" },
  mark = { name = "string!" },
  stop = { account_sid = "string", call_sid = "string" },
}

-- Fields of all messages of a stream
local ENVELOPE = { event = "string!", stream_sid = "string!", sequence_number = "integer" }

local FORMAT = { encoding = "string!", sample_rate = "integer!", channels = "integer!" }

local function read_format(message)
  local format, problem = messages.read(message.media_format, FORMAT, {}, "media_format")
  message.media_format = format
  return format and message, problem
end

-- Checks the fields that messages.read cannot check, and decodes the audio.
local function finish(message)
  if message.event == "start" then
    message.custom_parameters = message.custom_parameters or {}
    return read_format(message)
  elseif message.event == "media" then
    message.audio = core.base64_decode(message.payload)
    if not message.audio then return nil, "the payload of a media message is not base64" end
  end
  return message
end

--- twilio.stream.parse(text): reads a message from Twilio. Returns a table; or nil, message.
--
-- Fields of all messages: event ("connected", "start", "media", "dtmf", "mark", "stop"), stream_sid,
-- sequence_number. Fields of the events:
--   connected  protocol, version; there is no stream_sid
--   start      account_sid, call_sid, tracks, custom_parameters,
--              media_format with encoding, sample_rate, channels
--   media      track, chunk, timestamp (milliseconds), payload (base64), audio (mu-law bytes)
--   dtmf       track, digit
--   mark       name: the audio before this mark was played, or was cleared
--   stop       account_sid, call_sid
-- The fields of any other event have their Lua names and are not checked.
function stream.parse(text)
  local object, problem = messages.decode(text)
  if not object then return nil, problem end
  local event = type(object.event) == "string" and object.event or nil
  if not event then return nil, "the message has no field 'event'" end
  local kinds = EVENTS[event]
  if not kinds or event == "connected" then return messages.read(object, kinds or {}, {}, ("the %s message"):format(kinds and event or "new")) end
  local inner = object[event]
  if type(inner) ~= "table" then return nil, ("the %s message has no object '%s'"):format(event, event) end
  local envelope = { event = event, streamSid = object.streamSid, sequenceNumber = object.sequenceNumber }
  local message
  message, problem = messages.read(envelope, ENVELOPE, {}, ("the %s message"):format(event))
  if message then message, problem = messages.read(inner, kinds, message, ("the %s message"):format(event)) end
  if not message then return nil, problem end
  return finish(message)
end

-- ---- to Twilio ----

local function check_sid(stream_sid) return messages.check(stream_sid, "string", "the stream SID") end

--- twilio.stream.media(stream_sid, audio): returns the message that makes Twilio play audio. `audio` is a string of
-- mu-law bytes, with 8000 bytes per second and without a file header.
function stream.media(stream_sid, audio)
  local sid = json.encode(check_sid(stream_sid))
  -- lua-cjson would write each "/" of the payload as "\/". Silence consists of "/" only.
  return ('{"event":"media","streamSid":%s,"media":{"payload":"%s"}}'):format(sid, core.base64(messages.check(audio, "string", "the audio")))
end

--- twilio.stream.mark(stream_sid, name): returns a message that Twilio sends back when all audio
-- before the mark has been played or cleared.
function stream.mark(stream_sid, name)
  local mark = { name = messages.check(name, "string", "the name of a mark") }
  return json.encode { event = "mark", streamSid = check_sid(stream_sid), mark = mark }
end

--- twilio.stream.clear(stream_sid): returns the message that makes Twilio drop the audio that it has
-- not played yet.
function stream.clear(stream_sid)
  return json.encode { event = "clear", streamSid = check_sid(stream_sid) }
end

-- ---- audio ----

--- twilio.stream.decode(audio): converts mu-law bytes to signed 16-bit samples in little-endian byte
-- order. The result has two bytes for each byte of audio.
function stream.decode(audio)
  return core.mulaw_decode(messages.check(audio, "string", "the audio"))
end

--- twilio.stream.encode(samples): converts signed 16-bit samples in little-endian byte order to mu-law
-- bytes. Raises for an odd number of bytes.
function stream.encode(samples)
  return core.mulaw_encode(messages.check(samples, "string", "the samples argument"))
end

return setmetatable(stream, { __index = core.index "twilio.stream" })
