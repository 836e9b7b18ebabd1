-- Calls in a real nginx: where calls suspend, block or fail, and what happens to calls when workers
-- start and exit.
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local webhooks = require "spec.support.webhooks"

local SID = "CA0123456789abcdef0123456789abcdef"
local problem = nginx.problem()

local function needs_nginx(name, f)
  it(name, function()
    if problem then return pending(problem) end
    f()
  end)
end

describe("in nginx", function()
  local faults, site

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post "/_/reset" end)
  after_each(function()
    if site then site:stop() end
    site = nil
  end)

  local LIBRARY = [[
    init_by_lua_block {
      twilio = require "twilio"
      SID = "%s"
      function client_of(behaviour, options)
        local all = { account_sid = "AC1", auth_token = "t", base_url = "%s/" .. behaviour, timeout = 20 }
        for name, value in pairs(options or {}) do all[name] = value end
        return twilio.client(all)
      end
      %s
    }
    %s
  ]]

  local PING = [[
    location = /ping { return 200 "pong"; }
    location = /timers { content_by_lua_block { ngx.say(ngx.timer.running_count() + ngx.timer.pending_count()) } }
  ]]

  -- nginx with the library; `init` runs in the master.
  local function start(options)
    site = nginx.start {
      workers = options.workers,
      main = options.main,
      http = LIBRARY:format(SID, faults.url, options.init or "", options.http or ""),
      server = PING .. options.server,
    }
    return site
  end

  local function held(n)
    nginx.until_true(function() return faults:get("/_/held").held == n end)
  end

  local function idle()
    nginx.until_true(function() return site:get "/timers" == "0\n" end)
  end

  needs_nginx("calls suspend in rewrite, access, content and timers, and the pump's timer ends after them", function()
    start {
      init = 'client = client_of "gather/4"',
      server = [[
        location = /rewrite {
          rewrite_by_lua_block { ngx.ctx.sid = client.calls:get(SID).sid }
          content_by_lua_block { ngx.say(ngx.ctx.sid) }
        }
        location = /access {
          access_by_lua_block { ngx.ctx.sid = client.calls:get(SID).sid }
          content_by_lua_block { ngx.say(ngx.ctx.sid) }
        }
        location = /content { content_by_lua_block { ngx.say(client.calls:get(SID).sid) } }
        location = /timer { content_by_lua_block {
          local semaphore, sid = require("ngx.semaphore").new(), nil
          ngx.timer.at(0, function()
            sid = client.calls:get(SID).sid
            semaphore:post(1)
          end)
          semaphore:wait(20)
          ngx.say(sid)
        } }
      ]],
    }
    local waiting = {}
    for _, phase in ipairs { "rewrite", "access", "content", "timer" } do waiting[#waiting + 1] = site:begin("/" .. phase) end
    for _, wait in ipairs(waiting) do assert.equal(SID .. "\n", (wait())) end
    idle()
    assert.not_matches("[error]", site:stop(), 1, true)
  end)

  needs_nginx("other requests are served while 64 calls wait", function()
    start { init = 'client = client_of "hold"', server = "location = /call { content_by_lua_block { ngx.say(client.calls:get(SID).sid) } }" }
    local answers = site:together("/call", 64)
    held(64)
    assert.equal("pong", (site:get "/ping"))
    assert.equal(64, faults:get("/_/held").held)
    faults:post "/_/release"
    local lines = answers()
    assert.equal(64, #lines)
    for _, line in ipairs(lines) do assert.equal(SID, line) end
    idle()
  end)

  needs_nginx("calls suspend in coroutines, pcall, iterators and metamethods", function()
    start {
      init = 'client = client_of "gather/2"',
      server = [[
        location = /coroutine { content_by_lua_block {
          ngx.say(coroutine.wrap(function() return (select(2, pcall(function() return client.calls:get(SID).sid end))) end)())
        } }
        location = /metamethod { content_by_lua_block {
          local lazy = setmetatable({}, { __index = function(_, sid) return client.calls:get(sid).sid end })
          ngx.say(lazy[SID])
        } }
      ]],
    }
    local one, two = site:begin "/coroutine", site:begin "/metamethod"
    assert.equal(SID .. "\n", (one()))
    assert.equal(SID .. "\n", (two()))
  end)

  needs_nginx("calls that can neither suspend nor block fail with the kind host, and nothing is sent", function()
    start {
      init = ('client = client_of "ok"\noauth = twilio.client { account_sid = "AC1", client_id = "OQ1", client_secret = "s", base_url = "%s/ok" }')
        :format(faults.url) .. [[

        local stub = twilio.client {
          account_sid = "AC1", auth_token = "t",
          transport = function() return { status = 200, body = '{"sid":"CA1","status":"queued"}' } end,
        }
        local queued = assert(stub.calls:get "CA1")

        function report()
          local call, message, err = client.calls:get(SID)
          assert(select(3, queued:wait_for "completed").kind == "host")
          assert(select(3, oauth.calls:get(SID)).kind == "host")
          local walked, problem = pcall(function() for _ in client.calls:iter() do end end)
          local results, failures = twilio.map({ 1 }, { rate = 1 }, function() return client.calls:get(SID) end)
          assert(select(3, twilio.sleep(60)).kind == "host")
          local function names_timer(text) return tostring(text:find("ngx.timer.at", 1, true) ~= nil) end
          ngx.log(ngx.ERR, "<", ngx.get_phase(), " ", tostring(call), " ", err.kind, " ", err.sent, " ", names_timer(message), " ",
            not walked and names_timer(problem), " ", failures[1].err.kind, ">")
        end]],
      server = [[
        location = /phases {
          set_by_lua_block $x { report() return 1 }
          content_by_lua_block { ngx.say "fine" }
          header_filter_by_lua_block { report() }
          body_filter_by_lua_block { if not ngx.arg[2] then report() end }
          log_by_lua_block { report() }
        }
        location = /sort { content_by_lua_block {
          table.sort({ 1, 2, 3 }, function(a, b) report() return a < b end)
          ngx.say "fine"
        } }
      ]],
    }
    assert.equal("fine\n", (site:get "/phases"))
    assert.equal("fine\n", (site:get "/sort"))
    assert.equal(0, faults:get("/_/stats").requests)
    local log = site:stop()
    for _, phase in ipairs { "set", "header_filter", "body_filter", "log", "content" } do
      assert.matches("<" .. phase .. " nil host no true true host>", log, 1, true)
    end
  end)

  needs_nginx("calls block in init and init_worker, and a client created there works in all workers", function()
    start {
      workers = 2,
      init = 'client = client_of "gather/1"\nsid = assert(client.calls:get(SID)).sid\nholding = client_of "hold"',
      http = [[
        init_worker_by_lua_block {
          local results, failures = twilio.map({ 1, 2 }, 2, function(i) return assert(client.calls:get(SID)).sid end)
          worker_sid = failures and failures[1].message or results[2]
        }]],
      server = [[
        location = /sids { content_by_lua_block { ngx.say(sid, " ", worker_sid, " ", holding.calls:get(SID).sid) } }
      ]],
    }
    local answers = site:together("/sids", 8)
    held(8)
    faults:post "/_/release"
    local lines = answers()
    assert.equal(8, #lines)
    for _, line in ipairs(lines) do assert.equal(SID .. " " .. SID .. " " .. SID, line) end
  end)

  needs_nginx("every request gets its own response in two workers, with connections in the master as well", function()
    start {
      workers = 2,
      init = [[
        client = client_of "gather/32"
        function get(number, who)
          local sid = ("CA%032d"):format(number)
          local call, message = client.calls:get(sid, nil, { extra = { Who = who } })
          return who .. " " .. sid .. " " .. (call and call.sid or message)
        end
        local numbers = {}
        for i = 1, 32 do numbers[i] = i end
        in_master = twilio.map(numbers, 32, function(i) return get(i, "master") end)
      ]],
      server = [[
        location = /master { content_by_lua_block { ngx.say(table.concat(in_master, "\n")) } }
        location = /call { content_by_lua_block { ngx.say(get(ngx.var.args, "worker-" .. ngx.worker.pid())) } }
      ]],
    }
    -- Returns how many processes sent the 32 requests of these lines.
    local function makers(lines)
      local names, count, asked = {}, 0, {}
      for _, line in ipairs(lines) do
        local who, sid, answer = line:match "^(%S+) (%S+) (.*)$"
        assert.equal(sid, answer)
        if not names[who] then count = count + 1 end
        names[who], asked[tonumber(sid:sub(3))] = true, true
      end
      for i = 1, 32 do assert.is_true(asked[i]) end
      return count
    end
    assert.equal(1, makers(shell.lines((site:get "/master"))))
    nginx.until_true(function() return makers(site:together("/call", 32)()) == 2 end) -- nginx chooses the worker of each request
    local owners = {}
    for _, request in ipairs(faults:get "/_/log") do
      local who = request.target:match "Who=([%w-]+)$"
      assert.equal(who, owners[request.connection] or who)
      owners[request.connection] = who
    end
  end)

  needs_nginx("the pause before a retry suspends", function()
    start {
      init = [[
        asked, canceller = 0, twilio.canceller()
        client = client_of("ok", { max_retry_wait = 600, transport = function()
          asked = asked + 1
          return { status = 429, headers = { ["retry-after"] = "600" } }
        end })]],
      server = [[
        location = /call { content_by_lua_block { ngx.say(select(3, client.calls:get(SID, nil, { cancel = canceller })).kind) } }
        location = /asked { content_by_lua_block { ngx.say(asked) } }
        location = /cancel { content_by_lua_block { canceller:cancel() } }
      ]],
    }
    local answer = site:begin "/call"
    nginx.until_true(function() return site:get "/asked" == "1\n" end)
    assert.equal("pong", (site:get "/ping"))
    site:get "/cancel"
    assert.equal("cancelled\n", (answer()))
  end)

  needs_nginx("a wait of less than a millisecond suspends", function()
    start {
      init = 'client, state = client_of "ok", {}',
      server = [[
        location = /wait { content_by_lua_block {
          local engine = require("twilio.core").request(client.calls, "fetch", SID):hooks().engine
          local waiter, waits = require("twilio.waiting").new_waiter(), 0
          repeat
            state.has_begun = true
            waiter:sleep(engine, 0.0001)
            waits = waits + 1
          until state.has_ended or waits == 100000 -- without suspending, no other request would end the loop
          ngx.say(state.has_ended and "ended" or "never suspended")
        } }
        location = /has_begun { content_by_lua_block { ngx.say(tostring(state.has_begun)) } }
        location = /end { content_by_lua_block { state.has_ended = true } }
      ]],
    }
    local answer = site:begin "/wait"
    nginx.until_true(function() return site:get "/has_begun" == "true\n" end)
    site:get "/end"
    assert.equal("ended\n", (answer()))
  end)

  needs_nginx("twilio.map has its calls in flight at once, and suspends only its own request", function()
    start {
      init = 'client = client_of "hold"',
      server = [[
        location = /map { content_by_lua_block {
          local results, failures = twilio.map({ 1, 2, 3, 4, 5 }, 5, function(i)
            ngx.sleep(0)
            return client.calls:get(SID)
          end)
          ngx.say(failures and failures[1].message or results[5].sid)
        } }
      ]],
    }
    local answer = site:begin "/map"
    held(5)
    assert.equal("pong", (site:get "/ping"))
    faults:post "/_/release"
    assert.equal(SID .. "\n", (answer()))
    idle()
  end)

  needs_nginx("twilio.sleep, also in twilio.map, suspends only its own request", function()
    start {
      init = [[
        released, sleeping = false, 0
        function sleep_until_released()
          sleeping = sleeping + 1
          while not released do assert(twilio.sleep(0.001)) end
        end
      ]],
      server = [[
        location = /sleep { content_by_lua_block {
          sleep_until_released()
          ngx.say "awake"
        } }
        location = /map { content_by_lua_block {
          local results, failures, stopped = twilio.map({ 1, 2, 3 }, { rate = 100 }, function(i)
            sleep_until_released()
            return i * 2
          end)
          ngx.say(failures and failures[1].message or results[3])
        } }
        location = /sleeping { content_by_lua_block { ngx.say(sleeping) } }
        location = /release { content_by_lua_block { released = true ngx.say "released" } }
      ]],
    }
    local one, two = site:begin "/sleep", site:begin "/map"
    nginx.until_true(function() return site:get "/sleeping" == "4\n" end)
    assert.equal("released\n", (site:get "/release"))
    assert.equal("awake\n", (one()))
    assert.equal("6\n", (two()))
    assert.not_matches("[error]", site:stop(), 1, true)
  end)

  needs_nginx("record:wait_for suspends only its own request, alone and in twilio.map", function()
    local server = servers.twilio { now = 1300000000 }
    finally(function() server:stop() end)
    server:post("/_/clock", { Seconds = 0, Sent = 1, Delivered = 2 })
    start {
      init = ("function client() return twilio.client { account_sid = %q, auth_token = %q, base_url = %q } end"):format(server.account_sid,
        server.auth_token, server.url),
      server = [[
        location = /wait { content_by_lua_block {
          local c = client()
          local results, failures = twilio.map({ 1, 2 }, 2, function()
            local sms = assert(c.messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" })
            return sms:wait_for("delivered", { interval = 0.01, max_interval = 0.05 })
          end)
          local sms = assert(c.messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" })
          assert(sms:wait_for("delivered", { interval = 0.01, max_interval = 0.05 }))
          ngx.say(failures and failures[1].message or results[2].status, " ", sms.status)
        } }
      ]],
    }
    local answer = site:begin "/wait"
    -- Each message is fetched several times before the clock moves.
    nginx.until_true(function() return server:get("/_/stats").requests >= 8 end)
    assert.equal("pong", (site:get "/ping"))
    server:post("/_/clock", { Seconds = 10 })
    nginx.until_true(function()
      local log = server:get "/_/log"
      local created = 0
      for _, request in ipairs(log) do created = created + (request.method == "POST" and 1 or 0) end
      return created == 3
    end)
    server:post("/_/clock", { Seconds = 10 })
    assert.equal("delivered delivered\n", (answer()))
  end)

  needs_nginx("a call whose HTTP client has disconnected does not disturb other calls", function()
    start {
      init = 'client = client_of "hold"',
      server = [[
        lua_check_client_abort on;
        location = /call { content_by_lua_block { ngx.say(client.calls:get(SID).sid) } }
        location = /flying { content_by_lua_block {
          collectgarbage() collectgarbage()
          local n
          client.calls:get(SID, nil, { timeout = 0.01, wait = function(engine, seconds) n = engine:flying() engine:step() ngx.sleep(0.001) end })
          ngx.say(n)
        } }
      ]],
    }
    local stays = site:begin "/call"
    for _ = 1, 5 do site:get("/call", "--max-time 0.2") end
    held(6)
    nginx.until_true(function() return tonumber((site:get "/flying")) == 2 end) -- the call of the connected client, and this one
    faults:post "/_/release"
    assert.equal(SID .. "\n", (stays()))
    idle()
  end)

  needs_nginx("calls in flight during a reload are completed, and the old worker exits", function()
    start { init = 'client = client_of "hold"', server = "location = /call { content_by_lua_block { ngx.say(client.calls:get(SID).sid) } }" }
    local old = site:workers()[1]
    local answers = site:together("/call", 8)
    held(8)
    assert.is_true(site:signal "reload")
    nginx.until_true(function()
      local workers = site:workers()
      return #workers == 2
    end)
    assert.equal("pong", (site:get "/ping"))
    faults:post "/_/release"
    local lines = answers()
    assert.equal(8, #lines)
    for _, line in ipairs(lines) do assert.equal(SID, line) end
    nginx.until_true(function() return not shell.run("kill -0 " .. old) end)
    assert.equal(SID .. "\n", (site:get "/call"))
  end)

  needs_nginx("calls work in the worker that replaces a killed worker", function()
    start { init = 'client = client_of "hold"', server = "location = /call { content_by_lua_block { ngx.say(client.calls:get(SID).sid) } }" }
    local answer = site:begin "/call"
    held(1)
    shell.must("kill -9 " .. site:workers()[1])
    assert.equal(0, select(2, answer()))
    faults:post "/_/release"
    nginx.until_true(function() return site:get "/call" == SID .. "\n" end)
  end)

  needs_nginx("a pump that fails wakes all waiters, and their calls raise the error", function()
    start {
      init = 'client = client_of "hold"',
      server = [[
        location = /call { content_by_lua_block {
          local ok, message = pcall(function() return client.calls:get(SID).sid end)
          ngx.say(message)
        } }
        location = /break { content_by_lua_block {
          local methods = require("twilio.core").engine_methods
          step = methods.step
          methods.step = function() error("the engine has failed", 0) end
        } }
        location = /repair { content_by_lua_block { require("twilio.core").engine_methods.step = step } }
      ]],
    }
    local answers = site:together("/call", 3)
    held(3)
    site:get "/break"
    assert.same({ "the engine has failed", "the engine has failed", "the engine has failed" }, answers())
    idle()
    site:get "/repair"
    faults:post "/_/release"
    assert.equal(SID .. "\n", (site:get "/call"))
    assert.matches("[error] .*twilio: the engine has failed", site:stop())
  end)

  needs_nginx("calls work when nginx runs no further timer", function()
    start {
      init = 'client = client_of "gather/2"',
      http = "lua_max_running_timers 1;",
      server = [[
        location = /block { content_by_lua_block { ngx.timer.at(0, function() ngx.sleep(60) end) } }
        location = /call { content_by_lua_block { ngx.say(client.calls:get(SID).sid) } }
      ]],
    }
    site:get "/block"
    local one, two = site:begin "/call", site:begin "/call"
    assert.equal(SID .. "\n", (one()))
    assert.equal(SID .. "\n", (two()))
  end)

  needs_nginx("each request has its own Lua state with lua_code_cache off", function()
    site = nginx.start {
      server = "lua_code_cache off;\nlocation = /call { content_by_lua_block {\n"
        .. ('local client = require("twilio").client { account_sid = "AC1", auth_token = "t", base_url = "%s/ok" }\n'):format(faults.url)
        .. 'ngx.say(client.calls:get("CA1").sid)\n} }',
    }
    for _ = 1, 3 do assert.equal(SID .. "\n", (site:get "/call")) end
  end)
end)

describe("examples/nginx", function()
  needs_nginx("places calls, lists them and answers webhooks", function()
    local server = servers.twilio { now = 1300000000 }
    local site = nginx.start {
      environment = ("env TWILIO_ACCOUNT_SID=%s TWILIO_AUTH_TOKEN=%s TWILIO_BASE_URL=%s TWILIO_FROM=+15017122661"):format(server.account_sid,
        server.auth_token, server.url),
      example = true,
    }
    finally(function()
      site:stop()
      server:stop()
    end)
    local sid, status = site:get("/call", "-d To=%2B15558675310")
    assert.equal(201, status)
    assert.matches("^CA%x+\n$", sid)
    assert.equal(sid:sub(1, -2) .. " queued\n", (site:get "/live"))
    assert.same({ "To is missing\n", 400 }, { site:get("/call", "-d x=1") })
    assert.same({ "the call was not placed\n", 400 }, { site:get("/call", "-d To=nobody") })
    local signature = webhooks.sign("http://site/answer", { { "CallSid", sid:sub(1, -2) } }, server.auth_token)
    local signed = "-d CallSid=" .. sid:sub(1, -2) .. " -H " .. shell.quote("X-Twilio-Signature: " .. signature)
    assert.matches("<Response><Say>Hello</Say></Response>", (site:get("/answer", signed)), 1, true)
    assert.same({ "Forbidden\n", 403 }, { site:get("/answer", signed .. "0") })
    nginx.until_true(function() return site:log():find("Call " .. sid:sub(1, -2) .. " queued was answered", 1, true) end)
    server:post("/_/fault", { Method = "POST", Handle = "true", Close = "instead" })
    assert.same({ "the call may have been placed\n", 502 }, { site:get("/call", "-d To=%2B15558675310") })
  end)

  needs_nginx("makes access tokens for the user of a session, and for nobody else", function()
    local twilio = require "twilio"
    local account_sid, api_key, application = "AC" .. ("1"):rep(32), "SK" .. ("2"):rep(32), "AP" .. ("3"):rep(32)
    local site = nginx.start {
      environment = ("env TWILIO_ACCOUNT_SID=%s TWILIO_API_KEY=%s TWILIO_API_SECRET=s TWILIO_APPLICATION=%s SITE_SECRET=5ecret"):format(account_sid,
        api_key, application),
      example = true,
    }
    finally(function() site:stop() end)
    local token, status = site:get("/token", "--cookie session=alice:5ecret")
    assert.equal(200, status)
    local claims = assert(twilio.jwt.verify(token:sub(1, -2), "s"))
    assert.same({ identity = "alice", voice = { incoming = { allow = true }, outgoing = { application_sid = application } } }, claims.grants)
    assert.same({ account_sid, api_key }, { claims.sub, claims.iss })
    assert.is_true(claims.exp <= os.time() + 600)
    for _, cookie in ipairs { "session=alice:wrong", "session=alice", "session=a%20b:5ecret", "other=alice:5ecret" } do
      assert.same({ "log in first\n", 401 }, { site:get("/token?identity=alice", "--cookie " .. cookie) })
    end
    assert.matches("cache%-control: no%-store", (site:get("/token", "-i --cookie session=bob:5ecret")):lower())
  end)
end)
