-- Waiting in luv.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"
local uv = require "spec.support.luv"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("in luv", function()
  local faults

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post "/_/reset" end)

  local function gathering(n, options) return support.gathering(faults, n, options) end

  it("calls run concurrently, and the loop ends after them", function()
    if not uv then return pending "luv is not installed" end
    local client, done = gathering(3, { wait = require "twilio.luv" }), 0
    for _ = 1, 3 do
      coroutine.wrap(function()
        assert.equal(SID, assert(client.calls:get(SID)).sid)
        done = done + 1
      end)()
    end
    uv.run()
    assert.equal(3, done)
    client:close()
  end)

  it("other coroutines of the loop run during twilio.map", function()
    if not uv then return pending "luv is not installed" end
    local client, ticks, results = gathering(4, { wait = require "twilio.luv" }), 0, nil
    local timer = uv.new_timer()
    timer:start(0, 1, function()
      ticks = ticks + 1
      if results then timer:close() end
    end)
    coroutine.wrap(function()
      results = twilio.map({ 1, 2, 3, 4 }, 4, function() return client.calls:get(SID) end)
    end)()
    uv.run()
    assert.equal(SID, results[4].sid)
    assert.is_true(ticks > 0)
    client:close()
  end)

  -- Sleeps as programs on luv do: the timer resumes the coroutine directly, not through the map.
  local function sleep()
    local thread, timer = coroutine.running(), uv.new_timer()
    timer:start(1, 0, function()
      timer:close()
      assert(coroutine.resume(thread))
    end)
    coroutine.yield()
  end

  it("items of twilio.map can wait for other callbacks of luv", function()
    if not uv then return pending "luv is not installed" end
    local client = gathering(1, { wait = require "twilio.luv" })
    local function call() return assert(client.calls:get(SID)).sid end
    local function source(n)
      return function()
        sleep()
        n = n - 1
        return n >= 0 and n or nil
      end
    end
    local deeds = {
      sleep,
      function() sleep() sleep() call() end,
      function() call() sleep() end,
      function() call() sleep() call() sleep() sleep() end,
      function(i) if i % 2 == 0 then sleep() else call() end end,
      function() twilio.map({ 1, 2 }, 2, function() call() sleep() end) end,
    }
    for number, deed in ipairs(deeds) do
      for _, limit in ipairs { 1, 2, 10 } do
        for _, items in ipairs { { 1, 2, 3, 4, 5 }, source(5) } do
          local results, failures, ended
          coroutine.wrap(function()
            results, failures = twilio.map(items, limit, function(_, i) return deed(i) end)
            ended = call()
          end)()
          uv.run()
          assert.same({ number, limit, 5, SID }, { number, limit, results and results.n, ended })
          assert.is_nil(failures)
        end
      end
    end
    client:close()
  end)

  it("other coroutines of the loop run during twilio.sleep, and in twilio.map", function()
    if not uv then return pending "luv is not installed" end
    local wait, released, slept, results = require "twilio.luv", false, false, nil
    coroutine.wrap(function()
      repeat assert(twilio.sleep(0.001, { wait = wait })) until released
      slept = true
    end)()
    coroutine.wrap(function()
      results = twilio.map({ 1, 2, 3 }, { rate = 1000, wait = wait }, function(i)
        repeat assert(twilio.sleep(0.001)) until released
        return i
      end)
    end)()
    assert.is_false(slept)
    local timer = uv.new_timer()
    timer:start(5, 0, function()
      released = true
      timer:close()
    end)
    uv.run()
    assert.is_true(slept)
    assert.same({ 1, 2, 3, n = 3 }, results)
  end)

  it("other coroutines of the loop run during record:wait_for", function()
    if not uv then return pending "luv is not installed" end
    local server = servers.twilio { now = 1300000000 }
    finally(function() server:stop() end)
    server:post("/_/clock", { Seconds = 0, Sent = 1, Delivered = 2 })
    local client = twilio.client {
      account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, wait = require "twilio.luv",
    }
    local status, counted
    coroutine.wrap(function()
      local sms = assert(client.messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" })
      status = assert(sms:wait_for("delivered", { interval = 0.01 })).status
    end)()
    coroutine.wrap(function()
      counted = assert(client.calls:count())
      assert(not status)
      repeat twilio.sleep(0.001, { wait = require "twilio.luv" }) until #server:get "/_/log" >= 3 -- the message was fetched
      server:post("/_/clock", { Seconds = 10 })
    end)()
    uv.run()
    assert.same({ "delivered", 0 }, { status, counted })
    client:close()
  end)

  it("a generator that waits does not end its consumer's loop silently", function()
    if not uv then return pending "luv is not installed" end
    local client, problem = gathering(2, { wait = require "twilio.luv" }), nil
    local generator = coroutine.wrap(function() coroutine.yield(client.calls:get(SID).sid) end)
    coroutine.wrap(function()
      local value = generator()
      problem = select(2, pcall(function() return value.sid end))
    end)()
    assert(client.calls:get(SID)) -- steps the engine, and completes the request of the generator too
    uv.run()
    client:close()
    assert.matches("doc/hosts.md", tostring(problem))
  end)

  it("a coroutine that is closed while it waits is not resumed", function()
    if not uv then return pending "luv is not installed" end
    if not coroutine.close then return pending "coroutine.close needs Lua 5.4" end -- luacheck: ignore
    -- In a separate process, because an error in a callback ends the process.
    local output = support.run(([[
      local client = require "twilio".client { account_sid = "AC1", auth_token = "t", base_url = %q, wait = require "twilio.luv" }
      local thread = coroutine.create(function() client.calls:list() end)
      assert(coroutine.resume(thread))
      coroutine.close(thread)
      coroutine.wrap(function() io.write(client.calls:get("CA1").status) end)() -- its response wakes all waiters
      require "luv".run()
      io.write ", and the loop has ended"
    ]]):format(faults.url .. "/ok"))
    assert.equal("queued, and the loop has ended", output)
  end)

  it("a timer ends a pause, and a call outside any coroutine blocks", function()
    if not uv then return pending "luv is not installed" end
    local n = 0
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", wait = require "twilio.luv", max_retry_wait = 0.1,
      transport = function()
        n = n + 1
        if n == 1 then return { status = 429, headers = { ["retry-after"] = "1" } } end
        return { status = 200, body = '{"sid":"CA1"}' }
      end,
    }
    local sid
    coroutine.wrap(function() sid = client.calls:get(SID).sid end)()
    uv.run()
    assert.equal("CA1", sid)
    local blocked = gathering(1, { wait = require "twilio.luv" })
    assert.equal(SID, assert(blocked.calls:get(SID)).sid)
    blocked:close()
  end)
end)
