--- A phone menu: connects callers with sales, takes voicemails, and queues callers for support. See
-- nginx.conf, README.md.
local twilio = require "twilio"
local common = require "common"

local ivr = {}

-- The states of calls, and the voicemails. All workers use this dictionary.
local kept = ngx.shared.ivr

local DAY = 86400 -- seconds
local MAX_ATTEMPTS = 3

-- ---- the pages that Twilio requests during a call ----

-- Each function adds the verbs of its answer to the response. The URLs in TwiML are relative to the
-- page. Twilio may request a page again, so no function changes anything.
local pages = {}

-- A call comes in, or the caller has chosen nothing.
function pages.answer(_, response)
  local attempt = tonumber(ngx.var.arg_attempt) or 1
  local choices = { action = "menu", num_digits = 1, timeout = 5, input = { "dtmf", "speech" }, hints = { "sales", "message", "support" } }
  response:gather(choices, function(gather)
    gather:say "For sales, press 1. To leave a message, press 2. To wait for support, press 3."
  end)
  -- Twilio continues here if the caller does nothing.
  if attempt < MAX_ATTEMPTS then return response:redirect("answer?attempt=" .. attempt + 1) end
  response:say "Goodbye."
  response:hangup()
end

local function record(response, greeting)
  response:say(greeting)
  response:record {
    action = "recorded", max_length = 120, finish_on_key = "#", play_beep = true,
    recording_status_callback = twilio.webhook.url("voicemail", { retries = 3, retry_on = { "5xx", "ct", "rt" } }),
  }
  response:say "There is no message. Goodbye." -- the caller was silent
end

local choices = {}

function choices.sales(response)
  local number = os.getenv "IVR_SALES"
  if not number then return record(response, "Sales is closed. Please leave a message after the tone.") end
  response:dial({ action = "dialed", timeout = 20 }):number(number)
end

function choices.message(response) record(response, "Please leave a message after the tone. Then press the pound key.") end

function choices.support(response)
  response:enqueue("support", { wait_url = "wait", action = "dequeued" })
end

local DIGITS = { ["1"] = "sales", ["2"] = "message", ["3"] = "support" }

-- Returns the choice of the caller, or nil.
local function chosen(event)
  if event.digits then return DIGITS[event.digits] end
  local words = (event.speech_result or ""):lower()
  for choice in pairs(choices) do
    if words:find(choice, 1, true) then return choice end
  end
end

-- The caller has pressed a digit or said something.
function pages.menu(event, response)
  local choice = chosen(event)
  if choice then return choices[choice](response) end
  response:say "Sorry, I did not understand."
  response:redirect "answer?attempt=2"
end

-- The call to sales has ended, or nobody has answered it.
function pages.dialed(event, response)
  if event.dial_call_status == "completed" then return response:hangup() end
  record(response, "Nobody can answer now. Please leave a message after the tone.")
end

function pages.recorded(_, response)
  response:say "Thank you. Goodbye."
  response:hangup()
end

-- The caller waits in the queue. Twilio requests this page again after its last verb.
function pages.wait(event, response)
  response:say(("You are number %s in the queue."):format(event.queue_position or "1"))
  response:pause { length = 20 }
end

-- The caller has left the queue.
function pages.dequeued(event, response)
  if event.queue_result == "bridged" or event.queue_result == "hangup" then return response:hangup() end
  record(response, "Support is closed. Please leave a message after the tone.")
end

-- Somebody from support has called this page's number, and gets the first caller of the queue.
function pages.support(_, response)
  response:dial():queue "support"
  response:say "Nobody is waiting."
end

-- ---- status callbacks ----

-- Keeps a text. Returns true, or nil and the problem. safe_set does not remove other texts if the
-- dictionary is full.
local function keep(key, text)
  local ok, problem = kept:safe_set(key, text, DAY)
  return ok, problem and "the shared dictionary ivr: " .. problem
end

local callbacks = {}

-- Callbacks may arrive in any order, and more than once. Their sequence number tells which is newer.
-- With several workers, a real site would compare and set in one step of its database.
function callbacks.status(event)
  local key, number = "call " .. event.call_sid, tonumber(event.sequence_number) or 0
  local known = kept:get(key)
  if known and tonumber(known:match "^%d+") > number then return true end
  return keep(key, ("%d %s"):format(number, event.call_status))
end

function callbacks.voicemail(event)
  if event.recording_status ~= "completed" then return true end
  return keep("voicemail " .. event.recording_sid, ("%s %ss"):format(event.call_sid, event.recording_duration))
end

-- ---- what the users of the site see ----

local lists = {}

-- GET /ivr/calls: lists the calls of the last day with their states.
function lists.calls()
  local lines = {}
  for _, key in ipairs(kept:get_keys(0)) do
    local sid, state = key:match "^call (.*)$", kept:get(key)
    if sid and state then lines[#lines + 1] = sid .. " " .. state:match "%S+$" end
  end
  table.sort(lines)
  common.answer(200, table.concat(lines, "\n"))
end

-- GET /ivr/voicemails: lists the recordings that Twilio has, and of these the voicemails.
function lists.voicemails()
  local recordings, message = common.client.recordings:list()
  if not recordings then
    ngx.log(ngx.ERR, message)
    return common.answer(502, "the recordings could not be listed")
  end
  local lines = {}
  for _, recording in ipairs(recordings) do
    local voicemail = kept:get("voicemail " .. recording.sid)
    if voicemail then lines[#lines + 1] = recording.sid .. " " .. voicemail end
  end
  common.answer(200, table.concat(lines, "\n"))
end

-- ---- requests ----

--- Answers a request below /ivr/.
function ivr.serve()
  local name = ngx.var.uri:match "^/ivr/(%l+)$"
  if lists[name] then
    if not common.user() then return common.answer(401, "log in first") end
    return lists[name]()
  end
  if not pages[name] and not callbacks[name] then return ngx.exit(404) end
  local event, response = common.webhook(), twilio.twiml.voice()
  if callbacks[name] then
    local ok, problem = callbacks[name](event)
    if not ok then return common.try_again(problem) end
    return ngx.exit(204)
  end
  pages[name](event, response)
  common.respond(response)
end

return ivr
