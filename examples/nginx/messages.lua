--- Answers text messages, and knows who wants no messages. See nginx.conf, README.md.
local twilio = require "twilio"
local common = require "common"

local messages = {}

-- The numbers that have opted out. Twilio's own lists of opt-outs stay in force.
local opted_out = ngx.shared.opted_out

-- ---- opt-out words ----

local WORDS = {}
for kind, words in pairs {
  STOP = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE",
  START = "START UNSTOP YES",
  HELP = "HELP INFO",
} do
  for word in words:gmatch "%u+" do WORDS[word] = kind end
end

-- Returns STOP, START or HELP, or nil for any other message. With Advanced Opt-Out, Twilio tells the
-- kind. Otherwise the message must consist of one of the words: "Stop calling me" is a message.
local function kind_of(event)
  if event.opt_out_type then return event.opt_out_type end
  local word = ((event.body or ""):match "^%s*(%a+)[%s.!]*$" or ""):upper()
  if word == "YES" and not opted_out:get(event.from) then return nil end -- it answers a question
  return WORDS[word]
end

-- ---- the answer ----

local TEXTS = {
  STOP = "You get no more messages. Reply START to get messages again.",
  START = "You get messages again. Reply STOP to end them.",
  HELP = "Example Shop. Reply STOP to end messages. More: https://example.com/help",
}

-- Returns true, or nil and the problem. safe_set does not remove another number if the dictionary is
-- full: a number that has opted out must not be forgotten.
local function change(kind, number)
  if kind == "STOP" then return opted_out:safe_set(number, true) end
  if kind == "START" then opted_out:delete(number) end
  return true
end

-- Sends the message on to the owner's phone. Returns true, or nil and the problem. A message that may
-- have been sent is not sent again.
local function forward(event)
  local owner = os.getenv "SHOP_PHONE"
  if not owner then return true end
  local sent, problem, err = common.client.messages:create {
    to = owner, from = event.to, body = event.from .. ": " .. (event.body or ""),
  }
  if sent or err.sent == "maybe" then return true end
  return nil, problem
end

--- POST /messages: answers a message that has come in.
function messages.receive()
  local event, is_duplicate = common.webhook()
  local response, kind = twilio.twiml.messaging(), kind_of(event)
  local ok, problem = change(kind, event.from)
  -- Opting out twice is the same as once, but the owner must not get a message twice.
  if ok and not kind and not is_duplicate then ok, problem = forward(event) end
  if not ok then return common.try_again(problem) end
  -- A retry gets the answer again, because Twilio has not received the first one.
  if kind then
    if not event.opt_out_type then response:message(TEXTS[kind]) end -- otherwise Twilio has answered
  elseif not opted_out:get(event.from) then
    response:message "Thank you. We will answer soon."
  end
  common.respond(response)
end

-- ---- the site's users ----

--- POST /send with the form fields To and Body: sends a message, unless the number has opted out.
function messages.send()
  if not common.user() then return common.answer(401, "log in first") end
  local to, body = common.posted "To", common.posted "Body"
  if type(to) ~= "string" or type(body) ~= "string" then return common.answer(400, "To or Body is missing") end
  if opted_out:get(to) then return common.answer(409, "the number has opted out") end
  local message, problem, err = common.client.messages:create { to = to, from = os.getenv "TWILIO_FROM", body = body }
  if message then return common.answer(201, message.sid) end
  ngx.log(ngx.ERR, problem)
  if err.code == 21610 then -- Twilio's list of opt-outs has the number
    opted_out:safe_set(to, true)
    return common.answer(409, "the number has opted out")
  end
  common.answer(err.kind == "api" and 400 or 502, err.sent == "maybe" and "the message may have been sent" or "the message was not sent")
end

return messages
