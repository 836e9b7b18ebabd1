--- The calls of the API: creates them, changes live ones, and lists them. call_life.lua moves them on.
local cjson = require "cjson"
local life = require "twilio.simulator.call_life"
local call_script = require "twilio.simulator.call_script"
local failure = require "twilio.simulator.failure"
local filters = require "twilio.simulator.filters"
local http = require "twilio.simulator.http"
local magic = require "twilio.simulator.magic"
local recordings = require "twilio.simulator.recordings"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local calls = {}

-- Twilio's test number for "invalid number".
local INVALID_NUMBER = "+15005550001"

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

--- Raises a failure if a phone number is missing or invalid.
function calls.check_number(value, name, missing, invalid)
  if not value or value == "" then failure.raise(400, missing, "No '" .. name .. "' number is specified") end
  if value == INVALID_NUMBER or not (value:match("^%+%d+$") or value:match("^%w+:.")) then
    failure.raise(400, invalid, "The phone number you provided, " .. value .. ", is not valid" .. failure.hint_of_number(value))
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

--- Returns the fields of a call for the status callback of a form.
function calls.callback_fields(context)
  local form = context.form
  return {
    status_callback = form.StatusCallback, status_callback_method = form.StatusCallbackMethod,
    status_callback_events = life.callback_events(http.values(context.form_in_order, "StatusCallbackEvent")),
  }
end

-- Adds the addresses of the application that a form names.
local function add_application(context, account, form, fields)
  if not form.ApplicationSid or form.Url or form.Twiml then return end
  fields.application_sid = form.ApplicationSid
  local application = context.store:collection(account.sid, "applications"):get(form.ApplicationSid)
  if not application then return end
  fields.url, fields.method = application.voice_url, application.voice_method
  fields.fallback_url, fields.fallback_method = application.voice_fallback_url, application.voice_fallback_method
  fields.status_callback = fields.status_callback or application.status_callback
  fields.status_callback_method = fields.status_callback_method or application.status_callback_method
end

-- What decides how Twilio records a call from its start
local function add_recording(context, fields)
  local form = context.form
  fields.record = form.Record == "true"
  fields.recording_channels, fields.recording_track = form.RecordingChannels == "dual" and 2 or 1, form.RecordingTrack
  fields.recording_callback = recordings.callback_of_form(context)
end

local function create(context, account_sid)
  local account = context.service:account(context, account_sid)
  local form = context.form
  calls.check_number(form.To, "To", 21201, 21217)
  calls.check_number(form.From, "From", 21213, 21212)
  magic.refuse("calls", form)
  if not (form.Url or form.Twiml or form.ApplicationSid) then failure.raise(400, 21205, "Url parameter is required") end
  check_form(form)
  local fields = calls.callback_fields(context)
  fields.to, fields.from, fields.status = form.To, form.From, "queued"
  fields.url, fields.method, fields.twiml = form.Url, form.Method, not form.Url and form.Twiml or nil
  fields.fallback_url, fields.fallback_method = form.FallbackUrl, form.FallbackMethod
  fields.machine_detection = form.MachineDetection and form.MachineDetection ~= "" or nil
  add_application(context, account, form, fields)
  add_recording(context, fields)
  local call = life.add(context.store, account, fields)
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
    life.finish(store, call, "canceled", store.now)
  elseif status == "completed" then
    life.finish(store, call, "completed", store.now)
  end
end

-- Gives a live call another document. A call that is not answered yet follows it later.
local function redirect(store, call, form)
  local request = { url = form.Url, method = form.Method, twiml = form.Twiml }
  v2010.touch(call, store.now)
  if form.FallbackUrl then call.fallback_url, call.fallback_method = form.FallbackUrl, form.FallbackMethod end
  if not request.url and not request.twiml then return end
  call.url, call.method, call.twiml = form.Url, form.Method, form.Twiml
  if (call.status == "in-progress" or call.line) and call_script.can_follow(store, request) then
    call_script.start_later(store, call, request)
  end
end

local function update(context, account_sid, call_sid)
  local call = calls.find(context, account_sid, call_sid)
  local form = context.form
  local status = form.Status
  if status and status ~= "completed" and status ~= "canceled" then failure.raise(400, 20001, "Invalid Status: " .. status) end
  check_form(form)
  if not life.is_live(call) then failure.raise(400, 21220, "Call is not in-progress. Cannot redirect.") end
  if status then
    end_call(context.store, call, status)
  else
    redirect(context.store, call, form)
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
  v2010.require_done(not life.is_live(call))
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
