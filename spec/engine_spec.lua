-- The engine over real HTTP: what it sends how often, and what comes of a server that misbehaves.
local core = require "twilio.core"
local servers = require "spec.support.servers"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("engine", function()
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

  -- A client that meets a behaviour of the fault server whatever it asks for.
  local function meeting(behaviour, options)
    local all = { account_sid = servers.account_sid, auth_token = servers.auth_token, base_url = faults.url .. "/" .. behaviour, retries = 0 }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  local function standard()
    return twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
  end

  local function make(client, options)
    return client.calls:make({ to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }, options)
  end

  -- How many requests the fault server saw, by method.
  local function seen(method)
    local n = 0
    for _, request in ipairs(faults:get "/_/log") do
      if request.method == method then n = n + 1 end
    end
    return n
  end

  describe("keeps connections", function()
    it("so that calls one after the other share one", function()
      local client = standard()
      local call = assert(make(client))
      for _ = 1, 20 do assert(call:refresh()) end
      assert(call:hangup())
      local stats = server:get "/_/stats"
      assert.equal(22, stats.requests)
      assert.equal(1, stats.connections)
    end)

    it("also between clients of one Lua state, and after one is closed", function()
      for _ = 1, 3 do
        local client = standard()
        assert(client.calls:list {})
        client:close()
      end
      assert.equal(1, server:get("/_/stats").connections)
    end)

    it("and sends nothing of one request with the next", function()
      local client = standard()
      local call = assert(make(client))
      assert(client.calls:list {})
      assert(client.calls:delete(assert(call:hangup()).sid))
      assert(client.calls:list {})
      local log = server:get "/_/log"
      local methods = {}
      for i, request in ipairs(log) do methods[i] = request.method end
      assert.same({ "POST", "GET", "POST", "DELETE", "GET" }, methods)
      assert.equal("", log[2].body or "")
      assert.is_nil(log[2].headers["content-type"])
      assert.equal("", log[4].body or "")
      assert.is_nil(log[4].headers["content-type"])
      assert.is_nil(log[4].headers.accept)
      assert.equal("application/json", log[5].headers.accept)
    end)
  end)

  describe("sends a POST once", function()
    it("when a kept connection is closed after the request was read", function()
      local client = meeting "close_reused"
      assert(client.calls:get(SID)) -- the connection is kept
      local call, message, err = make(client)
      assert.is_nil(call)
      assert.equal("network", err.kind)
      assert.equal("maybe", err.sent)
      assert.matches("^POST /2010%-04%-01/Accounts/", message)
      assert.equal(1, seen "POST")
    end)

    it("also when it has no body", function()
      local client = meeting "close_reused"
      assert(client.calls:get(SID))
      local answer, _, err = client:request { method = "POST", path = "/2010-04-01/Accounts.json" }
      assert.is_nil(answer)
      assert.equal("maybe", err.sent)
      assert.equal(1, seen "POST")
    end)

    it("while a GET goes out again by itself", function()
      local client = meeting "close_reused"
      assert(client.calls:get(SID))
      assert(client.calls:get(SID))
      assert.equal(3, seen "GET")
    end)

    it("and a DELETE, which then finds nothing left to delete", function()
      local client = standard()
      local call = assert(assert(make(client)):hangup())
      server:post("/_/fault", { Method = "DELETE", Close = "instead", Handle = "true" })
      assert.is_true(client.calls:delete(call.sid, nil, { retries = 0 }))
      local log = server:get "/_/log"
      assert.same({ 204, 404 }, { log[3].carried_out, log[4].carried_out })
    end)

    it("when a new connection is closed", function()
      local call, _, err = make(meeting "close_before_answer")
      assert.is_nil(call)
      assert.equal("network", err.kind)
      assert.equal("maybe", err.sent)
      assert.equal(1, seen "POST")
    end)
  end)

  describe("tells what came of", function()
    local function failing(behaviour, options)
      local call, message, err = meeting(behaviour, options).calls:get(SID)
      assert.is_nil(call)
      assert.is_nil(message:find "\n")
      return err, message
    end

    it("a server that is not there", function()
      local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = "http://127.0.0.1:1", retries = 0 }
      local _, _, err = make(client)
      assert.equal("network", err.kind)
      assert.equal("no", err.sent)
      assert.is_nil(err.status)
    end)

    it("a host that does not exist", function()
      local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = servers.nowhere, retries = 0 }
      local _, _, err = make(client)
      assert.equal("network", err.kind)
      assert.equal("no", err.sent)
    end)

    it("a connection that is reset", function()
      local err = failing "reset"
      assert.equal("network", err.kind)
      assert.equal("maybe", err.sent)
    end)

    it("an answer that never comes", function()
      local err = failing("stall", { timeout = 0.2 })
      assert.equal("timeout", err.kind)
      assert.equal("maybe", err.sent)
    end)

    it("an answer that stops in its body", function()
      local err = failing("stall_body", { timeout = 0.2 })
      assert.equal("timeout", err.kind)
      assert.equal("yes", err.sent)
      assert.equal(200, err.status)
    end)

    it("a body shorter than its Content-Length", function()
      local err = failing "truncated_body"
      assert.equal("network", err.kind)
      assert.equal("yes", err.sent)
    end)

    it("a header that breaks off", function()
      for _, share in ipairs { 0.04, 0.06 } do
        server:post("/_/fault", { Cut = share, Times = 2 })
        local client = standard()
        for _, ask in ipairs { function() return client.calls:list({}, { retries = 0 }) end, function() return make(client) end } do
          local answer, _, err = ask()
          assert.is_nil(answer)
          assert.same({ "network", "maybe" }, { err.kind, err.sent })
          assert.is_nil(err.status)
        end
      end
    end)

    it("a body longer than its Content-Length: the surplus is nobody's answer", function()
      local own = servers.fault {} -- surplus that comes late would spoil the next request to the same server
      local client = meeting("long_body", { base_url = own.url .. "/long_body" })
      assert.equal(SID, assert(client.calls:get(SID)).sid)
      local call, _, err = client.calls:get(SID)
      assert.is_true(call ~= nil or err.kind == "network")
      own:stop()
    end)

    it("an empty body", function()
      local err = failing "empty"
      assert.equal("decode", err.kind)
      assert.equal(200, err.status)
    end)

    it("truncated JSON", function()
      assert.equal("decode", failing("truncated_json").kind)
    end)

    it("JSON nested 10,000 deep", function()
      assert.equal("decode", failing("deep").kind)
    end)

    it("10 MB of brackets", function()
      assert.equal("decode", failing("brackets").kind)
    end)

    it("a body of 100 MB, in chunks", function()
      local err = failing "huge"
      assert.equal("too_large", err.kind)
    end)

    it("a body of 100 MB, announced", function()
      local err = failing "huge_length"
      assert.equal("too_large", err.kind)
      assert.equal(200, err.status)
      assert.equal("yes", err.sent)
      assert.equal("", err.body or "") -- it was not read
    end)

    it("a body larger than the client allows", function()
      assert.equal("too_large", failing("ok", { max_response = 10 }).kind)
    end)

    it("a compressed body, which is asked for", function()
      assert.equal(SID, assert(meeting("gzip").calls:get(SID)).sid)
      assert.matches("gzip", faults:get("/_/log")[1].headers["accept-encoding"], 1, true)
      assert.equal("decode", failing("gzip_broken").kind)
    end)

    it("HTML from a proxy", function()
      local err = failing "html_502"
      assert.equal("api", err.kind)
      assert.equal(502, err.status)
      assert.equal("decode", failing("html_200").kind)
    end)

    it("what is not HTTP", function()
      assert.equal("network", failing("garbage").kind)
      assert.equal("network", failing("http09").kind)
    end)

    it("a redirect to another host, which is never followed", function()
      local err = failing "redirect_302"
      assert.equal("untrusted", err.kind)
      assert.equal(302, err.status)
    end)

    it("an answer that comes a byte at a time", function()
      assert(meeting("slow").calls:get(SID))
    end)

    it("links to a foreign host, which are never followed", function()
      local page = assert(meeting("foreign_next").calls:list {})
      local none, _, err = page:next()
      assert.is_nil(none)
      assert.equal("untrusted", err.kind)
      assert.equal("no", err.sent)
      assert.equal(1, seen "GET")
    end)
  end)

  describe("in the hands of Lua", function()
    local function begun(client)
      local request = core.request(client.calls, "fetch", SID)
      local engine = select(1, request:hooks())[2]
      engine:submit(request)
      return request, engine
    end

    -- Twenty requests for the same record, all submitted.
    local function submit_twenty(client, sid)
      local requests, engine = {}, nil
      for i = 1, 20 do
        requests[i] = core.request(client.calls, "fetch", sid)
        engine = requests[i]:hooks()[2]
        engine:submit(requests[i])
      end
      return requests, engine
    end

    it("has many requests in flight at once", function()
      local requests, engine = submit_twenty(meeting "stall", SID)
      assert.equal(20, engine:flying())
      for _, request in ipairs(requests) do engine:cancel(request) end
      assert.equal(0, engine:flying())
      while engine:completed() do end
    end)

    it("tells of each request once when it is done", function()
      local client, ids = standard(), {}
      local call = assert(make(client))
      local requests, engine = submit_twenty(client, call.sid)
      for _, request in ipairs(requests) do ids[request:id()] = true end
      while engine:flying() > 0 do
        engine:poll(10)
        for id in function() return engine:completed() end do
          assert.is_true(ids[id])
          ids[id] = nil
        end
      end
      for id in function() return engine:completed() end do ids[id] = nil end
      assert.is_nil(next(ids))
      for _, request in ipairs(requests) do assert.equal(call.sid, request:result().sid) end
    end)

    it("drops a request that is cancelled", function()
      local request, engine = begun(meeting "stall")
      engine:step()
      engine:cancel(request)
      assert.is_true(request:done())
      local _, _, err = request:result()
      assert.equal("cancelled", err.kind)
      assert.equal(0, engine:flying())
      while engine:completed() do end
    end)

    it("drops a request that is collected", function()
      local held = { begun(meeting "stall") }
      local engine = table.remove(held)
      engine:step()
      assert.equal(1, engine:flying())
      held[1] = nil
      collectgarbage()
      collectgarbage()
      assert.equal(0, engine:flying())
    end)

    it("drops the requests of a client that is closed, and of no other", function()
      local client, other = meeting "stall", meeting "stall"
      local request, engine = begun(client)
      local sub = begun(client:account "AC2")
      local stays = begun(other)
      client:close()
      assert.is_true(request:done())
      assert.is_true(sub:done())
      assert.is_false(stays:done())
      local _, _, err = request:result()
      assert.equal("cancelled", err.kind)
      engine:cancel(stays)
      while engine:completed() do end
    end)
  end)
end)
