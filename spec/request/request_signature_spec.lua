-- The header Twilio-Client-Validation. Its canonical request: spec/text/signed_text_spec.lua.
local core = require "twilio.core"
local keys = require "spec.support.signing_keys"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

local ACCOUNT, API_KEY, CREDENTIAL = "AC" .. ("1"):rep(32), "SK" .. ("2"):rep(32), "CR" .. ("3"):rep(32)

describe("a signed request", function()
  local key, server

  setup(function()
    key = keys.rsa()
    server = servers.twilio()
    server:post("/_/key", { Sid = API_KEY, Secret = "s", Account = server.account_sid })
  end)
  teardown(function() server:stop() end)
  before_each(function() server:post "/_/forget" end)

  local function options(more)
    local all = {
      account_sid = ACCOUNT, api_key = API_KEY, api_secret = "s", auth_token = nil,
      client_validation = { key = key.private, credential_sid = CREDENTIAL },
    }
    for name, value in pairs(more or {}) do all[name] = value end
    return all
  end

  -- A client whose transport keeps the requests. support.client would add an auth token.
  local function client(answer, more)
    local requests = {}
    local all = options(more)
    function all.transport(request)
      requests[#requests + 1] = request
      return answer and answer(request, #requests) or { status = 200, body = '{"records":[],"sid":"XX1"}' }
    end
    return twilio.client(all), requests
  end

  -- Computes the hash of a request as Twilio does. Only the SHA-256 function is this library's.
  local function hash_of(request)
    local host, path, query = request.url:match "^https?://([^/]+)([^?]*)%??(.*)$"
    local pairs_of_query = {}
    for pair in query:gmatch "[^&]+" do pairs_of_query[#pairs_of_query + 1] = pair end
    table.sort(pairs_of_query)
    return core.sha256(table.concat({
      request.method, path, table.concat(pairs_of_query, "&"), "authorization:" .. request.headers.authorization, "host:" .. host, "",
      "authorization;host", request.body and request.body ~= "" and core.sha256(request.body) or "",
    }, "\n"))
  end

  local function claims_of(request)
    local header, claims = keys.open(request.headers["twilio-client-validation"], key)
    assert.same({ alg = "RS256", cty = "twilio-pkrv;v=1", kid = CREDENTIAL, typ = "JWT" }, header)
    return claims
  end

  it("has a token with the hash of the request", function()
    local one, requests = client()
    local before = os.time()
    one.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
    one.calls:list { status = "queued", to = "a b*~", page_size = 5 }
    one.calls:delete "CA1"
    one:request { method = "PUT", path = "/x~y/%C3%A4", json = { a = 1 } }
    assert.equal(4, #requests)
    for _, request in ipairs(requests) do
      local claims = claims_of(request)
      assert.is_true(claims.exp >= before + 300 and claims.exp <= os.time() + 300)
      claims.exp = nil
      assert.same({ iss = API_KEY, sub = ACCOUNT, hrh = "authorization;host", rqh = hash_of(request) }, claims)
    end
  end)

  it("differs from each other request of the client", function()
    local one, requests = client()
    for _, path in ipairs { "/a", "/b", "/a" } do one:request { path = path } end
    one:request { path = "/a", method = "POST", form = { x = "1" } }
    one:request { path = "/a", method = "POST", form = { x = "2" } }
    local seen, n = {}, 0
    for _, request in ipairs(requests) do
      local hash = claims_of(request).rqh
      if not seen[hash] then n = n + 1 end
      seen[hash] = true
    end
    assert.equal(4, n)
  end)

  it("of a client for another account names the account of the key in its token", function()
    local one, requests = client()
    one:account("AC9").calls:list()
    local claims = claims_of(requests[1])
    assert.equal(ACCOUNT, claims.sub)
    assert.equal(hash_of(requests[1]), claims.rqh)
  end)

  it("is signed on each page of a list", function()
    local one, requests = client(function(_, n)
      return { status = 200, body = ('{"calls":[{"sid":"CA%d"}],"next_page_uri":%s}'):format(n, n < 3 and ('"/x?Page=%d&A=1"'):format(n) or "null") }
    end)
    local n = 0
    for _ in one.calls:iter() do n = n + 1 end
    assert.equal(3, n)
    for _, request in ipairs(requests) do assert.equal(hash_of(request), claims_of(request).rqh) end
  end)

  it("signs the program's own Authorization header", function()
    local one, requests = client()
    one:request { path = "/x", headers = { authorization = "Digest z" } }
    assert.equal("Digest z", requests[1].headers.authorization)
    assert.equal(hash_of(requests[1]), claims_of(requests[1]).rqh)
  end)

  it("signs only the header Host if no credentials are sent", function()
    local one, requests = client()
    one.oauth.v2.token:create { client_id = "x", client_secret = "y", grant_type = "client_credentials" }
    assert.is_nil(requests[1].headers.authorization)
    local claims = claims_of(requests[1])
    assert.equal("host", claims.hrh)
    assert.equal(core.sha256(("POST\n/v2/token\n\nhost:oauth.twilio.com\n\nhost\n%s"):format(core.sha256(requests[1].body))), claims.rqh)
  end)

  it("refuses a Twilio-Client-Validation header of the program", function()
    local one = client()
    assert.equal("header 'twilio-client-validation' is set by the client, which has the option client_validation",
      support.misuse(function() one:request { path = "/x", headers = { ["twilio-client-validation"] = "x" } } end))
    local request = support.sent(function(c) c:request { path = "/x", headers = { ["Twilio-Client-Validation"] = "x" } } end)
    assert.equal("x", request.headers["twilio-client-validation"])
  end)

  it("is signed anew for each attempt, with the time of the attempt", function()
    local one, requests = client(function(_, n)
      if n < 3 then return { status = 429, headers = { ["retry-after"] = "1" }, body = '{"code":20429,"message":"too many"}' } end
    end, { retries = 2 })
    assert.is_truthy(one.calls:get "CA1")
    assert.equal(3, #requests)
    local last = 0
    for _, request in ipairs(requests) do
      local claims = claims_of(request)
      assert.is_true(claims.exp > last) -- the pause has one second
      assert.equal(hash_of(request), claims.rqh)
      last = claims.exp
    end
  end)

  -- Returns the requests that the server has received, as a transport gets them.
  local function received()
    local list = {}
    for i, entry in ipairs(server:get("/_/log")) do
      local headers = {}
      for name, value in pairs(entry.headers) do headers[name:lower()] = value end
      list[i] = { method = entry.method, url = "http://" .. headers.host .. entry.target, headers = headers, body = entry.body }
    end
    return list
  end

  it("reaches the server as it was signed, at each attempt", function()
    server:post("/_/fault", { Status = 429, Body = '{"code":20429,"message":"too many"}', Times = 2 })
    local one = twilio.client(options { account_sid = server.account_sid, base_url = server.url, max_retry_wait = 0.01, retries = 3 })
    assert(one.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml?a=b c" })
    assert(one.calls:list { to = "+15558675310" })
    local requests = received()
    assert.equal(4, #requests)
    for _, request in ipairs(requests) do
      local _, claims = keys.open(request.headers["twilio-client-validation"], key)
      assert.equal(hash_of(request), claims.rqh)
      assert.equal(server.account_sid, claims.sub)
    end
  end)

  it("shows its token in no log, no error and no text of the client", function()
    local seen = {}
    local one, requests = client(function() return { status = 400, body = '{"code":1,"message":"no"}' } end,
      { log = function(...) support.collect_texts(seen, ...) end })
    support.collect_texts(seen, one, one.calls, one.calls:get "CA1")
    local signature = requests[1].headers["twilio-client-validation"]:match "[^.]*$"
    assert.is_true(#seen > 10)
    for _, text in ipairs(seen) do
      assert.is_nil(text:find(signature, 1, true))
      assert.is_nil(text:find("PRIVATE KEY", 1, true))
    end
  end)

  it("is not sent by a client that has closed", function()
    local one = client()
    one:close()
    assert.equal("the client is closed", support.misuse(function() one:request { path = "/x" } end))
    local other, request
    other = client()
    request = core.raw(other, { path = "/x" })
    other:close()
    assert.equal("the client is closed", support.misuse(function() request:export() end))
  end)

  it("is signed in a child process too", function()
    local directory = shell.directory()
    shell.must(("${CC:-cc} -shared -fPIC -o %s/forking.so spec/support/forking.c"):format(directory))
    shell.write(directory .. "/key.pem", key.private)
    local output = support.run(([[
      local twilio = require "twilio"
      local file = io.open(%q)
      local pem = file:read "*a"
      file:close()
      local client = twilio.client {
        account_sid = "AC1", api_key = "SK1", api_secret = "s", client_validation = { key = pem, credential_sid = "CR1" },
        transport = function(request)
          print(request.headers["twilio-client-validation"])
          return { status = 200, body = "{}" }
        end,
      }
      client.calls:get "CA1"
      io.stdout:flush()
      local library = %q
      if package.loadlib(library, "forking_fork")(true) then
        client.calls:get "CA1"
        client:close()
        os.exit(0, true)
      end
      assert(package.loadlib(library, "forking_wait")(true))
      client.calls:get "CA1"
    ]]):format(directory .. "/key.pem", directory .. "/forking.so"))
    shell.run("rm -rf " .. directory)
    local n = 0
    for token in output:gmatch "[^\n]+" do
      local _, claims = keys.open(token, key)
      assert.equal("SK1", claims.iss)
      n = n + 1
    end
    assert.equal(3, n)
  end)

  describe("with the allocator of spec/support/failing_alloc.c", function()
    local directory, problem

    setup(function()
      if os.getenv "LD_PRELOAD" then
        problem = "another library is preloaded (a sanitizer?)"
        return
      end
      directory = shell.directory()
      local made = shell.run(("${CC:-cc} -std=c99 -O1 -shared -fPIC -o %s/alloc.so spec/support/failing_alloc.c"):format(directory))
      if not made then problem = "the allocator needs GNU libc and a compiler" end
      shell.write(directory .. "/key.pem", key.private)
    end)
    teardown(function()
      if directory then shell.run("rm -rf " .. directory) end
    end)

    -- The program finds the options of a client as `options`.
    local function run(program, variables)
      variables = variables or {}
      variables.LD_PRELOAD = directory .. "/alloc.so"
      return support.run(([[
        if jit then jit.off() end -- libgcc crashes without memory for the unwind tables of a trace
        local twilio, core = require "twilio", require "twilio.core"
        local file = io.open(%q)
        local options = {
          account_sid = "AC1", api_key = "SK1", api_secret = os.getenv "SECRET_1" or "s", retries = 0,
          client_validation = { key = file:read "*a", credential_sid = "CR1" },
        }
        file:close()
        local function settle(name)
          for _ = 1, 3 do collectgarbage() end
          return tonumber(os.getenv("alloc:" .. name))
        end
      ]]):format(directory .. "/key.pem") .. program, variables)
    end

    it("is not sent without its signature when memory runs out, and nothing is lost", function()
      if problem then return pending(problem) end
      local output = run [[
        local client = twilio.client(options)
        local own = client.jwt
        local grants = { identity = "i", grants = { voice = { outgoing_application_sid = "AP1" } } }
        -- { distance between two allocations that are made to fail, step }. libcrypto makes 3,700 to read a key.
        local steps = {
          { 67, function() twilio.client(options):close() end },
          { 1, function() assert(core.request(client.calls, "get", "CA1"):export().headers["twilio-client-validation"]) end },
          { 1, function() own.verify(own.access_token(grants)) end },
        }
        for _ = 1, 2 do for _, step in ipairs(steps) do pcall(step[2]) end end
        for number, step in ipairs(steps) do
          local lost, failures = math.huge, 0
          for _ = 1, 3 do
            local before, n, ok = settle "live", 1, nil
            repeat
              os.getenv("alloc:fail=" .. n)
              ok = pcall(step[2])
              os.getenv "alloc:fail=0"
              n, failures = n + step[1], failures + (ok and 0 or 1)
            until ok
            lost = math.min(lost, settle "live" - before)
          end
          print(number, failures > 5, lost <= 1)
        end
      ]]
      assert.equal("1\ttrue\ttrue\n2\ttrue\ttrue\n3\ttrue\ttrue\n", output)
    end)

    it("frees no memory that contains the credentials", function()
      if problem then return pending(problem) end
      local output = run([[
        options.base_url = "http://127.0.0.1:1"
        local function use()
          local client = twilio.client(options)
          local _, _, err = client.calls:make { to = "+1", from = "+2", url = "http://x?" .. ("a*"):rep(3000) }
          print(err.kind, err.attempts)
          client.jwt.verify(client.jwt.access_token { identity = "i" })
          client:close()
          twilio.client(options):request { path = "/x", query = { a = ("x&"):rep(1000) } }
        end
        use()
        print(settle "spilled")
        os.getenv "alloc:spill"
        print(settle "spilled")
      ]], { SECRET_1 = "a-secret-of-the-specs", SECRET_2 = "U0sxOmEtc2VjcmV0LW9mLXRoZS1zcGVjcw==" })
      assert.equal("network\t1\n0\n1\n", output)
    end)
  end)

  it("is signed in many threads at once", function()
    local host = require "spec.support.host"()
    shell.write(host.directory .. "/key.pem", key.private)
    host:write("script.lua", ([[
      local twilio = require "twilio"
      local file = io.open(%q)
      local pem = file:read "*a"
      file:close()
      local sent
      local client = twilio.client {
        account_sid = "AC1", api_key = "SK1", api_secret = "s", client_validation = { key = pem, credential_sid = "CR1" },
        transport = function(request)
          sent = request.headers["twilio-client-validation"]
          return { status = 200, body = "{}" }
        end,
      }
      for _ = 1, 5 do client.calls:get "CA1" end
      assert(sent:find "^[%%w_-]+%%.[%%w_-]+%%.[%%w_-]+$")
      if host.run %% 2 == 0 then client:close() end
      if host.round then host.meet() end
    ]]):format(host.directory .. "/key.pem"))
    local said = host:run("script.lua", { threads = 8, runs = host.instrumented and 2 or 10 })
    host:remove()
    assert.equal(0, said.failures[1], said.output)
  end)
end)
