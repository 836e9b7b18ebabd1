-- Sending requests: the option transport, and failures of schedulers and of the program.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"
local UNDER_A_CHECKER = (os.getenv "LD_PRELOAD" or ""):find "asan" or (os.getenv "LD_PRELOAD" or ""):find "valgrind"
local MEMORY_IS_MEASURED = not UNDER_A_CHECKER and pcall(io.lines, "/proc/self/status")
local PATH = "/2010-04-01/Accounts/" .. support.account_sid .. "/Calls/" .. SID .. ".json"

describe("a transport", function()
  it("receives the request, and no network is used", function()
    local client, requests = support.client { timeout = 7 }
    assert(client.calls:get(SID))
    assert(client.calls:update(SID, { status = "completed" }, { timeout = 3 }))
    local get, post = requests[1], requests[2]
    assert.equal("GET", get.method)
    assert.equal("https://api.twilio.com" .. PATH, get.url)
    assert.equal(support.authorization, get.headers.authorization)
    assert.equal("application/json", get.headers.accept)
    assert.matches("^twilio%-lua/", get.headers["user-agent"])
    assert.is_nil(get.body)
    assert.equal(7, get.timeout)
    assert.equal("POST", post.method)
    assert.equal("Status=completed", post.body)
    assert.equal(3, post.timeout)
    assert.equal(1, post.attempt)
  end)

  it("that raises ends the call with the error, and the next call works", function()
    local broken = true
    local client = support.client(nil, function()
      if broken then error { my = "error" } end
      return { status = 200, body = '{"sid":"CA1"}' }
    end)
    local ok, raised = pcall(function() return client.calls:get(SID) end)
    assert.is_false(ok)
    assert.equal("error", raised.my)
    broken = false
    assert.equal("CA1", client.calls:get(SID).sid)
  end)

  it("may use the client itself", function()
    local client
    local depth = 0
    client = support.client(nil, function()
      depth = depth + 1
      if depth < 3 then assert(client.calls:get(SID)) end
      return { status = 200, body = '{"sid":"CA1"}' }
    end)
    assert(client.calls:get(SID))
    assert.equal(3, depth)
  end)

  it("may suspend its coroutine", function()
    local client = support.client(nil, function(request)
      return coroutine.yield(request.method)
    end)
    local thread = coroutine.create(function() return assert(client.calls:get(SID)).sid end)
    assert.equal("GET", select(2, coroutine.resume(thread)))
    assert.equal("CA7", select(2, coroutine.resume(thread, { status = 200, body = '{"sid":"CA7"}' })))
  end)
end)

describe("a scheduler that fails after the request was sent", function()
  it("ends the call with nil, message, err, and err.sent is maybe", function()
    if not pcall(coroutine.wrap(function() assert(require "twilio.core".can_suspend()) end)) then return pending "no coroutine can wait here" end
    local server = servers.fault()
    local loaded, preload = package.loaded.cqueues, package.preload["cqueues.condition"]
    local condition = package.loaded["cqueues.condition"]
    package.loaded.cqueues = { running = function() return {}, true end }
    package.loaded["cqueues.condition"] = nil
    package.preload["cqueues.condition"] = function() error "too many open files" end
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = server.url .. "/stall", retries = 0 }
    local results = { coroutine.wrap(function() return client.calls:get(SID) end)() }
    package.loaded.cqueues, package.loaded["cqueues.condition"] = loaded, condition
    package.preload["cqueues.condition"] = preload
    client:close()
    server:stop()
    assert.is_nil(results[1])
    assert.matches("cannot use the host's scheduler: .*too many open files", results[2])
    assert.equal("host", results[3].kind)
    assert.not_equal("yes", results[3].sent)
  end)
end)

describe("a wait that is abandoned", function()
  local faults, engine

  setup(function() faults = servers.fault() end)
  teardown(function() faults:stop() end)

  local function waiting(behaviour, call)
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/" .. behaviour, retries = 3, max_retry_wait = 600,
      wait = function(asked)
        engine = asked
        coroutine.yield()
      end,
    }
    local thread = coroutine.create(function() return call(client) end)
    assert(coroutine.resume(thread))
    assert.equal(1, engine:flying())
    return thread
  end

  local calls = {
    get = function(client) return client.calls:get(SID) end,
    list = function(client) return client.calls:list() end,
    count = function(client) return client.calls:count() end,
    request = function(client) return client:request { path = "/x" } end,
    loop = function(client) for _ in client.calls:iter() do return end end, -- luacheck: ignore
  }
  if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then calls.loop = nil end -- cannot suspend there

  it("cancels its request: when the coroutine is closed (Lua 5.4), otherwise when it is collected", function()
    for name, call in pairs(calls) do
      local thread = waiting("stall", call)
      if coroutine.close then -- luacheck: ignore
        assert.is_true(coroutine.close(thread)) -- luacheck: ignore
        assert.equal(0, engine:flying(), name)
        if name ~= "count" and name ~= "loop" then assert.is_nil(engine:completed()) end -- no waiter is left to notify
        while engine:completed() do end
      end
      thread = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      assert.equal(0, engine:flying(), name)
    end
  end)

  it("by an error of the wait function cancels its request at once on Lua 5.4", function()
    if not coroutine.close then return pending "to-be-closed variables came with Lua 5.4" end -- luacheck: ignore
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall",
      wait = function(asked)
        engine = asked
        error("enough", 0)
      end,
    }
    collectgarbage "stop"
    local ok, problem = pcall(client.calls.get, client.calls, SID)
    local flying = engine:flying()
    collectgarbage "restart"
    assert.same({ false, "enough", 0 }, { ok, problem, flying })
  end)

  it("closes the connection to the server", function()
    faults:post("/_/reset", {})
    local thread = waiting("stall", calls.get)
    repeat engine:poll(0.01) until faults:get("/_/stats").requests == 1
    assert.is_nil(faults:get("/_/log")[1].ended)
    if coroutine.close then coroutine.close(thread) end -- luacheck: ignore
    thread = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local tries = 0
    repeat tries = tries + 1 until faults:get("/_/log")[1].ended or tries > 100
    assert.is_true(faults:get("/_/log")[1].ended)
  end)
end)

describe("the memory of a response", function()
  it("is freed when the response has been read", function()
    if not MEMORY_IS_MEASURED then return pending "memory is measured through /proc, and not under its checkers" end
    local function resident()
      local file = assert(io.open "/proc/self/status")
      local text = file:read "*a"
      file:close()
      return tonumber(text:match "VmRSS:%s+(%d+)") / 1024
    end
    -- responses of 1 MB; a record keeps a few bytes of them
    local answer = { status = 200, body = '{"sid":"CA1"}' .. (" "):rep(1000000) }
    local client = twilio.client { account_sid = "AC1", auth_token = "x", transport = function() return answer end }
    assert(client.calls:get(SID))
    local before = resident()
    collectgarbage "stop"
    for _ = 1, 60 do assert(client.calls:get(SID)) end
    local grown = resident() - before
    collectgarbage "restart"
    assert.is_true(grown < 20, ("%.0f MB more"):format(grown))
  end)
end)
