--- The control paths for what people outside of the program do: they call, press digits, speak, hang up and
-- send messages. doc/simulator.md describes them.
local http = require "twilio.simulator.http"
local inbound = require "twilio.simulator.inbound"
local life = require "twilio.simulator.call_life"
local messages = require "twilio.simulator.messages"

local control_calls = {}

-- Returns the record with a SID in the collections of all accounts.
local function find(store, kind, sid)
  for account_sid in pairs(store.accounts) do
    local record = store:collection(account_sid, kind):get(sid)
    if record then return record end
  end
  error("there is no record " .. sid, 0)
end

-- What a test sees of a call
local function view(call)
  local seen = life.summary(call)
  seen.verb = call.line and life.is_live(call) and call.line.verb or nil
  seen.listens = call.line ~= nil and (call.line:listens_to "digits" or call.line:listens_to "speech")
  seen.heard = call.line and call.line.heard or {}
  return seen
end

local function replies_of(store, message)
  local found = {}
  for _, other in ipairs(store:collection(message.account_sid, "messages"):all()) do
    if other.direction == "outbound-reply" and other.reply_to == message.sid then found[#found + 1] = other end
  end
  return found
end

--- POST /_/calls: From, To: somebody calls a number.
function control_calls.call(world, form)
  assert(form.From and form.To, "From and To are needed")
  local call = inbound.call(world.service.store, form.From, form.To, { forwarded_from = form.ForwardedFrom, caller_name = form.CallerName })
  return function() return view(call) end
end

function control_calls.look(world, _, sid)
  return view(find(world.service.store, "calls", sid))
end

-- Returns what a call does in place of waiting for a kind of input, and how the input can be given.
local function occupation(line, kind)
  if not line or not line.verb then return "it follows no TwiML" end
  local follows = "it follows <" .. line.verb .. ">"
  if line:listens_to(kind == "digits" and "speech" or "digits") then
    return follows .. ", which takes " .. (kind == "digits" and "speech" or "digits") .. " only"
  end
  local seconds = line:seconds_left()
  if not seconds then return follows end
  return ("%s for %d s more: wait until `listens` is true, or POST /_/clock Seconds=%d"):format(follows, seconds, seconds)
end

-- Gives input to a call, which must wait for it.
local function give(world, sid, kind, value)
  local call = find(world.service.store, "calls", sid)
  local line = call.line
  if not line or not line:deliver(kind, value) then
    error(("the call is %s and does not listen to %s: %s"):format(call.status, kind, occupation(line, kind)), 0)
  end
  return function() return view(call) end
end

--- POST /_/calls/{sid}/digits: Digits.
function control_calls.digits(world, form, sid)
  assert(form.Digits and form.Digits:match "^[0-9*#A-Dw]+$", "Digits are missing, or no digits")
  return give(world, sid, "digits", form.Digits)
end

--- POST /_/calls/{sid}/speech: Speech, and Confidence.
function control_calls.speech(world, form, sid)
  assert(form.Speech and form.Speech ~= "", "Speech is missing")
  return give(world, sid, "speech", { text = form.Speech, confidence = form.Confidence })
end

--- POST /_/calls/{sid}/hangup: the other side hangs up.
function control_calls.hang_up(world, _, sid)
  local store = world.service.store
  local call = find(store, "calls", sid)
  assert(life.is_live(call), "the call has ended")
  local caller_waits = call.direction == "inbound" and call.status ~= "in-progress"
  life.finish(store, call, caller_waits and "canceled" or call.status == "in-progress" and "completed" or "busy", store.now)
  return function() return view(call) end
end

--- POST /_/calls/{sid}/next: moves a call to its next status at once, or to Status.
function control_calls.next_of_call(world, form, sid)
  local store = world.service.store
  local call = find(store, "calls", sid)
  assert(life.is_live(call), "the call has ended")
  life.next(store, call, form.Status)
  return function() return view(call) end
end

-- Returns the requests to the app about a message that came in, with what went wrong.
local function requests_of(store, message)
  local found = {}
  for _, entry in ipairs(store.webhooks.log) do
    if entry.resource_sid == message.sid and entry.kind == "messaging.request" then
      found[#found + 1] = { number = entry.number, url = entry.url, status = entry.status, error = entry.error, error_code = entry.error_code }
    end
  end
  return found
end

local function view_message(store, message)
  local seen = messages.summary(message)
  seen.error_code = message.error_code
  seen.replies = {}
  for index, reply in ipairs(replies_of(store, message)) do seen.replies[index] = messages.summary(reply) end
  seen.webhooks = requests_of(store, message)
  return seen
end

--- POST /_/messages: From, To, Body, MediaUrl: somebody sends a message to a number.
function control_calls.message(world, form, _, in_order)
  assert(form.From and form.To, "From and To are needed")
  local media = http.values(in_order, "MediaUrl")
  local message = inbound.message(world.service.store, form.From, form.To, form.Body or "", media)
  return function() return view_message(world.service.store, message) end
end

function control_calls.look_at_message(world, _, sid)
  return view_message(world.service.store, find(world.service.store, "messages", sid))
end

--- POST /_/messages/{sid}/next: moves a message to its next status at once, or to Status.
function control_calls.next_of_message(world, form, sid)
  local store = world.service.store
  local message = find(store, "messages", sid)
  messages.next(store, message, form.Status)
  return function() return view_message(store, message) end
end

return control_calls
