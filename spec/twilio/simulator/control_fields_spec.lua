require "spec.support.without_http"
local control_fields = require "twilio.simulator.control_fields"

-- Returns the message of a refusal, or nil.
local function refusal(place, ...)
  local fine, message = pcall(control_fields.check, place, { ... })
  return not fine and message or nil
end

describe("the fields of the control paths", function()
  it("are accepted with values of their types", function()
    assert.is_nil(refusal("POST /_/clock", { "Seconds", "3" }, { "Ringing", "0.5" }, { "Wait", "false" }))
    assert.is_nil(refusal("POST /_/fault", { "Path", "Calls%.json$" }, { "Header", "A: b" }, { "Header", "C: d" }, { "Close", "after" }))
    assert.is_nil(refusal("POST /_/messages", { "MediaUrl", "a" }, { "MediaUrl", "b" }, { "Body", "" }))
    assert.is_nil(refusal "POST /_/reset")
  end)

  it("are refused with an unknown name, and the name that was meant", function()
    assert.equal("unknown field 'Secnds' of POST /_/clock. Did you mean 'Seconds'? "
      .. "Its fields are Answered, Completed, Delivered, Now, Ringing, Seconds, Sent", refusal("POST /_/clock", { "Secnds", "3" }))
    assert.matches("Did you mean 'Seconds'?", refusal("POST /_/clock", { "seconds", "3" }), 1, true)
    assert.equal("unknown field 'Digits' of POST /_/reset. It has no fields", refusal("POST /_/reset", { "Digits", "3" }))
    assert.matches("unknown field 'Wait' of GET /_/state", refusal("GET /_/state", { "Wait", "true" }), 1, true)
  end)

  it("are refused with a misspelt word, and the word that was meant", function()
    assert.equal("the field 'Close' is 'insted': expected one of instead, after. Did you mean 'instead'?",
      refusal("POST /_/fault", { "Close", "insted" }))
    assert.equal("the field 'Wait' is 'no': expected one of true, false.", refusal("POST /_/clock", { "Wait", "no" }))
    assert.equal("the field 'Fault' is 'dorp': expected one of 429, 500, 503, slow, drop, drop-after. Did you mean 'drop'?",
      refusal("POST /_/fault", { "Fault", "dorp" }))
    assert.matches("Did you mean 'no-answer'?", refusal("POST /_/calls/{}/next", { "Status", "no-answr" }), 1, true)
  end)

  it("are described, with Wait for each POST", function()
    assert.same({ Rate = "a number from 0 to 1", Seed = "a number", Wait = "one of true, false" }, control_fields.describe "POST /_/chaos")
    assert.same({ Since = "a whole number from 0 on" }, control_fields.describe "GET /_/events")
    assert.same({}, control_fields.describe "DELETE /_/fault")
  end)

  it("are refused with a value of another type", function()
    for _, row in ipairs {
      { "clock", "Seconds", "soon", "a number" }, { "clock", "Seconds", "nan", "a number" }, { "fault", "Times", "-1", "a whole number from 0 on" },
      { "fault", "Status", "99", "an HTTP status" }, { "fault", "Cut", "1.5", "a number from 0 to 1" }, { "fault", "Path", "[", "a Lua pattern" },
      { "fault", "Header", "Retry-After", "'Name: value'" }, { "chaos", "Rate", "2", "a number from 0 to 1" },
    } do
      assert.equal(("the field '%s' is '%s': expected %s."):format(row[2], row[3], row[4]), refusal("POST /_/" .. row[1], { row[2], row[3] }))
    end
    assert.equal("the field 'Body' is an object or an array: expected a text", refusal("POST /_/messages", { "Body", {} }))
    assert.equal("the field 'To' takes one value", refusal("POST /_/calls", { "To", "+1" }, { "To", "+2" }))
  end)
end)
