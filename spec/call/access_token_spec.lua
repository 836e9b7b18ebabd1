-- OAuth's access tokens: when one is asked for, who shares it, what happens when there is none.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"
local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
local ID, SECRET = "OQ0123456789abcdef0123456789abcdef", "c1ient&5ecret=+ü"
local TOKEN_URL = "https://oauth.twilio.com/v2/token"
local OK = { status = 200, body = '{"sid":"CA1","status":"queued","calls":[]}' }

local function token(n, expires)
  return { status = 200, body = ('{"access_token":"t0ken-%d","token_type":"bearer","expires_in":%s}'):format(n, expires or "3600") }
end

-- A client whose transport answers requests for tokens by `on_token` (the how manieth it is) and others by `on_call`; and its requests.
local function oauth_client(options, on_token, on_call)
  local all, tokens, calls = { auth_token = nil, client_id = ID, client_secret = SECRET }, 0, 0
  for name, value in pairs(options or {}) do all[name] = value end
  return support.client(all, function(request)
    if request.url:find("/v2/token", 1, true) then
      tokens = tokens + 1
      return (on_token or token)(tokens)
    end
    calls = calls + 1
    return (on_call or function() return OK end)(calls, request)
  end)
end

-- What was sent, in short: "T" for a request for a token, else the token's number, or "-" for one without.
local function trace(requests)
  local parts = {}
  for i, request in ipairs(requests) do
    local authorization = request.headers.authorization
    parts[i] = request.url:find("/v2/token", 1, true) and "T" or authorization and authorization:match "^Bearer t0ken%-(%d+)$" or "-"
  end
  return table.concat(parts, " ")
end

describe("an access token", function()
  it("is asked for with the client's id and secret", function()
    local client, requests = oauth_client()
    assert.equal("CA1", client.calls:get(SID).sid)
    local request = requests[1]
    assert.same({ "POST", TOKEN_URL }, { request.method, request.url })
    assert.equal("grant_type=client_credentials&client_id=" .. ID .. "&client_secret=c1ient%265ecret%3D%2B%C3%BC", request.body)
    assert.is_nil(request.headers.authorization)
    assert.equal("application/x-www-form-urlencoded", request.headers["content-type"])
    assert.equal("Bearer t0ken-1", requests[2].headers.authorization)
    assert.equal(support.account_url .. "/Calls/" .. SID .. ".json", requests[2].url)
  end)

  it("serves all calls of the client and its accounts", function()
    local client, requests = oauth_client()
    local sub = client:account "AC2"
    sub.calls:list()
    client.calls:make(MAKE)
    client.verify.services:list()
    client:request { path = "/x" }
    client:account("AC3"):account("AC4").messages:list()
    assert.equal("T 1 1 1 1 1", trace(requests))
    assert.truthy(requests[2].url:find("/AC2/", 1, true))
  end)

  it("is not asked for where it is not used", function()
    local client, requests = oauth_client()
    client.oauth.v2.token:create { grant_type = "x" }
    client:request { path = "/x", headers = { Authorization = "Basic eDp5" } }
    assert.equal("T -", trace(requests))
    assert.equal("Basic eDp5", requests[2].headers.authorization)
    assert.equal("grant_type=x", requests[1].body)
  end)

  it("is renewed 30 seconds before it expires", function()
    for expires, sent in pairs {
      ["30"] = "T 1 T 2", ["0"] = "T 1 T 2", ["-5"] = "T 1 T 2", ["3600"] = "T 1 1", ["90"] = "T 1 1", ['"3600"'] = "T 1 1",
      ["null"] = "T 1 1", ["1438315200000"] = "T 1 1", ["true"] = "T 1 1",
    } do
      local client, requests = oauth_client(nil, function(n) return token(n, expires) end)
      client.calls:get(SID)
      client.calls:get(SID)
      assert.equal(sent, trace(requests), expires)
    end
  end)

  it("goes where the client's options lead all requests", function()
    local function url_of(options)
      local client, requests = oauth_client(options)
      client.calls:get(SID)
      return requests[1].url
    end
    assert.equal("https://oauth.us1.twilio.com/v2/token", url_of { region = "us1" })
    assert.equal("https://oauth.dublin.us1.twilio.com/v2/token", url_of { edge = "dublin" })
    assert.equal("https://oauth.dublin.ie1.twilio.com/v2/token", url_of { edge = "dublin", region = "ie1" })
    assert.equal("http://127.0.0.1:1/v2/token", url_of { base_url = "http://127.0.0.1:1", edge = "dublin" })
    assert.matches("region 'ie1' needs its edge too: set edge to 'dublin'", (support.misuse(oauth_client, { region = "ie1" })), 1, true)
    assert.equal("http://127.0.0.1:1/oauth/x/v2/token", url_of { base_url = "http://127.0.0.1:1/{product}/x" })
  end)

  it("serves the pages of a list, and is renewed between two", function()
    local function page(n)
      local link = n < 4 and ('"/2010-04-01/Accounts/AC1/Calls.json?Page=%d"'):format(n) or "null"
      return { status = 200, body = ('{"calls":[{"sid":"CA%d"}],"next_page_uri":%s}'):format(n, link) }
    end
    local client, requests = oauth_client(nil, nil, page)
    assert.equal(4, client.calls:count())
    assert.equal("T 1 1 1 1", trace(requests))
    client, requests = oauth_client(nil, function(n) return token(n, 1) end, page)
    local sids = {}
    for call in client.calls:iter({}, { prefetch = true }) do sids[#sids + 1] = call.sid end
    assert.equal("CA1 CA2 CA3 CA4", table.concat(sids, " "))
    assert.equal("T 1 T 2 T 3 T 4", trace(requests))
    client, requests = oauth_client(nil, nil, page)
    assert.equal("CA2", assert(assert(client.calls:list()):next())[1].sid)
    assert.equal("T 1 1", trace(requests))
  end)
end)

describe("a refused access token", function()
  local REFUSED = { status = 401, body = '{"code":20003,"message":"Authenticate"}' }

  -- A client with a token of an earlier call, whose next answers are these.
  local function used_client(answers, options)
    local client, requests = oauth_client(options, nil, function(n) return n == 1 and OK or answers[n - 1] or OK end)
    assert(client.calls:get(SID))
    return client, requests
  end

  it("is renewed once, and the request sent again, whatever its method", function()
    for _, call in ipairs {
      function(client) return client.calls:get(SID) end,
      function(client) return client.calls:make(MAKE) end,
      function(client) return client.calls:update(SID, { status = "completed" }) end,
      function(client) return client.calls:delete(SID) end,
      function(client) return client:request { path = "/x", form = { A = "1" } } end,
    } do
      for retries = 0, 1 do
        local client, requests = used_client({ REFUSED }, { retries = retries })
        assert(call(client))
        assert.equal("T 1 1 T 2", trace(requests))
        assert.same({ requests[3].method, requests[3].url, requests[3].body }, { requests[5].method, requests[5].url, requests[5].body })
      end
    end
  end)

  it("twice is an error", function()
    local client, requests = used_client { REFUSED, REFUSED }
    local call, message, err = client.calls:make(MAKE)
    assert.is_nil(call)
    assert.same({ "api", 401, 20003, 2, "yes" }, { err.kind, err.status, err.code, err.attempts, err.sent })
    assert.truthy(message:find("401, error 20003: Authenticate", 1, true))
    assert.equal("T 1 1 T 2", trace(requests))
  end)

  it("that was just asked for is an error", function()
    local client, requests = oauth_client(nil, nil, function() return REFUSED end)
    local _, _, err = client.calls:get(SID)
    assert.same({ 401, 1 }, { err.status, err.attempts })
    assert.equal("T 1", trace(requests))
  end)

  it("leaves the other attempts as they were", function()
    local client, requests = used_client({ { status = 503 }, REFUSED, { status = 503 }, { status = 503 } }, { retries = 2, max_retry_wait = 0.001 })
    local _, _, err = client.calls:get(SID)
    assert.same({ 503, 4 }, { err.status, err.attempts })
    assert.equal("T 1 1 1 T 2 2", trace(requests))
  end)

  it("does not make a lost deletion a done one", function()
    local client = used_client { REFUSED, { status = 404, body = '{"code":20404}' } }
    local done, _, err = client.calls:delete(SID)
    assert.is_nil(done)
    assert.equal(404, err.status)
  end)

  it("that the program gave itself is an error", function()
    local client, requests = support.client({ bearer_token = "t0ken-7" }, REFUSED)
    local _, _, err = client.calls:get(SID)
    assert.same({ 401, 1 }, { err.status, err.attempts })
    assert.equal("7", trace(requests))
  end)

  it("cannot be renewed: the error is that of the renewal", function()
    local client, requests = oauth_client(nil, function(n) return n == 1 and token(1) or { status = 400, body = "{}" } end,
      function(n) return n == 1 and OK or REFUSED end)
    assert(client.calls:get(SID))
    local _, message, err = client.calls:make(MAKE)
    assert.same({ "api", 400, "no" }, { err.kind, err.status, err.sent })
    assert.truthy(message:find("no access token: POST /v2/token: 400", 1, true))
    assert.equal("T 1 1 T", trace(requests))
  end)
end)

describe("without an access token", function()
  -- What a call returns when the request for a token is answered so.
  local function fail(answer, options)
    local lines = {}
    local all = { log = function(_, line, fields) lines[#lines + 1] = { line = line, fields = fields } end }
    for name, value in pairs(options or {}) do all[name] = value end
    local client, requests = oauth_client(all, function()
      if answer then return answer end
      return nil, "no route"
    end)
    local call, message, err = client.calls:make(MAKE)
    assert.is_nil(call)
    assert.is_nil((trace(requests):find "[^T ]"))
    assert.equal("no", err.sent)
    assert.equal(TOKEN_URL, err.url)
    assert.truthy(message:find("^POST /2010%-04%-01/Accounts/" .. support.account_sid .. "/Calls%.json: no access token: POST /v2/token: "), message)
    for _, text in pairs(err) do assert.is_nil(tostring(text):find("c1ient", 1, true)) end
    for _, line in ipairs(lines) do
      for _, text in pairs(line.fields) do assert.is_nil(tostring(text):find("c1ient", 1, true)) end
      assert.truthy(line.line:find("^POST /v2/token: "))
    end
    assert.equal(#requests, #lines)
    return err, message, #requests
  end

  it("nothing is sent, and the error is that of the request for it", function()
    local err, message = fail { status = 400, body = '{"code":20003,"message":"Invalid client"}', headers = { ["Twilio-Request-Id"] = "RQ7" } }
    assert.same({ "api", 400, 20003, "Invalid client", "RQ7", 1 }, { err.kind, err.status, err.code, err.message, err.request_id, err.attempts })
    assert.truthy(message:find("error 20003: Invalid client (request RQ7)", 1, true))
    err = fail { status = 401, body = '{"error":"invalid_client"}' }
    assert.equal("invalid_client", err.message)
    err = fail { status = 401, body = '{"error":"invalid_client","error_description":"unknown id"}' }
    assert.equal("unknown id", err.message)
  end)

  it("is the outcome of an answer that has none", function()
    for _, body in ipairs {
      "", "{}", '{"access_token":null}', '{"access_token":""}', '{"access_token":7}', '{"access_token":["a"]}', '{"access_token":"a\\r\\nX: y"}',
      '{"access_token":"a b"}', '{"access_token":"a\\u0000"}', '[{"access_token":"a"}]', '{"access_token":"secret of the answer', "<html>",
    } do
      local err = fail { status = 200, body = body }
      assert.equal("decode", err.kind, body)
      assert.is_nil(err.body)
    end
    assert.equal("untrusted", fail({ status = 302, body = '{"access_token":"x"}' }).kind)
  end)

  it("it is asked for again as any repeatable request", function()
    local err, _, n = fail({ status = 503 }, { retries = 2, max_retry_wait = 0.001 })
    assert.same({ 503, 3, 3 }, { err.status, err.attempts, n })
    err, _, n = fail(nil, { retries = 1, max_retry_wait = 0.001 })
    assert.same({ "network", 2, 2 }, { err.kind, err.attempts, n })
    _, _, n = fail({ status = 400 }, { retries = 2 })
    assert.equal(1, n)
  end)

  it("an iterator raises, and says so again", function()
    local client = oauth_client(nil, function() return { status = 400, body = "{}" } end)
    local it = client.calls:iter()
    for _ = 1, 2 do
      local ok, message = pcall(it)
      assert.is_false(ok)
      assert.truthy(message:find("no access token", 1, true))
    end
    assert.same({ 400, "no" }, { it.error.status, it.error.sent })
  end)

  it("the next call asks for one", function()
    local client, requests = oauth_client(nil, function(n) return n == 1 and { status = 400, body = "{}" } or token(n) end)
    assert.is_nil((client.calls:get(SID)))
    assert(client.calls:get(SID))
    assert.equal("T T 2", trace(requests))
  end)

  it("a call that was cancelled asks for none", function()
    local client, requests = oauth_client()
    local canceller = twilio.canceller()
    canceller:cancel()
    local _, _, err = client.calls:get(SID, nil, { cancel = canceller })
    assert.same({ "cancelled", "no" }, { err.kind, err.sent })
    assert.equal(0, #requests)
  end)

  it("an iterator that is closed meanwhile sends nothing", function()
    local client, requests = oauth_client({ retries = 3, max_retry_wait = 600, wait = coroutine.yield }, function()
      return { status = 503, headers = { ["Retry-After"] = "600" } }
    end)
    local it = client.calls:iter()
    local thread = coroutine.create(function() return it() end)
    assert(coroutine.resume(thread))
    it:close()
    assert.same({ true }, { coroutine.resume(thread) })
    assert.equal("dead", coroutine.status(thread))
    assert.equal("T", trace(requests))
  end)

  it("a call whose deadline the renewal has used up is over", function()
    local client = oauth_client({ retries = 3, max_retry_wait = 60 }, function() return { status = 503, headers = { ["Retry-After"] = "60" } } end)
    local _, message, err = client.calls:get(SID, nil, { deadline = 0.05 })
    assert.same({ "timeout", "no" }, { err.kind, err.sent })
    assert.truthy(message:find("the deadline passed while an access token was requested", 1, true))
  end)
end)

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

  -- The requests that the server got: "T" for one for a token, else its method.
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

  -- Runs the functions as coroutines whose waits suspend, until all are over; `between` is called before each round.
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

  -- A loaded machine may answer before the client has looked once: then nobody would wait.
  local function slow_token(seconds) server:post("/_/fault", { Path = "/v2/token", Delay = seconds or 0.2 }) end

  it("is had, used, and renewed when the server's clock says so", function()
    local client = client_of()
    assert(client.calls:make(MAKE))
    assert(client.calls:list())
    server:post("/_/clock", { Seconds = 4000 })
    assert(client.calls:make(MAKE))
    assert.equal(2, client.calls:count())
    assert.equal("T POST GET POST T POST GET", log())
  end)

  it("opens what takes nothing else", function()
    local client = client_of { account_sid = nil }
    local organization = client.preview_iam.organization "OR0123456789abcdef0123456789abcdef"
    local account = organization.accounts:iter()()
    assert.equal(server.account_sid, account.account_sid)
    assert.equal("active", assert(organization.accounts:get(account.account_sid)).status)
    assert.equal("T GET GET", log())
  end)

  it("of the program's own is used as it is", function()
    local answer = client_of():request { product = "oauth", path = "/v2/token", method = "POST",
      form = { grant_type = "client_credentials", client_id = server.client_id, client_secret = server.client_secret } }
    local client = twilio.client { account_sid = server.account_sid, bearer_token = answer.json.access_token, base_url = server.url }
    assert(client.calls:make(MAKE))
    assert.equal(1, client.calls:count())
    server:post("/_/clock", { Seconds = 4000 })
    local _, _, err = client.calls:list()
    assert.equal(401, err.status)
  end)

  it("is asked for once, however many wait for it", function()
    slow_token()
    local client, sids, calls = suspending(), {}, {}
    for i = 1, 5 do
      calls[i] = function() sids[i] = assert((i == 3 and client:account(server.account_sid) or client).calls:make(MAKE)).sid end
    end
    run(calls)
    assert.equal(5, #sids)
    assert.equal("T POST POST POST POST POST", log())
    server:post("/_/clock", { Seconds = 4000 }) -- all of them are refused
    run(calls)
    assert.equal(2, tokens())
    assert.equal(10, client_of().calls:count())
  end)

  it("is told of once in the log", function()
    slow_token()
    local lines = {}
    local client = suspending { log = function(_, line) lines[#lines + 1] = line:match "^(%u+ %S+):" end }
    local calls = {}
    for i = 1, 3 do calls[i] = function() assert(client.calls:make(MAKE)) end end
    run(calls)
    assert.equal(4, #lines)
    assert.equal("POST /v2/token", lines[1])
  end)

  it("comes to the others when the first that waited is gone", function()
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

  it("comes to the others when the first that waited raises", function()
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

  it("comes to the others when the first that waited is cancelled", function()
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

  it("that was long in coming for one who has left is asked for anew", function()
    slow_token(1)
    local client, sid = suspending { timeout = 0.2 }, nil
    local thread = coroutine.create(function() client.calls:make(MAKE) end)
    assert(coroutine.resume(thread))
    run { function() sid = assert(client.calls:make(MAKE, { timeout = 10 })).sid end } -- joins it: it times out, and a second one does not
    assert.is_string(sid)
    assert.equal("T T POST", log())
  end)

  it("that is refused is refused to all, asked for once", function()
    slow_token()
    local client, errors, calls = suspending { client_secret = "wrong" }, {}, {}
    for i = 1, 3 do calls[i] = function() errors[i] = select(3, client.calls:make(MAKE)) end end
    run(calls)
    for i = 1, 3 do assert.same({ "api", 400, "no" }, { errors[i].kind, errors[i].status, errors[i].sent }) end
    assert.are_not.equal(errors[1], errors[2])
    assert.equal("T", log())
  end)

  it("is waited for as long as each one's own deadline", function()
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

  -- The server's first answer to a request for a token is this one.
  local function failing_token(seconds)
    server:post("/_/fault", { Path = "/v2/token", Status = 503, Body = "{}", Header = "Retry-After: " .. seconds })
  end

  it("is waited for as the function 'ready' of each call says, and not as the client's", function()
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

  it("asks 'ready' in the pause before it is asked for again, too", function()
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

  it("comes to nothing when the client is closed", function()
    slow_token()
    local client, errors = suspending(), {}
    local sub = client:account(server.account_sid)
    run({
      function() errors[1] = select(3, client.calls:make(MAKE)) end,
      function() errors[2] = select(3, sub.calls:make(MAKE)) end,
    }, function(round) if round == 2 then client:close() end end)
    for i = 1, 2 do assert.same({ "cancelled", "no" }, { errors[i].kind, errors[i].sent }) end
  end)

  it("goes on for the client when its account is closed", function()
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

  it("goes with an iterator that several share", function()
    server:post("/_/seed", { Calls = 30 })
    slow_token()
    local client, seen, n, walkers = suspending(), {}, 0, {}
    local it = client.calls:iter({ page_size = 4 }, { prefetch = true })
    for i = 1, 3 do
      walkers[i] = function()
        local call = it() -- not in a for: there Lua 5.1 cannot suspend
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

  it("goes with pages that are asked for ahead", function()
    server:post("/_/seed", { Calls = 10 })
    local client = client_of()
    local n = 0
    for _ in client.calls:iter({ page_size = 3 }, { prefetch = true }) do
      n = n + 1
      if n == 4 then server:post("/_/clock", { Seconds = 4000 }) end -- the third page was asked for already
    end
    assert.equal(10, n)
    assert.truthy(log() == "T GET GET GET GET T GET" or log() == "T GET GET GET T GET GET", log())
  end)
end)
