-- The userdata twilio.engine, as a wait function receives it.
local cqueues = require "cqueues"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("the engine", function()
  local server, client, sid

  setup(function()
    server = servers.twilio { now = 1300000000 }
    sid = server:post("/_/seed", { Calls = 1 }).first
    client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
  end)
  teardown(function()
    client:close()
    server:stop()
  end)

  -- Calls f with the engine once while a request is in flight.
  local function meanwhile(f)
    server:post("/_/fault", { Path = "Calls", Delay = 0.05 })
    local called
    assert(client.calls:get(sid, nil, { wait = function(engine, seconds)
      if not called then
        called = true
        f(engine, seconds)
      end
      engine:poll(seconds)
    end }))
    assert.is_true(called)
  end

  it("is the one that core.engine returns, which exists before the first client", function()
    local core = require "twilio.core"
    meanwhile(function(engine) assert.equal(core.engine(), engine) end)
    assert.equal("true\t0\ttrue\n", support.run [[
      local engine = require "twilio.core".engine()
      print(engine == require "twilio.core".engine(), engine:flying(), engine:pollfd() >= 0)
    ]])
  end)

  it("returns the number of requests in flight, and a timeout", function()
    local kept
    meanwhile(function(engine, seconds)
      kept = engine
      assert.equal(1, engine:flying())
      local timeout = engine:timeout()
      assert.is_true(timeout > 0 and timeout <= 30)
      assert.is_true(seconds <= 30)
    end)
    assert.equal(0, kept:flying())
    assert.is_nil((kept:completed()))
  end)

  it("does not block in step, and poll returns after the given time", function()
    meanwhile(function(engine)
      for _ = 1, 3 do engine:step() end
      engine:poll(0)
      engine:poll(-1)
      engine:poll(0.001)
      assert.equal(1, engine:flying())
    end)
  end)

  it("has the methods that cqueues.poll needs", function()
    meanwhile(function(engine, seconds)
      assert.equal("r", engine:events())
      assert.is_number(engine:pollfd())
      local loop = cqueues.new()
      local ready
      loop:wrap(function() ready = cqueues.poll(engine, seconds) end)
      assert(loop:loop())
      assert.equal(engine, ready)
    end)
  end)

  it("raises for an unknown method", function()
    meanwhile(function(engine)
      assert.equal("an engine has no 'pol' (did you mean 'poll'?)", (support.misuse(function() engine:pol(1) end)))
      assert.is_nil(engine.__name)
    end)
  end)

  it("is the same for all clients", function()
    local engines = {}
    local function keep(engine, seconds)
      engines[engine] = true
      engine:poll(seconds)
    end
    local other = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    server:post("/_/fault", { Path = "Calls", Delay = 0.02, Times = 2 })
    assert(client.calls:get(sid, nil, { wait = keep }))
    assert(other.calls:get(sid, nil, { wait = keep }))
    local n = 0
    for _ in pairs(engines) do n = n + 1 end
    assert.equal(1, n)
    other:close()
  end)

  it("reuses connections", function()
    local before = server:get("/_/stats").connections
    for _ = 1, 5 do assert(client.calls:get(sid)) end
    assert.is_true(server:get("/_/stats").connections <= before + 1)
  end)

  it("raises at the caller's line for wrong arguments", function()
    meanwhile(function(engine)
      for _, method in ipairs { "step", "flying", "completed", "pollfd", "events", "timeout", "poll", "submit", "cancel" } do
        local message, position = support.misuse(function() return (engine[method]()) end)
        assert.matches("a twilio.engine is expected, got no value", message, 1, true)
        assert.matches("engine_methods_spec.lua", position, 1, true)
      end
      assert.matches("a twilio.request is expected, got table", (support.misuse(function() engine:submit {} end)), 1, true)
      assert.matches("a twilio.request is expected, got no value", (support.misuse(function() engine:cancel() end)), 1, true)
      assert.is_false((pcall(function() engine:poll() end)))
      assert.is_false((pcall(function() engine:poll "soon" end)))
      assert.equal(1, engine:flying())
    end)
  end)

  it("is freed with its Lua state, even with requests in flight", function()
    local output = support.run(([[
      local twilio = require "twilio"
      local client = twilio.client { account_sid = "AC1", auth_token = "x", base_url = %q, wait = coroutine.yield }
      local threads = {}
      for i = 1, 3 do
        threads[i] = coroutine.create(function() return client.calls:get("CA" .. i) end)
        assert(coroutine.resume(threads[i]))
      end
      kept = { client, threads } -- a global, so that nothing is collected before the state is closed
      setmetatable({}, { __gc = function() end })
      print "fine"
    ]]):format(server.url))
    assert.equal("fine\n", output)
  end)
end)
