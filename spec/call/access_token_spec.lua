-- OAuth access tokens: when a token is requested, and what happens when there is none.
-- Calls that share the request for a token are in spec/twilio/token_spec.lua.
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

-- Returns a client with a transport, and the list of its requests. `on_token(n)` returns the
-- response to the nth request for a token. `on_call(n, request)` returns the response to the nth
-- other request.
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

-- Returns a summary of the requests: "T" for a request for a token, the number of the token that a
-- call used, or "-" for a call without a token.
local function trace(requests)
  local parts = {}
  for i, request in ipairs(requests) do
    local authorization = request.headers.authorization
    parts[i] = request.url:find("/v2/token", 1, true) and "T" or authorization and authorization:match "^Bearer t0ken%-(%d+)$" or "-"
  end
  return table.concat(parts, " ")
end

describe("an access token", function()
  it("stays in use after a call that failed in the network, with a new token and with an older one", function()
    for retries, expected in pairs { [0] = "network", false } do
      local client, requests = oauth_client({ retries = retries, max_retry_wait = 0.001 }, nil, function(n)
        if n == 1 or n == 3 then return nil, "no route to host" end
        return OK
      end)
      local kinds = {}
      for i = 1, 4 - 2 * retries do
        local _, _, err = client.calls:get(SID)
        kinds[i] = err and err.kind or false
      end
      assert.same(retries == 0 and { expected, false, expected, false } or { expected, expected }, kinds)
      assert.equal("T 1 1 1 1", trace(requests))
    end
  end)

  it("is requested with the id and the secret of the client", function()
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

  it("is used by all calls of the client and of its accounts", function()
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

  it("is not requested for a call that does not use it", function()
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

  it("is requested from the host that the options region, edge and base_url select", function()
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

  it("is used for all pages of a list, and renewed between two pages", function()
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

  -- Returns a client with a token from an earlier call. Its next calls get these responses.
  local function used_client(answers, options)
    local client, requests = oauth_client(options, nil, function(n) return n == 1 and OK or answers[n - 1] or OK end)
    assert(client.calls:get(SID))
    return client, requests
  end

  it("is renewed once, and the request is sent again, with any method", function()
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

  it("ends the call with an error if the renewed token is refused too", function()
    local client, requests = used_client { REFUSED, REFUSED }
    local call, message, err = client.calls:make(MAKE)
    assert.is_nil(call)
    assert.same({ "api", 401, 20003, 2, "yes" }, { err.kind, err.status, err.code, err.attempts, err.sent })
    assert.truthy(message:find("401, error 20003: Authenticate", 1, true))
    assert.equal("T 1 1 T 2", trace(requests))
  end)

  it("ends the call with an error if the token was requested for this call", function()
    local client, requests = oauth_client(nil, nil, function() return REFUSED end)
    local _, _, err = client.calls:get(SID)
    assert.same({ 401, 1 }, { err.status, err.attempts })
    assert.equal("T 1", trace(requests))
  end)

  it("does not count as one of the retries", function()
    local client, requests = used_client({ { status = 503 }, REFUSED, { status = 503 }, { status = 503 } }, { retries = 2, max_retry_wait = 0.001 })
    local _, _, err = client.calls:get(SID)
    assert.same({ 503, 4 }, { err.status, err.attempts })
    assert.equal("T 1 1 1 T 2 2", trace(requests))
  end)

  it("does not turn a later 404 into a successful deletion", function()
    local client = used_client { REFUSED, { status = 404, body = '{"code":20404}' } }
    local done, _, err = client.calls:delete(SID)
    assert.is_nil(done)
    assert.equal(404, err.status)
  end)

  it("ends the call with an error if the program has passed it as bearer_token", function()
    local client, requests = support.client({ bearer_token = "t0ken-7" }, REFUSED)
    local _, _, err = client.calls:get(SID)
    assert.same({ 401, 1 }, { err.status, err.attempts })
    assert.equal("7", trace(requests))
  end)

  it("that cannot be renewed ends the call with the error of the renewal", function()
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
  -- Makes a call with this response to its request for a token. Returns the error, its message and
  -- the number of requests.
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

  it("the call is not sent, and returns the error of the request for the token", function()
    local err, message = fail { status = 400, body = '{"code":20003,"message":"Invalid client"}', headers = { ["Twilio-Request-Id"] = "RQ7" } }
    assert.same({ "api", 400, 20003, "Invalid client", "RQ7", 1 }, { err.kind, err.status, err.code, err.message, err.request_id, err.attempts })
    assert.truthy(message:find("error 20003: Invalid client (request RQ7)", 1, true))
    err = fail { status = 401, body = '{"error":"invalid_client"}' }
    assert.equal("invalid_client", err.message)
    err = fail { status = 401, body = '{"error":"invalid_client","error_description":"unknown id"}' }
    assert.equal("unknown id", err.message)
  end)

  it("in the response, the call ends with the kind decode", function()
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

  it("the request for the token is retried like other repeatable requests", function()
    local err, _, n = fail({ status = 503 }, { retries = 2, max_retry_wait = 0.001 })
    assert.same({ 503, 3, 3 }, { err.status, err.attempts, n })
    err, _, n = fail(nil, { retries = 1, max_retry_wait = 0.001 })
    assert.same({ "network", 2, 2 }, { err.kind, err.attempts, n })
    _, _, n = fail({ status = 400 }, { retries = 2 })
    assert.equal(1, n)
  end)

  it("an iterator raises, at each further call too", function()
    local client = oauth_client(nil, function() return { status = 400, body = "{}" } end)
    local it = client.calls:iter()
    for _ = 1, 2 do
      local ok, message = pcall(it)
      assert.is_false(ok)
      assert.truthy(message:find("no access token", 1, true))
    end
    assert.same({ 400, "no" }, { it.error.status, it.error.sent })
  end)

  it("the next call requests a token again", function()
    local client, requests = oauth_client(nil, function(n) return n == 1 and { status = 400, body = "{}" } or token(n) end)
    assert.is_nil((client.calls:get(SID)))
    assert(client.calls:get(SID))
    assert.equal("T T 2", trace(requests))
  end)

  it("a cancelled call requests none", function()
    local client, requests = oauth_client()
    local canceller = twilio.canceller()
    canceller:cancel()
    local _, _, err = client.calls:get(SID, nil, { cancel = canceller })
    assert.same({ "cancelled", "no" }, { err.kind, err.sent })
    assert.equal(0, #requests)
  end)

  it("an iterator that was closed during the wait for the token sends nothing", function()
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

  it("before the deadline, the call ends with the kind timeout", function()
    local client = oauth_client({ retries = 3, max_retry_wait = 60 }, function() return { status = 503, headers = { ["Retry-After"] = "60" } } end)
    local _, message, err = client.calls:get(SID, nil, { deadline = 0.05 })
    assert.same({ "timeout", "no" }, { err.kind, err.sent })
    assert.truthy(message:find("the deadline passed while an access token was requested", 1, true))
  end)
end)
