-- Waiting: by the library, in the option wait, and in both at the same time.
local cqueues = require "cqueues"
local servers = require "spec.support.servers"
local twilio = require "twilio"
local waiters = require "twilio.waiters"

describe("waiting", function()
  local server, sid

  setup(function()
    server = servers.twilio { now = 1300000000 }
  end)
  before_each(function()
    server:post "/_/reset"
    sid = server:post("/_/seed", { Calls = 1 }).first
    collectgarbage()
    collectgarbage()
  end)
  teardown(function()
    server:stop()
  end)

  local function new_client(wait, options)
    local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, wait = wait }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  local function delay(seconds, times)
    server:post("/_/fault", { Path = "Calls", Delay = seconds, Times = times or 1 })
  end

  local function engine_of(client)
    local engine
    delay(0.01)
    assert(client.calls:get(sid, nil, { wait = function(e, seconds)
      engine = e
      e:poll(seconds)
    end }))
    return engine
  end

  it("blocks without a wait function", function()
    delay(0.02)
    local client = new_client()
    assert.equal(sid, assert(client.calls:get(sid)).sid)
    client:close()
  end)

  it("calls the program's wait function: the option of the call, otherwise that of the client", function()
    local calls = {}
    local function waiter(name)
      return function(engine, seconds)
        calls[#calls + 1] = name
        assert.is_true(seconds >= 0 and seconds <= 60)
        assert.matches("^twilio%.engine", tostring(engine):gsub("^userdata", "twilio.engine"))
        engine:poll(seconds)
      end
    end
    local client = new_client(waiter "client")
    delay(0.02, 3)
    assert(client.calls:get(sid))
    assert.equal("client", calls[1])
    calls = {}
    assert(client.calls:get(sid, nil, { wait = waiter "call" }))
    assert.is_true(#calls > 0)
    for _, name in ipairs(calls) do assert.equal("call", name) end
    calls = {}
    assert(client:account(server.account_sid).calls:get(sid))
    assert.equal("client", calls[1])
    client:close()
  end)

  it("works with a wait function that only returns", function()
    local n = 0
    local client = new_client(function() n = n + 1 end)
    delay(0.02)
    assert(client.calls:get(sid))
    assert.is_true(n > 0)
    client:close()
  end)

  it("allows the wait function to use the client", function()
    local client, inner
    client = new_client(function(engine, seconds)
      if not inner then
        inner = true
        inner = assert(client.calls:get(sid, nil, { wait = function(e, s) e:poll(s) end })).sid
      end
      engine:poll(seconds)
    end)
    delay(0.02)
    assert(client.calls:get(sid))
    assert.equal(sid, inner)
    client:close()
  end)

  it("in a function that raises ends the call with the error, and cancels the request when it is collected", function()
    local client = new_client()
    local engine = engine_of(client)
    delay(30)
    local ok, raised = pcall(function()
      return client.calls:get(sid, nil, { wait = function() error { my = "error" } end })
    end)
    assert.is_false(ok)
    assert.equal("error", raised.my)
    collectgarbage()
    collectgarbage()
    assert.equal(0, engine:flying())
    server:post "/_/reset" -- removes the fault if no request has got it
    assert.equal(404, select(3, client.calls:get(sid)).status)
    client:close()
  end)

  it("in a function that raises leaves no waiter behind", function()
    local client = new_client(function() error "enough" end)
    delay(30, 5)
    for _ = 1, 5 do assert.is_false((pcall(client.calls.get, client.calls, sid))) end
    collectgarbage()
    collectgarbage()
    local completed, alerts = { 1 }, 0
    local engine = {
      completed = function() return table.remove(completed) end,
      alert = function() alerts = alerts + 1 end,
    }
    for _ = 1, 9 do waiters.dispatch(engine) end
    assert.equal(0, alerts)
    client:close()
  end)

  it("in a coroutine that is never resumed cancels the request when it is collected", function()
    local client = new_client(coroutine.yield)
    local engine = engine_of(client)
    delay(30)
    local thread = coroutine.create(function() return client.calls:get(sid) end)
    assert(coroutine.resume(thread))
    assert.equal(1, engine:flying())
    thread = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal(0, engine:flying())
    client:close()
  end)

  it("ends when the client is closed", function()
    local client = new_client(coroutine.yield)
    delay(30)
    local thread = coroutine.create(function() return client.calls:get(sid) end)
    assert(coroutine.resume(thread))
    client:close()
    local ok, nothing, message, err = coroutine.resume(thread)
    assert.is_true(ok)
    assert.is_nil(nothing)
    assert.equal("cancelled", err.kind)
    assert.matches("^GET .*cancelled", message)
  end)

  it("ends at the timeout of the call, in place of the client's timeout", function()
    local client = new_client()
    delay(30)
    local nothing, message, err = client.calls:get(sid, nil, { timeout = 0.1 })
    assert.is_nil(nothing)
    assert.equal("timeout", err.kind)
    assert.is_string(message)
    client:close()
  end)

  it("calls ready at intervals, and ends the request when ready returns false", function()
    for _, of_call in ipairs { true, false } do
      local asked = 0
      local function ready()
        asked = asked + 1
        return asked < 3
      end
      local client = new_client(nil, { ready = not of_call and ready or nil })
      delay(30)
      local call, message, err = client.calls:get(sid, nil, { ready = of_call and ready or nil })
      assert.is_nil(call)
      assert.same({ "cancelled", "maybe", 3 }, { err.kind, err.sent, asked })
      assert.matches("the function 'ready' returned false", message, 1, true)
      client:close()
      server:post "/_/reset"
    end
  end)

  it("goes on while ready returns anything except false, and does not change the response", function()
    local client = new_client()
    delay(0.1)
    local asked = 0
    assert.equal(404, select(3, client.calls:get("CA1", nil, { ready = function()
      asked = asked + 1
      return 1
    end })).status)
    assert.is_true(asked > 1)
    assert.equal(404, select(3, client.calls:get("CA1", nil, { ready = function() end })).status) -- only false ends it
    client:close()
  end)

  it("keeps a response that arrives while ready runs, even if ready returns false", function()
    local client, asked = new_client(), 0
    delay(0.05)
    local call = assert(client.calls:make({ to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }, { ready = function()
      asked = asked + 1
      if asked == 1 then return true end -- nothing is sent yet
      server:post("/_/fault", { Path = "Recordings", Delay = 0.2 })
      assert(client.recordings:list()) -- waits long enough for both responses
      return false
    end }))
    assert.equal(2, asked)
    assert.equal("queued", call.status)
    client:close()
  end)

  it("raises the error of ready, and cancels the request at once", function()
    local client = new_client()
    local engine = engine_of(client)
    delay(30)
    local mine = {}
    local ok, raised = pcall(function() return client.calls:get(sid, nil, { ready = function() error(mine) end }) end)
    assert.is_false(ok)
    assert.equal(mine, raised)
    assert.equal(0, engine:flying())
    client:close()
  end)

  it("calls ready during pauses and with a wait function", function()
    local n = 0
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", max_retry_wait = 600, ready = function()
        n = n + 1
        return n < 4
      end,
      transport = function() return { status = 429, headers = { ["retry-after"] = "600" } } end,
    }
    local _, message, err = client.calls:get(sid)
    assert.same({ "cancelled", 4 }, { err.kind, n })
    assert.matches("'ready' returned false", message, 1, true)
    delay(30)
    local seconds
    local own = new_client(function(engine, most)
      seconds = most
      engine:poll(most)
    end)
    assert.equal("cancelled", select(3, own.calls:get(sid, nil, { ready = function() return not seconds end })).kind)
    assert.is_true(seconds <= 0.02)
    own:close()
  end)

  it("checks the canceller in a long pause once per second, and more often towards its end", function()
    local core = require "twilio.core"
    local now, clock, sleeps = core.now, 1000, {}
    finally(function() core.now = now end)
    core.now = function() return clock end
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", max_retry_wait = 600, retries = 1,
      wait = function(_, seconds)
        sleeps[#sleeps + 1] = seconds
        clock = clock + seconds
      end,
      transport = function() return { status = 429, headers = { ["retry-after"] = "600" } } end,
    }
    assert.equal(429, select(3, client.calls:get(sid)).status)
    assert.is_true(math.abs(clock - 1600) < 1e-6)
    assert.equal(1, sleeps[1])
    assert.is_true(#sleeps < 700, #sleeps)
    for i = 2, #sleeps do assert.is_true(sleeps[i] <= sleeps[i - 1]) end
    local canceller = twilio.canceller()
    clock, sleeps = 1000, setmetatable({}, { __newindex = function(_, n) if n == 1 then canceller:cancel() end end })
    assert.equal("cancelled", select(3, client.calls:get(sid, nil, { cancel = canceller })).kind)
    assert.is_true(clock <= 1001)
  end)

  it("ends a call if ready returns false just before a retry", function()
    server:post("/_/fault", { Path = "Calls", Status = 503, Body = "{}", Header = "Retry-After: 0" })
    local failed, asked = false, 0
    local client = new_client(nil, {
      log = function() failed = true end,
      ready = function()
        asked = asked + 1
        if asked > 10000 then error "asked for ever" end
        return not failed
      end,
    })
    local call, message, err = client.calls:get(sid)
    assert.is_nil(call)
    assert.matches("the function 'ready' returned false", message, 1, true)
    assert.same({ "cancelled", "maybe", 1 }, { err.kind, err.sent, err.attempts })
    assert.equal(1, server:get("/_/stats").requests)
    client:close()
  end)

  it("calls ready before anything is sent", function()
    local client = new_client(nil, { ready = function() return false end })
    local _, _, err = client.calls:get(sid)
    assert.same({ "cancelled", "no" }, { err.kind, err.sent })
    assert.equal(0, server:get("/_/stats").requests)
    client:close()
  end)

  describe("with grace, after ready has returned false,", function()
    local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }

    -- Returns a `ready` that returns false once the server has received the request. Nothing is
    -- read from the network while it runs.
    local function until_arrived(method)
      return function()
        for _, request in ipairs(server:get "/_/log") do
          if request.method == method then return false end
        end
        return true
      end
    end

    local function make(client, options)
      options.ready = until_arrived "POST"
      return client.calls:make(MAKE, options)
    end

    it("waits for the response to a request that may have been sent, and does not call ready again", function()
      for _, of_call in ipairs { true, false } do
        local client, noes = new_client(nil, { grace = not of_call and 600 or nil }), 0
        local has_arrived = until_arrived "POST"
        delay(0.2)
        local call = assert(client.calls:make(MAKE, { grace = of_call and 600 or nil, ready = function()
          local answer = has_arrived()
          noes = noes + (answer and 0 or 1)
          return answer
        end }))
        assert.matches("^CA%x+$", call.sid)
        assert.equal(1, noes)
        client:close()
        server:post "/_/reset"
      end
    end)

    it("ends the request when the grace period has passed", function()
      local client = new_client()
      delay(30)
      local call, message, err = make(client, { grace = 0.05 })
      assert.is_nil(call)
      assert.matches("the function 'ready' returned false, and no response came within 0.05 s of grace", message, 1, true)
      assert.same({ "cancelled", "maybe", 1 }, { err.kind, err.sent, err.attempts })
      client:close()
    end)

    it("ends at once a request that was not sent, and a request that may be repeated", function()
      local client = new_client(nil, { grace = 600 })
      local _, message, err = client.calls:make(MAKE, { ready = function() return false end })
      assert.same({ "cancelled", "no" }, { err.kind, err.sent })
      assert.not_matches("grace", message)
      for method, send in pairs {
        GET = function(options) return client.calls:get(sid, nil, options) end,
        DELETE = function(options) return client.calls:delete(sid, nil, options) end,
        POST = function(options)
          options.repeatable = true
          return client.calls:hangup(sid, options)
        end,
      } do
        delay(30)
        _, message, err = send { ready = until_arrived(method) }
        assert.same({ "cancelled", "maybe" }, { err.kind, err.sent })
        assert.not_matches("grace", message)
        server:post "/_/reset"
      end
      client:close()
    end)

    it("does not retry", function()
      local client = new_client()
      server:post("/_/fault", { Method = "POST", Status = 429, Body = '{"code":20429}', Header = "Retry-After: 0", Delay = 0.2, Times = 2 })
      local _, _, err = make(client, { grace = 600 })
      assert.same({ "api", 429, 1 }, { err.kind, err.status, err.attempts })
      client:close()
    end)

    it("waits no longer than the timeout", function()
      local client = new_client()
      delay(30)
      local _, _, err = make(client, { grace = 600, timeout = 0.3 })
      assert.same({ "timeout", "maybe" }, { err.kind, err.sent })
      client:close()
    end)

    it("waits in the wait function, and in an item of a map", function()
      local function wait(engine, seconds) engine:poll(seconds) end
      local client = new_client(wait)
      delay(0.2)
      assert.matches("^CA%x+$", assert(make(client, { grace = 600 })).sid)
      client:close()
      server:post "/_/reset"
      client = new_client()
      delay(0.2)
      local results, failures = twilio.map({ "make", "count" }, 2, function(verb)
        return verb == "make" and make(client, { grace = 600 }) or client.calls:count()
      end)
      assert.is_nil(failures)
      assert.matches("^CA%x+$", results[1].sid)
      client:close()
    end)
  end)

  it("raises for a ready that is not a function", function()
    local client = new_client()
    assert.has_error(function() client.calls:get(sid, nil, { ready = 1 }) end)
    assert.has_error(function() new_client(nil, { ready = {} }) end)
    client:close()
  end)

  it("works in an event loop", function()
    local client = new_client(cqueues.poll)
    local loop, done, ticks, finished = cqueues.new(), 0, 0, false
    delay(0.05, 5)
    for _ = 1, 5 do
      loop:wrap(function()
        assert.equal(sid, assert(client.calls:get(sid)).sid)
        done = done + 1
        finished = done == 5
      end)
    end
    loop:wrap(function()
      while not finished do
        cqueues.sleep(0.005)
        ticks = ticks + 1
      end
    end)
    assert(loop:loop())
    assert.equal(5, done)
    assert.is_true(ticks > 0)
    client:close()
  end)

  it("makes the descriptor readable when another coroutine's step has completed a request", function()
    local client = new_client()
    local engine = engine_of(client)
    delay(0.1)
    local asleep = coroutine.create(function() return assert(client.calls:get(sid, nil, { wait = coroutine.yield })).sid end)
    assert(coroutine.resume(asleep))
    -- This call blocks, and its steps complete both requests.
    server:post("/_/fault", { Path = "Recordings", Delay = 0.3 })
    assert(client.recordings:list())
    assert.equal(0, engine:flying())
    local readable
    local loop = cqueues.new()
    loop:wrap(function() readable = cqueues.poll({ pollfd = engine:pollfd(), events = "r" }, 5) end)
    assert(loop:loop())
    assert.is_table(readable)
    assert.equal(sid, select(2, coroutine.resume(asleep)))
    client:close()
  end)
end)
