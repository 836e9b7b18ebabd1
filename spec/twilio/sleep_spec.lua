-- twilio.sleep: how long it sleeps, by a clock that a wait function moves, and how it ends early.
local core = require "twilio.core"
local support = require "spec.support.client"
local twilio = require "twilio"

local now_of_core = core.now

describe("twilio.sleep", function()
  local clock

  before_each(function()
    clock = 1000
    core.now = function() return clock end
  end)
  after_each(function() core.now = now_of_core end)

  local function wait(_, seconds) clock = clock + seconds end

  it("sleeps for the seconds and returns true", function()
    for _, seconds in ipairs { 0, 0.25, 7, 3600 } do
      clock = 1000
      assert.is_true(twilio.sleep(seconds, { wait = wait }))
      assert.equal(1000 + seconds, clock)
    end
  end)

  it("goes on sleeping if the wait function returns early", function()
    local calls = 0
    assert.is_true(twilio.sleep(1, { wait = function(_, seconds)
      calls = calls + 1
      clock = clock + math.min(seconds, 0.25)
    end }))
    assert.same({ 4, 1001 }, { calls, clock })
  end)

  it("waits at least once, so that others go on, even for 0 seconds", function()
    local calls = 0
    assert.is_true(twilio.sleep(0, { wait = function() calls = calls + 1 end }))
    assert.equal(1, calls)
  end)

  it("blocks without a wait function", function()
    core.now = now_of_core
    assert.is_true(twilio.sleep(0.001))
    assert.is_true(twilio.sleep(0))
  end)

  it("calls ready every 10 ms, and ends when ready returns false", function()
    local asked = 0
    local ok, message, err = twilio.sleep(60, { wait = wait, ready = function()
      asked = asked + 1
      return asked < 4
    end })
    assert.is_nil(ok)
    assert.equal("the sleep ended early: the function 'ready' returned false", message)
    assert.same({ "cancelled", "no", message, message }, { err.kind, err.sent, err.message, tostring(err) })
    assert.is_true(math.abs(clock - 1000.03) < 1e-6)
    asked = 0
    assert.is_true(twilio.sleep(0.02, { wait = wait, ready = function() asked = asked + 1 end })) -- only false ends it
    assert.is_true(asked >= 2)
  end)

  it("calls ready where the thread blocks, as in FreeSWITCH", function()
    core.now = now_of_core
    local asked = 0
    local ok, _, err = twilio.sleep(3600, { ready = function()
      asked = asked + 1
      return asked < 4
    end })
    assert.same({ "cancelled", 4 }, { not ok and err.kind, asked })
  end)

  it("ends when the canceller is used", function()
    local canceller = twilio.canceller()
    local ok, message, err = twilio.sleep(60, { cancel = canceller, wait = function(_, seconds)
      clock = clock + seconds
      if clock > 1010 then canceller:cancel() end
    end })
    assert.is_nil(ok)
    assert.same({ "cancelled", "the sleep ended early: cancelled" }, { err.kind, message })
    assert.is_true(clock < 1010.2)
    assert.is_nil((twilio.sleep(60, { cancel = canceller, wait = wait })))
  end)

  it("raises the errors of ready and wait", function()
    local mine = {}
    for _, name in ipairs { "ready", "wait" } do
      assert.same({ false, mine }, { pcall(twilio.sleep, 1, { [name] = function() error(mine) end }) })
    end
  end)

  it("lets the other items of twilio.map go on", function()
    local order = {}
    local results, failures = twilio.map({ 3, 1, 2 }, { limit = 3, wait = wait }, function(seconds)
      assert.is_true(twilio.sleep(seconds))
      order[#order + 1] = seconds
      return clock
    end)
    assert.is_nil(failures)
    assert.same({ 1, 2, 3 }, order)
    assert.same({ 1003, 1001, 1002, n = 3 }, results)
  end)

  it("sleeps for more than a minute in an item of twilio.map while others wake earlier", function()
    local results = twilio.map({ 200, 45, 70 }, { limit = 3, wait = wait }, function(seconds)
      assert.is_true(twilio.sleep(seconds))
      return clock
    end)
    assert.same({ 1200, 1045, 1070, n = 3 }, results)
  end)

  it("lets the requests in flight make progress", function()
    core.now = now_of_core
    local servers = require "spec.support.servers"
    local faults = servers.fault {}
    finally(function() faults:stop() end)
    local client = support.gathering(faults, 1)
    local results, failures = twilio.all {
      call = function() return client.calls:get "CA0123456789abcdef0123456789abcdef" end,
      sleep = function() return twilio.sleep(0.001) end,
    }
    assert.is_nil(failures)
    assert.equal("CA0123456789abcdef0123456789abcdef", results.call.sid)
    client:close()
  end)

  it("raises for wrong arguments", function()
    for _, wrong in ipairs { -1, 0 / 0, 1 / 0, "1", true } do
      local shown = type(wrong) == "number" and tostring(wrong) or type(wrong)
      assert.equal("twilio.sleep takes a number of seconds, zero or more, got " .. shown, (support.misuse(twilio.sleep, wrong)))
    end
    assert.matches("got nil$", (support.misuse(twilio.sleep)))
    assert.equal("unknown option 'redy' (did you mean 'ready'?)", (support.misuse(twilio.sleep, 1, { redy = print })))
    assert.equal("option 'ready' must be a function, got 1", (support.misuse(twilio.sleep, 1, { ready = 1 })))
    assert.equal("option 'cancel' must be a twilio.canceller(), got table", (support.misuse(twilio.sleep, 1, { cancel = {} })))
    assert.equal("the options must be a table, got number", (support.misuse(twilio.sleep, 1, 2)))
    assert.equal("too many arguments to 'twilio.sleep'", (support.misuse(twilio.sleep, 1, nil, 2)))
    assert.matches("sleep_spec.lua", select(2, support.misuse(function() twilio.sleep(-1) end)), 1, true)
  end)
end)
