local simulated = require "spec.support.simulated"

local on, advance, twiml, places = simulated.on, simulated.advance, simulated.twiml, simulated.places

describe("<Record> in the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/done", twiml "<Say>thanks</Say>")
    on("/status", "")
  end)

  local function speak(call, text)
    return simulated.server:post("/_/calls/" .. call.sid .. "/speech", { Speech = text })
  end

  local function request_to(path)
    for _, request in ipairs(simulated.requests()) do
      if request.path == path then return request end
    end
  end

  local RECORD = [[<Record action='/done' recordingStatusCallbackEvent='completed absent' recordingStatusCallback='/status'
    timeout='4'/><Say>Nothing heard</Say>]]

  it("records what is said until silence, and reports the recording", function()
    local call = places(RECORD)
    speak(call, "please call me back soon") -- 5 words, 2 seconds
    advance(4)
    local fields = request_to "/done".fields
    assert.equal("4", fields.RecordingDuration)
    assert.is_nil(fields.Digits)
    assert.is_true(request_to("/done").signed)
    local status = request_to("/status").fields
    assert.equal("completed", status.RecordingStatus)
    assert.equal("RecordVerb", status.RecordingSource)
    assert.equal(fields.RecordingUrl, status.RecordingUrl)
    local recording = simulated.ask("GET", "/Recordings/" .. status.RecordingSid .. ".json")
    assert.equal("completed", recording.status)
    assert.equal("4", recording.duration)
    assert.equal(call.sid, recording.call_sid)
    assert.same({ "Record", "Say: thanks" }, simulated.heard(call.sid))
  end)

  it("ends with a key", function()
    local call = places(RECORD)
    speak(call, "hello")
    simulated.server:post("/_/calls/" .. call.sid .. "/digits", { Digits = "#" })
    assert.equal("#", request_to("/done").fields.Digits)
    assert.equal("1", request_to("/done").fields.RecordingDuration)
  end)

  it("goes on if nobody speaks, without its action", function()
    local call = places(RECORD)
    advance(4)
    assert.is_nil(request_to "/done")
    assert.equal("absent", request_to("/status").fields.RecordingStatus)
    assert.same({ "Record", "Say: Nothing heard" }, simulated.heard(call.sid))
  end)

  it("asks its action with the digits 'hangup' when the caller hangs up", function()
    local call = places(RECORD)
    speak(call, "hello there")
    simulated.server:post("/_/calls/" .. call.sid .. "/hangup")
    local fields = request_to("/done").fields
    assert.equal("hangup", fields.Digits)
    assert.equal("completed", fields.CallStatus)
    assert.equal("1", fields.RecordingDuration)
  end)

  it("transcribes what is said", function()
    local call = places "<Record action='/done' transcribeCallback='/status'/>"
    speak(call, "first words")
    speak(call, "and more")
    advance(5)
    local fields = request_to("/status").fields
    assert.equal("first words and more", fields.TranscriptionText)
    local found = simulated.ask("GET", "/Recordings/" .. fields.RecordingSid .. "/Transcriptions.json").transcriptions
    assert.equal(fields.TranscriptionSid, found[1].sid)
  end)
end)
