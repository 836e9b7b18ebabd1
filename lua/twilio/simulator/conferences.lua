--- Conferences and their participants. POST /_/seed makes them, and a new participant creates its
-- conference. The stand-in does not read TwiML, so callers cannot join by TwiML.
local calls = require "twilio.simulator.calls"
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
  v2010.date_updated, { "end_conference_on_exit", render.constant(false) }, "muted", "hold",
  { "start_conference_on_enter", render.constant(true) }, "status", { "queue_time", render.constant "0" }, v2010.uri(path_of_participant),
}

local tests = { FriendlyName = filters.equal "friendly_name", Status = filters.equal "status" }
local tests_of_participants = { Muted = filters.equal "muted", Hold = filters.equal "hold" }

local collection = v2010.of_account "conferences"

local function participants_of(context, account_sid, conference_sid)
  local conference = v2010.find(context, collection(context, account_sid), conference_sid)
  return context.store:collection(conference.sid, "participants")
end

local function add_conference(store, account, name)
  local sid = store:sid("CF")
  store:collection(account.sid, "conferences"):add {
    sid = sid, account_sid = account.sid, friendly_name = name or "Conference " .. sid, status = "in-progress",
    date_created = store.now, date_updated = store.now,
  }
  return sid
end

local function add_participant(store, account, conference_sid, call_sid, fields)
  local participant = {
    sid = call_sid, call_sid = call_sid, account_sid = account.sid, conference_sid = conference_sid, label = fields.label,
    muted = fields.muted == true, hold = false, status = fields.status or "connected", date_created = store.now,
    date_updated = store.now,
  }
  store:collection(conference_sid, "participants"):add(participant)
  return participant
end

--- Adds a conference with the given number of participants. Returns its SID.
function conferences.add(store, account, participants)
  local sid = add_conference(store, account)
  for _ = 1, participants do add_participant(store, account, sid, store:sid("CA"), {}) end
  return sid
end

--- Returns the SID of a conference. The path names it by its SID, or by the name of a conference in
-- progress. Creates the conference if there is none with this name.
local function find_or_add(context, account, name)
  local all = collection(context, account.sid)
  if all:get(name) then return name end
  if name:find "^CF%x+$" then v2010.not_found(context) end
  for _, conference in ipairs(all:all()) do
    if conference.friendly_name == name and conference.status == "in-progress" then return conference.sid end
  end
  return add_conference(context.store, account, name)
end

--- Calls a number, and makes the call a participant.
local function create_participant(context, account_sid, name)
  local account = context.service:account(context, account_sid)
  local form = context.form
  calls.check_number(form.To, "To", 21201, 21217)
  calls.check_number(form.From, "From", 21213, 21212)
  local sid = find_or_add(context, account, http.decode(name))
  local call = calls.add(context.store, account, { to = form.To, from = form.From, status = "queued" })
  local fields = { label = form.Label, muted = form.Muted == "true", status = "queued" }
  return 201, write_participant(add_participant(context.store, account, sid, call.sid, fields))
end

local function update(context, account_sid, sid)
  local conference = v2010.find(context, collection(context, account_sid), sid)
  local status = context.form.Status
  if status and status ~= "completed" then failure.raise(400, 20001, "Invalid Status: " .. status) end
  if status then
    conference.status, conference.reason_conference_ended = status, "conference-ended-via-api"
    v2010.touch(conference, context.store.now)
  end
  return 200, write(conference)
end

local function update_participant(context, ...)
  local sids = { ... }
  local participant = v2010.find(context, participants_of(context, sids[1], sids[2]), sids[3])
  for parameter, field in pairs { Muted = "muted", Hold = "hold" } do
    if context.form[parameter] then participant[field] = context.form[parameter] == "true" end
  end
  v2010.touch(participant, context.store.now)
  return 200, write_participant(participant)
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
  service:route("DELETE", one .. "/Participants/{}.json", v2010.deleting(participants_of))
end

return conferences
