--- The life of a call: its statuses, the clock that changes them, and the status callbacks.
local call_parameters = require "twilio.simulator.call_parameters"
local v2010 = require "twilio.simulator.v2010"

local life = {}

-- Lists of functions that are called when a call is answered, when it ends, and at each new status. Their
-- arguments are the store, the call and the time.
life.on_answer, life.on_end, life.on_status = {}, {}, {}

-- Numbers that never answer, and the final status of calls to them.
life.UNANSWERED = { ["+15005551001"] = "busy", ["+15005551002"] = "no-answer", ["+15005551003"] = "failed" }

-- The number of an answering machine, for calls with machine detection.
local MACHINE = "+15005551004"

local LIVE = { queued = true, ringing = true, ["in-progress"] = true }

-- The event of StatusCallbackEvent for each status. All final statuses are "completed".
local EVENTS = { ringing = "ringing", ["in-progress"] = "answered" }

function life.is_live(call)
  return LIVE[call.status] == true
end

local function tell(functions, store, call, time)
  for _, listen in ipairs(functions) do listen(store, call, time) end
end

-- ---- status callbacks ----

local function send_callback(store, call, event, status, time)
  if not call.status_callback or call.status_callback == "" or not call.status_callback_events[event] then return end
  local sequence = call.callbacks_sent or 0
  call.callbacks_sent = sequence + 1
  local parameters = call_parameters.of(call, {
    { "CallbackSource", "call-progress-events" }, { "SequenceNumber", sequence },
    { "Timestamp", os.date("!%a, %d %b %Y %H:%M:%S +0000", time) },
  })
  for _, pair in ipairs(parameters) do
    if pair[1] == "CallStatus" then pair[2] = status end
  end
  if event == "completed" then
    parameters[#parameters + 1] = { "CallDuration", call.duration }
    parameters[#parameters + 1] = { "Duration", string.format("%d", math.ceil(tonumber(call.duration) / 60)) }
    if call.sip_response_code then parameters[#parameters + 1] = { "SipResponseCode", call.sip_response_code } end
  end
  store.webhooks:send_in_order {
    kind = "voice.status_callback", account_sid = call.account_sid, resource_sid = call.sid, url = call.status_callback,
    method = call.status_callback_method, parameters = parameters,
  }
end

--- Reads the events of a parameter such as StatusCallbackEvent.
-- @param words an array of texts with one event or several
-- @param default the events that Twilio sends if none is given, a text; "completed" if it is nil
-- @return a set
function life.callback_events(words, default)
  local events, any = {}, false
  for _, text in ipairs(words) do
    for word in text:gmatch "[%w-]+" do events[word], any = true, true end
  end
  return any and events or life.callback_events { default or "completed" }
end

-- ---- statuses ----

local function set_status(store, call, status, time)
  local before = call.status
  call.status = status
  v2010.touch(call, time)
  if before == "queued" and status == "ringing" then send_callback(store, call, "initiated", "initiated", time) end
  if not (before == "queued" and status == "canceled") then
    send_callback(store, call, LIVE[status] and EVENTS[status] or "completed", status, time)
  end
  store.events:publish("call", { call = life.summary(call) })
  tell(life.on_status, store, call, time)
end

--- The fields of a call in events.
function life.summary(call)
  return {
    sid = call.sid, account_sid = call.account_sid, from = call.from, to = call.to, status = call.status, direction = call.direction,
    parent_call_sid = call.parent_call_sid, duration = call.duration,
  }
end

-- The codes of SIP for calls that are not answered.
local SIP_CODES = { busy = 486, failed = 404, ["no-answer"] = 487, canceled = 487, completed = 200 }

--- Ends a call. Its duration is the time since it was answered, or 0.
function life.finish(store, call, status, time)
  if not life.is_live(call) then return end
  call.start_time = call.start_time or time
  call.end_time = time
  call.duration = string.format("%d", time - call.start_time)
  call.sip_response_code = SIP_CODES[status]
  set_status(store, call, status, time)
  tell(life.on_end, store, call, time)
end

--- Answers a call that rings.
function life.answer(store, call, time)
  call.start_time = time
  if call.machine_detection then call.answered_by = call.to == MACHINE and "machine_start" or "human" end
  set_status(store, call, "in-progress", time)
  tell(life.on_answer, store, call, time)
end

local function pick_up(store, call, time)
  local outcome = life.UNANSWERED[call.to]
  if outcome then return life.finish(store, call, outcome, time) end
  life.answer(store, call, time)
end

-- The step of store.times that ends each status. A call that follows TwiML ends with it.
local STEPS = { queued = "Ringing", ringing = "Answered", ["in-progress"] = "Completed" }

local function next_change(call, store)
  local step = STEPS[call.status]
  return step and not (call.status == "in-progress" and call.line) and store:time_of(call, step) or nil
end

--- Moves a call to the status that it has at the current time.
-- @return whether the call is still live
local function move(call, _, store)
  local ringing, answered, completed = store:due(call, "Ringing"), store:due(call, "Answered"), store:due(call, "Completed")
  if call.status == "queued" and ringing then set_status(store, call, "ringing", ringing) end
  if call.status == "ringing" and answered then pick_up(store, call, answered) end
  if call.status == "in-progress" and not call.line and completed then life.finish(store, call, "completed", completed) end
  return life.is_live(call)
end

--- Moves a call to its next status at once.
-- @param outcome nil, or the final status of a call that is not answered yet
function life.next(store, call, outcome)
  if outcome then
    life.finish(store, call, outcome, store.now)
  elseif call.status == "queued" then
    set_status(store, call, "ringing", store.now)
  elseif call.status == "ringing" then
    pick_up(store, call, store.now)
  elseif call.status == "in-progress" then
    life.finish(store, call, "completed", store.now)
  end
end

--- Adds a call to an account.
-- @param fields at least to, from and status
-- @param by_hand true: the clock does not move the call
function life.add(store, account, fields, by_hand)
  local call = fields
  call.sid = store:sid("CA")
  call.account_sid = account.sid
  call.direction = call.direction or "outbound-api"
  call.date_created = call.date_created or store.now
  call.date_updated = call.date_updated or call.date_created
  call.status_callback_events = call.status_callback_events or {}
  store:collection(account.sid, "calls"):add(call)
  store.events:publish("call", { call = life.summary(call) })
  if life.is_live(call) and not by_hand then life.resume(store, call) end
  return call
end

--- Lets the clock move a live call.
function life.resume(store, call)
  store:follow(call, move, next_change)
end

return life
