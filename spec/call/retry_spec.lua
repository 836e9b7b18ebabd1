-- Retries: which requests are sent again, which are never sent again, and what the program learns.
local core = require "twilio.core"
local servers = require "spec.support.servers"
local socket = require "cqueues.socket"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"
local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }

-- Returns a client that gets these responses in order, and then always the last one. "lost" is a
-- network failure.
local function answering(answers, options)
  local all, n = { retries = 3, max_retry_wait = 0.001 }, 0
  for name, value in pairs(options or {}) do all[name] = value end
  return support.client(all, function()
    n = math.min(n + 1, #answers)
    local answer = answers[n]
    if answer == "lost" then return nil, "connection lost" end
    return answer
  end)
end

local function status(code, body, headers)
  return { status = code, body = body or "{}", headers = headers }
end

local OK = status(200, '{"sid":"CA1"}')
local CREATED = status(201, '{"sid":"CA1"}')
local DELETED = { status = 204, body = "" }
local BUSY = status(429, '{"code":20429,"message":"Too Many Requests"}')

describe("retry", function()
  local function attempts(answers, call, options)
    local client, requests = answering(answers, options)
    local result, message, err = call(client)
    return #requests, result, err, message
  end

  local function get(client) return client.calls:get(SID) end
  local function make(client) return client.calls:make(MAKE) end
  local function delete(client) return client.calls:delete(SID) end

  it("sends a GET again after 408, 5xx and a lost connection", function()
    for _, first in ipairs { status(408), status(500), status(502, "<html>"), status(503), "lost" } do
      local n, call = attempts({ first, OK }, get)
      assert.equal(2, n)
      assert.equal("CA1", call.sid)
      assert.equal(2, call:meta().attempts)
    end
  end)

  it("stops after the number of `retries`, and `attempts` counts all attempts", function()
    local n, call, err = attempts({ status(503) }, get)
    assert.is_nil(call)
    assert.equal(4, n)
    assert.equal(4, err.attempts)
    n, call, err = attempts({ status(503) }, get, { retries = 0 })
    assert.is_nil(call)
    assert.same({ 1, 1 }, { n, err.attempts })
    n = attempts({ status(503) }, function(client) return client.calls:get(SID, nil, { retries = 1 }) end)
    assert.equal(2, n)
  end)

  it("does not repeat a request after other statuses, or after invalid JSON", function()
    for _, code in ipairs { 400, 401, 403, 404, 409, 302 } do
      assert.equal(1, (attempts({ status(code), OK }, get)))
    end
    assert.equal(1, (attempts({ status(200, "no JSON"), OK }, get)))
  end)

  it("sends a DELETE again, and treats a 404 to a later attempt as success", function()
    assert.same({ 2, true }, { attempts({ "lost", DELETED }, delete) })
    assert.same({ 2, true }, { attempts({ status(502), status(404, '{"code":20404}') }, delete) })
    local n, result, err = attempts({ status(404, '{"code":20404}') }, delete)
    assert.is_nil(result)
    assert.same({ 1, 404 }, { n, err.status })
    -- A request with the status 429 was not carried out, so it has deleted nothing.
    n, result = attempts({ BUSY, status(404, '{"code":20404}') }, delete)
    assert.is_nil(result)
    assert.equal(2, n)
  end)

  it("never repeats a POST that may have arrived", function()
    for _, first in ipairs { status(408), status(500), status(502, "<html>"), status(503) } do
      local n, call, err = attempts({ first, CREATED }, make)
      assert.is_nil(call)
      assert.same({ 1, "yes" }, { n, err.sent })
    end
    local n, call, err = attempts({ "lost", CREATED }, make)
    assert.is_nil(call)
    assert.same({ 1, "maybe" }, { n, err.sent })
  end)

  it("repeats a POST with the option `repeatable`", function()
    local function again(client) return client.calls:hangup(SID, { repeatable = true }) end
    assert.equal(2, (attempts({ status(502), OK }, again)))
    assert.equal(2, (attempts({ "lost", OK }, again)))
  end)

  it("repeats any request that Twilio has not processed", function()
    for _, first in ipairs { BUSY, status(429, ""), status(429, '{"code":60203}', { ["Retry-After"] = "0" }) } do
      local n, call = attempts({ first, CREATED }, make)
      assert.equal(2, n)
      assert.equal("CA1", call.sid)
    end
  end)

  it("does not repeat a request after a 429 for a limit of a product", function()
    local n, call, err = attempts({ status(429, '{"code":60203,"message":"Max send attempts reached"}'), CREATED }, make)
    assert.is_nil(call)
    assert.same({ 1, 60203 }, { n, err.code })
  end)

  it("reports `maybe` if an earlier attempt may have arrived", function()
    -- After a failure of the transport, the request may have arrived. The canceller prevents the
    -- next attempt.
    local canceller = twilio.canceller()
    local client = support.client({ retries = 3, max_retry_wait = 0.001 }, function()
      canceller:cancel()
      return nil, "connection lost"
    end)
    local _, _, err = client.calls:get(SID, nil, { cancel = canceller })
    assert.same({ "cancelled", "maybe" }, { err.kind, err.sent })
  end)

  describe("waits:", function()
    -- Returns the length of the first pause. The wait function adds up its seconds, and moves the
    -- clock.
    local function first_pause(header, longest)
      local now, slept = core.now, 0
      finally(function() core.now = now end)
      core.now = function() return now() + slept end
      local client = answering({ status(503, "", { ["Retry-After"] = header }), OK }, { max_retry_wait = longest })
      assert(client.calls:get(SID, nil, { wait = function(_, seconds) slept = slept + seconds end }))
      core.now = now
      return slept
    end

    it("as long as Retry-After says, but not longer than max_retry_wait", function()
      local seconds = first_pause("7", 100)
      assert.is_true(seconds > 6 and seconds < 7.01)
      seconds = first_pause("7", 2)
      assert.is_true(seconds > 1 and seconds < 2.01)
    end)

    it("not if less than 10 ms would be left before the deadline", function()
      local seen = 0
      local client = support.client({ deadline = 0.1, retries = 3 }, function(request)
        seen = seen + 1
        local over = core.now() + request.timeout - 0.005
        repeat until core.now() >= over
        return status(429, "{}", { ["Retry-After"] = "0" })
      end)
      assert.equal(429, select(3, get(client)).status)
      assert.equal(1, seen)
    end)

    it("not if the pause would end after the deadline: the failure is returned at once", function()
      local n, call, err = attempts({ status(503, "", { ["Retry-After"] = "60" }), OK }, get, { max_retry_wait = 100, deadline = 5 })
      assert.is_nil(call)
      assert.same({ 1, 503, 60 }, { n, err.status, err.retry_after })
    end)

    it("no longer after its client was closed by the wait function", function()
      local client
      client = answering({ status(503, "", { ["Retry-After"] = "600" }), OK }, { max_retry_wait = 600 })
      local call, _, err = client.calls:get(SID, nil, { wait = function() client:close() end })
      assert.is_nil(call)
      assert.same({ "cancelled", "maybe" }, { err.kind, err.sent })
    end)

    it("at most one second at a time if other code can close the client", function()
      local client, waits = nil, 0
      client = answering({ status(503, "", { ["Retry-After"] = "600" }), OK }, { max_retry_wait = 600, wait = function(_, seconds)
        waits = waits + 1
        assert.is_true(seconds <= 1)
        if waits == 5 then client:close() end
      end })
      local results, failures = twilio.map({ 1 }, 1, function() return client.calls:get(SID) end)
      assert.is_nil(results[1])
      assert.equal("cancelled", failures[1].err.kind, failures[1].message)
      client = answering({ status(503, "", { ["Retry-After"] = "600" }), OK }, { max_retry_wait = 600, wait = coroutine.yield })
      local thread = coroutine.create(function() return select(3, client.calls:get(SID)).kind end)
      assert.is_true(select(3, coroutine.resume(thread)) <= 1)
      client:close()
      assert.equal("cancelled", select(2, coroutine.resume(thread)))
    end)

    it("in the wait function, which may suspend", function()
      local client = answering({ status(503), status(503), OK }, { max_retry_wait = 0.01, wait = coroutine.yield })
      local call
      local co = coroutine.create(function() call = client.calls:get(SID) end)
      local suspended = 0
      while coroutine.status(co) ~= "dead" do
        assert(coroutine.resume(co))
        suspended = suspended + 1
      end
      assert.equal("CA1", call.sid)
      assert.is_true(suspended >= 1)
    end)
  end)

  it("logs each attempt, with the time until the next attempt", function()
    local lines = {}
    local client = answering({ status(503), OK }, { log = function(level, message, fields) lines[#lines + 1] = { level, message, fields } end })
    assert(client.calls:get(SID))
    assert.equal(2, #lines)
    assert.equal("warn", lines[1][1])
    assert.matches("again in", lines[1][2], 1, true)
    assert.is_number(lines[1][3].retry_in)
    assert.is_nil(lines[2][3].retry_in)
    assert.equal(2, lines[2][3].attempts)
  end)

  it("raises for options with invalid values", function()
    for _, options in ipairs { { retries = -1 }, { retries = 1.5 }, { retries = "3" }, { retries = 101 }, { deadline = 0 }, { repeatable = "yes" },
      { cancel = true }, { max_retry_wait = -1 } } do
      assert.is_false((pcall(function() return support.client().calls:get(SID, nil, options) end)))
    end
    assert.is_false((pcall(support.client, { repeatable = true })))
  end)

  describe("over a real network", function()
    local server, faults

    setup(function()
      server = servers.twilio {}
      faults = servers.fault {}
    end)
    teardown(function()
      server:stop()
      faults:stop()
    end)
    before_each(function()
      server:post("/_/reset", {})
      faults:post("/_/reset", {})
    end)

    local function client(options)
      local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url, max_retry_wait = 0.01 }
      for name, value in pairs(options or {}) do all[name] = value end
      return twilio.client(all)
    end

    it("repeats a POST if no connection could be established", function()
      local _, _, err = make(client { base_url = "http://127.0.0.1:1" })
      assert.same({ "network", "no", 4 }, { err.kind, err.sent, err.attempts })
    end)

    describe("reads 100 pages, or raises, if every third request gets", function()
      -- Ways to walk a list. Each calls `note(record)`, and returns the error if the walk ends
      -- early.
      local function walk(prefetch)
        return function(c, note)
          local it = c.calls:iter({ page_size = 1 }, { prefetch = prefetch })
          local ok = pcall(function()
            for call in it do note(call) end
          end)
          assert.equal(ok, it.error == nil)
          return it.error
        end
      end

      local function turn_pages(c, note)
        local page, message, err = c.calls:list { page_size = 1 }
        while page do
          for _, call in ipairs(page) do note(call) end
          page, message, err = page:next()
        end
        assert.equal(message == nil, err == nil)
        return err
      end

      local ways = { ["without prefetch"] = walk(false), ["with prefetch"] = walk(true), ["page by page"] = turn_pages }

      -- Makes 100 calls, which are the same after each reset. Returns their SIDs in the order of
      -- the list.
      local function seed()
        server:post("/_/reset", {})
        server:post("/_/seed", { Calls = 100 })
        local sids = {}
        for call in client().calls:iter {} do sids[#sids + 1] = call.sid end
        return sids
      end

      local function check(fault, kind, timeout)
        fault.Skip, fault.Times, fault.Every = 2, 1000, 3
        for way, read in pairs(ways) do
          local expected = seed()
          server:post("/_/fault", fault)
          local seen = {}
          local err = read(client { timeout = timeout or 20, max_retry_wait = 0.001 }, function(call) seen[#seen + 1] = call.sid end)
          assert.equal(kind, err and err.kind, way)
          for i, sid in ipairs(seen) do assert.equal(expected[i], sid, way) end
          assert.equal(kind and 2 or 100, #seen, way)
        end
      end

      it("a 503", function() check { Status = 503, Body = "" } end)
      it("a 429 with Retry-After", function() check { Status = 429, Body = "", Header = "Retry-After: 1" } end)
      it("the error page of a proxy", function() check { Status = 502, Body = "<html>", Header = "Content-Type: text/html" } end)
      it("a closed connection", function() check { Close = "instead" } end)
      it("a closed connection after it was carried out", function() check { Close = "instead", Handle = "true" } end)
      it("incomplete headers", function() check { Cut = 0.05 } end)
      it("an incomplete body", function() check { Cut = 0.9 } end)
      it("a response and a closed connection", function() check { Close = "after" } end)
      it("a body that is not JSON (raises)", function() check({ Body = "<html>" }, "decode") end)
      it("a 403 (raises)", function() check({ Status = 403, Body = "" }, "api") end)
      it("a response that stalls (raises)", function() check({ Cut = 0.9, Hold = "true" }, "timeout", 0.3) end)
    end)

    describe("reports for the whole call", function()
      -- Makes a call to a server that stops after the first attempt. This attempt gets `fault`.
      -- Returns the error.
      local function gone_after(fault, call)
        local own = servers.twilio {}
        own:post("/_/fault", fault)
        local c = client { base_url = own.url, log = function() own:stop() end }
        local result, _, err = call(c)
        c:close()
        assert.is_nil(result)
        return err
      end

      it("`no` if each attempt that was sent got a 429", function()
        local err = gone_after({ Path = "Calls", Status = 429, Body = "{}", Header = "Retry-After: 0", Close = "after" }, make)
        assert.same({ "network", "no", 4 }, { err.kind, err.sent, err.attempts })
      end)

      it("`maybe` if an earlier attempt may have arrived", function()
        local err = gone_after({ Path = "Calls", Close = "instead" }, function(c)
          return c.calls:hangup(SID, { repeatable = true })
        end)
        assert.same({ "network", "maybe", 4 }, { err.kind, err.sent, err.attempts })
      end)

      it("`yes` if the last attempt got a response, whatever happened to earlier attempts", function()
        server:post("/_/fault", { Path = "Calls", Close = "instead" })
        local _, _, err = client().calls:hangup(SID, { repeatable = true })
        assert.same({ "api", 404, "yes", 2 }, { err.kind, err.status, err.sent, err.attempts })
      end)
    end)

    it("repeats any request after a timeout without a connection, and none after a later timeout", function()
      local listener = socket.listen("127.0.0.1", 0) -- accepts no connection, so that the TLS handshake gets no response
      listener:listen()
      local _, _, port = listener:localname()
      local _, _, err = make(client { base_url = "https://127.0.0.1:" .. port, connect_timeout = 0.05, retries = 1 })
      assert.same({ "timeout", "no", 2 }, { err.kind, err.sent, err.attempts })
      listener:close()
      for _, call in ipairs { make, get } do
        err = select(3, call(client { base_url = faults.url .. "/stall", timeout = 0.1, retries = 1 }))
        assert.same({ "timeout", "maybe", 1 }, { err.kind, err.sent, err.attempts })
      end
    end)

    it("does not repeat a POST after a lost connection", function()
      local _, _, err = make(client { base_url = faults.url .. "/close_before_answer" })
      assert.same({ "network", "maybe", 1 }, { err.kind, err.sent, err.attempts })
      assert.equal(1, #faults:get "/_/log")
    end)

    it("ends the attempt in flight in request:give_up", function()
      local request = core.request(client({ base_url = faults.url .. "/stall" }).calls, "list")
      local engine = request:hooks().engine
      engine:submit(request)
      request:give_up()
      assert.is_true(request:done())
      assert.equal(0, engine:flying())
      assert.equal(request:id(), engine:completed())
    end)
  end)
end)
