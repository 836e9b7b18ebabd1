-- Whole requests: the table for a transport, the bytes on the wire, allocation failures, secrets in
-- memory.

local twilio = require "twilio"
local core = require "twilio.core"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

describe("a transport", function()
  it("gets method, URL, headers, body, timeout and the number of the attempt", function()
    local request = support.sent(function(client) client.calls:make { to = "+1", from = "+2", url = "http://f.com/?a=b&c" } end)
    assert.truthy(request.headers["user-agent"]:find("^twilio%-lua/"))
    request.headers["user-agent"] = nil
    assert.same({
      method = "POST", url = support.account_url .. "/Calls.json", timeout = 30, attempt = 1,
      body = "From=%2B2&To=%2B1&Url=http%3A%2F%2Ff.com%2F%3Fa%3Db%26c",
      headers = {
        accept = "application/json", authorization = support.authorization, ["content-type"] = "application/x-www-form-urlencoded",
      },
    }, request)
  end)

  it("gets no body and no content type if the request has none", function()
    local request = support.sent(function(client) client.calls:get "CA1" end)
    request.headers["user-agent"] = nil
    assert.same({
      method = "GET", url = support.account_url .. "/Calls/CA1.json", timeout = 30, attempt = 1,
      headers = { accept = "application/json", authorization = support.authorization },
    }, request)
    request = support.sent(function(client) client.calls:delete "CA1" end)
    request.headers["user-agent"] = nil
    assert.same({
      method = "DELETE", url = support.account_url .. "/Calls/CA1.json", timeout = 30, attempt = 1,
      headers = { authorization = support.authorization },
    }, request)
  end)

  it("gets no credentials for an operation without authentication", function()
    local request = support.sent(function(client) client.oauth.v2.token:create { grant_type = "client_credentials", client_id = "x" } end)
    assert.is_nil(request.headers.authorization)
  end)

  it("gets the content types of SCIM", function()
    local function headers(call)
      return support.sent(function(client) call(client.preview_iam.organization("OR1").users) end, { bearer_token = "b" }).headers
    end
    local created = headers(function(users) users:create { user_name = "x" } end)
    assert.equal("application/scim+json", created["content-type"])
    assert.equal("application/scim+json", created.accept)
    local fetched = headers(function(users) users:get "US1" end)
    assert.is_nil(fetched["content-type"])
    assert.equal("application/scim+json", fetched.accept)
    assert.equal("application/scim+json", headers(function(users) users:list() end).accept)
    assert.is_nil(headers(function(users) users:delete "US1" end).accept)
  end)

  it("is called for each page, with the same options", function()
    local answers = { '{"calls":[],"next_page_uri":"/2010-04-01/x.json?Page=1&PageToken=a%20b"}', '{"calls":[]}' }
    local client, requests = support.client(nil, function() return { status = 200, body = table.remove(answers, 1) } end)
    assert.truthy(assert(client.calls:list({}, { timeout = 7 })):next())
    assert.equal("https://api.twilio.com/2010-04-01/x.json?Page=1&PageToken=a%20b", requests[2].url)
    assert.equal(7, requests[2].timeout)
    assert.same(requests[1].headers, requests[2].headers)
    assert.is_nil(requests[2].body)
  end)

  it("gets parameters that are headers for every page", function()
    local answers = { '{"meta":{"next_page_url":"https://flex-api.twilio.com/v1/next"},"a":[]}', '{"a":[]}' }
    local client, requests = support.client(nil, function() return { status = 200, body = table.remove(answers, 1) } end)
    local page = assert(client.flex_api.v1.insights_segments:list { authorization = "Bearer of Flex" })
    assert.truthy(page:next())
    assert.equal("Bearer of Flex", requests[1].headers.authorization)
    assert.same(requests[1].headers, requests[2].headers)
  end)

  it("may change the request that it receives without effect on other requests", function()
    local client, requests = support.client()
    client.calls:list()
    requests[1].headers.authorization, requests[1].url = "x", "y"
    client.calls:list()
    assert.equal(support.authorization, requests[2].headers.authorization)
  end)
end)

describe("over the wire", function()
  local server, client

  setup(function()
    server = servers.twilio {}
    client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
  end)

  teardown(function()
    client:close()
    server:stop()
  end)

  it("the same request is sent that a transport would get", function()
    local calls = {
      function(c) c.calls:make { to = "+15558675310", from = "+15017122661", url = "http://f.com/?a=ü b" } end,
      function(c) c.calls:list { start_time_before = "2009-07-06", status = "in-progress" } end,
      function(c) c.calls:get ".." end,
      function(c) c.calls:get "../../a b" end,
      function(c) c.calls:delete "CA1" end,
      function(c) c.calls:update "CA1" end,
      function(c) c.sync.v1.services("IS1").documents("ET1"):update { if_match = "v 1", data = { 1 } } end,
      function(c) c.content.v1.contents:create { language = "en", types = { a = "ü" } } end,
      function(c) c:request { path = "/x?y=z", method = "PUT", json = {}, headers = { ["X-One"] = "1", Accept = "text/plain" } } end,
    }
    for i, call in ipairs(calls) do
      server:post "/_/forget"
      call(client)
      local arrived = server:get("/_/log")[1]
      local expected = support.sent(call, { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url })
      assert.equal(expected.method, arrived.method)
      assert.equal(expected.url, server.url .. arrived.target)
      assert.equal(expected.body or "", arrived.body or "", "body " .. i)
      for name, value in pairs(expected.headers) do assert.equal(value, arrived.headers[name], i .. " " .. name) end
      for name in pairs(arrived.headers) do
        if not expected.headers[name] then
          assert.truthy(({ host = 1, ["accept-encoding"] = 1, ["content-length"] = 1, ["content-type"] = 1 })[name], i .. " " .. name)
        end
      end
      assert.is_nil(arrived.headers.expect)
      if arrived.method == "DELETE" then assert.is_nil(arrived.headers.accept) end
    end
  end)

  it("an empty header is sent", function()
    local call = function(c) c:request { path = "/x", headers = { ["X-Empty"] = "" } } end
    server:post "/_/forget"
    call(client)
    assert.equal("", server:get("/_/log")[1].headers["x-empty"])
    assert.equal("", support.sent(call).headers["x-empty"])
  end)
end)

describe("a request", function()
  it("stays valid after its parameters and its resource were collected", function()
    local request = core.request(support.client().calls("CA" .. ("x"):rep(4)), "update", { url = ("u"):rep(30) })
    collectgarbage()
    collectgarbage()
    local exported = request:export()
    assert.equal(support.account_url .. "/Calls/CAxxxx.json", exported.url)
    assert.equal("Url=" .. ("u"):rep(30), exported.body)
    assert.equal(support.authorization, exported.headers.authorization)
  end)
end)

-- These specs preload the allocator of spec/support/failing_alloc.c into a new process.
describe("memory", function()
  local directory, problem

  setup(function()
    if os.getenv "LD_PRELOAD" then
      problem = "another library is preloaded (a sanitizer?)"
      return
    end
    directory = shell.directory()
    local made, output = shell.run(("cd %s && ${CC:-cc} -std=c99 -O1 -shared -fPIC -o %s/failing_alloc.so spec/support/failing_alloc.c")
      :format(shell.quote((shell.must "pwd":gsub("\n", ""))), shell.quote(directory)))
    if not made then problem = "the allocator needs GNU libc and a compiler: " .. output end
  end)

  teardown(function()
    if directory then shell.run("rm -r " .. shell.quote(directory)) end
  end)

  local function run(program, variables)
    variables.LD_PRELOAD = directory .. "/failing_alloc.so"
    return support.run(program, variables)
  end

  it("may run out at any allocation: an error is raised, and no memory leaks", function()
    if problem then return pending(problem) end
    local output = run([[
      if jit then jit.off() end -- libgcc crashes without memory for the unwind tables of a trace
      local twilio, core = require "twilio", require "twilio.core"
      local options = {
        account_sid = "AC1", api_key = "SK1", api_secret = "s", auth_token = "t", region = "ie1", edge = "dublin", user_agent = "x",
        proxy = "http://127.0.0.1:1", ca_file = "/x", base_url = "http://127.0.0.1:1/{product}",
      }
      local client = twilio.client(options)
      local call = { to = "+1", from = "+2", status_callback_event = { "a", "b" }, timeout = 0.1, record = true, twiml = ("<&>"):rep(400) }
      local document = { data = { a = { 1, 2, { b = "x" } }, c = twilio.null }, unique_name = "x" }
      local extra = { extra = { A = { 1, 2 } }, timeout = 3 }
      local raw = { path = "/x?a=b", query = { c = "d" }, json = { 1, "x" }, headers = { Authorization = "x", Accept = "y" } }
      local answer = { status = 200, body = '{"access_token":"t","expires_in":31,"sid":"CA1"}' }
      local oauth = { account_sid = "AC1", client_id = "OQ1", client_secret = "s", retries = 0, transport = function() return answer end }
      local function answering(answer)
        return twilio.client { account_sid = "AC1", auth_token = "t", transport = function() return answer end, log = function() end, retries = 0 }
      end
      local recording = answering({ status = 200, headers = { a = "b" },
        body = '{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}' }).recordings:get "RE1"
      local refused = answering { status = 400, headers = {}, body = '{"code":1,"message":"+15558675310"}' }
      local titled = answering { status = 400, headers = {}, body = '{"code":21211}' }
      local function formats() return recording.formats.mp3 end
      local steps = {
        function() twilio.client(options):close() end,
        function() twilio.client { bearer_token = "t" }:close() end,
        function() assert(twilio.client(oauth).calls:get "CA1") end,
        function()
          local request = core.request(client.calls, "list")
          request:deny("text", { kind = "api" })
          request:result()
        end,
        function() client:account("AC2"):close() end,
        function() core.request(client.calls, "make", call, extra) end,
        function() core.request(client.calls, "list",
          { start_time_before = 0, after = { year = 2009, month = 7, day = 6 }, limit = 3 }) end,
        function() core.request(client.calls, "route", "CA1", "http://x", "GET", extra) end,
        function() core.request(client.notifications, "list", { call = "CA1", log = 1 }) end,
        function() core.request(client.sync.v1.services("IS1").documents, "create", document) end,
        function() core.request(client.sync.v1.services("IS1").documents("ET1"), "update", { if_match = "x", data = "y" }) end,
        function() core.request(client.flex_api.v1.configuration, "update", document, extra) end,
        function() core.request(client.lookups.v1.phone_numbers("+1"), "fetch", { add_ons_data = { a = { b = 1 }, c = "d" } }) end,
        function() core.raw(client, raw) end,
        function() core.request(client.calls, "get", "CA1"):export() end,
        function() core.request(client.calls, "list"):follow "https://verify.dublin.ie1.twilio.com/x" end,
        function() pcall(core.request, client.calls, "make", { statuscallbak = 1 }) error "misuse, as it should" end,
        function() return tostring(client.calls("CA1").recordings), tostring(client) end,
        formats,
        function() return refused.calls:make(call) end,
        function() return titled.calls:get "CA1" end,
        function() return refused:request { path = "/x", form = { A = "+15558675310", B = { 1, 2 } } } end,
      }
      local function settle() -- an emergency collection calls no finalizers; the next collection does
        for _ = 1, 3 do collectgarbage() end
        return tonumber(os.getenv "alloc:live")
      end
      for _ = 1, 2 do for _, step in ipairs(steps) do pcall(step) end end
      local failures = 0
      local n
      local function sweep(number, step)
        local ok, message
        for _ = 1, 2 do
          n = 0
          repeat
            n = n + 1
            os.getenv("alloc:fail=" .. n)
            ok, message = pcall(step)
            os.getenv "alloc:fail=0"
            if not ok then failures = failures + 1 end
            if not ok and not message:find "memory" and not message:find "misuse, as" then print(number, n, message) end
          until ok or message:find "misuse, as" or n > 3000
        end
      end
      for number, step in ipairs(steps) do
        local lost = math.huge
        for _ = 1, 3 do -- a leak occurs every time, but Lua's own tables grow only sometimes
          local before = settle()
          sweep(number, step)
          lost = math.min(lost, settle() - before)
        end
        if lost > 1 then print("step " .. number .. " lost " .. lost .. " blocks in " .. n .. " failures") end
      end
      print(failures > 50 and "done" or failures)
    ]], {})
    -- If a log line cannot be created, only a warning is printed. The response is not lost.
    local rest, complaints = output:gsub("twilio: the log function failed: [^\n]*not enough memory\n", "")
    assert.equal("done\n", rest)
    if not rawget(_G, "jit") then assert.is_true(complaints > 0) end -- LuaJIT does not allocate with malloc
  end)

  it("is freed without credentials in it", function()
    if problem then return pending(problem) end
    local output = run([[
      local twilio, core = require "twilio", require "twilio.core"
      local function settle()
        collectgarbage()
        collectgarbage()
        return os.getenv "alloc:spilled"
      end
      local function use()
        local client = twilio.client()
        local request = core.request(client.calls, "get", "CA1")
        core.raw(client, { path = "/x", headers = { Authorization = "other" } })
        request:hooks()
        client:account("AC2"):close()
        client:close()
        twilio.client() -- left to the collector
      end
      use()
      print("spilled: " .. settle())
      os.getenv "alloc:spill"
      print("noticed: " .. settle())
    ]], {
      TWILIO_ACCOUNT_SID = "AC1", TWILIO_AUTH_TOKEN = "a-secret-of-the-specs", SECRET_1 = "a-secret-of-the-specs",
      SECRET_2 = "QUMxOmEtc2VjcmV0LW9mLXRoZS1zcGVjcw==",
    })
    assert.equal("spilled: 0\nnoticed: 1\n", output)
  end)

  it("is freed without OAuth credentials in it", function()
    if problem then return pending(problem) end
    local output = run([[
      local twilio = require "twilio"
      local secret = os.getenv "SECRET_1" -- the copy of Lua, which stays in memory
      local function settle()
        collectgarbage()
        collectgarbage()
        return os.getenv "alloc:spilled"
      end
      local function use(options)
        options.account_sid, options.base_url, options.retries = "AC1", "http://127.0.0.1:1", 0
        local client = twilio.client(options)
        print(select(3, client.calls:get "CA1").kind)
        client:account("AC2"):close()
        client:close()
        twilio.client(options) -- left to the collector
      end
      use { client_id = "OQ1", client_secret = secret }
      use { bearer_token = secret, auth_token = secret }
      print("spilled: " .. settle())
    ]], { SECRET_1 = "a-secret-of-the-specs", SECRET_2 = "unused-here" })
    assert.equal("network\nnetwork\nspilled: 0\n", output)
  end)
end)
