--- <Record>: records what the caller says, until a key, silence, the greatest length or the end of the call.
local call_script = require "twilio.simulator.call_script"
local document = require "twilio.simulator.document"
local recordings = require "twilio.simulator.recordings"

local KEYS = "1234567890*#"

-- Records until something ends the recording.
-- @return the key that ended it, or nil
local function listen(line, element, words, started)
  local keys = document.attribute(element, "finishOnKey", KEYS)
  local most = math.floor(document.number(element, "maxLength", 3600))
  local silence = math.floor(document.number(element, "timeout", 5))
  while true do
    local left = started + most - line.store.now
    local kind, value = line:await({ digits = true, speech = true }, math.min(silence, left))
    if kind == "time" then return nil end
    if kind == "digits" then
      for place = 1, #value do
        local key = value:sub(place, place)
        if keys:find(key, 1, true) then return key end
      end
    else
      words[#words + 1] = value.text
      -- The caller speaks for this time, also when the clock stands still.
      words.seconds = math.min((words.seconds or 0) + call_script.seconds_of(value.text), most)
    end
  end
end

local function send_transcription(line, element, recording)
  local url = document.attribute(element, "transcribeCallback")
  if not url then return end
  local transcription = line.store:collection(recording.sid, "transcriptions"):all()[1]
  line:notify {
    kind = "voice.transcribe", url = call_script.resolve(line, url), method = "POST", parameters = {
      { "TranscriptionSid", transcription.sid }, { "TranscriptionText", transcription.transcription_text },
      { "TranscriptionStatus", "completed" }, { "TranscriptionUrl", recordings.url(line.store, transcription, "Transcriptions") },
      { "RecordingSid", recording.sid }, { "RecordingUrl", recordings.url(line.store, recording) },
    },
  }
end

-- Completes the recording.
-- @return its parameters; nil if nothing was recorded, because nobody spoke before the silence
local function complete(line, element, recording, words, key)
  local spoken = #words > 0 and words.seconds or 0
  local elapsed = line.store.now - recording.start_time
  local seconds = math.max(spoken, (key or #words > 0) and elapsed or 0)
  recordings.complete(line.store, recording, seconds)
  if seconds == 0 then return nil end
  if document.is_true(element, "transcribe") or document.attribute(element, "transcribeCallback") then
    recordings.transcribe(line.store, recording, table.concat(words, " "))
    send_transcription(line, element, recording)
  end
  local list = { { "RecordingUrl", recordings.url(line.store, recording) }, { "RecordingSid", recording.sid }, { "RecordingDuration", seconds } }
  if key then list[#list + 1] = { "Digits", key } end
  return list
end

call_script.verbs.Record = function(line, element, path)
  line:note("Record", nil, path)
  local words = {}
  local recording = recordings.add(line.store, line.call, line.store.now, {
    source = "RecordVerb", channels = 1, track = "inbound",
    callback = recordings.callback(element, function(url) return call_script.resolve(line, url) end),
  })
  local request = call_script.request(line, element, "action", "")
  request.kind = "voice.record"
  line:on_stop(function(why)
    request.parameters = complete(line, element, recording, words, why == "hangup" and "hangup" or nil)
    if why == "hangup" and request.parameters then line:notify(request) end
  end)
  local key = listen(line, element, words, line.store.now)
  line:done()
  request.parameters = complete(line, element, recording, words, key)
  return request.parameters and request or nil
end
