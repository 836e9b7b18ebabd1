local api = require "twilio.simulator.generic.api"
local codes = require "twilio.simulator.generic.codes"

local function of(name, ...) return codes.of(assert(api.by_name[name]), ...) end

describe("the error code of a parameter", function()
  it("is Twilio's own for some operations", function()
    assert.equal(21201, of("api_v2010.CreateCall", "To", true))
    assert.equal(21217, of("api_v2010.CreateCall", "To"))
    assert.equal(21604, of("api_v2010.CreateMessage", "To", true))
    assert.equal(21626, of("api_v2010.CreateCall", "StatusCallbackEvent"))
  end)

  it("is that of the product, otherwise 20001", function()
    assert.equal(60200, of("verify_v2.CreateVerification", "To", true))
    assert.equal(20001, of("api_v2010.CreateCall", "Timeout"))
    assert.equal(20001, of("sync_v1.CreateService"))
    assert.equal(20001, codes.UNKNOWN)
  end)
end)
