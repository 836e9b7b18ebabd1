local api = require "twilio.simulator.generic.api"
local words = require "twilio.simulator.generic.words"

describe("the events of a parameter", function()
  it("are known for calls and conferences", function()
    assert.same({ "initiated", "ringing", "answered", "completed" }, words.of(api.by_name["api_v2010.CreateCall"], "StatusCallbackEvent"))
    assert.equal("start", words.of(api.by_name["api_v2010.CreateParticipant"], "ConferenceStatusCallbackEvent")[1])
    assert.is_nil(words.of(api.by_name["api_v2010.CreateCall"], "Url"))
    assert.is_nil(words.of(api.by_name["taskrouter_v1.UpdateTaskReservation"], "StatusCallbackEvent"))
  end)

  it("may be several in one text", function()
    assert.is_nil(words.wrong({ "a", "b" }, "a b"))
    assert.is_nil(words.wrong({ "a", "b" }, "b,a"))
    assert.is_nil(words.wrong({ "a", "b" }, ""))
    assert.equal("c", words.wrong({ "a", "b" }, "a c"))
  end)
end)
