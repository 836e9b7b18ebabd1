local simulated = require "spec.support.simulated"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local wav = require "twilio.simulator.wav"

local function number_at(text, at, bytes)
  local number = 0
  for index = at + bytes - 1, at, -1 do number = number * 256 + text:byte(index) end
  return number
end

describe("audio of the simulator", function()
  it("is a WAV file of the length and with the channels that are asked for", function()
    for channels = 1, 2 do
      local text = wav.make(3, channels)
      assert.equal("RIFF", text:sub(1, 4))
      assert.equal(#text - 8, number_at(text, 5, 4))
      assert.equal("WAVEfmt ", text:sub(9, 16))
      assert.same({ 1, channels, 8000, 16000 * channels, 2 * channels, 16 }, {
         number_at(text, 21, 2), number_at(text, 23, 2), number_at(text, 25, 4), number_at(text, 29, 4),
        number_at(text, 33, 2), number_at(text, 35, 2),
      })
      assert.equal("data", text:sub(37, 40))
      assert.equal(3 * 16000 * channels, number_at(text, 41, 4))
      assert.equal(44 + 3 * 16000 * channels, #text)
    end
    assert.equal(44, #wav.make(0, 1))
  end)

  describe("of a recording", function()
    local recording

    setup(function()
      simulated.start()
      local call = simulated.call { Url = "http://foo.com/", Record = "true", RecordingChannels = "dual" }
      simulated.advance(10)
      simulated.ask("POST", "/Calls/" .. call.sid .. ".json", { Status = "completed" })
      recording = simulated.ask("GET", "/Calls/" .. call.sid .. "/Recordings.json").recordings[1]
    end)
    teardown(function() assert.equal("", simulated.stop()) end)

    local function get(rest)
      return servers.curl {
        url = simulated.server.url .. simulated.root .. "/Recordings/" .. recording.sid .. rest,
        user = simulated.server.account_sid .. ":" .. simulated.server.auth_token,
      }
    end

    it("is served with and without .wav, with one channel or both", function()
      assert.equal("7", recording.duration)
      for rest, bytes in pairs { [""] = 7 * 16000, [".wav"] = 7 * 16000, [".wav?RequestedChannels=2"] = 7 * 32000 } do
        local answer = get(rest)
        assert.equal(200, answer.status)
        assert.equal("audio/x-wav", answer.headers["content-type"])
        assert.equal(44 + bytes, #answer.body)
      end
      assert.matches('"sid"', get(".json").body)
    end)

    it("is served as mp3 if a program makes it, and says so otherwise", function()
      local answer = get ".mp3"
      if shell.has "lame" or shell.has "ffmpeg" then
        assert.equal("audio/mpeg", answer.headers["content-type"])
        assert.is_true(#answer.body > 1000)
      else
        assert.equal(404, answer.status)
        assert.matches("lame or ffmpeg", answer.body)
      end
    end)
  end)
end)
