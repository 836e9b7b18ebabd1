-- The engine of a Lua state, which all its clients share.
local core = require "twilio.core"
local support = require "spec.support.client"

local function engine_of(client) return core.request(client.calls, "list"):hooks().engine end

describe("the engine of a state", function()
  it("is the same for all clients", function()
    local client = support.client()
    assert.equal(engine_of(client), engine_of(support.client()))
    assert.equal(engine_of(client), engine_of(client:account "AC00000000000000000000000000000002"))
  end)

  it("is the only value that its methods accept", function()
    assert.equal("a twilio.engine is expected, got table", (support.misuse(core.engine_methods.step, {})))
  end)
end)
