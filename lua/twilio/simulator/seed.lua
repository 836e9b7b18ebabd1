--- Makes many records at once.
local life = require "twilio.simulator.call_life"
local conferences = require "twilio.simulator.conferences"
local messages = require "twilio.simulator.messages"
local notifications = require "twilio.simulator.notifications"
local http = require "twilio.simulator.http"
local memory = require "twilio.simulator.memory"
local porting = require "twilio.simulator.porting"
local recordings = require "twilio.simulator.recordings"

local FROM = "+15017122661"
local APART = 60 -- seconds between two ended calls
local LASTED = 30

-- The time in store.times at which a call reaches its status.
local STEPS = { ringing = "Ringing", ["in-progress"] = "Answered" }
local ENDED = { completed = true, busy = true, failed = true, ["no-answer"] = true, canceled = true }

local function live_call(store, status)
  local age = STEPS[status] and store.times[STEPS[status]] or 0
  return { date_created = store.now - age, date_updated = store.now, start_time = status == "in-progress" and store.now or nil }
end

local function ended_call(store, status, later)
  local ended = store.now - later * APART
  local started = status == "completed" and ended - LASTED or ended
  return {
    date_created = started - store.times.Answered, date_updated = ended, start_time = started, end_time = ended,
    duration = string.format("%d", ended - started),
  }
end

local function furnish(store, call, form)
  for _ = 1, http.number(form, "Notifications", 0) do notifications.add(store, call, call.start_time or store.now) end
  for _ = 1, http.number(form, "Recordings", 0) do
    local details = { source = "OutboundAPI", channels = 1, track = "both" }
    local recording = recordings.add(store, call, call.start_time or store.now, details)
    for index = 1, http.number(form, "Transcriptions", 0) do recordings.transcribe(store, recording, "Transcription " .. index) end
  end
end

local function make_call(store, account, form, index, count)
  local status = form.Status or "completed"
  local fields = ENDED[status] and ended_call(store, status, count - index) or live_call(store, status)
  fields.status = status
  fields.to = form.To or string.format("+1555%07d", index)
  fields.from = form.From or FROM
  local call = life.add(store, account, fields)
  furnish(store, call, form)
  return call
end

--- Makes the records for POST /_/seed. `control.lua` describes the form.
return function(world, form)
  local store = world.service.store
  local account = assert(store.accounts[form.Account or world.options.account], "no such account")
  local count, first, last = http.number(form, "Calls", 0), nil, nil
  for index = 1, count do
    last = make_call(store, account, form, index, count)
    first = first or last
  end
  for index = 1, http.number(form, "Messages", 0) do
    local to = form.To or string.format("+1555%07d", index)
    messages.add(store, account, { to = to, from = form.From or FROM, body = "Message " .. index })
  end
  local conference
  for _ = 1, http.number(form, "Conferences", 0) do conference = conferences.add(store, account, http.number(form, "Participants", 0)) end
  for _ = 1, http.number(form, "PortIns", 0) do porting.add(store, account) end
  for _ = 1, http.number(form, "Stores", 0) do memory.add_store(store, account) end
  for _ = 1, http.number(form, "Revisions", 0) do memory.add_revision(store, account) end
  return { conference = conference, first = first and first.sid, last = last and last.sid }
end
