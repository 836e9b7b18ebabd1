--- Calls: creates them, moves them on with the clock, and ends them.
local cjson = require "cjson"
local failure = require "twilio.simulator.failure"
local filters = require "twilio.simulator.filters"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local calls = {}

-- Lists of functions that are called when a call is answered, and when it ends. Their arguments are
-- the store, the call and the time.
calls.on_answer, calls.on_end = {}, {}

-- Numbers that never answer, and the final status of calls to them.
calls.UNANSWERED = { ["+15005551001"] = "busy", ["+15005551002"] = "no-answer", ["+15005551003"] = "failed" }

-- Twilio's test number for "invalid number".
local INVALID_NUMBER = "+15005550001"

local LIVE = { queued = true, ringing = true, ["in-progress"] = true }

local path = v2010.path("Calls")

--- Formats a North American number as (555) 867-5310. Returns any other number unchanged.
local function formatted(field)
  return render.computed(function(call)
    local area, exchange, line = call[field]:match("^%+1(%d%d%d)(%d%d%d)(%d%d%d%d)$")
    return area and "(" .. area .. ") " .. exchange .. "-" .. line or call[field]
  end)
end

local links = {
  notifications = "/Notifications.json", recordings = "/Recordings.json", payments = "/Payments.json", events = "/Events.json",
  siprec = "/Siprec.json", streams = "/Streams.json", transcriptions = "/Transcriptions.json",
  user_defined_message_subscriptions = "/UserDefinedMessageSubscriptions.json", user_defined_messages = "/UserDefinedMessages.json",
}

local write = render.object {
  "sid", v2010.date_created, v2010.date_updated, "parent_call_sid", "account_sid", "to", { "to_formatted", formatted "to" },
  "from", { "from_formatted", formatted "from" }, "phone_number_sid", "status", { "start_time", render.rfc2822 },
  { "end_time", render.rfc2822 }, "duration", "price", { "price_unit", render.constant "USD" }, "direction", "answered_by",
  v2010.api_version, "forwarded_from", "group_sid", "caller_name", { "queue_time", render.constant "0" }, "trunk_sid",
  v2010.uri(path), { "subresource_uris", render.links(path, links) },
}

local tests = {
  To = filters.equal "to", From = filters.equal "from", Status = filters.equal "status", ParentCallSid = filters.equal "parent_call_sid",
}
filters.add_time(tests, "StartTime", "start_time")
filters.add_time(tests, "EndTime", "end_time")

function calls.is_live(call)
  return LIVE[call.status] == true
end

local function set_status(call, status, time)
  call.status = status
  v2010.touch(call, time)
end

local function tell(functions, store, call, time)
  for _, listen in ipairs(functions) do listen(store, call, time) end
end

--- Ends a call. Its duration is the time since it was answered, or 0.
local function finish(store, call, status, time)
  set_status(call, status, time)
  call.start_time = call.start_time or time
  call.end_time = time
  call.duration = string.format("%d", time - call.start_time)
  tell(calls.on_end, store, call, time)
end

local function pick_up(store, call, time)
  local outcome = calls.UNANSWERED[call.to]
  if outcome then return finish(store, call, outcome, time) end
  set_status(call, "in-progress", time)
  call.start_time = time
  tell(calls.on_answer, store, call, time)
end

--- Moves a call to the status that it has at the current time.
-- @return whether the call is still live
local function move(call, _, store)
  local ringing, answered, completed = store:due(call, "Ringing"), store:due(call, "Answered"), store:due(call, "Completed")
  if call.status == "queued" and ringing then set_status(call, "ringing", ringing) end
  if call.status == "ringing" and answered then pick_up(store, call, answered) end
  if call.status == "in-progress" and completed then finish(store, call, "completed", completed) end
  return calls.is_live(call)
end

--- Adds a call to an account. The clock moves it on.
-- @param fields at least to, from and status
function calls.add(store, account, fields)
  local call = fields
  call.sid = store:sid("CA")
  call.account_sid = account.sid
  call.direction = "outbound-api"
  call.date_created = call.date_created or store.now
  call.date_updated = call.date_updated or call.date_created
  store:collection(account.sid, "calls"):add(call)
  if calls.is_live(call) then store:follow(call, move) end
  return call
end

--- Raises a failure if a phone number is missing or invalid.
function calls.check_number(value, name, missing, invalid)
  if not value or value == "" then failure.raise(400, missing, "No '" .. name .. "' number is specified") end
  if value == INVALID_NUMBER or not (value:match("^%+%d+$") or value:match("^%w+:.")) then
    failure.raise(400, invalid, "The phone number you provided, " .. value .. ", is not valid")
  end
end

local function check_url(value)
  if not value:match("^https?://[^/]") then failure.raise(400, 21205, "Url is not a valid URL: " .. value) end
end

local function check_form(form)
  if form.Url and form.Url ~= "" then check_url(form.Url) end
  for name, value in pairs(form) do
    if (name == "Method" or name:match("Method$")) and value ~= "GET" and value ~= "POST" then
      failure.raise(400, 20001, "Invalid " .. name .. ": " .. value)
    end
  end
end

local write_event = render.object { "request", "response" }

--- Adds a request and its response to the call's list of events. Events have no SIDs. Their
-- position takes the place of the SID in page tokens.
local function note_event(context, call, status)
  local request = context.request
  local events = context.store:collection(call.sid, "events")
  events:add {
    sid = tostring(events.size + 1),
    request = { method = request.method, url = "https://api.twilio.com" .. context.path, parameters = context.form },
    response = {
      response_code = status, content_type = "application/json", request_duration = 0, response_body = cjson.encode { sid = call.sid },
      date_created = os.date("!%a, %d %b %Y %H:%M:%S +0000", context.store.now),
    },
  }
end

local function create(context, account_sid)
  local account = context.service:account(context, account_sid)
  local form = context.form
  calls.check_number(form.To, "To", 21201, 21217)
  calls.check_number(form.From, "From", 21213, 21212)
  if not (form.Url or form.Twiml or form.ApplicationSid) then failure.raise(400, 21205, "Url parameter is required") end
  check_form(form)
  local call = calls.add(context.store, account, {
    to = form.To, from = form.From, status = "queued", url = form.Url, method = form.Method, record = form.Record == "true",
  })
  note_event(context, call, 201)
  return 201, write(call)
end

local collection = v2010.of_account "calls"

--- Returns the call of a path. Raises the failure 20404 if there is no such call.
function calls.find(context, account_sid, call_sid)
  return v2010.find(context, collection(context, account_sid), call_sid)
end

--- `completed` ends an answered call, and cancels any other. `canceled` does not change an answered
-- call.
local function end_call(store, call, status)
  if call.status ~= "in-progress" then
    finish(store, call, "canceled", store.now)
  elseif status == "completed" then
    finish(store, call, "completed", store.now)
  end
end

local function update(context, account_sid, call_sid)
  local call = calls.find(context, account_sid, call_sid)
  local form = context.form
  local status = form.Status
  if status and status ~= "completed" and status ~= "canceled" then failure.raise(400, 20001, "Invalid Status: " .. status) end
  check_form(form)
  if not calls.is_live(call) then failure.raise(400, 21220, "Call is not in-progress. Cannot redirect.") end
  if status then
    end_call(context.store, call, status)
  else
    v2010.touch(call, context.store.now)
  end
  note_event(context, call, 200)
  return 200, write(call)
end

local function list_events(context, account_sid, call_sid)
  calls.find(context, account_sid, call_sid)
  return v2010.list(context, context.store:collection(call_sid, "events"), "events", write_event)
end

local function delete(context, account_sid, call_sid)
  local call = calls.find(context, account_sid, call_sid)
  v2010.require_done(not calls.is_live(call))
  collection(context, account_sid):remove(call_sid)
  return 204
end

function calls.routes(service)
  local all, one = "2010-04-01/Accounts/{}/Calls.json", "2010-04-01/Accounts/{}/Calls/{}.json"
  service:route("POST", all, create)
  service:route("GET", all, v2010.listing(collection, "calls", write, tests))
  service:route("GET", one, v2010.fetching(collection, write))
  service:route("POST", one, update)
  service:route("DELETE", one, delete)
  service:route("GET", "2010-04-01/Accounts/{}/Calls/{}/Events.json", list_events)
end

return calls
