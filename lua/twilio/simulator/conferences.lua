--- Conferences and their participants. The first participant creates a conference: a call that dials it by
-- TwiML, or a participant of the API. POST /_/seed makes conferences without calls.
local calls = require "twilio.simulator.calls"
local life = require "twilio.simulator.call_life"
local filters = require "twilio.simulator.filters"
local failure = require "twilio.simulator.failure"
local http = require "twilio.simulator.http"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local conferences = {}

local function path(conference) return v2010.ROOT .. conference.account_sid .. "/Conferences/" .. conference.sid end

local write = render.object {
  "account_sid", v2010.date_created, v2010.date_updated, v2010.api_version, "friendly_name", { "region", render.constant "us1" }, "sid",
  "status", v2010.uri(path),
  { "subresource_uris", render.links(path, { participants = "/Participants.json", recordings = "/Recordings.json" }) },
  "reason_conference_ended", "call_sid_ending_conference",
}

local function path_of_participant(participant)
  return v2010.ROOT .. participant.account_sid .. "/Conferences/" .. participant.conference_sid .. "/Participants/" .. participant.call_sid
end

local write_participant = render.object {
  "account_sid", "call_sid", "label", "call_sid_to_coach", { "coaching", render.constant(false) }, "conference_sid", v2010.date_created,
  v2010.date_updated, "end_conference_on_exit", "muted", "hold",
  "start_conference_on_enter", "status", { "queue_time", render.constant "0" }, v2010.uri(path_of_participant),
}

local tests = { FriendlyName = filters.equal "friendly_name", Status = filters.equal "status" }
local tests_of_participants = { Muted = filters.equal "muted", Hold = filters.equal "hold" }

local collection = v2010.of_account "conferences"

local function participants_of(context, account_sid, conference_sid)
  local conference = v2010.find(context, collection(context, account_sid), conference_sid)
  return context.store:collection(conference.sid, "participants")
end

-- ---- status callbacks ----

-- The word of statusCallbackEvent for each event
local WORDS = {
  ["conference-start"] = "start", ["conference-end"] = "end", ["participant-join"] = "join", ["participant-leave"] = "leave",
  ["participant-mute"] = "mute", ["participant-unmute"] = "mute", ["participant-hold"] = "hold", ["participant-unhold"] = "hold",
}

-- Publishes what happens in a conference, and sends its status callback.
local function tell(store, conference, event, participant)
  store.events:publish("conference", {
    conference_sid = conference.sid, friendly_name = conference.friendly_name, event = event, call_sid = participant and participant.call_sid,
  })
  local callback = conference.callback
  if not callback or not callback.events[WORDS[event]] then return end
  conference.callbacks_sent = (conference.callbacks_sent or 0) + 1
  local list = {
    { "ConferenceSid", conference.sid }, { "FriendlyName", conference.friendly_name }, { "AccountSid", conference.account_sid },
    { "SequenceNumber", conference.callbacks_sent }, { "Timestamp", os.date("!%a, %d %b %Y %H:%M:%S +0000", store.now) },
    { "StatusCallbackEvent", event },
  }
  if participant then
    for _, pair in ipairs {
      { "CallSid", participant.call_sid }, { "Muted", tostring(participant.muted) }, { "Hold", tostring(participant.hold) },
      { "Coaching", "false" }, { "EndConferenceOnExit", tostring(participant.end_conference_on_exit) },
      { "StartConferenceOnEnter", tostring(participant.start_conference_on_enter) },
    } do list[#list + 1] = pair end
    if participant.label then list[#list + 1] = { "ParticipantLabel", participant.label } end
  end
  if event == "conference-end" then list[#list + 1] = { "ReasonConferenceEnded", conference.reason_conference_ended } end
  store.webhooks:send_in_order {
    kind = "conference.status", account_sid = conference.account_sid, resource_sid = conference.sid, url = callback.url,
    method = callback.method, parameters = list,
  }
end

-- ---- the life of a conference ----

local function add_conference(store, account, name, status)
  local sid = store:sid("CF")
  local conference = {
    sid = sid, account_sid = account.sid, friendly_name = name or "Conference " .. sid, status = status or "in-progress",
    date_created = store.now, date_updated = store.now,
  }
  store:collection(account.sid, "conferences"):add(conference)
  return conference
end

local function add_participant(store, account, conference_sid, call_sid, fields)
  local participant = {
    sid = call_sid, call_sid = call_sid, account_sid = account.sid, conference_sid = conference_sid, label = fields.label,
    muted = fields.muted == true, hold = false, status = fields.status or "connected", date_created = store.now,
    date_updated = store.now, end_conference_on_exit = fields.ends == true, start_conference_on_enter = fields.starts ~= false,
  }
  store:collection(conference_sid, "participants"):add(participant)
  return participant
end

--- Adds a conference with the given number of participants. Returns its SID.
function conferences.add(store, account, participants)
  local sid = add_conference(store, account).sid
  for _ = 1, participants do add_participant(store, account, sid, store:sid("CA"), {}) end
  return sid
end

--- Returns the conference of a name that has not ended, and creates it with a status if necessary.
local function open(store, account, name, status)
  for _, conference in ipairs(store:collection(account.sid, "conferences"):all()) do
    if conference.friendly_name == name and conference.status ~= "completed" then return conference end
  end
  return add_conference(store, account, name, status)
end

local function enter(store, conference, participant)
  participant.status = "connected"
  if not conference.started and participant.start_conference_on_enter then
    conference.started, conference.status = true, "in-progress"
    v2010.touch(conference, store.now)
    tell(store, conference, "conference-start")
  end
  tell(store, conference, "participant-join", participant)
end

--- Lets a call join the conference of a name.
-- @param fields { muted, starts = startConferenceOnEnter, ends = endConferenceOnExit, label, callback = { url, method, events } }
-- @return the conference and the participant
function conferences.join(store, call, name, fields)
  local account = store.accounts[call.account_sid]
  local conference = open(store, account, name, "init")
  conference.callback = conference.callback or fields.callback
  local participant = add_participant(store, account, conference.sid, call.sid, fields)
  enter(store, conference, participant)
  return conference, participant
end

--- Ends a conference. Its calls go on with their TwiML; calls without TwiML end.
function conferences.finish(store, conference, reason)
  if conference.status == "completed" then return end
  conference.status, conference.reason_conference_ended = "completed", reason
  v2010.touch(conference, store.now)
  for _, participant in ipairs(store:collection(conference.sid, "participants"):all()) do
    conferences.leave(store, conference, participant)
  end
  tell(store, conference, "conference-end")
end

--- Removes a participant. The conference ends with its last participant, and with a participant that has
-- endConferenceOnExit.
function conferences.leave(store, conference, participant)
  local all = store:collection(conference.sid, "participants")
  if not all:get(participant.sid) then return end
  all:remove(participant.sid)
  tell(store, conference, "participant-leave", participant)
  local call = store:collection(conference.account_sid, "calls"):get(participant.call_sid)
  if call and call.line then
    call.line:deliver "conference"
  elseif call then
    life.finish(store, call, call.status == "in-progress" and "completed" or "canceled", store.now)
  end
  if conference.status == "completed" then return end
  if participant.end_conference_on_exit then
    conferences.finish(store, conference, "participant-with-end-conference-on-exit-left")
  elseif #all:all() == 0 then
    conferences.finish(store, conference, "last-participant-left")
  end
end

-- The participant of the API whose call is answered or ends
life.on_answer[#life.on_answer + 1] = function(store, call)
  if call.conference then enter(store, call.conference, call.participant) end
end

life.on_end[#life.on_end + 1] = function(store, call)
  if call.conference then conferences.leave(store, call.conference, call.participant) end
end

--- Removes the participants of a conference of a state file whose calls have ended.
function conferences.resume(store, conference)
  local calls_of_account = store:collection(conference.account_sid, "calls")
  for _, participant in ipairs(store:collection(conference.sid, "participants"):all()) do
    local call = calls_of_account:get(participant.call_sid)
    if call and not life.is_live(call) then conferences.leave(store, conference, participant) end
  end
end

--- Returns a conference. The path names it by its SID, or by the name of a conference that has not ended.
-- Creates the conference if there is none with this name.
local function find_or_add(context, account, name)
  local conference = collection(context, account.sid):get(name)
  if conference then return conference end
  if name:find "^CF%x+$" then v2010.not_found(context) end
  return open(context.store, account, name, "in-progress")
end

local function callback_of(context)
  local form = context.form
  local url = form.ConferenceStatusCallback
  if not url or url == "" then return nil end
  local words = http.values(context.form_in_order, "ConferenceStatusCallbackEvent")
  local events = life.callback_events(words, "start end join leave mute hold")
  return { url = url, method = form.ConferenceStatusCallbackMethod, events = events }
end

--- Calls a number, and makes the call a participant.
local function create_participant(context, account_sid, name)
  local account = context.service:account(context, account_sid)
  local form = context.form
  calls.check_number(form.To, "To", 21201, 21217)
  calls.check_number(form.From, "From", 21213, 21212)
  local conference = find_or_add(context, account, http.decode(name))
  conference.callback = conference.callback or callback_of(context)
  local fields = calls.callback_fields(context)
  fields.to, fields.from, fields.status = form.To, form.From, "queued"
  local call = life.add(context.store, account, fields)
  call.conference = conference
  call.participant = add_participant(context.store, account, conference.sid, call.sid, {
    label = form.Label, muted = form.Muted == "true", status = "queued", ends = form.EndConferenceOnExit == "true",
    starts = form.StartConferenceOnEnter ~= "false",
  })
  return 201, write_participant(call.participant)
end

local function update(context, account_sid, sid)
  local conference = v2010.find(context, collection(context, account_sid), sid)
  local status = context.form.Status
  if status and status ~= "completed" then failure.raise(400, 20001, "Invalid Status: " .. status) end
  if status then conferences.finish(context.store, conference, "conference-ended-via-api") end
  return 200, write(conference)
end

local EVENTS = {
  muted = { [true] = "participant-mute", [false] = "participant-unmute" },
  hold = { [true] = "participant-hold", [false] = "participant-unhold" },
}

local function update_participant(context, ...)
  local sids = { ... }
  local participant = v2010.find(context, participants_of(context, sids[1], sids[2]), sids[3])
  local conference = collection(context, sids[1]):get(sids[2])
  for parameter, field in pairs { Muted = "muted", Hold = "hold" } do
    local before, wanted = participant[field], context.form[parameter]
    if wanted then participant[field] = wanted == "true" end
    if participant[field] ~= before then tell(context.store, conference, EVENTS[field][participant[field]], participant) end
  end
  local ends = context.form.EndConferenceOnExit
  if ends then participant.end_conference_on_exit = ends == "true" end
  v2010.touch(participant, context.store.now)
  return 200, write_participant(participant)
end

local function kick(context, account_sid, conference_sid, call_sid)
  local participant = v2010.find(context, participants_of(context, account_sid, conference_sid), call_sid)
  conferences.leave(context.store, collection(context, account_sid):get(conference_sid), participant)
  return 204
end

function conferences.routes(service)
  local all, one = "2010-04-01/Accounts/{}/Conferences.json", "2010-04-01/Accounts/{}/Conferences/{}"
  service:route("GET", all, v2010.listing(collection, "conferences", write, tests))
  service:route("GET", one .. ".json", v2010.fetching(collection, write))
  service:route("POST", one .. ".json", update)
  service:route("GET", one .. "/Participants.json",
    v2010.listing(participants_of, "participants", write_participant, tests_of_participants))
  service:route("POST", one .. "/Participants.json", create_participant)
  service:route("GET", one .. "/Participants/{}.json", v2010.fetching(participants_of, write_participant))
  service:route("POST", one .. "/Participants/{}.json", update_participant)
  service:route("DELETE", one .. "/Participants/{}.json", kick)
end

return conferences
