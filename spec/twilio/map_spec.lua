-- twilio.map and twilio.all: many calls at once, in plain Lua and in event loops.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"
local YIELDS_EVERYWHERE = _VERSION ~= "Lua 5.1" or jit

local function numbers(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

describe("twilio.map", function()
  local faults, server

  setup(function()
    faults = servers.fault {}
    server = servers.twilio { now = 1300000000 }
  end)
  teardown(function()
    faults:stop()
    server:stop()
  end)
  before_each(function()
    faults:post "/_/reset"
    server:post "/_/reset"
  end)

  -- With fewer than n requests a call times out.
  local function gathering(n, options) return support.gathering(faults, n, options) end

  local function connect(options)
    local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  it("has as many requests in flight as the limit allows", function()
    local client = gathering(8)
    local results, failures = twilio.map(numbers(16), 8, function() return client.calls:get(SID) end)
    assert.is_nil(failures)
    assert.equal(16, results.n)
    for i = 1, 16 do assert.equal(SID, results[i].sid) end
    client:close()
  end)

  it("never has more requests in flight than the limit", function()
    local client, now, most = gathering(5), 0, 0 -- responds once five requests are waiting
    local results = twilio.map(numbers(40), 5, function(i, index)
      assert(i == index)
      now = now + 1
      most = math.max(most, now)
      local status = client.calls:get(SID):meta().status
      now = now - 1
      return status + i
    end)
    assert.equal(5, most)
    for i = 1, 40 do assert.equal(200 + i, results[i]) end
    client:close()
  end)

  it("uses one connection for all requests if the server speaks HTTP/2", function()
    local secure = servers.fault { tls = true }
    finally(function() secure:stop() end)
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", base_url = secure:secure_url "h2_held" .. "/gather/100", ca_file = secure.authority,
      connect_timeout = 30, retries = 0,
    }
    local results, failures = twilio.map(numbers(200), 100, function(i)
      if i == 100 then secure:post "/_/release" end -- the other 99 requests wait for one TLS handshake
      return client.calls:get(("CA%032d"):format(i))
    end)
    assert.is_nil(failures)
    for i = 1, 200 do assert.equal(("CA%032d"):format(i), results[i].sid) end
    client:close()
    assert.equal(200, #secure:post "/_/take") -- closes the connections, so that the next line can count them
    local seen = secure:post("/_/handshakes").h2_held
    assert.same({ 1, 1 }, { seen.tried, seen.done })
  end)

  it("returns each item's failure, returned or raised, in addition to the results", function()
    local client = connect()
    local mine = {}
    local results, failures = twilio.map({ "get", "misuse", "fine", "raise", "nothing", "false" }, 2, function(what)
      if what == "get" then return client.calls:get(SID) end
      if what == "misuse" then client.calls:get(SID, { nonsense = 1 }) end
      if what == "raise" then
        client.calls:get(SID)
        error(mine)
      end
      if what == "false" then return false end
      if what == "fine" then return assert(client.calls:count()) end
    end)
    assert.same({ n = 6, [3] = 0, [6] = false }, results)
    assert.equal(404, failures[1].err.status)
    assert.matches("^GET .*: 404, error 20404", failures[1].message)
    assert.is_nil(failures[1].raised)
    assert.matches("map_spec.lua:%d+: .*nonsense", failures[2].message)
    assert.equal(failures[2].message, failures[2].raised)
    assert.matches("map_spec.lua", failures[2].traceback)
    assert.equal(mine, failures[4].raised)
    assert.same({}, { failures[3], failures[5], failures[6] })
    client:close()
  end)

  it("accepts an empty array, and arrays shorter than the limit", function()
    local function f(item) return item end
    assert.same({ { n = 0 } }, { twilio.map({}, 3, f) })
    assert.same({ { "a", n = 1 } }, { twilio.map({ "a" }, 3, f) })
    assert.same({ { "a", "b", n = 2 } }, { twilio.map({ "a", "b" }, math.huge, f) })
  end)

  it("creates no more coroutines than there are items, whatever the limit is", function()
    local create, made = coroutine.create, 0
    finally(function() coroutine.create = create end) -- luacheck: ignore
    coroutine.create = function(f) -- luacheck: ignore
      made = made + 1
      if made > 100 then error "too many" end
      return create(f)
    end
    local client = gathering(3)
    local function count_to(n)
      local i = 0
      return function()
        i = i + 1
        return i <= n and i or nil
      end
    end
    local results, failures = twilio.map(count_to(3), math.huge, function() return client.calls:get(SID) end)
    assert.is_nil(failures)
    assert.equal(SID, results[3].sid)
    assert.is_true(made <= 4, made)
    made = 0
    assert.equal(1000, twilio.map(count_to(1000), 1e9, function(i) return i end).n) -- no item waits
    assert.is_true(made <= 2, made)
    client:close()
  end)

  it("raises for wrong arguments, with the caller's line", function()
    local function f() end
    for _, arguments in ipairs { { nil, 1, f }, { {}, nil, f }, { {}, 0, f }, { {}, 0 / 0, f }, { {}, 1 }, { "x", 1, f } } do
      local text, position = support.misuse(twilio.map, arguments[1], arguments[2], arguments[3])
      assert.matches("^twilio.map takes ", text)
      assert.matches("map_spec.lua:", position .. "map_spec.lua:")
    end
    assert.matches("^twilio.all takes", (support.misuse(twilio.all)))
    assert.matches("^twilio.all takes", (support.misuse(twilio.all, { 1 })))
    assert.matches("map_spec.lua:%d+", select(2, pcall(function() twilio.map() end)))
  end)

  it("processes the items of an iterator while the next page is requested", function()
    server:post("/_/seed", { Calls = 130, Status = "in-progress" })
    local client = connect()
    local calls = client.calls:iter({ page_size = 50 })
    local results, failures = twilio.map(calls, 10, function(call)
      return call:hangup()
    end)
    assert.is_nil(failures)
    assert.equal(130, results.n)
    local seen = {}
    for i = 1, 130 do
      assert.equal("completed", results[i].status)
      seen[results[i].sid] = true
    end
    local different = 0
    for _ in pairs(seen) do different = different + 1 end
    assert.equal(130, different)
    client:close()
  end)

  it("accepts a function as an iterator, and never runs it twice at the same time", function()
    local client, n, inside = connect(), 0, false
    local results = twilio.map(function()
      assert(not inside)
      inside = true
      client.calls:get(SID)
      inside = false
      n = n + 1
      return n <= 7 and n or nil
    end, 3, function(item)
      client.calls:get(SID)
      return item
    end)
    assert.same({ 1, 2, 3, 4, 5, 6, 7, n = 7 }, results)
    client:close()
  end)

  it("takes a table of options, with a limit of 10 by default", function()
    local client = gathering(10)
    local results, failures, stopped = twilio.map(numbers(20), {}, function() return client.calls:get(SID) end)
    assert.is_nil(failures)
    assert.is_nil(stopped)
    assert.equal(SID, results[20].sid)
    client:close()
    client = gathering(3)
    results = twilio.map(numbers(6), { limit = 3 }, function() return client.calls:get(SID) end)
    assert.equal(SID, results[6].sid)
    client:close()
  end)

  it("starts no further item after status 401", function()
    local client = connect { auth_token = "wrong" }
    local called = 0
    local results, failures, stopped = twilio.map(numbers(10), 2, function()
      called = called + 1
      return client.calls:get(SID)
    end)
    assert.is_true(called <= 3, called)
    assert.same({ n = 10 }, results)
    assert.equal(401, stopped.err.status)
    assert.same({ 401, "api" }, { failures[1].err.status, failures[1].err.kind })
    assert.same({ "cancelled", "no" }, { failures[10].err.kind, failures[10].err.sent })
    assert.matches("not started, because the map has ended early: .*401", failures[10].message)
    client:close()
  end)

  it("starts no further item after a host could not be reached, unless stop_on is false", function()
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = servers.nowhere, retries = 0 }
    local function f() return client.calls:get(SID) end
    local _, failures, stopped = twilio.map(numbers(5), 1, f)
    assert.same({ "network", "cancelled" }, { stopped.err.kind, failures[2].err.kind })
    _, failures, stopped = twilio.map(numbers(5), { limit = 1, stop_on = false }, f)
    assert.is_nil(stopped)
    for i = 1, 5 do assert.equal("network", failures[i].err.kind) end
    client:close()
  end)

  it("goes on after an item has reached its own deadline before a connection was established", function()
    local secure = servers.fault { tls = true }
    finally(function() secure:stop() end)
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", base_url = secure:secure_url "h2_held", ca_file = secure.authority, connect_timeout = 30,
    }
    local _, failures, stopped = twilio.map(numbers(2), 1, function() return client.calls:get(SID, nil, { deadline = 0.05 }) end)
    for i = 1, 2 do assert.same({ "timeout", "no" }, { failures[i].err.kind, failures[i].err.sent }) end
    assert.is_nil(stopped)
    _, failures, stopped = twilio.map(numbers(2), 1, function() return client.calls:get(SID, nil, { timeout = 0.05, retries = 0 }) end)
    assert.same({ "timeout", "cancelled" }, { stopped.err.kind, failures[2].err.kind })
    client:close()
  end)

  it("calls progress after each item, also for items that raise, and with total nil for iterators", function()
    local seen = {}
    local function progress(...) seen[#seen + 1] = { n = select("#", ...), ... } end
    local function f(i)
      if i == 2 then error "x" end
      return i
    end
    twilio.map({ 1, 2, 3 }, { limit = 1, progress = progress }, f)
    assert.same({ { 1, 3, 0, n = 3 }, { 2, 3, 1, n = 3 }, { 3, 3, 1, n = 3 } }, seen)
    seen = {}
    local n = 0
    twilio.map(function()
      n = n + 1
      return n <= 2 and n or nil
    end, { progress = progress }, f)
    assert.same({ { 1, nil, 0, n = 3 }, { 2, nil, 1, n = 3 } }, seen)
  end)

  it("allows progress to send a request", function()
    local client, counts = connect(), {}
    local function progress(done) counts[done] = assert(client.calls:count()) end
    local _, failures = twilio.map({ 1, 2 }, { progress = progress }, function() return true end)
    assert.is_nil(failures)
    assert.same({ 0, 0 }, counts)
    client:close()
  end)

  it("keeps the results if progress raises, starts no further item and returns the error", function()
    local function f(item) return item end
    local function progress() error "broken" end
    local results, failures, stopped = twilio.map({ "a", "b", "c" }, { limit = 1, progress = progress }, f)
    assert.same({ "a", n = 3 }, results)
    assert.same({ "cancelled", "cancelled" }, { failures[2].err.kind, failures[3].err.kind })
    assert.equal(stopped, failures[4])
    assert.matches("^the function 'progress' raised an error: .*map_spec.lua:%d+: broken$", stopped.message)
    results, failures = twilio.map({ "a" }, { progress = progress }, f)
    assert.same({ "a", n = 1 }, results)
    assert.matches("broken$", failures[2].message)
  end)

  it("returns the iterator's failure after its last item", function()
    local client = connect()
    server:post("/_/seed", { Calls = 3 })
    server:post("/_/fault", { Path = "Calls.json", Skip = 1, Status = 403, Body = '{"code":20003,"message":"no"}' })
    local results, failures = twilio.map(client.calls:iter { page_size = 2 }, 5, function(call) return call.sid end)
    assert.equal(2, results.n)
    assert.is_string(results[2])
    assert.matches("^GET .*: 403, error 20003", failures[3].message)
    assert.same({ "api", 403 }, { failures[3].err.kind, failures[3].err.status })
    assert.is_nil(failures[4])
    local again = twilio.map(function() return nil, "the second value of an iterator", "and the third" end, 2, error)
    assert.same({ n = 0 }, again)
    client:close()
  end)

  it("goes on when a debug hook raises anywhere within it: no worker sleeps for ever and no item is lost", function()
    server:post("/_/seed", { Calls = 5 })
    local stalls, raised = 0, 0
    local client = connect {
      wait = function(engine, seconds)
        if engine:flying() == 0 and seconds > 1 then
          stalls = stalls + 1
          if stalls > 3 then error "all workers sleep, and no request is in flight" end
        else
          engine:poll(seconds)
        end
      end,
    }
    local function run(items, instructions)
      local function strike()
        debug.sethook()
        raised = raised + 1
        error "struck"
      end
      local results, failures = twilio.map(items, 2, function(item, index)
        local value = type(item) == "table" and client.calls:get(SID) or item
        -- Raises in this worker after a number of instructions, usually after this function has
        -- returned.
        if index == 2 then debug.sethook(strike, "", instructions) end
        return value or true
      end)
      for i = 1, results.n do assert.is_true(results[i] ~= nil or failures[i] ~= nil, "an item is lost") end
      return results, failures
    end
    for instructions = 1, 120 do
      for _, items in ipairs { { {}, {}, {}, {}, {} }, client.calls:iter({ page_size = 2 }, { prefetch = false }) } do
        local ok, results, failures = pcall(run, items, instructions)
        debug.sethook()
        if ok then
          local first = failures and next(failures)
          if first then assert.matches("struck", failures[first].message, 1, true) end
          assert.is_true(results.n == 5 or failures ~= nil, "the map ended early and silently")
        else -- LuaJIT has one hook for all coroutines, and the hook raised in the pool's coroutine
          assert.matches("struck", results, 1, true)
        end
        assert.equal(0, stalls, instructions)
      end
    end
    assert.is_true(raised > 100)
    client:close()
  end)

  it("runs other items during the pause before a retry", function()
    local client = connect { max_retry_wait = 1 }
    server:post("/_/seed", { Calls = 1 })
    server:post("/_/fault", { Path = "Calls.json", Status = 429, Body = "{}", Header = "Retry-After: 1" })
    local order = {}
    local results = twilio.map({ 1, 2, 3 }, 2, function(i)
      local n = assert(client.calls:count())
      order[#order + 1] = i
      return n
    end)
    assert.same({ 1, 1, 1, n = 3 }, results)
    assert.not_equal(3, order[3])
    client:close()
  end)

  it("obeys deadlines and cancellers", function()
    local canceller = twilio.canceller()
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall" }
    local _, failures = twilio.map({ "deadline", "cancel", "cancelled" }, 3, function(what)
      if what == "deadline" then return client.calls:get(SID, nil, { deadline = 0.05 }) end
      if what == "cancelled" then return client.calls:get(SID, nil, { cancel = canceller }) end
      canceller:cancel()
    end)
    assert.equal("timeout", failures[1].err.kind)
    assert.equal("cancelled", failures[3].err.kind)
    client:close()
  end)

  it("wakes an item that another item cancels", function()
    local canceller = twilio.canceller()
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall" }
    local _, failures = twilio.map({ "wait", "cancel" }, 2, function(what)
      if what == "wait" then return client.calls:get(SID, nil, { cancel = canceller }) end
      canceller:cancel()
    end)
    assert.equal("cancelled", failures[1].err.kind)
    assert.is_nil(failures[2])
    client:close()
  end)

  it("can be nested", function()
    local client = gathering(6)
    local results, failures = twilio.map({ 1, 2 }, 2, function()
      return twilio.map({ 1, 2, 3 }, 3, function() return client.calls:get(SID) end)
    end)
    assert.is_nil(failures)
    for i = 1, 2 do for j = 1, 3 do assert.equal(SID, results[i][j].sid) end end
    client:close()
  end)

  it("blocks for a call in a coroutine that the program has created", function()
    local client = connect()
    server:post("/_/seed", { Calls = 1 })
    local results, failures = twilio.map({ 1, 2 }, 2, function(i)
      local inner = coroutine.wrap(function()
        for _ = 1, 2 do coroutine.yield(assert(client.calls:count()) + i) end
      end)
      return inner() + inner()
    end)
    assert.is_nil(failures)
    assert.same({ 4, 6, n = 2 }, results)
    client:close()
  end)

  it("blocks for a call inside a callback of a C function", function()
    local client = connect()
    server:post("/_/seed", { Calls = 1 })
    local results, failures = twilio.map({ 1, 2, 3 }, 3, function()
      local list, n = { 3, 2, 1 }, 0
      table.sort(list, function(a, b)
        n = n + assert(client.calls:count())
        return a < b
      end)
      return n > 0 and table.concat(list)
    end)
    assert.is_nil(failures)
    assert.same({ "123", "123", "123", n = 3 }, results)
    client:close()
  end)

  it("suspends a call in a loop over an iterator and in pcall, and on Lua 5.1 blocks", function()
    server:post("/_/seed", { Calls = 6 })
    local client = connect()
    local results, failures = twilio.map({ 1, 2, 3 }, 3, function()
      local n = 0
      for _ in client.calls:iter { page_size = 2 } do n = n + 1 end
      local ok, count = pcall(function() return assert(client.calls:count()) end)
      return ok and n + count
    end)
    assert.is_nil(failures)
    assert.same({ 12, 12, 12, n = 3 }, results)
    if YIELDS_EVERYWHERE then
      local gathered = gathering(3)
      local _, failed = twilio.map({ 1, 2, 3 }, 3, function()
        return select(2, pcall(function() return assert(gathered.calls:get(SID)) end))
      end)
      assert.is_nil(failed)
      gathered:close()
    end
    client:close()
  end)

  it("passes the values that an item yields to the host, and the host's values back", function()
    local client = connect()
    local seen = {}
    local thread = coroutine.create(function()
      return twilio.map({ "a", "b" }, 2, function(item)
        client.calls:get(SID)
        local one, two, three = coroutine.yield(item, nil, 3)
        assert(two == nil)
        client.calls:get(SID)
        return item .. one .. three
      end)
    end)
    local packed = { coroutine.resume(thread) }
    while coroutine.status(thread) ~= "dead" do
      assert.is_true(packed[1])
      assert.equal(3, packed[4])
      seen[#seen + 1] = packed[2]
      packed = { coroutine.resume(thread, "<" .. packed[2] .. ">", nil, "!") }
    end
    table.sort(seen)
    assert.same({ "a", "b" }, seen)
    assert.same({ "a<a>!", "b<b>!", n = 2 }, packed[2])
    client:close()
  end)

  it("reports a yield outside any coroutine as the failure of the item", function()
    if coroutine.running() and not select(2, coroutine.running()) then return pending "busted runs specs in a coroutine" end
    local results, failures = twilio.map({ 1, 2 }, 1, function(i)
      if i == 1 then coroutine.yield "x" end
      return i
    end)
    assert.same({ [2] = 2, n = 2 }, results)
    assert.matches("attempt to yield from outside a coroutine", failures[1].message)
  end)

  it("waits for all items in the program's wait function", function()
    local waits = 0
    local client = gathering(4, { wait = function(engine, seconds)
      waits = waits + 1
      engine:poll(seconds)
    end })
    local results, failures = twilio.map(numbers(4), 4, function() return client.calls:get(SID) end)
    assert.is_nil(failures)
    assert.equal(SID, results[4].sid)
    assert.is_true(waits > 0)
    client:close()
  end)

  it("raises the error of the wait function, and cancels the requests", function()
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall", wait = function() error { my = "error" } end,
    }
    local ok, raised = pcall(twilio.map, { 1, 2 }, 2, function() return client.calls:get(SID) end)
    assert.same({ false, "error" }, { ok, raised.my })
    collectgarbage()
    collectgarbage()
    local other = connect()
    assert.equal(404, select(3, other.calls:get(SID)).status)
    client:close()
    other:close()
  end)

  it("works with a transport, and runs one call at a time", function()
    local client, requests = support.client()
    local results = twilio.map(numbers(5), 3, function() return client.calls:get(SID) end)
    assert.equal(5, #requests)
    assert.equal("XX1", results[5].sid)
  end)

  it("frees its workers and requests", function()
    local client = connect()
    local function round()
      twilio.map(numbers(20), 10, function(i)
        if i % 5 == 0 then error "x" end
        return client.calls:get(SID)
      end)
    end
    local kept = setmetatable({}, { __mode = "k" })
    twilio.map({ 1 }, 1, function()
      kept[coroutine.running()] = true
      client.calls:get(SID)
    end)
    round()
    collectgarbage()
    collectgarbage()
    assert.is_nil((next(kept)))
    assert.is_nil((next(require("twilio.waiting").workers)))
    client:close()
  end)

  it("calls ready for each of its calls", function()
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/stall" }
    local asked = 0
    local _, failures = twilio.map({ 1, 2 }, 2, function(i)
      return client.calls:get(SID, nil, { ready = function()
        asked = asked + 1
        return asked < 4 + i
      end })
    end)
    assert.same({ "cancelled", "cancelled" }, { failures[1].err.kind, failures[2].err.kind })
    client:close()
  end)
end)

describe("twilio.all", function()
  it("calls functions at once and returns their results under their keys", function()
    local faults = servers.fault {}
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults.url .. "/gather/3", timeout = 10 }
    local results, failures = twilio.all {
      function() return client.calls:get(SID) end,
      call = function() return client.calls:get(SID) end,
      wrong = function()
        client.calls:get(SID)
        error "x"
      end,
    }
    assert.equal(SID, results[1].sid)
    assert.equal(SID, results.call.sid)
    assert.is_nil(results.wrong)
    assert.matches("x$", failures.wrong.message)
    assert.is_nil(failures.call)
    assert.same({}, (twilio.all {}))
    client:close()
    faults:stop()
  end)
end)
