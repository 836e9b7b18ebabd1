local cjson = require "cjson"
local support = require "spec.support.client"
local twilio = require "twilio"

local stream = twilio.stream

-- A media message, with changes to its fields.
local function media(changes)
  local message = {
    event = "media", sequenceNumber = "4", streamSid = "MZ1",
    media = { track = "inbound", chunk = "2", timestamp = "40", payload = "f/8A" },
  }
  for name, value in pairs(changes or {}) do message[name] = value end
  return cjson.encode(message)
end

describe("twilio.stream.parse", function()
  it("reads the messages of Twilio", function()
    assert.same({ event = "connected", protocol = "Call", version = "1.0.0" },
      stream.parse '{"event":"connected","protocol":"Call","version":"1.0.0"}')
    assert.same({
      event = "start", sequence_number = 1, stream_sid = "MZ1", account_sid = "AC1", call_sid = "CA1", tracks = { "inbound", "outbound" },
      media_format = { encoding = "audio/x-mulaw", sample_rate = 8000, channels = 1 }, custom_parameters = { FirstName = "Ada" },
    }, stream.parse [[{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"streamSid":"MZ1","accountSid":"AC1","callSid":"CA1",
      "tracks":["inbound","outbound"],"customParameters":{"FirstName":"Ada"},
      "mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}]])
    assert.same({
      event = "media", sequence_number = 4, stream_sid = "MZ1", track = "inbound", chunk = 2, timestamp = 40, payload = "f/8A",
      audio = "\127\255\0",
    }, stream.parse(media()))
    assert.same({ event = "dtmf", sequence_number = 5, stream_sid = "MZ1", track = "inbound_track", digit = "#" },
      stream.parse '{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"#"}}')
    assert.same({ event = "mark", sequence_number = 6, stream_sid = "MZ1", name = "m" },
      stream.parse '{"event":"mark","sequenceNumber":"6","streamSid":"MZ1","mark":{"name":"m"}}')
    assert.same({ event = "stop", sequence_number = 7, stream_sid = "MZ1", account_sid = "AC1", call_sid = "CA1" },
      stream.parse '{"event":"stop","sequenceNumber":"7","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}')
  end)

  it("returns an empty table as custom_parameters for a stream without parameters", function()
    local text = '{"event":"start","streamSid":"MZ1","start":{"accountSid":"AC1","callSid":"CA1","tracks":[],"mediaFormat":'
      .. '{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}'
    assert.same({}, stream.parse(text).custom_parameters)
  end)

  it("returns unknown events and fields without checks", function()
    assert.same({ event = "paused", new_field = { a = 1 } }, stream.parse '{"event":"paused","newField":{"a":1},"nothing":null}')
    assert.equal("x", stream.parse(media { media = { payload = "", newField = "x" } }).new_field)
  end)

  it("returns nil and a message for other texts", function()
    local faults = {
      { "", "the message is not JSON, or is nested too deeply" }, { "{}", "the message has no field 'event'" },
      { '{"event":5}', "the message has no field 'event'" }, { '{"event":null}', "the message has no field 'event'" },
      { '{"event":"connected","version":1}', "the connected message has a field 'version' of a wrong type" },
      { '{"event":"media","streamSid":"MZ1"}', "the media message has no object 'media'" },
      { '{"event":"media","streamSid":"MZ1","media":"x"}', "the media message has no object 'media'" },
      { '{"event":"media","media":{"payload":""}}', "the media message has no field 'stream_sid'" },
      { media { streamSid = 5 }, "the media message has a field 'stream_sid' of a wrong type" },
      { media { sequenceNumber = "x" }, "the media message has a field 'sequence_number' of a wrong type" },
      { media { media = {} }, "the media message has no field 'payload'" },
      { media { media = { 1 } }, "the media message has an array in place of an object" },
      { media { media = { payload = "x" } }, "the payload of a media message is not base64" },
      { media { media = { payload = "", chunk = -1 } }, "the media message has a field 'chunk' of a wrong type" },
      { '{"event":"start","streamSid":"MZ1","start":{"accountSid":"AC1","callSid":"CA1","tracks":[],"mediaFormat":{}}}',
        "media_format has no field '" },
      { '{"event":"dtmf","streamSid":"MZ1","dtmf":{}}', "the dtmf message has no field 'digit'" },
      { '{"event":"mark","streamSid":"MZ1","mark":{"name":1}}', "the mark message has a field 'name' of a wrong type" },
    }
    for _, row in ipairs(faults) do
      local message, problem = stream.parse(row[1])
      assert.is_nil(message)
      assert.equal(row[2], problem:sub(1, #row[2]), row[1])
    end
  end)

  it("does not let a field of the inner object replace a field of the message", function()
    local inner = { payload = "AA==", event = "stop", streamSid = "MZ2", audio = "x", sequenceNumber = 9 }
    local message = stream.parse(media { media = inner, payload = {}, audio = 1 })
    assert.equal("media", message.event)
    assert.equal("MZ1", message.stream_sid)
    assert.equal("\0", message.audio)
    assert.equal("AA==", message.payload)
    assert.equal(4, message.sequence_number)
  end)

  it("never raises for random texts", function()
    local seed = os.time()
    math.randomseed(seed)
    local text = media()
    for _ = 1, 5000 do
      local at, length = math.random(#text), math.random(0, 4)
      local changed = text:sub(1, at) .. ("{}[]\",:0n\255\\"):sub(math.random(11), math.random(11)) .. text:sub(at + length)
      local ok, message, problem = pcall(stream.parse, changed)
      assert.is_true(ok, ("seed %d: %s: %s"):format(seed, changed, tostring(message)))
      assert.is_true(type(message) == "table" or message == nil and type(problem) == "string")
    end
  end)
end)

describe("the messages of twilio.stream", function()
  it("have the format that Twilio documents", function()
    assert.same({ event = "media", streamSid = "MZ1", media = { payload = "f/8A" } }, cjson.decode(stream.media("MZ1", "\127\255\0")))
    assert.equal('{"event":"media","streamSid":"MZ1","media":{"payload":"////"}}', stream.media("MZ1", "\255\255\255"))
    assert.same({ event = "media", streamSid = 'a"%s', media = { payload = "" } }, cjson.decode(stream.media('a"%s', "")))
    assert.same({ event = "mark", streamSid = "MZ1", mark = { name = "a \"b\"" } }, cjson.decode(stream.mark("MZ1", 'a "b"')))
    assert.same({ event = "clear", streamSid = "MZ1" }, cjson.decode(stream.clear "MZ1"))
  end)

  it("raise for wrong arguments", function()
    local function refused(f)
      local message, position = support.misuse(f)
      assert.matches("stream_spec.lua", position, 1, true)
      return message
    end
    assert.equal("the stream SID is a string, got nil", refused(function() stream.clear() end))
    assert.equal("the stream SID is a string, got table", refused(function() stream.media({}, "x") end))
    assert.equal("the audio is a string, got nil", refused(function() stream.media "MZ1" end))
    assert.equal("the name of a mark is a string, got number", refused(function() stream.mark("MZ1", 1) end))
    assert.equal("twilio.stream has no 'marks' (did you mean 'mark'?)", refused(function() stream.marks() end))
    assert.equal("samples have two bytes each, got an odd number of bytes", refused(function() stream.encode "abc" end))
    assert.equal("the audio is a string, got nil", refused(function() stream.decode() end))
  end)

  it("carry audio that can be converted to samples and back", function()
    local audio = stream.encode(("\0\16\0\240"):rep(80))
    assert.equal(160, #audio)
    assert.equal(audio, stream.encode(stream.decode(audio)))
    assert.equal(audio, stream.parse(media { media = cjson.decode(stream.media("MZ1", audio)).media }).audio)
  end)
end)
