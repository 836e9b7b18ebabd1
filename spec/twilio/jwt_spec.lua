-- Tokens. spec/contract/jwt compares them with those of Twilio's libraries on random inputs.
local core = require "twilio.core"
local json = require "twilio.json"
local support = require "spec.support.client"
local twilio = require "twilio"

local jwt = twilio.jwt
local ACCOUNT, API_KEY = "AC" .. ("1"):rep(32), "SK" .. ("2"):rep(32)

-- Returns the header and the claims of a token as JSON texts.
local function parts(token)
  local header, claims = token:match "^([%w_-]+)%.([%w_-]+)%.[%w_-]+$"
  return core.base64url_decode(header), core.base64url_decode(claims)
end

local function claims_of(token)
  local _, claims = parts(token)
  return core.json_decode(claims)
end

-- Makes a token of any header and claims, with a valid signature.
local function forge(header, claims, secret)
  local text = core.base64url(header) .. "." .. core.base64url(claims)
  return text .. "." .. core.base64url(core.hmac("sha256", secret or "s", text))
end

local HEADER = '{"alg":"HS256","typ":"JWT"}'
local LATER = os.time() + 10000

local function access(options)
  local all = { account_sid = ACCOUNT, api_key = API_KEY, api_secret = "s" }
  for name, value in pairs(options or {}) do all[name] = value end
  return jwt.access_token(all)
end

local function refused(make, options)
  local message, position = support.misuse(function() make(options) end)
  assert.matches("jwt_spec%.lua:%d+:$", position)
  return message
end

describe("twilio.jwt", function()
  it("is loaded when it is first used", function()
    local output = support.run [[
      local twilio = require "twilio"
      print(package.loaded["twilio.jwt"], rawget(twilio, "jwt"))
      print(twilio.jwt == require "twilio.jwt", rawget(twilio, "jwt") == twilio.jwt)
      print(select(2, pcall(function() return twilio.jwtt end)))
    ]]
    assert.matches("^nil\tnil\ntrue\ttrue\n.*:%d+: twilio has no 'jwtt' %(did you mean 'jwt'%?%)\n$", output)
  end)

  it("raises for a function that it does not have", function()
    assert.equal("twilio.jwt has no 'acces_token' (did you mean 'access_token'?)", support.misuse(function() return jwt.acces_token end))
  end)

  it("raises if a function is called with ':'", function()
    for _, name in ipairs { "access_token", "client_capability", "task_router_capability" } do
      assert.equal(name .. " is called with '.', not with ':'", support.misuse(function() jwt[name](jwt, {}) end))
    end
    assert.equal("verify is called with '.', not with ':'", support.misuse(function() jwt:verify("token", "secret") end))
  end)

  it("raises for arguments that are not a table", function()
    assert.equal("access_token takes a table, got nothing", support.misuse(function() jwt.access_token() end))
    assert.equal("access_token takes a table, got a string", support.misuse(function() jwt.access_token "x" end))
    assert.equal("access_token takes one table", support.misuse(function() jwt.access_token({}, {}) end))
    assert.equal("access_token: expected a documented field name, got a number", refused(access, { "x" }))
  end)
end)

describe("an access token", function()
  it("has the same header and claims as Twilio's libraries write", function()
    local before = os.time()
    local header, claims = parts(access { identity = "alice", grants = { video = { room = "r" } } })
    local after = os.time()
    assert.equal('{"alg":"HS256","cty":"twilio-fpa;v=1","typ":"JWT"}', header)
    local read = core.json_decode(claims)
    assert.is_true(read.exp >= before + 3600 and read.exp <= after + 3600)
    assert.equal(('{"exp":%d,"grants":{"identity":"alice","video":{"room":"r"}},"iss":"%s","jti":"%s-%d","sub":"%s"}')
      :format(read.exp, API_KEY, API_KEY, read.exp - 3600, ACCOUNT), claims)
  end)

  it("is signed with HMAC-SHA-256", function()
    local token = access { identity = "alice" }
    local text, signature = token:match "^(.*)%.([^.]*)$"
    assert.equal(core.base64url(core.hmac("sha256", "s", text)), signature)
  end)

  -- The vectors of the tests of Twilio's libraries.
  it("has the grants of all products", function()
    local function grants(given)
      local _, claims = parts(access { identity = "i", grants = given })
      return (claims:match '"grants":{(.*)},"iss"':gsub(',?"identity":"i",?', ""))
    end
    assert.equal('"voice":{"outgoing":{"application_sid":"AP123","params":{"foo":"bar"}}}',
      grants { voice = { outgoing_application_sid = "AP123", outgoing_application_params = { foo = "bar" } } })
    assert.equal('"voice":{"incoming":{"allow":true}}', grants { voice = { incoming_allow = true } })
    assert.equal('"voice":{"endpoint_id":"e","push_credential_sid":"CR1"}',
      grants { voice = { incoming_allow = false, endpoint_id = "e", push_credential_sid = "CR1" } })
    assert.equal('"chat":{"deployment_role_sid":"RL1","endpoint_id":"e","push_credential_sid":"CR1","service_sid":"IS1"}',
      grants { chat = { service_sid = "IS1", endpoint_id = "e", deployment_role_sid = "RL1", push_credential_sid = "CR1" } })
    assert.equal('"data_sync":{"endpoint_id":"e","service_sid":"default"}', grants { sync = { service_sid = "default", endpoint_id = "e" } })
    assert.equal('"task_router":{"role":"worker","worker_sid":"WK1","workspace_sid":"WS1"}',
      grants { task_router = { workspace_sid = "WS1", worker_sid = "WK1", role = "worker" } })
    local playback = core.json_decode '{"requestCredentials":null,"playbackUrl":"https://x","list":[],"object":{},"n":12345678901234567890}'
    assert.equal('"player":' .. json.encode(playback), grants { playback = playback })
    assert.matches('"list":%[%]', json.encode(playback))
  end)

  it("writes empty grants as JSON objects", function()
    local _, claims = parts(access {})
    assert.matches('"grants":{},', claims)
    _, claims = parts(access { grants = {} })
    assert.matches('"grants":{},', claims)
    _, claims = parts(access {
      identity = "i", grants = {
        voice = { outgoing_application_sid = "AP1", outgoing_application_params = {} },
        video = {}, chat = {}, sync = {}, task_router = {}, playback = {},
      },
    })
    assert.matches('"grants":{"chat":{},"data_sync":{},"identity":"i","player":{},"task_router":{},"video":{},'
      .. '"voice":{"outgoing":{"application_sid":"AP1","params":{}}}}', claims)
  end)

  it("writes times without a fraction and without an exponent", function()
    local now = os.time()
    for _, ttl in ipairs { 60, 60.0, 86400 } do
      local _, claims = parts(access { ttl = ttl, nbf = now + 0.0 })
      assert.matches('^{"exp":%d%d%d%d%d%d%d%d%d%d,', claims)
      assert.matches('"nbf":' .. ("%d"):format(now) .. ",", claims)
      assert.matches('"jti":"SK%d+%-%d%d%d%d%d%d%d%d%d%d"', claims)
    end
    local _, claims = parts(access {
      identity = 12345, grants = { voice = { outgoing_application_sid = "AP1", outgoing_application_params = { n = 3, m = 1e15, f = 0.5 } } },
    })
    assert.matches('"identity":"12345"', claims)
    assert.matches('"params":{"f":0.5,"m":1000000000000000,"n":3}', claims)
  end)

  it("has nbf and the region only if the program passes them", function()
    local header, claims = parts(access { region = "ie1" })
    assert.equal('{"alg":"HS256","cty":"twilio-fpa;v=1","twr":"ie1","typ":"JWT"}', header)
    assert.is_nil(core.json_decode(claims).nbf)
    assert.equal(1700000000, claims_of(access { nbf = 1700000000 }).nbf)
  end)

  it("is the same for the same input, whatever the order of its fields", function()
    local function token(names)
      local grants = {}
      for _, name in ipairs(names) do grants[name] = { endpoint_id = "e", service_sid = "IS1" } end
      return (select(2, parts(access { identity = "i", grants = grants, nbf = 1 })):gsub("%d%d%d%d%d%d%d%d%d%d", "T"))
    end
    assert.equal(token { "chat", "sync" }, token { "sync", "chat" })
  end)

  it("accepts any UTF-8 text as an identity", function()
    for _, identity in ipairs { 'a"b\\c', "ä€😀", "\0\1\127", ("x"):rep(10000), "</script>" } do
      local claims = assert(jwt.verify(access { identity = identity, grants = { video = {} } }, "s"))
      assert.equal(identity, claims.grants.identity)
    end
    assert.matches("must be UTF%-8", refused(access, { identity = "\255" }))
  end)

  it("raises for an argument with an unknown name", function()
    assert.equal("access_token has no 'identiy' (did you mean 'identity'?)", refused(access, { identiy = "x" }))
    assert.equal("a table of grants has no 'voce' (did you mean 'voice'?)", refused(access, { grants = { voce = {} } }))
    assert.equal("the grant 'voice' has no 'incoming_alow' (did you mean 'incoming_allow'?)",
      refused(access, { grants = { voice = { incoming_alow = true } } }))
    assert.equal("access_token: expected a documented field name, got '__x'", refused(access, { __x = 1 }))
    assert.equal("grants.chat: expected a documented field name, got a number", refused(access, { grants = { chat = { [2] = 1 } } }))
  end)

  it("raises for an argument of another type", function()
    assert.equal("identity must be a string, got a table", refused(access, { identity = {} }))
    assert.equal("identity must be a string, got a number", refused(access, { identity = 1.5 }))
    assert.equal("identity is empty", refused(access, { identity = "" }))
    assert.equal("grants must be a table, got a string", refused(access, { grants = "voice" }))
    assert.equal("grants.voice must be a table, got a boolean", refused(access, { grants = { voice = true } }))
    assert.equal("grants.video must be a table with names, got an array", refused(access, { grants = { video = { "room" } } }))
    assert.equal("grants.video.room must be a string, got a number", refused(access, { grants = { video = { room = 1 } } }))
    assert.equal("grants.voice.incoming_allow must be a boolean, got a string", refused(access, { grants = { voice = { incoming_allow = "true" } } }))
    assert.equal("grants.playback must be a table with names, got an array", refused(access, { grants = { playback = twilio.array() } }))
    assert.equal("region must be the name of a region, such as 'ie1'", refused(access, { region = "IE1\n" }))
  end)

  it("raises for SIDs of other resources", function()
    assert.equal("account_sid must be the SID of an account (AC…), got SK…", refused(access, { account_sid = API_KEY }))
    assert.equal("api_key must be the SID of an API key (SK…), got AC…", refused(access, { api_key = ACCOUNT }))
    assert.equal("api_key must be the SID of an API key (SK…)", refused(access, { api_key = "5ecret" }))
    assert.equal("api_secret holds a SID (SK…), not a secret: are they swapped?", refused(access, { api_secret = API_KEY }))
    assert.equal("grants.voice.outgoing_application_sid takes a TwiML application (AP…), got the SID of something else (CR…)",
      refused(access, { grants = { voice = { outgoing_application_sid = "CR" .. ("0"):rep(32) } } }))
    assert.equal("grants.chat.service_sid takes a Conversations service (IS…), got the SID of something else (MG…)",
      refused(access, { grants = { chat = { service_sid = "MG" .. ("a"):rep(32) } } }))
  end)

  it("raises for credentials that are missing", function()
    assert.equal("access_token needs account_sid", support.misuse(function() jwt.access_token { api_key = "SK1", api_secret = "s" } end))
    assert.equal("access_token needs api_secret", support.misuse(function() jwt.access_token { account_sid = "AC1", api_key = "SK1" } end))
    assert.equal("api_secret is empty", refused(access, { api_secret = "" }))
  end)

  it("raises without the identity that a product needs", function()
    for _, name in ipairs { "voice", "video", "chat", "sync" } do
      assert.equal(("the grant '%s' needs an identity"):format(name), refused(access, { grants = { [name] = {} } }))
    end
    assert.is_truthy(access { grants = { task_router = {}, playback = {} } })
  end)

  it("raises for outgoing parameters without an application", function()
    assert.equal("grants.voice.outgoing_application_params needs outgoing_application_sid",
      refused(access, { identity = "i", grants = { voice = { outgoing_application_params = {} } } }))
  end)

  it("expires after at most 24 hours", function()
    for _, ttl in ipairs { 0, -1, 86401, 1.5, 1 / 0, 0 / 0, "60" } do
      assert.matches("^ttl must be a whole number of seconds from 1 to 86400, which are 24 hours, got ", refused(access, { ttl = ttl }))
    end
    for _, nbf in ipairs { -1, 1.5, 1 / 0, 0 / 0, "1", true } do
      assert.matches("^nbf must be a time in whole seconds", refused(access, { nbf = nbf }))
    end
    assert.equal("nbf must be before the token expires, ttl seconds from now", refused(access, { nbf = os.time() + 3700 }))
    assert.equal("nbf must be before the token expires, ttl seconds from now", refused(access, { nbf = os.time() * 1000 }))
  end)

  it("raises for parameters that contain themselves", function()
    local loop = {}
    loop.loop = loop
    assert.matches("contains itself", refused(access, { grants = { playback = loop } }))
  end)

  it("shows no secret in a message", function()
    local wrong = { { identity = {} }, { api_key = "5ecret-of-spec" }, { account_sid = "5ecret-of-spec" }, { grants = 1 }, { nope = 1 } }
    for _, options in ipairs(wrong) do
      local all = { account_sid = ACCOUNT, api_key = API_KEY, api_secret = "5ecret-of-spec" }
      for name, value in pairs(options) do all[name] = value end
      assert.is_nil(support.misuse(function() jwt.access_token(all) end):find("5ecret", 1, true))
    end
  end)
end)

describe("twilio.jwt.verify", function()
  local function reason(token, secret, options)
    local claims, why = jwt.verify(token, secret or "s", options)
    assert.is_nil(claims)
    assert.is_string(why)
    return why
  end

  it("returns the claims of a valid token, with exact integers", function()
    local claims = assert(jwt.verify(forge(HEADER, ('{"exp":%d,"n":9007199254740993,"a":[],"b":null}'):format(LATER)), "s"))
    assert.equal(LATER, claims.exp)
    assert.equal(("%d"):format(LATER), json.encode(claims.exp))
    assert.equal("9007199254740993", json.encode(claims.n))
    assert.equal("[]", json.encode(claims.a))
    assert.is_nil(claims.b)
  end)

  it("refuses a wrong signature", function()
    local token = access { identity = "i" }
    assert.is_truthy(jwt.verify(token, "s"))
    assert.equal("the signature is wrong", reason(token, "S"))
    local text, signature = token:match "^(.*%.)([^.]*)$"
    assert.equal("the signature is wrong", reason(text))
    assert.equal("the signature is wrong", reason(text .. signature:sub(1, -2)))
    assert.equal("the signature is wrong", reason(text .. signature .. "A"))
    for i = 1, #signature do
      local other = signature:sub(i, i) == "A" and "B" or "A"
      assert.equal("the signature is wrong", reason(text .. signature:sub(1, i - 1) .. other .. signature:sub(i + 1)))
    end
  end)

  it("accepts only HS256", function()
    local claims = ('{"exp":%d}'):format(LATER)
    for _, alg in ipairs { '"none"', '"None"', '"HS512"', '"HS384"', '"RS256"', '"hs256"', "null", "1", "[]", '{"a":"HS256"}', '["HS256"]' } do
      assert.equal("the token is not signed with HS256", reason(forge(('{"alg":%s}'):format(alg), claims)))
    end
    assert.equal("the token is not signed with HS256", reason(forge("{}", claims)))
    assert.equal("the token is not signed with HS256", reason(core.base64url '{"alg":"none"}' .. "." .. core.base64url(claims) .. "."))
    assert.equal("the token has critical extensions", reason(forge('{"alg":"HS256","crit":["b64"],"b64":false}', claims)))
  end)

  it("refuses a token before and after its time, with a leeway", function()
    local now = os.time()
    local function token(exp, nbf) return forge(HEADER, ('{"exp":%s%s}'):format(exp, nbf and ',"nbf":' .. nbf or "")) end
    assert.equal("the token has expired", reason(token(("%d"):format(now))))
    assert.equal("the token has expired", reason(token "0"))
    assert.equal("the token has expired", reason(token "-1"))
    assert.equal("the token has expired", reason(token(("%d"):format(now - 100)), "s", { leeway = 100 }))
    assert.is_truthy(jwt.verify(token(("%d"):format(now - 100)), "s", { leeway = 200 }))
    assert.equal("the token is not valid yet", reason(token(("%d"):format(now + 1000), ("%d"):format(now + 500))))
    assert.is_truthy(jwt.verify(token(("%d"):format(now + 1000), ("%d"):format(now + 500)), "s", { leeway = 600 }))
    assert.is_truthy(jwt.verify(token(("%d.5"):format(now + 1000), ("%d"):format(now)), "s"))
    assert.equal("the token has no expiry", reason(forge(HEADER, "{}")))
    assert.equal("the token has no expiry", reason(forge(HEADER, '{"exp":null}')))
    for _, exp in ipairs { '"9999999999"', "true", "[]", "{}", "99999999999999999999" } do
      assert.equal("the token is malformed", reason(token(exp)))
    end
    assert.equal("the token is malformed", reason(token(("%d"):format(LATER), '"1"')))
  end)

  it("returns nil for a value that is not a token", function()
    local good = access { identity = "i" }
    local head, body, signature = good:match "^(.-)%.(.-)%.(.-)$"
    local values = {
      "", ".", "..", "...", "a.b.c", good .. ".", "." .. good, good .. "\n", " " .. good, "Bearer " .. good, head .. "." .. body,
      good .. "=",
      head .. "." .. body .. "." .. signature .. "." .. signature, head .. ".." .. signature, "." .. body .. "." .. signature,
      (good:gsub("%.", "\0", 1)),
      good:gsub("e", "é", 1), {}, false, 1, print, coroutine.create(function() end), core.null,
      forge("[]", "{}"), forge("1", "{}"), forge('"x"', "{}"), forge("null", "{}"), forge(HEADER, "[]"), forge(HEADER, "null"), forge(HEADER, "1"),
      forge(HEADER, "{"), forge(HEADER, ""), forge(HEADER, "{}x"), forge(HEADER, '\239\187\191{"exp":1}'), forge("{", "{}"), forge("", ""),
      forge(HEADER, ("["):rep(10000)), forge(HEADER, '{"a":' .. ("["):rep(600) .. ("]"):rep(600) .. "}"),
    }
    for _, value in ipairs(values) do assert.equal("the token is malformed", reason(value)) end
    assert.equal("the token is malformed", reason(nil))
  end)

  it("refuses a token of many megabytes at once", function()
    assert.equal("the token is malformed", reason(("x"):rep(10 * 1024 * 1024)))
    assert.equal("the token is malformed", reason(forge(HEADER, '{"exp":1,"x":"' .. ("x"):rep(10 * 1024 * 1024) .. '"}')))
    assert.equal("the token is malformed", reason(("."):rep(65536)))
  end)

  it("never raises for random changes of a token", function()
    math.randomseed(42)
    local good = access { identity = "i", grants = { video = {} } }
    for _ = 1, 3000 do
      local at, length = math.random(#good), math.random(0, 3)
      local piece = {}
      for i = 1, math.random(0, 3) do piece[i] = string.char(math.random(0, 255)) end
      local other = good:sub(1, at - 1) .. table.concat(piece) .. good:sub(at + length)
      if other ~= good then assert.is_nil((jwt.verify(other, "s"))) end
    end
  end)

  it("never raises for random headers and claims with a valid signature", function()
    math.randomseed(7)
    local pieces = {
      "{", "}", "[", "]", ",", ":", '"exp"', '"nbf"', '"alg"', '"HS256"', "1e999", "-1", "null", "true", '"\\ud800"', '"', "\0", "9999999999", " ",
    }
    for _ = 1, 3000 do
      local function text()
        local out = {}
        for i = 1, math.random(0, 12) do out[i] = pieces[math.random(#pieces)] end
        return table.concat(out)
      end
      local claims, why = jwt.verify(forge(math.random() < 0.5 and HEADER or text(), "{" .. text() .. "}"), "s")
      assert.is_true(type(claims) == "table" or type(why) == "string")
    end
  end)

  it("raises for a wrong secret and wrong options", function()
    assert.equal("the secret of verify must be a string, got nothing", support.misuse(function() jwt.verify "x" end))
    assert.equal("the secret of verify is empty", support.misuse(function() jwt.verify("x", "") end))
    assert.equal("the secret of verify holds a SID (SK…), not a secret: are they swapped?", support.misuse(function() jwt.verify("x", API_KEY) end))
    assert.equal("the options of verify has no 'leway' (did you mean 'leeway'?)", support.misuse(function() jwt.verify("x", "s", { leway = 1 }) end))
    assert.equal("the options of verify must be a table, got a number", support.misuse(function() jwt.verify("x", "s", 30) end))
    for _, leeway in ipairs { -1, 0 / 0, 1 / 0, "1" } do
      assert.matches("^leeway must be a number of seconds", support.misuse(function() jwt.verify("x", "s", { leeway = leeway }) end))
    end
  end)
end)

describe("client.jwt", function()
  local SECRETS = { account_sid = ACCOUNT, auth_token = "auth-5ecret", api_key = API_KEY, api_secret = "api-5ecret" }

  local function client(options)
    local all = {}
    for name, value in pairs(SECRETS) do all[name] = value end
    for name, value in pairs(options or {}) do all[name] = value or nil end
    return twilio.client(all)
  end

  it("uses the client's credentials", function()
    local own = client().jwt
    local claims = assert(jwt.verify(own.access_token { identity = "i", grants = { video = {} } }, "api-5ecret"))
    assert.same({ API_KEY, ACCOUNT }, { claims.iss, claims.sub })
    assert.equal(ACCOUNT, assert(jwt.verify(own.client_capability { incoming = "x" }, "auth-5ecret")).iss)
    assert.equal(ACCOUNT, assert(jwt.verify(own.task_router_capability { workspace_sid = "WS1" }, "auth-5ecret")).iss)
  end)

  it("makes the same tokens as twilio.jwt", function()
    local options = { identity = "i", ttl = 100, nbf = 1, grants = { sync = { service_sid = "IS1" } } }
    local mine = client().jwt.access_token(options)
    for name, value in pairs { account_sid = ACCOUNT, api_key = API_KEY, api_secret = "api-5ecret" } do options[name] = value end
    local other = jwt.access_token(options)
    if claims_of(mine).exp == claims_of(other).exp then assert.equal(other, mine) end
    assert.equal((parts(other)), (parts(mine)))
  end)

  it("writes the client's region into tokens", function()
    assert.matches('"twr":"ie1"', (parts(client { region = "ie1", edge = "dublin" }.jwt.access_token {})))
    assert.matches('"twr":"au1"', (parts(client { region = "ie1", edge = "dublin" }.jwt.access_token { region = "au1" })))
    assert.is_nil((parts(client().jwt.access_token {})):find("twr", 1, true))
  end)

  it("verifies the client's own tokens", function()
    local own = client().jwt
    assert.is_truthy(own.verify(own.access_token { identity = "i" }))
    assert.is_truthy(own.verify(own.client_capability { incoming = "x" }))
    local function reason(...) return (select(2, own.verify(...))) end
    assert.equal("the token is not from this client", reason(access { api_key = "SK9", api_secret = "api-5ecret" }))
    assert.equal("the signature is wrong", reason(access { api_secret = "other" }))
    -- The claim iss selects the secret.
    assert.equal("the signature is wrong", reason(forge(HEADER, ('{"exp":%d,"iss":"%s"}'):format(LATER, ACCOUNT), "api-5ecret")))
    assert.equal("the token is not from this client", reason(forge(HEADER, ('{"exp":%d}'):format(LATER), "api-5ecret")))
    assert.equal("the token is malformed", reason {})
    assert.is_truthy(own.verify(forge(HEADER, ('{"exp":%d,"iss":"%s"}'):format(os.time() - 10, ACCOUNT), "auth-5ecret"), { leeway = 100 }))
  end)

  it("is one object per client, and is suggested for a misspelt name", function()
    local one = client()
    assert.equal(one.jwt, one.jwt)
    assert.not_equal(one.jwt, client().jwt)
    assert.matches("did you mean 'jwt'%?", support.misuse(function() return one.jwtt end))
    assert.equal("client.jwt has no 'acces_token' (did you mean 'access_token'?)", support.misuse(function() return one.jwt.acces_token end))
  end)

  it("is collected with its client", function()
    local weak = setmetatable({}, { __mode = "v" })
    do
      local one = client()
      weak[1] = one.jwt
      assert.is_truthy(one.jwt.access_token { identity = "i" })
    end
    for _ = 1, 4 do collectgarbage() end
    assert.is_nil(weak[1])
  end)

  it("raises for credentials among the arguments", function()
    local own = client().jwt
    for _, name in ipairs { "account_sid", "api_key", "api_secret" } do
      assert.equal(("client.jwt uses the client's own credentials: pass %s to the function of twilio.jwt instead"):format(name),
        support.misuse(function() own.access_token { [name] = "x" } end))
    end
    assert.equal("client.jwt.access_token is called with '.', not with ':'", support.misuse(function() own:access_token {} end))
    assert.equal("client.jwt.verify is called with '.', not with ':'", support.misuse(function() own:verify "x" end))
  end)

  it("raises if the client has no secret for the token", function()
    assert.matches("^the client has no API key", support.misuse(function() client { api_key = false, api_secret = false }.jwt.access_token {} end))
    assert.matches("^the client has no auth token",
      support.misuse(function() client { auth_token = false }.jwt.client_capability { incoming = "x" } end))
    assert.matches("^a token for account AC2 must be signed", support.misuse(function() client():account "AC2".jwt.access_token {} end))
    assert.matches("^a token for account AC2 must be signed", support.misuse(function() client():account "AC2".jwt.verify "x" end))
  end)

  it("raises after the client was closed", function()
    local one = client()
    local own = one.jwt
    one:close()
    assert.equal("the client is closed", support.misuse(function() return one.jwt end))
    assert.equal("the client is closed", support.misuse(function() own.access_token {} end))
    assert.equal("the client is closed", support.misuse(function() own.verify "x" end))
  end)

  it("does not show the secrets to the program", function()
    local one, seen = client(), {}
    local own = one.jwt
    local function look(value, depth)
      support.collect_texts(seen, value)
      if type(value) == "function" and depth < 4 then
        for i = 1, 60 do
          local name, upvalue = debug.getupvalue(value, i)
          if not name then break end
          look(upvalue, depth + 1)
        end
      end
    end
    for _, f in pairs(own) do look(f, 0) end
    support.collect_texts(seen, one, own, own.verify(own.access_token { identity = "i" }), pcall(own.access_token, { x = 1 }))
    assert.is_true(#seen > 20)
    for _, text in ipairs(seen) do assert.is_nil(text:find("5ecret", 1, true), text) end
  end)
end)
