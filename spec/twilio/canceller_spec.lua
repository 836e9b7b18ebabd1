-- twilio.canceller: cancelling calls from other code.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("canceller", function()
  local faults

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post("/_/reset", {}) end)

  local function stalling(options)
    local all = { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall" }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  it("cancels a call that is in flight", function()
    local canceller = twilio.canceller()
    local waits = 0
    local client = stalling {
      wait = function(engine, seconds)
        waits = waits + 1
        engine:poll(math.min(seconds, 0.01))
        if waits == 3 then canceller:cancel() end
      end,
    }
    local call, message, err = client.calls:get(SID, nil, { cancel = canceller })
    assert.is_nil(call)
    assert.equal("cancelled", err.kind)
    assert.matches("cancelled", message)
    assert.equal(3, waits)
  end)

  it("prevents later calls from being sent", function()
    local canceller = twilio.canceller()
    canceller:cancel()
    local client, requests = support.client()
    for _ = 1, 2 do
      local call, _, err = client.calls:get(SID, nil, { cancel = canceller })
      assert.is_nil(call)
      assert.same({ "cancelled", "no" }, { err.kind, err.sent })
    end
    assert.equal(0, #requests)
    assert(client.calls:get(SID)) -- a call without the canceller succeeds
  end)

  it("cancels every call that has it, and no other call", function()
    local canceller, results = twilio.canceller(), {}
    local client = stalling { wait = coroutine.yield }
    local function begin(name, options)
      local co = coroutine.create(function()
        local _, _, err = client.calls:get(SID, nil, options)
        results[name] = err.kind
      end)
      assert(coroutine.resume(co))
      return co
    end
    local one, two, other = begin("one", { cancel = canceller }), begin("two", { cancel = canceller }), begin("other", { timeout = 20 })
    canceller:cancel()
    for _, co in ipairs { one, two, other } do assert(coroutine.resume(co)) end
    assert.same({ one = "cancelled", two = "cancelled" }, results)
    client:close()
    assert(coroutine.resume(other))
    assert.equal("cancelled", results.other)
  end)

  it("ends the pause before a retry", function()
    local canceller, requests = twilio.canceller(), 0
    local client = twilio.client {
      account_sid = "AC1",
      auth_token = "t",
      max_retry_wait = 600,
      transport = function()
        requests = requests + 1
        return { status = 503, headers = { ["Retry-After"] = "600" } }
      end,
      wait = function() canceller:cancel() end,
    }
    local call, _, err = client.calls:get(SID, nil, { cancel = canceller })
    assert.is_nil(call)
    assert.equal("cancelled", err.kind)
    assert.equal(1, requests)
  end)

  it("raises for an unknown field", function()
    local canceller = twilio.canceller()
    assert.equal("a canceller has no 'canceled' (did you mean 'cancelled'?)",
      (support.misuse(function() return canceller.canceled end)))
  end)

  it("is the only type that the option cancel accepts", function()
    local client, requests = support.client()
    local others = { {}, { cancelled = false, requests = {} }, setmetatable({}, { __name = "x" }), setmetatable({}, { __name = true }), true, "x" }
    for _, other in ipairs(others) do
      local message, position = support.misuse(function() return (client.calls:get(SID, nil, { cancel = other })) end)
      assert.equal("option 'cancel' must be a twilio.canceller(), got " .. type(other), message)
      assert.matches("canceller_spec.lua", position, 1, true)
    end
    assert.equal(0, #requests)
    local message, position = support.misuse(function() twilio.canceller().cancel() end)
    assert.equal("call 'cancel' on a canceller, with ':'", message)
    assert.matches("canceller_spec.lua", position, 1, true)
  end)

  it("ends an iterator", function()
    local canceller = twilio.canceller()
    local body = '{"calls":[{"sid":"CA1"}],"next_page_uri":"/2010-04-01/Accounts/AC1/Calls.json?Page=1"}'
    local client = support.client({}, { status = 200, body = body })
    local it = client.calls:iter({}, { cancel = canceller })
    assert.equal("CA1", it().sid)
    canceller:cancel()
    assert.is_false((pcall(it)))
    assert.equal("cancelled", it.error.kind)
  end)
end)
