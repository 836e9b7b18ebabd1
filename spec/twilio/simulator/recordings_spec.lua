local api = require "spec.support.simulator_api"

local ask, get, post, call_path = api.ask, api.get, api.post, api.call_path
local make_call, advance, assert_error = api.make_call, api.advance, api.assert_error
local count_keys, sids, root = api.count_keys, api.sids, api.root
local server

describe("recordings", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("start on an answered call, and end with the call", function()
    local call = make_call()
    assert_error(400, 21220, post(call_path(call, "/Recordings"), {}))
    advance(3)
    local recording, answer = post(call_path(call, "/Recordings"), { RecordingChannels = "dual" })
    assert.equal(201, answer.status)
    assert.equal("in-progress", recording.status)
    assert.equal(2, recording.channels)
    assert.equal("StartCallRecordingAPI", recording.source)
    assert.equal(call.sid, recording.call_sid)
    assert.equal("both", recording.track)
    assert.equal("paused", post(call_path(call, "/Recordings/Twilio.CURRENT"), { Status = "paused" }).status)
    advance(5)
    post(call.uri, { Status = "completed" })
    local ended = get(root .. "/Recordings/" .. recording.sid .. ".json")
    assert.equal("completed", ended.status)
    assert.equal("5", ended.duration)
    assert.matches("^https://api%.twilio%.com/.*/Recordings/RE%x+$", ended.media_url)
    assert.equal(2, count_keys(ended.subresource_uris))
    assert.equal("5", get(call_path(call, "/Recordings/" .. recording.sid)).duration)
    assert_error(400, 21220, post(call_path(call, "/Recordings/" .. recording.sid), { Status = "paused" }))
  end)

  it("are stopped", function()
    local call = make_call()
    advance(3)
    local recording = post(call_path(call, "/Recordings"), {})
    advance(2)
    assert_error(400, 20001, post(call_path(call, "/Recordings/" .. recording.sid), { Status = "gone" }))
    assert.equal("stopped", post(call_path(call, "/Recordings/" .. recording.sid), { Status = "stopped" }).status)
    advance(1)
    assert.equal("completed", get(call_path(call, "/Recordings/" .. recording.sid)).status)
  end)

  it("start when the call is answered, with Record=true", function()
    local call = make_call { Record = "true" }
    assert.equal(0, #get(call_path(call, "/Recordings")).recordings)
    advance(3)
    assert.equal("OutboundAPI", get(call_path(call, "/Recordings")).recordings[1].source)
  end)

  it("are listed, filtered and deleted", function()
    local seeded = server:post("/_/seed", { Calls = 2, Recordings = 2 })
    assert.equal(4, #get(root .. "/Recordings.json").recordings)
    local of_call = get(root .. "/Recordings.json?CallSid=" .. seeded.first).recordings
    assert.equal(2, #of_call)
    assert.same(sids(of_call), sids(get(root .. "/Calls/" .. seeded.first .. "/Recordings.json").recordings))
    assert.equal(4, #get(root .. "/Recordings.json?DateCreated=2011-03-13").recordings)
    assert.equal(0, #get(root .. "/Recordings.json?DateCreated%3E=2011-03-14").recordings)
    assert.equal(204, select(2, ask("DELETE", root .. "/Recordings/" .. of_call[1].sid .. ".json")).status)
    assert.equal(1, #get(root .. "/Calls/" .. seeded.first .. "/Recordings.json").recordings)
    assert.equal(204, select(2, ask("DELETE", root .. "/Calls/" .. seeded.first .. "/Recordings/" .. of_call[2].sid .. ".json")).status)
    assert.equal(2, #get(root .. "/Recordings.json").recordings)
    assert_error(404, 20404, get(root .. "/Recordings/" .. of_call[1].sid .. ".json"))
  end)

  it("have transcriptions", function()
    server:post("/_/seed", { Calls = 1, Recordings = 2, Transcriptions = 2 })
    local recording = get(root .. "/Recordings.json").recordings[1]
    local path = root .. "/Recordings/" .. recording.sid .. "/Transcriptions"
    assert.equal(4, #get(root .. "/Transcriptions.json").transcriptions)
    local transcriptions = get(path .. ".json").transcriptions
    assert.equal(2, #transcriptions)
    local one = get(root .. "/Transcriptions/" .. transcriptions[1].sid .. ".json")
    assert.equal("Transcription 2", one.transcription_text)
    assert.equal(recording.sid, one.recording_sid)
    assert.same(one, get(path .. "/" .. one.sid .. ".json"))
    assert.equal(204, select(2, ask("DELETE", one.uri)).status)
    assert.equal(204, select(2, ask("DELETE", path .. "/" .. transcriptions[2].sid .. ".json")).status)
    assert.equal(0, #get(path .. ".json").transcriptions)
    assert.equal(2, #get(root .. "/Transcriptions.json").transcriptions)
  end)

  it("report each event that RecordingStatusCallbackEvent names, also by several values", function()
    local call = make_call()
    advance(3)
    local recording = post(call_path(call, "/Recordings"), {
      { "RecordingStatusCallback", "http://127.0.0.1:1/" }, { "RecordingStatusCallbackEvent", "in-progress" },
      { "RecordingStatusCallbackEvent", "completed" },
    })
    post(call_path(call, "/Recordings/" .. recording.sid), { Status = "stopped" })
    advance(1)
    local seen = {}
    for _, webhook in ipairs(server:get "/_/webhooks") do seen[#seen + 1] = webhook.parameters.RecordingStatus end
    assert.same({ "in-progress", "completed" }, seen)
  end)
end)
