--- A voice agent: Twilio's ConversationRelay sends the caller's words, and speaks the answers. This
-- agent repeats what the caller has said. See nginx.conf, README.md.
local semaphore = require "ngx.semaphore"
local cjson = require "cjson.safe"
local twilio = require "twilio"
local common = require "common"

local relay = twilio.relay

-- The library is nginx.websocket in Debian, and resty.websocket elsewhere.
local is_debian, websocket = pcall(require, "nginx.websocket.server")
if not is_debian then websocket = require "resty.websocket.server" end

local agent = {}

local SILENCE = 30000 -- milliseconds. The other side must answer a ping then.
local MAX_MESSAGE = 65536 -- bytes
local MAX_MALFORMED = 10 -- in a row
local SEND_TIMEOUT = 10 -- seconds

-- ---- the answers ----

-- Seconds between two words. A language model takes some time for each word too.
local PAUSE = 0.05

-- Returns an iterator of the words of an answer, and whether a word is the last one. A real agent reads
-- the answer of its language model here.
local function words_of(text)
  local next_word = text:gmatch "%S+%s*"
  local word = next_word()
  return function()
    local this = word
    word = next_word()
    return this, word == nil
  end
end

-- ---- a session ----

-- The fields of a session:
--   socket     the WebSocket
--   may_send   a semaphore: two light threads must not send at once
--   turn       a table for the answer that is spoken now; nil: none
--   heard      what the caller has heard of the answer that was interrupted; nil: none
--   has_ended  whether the message `end` was sent
local Session = {}
Session.__index = Session

-- Calls a method of the socket that sends. Returns true, or nil and the problem.
function Session:send(method, ...)
  local ok, problem = self.may_send:wait(SEND_TIMEOUT)
  if not ok then return nil, problem end
  ok, problem = self.socket[method](self.socket, ...)
  self.may_send:post()
  return ok and true, problem
end

-- Speaks a text in a light thread, so that the session goes on receiving. An earlier answer stops.
function Session:speak(text)
  local turn = {}
  self.turn = turn
  ngx.thread.spawn(function()
    for word, is_last in words_of(text) do
      if self.turn ~= turn or not self:send("send_text", relay.text(word, { last = is_last })) then return end
      ngx.sleep(PAUSE)
    end
  end)
end

-- Ends the session. Twilio sends the data to the page /agent/ended, and closes the WebSocket.
function Session:finish(reason)
  self.turn, self.has_ended = nil, true
  return self:send("send_text", relay.end_ { reason = reason })
end

-- What the session does with each type of message. Other types are ignored.
local on = {}

function on.prompt(self, message)
  if not message.last then return end -- the caller is still speaking
  local words = message.voice_prompt
  if words:lower():find("operator", 1, true) then return self:finish "operator" end
  if words:lower():find("goodbye", 1, true) then return self:finish "goodbye" end
  local start = self.heard and ("You interrupted me after: %s. "):format(self.heard) or ""
  self.heard = nil
  self:speak(start .. "You said: " .. words)
end

function on.dtmf(self, message)
  if message.digit == "0" then self:finish "operator" end
end

-- The caller speaks while the agent does. Twilio has stopped to speak, and drops the rest.
function on.interrupt(self, message)
  self.turn, self.heard = nil, message.utterance_until_interrupt
end

function on.error(_, message) ngx.log(ngx.WARN, "ConversationRelay: ", message.description or "an error") end

-- Returns the text of the next message. A binary message is "", which is malformed. Returns nil at the
-- end of the connection.
function Session:receive()
  local parts, size, is_silent = {}, 0, false
  while true do
    local data, kind, problem = self.socket:recv_frame()
    if not data then
      if is_silent or not problem:find("timeout", 1, true) then return nil end
      is_silent = true
      if not self:send "send_ping" then return nil end
    elseif kind == "close" then
      self:send("send_close", 1000)
      return nil
    else
      is_silent = false
      if kind == "ping" then self:send("send_pong", data) end
      if kind == "binary" then return "" end
      if kind == "text" or kind == "continuation" then
        parts[#parts + 1], size = data, size + #data
        if size > MAX_MESSAGE then return nil end
        if problem ~= "again" then return table.concat(parts) end -- the last frame of the message
      end
    end
  end
end

function Session:run()
  local malformed = 0
  for text in self.receive, self do
    local message, problem = relay.parse(text)
    malformed = message and 0 or malformed + 1
    if not message then ngx.log(ngx.WARN, "malformed message: ", problem) end
    if malformed == MAX_MALFORMED then
      self:send("send_close", 1007, "malformed messages")
      break
    end
    if message and not self.has_ended and on[message.type] then on[message.type](self, message) end
  end
  self.turn = nil -- the light thread ends
end

-- ---- requests ----

local pages = {}

-- POST /agent/answer: a call comes in, and gets an agent.
function pages.answer()
  common.webhook()
  local response = twilio.twiml.voice()
  response:connect({ action = "ended" }):conversation_relay {
    url = common.url("/agent/session"):gsub("^http", "ws"), welcome_greeting = "Hello. What can I do for you?",
  }
  common.respond(response)
end

-- GET /agent/session: Twilio opens the WebSocket. It signs the URL with wss://.
function pages.session()
  common.webhook()
  local socket, problem = websocket:new { timeout = SILENCE, max_payload_len = MAX_MESSAGE }
  if not socket then
    ngx.log(ngx.WARN, "no WebSocket: ", problem)
    return ngx.exit(400)
  end
  setmetatable({ socket = socket, may_send = semaphore.new(1) }, Session):run()
end

-- POST /agent/ended: the session has ended. The call goes on.
function pages.ended()
  local event = common.webhook()
  local data, response = cjson.decode(event.handoff_data or ""), twilio.twiml.voice()
  local operator = os.getenv "IVR_SALES"
  if type(data) == "table" and data.reason == "operator" and operator then
    response:say "I connect you."
    response:dial():number(operator)
  else
    response:say "Goodbye."
    response:hangup()
  end
  common.respond(response)
end

--- Answers a request below /agent/.
function agent.serve()
  local page = pages[ngx.var.uri:match "^/agent/(%l+)$"]
  if not page then return ngx.exit(404) end
  return page()
end

return agent
