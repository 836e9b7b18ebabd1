-- Waiting in cqueues, luv and copas. spec/twilio/hosts/nginx_spec.lua is about nginx.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"
local uv = require "spec.support.luv"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("in", function()
  local faults

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post "/_/reset" end)

  -- Returns a client of a server that responds once n requests are waiting.
  local function gathering(n, options)
    local all = { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/gather/" .. n, timeout = 10 }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  describe("cqueues", function()
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
      for _ = 1, 100 do -- the connection's own timer would go off after 5 seconds
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

  describe("luv", function()
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

    -- Sleeps as programs on luv do: the timer resumes the coroutine itself, past the map.
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

    it("a generator that waits does not end its consumer's loop silently", function()
      if not uv then return pending "luv is not installed" end
      local client, problem = gathering(2, { wait = require "twilio.luv" }), nil
      local generator = coroutine.wrap(function() coroutine.yield(client.calls:get(SID).sid) end)
      coroutine.wrap(function()
        local value = generator()
        problem = select(2, pcall(function() return value.sid end))
      end)()
      assert(client.calls:get(SID)) -- The generator's request completes only with this one.
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
        coroutine.wrap(function() io.write(client.calls:get("CA1").status) end)() -- its answer wakes all
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

  describe("copas", function()
    local has_copas, copas = pcall(require, "copas")

    -- Runs the threads, for at most 1000 steps.
    local function run(...)
      local left = select("#", ...)
      for _, f in ipairs { ... } do
        copas.addthread(function()
          f()
          left = left - 1
        end)
      end
      for _ = 1, 1000 do
        if left == 0 then return end
        copas.step(1)
      end
      error "the threads do not end"
    end

    it("the wait function of examples/copas.lua works for single calls and in twilio.map", function()
      if not has_copas then return pending "copas is not installed for this Lua" end
      local wait = dofile "examples/copas.lua"
      local one, three = gathering(1, { wait = wait }), gathering(3, { wait = wait })
      local sid, results
      run(function() sid = one.calls:get(SID).sid end,
        function() results = twilio.map({ 1, 2, 3 }, 3, function() return three.calls:get(SID) end) end)
      assert.equal(SID, sid)
      assert.equal(SID, results[3].sid)
      one:close()
      three:close()
    end)

    it("calls in several threads run concurrently, with copas 2 or later", function()
      if not has_copas then return pending "copas is not installed for this Lua" end
      if not copas.sleep then return pending "this copas has no copas.sleep" end
      local client = gathering(2, { wait = dofile "examples/copas.lua" })
      local function call() assert.equal(SID, assert(client.calls:get(SID)).sid) end
      run(call, call)
      client:close()
    end)
  end)
end)
