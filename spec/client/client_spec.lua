-- The client: options, proxies, accounts and closing.
local twilio = require "twilio"
local servers = require "spec.support.servers"
local socket = require "cqueues.socket"
local support = require "spec.support.client"

describe("options", function()
  local function refused(name, value)
    return (support.misuse(support.client, { [name] = value }))
  end

  it("raise for an unknown name", function()
    assert.equal("unknown option 'acount_sid' (did you mean 'account_sid'?)", refused("acount_sid", "x"))
    assert.equal("unknown option 'colour'", refused("colour", "red"))
    assert.truthy(refused(1, "x"):find("the name of an option must be a string", 1, true))
    assert.equal("twilio.client takes a table of options, got string", (support.misuse(twilio.client, "AC1")))
    assert.equal("twilio.client takes one table of options", (support.misuse(twilio.client, {}, {})))
  end)

  it("are strings without control characters", function()
    for _, name in ipairs {
      "account_sid", "auth_token", "api_key", "api_secret", "client_id", "client_secret", "bearer_token", "region", "edge", "base_url", "proxy",
      "ca_file", "user_agent",
    } do
      assert.matches(("^option '%s' must be a string, got "):format(name), refused(name, 1))
      assert.equal(("option '%s' must be a string, got table"):format(name), refused(name, {}))
      assert.equal(("option '%s' is empty"):format(name), refused(name, ""))
      for _, byte in ipairs { "\0", "\n", "\r", "\t", "\127" } do
        assert.equal(("option '%s' contains control characters"):format(name), refused(name, "https://x" .. byte .. "y"))
      end
    end
  end)

  it("are positive numbers of seconds", function()
    for _, name in ipairs { "timeout", "connect_timeout", "deadline", "max_retry_wait" } do
      for _, value in ipairs { 0, -1, 0 / 0, 1 / 0, 1e10, "5", true } do
        local message = ("option '%s' must be a positive number of seconds, got %s"):format(name, support.shown(value))
        assert.equal(message, refused(name, value))
      end
      support.client { [name] = 0.5 }
    end
  end)

  it("are whole numbers", function()
    local bounds = { max_response = { 1, 1000000000 }, low_speed_limit = { 1, 1000000000 }, low_speed_time = { 1, 1000000 }, retries = { 0, 100 } }
    for name, bound in pairs(bounds) do
      for _, value in ipairs { bound[1] - 1, bound[2] + 1, 1.5, 0 / 0, 1 / 0, -1 / 0, "5", true } do
        local message = ("option '%s' must be a whole number from %d to %d, got %s"):format(name, bound[1], bound[2], support.shown(value))
        assert.equal(message, refused(name, value))
      end
      support.client { [name] = bound[1] }
      support.client { [name] = bound[2] }
    end
  end)

  it("are booleans", function()
    for _, value in ipairs { "yes", 1, {} } do
      assert.equal("option 'allow_http' must be a boolean, got " .. support.shown(value), refused("allow_http", value))
    end
  end)

  it("are functions", function()
    for _, name in ipairs { "wait", "log", "transport" } do
      assert.equal(("option '%s' must be a function, got \"x\""):format(name), refused(name, "x"))
      assert.equal(("option '%s' must be a function, got table"):format(name), refused(name, {}))
    end
  end)

  it("extend the user agent", function()
    local own = support.sent(function(client) client.calls:list() end).headers["user-agent"]
    assert.truthy(own:match "^twilio%-lua/[%d.]+ %(%S+ %S+%) %S+$", own)
    assert.truthy(own:find(jit and "LuaJIT/" or _VERSION:gsub(" ", "/"), 1, true), own)
    local extended = support.sent(function(client) client.calls:list() end, { user_agent = "shop/2.1 (test)" }).headers["user-agent"]
    assert.equal(own .. " shop/2.1 (test)", extended)
  end)

  it("set the timeouts, which options of a call override", function()
    local call = function(client) client.calls:list() end
    assert.equal(30, support.sent(call).timeout)
    assert.equal(2.5, support.sent(call, { timeout = 2.5 }).timeout)
    assert.equal(0.25, support.sent(function(client) client.calls:list({}, { timeout = 0.25 }) end, { timeout = 2.5 }).timeout)
    assert.equal(0.25, support.sent(function(client) client:account("AC2").calls:list() end, { timeout = 0.25 }).timeout)
  end)
end)

describe("a proxy", function()
  local function refused(proxy, options)
    local all = { proxy = proxy }
    for name, value in pairs(options or {}) do all[name] = value end
    return (support.misuse(support.client, all))
  end

  it("is refused if its URL is ambiguous or invalid, and the message does not show it", function()
    for url, reason in pairs {
      ["http://user:hunter@4@proxy.example:3128"] = "write '@' as %40", ["http://us@er:hunter4@proxy.example"] = "write '@' as %40",
      ["user:hunter#4@proxy.example"] = "'#' as %23", ["http://user:hun/ter4@proxy.example"] = "'/' as %2F",
      ["user:hunter4?@proxy.example"] = "'?' as %3F",
      ["http://user:hunter\\4@proxy.example"] = "'\\' as %5C", ["http://user:hunter[4]@proxy.example"] = "'[' as %5B",
      ["http://user:hunter4#proxy.example"] = "'#' as %23", ["http://proxy.example/user:hunter4@"] = "write '@' as %40",
      ["http://user:hunter 4@proxy.example"] = "a blank", ["nosuch://user:hunter4@proxy.example"] = "its scheme must be",
      ["://hunter4"] = "its scheme", ["user:hunter4://proxy.example"] = "its scheme", ["http://user:hunter4@"] = "it has no host",
      ["http://user:hunter4@:3128"] = "it has no host", ["user:hunter4@[::1"] = "it has no host", ["http://[]:80"] = "it has no host",
      ["http://user:hunter4"] = "may follow its host", ["http://proxy.example:0"] = "may follow its host",
      ["http://proxy.example:65536"] = "may follow its host",
      ["http://proxy.example:hunter4"] = "may follow its host", ["http://proxy.example:"] = "may follow its host",
      ["http://proxy.example:80x"] = "may follow its host",
      ["http://proxy.exam%ple"] = "may follow its host", ["http://proxy.example!hunter4"] = "may follow its host",
    } do
      local message = refused(url)
      assert.matches("option 'proxy' must be a URL such as", message, 1, true)
      assert.truthy(message:find(reason, 1, true), url .. ": " .. message)
      assert.is_nil(message:find "hunt")
    end
    assert.equal("option 'proxy' must be a string, got true", refused(true))
  end)

  it("may be any unambiguous URL", function()
    for _, url in ipairs {
      "proxy.example", "proxy.example:3128", "http://proxy.example:3128", "https://proxy.example:443/", "HTTP://proxy.example",
      "socks5h://127.0.0.1:1080",
      "socks://localhost", "http://user:pass%40word%23@proxy.example:1", "user@proxy.example", "user:a:b!$&'()*+,;=~@proxy.example",
      "http://[::1]:65535",
      "http://[fe80::1%25eth0]", "socks5h://localhost/run/tor.sock", "http://b\195\188cher.example",
    } do
      support.client { proxy = url }
    end
    support.client { proxy = false }
  end)

  it("on another machine is refused with an http:// base URL", function()
    local local_only = { base_url = "http://127.0.0.1:8080" }
    for _, url in ipairs { "http://proxy.example:3128", "proxy.example", "http://127.0.0.1@proxy.example", "http://127.0.0.1.evil.example" } do
      local message = refused(url, local_only)
      assert.matches("the proxy is not on this machine", message, 1, true)
      support.client { proxy = url, base_url = "http://127.0.0.1:8080", allow_http = true }
      support.client { proxy = url, base_url = "https://127.0.0.1:8080" }
    end
    for _, url in ipairs { "http://127.0.0.1:3128", "localhost", "http://user:password@[::1]:1/" } do
      support.client { proxy = url, base_url = "http://127.0.0.1:8080" }
    end
  end)

  -- Makes a call in a new process, with a proxy that does not respond. Returns the output, and the
  -- first line that the proxy received.
  local function through(options, environment)
    local listener = socket.listen("127.0.0.1", 0)
    listener:listen()
    local _, _, port = listener:localname()
    local variables = {}
    for name, value in pairs(environment) do variables[name] = value:gsub("PORT", port) end
    local told = support.run(([[
      local client = require "twilio".client {
        account_sid = "AC1", auth_token = "t", retries = 2, max_retry_wait = 0.001, timeout = 0.2, base_url = "https://127.0.0.1:1", %s
      }
      local call, message, err = client.calls:get "CA1"
      io.write(err.kind, " ", err.sent, " ", err.attempts, " ", message)
    ]]):format((options:gsub("PORT", port))), variables)
    local arrived = listener:accept(0)
    local line = arrived and arrived:read "*l"
    listener:close()
    return told, line
  end

  it("of the environment is used for https", function()
    for _, variable in ipairs { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } do
      assert.equal("CONNECT 127.0.0.1:1 HTTP/1.1", select(2, through("", { [variable] = "http://127.0.0.1:PORT" })), variable)
    end
    assert.is_nil(select(2, through("", { https_proxy = "http://127.0.0.1:PORT", no_proxy = "127.0.0.1" })))
  end)

  it("of the environment is not used for http, because it could read the credentials", function()
    for _, variable in ipairs { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY" } do
      for _, base_url in ipairs { "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1" } do
        local told, line = through(("base_url = %q"):format(base_url), { [variable] = "http://127.0.0.1:PORT" })
        assert.is_nil(line)
        assert.matches("^network no 3 ", told)
      end
      assert.is_nil(select(2, through([[base_url = "http://127.0.0.2:1", allow_http = true]], { [variable] = "http://127.0.0.1:PORT" })))
    end
  end)

  it("of the options is used even if no_proxy names the host", function()
    for _, variable in ipairs { "no_proxy", "NO_PROXY" } do
      for _, value in ipairs { "*", "127.0.0.1" } do
        assert.equal("CONNECT 127.0.0.1:1 HTTP/1.1", select(2, through([[proxy = "http://127.0.0.1:PORT"]], { [variable] = value })))
        local _, line = through([[proxy = "http://127.0.0.1:PORT", base_url = "http://127.0.0.1:1"]], { [variable] = value })
        assert.equal("GET http://127.0.0.1:1/2010-04-01/Accounts/AC1/Calls/CA1.json HTTP/1.1", line)
      end
    end
  end)

  it("of the environment is not used with `proxy = false`", function()
    local told, line = through("proxy = false", { https_proxy = "http://127.0.0.1:PORT", all_proxy = "http://127.0.0.1:PORT" })
    assert.is_nil(line)
    assert.matches("^network no 3 ", told)
  end)

  it("of the environment is refused when a call uses it, if its URL is ambiguous or invalid", function()
    for _, url in ipairs {
      "http://user:hunter@4@127.0.0.1:PORT", "http://user:hunter4#@127.0.0.1:PORT", "http://127.0.0.1:PORT#hunter4",
      "nosuch://user:hunter4@127.0.0.1:PORT",
      "user:hunter4@[::1", "http://user:hunter4",
    } do
      local told, line = through("", { https_proxy = url })
      assert.is_nil(line)
      assert.truthy(told:find "^network no 1 GET [^:]*: the environment variable https_proxy is not the URL of a proxy: ", told)
      assert.is_nil(told:find "hunt", told)
      told, line = through("", { https_proxy = url, no_proxy = "127.0.0.1" })
      assert.is_nil(line)
      assert.matches("^network no 3 ", told) -- refused by 127.0.0.1:1
      told = through("proxy = false", { https_proxy = url })
      assert.matches("^network no 3 ", told)
    end
  end)

  it("that is not found is not named in the error message", function()
    local told = through([[proxy = "http://user:hunter4@" .. ("x"):rep(64) .. ".invalid"]], {})
    assert.matches("^network no 3 ", told)
    assert.is_nil(told:find "hunt", told)
    assert.is_nil(told:find "invalid", told)
  end)
end)

describe("an account", function()
  it("has the resources of another account, with the same credentials and settings", function()
    local client, requests = support.client { region = "ie1", edge = "dublin", timeout = 3, user_agent = "x" }
    local sub = client:account "AC2"
    sub.calls:list()
    sub:account("AC3").messages:list()
    client.calls:list()
    assert.equal("https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/AC2/Calls.json", requests[1].url)
    assert.equal("https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/AC3/Messages.json", requests[2].url)
    assert.equal("https://api.dublin.ie1.twilio.com/2010-04-01/Accounts/" .. support.account_sid .. "/Calls.json", requests[3].url)
    assert.same(requests[3].headers, requests[1].headers)
    assert.same(requests[3].headers, requests[2].headers)
    assert.equal(3, requests[1].timeout)
    assert.equal("AC2", sub.account_sid)
    assert.equal("twilio.client AC2", tostring(sub))
    assert.equal(support.account_sid, client.account_sid)
  end)

  it("raises for operations that Twilio would apply to the account of the credentials", function()
    local client, requests = support.client()
    local sub = client:account "AC2"
    local function reason(what)
      return what .. " is not for account AC2: the path names no account, so Twilio would act on the one that the credentials belong to."
        .. " Make a client with that account's own credentials"
    end
    for what, call in pairs {
      ["verify.v2.services:list"] = function() sub.verify.services:list() end,
      ["verify.v2.services:iter"] = function() sub.verify.v2.services:iter() end,
      ["verify.v2.services:count"] = function() sub.verify.services:count() end,
      ["verify.v2.services:page"] = function() sub.verify.services:page "/v2/Services" end,
      ['messaging.v1.services("MG1"):fetch'] = function() sub.messaging.v1.services("MG1"):fetch() end,
      ["chat.v2.services:create"] = function() sub.chat.services:create { friendly_name = "x" } end,
      ["api.v2010.accounts:list"] = function() sub.accounts:list() end,
      ["api.v2010.accounts:create"] = function() sub.accounts:create {} end,
      ["the request"] = function() sub:request { product = "verify", path = "/v2/Services" } end,
    } do
      local message, position = support.misuse(call)
      assert.equal(reason(what), message)
      assert.matches("client_spec.lua", position, 1, true)
    end
    assert.equal(0, #requests)
    local list = client.verify.services:list()
    assert.equal(0, #list)
  end)

  it("raises for them also if the client itself has no account", function()
    local client = require("twilio").client { bearer_token = "t", transport = function() return { status = 200, body = "{}" } end }
    assert.matches("^verify.v2.services:list is not for account AC2: ", (support.misuse(function() client:account("AC2").verify.services:list() end)))
  end)

  it("allows operations with an account SID in the path, operations on the client's own account, and other credentials", function()
    local client, requests = support.client()
    local sub = client:account "AC2"
    sub.accounts:get "AC3"
    sub:request { path = "/2010-04-01/Accounts/AC2/Calls.json" }
    sub:request { product = "verify", path = "/v2/Services", headers = { Authorization = "Basic QUMyOng=" } }
    sub.oauth.v2.token:create { grant_type = "client_credentials" }
    client:account(support.account_sid).verify.services:list()
    client:account("AC2"):account(support.account_sid).verify.services:list()
    local urls = {}
    for i, request in ipairs(requests) do urls[i] = request.url:match "https://([^?]*)" end
    assert.same({
      "api.twilio.com/2010-04-01/Accounts/AC3.json", "api.twilio.com/2010-04-01/Accounts/AC2/Calls.json", "verify.twilio.com/v2/Services",
      "oauth.twilio.com/v2/token", "verify.twilio.com/v2/Services", "verify.twilio.com/v2/Services",
    }, urls)
  end)

  it("needs a SID without control characters", function()
    local client = support.client()
    assert.equal("account takes an account SID, got no value", (support.misuse(client.account, client)))
    assert.equal("account takes an account SID, got number", (support.misuse(client.account, client, 1)))
    assert.truthy(support.misuse(client.account, client, ""):find("empty", 1, true))
    assert.truthy(support.misuse(client.account, client, "AC\n"):find("control characters", 1, true))
    assert.truthy(support.misuse(client.account, client, "AC\0"):find("control characters", 1, true))
    assert.truthy(support.misuse(client.account, "AC2"):find("called with '.' instead of ':'", 1, true))
    assert.equal("https://api.twilio.com/2010-04-01/Accounts/..%2FAC2/Calls.json",
      support.sent(function(c) c:account("../AC2").calls:list() end).url)
  end)

  it("keeps the client alive", function()
    local client, requests = support.client()
    local sub = client:account("AC2"):account("AC3")
    client = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    sub.calls:list()
    assert.equal(support.authorization, requests[1].headers.authorization)
  end)
end)

describe("a closed client", function()
  local function operations(client, calls, call, record, page)
    return {
      function() return client.calls end, function() return client.verify end, function() client:account "AC2" end,
      function() client:request { path = "/x" } end, function() calls:list() end, function() calls:iter() end, function() calls:count() end,
      function() calls:make { to = "1", from = "2" } end, function() calls:get "CA1" end, function() call:fetch() end,
      function() call:update {} end, function() call:delete() end, function() call:hangup() end, function() return call.recordings end,
      function() calls:route("CA1", "http://x") end, function() record:refresh() end, function() record:update {} end,
      function() record:hangup() end, function() return record.recordings end, function() page:next() end,
    }
  end

  local function material()
    local client = support.client(nil, {
      status = 200, body = '{"sid":"CA1","status":"queued","calls":[{"sid":"CA1"}],"next_page_uri":"/2010-04-01/x.json"}',
    })
    return client, client.calls, client.calls "CA1", client.calls:get "CA1", client.calls:list()
  end

  it("raises for every operation", function()
    local client, calls, call, record, page = material()
    local api = client.api
    client:close()
    for i, operation in ipairs(operations(client, calls, call, record, page)) do
      assert.equal("the client is closed", (support.misuse(operation)), "operation " .. i)
    end
    assert.equal("the client is closed", (support.misuse(function() return api.account end)))
    assert.equal("the client is closed", (support.misuse(function() return api.v2010.calls end)))
  end)

  it("closes its accounts, but a closed account does not close its client", function()
    local root = support.client()
    local sub = root:account "AC2"
    local other = sub:account "AC3"
    sub:close()
    assert.equal("the client is closed", (support.misuse(function() return other.calls end)))
    root.calls:list()
    local client, calls, call, record, page = material()
    local account = client:account "AC2"
    local account_calls = account.calls
    client:close()
    for i, operation in ipairs(operations(account, account_calls, account_calls, record, page)) do
      assert.equal("the client is closed", (support.misuse(operation)), "operation " .. i)
    end
    assert.equal("twilio.client (closed)", tostring(account))
    account:close()
    assert.truthy(calls and call)
  end)

  it("does not affect records and pages that were read", function()
    local client, calls, call, record, page = material()
    client:close()
    assert.equal("CA1", record.sid)
    assert.equal("Call CA1 queued", tostring(record))
    assert.equal("CA1", page[1].sid)
    assert.truthy(tostring(calls) and tostring(call))
    assert.equal("twilio.client (closed)", tostring(client))
    assert.is_nil(client.account_sid)
  end)

  it("may be closed again, and collected", function()
    local client = support.client()
    assert.equal(0, select("#", client:close()))
    client:close()
    debug.getmetatable(client).__gc(client)
    client = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
  end)

  it("does not close other clients", function()
    local one, two = support.client(), support.client()
    one:close()
    assert.truthy(two.calls:list())
  end)

  if _VERSION >= "Lua 5.4" then
    it("may be a to-be-closed variable", function()
      local client = support.client()
      local block = assert(load "local client <close> = ... return client.calls:get 'CA1'")
      assert.equal("XX1", block(client).sid)
      assert.equal("twilio.client (closed)", tostring(client))
    end)
  end

  it("cancels its requests in flight", function()
    local server = servers.fault {}
    finally(function() server:stop() end)
    local options = { account_sid = "AC1", auth_token = "t", base_url = server.url .. "/stall", timeout = 60 }
    local client, closed
    options.wait = function(engine)
      engine:poll(0.01)
      if not closed then client:close() end
      closed = true
    end
    client = twilio.client(options)
    local record, _, err = client.calls:get "CA1"
    assert.is_nil(record)
    assert.equal("cancelled", err.kind)
  end)

  it("raises for an assignment to a field", function()
    local client = support.client()
    assert.matches("cannot assign to a field of a client", (support.misuse(function() client.timeout = 5 end)), 1, true)
  end)
end)
