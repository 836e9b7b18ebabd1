-- The engine over real HTTP: how often it sends a request, and its results with a faulty server.
local core = require "twilio.core"
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
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

  -- Returns a client. All its requests get the same behaviour of the fault server.
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

  -- Returns how many requests of this method the fault server received.
  local function seen(method)
    local n = 0
    for _, request in ipairs(faults:get "/_/log") do
      if request.method == method then n = n + 1 end
    end
    return n
  end

  describe("reuses connections", function()
    it("for consecutive calls", function()
      local client = standard()
      local call = assert(make(client))
      for _ = 1, 20 do assert(call:refresh()) end
      assert(call:hangup())
      local stats = server:get "/_/stats"
      assert.equal(22, stats.requests)
      assert.equal(1, stats.connections)
    end)

    it("for clients of one Lua state, even after a client is closed", function()
      for _ = 1, 3 do
        local client = standard()
        assert(client.calls:list {})
        client:close()
      end
      assert.equal(1, server:get("/_/stats").connections)
    end)

    it("without sending parts of one request with the next", function()
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
    it("if a reused connection is closed after the request was read", function()
      local client = meeting "close_reused"
      assert(client.calls:get(SID)) -- opens the connection that the POST reuses
      local call, message, err = make(client)
      assert.is_nil(call)
      assert.equal("network", err.kind)
      assert.equal("maybe", err.sent)
      assert.matches("^POST /2010%-04%-01/Accounts/", message)
      assert.equal(1, seen "POST")
    end)

    it("even if it has no body", function()
      local client = meeting "close_reused"
      assert(client.calls:get(SID))
      local answer, _, err = client:request { method = "POST", path = "/2010-04-01/Accounts.json" }
      assert.is_nil(answer)
      assert.equal("maybe", err.sent)
      assert.equal(1, seen "POST")
    end)

    it("but a GET again, through libcurl", function()
      local client = meeting "close_reused"
      assert(client.calls:get(SID))
      assert(client.calls:get(SID))
      assert.equal(3, seen "GET")
    end)

    it("but a DELETE again, which succeeds although the second response is 404", function()
      local client = standard()
      local call = assert(assert(make(client)):hangup())
      server:post("/_/fault", { Method = "DELETE", Close = "instead", Handle = "true" })
      assert.is_true(client.calls:delete(call.sid, nil, { retries = 0 }))
      local log = server:get "/_/log"
      assert.same({ 204, 404 }, { log[3].carried_out, log[4].carried_out })
    end)

    it("if a new connection is closed", function()
      local call, _, err = make(meeting "close_before_answer")
      assert.is_nil(call)
      assert.equal("network", err.kind)
      assert.equal("maybe", err.sent)
      assert.equal(1, seen "POST")
    end)
  end)

  describe("reports", function()
    local function failing(behaviour, options)
      local call, message, err = meeting(behaviour, options).calls:get(SID)
      assert.is_nil(call)
      assert.is_nil(message:find "\n")
      return err, message
    end

    it("a server that refuses the connection", function()
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

    it("a response that never arrives", function()
      local err = failing("stall", { timeout = 0.2 })
      assert.equal("timeout", err.kind)
      assert.equal("maybe", err.sent)
    end)

    it("a response that stops within its body", function()
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

    it("headers that are cut off", function()
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

    it("a body longer than its Content-Length, whose surplus is not another response", function()
      -- late surplus bytes would disturb the next request to a shared server
      local own = servers.fault {}
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

    it("a body of 100 MB, with Content-Length", function()
      local err = failing "huge_length"
      assert.equal("too_large", err.kind)
      assert.equal(200, err.status)
      assert.equal("yes", err.sent)
      assert.equal("", err.body or "") -- it was not read
    end)

    it("a body larger than the client allows", function()
      assert.equal("too_large", failing("ok", { max_response = 10 }).kind)
    end)

    it("a compressed body, which it has accepted by Accept-Encoding", function()
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

    it("a response that is not HTTP", function()
      assert.equal("network", failing("garbage").kind)
      assert.equal("network", failing("http09").kind)
    end)

    it("a redirect to another host, which it does not follow", function()
      local err = failing "redirect_302"
      assert.equal("untrusted", err.kind)
      assert.equal(302, err.status)
    end)

    it("a response that arrives one byte at a time", function()
      assert(meeting("slow").calls:get(SID))
    end)

    it("links to a foreign host, which it does not follow", function()
      local page = assert(meeting("foreign_next").calls:list {})
      local none, _, err = page:next()
      assert.is_nil(none)
      assert.equal("untrusted", err.kind)
      assert.equal("no", err.sent)
      assert.equal(1, seen "GET")
    end)
  end)

  -- Each response contains the SID of its request, so a response to another request is detected.
  describe("gives each call its own response", function()
    -- RANDOM_SCALE=1 sends ten times as many calls.
    local SCALE, AT_ONCE = tonumber(os.getenv "RANDOM_SCALE") or 0.1, 16
    local CALLS, RELOADED = 2000 * SCALE, 4000 * SCALE
    local secure

    setup(function() secure = servers.fault { tls = true } end)
    teardown(function() secure:stop() end)
    before_each(function() secure:post "/_/take" end)

    -- Runs in a new process, because a connection set stops using HTTP/2 after such a host.
    -- Every second request is a POST.
    -- Prints the numbers of right and wrong responses, and each request that failed.
    local PROGRAM = [[
      local twilio = require "twilio"
      local client = twilio.client {
        account_sid = "AC1", auth_token = "t", base_url = os.getenv "CALLS_URL", ca_file = os.getenv "CALLS_CA", retries = 0, timeout = 60,
      }
      local right, wrong, lost, numbers = 0, 0, {}, {}
      for n = 1, tonumber(os.getenv "CALLS") do numbers[n] = n end
      local function ask(n)
        local sid, to = ("CA%032x"):format(n), "+1555" .. n
        local call, _, err
        if n % 2 == 0 then
          call, _, err = client.calls:create { to = to, from = "+15017122661", url = "http://foo.com/call.xml" }
        else
          call, _, err = client.calls(sid):fetch()
        end
        if err then
          lost[#lost + 1] = ("lost %d %s %s"):format(n, err.kind, err.sent)
        elseif (n % 2 == 0 and call.to or call.sid) == (n % 2 == 0 and to or sid) then
          right = right + 1
        else
          wrong = wrong + 1
        end
      end
      local changes, change = tonumber(os.getenv "CHANGES" or 0), os.getenv "CHANGE"
      local _, failures = twilio.map(numbers, tonumber(os.getenv "AT_ONCE"), function(n)
        if changes > 0 and n % changes == 0 then
          local done = os.execute(("%s %d"):format(change, n / changes % 2))
          assert(done == true or done == 0, "it was not changed")
        end
        ask(n)
      end)
      assert(not failures, failures and failures[1])
      print("right", right)
      print("wrong", wrong)
      print(table.concat(lost, "\n"))
    ]]

    -- Returns the numbers of right and wrong responses, and for each request that failed { kind,
    -- sent }.
    local function ask_many(variables)
      local output = support.run(PROGRAM, variables)
      local lost = {}
      for n, kind, sent in output:gmatch "lost (%d+) (%l+) (%l+)" do lost[tonumber(n)] = { kind, sent } end
      return tonumber(output:match "right\t(%d+)") or error(output), tonumber(output:match "wrong\t(%d+)"), lost
    end

    -- Returns how often the server received the POST of each call.
    local function created()
      local times = {}
      for _, request in ipairs(secure:get "/_/log") do
        local n = tonumber(request.body:match "To=%%2B1555(%d+)")
        if n then times[n] = (times[n] or 0) + 1 end
      end
      return times
    end

    -- The server closes connections while requests are in flight. A GET is sent again, a POST is
    -- not.
    for _, port in ipairs { "h2_by_turns", "h2_unwilling" } do
      it(("if a host alternates between HTTP/2 and HTTP/1.1: %s"):format(port), function()
        local right, wrong, lost = ask_many {
          CALLS_URL = secure:secure_url(port) .. "/echo/20", CALLS_CA = secure.authority, CALLS = CALLS, AT_ONCE = AT_ONCE,
        }
        assert.equal(0, wrong)
        assert.is_true(right > CALLS / 2)
        local times, failed = created(), 0
        for n = 1, CALLS do
          if lost[n] then
            failed = failed + 1
            assert.same({ "network", "maybe" }, lost[n])
            assert.is_true((times[n] or 0) <= 1)
          else
            assert.equal(n % 2 == 0 and 1 or nil, times[n])
          end
        end
        assert.equal(CALLS, right + failed)
      end)
    end

    it("and continues over HTTP/1.1 if the server requires it", function()
      local right, wrong, lost = ask_many {
        CALLS_URL = secure:secure_url "h2_unwilling" .. "/echo", CALLS_CA = secure.authority, CALLS = 20, AT_ONCE = 1,
      }
      -- the first request is a GET, which is sent again; a POST would fail with sent = "maybe"
      assert.same({ 20, 0, {} }, { right, wrong, lost })
    end)

    it("while nginx turns HTTP/2 off and on again", function()
      if nginx.absent() then return pending(nginx.absent()) end
      if not shell.has "openssl" then return pending "openssl makes the certificate" end
      local directory = shell.directory()
      shell.must(("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 " ..
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem"):format(shell.quote(directory)))
      local free = servers.fault {} -- its port is free after it is stopped
      local port = free.port
      free:stop()
      shell.write(directory .. "/0", ("listen 127.0.0.1:%d ssl;"):format(port))
      shell.write(directory .. "/1", ("listen 127.0.0.1:%d ssl http2;"):format(port))
      shell.must(("cp %s/1 %s/listen"):format(directory, directory))
      local origin = nginx.start { workers = 4, server = ([[
        include %s/listen;
        ssl_certificate %s/certificate.pem;
        ssl_certificate_key %s/key.pem;
        http2_max_concurrent_streams 4;
        location / {
          content_by_lua_block {
            ngx.req.read_body()
            local sid = ngx.var.uri:match "/(CA%%x+)%%.json$" or "CA0123456789abcdef0123456789abcdef"
            ngx.sleep(math.random(1, 40) / 1000) -- some requests are in flight at each change
            ngx.header.content_type = "application/json"
            ngx.print('{"sid":"' .. sid .. '","to":"' .. (ngx.req.get_post_args().To or "") .. '","status":"queued"}')
          }
        }]]):format(directory, directory, directory) }
      local change = directory .. "/change"
      shell.write(change, ("cp %s/$1 %s/listen && kill -HUP %s\n"):format(directory, directory, origin.pid))
      local right, wrong = ask_many {
        CALLS_URL = ("https://127.0.0.1:%d"):format(port), CALLS_CA = directory .. "/certificate.pem", CALLS = RELOADED, AT_ONCE = 48,
        CHANGE = "sh " .. change, CHANGES = 100,
      }
      origin:stop()
      shell.run("rm -r " .. shell.quote(directory))
      assert.equal(0, wrong)
      assert.is_true(right > RELOADED / 2)
    end)
  end)

  describe("called from Lua", function()
    local function begun(client)
      local request = core.request(client.calls, "fetch", SID)
      local engine = request:hooks().engine
      engine:submit(request)
      return request, engine
    end

    -- Submits twenty requests for the same record.
    local function submit_twenty(client, sid)
      local requests, engine = {}, nil
      for i = 1, 20 do
        requests[i] = core.request(client.calls, "fetch", sid)
        engine = requests[i]:hooks().engine
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

    it("returns the id of each completed request once", function()
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

    it("ends a request that is cancelled", function()
      local request, engine = begun(meeting "stall")
      engine:step()
      engine:cancel(request)
      assert.is_true(request:done())
      local _, _, err = request:result()
      assert.equal("cancelled", err.kind)
      assert.equal(0, engine:flying())
      while engine:completed() do end
    end)

    it("ends a request that is collected", function()
      local held = { begun(meeting "stall") }
      local engine = table.remove(held)
      engine:step()
      assert.equal(1, engine:flying())
      held[1] = nil
      collectgarbage()
      collectgarbage()
      assert.equal(0, engine:flying())
    end)

    it("ends the requests of a client that is closed, and of no other client", function()
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
