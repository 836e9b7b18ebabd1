--- Recordings of calls, and their transcriptions.
local life = require "twilio.simulator.call_life"
local document = require "twilio.simulator.document"
local failure = require "twilio.simulator.failure"
local filters = require "twilio.simulator.filters"
local http = require "twilio.simulator.http"
local mp3 = require "twilio.simulator.mp3"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"
local wav = require "twilio.simulator.wav"

local recordings = {}

local path = v2010.path("Recordings")
local transcription_path = v2010.path("Transcriptions")

local function call_path(recording)
  return v2010.ROOT .. recording.account_sid .. "/Calls/" .. recording.call_sid .. "/Recordings/" .. recording.sid
end

local function fields(own_path)
  return {
    "account_sid", v2010.api_version, "call_sid", "conference_sid", v2010.date_created, v2010.date_updated,
    { "start_time", render.rfc2822 }, "duration", "sid", "price", { "price_unit", render.constant "USD" }, "status", "channels", "source",
    "error_code", v2010.uri(own_path), "encryption_details",
  }
end

local own_fields, call_fields = fields(path), fields(call_path)
own_fields[#own_fields + 1] =
  { "subresource_uris", render.links(path, { add_on_results = "/AddOnResults.json", transcriptions = "/Transcriptions.json" }) }
own_fields[#own_fields + 1] = { "media_url", render.computed(function(recording) return "https://api.twilio.com" .. path(recording) end) }
call_fields[#call_fields + 1] = "track"

local write, write_for_call = render.object(own_fields), render.object(call_fields)

local write_transcription = render.object {
  "account_sid", v2010.api_version, v2010.date_created, v2010.date_updated, "duration", "price", { "price_unit", render.constant "USD" },
  "recording_sid", "sid", "status", "transcription_text", { "type", render.constant "fast" }, v2010.uri(transcription_path),
}

local call_tests = filters.add_time({}, "DateCreated", "date_created")
local tests = { CallSid = filters.equal "call_sid", ConferenceSid = filters.equal "conference_sid" }
filters.add_time(tests, "DateCreated", "date_created")

local function is_running(recording)
  return recording.status == "in-progress" or recording.status == "paused"
end

--- Returns the URL of a recording or transcription, without ".json". The simulator serves it.
function recordings.url(store, record, kind)
  return store.url .. v2010.path(kind or "Recordings")(record)
end

-- Sends the status callback of a recording.
local function send_callback(store, recording, event)
  local callback = recording.callback
  if not callback or not callback.events[event] then return end
  local parameters = {
    { "AccountSid", recording.account_sid }, { "CallSid", recording.call_sid }, { "RecordingSid", recording.sid },
    { "RecordingUrl", recordings.url(store, recording) }, { "RecordingStatus", event }, { "RecordingChannels", recording.channels },
    { "RecordingStartTime", os.date("!%a, %d %b %Y %H:%M:%S +0000", recording.start_time) }, { "RecordingSource", recording.source },
    { "RecordingTrack", recording.track or "both" },
  }
  if event ~= "in-progress" then parameters[#parameters + 1] = { "RecordingDuration", recording.duration } end
  store.webhooks:send_in_order {
    kind = "recording.status", account_sid = recording.account_sid, resource_sid = recording.sid, url = callback.url,
    method = callback.method, parameters = parameters,
  }
end

local function finish(store, recording, status, time)
  recording.status = status
  recording.duration = string.format("%d", time - recording.start_time)
  v2010.touch(recording, time)
  if status ~= "stopped" then send_callback(store, recording, status) end
end

--- Completes a recording that runs. Its length is not always that of the time. A recording of no length is "absent".
function recordings.complete(store, recording, seconds)
  if not is_running(recording) then return end
  finish(store, recording, seconds > 0 and "completed" or "absent", recording.start_time + seconds)
  v2010.touch(recording, store.now)
end

--- Returns the status callback of an element with attributes such as recordingStatusCallback; nil without it.
function recordings.callback(element, resolve)
  local url = document.attribute(element, "recordingStatusCallback")
  if not url then return nil end
  local events = {}
  for word in document.attribute(element, "recordingStatusCallbackEvent", "completed"):gmatch "[%w-]+" do events[word] = true end
  return { url = resolve(url), method = document.attribute(element, "recordingStatusCallbackMethod", "POST"):upper(), events = events }
end

--- Returns the status callback of a form with parameters such as RecordingStatusCallback; nil without it.
function recordings.callback_of_form(context)
  local form = context.form
  if not form.RecordingStatusCallback or form.RecordingStatusCallback == "" then return nil end
  local events = life.callback_events(http.values(context.form_in_order, "RecordingStatusCallbackEvent"))
  return { url = form.RecordingStatusCallback, method = form.RecordingStatusCallbackMethod, events = events }
end

--- Starts a recording of a call.
-- @param details { source, channels, track, callback = see recordings.callback }
function recordings.add(store, call, time, details)
  local recording = {
    sid = store:sid("RE"), account_sid = call.account_sid, call_sid = call.sid, status = "in-progress", source = details.source,
    channels = details.channels, track = details.track, callback = details.callback, date_created = time, date_updated = time, start_time = time,
  }
  store:collection(call.account_sid, "recordings"):add(recording)
  store:collection(call.sid, "recordings"):add(recording)
  send_callback(store, recording, "in-progress")
  if not life.is_live(call) then finish(store, recording, "completed", call.end_time) end
  return recording
end

--- Adds a transcription to a recording.
function recordings.transcribe(store, recording, text)
  local transcription = {
    sid = store:sid("TR"), account_sid = recording.account_sid, recording_sid = recording.sid, status = "completed",
    duration = recording.duration, transcription_text = text, date_created = store.now, date_updated = store.now,
  }
  store:collection(recording.account_sid, "transcriptions"):add(transcription)
  store:collection(recording.sid, "transcriptions"):add(transcription)
end

life.on_answer[#life.on_answer + 1] = function(store, call, time)
  if not call.record then return end
  recordings.add(store, call, time, {
    source = "OutboundAPI", channels = call.recording_channels or 1, track = call.recording_track or "both", callback = call.recording_callback,
  })
end

life.on_end[#life.on_end + 1] = function(store, call, time)
  if not store:has(call.sid, "recordings") then return end
  for _, recording in ipairs(store:collection(call.sid, "recordings"):all()) do
    if is_running(recording) and recording.source ~= "RecordVerb" then finish(store, recording, "completed", time) end
  end
end

local collection, calls = v2010.of_account "recordings", v2010.of_account "calls"
local transcriptions = v2010.of_account "transcriptions"

local function of_call(context, account_sid, call_sid)
  v2010.find(context, calls(context, account_sid), call_sid)
  return context.store:collection(call_sid, "recordings")
end

local function of_recording(context, account_sid, recording_sid)
  v2010.find(context, collection(context, account_sid), recording_sid)
  return context.store:collection(recording_sid, "transcriptions")
end

local CHANNELS = { mono = 1, dual = 2 }

local function create(context, account_sid, call_sid)
  local call = v2010.find(context, calls(context, account_sid), call_sid)
  local form = context.form
  local channels = CHANNELS[form.RecordingChannels or "mono"]
  if not channels then failure.raise(400, 20001, "Invalid RecordingChannels: " .. form.RecordingChannels) end
  if call.status ~= "in-progress" then failure.raise(400, 21220, "Requested resource is not eligible for recording") end
  local details = {
    source = "StartCallRecordingAPI", channels = channels, track = form.RecordingTrack or "both",
    callback = recordings.callback_of_form(context),
  }
  return 201, write_for_call(recordings.add(context.store, call, context.store.now, details))
end

--- Returns a recording of a call by its SID. "Twilio.CURRENT" is the recording in progress.
local function find_of_call(context, account_sid, call_sid, sid)
  local all = of_call(context, account_sid, call_sid)
  if sid ~= "Twilio.CURRENT" then return v2010.find(context, all, sid) end
  for _, recording in ipairs(all:all()) do
    if is_running(recording) then return recording end
  end
  return v2010.not_found(context)
end

-- Completes a stopped recording when the clock moves.
local function complete_later(store, recording)
  store:follow(recording, function(_, now)
    recording.status = "completed"
    v2010.touch(recording, now)
    send_callback(store, recording, "completed")
    return false
  end)
end

--- Lets a recording of a state file go on. Nobody speaks any more into a <Record>.
function recordings.resume(store, recording)
  if recording.status == "stopped" then complete_later(store, recording) end
  if recording.source == "RecordVerb" then recordings.complete(store, recording, 0) end
end

local STATUSES = { ["in-progress"] = true, paused = true, stopped = true }

local function update(context, account_sid, call_sid, sid)
  local recording = find_of_call(context, account_sid, call_sid, sid)
  local status = context.form.Status
  if not STATUSES[status] then failure.raise(400, 20001, "Invalid Status: " .. tostring(status)) end
  if not is_running(recording) then failure.raise(400, 21220, "Invalid recording state") end
  if status == "stopped" then
    finish(context.store, recording, "stopped", context.store.now)
    complete_later(context.store, recording)
  else
    recording.status = status
    v2010.touch(recording, context.store.now)
  end
  return 200, write_for_call(recording)
end

local function remove(context, recording)
  v2010.require_done(not is_running(recording))
  context.store:collection(recording.account_sid, "recordings"):remove(recording.sid)
  context.store:collection(recording.call_sid, "recordings"):remove(recording.sid)
  return 204
end

local function delete(context, account_sid, sid)
  return remove(context, v2010.find(context, collection(context, account_sid), sid))
end

local function delete_of_call(context, account_sid, call_sid, sid)
  return remove(context, find_of_call(context, account_sid, call_sid, sid))
end

local function remove_transcription(context, transcription)
  context.store:collection(transcription.account_sid, "transcriptions"):remove(transcription.sid)
  context.store:collection(transcription.recording_sid, "transcriptions"):remove(transcription.sid)
  return 204
end

local function delete_transcription(context, account_sid, sid)
  return remove_transcription(context, v2010.find(context, transcriptions(context, account_sid), sid))
end

local function delete_of_recording(context, account_sid, recording_sid, sid)
  return remove_transcription(context, v2010.find(context, of_recording(context, account_sid, recording_sid), sid))
end

-- Returns the audio of a recording: a WAV file, unless ".mp3" follows the SID and a program can make one.
local function fetch_audio(context, account_sid, name)
  local sid, extension = name:match "^(%w+)%.?(%w*)$"
  local recording = v2010.find(context, collection(context, account_sid), sid)
  if recording.status ~= "completed" then v2010.not_found(context) end
  local channels = tonumber(context.query.RequestedChannels) or 1
  if channels > recording.channels then failure.raise(400, 21220, "The recording has no second channel") end
  local text = wav.make(tonumber(recording.duration), channels)
  if extension == "" or extension == "wav" then return 200, text, { "Content-Type: audio/x-wav" } end
  text = extension == "mp3" and mp3.make(text) or failure.raise(404, 20404, "The simulator makes mp3 only if lame or ffmpeg is installed")
  return 200, text, { "Content-Type: audio/mpeg" }
end

--- Adds the routes that all four lists have: GET for the list, GET and DELETE for its records.
local function route_list(service, base, collection_of, key, writer, tests_of_list, deleting)
  service:route("GET", base .. ".json", v2010.listing(collection_of, key, writer, tests_of_list))
  service:route("GET", base .. "/{}.json", v2010.fetching(collection_of, writer))
  service:route("DELETE", base .. "/{}.json", deleting)
end

function recordings.routes(service)
  local account = "2010-04-01/Accounts/{}/"
  service:route("GET", account .. "Recordings/{}", fetch_audio)
  local in_call = account .. "Calls/{}/Recordings"
  route_list(service, in_call, of_call, "recordings", write_for_call, call_tests, delete_of_call)
  service:route("POST", in_call .. ".json", create)
  service:route("POST", in_call .. "/{}.json", update)
  route_list(service, account .. "Recordings", collection, "recordings", write, tests, delete)
  route_list(service, account .. "Transcriptions", transcriptions, "transcriptions", write_transcription, {}, delete_transcription)
  route_list(
    service, account .. "Recordings/{}/Transcriptions", of_recording, "transcriptions", write_transcription, {}, delete_of_recording
  )
end

return recordings
