-- The module twilio.testing: its functions and constants.
local support = require "spec.support.client"
local twilio = require "twilio"
local testing = require "twilio.testing"

describe("twilio.testing", function()
  it("is a part of the module", function() assert.equal(testing, twilio.testing) end)

  it("raises for a name that it does not have", function()
    assert.equal("twilio.testing has no 'replai' (did you mean 'replay'?)", (support.misuse(function() return testing.replai end)))
  end)

  it("makes SIDs", function()
    assert.equal("CA00000000000000000000000000000007", testing.sid("CA", 7))
    assert.matches("two capitals", (support.misuse(testing.sid, "call", 1)), 1, true)
    assert.matches("a whole number", (support.misuse(testing.sid, "CA", 1.5)), 1, true)
    assert.matches("a whole number", (support.misuse(testing.sid, "CA", "1")), 1, true)
  end)

  it("is not loaded by the client", function()
    local output = support.run([[
      local twilio = require "twilio"
      twilio.client { transport = function() return { status = 200, body = "{}" } end, account_sid = "AC1", auth_token = "x" }.calls:get "CA1"
      for name in pairs(package.loaded) do
        if name:find "^twilio%.testing" or name:find "^twilio%.simulator" then print(name) end
      end
    ]])
    assert.equal("", output)
  end)

  it("works if it is loaded first, and names the caller in errors", function()
    local output = support.run 'local testing = require "twilio.testing"\nprint(pcall(function()\n  testing.new { when = 1 }\nend))'
    assert.matches(":3: the options of twilio.testing.new has no 'when'", output, 1, true)
  end)
end)
