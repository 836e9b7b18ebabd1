-- Credentials: which credentials a client uses, and which it refuses.
-- spec/call/access_token_spec.lua tests OAuth access tokens.
local support = require "spec.support.client"
local twilio = require "twilio"

describe("credentials", function()
  -- Makes a client in a new process, with the options of this Lua text and these environment
  -- variables. Returns the Authorization header and the account that it sends, or the error
  -- message.
  local function try(options, variables)
    local output = support.run(([[
      local sent
      local options = %s
      options.transport = function(request)
        sent = request
        return { status = 200, body = '{"records":[],"access_token":"t9"}' }
      end
      local ok, client = pcall(require "twilio".client, options)
      if not ok then print((client:gsub("^[^\n]-:%%d+: ", ""))) return end
      client.calls:list()
      print(sent.headers.authorization, sent.url:match "Accounts/([^/]*)")
    ]]):format(options), variables)
    return (output:gsub("\n$", ""))
  end

  -- Precomputed Base64, so that the spec does not need an encoder.
  local BASIC = {
    ["AC1:t1"] = "Basic QUMxOnQx", ["AC2:t2"] = "Basic QUMyOnQy", ["SK1:s1"] = "Basic U0sxOnMx", ["SK2:s2"] = "Basic U0syOnMy",
  }
  local function as(pair, account) return BASIC[pair] .. "\t" .. account end

  local SID, TOKEN, KEY, SECRET = "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"

  it("come from the options", function()
    assert.equal(as("AC1:t1", "AC1"), try '{ account_sid = "AC1", auth_token = "t1" }')
    assert.equal(as("SK1:s1", "AC1"), try '{ account_sid = "AC1", api_key = "SK1", api_secret = "s1" }')
  end)

  it("come from the environment", function()
    assert.equal(as("AC1:t1", "AC1"), try("{}", { [SID] = "AC1", [TOKEN] = "t1" }))
    assert.equal(as("SK1:s1", "AC1"), try("{}", { [SID] = "AC1", [KEY] = "SK1", [SECRET] = "s1" }))
    assert.equal(as("AC1:t1", "AC1"), try("{}", { [SID] = "AC1", [TOKEN] = "t1", [KEY] = "", [SECRET] = "" }))
  end)

  it("are the API key if there is an auth token too", function()
    assert.equal(as("SK1:s1", "AC1"), try '{ account_sid = "AC1", auth_token = "t1", api_key = "SK1", api_secret = "s1" }')
    assert.equal(as("SK1:s1", "AC1"), try("{}", { [SID] = "AC1", [TOKEN] = "t1", [KEY] = "SK1", [SECRET] = "s1" }))
  end)

  it("of the options replace those of the environment as a set", function()
    local all = { [SID] = "AC1", [TOKEN] = "t1", [KEY] = "SK1", [SECRET] = "s1" }
    assert.equal(as("AC2:t2", "AC2"), try('{ account_sid = "AC2", auth_token = "t2" }', all))
    assert.equal(as("SK2:s2", "AC2"), try('{ account_sid = "AC2", api_key = "SK2", api_secret = "s2" }', all))
    assert.equal("an auth token also needs the account SID: account_sid", try('{ auth_token = "t2" }', all))
    assert.equal("an API key also needs the account SID: account_sid", try('{ api_key = "SK2", api_secret = "s2" }', all))
    assert.equal("an API key also needs its secret: api_secret", try('{ account_sid = "AC2", api_key = "SK2" }', all))
    assert.equal("an API secret also needs its key: api_key", try('{ account_sid = "AC2", api_secret = "s2" }', all))
  end)

  it("of the environment are not used for another account_sid", function()
    assert.equal(as("AC1:t1", "AC1"), try('{ account_sid = "AC1" }', { [SID] = "AC1", [TOKEN] = "t1" }))
    assert.equal(as("SK1:s1", "AC1"), try('{ account_sid = "AC1" }', { [SID] = "AC1", [KEY] = "SK1", [SECRET] = "s1" }))
    local message = "no credentials for account AC2: auth_token, or api_key and api_secret, must be given in addition to account_sid"
    assert.equal(message, try('{ account_sid = "AC2" }', { [SID] = "AC1", [TOKEN] = "t1" }))
    assert.equal(message, try('{ account_sid = "AC2" }', { [TOKEN] = "t1" }))
    assert.equal(message, try('{ account_sid = "AC2" }', {}))
  end)

  it("that are missing are named in the message", function()
    local none = try "{}"
    assert.truthy(none:find("no credentials: pass account_sid and auth_token, or set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", 1, true))
    assert.truthy(none:find("env TWILIO_ACCOUNT_SID;", 1, true))
    assert.equal(none, try("{}", { [SID] = "", [TOKEN] = "" }))
    assert.equal("no credentials for account AC1: TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_SECRET, must be given in addition to " .. SID,
      try("{}", { [SID] = "AC1" }))
    assert.equal("no credentials for account …: TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_SECRET, must be given in addition to " .. SID,
      try("{}", { [SID] = "secret" }))
    assert.equal("an API key also needs the account SID: TWILIO_ACCOUNT_SID", try("{}", { [KEY] = "SK1", [SECRET] = "s1" }))
    assert.equal("an API key also needs its secret: TWILIO_API_SECRET", try("{}", { [SID] = "AC1", [TOKEN] = "t1", [KEY] = "SK1" }))
    assert.equal("an auth token also needs the account SID: TWILIO_ACCOUNT_SID", try("{}", { [TOKEN] = "t1" }))
  end)

  it("are refused if they cannot be correct, and the message does not show them", function()
    assert.equal("the environment variable TWILIO_AUTH_TOKEN contains control characters", try("{}", { [SID] = "AC1", [TOKEN] = "t1\r" }))
    assert.equal("account_sid is the SID of an API key: pass it as api_key with api_secret, and the account's own SID (AC…)",
      try '{ account_sid = "SK1", auth_token = "s1" }')
    assert.equal("a SID must not contain ':'", try '{ account_sid = "AC1:x", auth_token = "t1" }')
    assert.equal("a SID must not contain ':'", try '{ account_sid = "AC1", api_key = "SK:1", api_secret = "s1" }')
  end)

  it("are refused if a secret is a SID, because the two are swapped", function()
    local digits = "0123456789abcdef0123456789abcdef"
    local message = "%s holds the SID of an account (AC…), which belongs in %s: are they swapped?"
    assert.equal(message:format("auth_token", "account_sid"), try(('{ account_sid = "%s", auth_token = "AC%s" }'):format(digits, digits)))
    assert.equal(message:format("auth_token", "account_sid"), try(('{ auth_token = "AC%s" }'):format(digits)))
    assert.equal(message:format(TOKEN, SID), try("{}", { [SID] = digits, [TOKEN] = "AC" .. digits }))
    message = "%s holds the SID of an API key (SK…), which belongs in %s: are they swapped?"
    assert.equal(message:format("auth_token", "api_key"), try(('{ account_sid = "AC1", auth_token = "SK%s" }'):format(digits)))
    assert.equal(message:format("api_secret", "api_key"),
      try(('{ account_sid = "AC1", api_key = "s1", api_secret = "SK%s" }'):format(digits)))
    assert.equal(message:format(SECRET, KEY), try("{}", { [SID] = "AC1", [KEY] = "s1", [SECRET] = "SK" .. digits }))
    assert.equal("client_secret holds the SID of an OAuth app (OQ…), which belongs in client_id: are they swapped?",
      try(('{ client_id = "s1", client_secret = "OQ%s" }'):format(digits)))
    for _, token in ipairs { digits, "AC" .. digits .. "0", "ACdc", "AC" .. digits:gsub("a", "z"), "XX" .. digits } do
      assert.matches("^Basic ", try(('{ account_sid = "AC1", auth_token = "%s" }'):format(token)))
    end
  end)

  it("may contain any other character", function()
    local token = "a:b c/ü\"%" .. ("x"):rep(500)
    local authorization = support.sent(function(client) client.calls:list() end,
      { account_sid = "AC1", auth_token = token }).headers.authorization
    local pipe = io.popen("printf %s '" .. authorization:match "^Basic (.*)$" .. "' | env -u LD_PRELOAD openssl base64 -d -A", "r")
    local text = pipe:read "*a"
    pipe:close()
    assert.equal("AC1:" .. token, text)
  end)

  it("are never shown", function()
    local secret = "5ecre7-of-the-spec"
    local client = support.client({ auth_token = secret }, function() return nil, "no network" end)
    local record, message, err = client.calls:get "CA1"
    assert.is_nil(record)
    local shown = { tostring(client), tostring(client.calls), message, tostring(support.misuse(function() client.calls:make {} end)) }
    for name, value in pairs(err) do shown[#shown + 1] = name .. tostring(value) end
    for _, text in ipairs(shown) do assert.is_nil(text:find(secret, 1, true)) end
    assert.is_true(#shown > 8)
    for _, name in ipairs { "auth_token", "api_secret", "authorization" } do
      assert.truthy(support.misuse(function() return client[name] end):find("the client has no", 1, true))
    end
  end)

  it("may be OAuth client credentials or a bearer token", function()
    -- The credentials of the environment are another set, and are not used.
    local all = { [SID] = "AC1", [TOKEN] = "t1", [KEY] = "SK1", [SECRET] = "s1" }
    assert.equal("Bearer b1\tAC2", try('{ account_sid = "AC2", bearer_token = "b1" }', all))
    assert.equal("Bearer t9\tAC2", try('{ account_sid = "AC2", client_id = "OQ1", client_secret = "s2" }', all))
    assert.equal("client_id also needs its secret: client_secret", try('{ client_id = "OQ1" }', all))
    assert.equal("client_secret also needs its id: client_id", try('{ client_secret = "s2" }', all))
    assert.equal("bearer_token must be the token alone, without a blank", try('{ bearer_token = "Bearer b1" }', all))
  end)

  it("are of one kind, and an auth token may be given in addition", function()
    local kinds = { 'api_key = "SK1", api_secret = "s1"', 'client_id = "OQ1", client_secret = "s2"', 'bearer_token = "b1"' }
    for i = 1, 3 do
      for j = i + 1, 3 do
        assert.equal("a client has one kind of credentials: api_key with api_secret, client_id with client_secret, or bearer_token",
          try(('{ account_sid = "AC1", %s, %s }'):format(kinds[i], kinds[j])))
      end
    end
    assert.equal("Bearer b1\tAC1", try '{ account_sid = "AC1", auth_token = "t1", bearer_token = "b1" }')
    assert.equal("Bearer t9\tAC1", try '{ account_sid = "AC1", auth_token = "t1", client_id = "OQ1", client_secret = "s2" }')
  end)

  it("of OAuth need no account SID, but the resources of an account do", function()
    for _, options in ipairs { { bearer_token = "b1" }, { client_id = "OQ1", client_secret = "s2" } } do
      local sent
      function options.transport(request)
        sent = request
        return { status = 200, body = '{"access_token":"b1","sid":"XX1"}' }
      end
      local client = twilio.client(options)
      assert.is_nil(client.account_sid)
      assert.equal("twilio.client (no account)", tostring(client))
      assert(client.verify.services:get "VA1")
      assert.equal("Bearer b1", sent.headers.authorization)
      for _, name in ipairs { "calls", "messages", "recordings" } do
        assert.equal(("'%s' belongs to an account: the client needs account_sid, or use client:account(sid)"):format(name),
          (support.misuse(function() return client[name] == nil end)))
      end
      assert.truthy(support.misuse(function() return client.api.v2010.account == nil end):find("needs account_sid", 1, true))
      assert(client:account("AC7").calls:get "CA1")
      assert.truthy(sent.url:find("/Accounts/AC7/Calls/CA1.json", 1, true))
      assert(client.accounts("AC8").calls:get "CA1")
      assert.truthy(sent.url:find("/Accounts/AC8/Calls/CA1.json", 1, true))
    end
  end)

  it("must be OAuth credentials for operations that accept only OAuth", function()
    local function users(client) return client.preview_iam.organization("OR1").users end
    local client, requests = support.client()
    assert.equal('preview_iam.organization("OR1").users:list needs OAuth: pass client_id and client_secret, or bearer_token, to twilio.client',
      (support.misuse(function() users(client):list() end)))
    assert.truthy(support.misuse(function() users(client):get "US1" end):find("users:get needs OAuth", 1, true))
    assert.truthy(support.misuse(function() users(client):iter() end):find("users:iter needs OAuth", 1, true))
    assert.equal(0, #requests)
    client, requests = support.client { bearer_token = "b1" }
    assert(users(client):get "US1")
    assert.equal("Bearer b1", requests[1].headers.authorization)
  end)

  it("are not sent for operations without authentication", function()
    local client, requests = support.client { bearer_token = "b1" }
    client.oauth.v2.token:create { grant_type = "client_credentials" }
    client.oauth.v1.authorize:fetch()
    client.iam.v1.role_permission("RX1"):list()
    for _, request in ipairs(requests) do assert.is_nil(request.headers.authorization) end
    assert.equal(3, #requests)
  end)

  it("of OAuth are never shown", function()
    for _, name in ipairs { "client_secret", "bearer_token" } do
      local secret, lines = "5ecre7-of-the-spec", {}
      local client = support.client({
        [name] = secret, client_id = name == "client_secret" and "OQ1" or nil,
        log = function(...) lines[#lines + 1] = { ... } end,
      }, function() return nil, "no network" end)
      local record, message, err = client.calls:get "CA1"
      assert.is_nil(record)
      local shown = { tostring(client), tostring(client.calls), message }
      for field, value in pairs(err) do shown[#shown + 1] = field .. tostring(value) end
      for _, line in ipairs(lines) do
        shown[#shown + 1] = line[2]
        for field, value in pairs(line[3]) do shown[#shown + 1] = field .. tostring(value) end
      end
      for _, text in ipairs(shown) do assert.is_nil(text:find(secret, 1, true)) end
      assert.is_true(#shown > 12)
      assert.truthy(support.misuse(function() return client[name] end):find("the client has no", 1, true))
    end
    for _, options in ipairs {
      { client_secret = "5ecre7" }, { bearer_token = "5ecre7 x" }, { bearer_token = "5ecre7\n" },
      { bearer_token = "5ecre7", client_id = "x", client_secret = "5ecre7" },
    } do
      assert.is_nil(support.misuse(twilio.client, options):find("5ecre7", 1, true))
    end
  end)
end)
