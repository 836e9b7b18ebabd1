-- One attempt of a call: its beginning, its timeout and its end.
local core = require "twilio.core"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("an attempt", function()
  it("is not begun when its client is closed", function()
    local client = support.client()
    local request = core.request(client.calls, "get", "CA1")
    client:close()
    assert.equal("the client is closed", (support.misuse(request.export, request)))
    local engine = core.request(support.client().calls, "get", "CA1"):hooks().engine
    assert.equal("the client is closed", (support.misuse(engine.submit, engine, request)))
  end)

  it("is counted when it begins", function()
    local request = core.request(support.client().calls, "get", SID)
    for n = 0, 2 do
      assert.equal(n, request:attempts())
      request:export()
    end
  end)

  it("has the timeout of the call, or the time that is left before the deadline if that is less", function()
    local function timeout_of(options)
      return core.request(support.client().calls, "get", SID, nil, options):export().timeout
    end
    assert.equal(2, timeout_of { timeout = 2, deadline = 20 })
    local left = timeout_of { timeout = 20, deadline = 2 }
    assert.is_true(left > 1 and left <= 2)
  end)

  it("that begins after the deadline has a timeout of one millisecond", function()
    local request = core.request(support.client().calls, "get", SID, nil, { timeout = 20, deadline = 0.001 })
    local now = core.now()
    repeat until core.now() > now + 0.002
    assert.equal(0.001, request:export().timeout)
  end)

  it("that stalls ends at the deadline of its call", function()
    local faults = servers.fault {}
    finally(function() faults:stop() end)
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall", max_retry_wait = 0.01 }
    local call, _, err = client.calls:get(SID, nil, { deadline = 0.2, timeout = 20 })
    assert.is_nil(call)
    assert.equal("timeout", err.kind)
  end)
end)
