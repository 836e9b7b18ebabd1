local cjson = require "cjson"
local support = require "spec.support.client"
local twilio = require "twilio"

local relay = twilio.relay

describe("twilio.relay.parse", function()
  it("reads the messages of Twilio", function()
    assert.same({
      type = "setup", session_id = "VX1", call_sid = "CA1", account_sid = "AC1", from = "+15558675310", to = "+15017122661",
      direction = "inbound", call_type = "PSTN", call_status = "RINGING", custom_parameters = { callReference = "x" },
    }, relay.parse [[{"type":"setup","sessionId":"VX1","callSid":"CA1",
      "accountSid":"AC1","parentCallSid":null,
      "from":"+15558675310","to":"+15017122661",
      "direction":"inbound","callType":"PSTN","callStatus":"RINGING","customParameters":{"callReference":"x"}}]])
    assert.same({ type = "prompt", voice_prompt = "Hi", lang = "en-US", last = true },
      relay.parse '{"type":"prompt","voicePrompt":"Hi","lang":"en-US","last":true}')
    assert.same({ type = "dtmf", digit = "1" }, relay.parse '{"type":"dtmf","digit":"1"}')
    assert.same({ type = "interrupt", utterance_until_interrupt = "Life is", duration_until_interrupt_ms = 460 },
      relay.parse '{"type":"interrupt","utteranceUntilInterrupt":"Life is","durationUntilInterruptMs":"460"}')
    assert.equal(460, relay.parse '{"type":"interrupt","durationUntilInterruptMs":460}'.duration_until_interrupt_ms)
    assert.same({ type = "error", description = "Invalid message" }, relay.parse '{"type":"error","description":"Invalid message"}')
    assert.same({ type = "info", name = "tokensPlayed", value = "x" }, relay.parse '{"type":"info","name":"tokensPlayed","value":"x"}')
  end)

  it("returns an empty table as custom_parameters for a session without parameters", function()
    assert.same({}, relay.parse '{"type":"setup","sessionId":"VX1","callSid":"CA1"}'.custom_parameters)
  end)

  it("returns unknown types and fields without checks", function()
    assert.same({ type = "newType", some_field = 1 }, relay.parse '{"type":"newType","someField":1}')
    assert.same({ type = "dtmf", digit = "1", new_field = "x" }, relay.parse '{"type":"dtmf","digit":"1","newField":"x"}')
  end)

  it("returns nil and a message for other texts", function()
    local faults = {
      { "{", "the message is not JSON, or is nested too deeply" }, { "{}", "the message has no field 'type'" },
      { '{"type":1}', "the message has no field 'type'" }, { '{"type":"prompt"}', "the prompt message has no field 'voice_prompt'" },
      { '{"type":"prompt","voicePrompt":"x","last":"yes"}', "the prompt message has a field 'last' of a wrong type" },
      { '{"type":"dtmf","digit":1}', "the dtmf message has a field 'digit' of a wrong type" },
      { '{"type":"setup","sessionId":"VX1"}', "the setup message has no field 'call_sid'" },
      { '{"type":"interrupt","durationUntilInterruptMs":-1}', "the interrupt message has a field 'duration_until_interrupt_ms' of a wrong type" },
    }
    for _, row in ipairs(faults) do
      local message, problem = relay.parse(row[1])
      assert.is_nil(message)
      assert.equal(row[2], problem, row[1])
    end
  end)
end)

describe("the messages of twilio.relay", function()
  local function is(expected, text) assert.same(expected, cjson.decode(text)) end

  it("have the format that Twilio documents", function()
    is({ type = "text", token = "Hi", last = true }, relay.text "Hi")
    is({ type = "text", token = "Hi", last = false, lang = "en-US", interruptible = false, preemptible = true },
      relay.text("Hi", { last = false, lang = "en-US", interruptible = false, preemptible = true }))
    is({ type = "play", source = "https://x/a.mp3" }, relay.play "https://x/a.mp3")
    is({ type = "play", source = "https://x/a.mp3", loop = 2, preemptible = false, interruptible = true },
      relay.play("https://x/a.mp3", { loop = 2, preemptible = false, interruptible = true }))
    is({ type = "sendDigits", digits = "9www4085551212" }, relay.send_digits "9www4085551212")
    is({ type = "language", ttsLanguage = "sv-SE" }, relay.language { tts_language = "sv-SE" })
    is({ type = "language", ttsLanguage = "sv-SE", transcriptionLanguage = "en-US" },
      relay.language { tts_language = "sv-SE", transcription_language = "en-US" })
    is({ type = "end" }, relay.end_())
    is({ type = "end", handoffData = "text" }, relay.end_ "text")
    is({ type = "end", handoffData = '{"reason":"agent"}' }, relay.end_ { reason = "agent" })
  end)

  it("raise for wrong arguments", function()
    local function refused(f)
      local message, position = support.misuse(f)
      assert.matches("relay_spec.lua", position, 1, true)
      return message
    end
    assert.equal("the text is a string, got nil", refused(function() relay.text() end))
    assert.equal("unknown option 'lst' (did you mean 'last'?)", refused(function() relay.text("x", { lst = true }) end))
    assert.equal("option 'last' is a boolean, got string", refused(function() relay.text("x", { last = "true" }) end))
    assert.equal("the source of the audio is a string, got number", refused(function() relay.play(1) end))
    assert.equal("the digits argument is a string, got number", refused(function() relay.send_digits(12) end))
    assert.equal("twilio.relay.language takes tts_language, transcription_language or both", refused(function() relay.language {} end))
    assert.equal("the languages argument is a table, got string", refused(function() relay.language "en" end))
    assert.equal("the handoff data is a string, got boolean", refused(function() relay.end_(true) end))
    assert.equal("a string for JSON must be UTF-8, but its byte 2 is invalid", refused(function() relay.text "a\255" end))
    assert.equal("twilio.relay has no 'txt' (did you mean 'text'?)", refused(function() relay.txt() end))
  end)
end)
