-- OAuth access tokens from a server: concurrent calls share one request for a token.
local servers = require "spec.support.servers"
local twilio = require "twilio"

local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }

describe("over the wire, an access token", function()
  local server

  setup(function() server = servers.twilio { now = 1300000000 } end)
  teardown(function() server:stop() end)
  before_each(function() server:post "/_/reset" end)

  local function client_of(options)
    local all = {
      account_sid = server.account_sid, client_id = server.client_id, client_secret = server.client_secret, base_url = server.url,
    }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  -- Returns the requests that the server received: "T" for the request for a token, and the method
  -- of each other request.
  local function log()
    local parts = {}
    for i, request in ipairs(server:get "/_/log") do parts[i] = request.target == "/v2/token" and "T" or request.method end
    return table.concat(parts, " ")
  end

  local function tokens()
    local n = 0
    for word in log():gmatch "%u+" do n = n + (word == "T" and 1 or 0) end
    return n
  end

  -- Runs the functions in coroutines, which are suspended while they wait. Calls `between` before
  -- each round.
  local function run(functions, between)
    local threads, rounds, engine = {}, 0, nil
    for i, f in ipairs(functions) do threads[i] = coroutine.create(f) end
    while next(threads) do
      local least = 1
      rounds = rounds + 1
      if between then between(rounds) end
      for i = 1, #functions do
        if threads[i] then
          local ok, wanted, seconds = coroutine.resume(threads[i])
          if not ok then error(wanted, 0) end
          if coroutine.status(threads[i]) == "dead" then
            threads[i] = nil
          else
            engine, least = wanted, math.min(least, seconds)
          end
        end
      end
      if next(threads) then engine:poll(least) end
    end
  end

  local function suspending(options)
    local all = { wait = coroutine.yield }
    for name, value in pairs(options or {}) do all[name] = value end
    return client_of(all)
  end

  -- Delays the token. Otherwise the response could arrive before any coroutine waits.
  local function slow_token(seconds) server:post("/_/fault", { Path = "/v2/token", Delay = seconds or 0.2 }) end

  it("is requested, used, and renewed after it has expired at the server", function()
    local client = client_of()
    assert(client.calls:make(MAKE))
    assert(client.calls:list())
    server:post("/_/clock", { Seconds = 4000 })
    assert(client.calls:make(MAKE))
    assert.equal(2, client.calls:count())
    assert.equal("T POST GET POST T POST GET", log())
  end)

  it("is accepted for resources that need OAuth", function()
    local client = client_of { account_sid = nil }
    local organization = client.preview_iam.organization "OR0123456789abcdef0123456789abcdef"
    local account = organization.accounts:iter()()
    assert.equal(server.account_sid, account.account_sid)
    assert.equal("active", assert(organization.accounts:get(account.account_sid)).status)
    assert.equal("T GET GET", log())
  end)

  it("that the program passes as bearer_token is used, and never renewed", function()
    local answer = client_of():request { product = "oauth", path = "/v2/token", method = "POST",
      form = { grant_type = "client_credentials", client_id = server.client_id, client_secret = server.client_secret } }
    local client = twilio.client { account_sid = server.account_sid, bearer_token = answer.json.access_token, base_url = server.url }
    assert(client.calls:make(MAKE))
    assert.equal(1, client.calls:count())
    server:post("/_/clock", { Seconds = 4000 })
    local _, _, err = client.calls:list()
    assert.equal(401, err.status)
  end)

  it("is requested once for all waiting calls", function()
    slow_token()
    local client, sids, calls = suspending(), {}, {}
    for i = 1, 5 do
      calls[i] = function() sids[i] = assert((i == 3 and client:account(server.account_sid) or client).calls:make(MAKE)).sid end
    end
    run(calls)
    assert.equal(5, #sids)
    assert.equal("T POST POST POST POST POST", log())
    server:post("/_/clock", { Seconds = 4000 }) -- the server refuses the token in all calls
    run(calls)
    assert.equal(2, tokens())
    assert.equal(10, client_of().calls:count())
  end)

  it("has one log line for its request", function()
    slow_token()
    local lines = {}
    local client = suspending { log = function(_, line) lines[#lines + 1] = line:match "^(%u+ %S+):" end }
    local calls = {}
    for i = 1, 3 do calls[i] = function() assert(client.calls:make(MAKE)) end end
    run(calls)
    assert.equal(4, #lines)
    assert.equal("POST /v2/token", lines[1])
  end)

  it("is given to other calls if the first waiting call was collected", function()
    slow_token()
    local client, sid = suspending(), nil
    local thread = coroutine.create(function() client.calls:make(MAKE) end)
    assert(coroutine.resume(thread))
    assert.equal("suspended", coroutine.status(thread))
    thread = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    run { function() sid = assert(client.calls:make(MAKE)).sid end }
    assert.is_string(sid)
    assert.equal("T POST", log())
  end)

  it("is given to other calls if the first waiting call has raised", function()
    slow_token()
    local client = suspending()
    local ok, problem = pcall(function() client.calls:make(MAKE, { wait = function() error "enough" end }) end)
    assert.is_false(ok)
    assert.truthy(problem:find("enough", 1, true))
    local sid
    run { function() sid = assert(client.calls:make(MAKE)).sid end }
    assert.is_string(sid)
    assert.equal("T POST", log())
  end)

  it("is given to other calls if the first waiting call was cancelled", function()
    slow_token()
    local canceller, client, err, sid = twilio.canceller(), suspending(), nil, nil
    run({
      function() err = select(3, client.calls:make(MAKE, { cancel = canceller })) end,
      function() sid = assert(client.calls:make(MAKE)).sid end,
    }, function(round) if round == 2 then canceller:cancel() end end)
    assert.same({ "cancelled", "no" }, { err.kind, err.sent })
    assert.is_string(sid)
    assert.equal("T POST", log())
  end)

  it("is requested again if the request of an abandoned call times out", function()
    slow_token(1)
    local client, sid = suspending { timeout = 0.2 }, nil
    local thread = coroutine.create(function() client.calls:make(MAKE) end)
    assert(coroutine.resume(thread))
    -- This call waits for the same request for a token. That request times out, and a second one
    -- succeeds.
    run { function() sid = assert(client.calls:make(MAKE, { timeout = 10 })).sid end }
    assert.is_string(sid)
    assert.equal("T T POST", log())
  end)

  it("is requested once, and its failure is returned to all waiting calls", function()
    slow_token()
    local client, errors, calls = suspending { client_secret = "wrong" }, {}, {}
    for i = 1, 3 do calls[i] = function() errors[i] = select(3, client.calls:make(MAKE)) end end
    run(calls)
    for i = 1, 3 do assert.same({ "api", 400, "no" }, { errors[i].kind, errors[i].status, errors[i].sent }) end
    assert.are_not.equal(errors[1], errors[2])
    assert.equal("T", log())
  end)

  it("is awaited by each call until the deadline of this call", function()
    slow_token(0.3)
    local client, err, sid = suspending(), nil, nil
    run {
      function() err = select(3, client.calls:make(MAKE, { deadline = 0.05 })) end,
      function() sid = assert(client.calls:make(MAKE)).sid end,
    }
    assert.same({ "timeout", "no" }, { err.kind, err.sent })
    assert.is_string(sid)
    assert.equal("T POST", log())
  end)

  -- Makes the server respond 503 to the first request for a token.
  local function failing_token(seconds)
    server:post("/_/fault", { Path = "/v2/token", Status = 503, Body = "{}", Header = "Retry-After: " .. seconds })
  end

  it("is awaited with the `ready` of each call, in place of the client's", function()
    failing_token(0)
    local asked = 0
    local client = client_of { ready = function() error "this is not the call's" end }
    assert(client.calls:make(MAKE, { ready = function()
      asked = asked + 1
      return true
    end }))
    assert.is_true(asked > 0)
    assert.equal("T T POST", log())
  end)

  it("is awaited with `ready` also in the pause before its request is repeated", function()
    failing_token(600)
    local failed, asked = false, 0
    local client = client_of {
      max_retry_wait = 600,
      log = function() failed = true end,
      ready = function()
        asked = asked + (failed and 1 or 0)
        return asked < 5
      end,
      wait = function(engine, seconds)
        assert.is_true(seconds <= 0.011)
        engine:poll(seconds)
      end,
    }
    local _, message, err = client.calls:make(MAKE)
    assert.matches("the function 'ready' returned false", message, 1, true)
    assert.same({ "cancelled", "no", 5 }, { err.kind, err.sent, asked })
    assert.equal("T", log())
  end)

  it("is no longer awaited after the client was closed", function()
    slow_token()
    local client, errors = suspending(), {}
    local sub = client:account(server.account_sid)
    run({
      function() errors[1] = select(3, client.calls:make(MAKE)) end,
      function() errors[2] = select(3, sub.calls:make(MAKE)) end,
    }, function(round) if round == 2 then client:close() end end)
    for i = 1, 2 do assert.same({ "cancelled", "no" }, { errors[i].kind, errors[i].sent }) end
  end)

  it("is given to the calls of a client after one of its accounts was closed", function()
    slow_token()
    local client, err, sid = suspending(), nil, nil
    local sub = client:account(server.account_sid)
    run({
      function() err = select(3, sub.calls:make(MAKE)) end,
      function() sid = assert(client.calls:make(MAKE)).sid end,
    }, function(round) if round == 2 then sub:close() end end)
    assert.same({ "cancelled", "no" }, { err.kind, err.sent })
    assert.is_string(sid)
    assert.equal("T POST", log())
  end)

  it("is renewed during an iterator that several coroutines share", function()
    server:post("/_/seed", { Calls = 30 })
    slow_token()
    local client, seen, n, walkers = suspending(), {}, 0, {}
    local it = client.calls:iter({ page_size = 4 }, { prefetch = true })
    for i = 1, 3 do
      walkers[i] = function()
        local call = it() -- Lua 5.1 cannot suspend within the iterator of a `for`
        while call do
          assert.is_nil(seen[call.sid])
          seen[call.sid], n = true, n + 1
          if n == 10 then server:post("/_/clock", { Seconds = 4000 }) end
          call = it()
        end
      end
    end
    run(walkers)
    assert.equal(30, n)
    assert.equal(2, tokens())
  end)

  it("is renewed for prefetched pages", function()
    server:post("/_/seed", { Calls = 10 })
    local client = client_of()
    local n = 0
    for _ in client.calls:iter({ page_size = 3 }, { prefetch = true }) do
      n = n + 1
      if n == 4 then server:post("/_/clock", { Seconds = 4000 }) end -- the third page was already requested
    end
    assert.equal(10, n)
    assert.truthy(log() == "T GET GET GET GET T GET" or log() == "T GET GET GET T GET GET", log())
  end)
end)
