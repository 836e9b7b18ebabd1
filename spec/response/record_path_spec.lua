-- core.path: the names that lead to the resource of a record.
local core = require "twilio.core"
local support = require "spec.support.client"

describe("core.path", function()
  local client = support.client()

  it("returns the names without SIDs, and the last one, for records and resources", function()
    assert.same({ "api.v2010.accounts.calls", "calls" }, { core.path(client.calls) })
    assert.same({ "api.v2010.accounts.calls", "calls" }, { core.path(assert(client.calls:get "CA1")) })
    assert.same({ "api.v2010.accounts.calls.recordings", "recordings" }, { core.path(client.calls "CA1".recordings "RE1") })
    assert.same({ "verify.v2.services", "services" }, { core.path(client.verify.services) })
  end)

  it("returns the names of the original for another name", function()
    assert.equal("api.v2010.accounts.outgoing_caller_ids", (core.path(client.caller_ids "PN1")))
  end)

  it("raises for any other value", function()
    for _, value in ipairs { 1, "x", {}, client } do
      assert.equal(("a twilio.record is expected, got %s (called with '.' instead of ':'?)"):format(type(value)), (support.misuse(core.path, value)))
    end
    assert.has_error(function() core.path() end)
  end)
end)
