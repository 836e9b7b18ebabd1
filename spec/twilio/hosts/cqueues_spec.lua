-- Waiting in cqueues.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("in cqueues", function()
  local faults

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post "/_/reset" end)

  local function gathering(n, options) return support.gathering(faults, n, options) end

  local cqueues = require "cqueues"

  local function run(...)
    local loop = cqueues.new()
    for _, f in ipairs { ... } do loop:wrap(f) end
    assert(loop:loop())
  end

  it("calls run concurrently, and the loop ends after them", function()
    local client, done = gathering(5), 0
    local function call()
      assert.equal(SID, assert(client.calls:get(SID)).sid)
      done = done + 1
    end
    run(call, call, call, call, call)
    assert.equal(5, done)
    client:close()
  end)

  it("calls run in several loops and in nested loops", function()
    local client, done = gathering(3), 0
    local function call()
      assert(client.calls:get(SID))
      done = done + 1
    end
    run(call, call, function()
      local inner = cqueues.new()
      inner:wrap(call)
      assert(inner:loop())
    end)
    assert.equal(3, done)
    local one, two = cqueues.new(), cqueues.new()
    one:wrap(call)
    two:wrap(call)
    two:wrap(call)
    while not (one:empty() and two:empty()) do
      assert(one:step(0.01))
      assert(two:step(0.01))
    end
    assert.equal(6, done)
    client:close()
  end)

  it("no coroutine stays in a loop after another caller has completed its calls", function()
    local client, done = gathering(2), false
    local loop = cqueues.new()
    loop:wrap(function() done = client.calls:get(SID).sid == SID end)
    assert(loop:step(0))
    assert(client.calls:get(SID)) -- blocks, and its steps complete both requests
    for _ = 1, 100 do -- the timer of the connection would expire after 5 seconds
      if loop:empty() then break end
      assert(loop:step(0.01))
    end
    assert.is_true(done)
    assert.is_true(loop:empty())
    client:close()
  end)

  it("a call in a coroutine that the program has created blocks", function()
    local client, sid = gathering(1), nil
    run(function() sid = coroutine.wrap(function() return client.calls:get(SID).sid end)() end)
    assert.equal(SID, sid)
    client:close()
  end)

  it("other coroutines run during the pause before a retry", function()
    local client, done = twilio.client {
      max_retry_wait = 0.1, account_sid = "AC1", auth_token = "t",
      transport = function() return { status = 429, headers = { ["retry-after"] = "1" } } end,
    }, {}
    run(function()
      assert.equal(429, select(3, client.calls:get(SID, nil, { retries = 1 })).status)
      done[#done + 1] = "call"
    end, function()
      cqueues.sleep(0.001)
      done[#done + 1] = "other"
    end)
    assert.same({ "other", "call" }, done)
  end)

  it("a pause ends when the client is closed", function()
    local client, kind = twilio.client {
      max_retry_wait = 600, account_sid = "AC1", auth_token = "t",
      transport = function() return { status = 429, headers = { ["retry-after"] = "600" } } end,
    }, nil
    local loop = cqueues.new()
    loop:wrap(function() kind = select(3, client.calls:get(SID)).kind end)
    assert(loop:step(0))
    client:close()
    assert(loop:loop(10)) -- otherwise it would sleep for ten minutes
    assert.equal("cancelled", kind)
  end)

  it("canceller:cancel() and client:close() wake their calls", function()
    local canceller, kinds = twilio.canceller(), {}
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall" }
    run(function() kinds[1] = select(3, client.calls:get(SID, nil, { cancel = canceller })).kind end,
      function() kinds[2] = select(3, client.calls:get(SID)).kind end,
      function()
        canceller:cancel()
        cqueues.sleep(0)
        client:close()
      end)
    assert.same({ "cancelled", "cancelled" }, kinds)
  end)

  it("other coroutines of the loop run during twilio.map", function()
    local client, ticks, results, failures = gathering(4), 0, nil, nil
    run(function()
      results, failures = twilio.map({ 1, 2, 3, 4 }, 4, function(i)
        if i == 1 then
          repeat cqueues.sleep(0.001) until ticks > 2 -- this yield is passed on to the loop
        end
        return client.calls:get(SID)
      end)
    end, function()
      while not results do
        ticks = ticks + 1
        cqueues.sleep(0.001)
      end
    end)
    assert.is_nil(failures)
    assert.equal(SID, results[4].sid)
    client:close()
  end)

  it("other coroutines of the loop run during twilio.sleep, also in twilio.map", function()
    local released, order = false, {}
    run(function()
      repeat assert(twilio.sleep(0.001)) until released
      order[#order + 1] = "alone"
    end, function()
      local results, failures = twilio.map({ 1, 2, 3 }, { rate = 1000 }, function(i)
        repeat assert(twilio.sleep(0.001)) until released
        return i
      end)
      assert.is_nil(failures)
      order[#order + 1] = results[3]
    end, function()
      cqueues.sleep(0.005)
      released = true
      order[#order + 1] = "released"
    end)
    assert.equal("released", order[1])
    assert.equal(3, #order)
  end)

  it("other coroutines of the loop run during record:wait_for", function()
    local server = servers.twilio { now = 1300000000 }
    finally(function() server:stop() end)
    server:post("/_/clock", { Seconds = 0, Sent = 1, Delivered = 2 })
    local client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local sms, ended = assert(client.messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" }), nil
    run(function() ended = assert(sms:wait_for("delivered", { interval = 0.01 })) end, function()
      assert(client.calls:count())
      assert.is_nil(ended)
      server:post("/_/clock", { Seconds = 10 })
    end)
    assert.equal(sms, ended)
    client:close()
  end)

  it("an error of the engine ends the loop with the error, and the next call works", function()
    local client, engine = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/slow" }, nil
    assert(client.calls:get(SID, nil, { wait = function(e, seconds)
      engine = e
      e:poll(seconds)
    end }))
    local methods = require("twilio.core").engine_methods
    local step, raised = methods.step, false
    finally(function() methods.step = step end)
    methods.step = function(e)
      if raised then return step(e) end
      raised = true
      error "the engine has failed"
    end
    assert.equal(0, engine:flying())
    local loop = cqueues.new()
    loop:wrap(function() client.calls:get(SID) end)
    local ok, problem = loop:loop()
    assert.is_false(ok or false)
    assert.matches("the engine has failed", tostring(problem))
    run(function() assert(client.calls:get(SID)) end)
    client:close()
  end)
end)
