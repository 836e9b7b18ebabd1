-- The client: options, credentials, hosts, the links that may be followed, accounts, closing.

local twilio = require "twilio"
local core = require "twilio.core"
local servers = require "spec.support.servers"
local socket = require "cqueues.socket"
local support = require "spec.support.client"

local function url_of(options, call)
  return support.sent(call or function(client) client.calls:list() end, options).url
end

describe("options", function()
  local function refused(name, value)
    return (support.misuse(support.client, { [name] = value }))
  end

  it("are known by name", function()
    assert.equal("unknown option 'acount_sid' (did you mean 'account_sid'?)", refused("acount_sid", "x"))
    assert.equal("unknown option 'colour'", refused("colour", "red"))
    assert.truthy(refused(1, "x"):find("options are named", 1, true))
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

  it("set the time-outs, which a call's own override", function()
    local call = function(client) client.calls:list() end
    assert.equal(30, support.sent(call).timeout)
    assert.equal(2.5, support.sent(call, { timeout = 2.5 }).timeout)
    assert.equal(0.25, support.sent(function(client) client.calls:list({}, { timeout = 0.25 }) end, { timeout = 2.5 }).timeout)
    assert.equal(0.25, support.sent(function(client) client:account("AC2").calls:list() end, { timeout = 0.25 }).timeout)
  end)
end)

describe("hosts", function()
  it("are the product's", function()
    assert.equal(support.account_url .. "/Calls.json", url_of())
    assert.equal("https://verify.twilio.com/v2/Services", url_of({}, function(client) client.verify.services:list() end))
    assert.equal("https://flex-api.twilio.com/v1/Channels", url_of({}, function(client) client.flex_api.v1.channel:list() end))
  end)

  it("have a region and an edge", function()
    local function host(options) return url_of(options):match "^https://([^/]*)/" end
    assert.equal("api.us1.twilio.com", host { region = "us1" })
    assert.equal("api.dublin.us1.twilio.com", host { edge = "dublin" })
    assert.equal("api.dublin.ie1.twilio.com", host { edge = "dublin", region = "ie1" })
    assert.equal("127.0.0.1:1", url_of { edge = "dublin", region = "ie1", base_url = "http://127.0.0.1:1" }:match "^http://([^/]*)/")
    for _, label in ipairs { "a.b", "IE1", "x/y", "x@y", "x:1", "ü" } do
      assert.truthy(support.misuse(support.client, { region = label }):find("must be a host label", 1, true))
      assert.truthy(support.misuse(support.client, { edge = label }):find("must be a host label", 1, true))
    end
  end)

  it("have no region without its edge, where Twilio does not answer", function()
    for region, edge in pairs { ie1 = "dublin", au1 = "sydney", jp1 = "tokyo" } do
      local message, position = support.misuse(support.client, { region = region })
      assert.equal(("region '%s' needs its edge too: set edge to '%s'. Twilio no longer answers api.%s.twilio.com"):format(region, edge, region),
        message)
      assert.matches("support/client.lua", position, 1, true)
    end
    assert.equal("region 'br1' needs an edge too: both are needed, set edge. Twilio does not answer api.br1.twilio.com",
      (support.misuse(support.client, { region = "br1" })))
    assert.equal("http://127.0.0.1:1", url_of { region = "ie1", base_url = "http://127.0.0.1:1" }:match "^http://[^/]*")
  end)

  it("take region and edge from the environment", function()
    local program = [[
      local url
      local client = require "twilio".client { account_sid = "AC1", auth_token = "t", region = %s, transport = function(request)
        url = request.url
        return { status = 200, body = '{"records":[]}' }
      end }
      client.calls:list()
      io.write((url:match "^https://([^/]*)/"))
    ]]
    assert.equal("api.dublin.ie1.twilio.com", support.run(program:format "nil", { TWILIO_REGION = "ie1", TWILIO_EDGE = "dublin" }))
    assert.equal("api.us1.twilio.com", support.run(program:format '"us1"', { TWILIO_REGION = "ie1" }))
    assert.equal("api.dublin.us1.twilio.com", support.run(program:format "nil", { TWILIO_EDGE = "dublin" }))
    for region, wanted in pairs {
      ie1 = "TWILIO_REGION 'ie1' needs its edge too: set TWILIO_EDGE to 'dublin'", br1 = "TWILIO_REGION 'br1' needs an edge too: both are needed",
    } do
      assert.matches(wanted, support.run(program:format "nil", { TWILIO_REGION = region }), 1, true)
    end
    assert.truthy(support.run(program:format "nil", { TWILIO_REGION = "x\ny" }):find("TWILIO_REGION contains control characters", 1, true))
  end)

  it("may be elsewhere: base_url", function()
    local path = "/2010-04-01/Accounts/" .. support.account_sid .. "/Calls.json"
    assert.equal("http://127.0.0.1:8080" .. path, url_of { base_url = "http://127.0.0.1:8080" })
    assert.equal("http://127.0.0.1:8080" .. path, url_of { base_url = "http://127.0.0.1:8080///" })
    assert.equal("https://h:65535" .. path, url_of { base_url = "https://h:65535" })
    assert.equal("https://h:1/x" .. path, url_of { base_url = "https://h:1/x" })
    assert.equal("https://[fe80::1%25eth0]:1" .. path, url_of { base_url = "https://[fe80::1%25eth0]:1" })
    assert.equal("https://h/2010-04-011" .. path, url_of { base_url = "https://h/2010-04-011" })
    assert.equal("http://127.0.0.1:8080/api" .. path, url_of { base_url = "http://127.0.0.1:8080/{product}" })
    assert.equal("http://127.0.0.1:8080/x/api/y" .. path, url_of { base_url = "http://127.0.0.1:8080/x/{product}/y/" })
    assert.equal("https://api.example.org" .. path, url_of { base_url = "https://{product}.example.org" })
    assert.equal("http://[::1]:8080" .. path, url_of { base_url = "http://[::1]:8080" })
    local flex = function(client) client.flex_api.v1.channel:list() end
    assert.equal("https://h/flex-api/v1/Channels", url_of({ base_url = "https://h/{product}" }, flex))
  end)

  it("are reached in clear text on this machine alone, unless the program allows it", function()
    local path = "/2010-04-01/Accounts/" .. support.account_sid .. "/Calls.json"
    for _, host in ipairs {
      "127.0.0.1", "127.0.0.1:8080", "127.255.255.255:1", "127.1.2.3", "localhost", "localhost:8080", "[::1]", "[::1]:80",
      "localhost/x", "127.0.0.1:80/{product}",
    } do
      assert.equal("http://" .. host:gsub("{product}", "api") .. path, url_of { base_url = "http://" .. host })
    end
    for _, host in ipairs {
      "api.example.org", "{product}.example.org", "192.168.1.1", "10.0.0.1", "0.0.0.0", "[::]", "[fe80::1]", "[::ffff:127.0.0.1]",
      "127.0.0.1.evil.example", "localhost.evil.example", "localhost.", "x.localhost", "127.1", "127.0.0",
      "127.0.0.1.", "127.0.0.1.1", "127.0.0.256", "127.0.0.01", "0127.0.0.1", "127.0.0.1000000000001", "0x7f.1", "0x7f.0.0.1",
      "2130706433", "127.0.0.1x", "LOCALHOST", "localhost{product}", "{product}", "%6cocalhost", "l", "128.0.0.1", "127..0.1", "127.0.0.-1",
    } do
      local message = support.misuse(support.client, { base_url = "http://" .. host })
      assert.matches("allow_http = true", message, 1, true)
      assert.matches("in clear text", message, 1, true)
      assert.equal("http://" .. host:gsub("{product}", "api") .. path, url_of { base_url = "http://" .. host, allow_http = true })
    end
    for _, url in ipairs { "HTTP://127.0.0.1", "Http://api.example.org", "HTTPS://h" } do
      assert.matches("must start with http:// or https://", (support.misuse(support.client, { base_url = url })), 1, true)
    end
    support.client { proxy = "http://proxy.example:3128" } -- the way through it is encrypted
  end)

  it("are refused when they have no host or no port", function()
    for _, host in ipairs {
      "h:99999", "h:1x", "h:", "h:0", "h:65536", "h:000080", "h:-1", "h:{product}", "h:80.evil.example", "h:80{product}", "h:127.0.0.1",
      "[::1]:99999", "[::1]:",
    } do
      for _, path in ipairs { "", "/", "/x" } do
        local url = "https://" .. host .. path
        assert.equal("base_url has no port from 1 to 65535 behind ':'", (support.misuse(support.client, { base_url = url })))
      end
    end
    for _, host in ipairs { "[::1", "[]", "[x]", "[::1/]", "[::g]", "[::1%25" } do
      assert.equal("base_url has '[' but no IPv6 address in brackets behind it, such as [::1]",
        (support.misuse(support.client, { base_url = "https://" .. host })))
    end
    for _, host in ipairs { "[::1]x", "[::1].evil.example", "[::1]{product}" } do
      assert.equal("base_url has text between the host and the path", (support.misuse(support.client, { base_url = "https://" .. host })))
    end
  end)

  it("are refused when they have the version, which every path begins with", function()
    for _, rest in ipairs { "/2010-04-01", "/2010-04-01/", "/tw/2010-04-01", "/2010-04-01/Accounts/AC1" } do
      for _, host in ipairs { "https://api.twilio.com", "https://h:1", "http://127.0.0.1:8080/{product}" } do
        assert.equal("base_url ends before /2010-04-01: the library appends the version and the path",
          (support.misuse(support.client, { base_url = host .. rest })))
      end
    end
  end)

  it("of Twilio's in base_url are https and have no region without its edge", function()
    assert.equal("base_url is http://, but Twilio's hosts are https:// only",
      (support.misuse(support.client, { base_url = "http://api.twilio.com", allow_http = true })))
    for _, url in ipairs { "https://api.ie1.twilio.com", "https://{product}.ie1.twilio.com" } do
      assert.equal("base_url has the region 'ie1' without an edge, where Twilio does not answer: the edge 'dublin' belongs before the region",
        (support.misuse(support.client, { base_url = url })))
    end
    assert.matches("without an edge", (support.misuse(support.client, { base_url = "https://api.br1.twilio.com" })), 1, true)
    for _, url in ipairs { "https://api.twilio.com", "https://api.us1.twilio.com", "https://api.dublin.ie1.twilio.com", "https://api.ie1.example" } do
      support.client { base_url = url }
    end
  end)

  it("are refused when they are no hosts", function()
    for _, url in ipairs {
      "127.0.0.1:8080", "ftp://h", "http://", "https:///", "http:///x", "http://:80", "HTTP://h", "file:///etc/passwd", "http:/h", "//h",
    } do
      assert.truthy(support.misuse(support.client, { base_url = url }):find("base_url must start with http:// or https:// and a host", 1,
        true), url)
    end
    for _, url in ipairs {
      "http://h?x", "https://h/#x", "http://u:p@h", "http://h /", "http://h\\x", "https://h ", "https://h/a b", "https://h o/",
    } do
      assert.truthy(support.misuse(support.client, { base_url = url }):find("base_url is scheme, host and path only", 1, true), url)
    end
    for _, url in ipairs { "https://h/{produkt}", "https://h/{product}/{product}", "https://h/{", "http://{x}/{product}", "https://h/}" } do
      assert.truthy(support.misuse(support.client, { base_url = url }):find("base_url has one place to fill", 1, true), url)
    end
  end)
end)

describe("a proxy", function()
  local function refused(proxy, options)
    local all = { proxy = proxy }
    for name, value in pairs(options or {}) do all[name] = value end
    return (support.misuse(support.client, all))
  end

  it("is refused when its URL is read in more than one way, and is not shown", function()
    for url, reason in pairs {
      ["http://user:hunter@4@proxy.example:3128"] = "'@' is written %40", ["http://us@er:hunter4@proxy.example"] = "'@' is written %40",
      ["user:hunter#4@proxy.example"] = "'#' %23", ["http://user:hun/ter4@proxy.example"] = "'/' %2F", ["user:hunter4?@proxy.example"] = "'?' %3F",
      ["http://user:hunter\\4@proxy.example"] = "'\\' %5C", ["http://user:hunter[4]@proxy.example"] = "'[' %5B",
      ["http://user:hunter4#proxy.example"] = "'#' %23", ["http://proxy.example/user:hunter4@"] = "'@' is written %40",
      ["http://user:hunter 4@proxy.example"] = "a blank", ["nosuch://user:hunter4@proxy.example"] = "its scheme is none of",
      ["://hunter4"] = "its scheme", ["user:hunter4://proxy.example"] = "its scheme", ["http://user:hunter4@"] = "it has no host",
      ["http://user:hunter4@:3128"] = "it has no host", ["user:hunter4@[::1"] = "it has no host", ["http://[]:80"] = "it has no host",
      ["http://user:hunter4"] = "after its host", ["http://proxy.example:0"] = "after its host", ["http://proxy.example:65536"] = "after its host",
      ["http://proxy.example:hunter4"] = "after its host", ["http://proxy.example:"] = "after its host",
      ["http://proxy.example:80x"] = "after its host",
      ["http://proxy.exam%ple"] = "after its host", ["http://proxy.example!hunter4"] = "after its host",
    } do
      local message = refused(url)
      assert.matches("option 'proxy' must be a URL such as", message, 1, true)
      assert.truthy(message:find(reason, 1, true), url .. ": " .. message)
      assert.is_nil(message:find "hunt")
    end
    assert.equal("option 'proxy' must be a string, got true", refused(true))
  end)

  it("is any URL that has one meaning", function()
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

  it("on another machine gets no credentials in clear text", function()
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

  -- Asks for a call in a process of its own. Returns what it printed, and the first line of what came to the proxy at `port`, which answers nothing.
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

  it("of the environment is used over https", function()
    for _, variable in ipairs { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } do
      assert.equal("CONNECT 127.0.0.1:1 HTTP/1.1", select(2, through("", { [variable] = "http://127.0.0.1:PORT" })), variable)
    end
    assert.is_nil(select(2, through("", { https_proxy = "http://127.0.0.1:PORT", no_proxy = "127.0.0.1" })))
  end)

  it("of the environment is not used over http, where it would read the credentials", function()
    for _, variable in ipairs { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY" } do
      for _, base_url in ipairs { "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1" } do
        local told, line = through(("base_url = %q"):format(base_url), { [variable] = "http://127.0.0.1:PORT" })
        assert.is_nil(line)
        assert.matches("^network no 3 ", told)
      end
      assert.is_nil(select(2, through([[base_url = "http://127.0.0.2:1", allow_http = true]], { [variable] = "http://127.0.0.1:PORT" })))
    end
  end)

  it("of the program's own is not passed by for no_proxy", function()
    for _, variable in ipairs { "no_proxy", "NO_PROXY" } do
      for _, value in ipairs { "*", "127.0.0.1" } do
        assert.equal("CONNECT 127.0.0.1:1 HTTP/1.1", select(2, through([[proxy = "http://127.0.0.1:PORT"]], { [variable] = value })))
        local _, line = through([[proxy = "http://127.0.0.1:PORT", base_url = "http://127.0.0.1:1"]], { [variable] = value })
        assert.equal("GET http://127.0.0.1:1/2010-04-01/Accounts/AC1/Calls/CA1.json HTTP/1.1", line)
      end
    end
  end)

  it("that is false turns the environment's off", function()
    local told, line = through("proxy = false", { https_proxy = "http://127.0.0.1:PORT", all_proxy = "http://127.0.0.1:PORT" })
    assert.is_nil(line)
    assert.matches("^network no 3 ", told)
  end)

  it("of the environment that is no clean URL is refused when it is used, and is not shown", function()
    for _, url in ipairs {
      "http://user:hunter@4@127.0.0.1:PORT", "http://user:hunter4#@127.0.0.1:PORT", "http://127.0.0.1:PORT#hunter4",
      "nosuch://user:hunter4@127.0.0.1:PORT",
      "user:hunter4@[::1", "http://user:hunter4",
    } do
      local told, line = through("", { https_proxy = url })
      assert.is_nil(line)
      assert.truthy(told:find "^network no 1 GET [^:]*: the environment variable https_proxy is no URL of a proxy: ", told)
      assert.is_nil(told:find "hunt", told)
      told, line = through("", { https_proxy = url, no_proxy = "127.0.0.1" })
      assert.is_nil(line)
      assert.matches("^network no 3 ", told) -- refused by 127.0.0.1:1
      told = through("proxy = false", { https_proxy = url })
      assert.matches("^network no 3 ", told)
    end
  end)

  it("that is not found is not named by libcurl's words", function()
    local told = through([[proxy = "http://user:hunter4@" .. ("x"):rep(64) .. ".invalid"]], {})
    assert.matches("^network no 3 ", told)
    assert.is_nil(told:find "hunt", told)
    assert.is_nil(told:find "invalid", told)
  end)
end)

describe("links", function()
  -- Where a page's link leads: the URL that is asked, or nil and the error's kind.
  local function follow(link, options)
    local answers = {
      { status = 200, body = ('{"meta":{"key":"services","next_page_url":%s},"services":[]}'):format('"' .. link .. '"') },
      { status = 200, body = '{"meta":{"key":"services"},"services":[]}' },
    }
    local client, requests = support.client(options, function() return table.remove(answers, 1) end)
    local page, message, err = assert(client.verify.services:list()):next()
    if page then return requests[2].url end
    assert.equal(1, #requests)
    assert.truthy(message and message:find("is not followed", 1, true), link)
    assert.equal("no", err.sent)
    return nil, err.kind, message
  end

  local function leads_to(expected, link, options) assert.equal(expected, (follow(link, options))) end

  local function is_refused(link, options, reason)
    local url, kind, message = follow(link, options)
    assert.same({ nil, "untrusted" }, { url, kind }, link)
    assert.matches("the link to another page is not followed: it " .. (reason or ""), message, 1, true)
  end

  it("on twilio.com are followed", function()
    leads_to("https://verify.twilio.com/v2/Services?Page=1", "https://verify.twilio.com/v2/Services?Page=1")
    leads_to("https://chat.twilio.com/v2/Services", "https://chat.twilio.com/v2/Services")
    leads_to("https://verify.twilio.com/v2/Services", "HTTPS://Verify.Twilio.COM/v2/Services")
    leads_to("https://verify.twilio.com/v2/Services?Page=1", "/v2/Services?Page=1")
    leads_to("https://verify.twilio.com/?Page=1", "https://verify.twilio.com?Page=1")
    leads_to("https://verify.twilio.com/", "https://verify.twilio.com")
    leads_to("https://verify.twilio.com/a@b://c", "https://verify.twilio.com/a@b://c")
  end)

  it("keep their region and edge unless the client has its own", function()
    local link = "https://verify.dublin.ie1.twilio.com/v2/Services"
    leads_to(link, link)
    leads_to("https://verify.us1.twilio.com/v2/Services", "https://verify.us1.twilio.com/v2/Services")
    leads_to(link, "https://verify.ie1.twilio.com/v2/Services", { region = "ie1", edge = "dublin" })
    leads_to(link, "https://verify.ie1.twilio.com/v2/Services", { edge = "dublin" })
    leads_to("https://verify.dublin.us1.twilio.com/v2/Services", link, { region = "us1" })
    leads_to("https://verify.sydney.ie1.twilio.com/v2/Services", link, { edge = "sydney" })
    leads_to("https://verify.sydney.au1.twilio.com/v2/Services", link, { edge = "sydney", region = "au1" })
    leads_to("https://verify.sydney.us1.twilio.com/v2/Services", "https://verify.twilio.com/v2/Services", { edge = "sydney" })
    is_refused "https://a.verify.dublin.ie1.twilio.com/"
    is_refused("https://verify.ie1.twilio.com/", nil, "has the region 'ie1' without its edge 'dublin': Twilio does not answer there")
    is_refused("https://verify.br1.twilio.com/", nil, "has the region 'br1' without its edge: Twilio does not answer there")
  end)

  it("on the base URL are followed, those on twilio.com are rewritten onto it", function()
    local plain, marked = { base_url = "http://127.0.0.1:8080" }, { base_url = "http://127.0.0.1:8080/{product}" }
    leads_to("http://127.0.0.1:8080/v2/Services", "http://127.0.0.1:8080/v2/Services", plain)
    leads_to("http://127.0.0.1:8080/v2/Services", "https://verify.twilio.com/v2/Services", plain)
    leads_to("http://127.0.0.1:8080/v2/Services", "https://verify.dublin.ie1.twilio.com/v2/Services", plain)
    leads_to("http://127.0.0.1:8080/v2/Services", "/v2/Services", plain)
    leads_to("http://127.0.0.1:8080/verify/v2/Services", "http://127.0.0.1:8080/verify/v2/Services", marked)
    leads_to("http://127.0.0.1:8080/chat/v2/Services", "http://127.0.0.1:8080/chat/v2/Services", marked)
    leads_to("http://127.0.0.1:8080/flex-api/v2", "https://Flex-API.twilio.com/v2", marked)
    leads_to("http://127.0.0.1:8080/verify/v2/Services", "/v2/Services", marked)
    leads_to("https://chat.example.org/v2", "https://chat.example.org/v2", { base_url = "https://{product}.example.org" })
    leads_to("https://h/chat-x/v2", "https://h/chat-x/v2", { base_url = "https://h/{product}-x" })
    leads_to("http://[::1]:80/v2", "http://[::1]:80/v2", { base_url = "http://[::1]:80" })
  end)

  it("that begin with the path of the base URL are followed as they are", function()
    local path = "/v2/Services?Page=1"
    for _, base in ipairs { "https://h/api/laml", "https://h/api/laml/" } do
      leads_to("https://h/api/laml" .. path, "/api/laml" .. path, { base_url = base })
      leads_to("https://h/api/laml" .. path, path, { base_url = base })
      leads_to("https://h/api/laml" .. path, "https://h/api/laml" .. path, { base_url = base })
      leads_to("https://h/api/laml/api/lamlx/", "/api/lamlx/", { base_url = base })
      leads_to("https://h/api/laml/api", "/api", { base_url = base })
      leads_to("https://h/api/laml/?Page=1", "/api/laml?Page=1", { base_url = base })
      leads_to("https://h/api/laml/", "/api/laml", { base_url = base })
    end
    for _, base in ipairs { "https://h/{product}", "https://h/{product}/", "https://{product}.h/verify" } do
      local root = base:gsub("/$", ""):gsub("{product}", "verify")
      leads_to(root .. path, "/verify" .. path, { base_url = base })
      leads_to(root .. path, path, { base_url = base })
    end
    leads_to("https://h/x/verify/y" .. path, "/x/verify/y" .. path, { base_url = "https://h/x/{product}/y" })
    leads_to("https://h/verify-x" .. path, "/verify-x" .. path, { base_url = "https://h/{product}-x" })
    leads_to("https://h/verify/chat" .. path, "/chat" .. path, { base_url = "https://h/{product}" }) -- may be a path of Verify's
  end)

  it("below a base URL with a path lead from page to page and back", function()
    for base, prefix in pairs { ["https://h/api/laml"] = "/api/laml", ["https://h/api/{product}/"] = "/api/api" } do
      local list = prefix .. "/2010-04-01/Accounts/" .. support.account_sid .. "/Calls.json"
      local client, requests = support.client({ base_url = base }, function(request)
        local number = tonumber(request.url:match "Page=(%d)" or 0)
        local function link(to) return to >= 0 and to < 3 and ('"%s?Page=%d"'):format(list, to) or "null" end
        return {
          status = 200,
          body = ('{"calls":[{"sid":"CA%d"}],"next_page_uri":%s,"previous_page_uri":%s}'):format(number, link(number + 1), link(number - 1)),
        }
      end)
      local page = assert(client.calls:list()):next()
      assert.equal("CA0", assert(page:previous())[1].sid)
      assert.equal("CA2", assert(client.calls:page(page.next_page_uri))[1].sid)
      assert.equal(3, client.calls:count())
      local sids = {}
      for call in client.calls:iter() do sids[#sids + 1] = call.sid end
      assert.same({ "CA0", "CA1", "CA2" }, sids)
      for _, request in ipairs(requests) do assert.equal("https://h" .. list, (request.url:gsub("%?.*$", ""))) end
    end
  end)

  it("of pages that have a token alone stay on the page's path, whatever that of the base URL", function()
    local answer = { status = 200, body = '{"items":[],"meta":{"key":"items","next_token":"n"}}' }
    for _, options in ipairs {
      {}, { base_url = "https://h/v2" }, { base_url = "https://h/{product}/v2" }, { base_url = "https://{product}.h" },
      { region = "ie1", edge = "dublin" },
    } do
      local client, requests = support.client(options, answer)
      assert(assert(client.verify.v2.services:list()):next())
      assert.equal((requests[1].url:gsub("%?.*$", "")) .. "?PageToken=n", requests[2].url)
    end
  end)

  it("are percent-encoded where they have blanks or letters beyond ASCII", function()
    leads_to("https://verify.twilio.com/v2/a%20b?To=%2B1%20%C3%BC&x=%5C", "/v2/a b?To=%2B1 \195\188&x=\\\\")
    leads_to("https://verify.twilio.com/v2/%C3%BC?a=b+c%20d", "https://verify.twilio.com/v2/\195\188?a=b+c d")
    leads_to("http://127.0.0.1:8080/x/v2/%20?%20", "http://127.0.0.1:8080/x/v2/ ? ", { base_url = "http://127.0.0.1:8080/x" })
  end)

  it("are refused with what is wrong with them", function()
    is_refused("/v2\\u0000/x", nil, "contains control characters")
    is_refused("/v2\\t", nil, "contains control characters")
    is_refused("/v2\\\\x", nil, "has a backslash in its path")
    is_refused("/v2/../x", nil, "has a segment '..'")
    is_refused("https://evil.com/", nil, "is neither on https://….twilio.com nor on the client's base_url")
    is_refused("https://api.twilio.com /x", nil, "is neither on https://….twilio.com nor on the client's base_url")
  end)

  it("anywhere else are not", function()
    for _, link in ipairs {
      "https://evil.com/", "http://api.twilio.com/", "ftp://api.twilio.com/", "https://eviltwilio.com/", "https://twilio.com/",
      "https://api.twilio.com.evil.com/", "https://twilio.com.evil.com/", "https://api.twilio.com@evil.com/",
      "https://api.twilio.com:443@evil.com/",
      "https://evil.com#.twilio.com/", "https://evil.com/.twilio.com", "https://evil.com?.twilio.com", "https://evil.com\\\\.twilio.com/",
      "https://user@api.twilio.com/", "https://user:pw@api.twilio.com/", "https://api.twilio.com:8443/", "https://api.twilio.com:443/",
      "https://api.twilio.com.:443/", "https://api.twilio.com./", "https://.twilio.com/", "https://a..twilio.com/", "https://..twilio.com/",
      "https://api%2etwilio.com/", "https://evil.com%2f.twilio.com/", "https://evil.com%00.twilio.com/", "https://evil_.twilio.com/",
      "https://ev\195\174l.twilio.com/", "https:/api.twilio.com/", "https:api.twilio.com/", "https:///api.twilio.com/", "https://",
      "https:",
      "//evil.com/", "//api.twilio.com/", "/\\\\evil.com/", "\\\\\\\\evil.com/", "/v2\\u0000/x", "/v2\\r\\nX: y", "/v2\\t",
      "/v2\\u007f", " /v2",
      "v2/Services", "?Page=1", "javascript:x", "https://[::1].twilio.com/", "https://127.0.0.1/", "https://[::1]/",
    } do
      is_refused(link)
    end
  end)

  it("have no dot segments, by which they would leave the path of the base URL", function()
    local below = { base_url = "http://127.0.0.1:8080/tw" }
    for _, path in ipairs {
      "/..", "/../v2", "/a/../v2", "/a/%2e%2E/v2", "/.%2e/v2", "/v2/..?Page=1", "/..;/v2", "/a/..;x=y/v2", "/%2e%2e;/v2", "/..%3b/v2",
      "/.%2E%3B", "/..%2fv2", "/a%2F..%2fv2", "/..\\\\v2", "/..%5cv2", "/a%5C..", "/..#x",
    } do
      is_refused("http://127.0.0.1:8080/tw" .. path, below)
      is_refused(path, below)
      is_refused("https://api.twilio.com" .. path)
    end
    leads_to("http://127.0.0.1:8080/tw/v2/...", "/v2/...", below)
    for _, path in ipairs { "/v2/..x;/", "/v2/;../", "/v2/..%20", "/v2;..;/", "/v2/%2e;/x", "/v2/..%", "/v2/%2", "/v2?to=/..;/x" } do
      leads_to("http://127.0.0.1:8080/tw" .. path, path, below)
    end
    leads_to("http://127.0.0.1:8080/tw/v2/%2E/x", "/v2/%2E/x", below)
    leads_to("http://127.0.0.1:8080/tw/v2/.a./x..", "/v2/.a./x..", below)
    leads_to("http://127.0.0.1:8080/tw/v2?to=/../x", "/v2?to=/../x", below)
  end)

  it("are not on the base URL because they begin like it", function()
    local plain, marked = { base_url = "http://127.0.0.1:8080" }, { base_url = "http://127.0.0.1:8080/{product}" }
    for _, link in ipairs {
      "http://127.0.0.1:80801/", "http://127.0.0.1:8080@evil.com/", "http://127.0.0.1:8080.evil.com/", "http://127.0.0.1:8080:1/",
      "http://127.0.0.1/",
      "http://127.0.0.1:80/", "https://127.0.0.1:8080/", "http://127.0.0.1:8080\\\\@evil.com/", "http://127.0.0.1:8080#@evil.com",
      "http://127.0.0.2:8080/",
    } do
      is_refused(link, plain)
      is_refused(link, marked)
    end
    is_refused("http://127.0.0.1:8080/verify@x/", marked)
    is_refused("http://127.0.0.1:8080//v2", marked)
    is_refused("http://127.0.0.1:8080/", marked)
    is_refused("http://127.0.0.1:8080/a.b/v2", marked)
    local hosts = { base_url = "https://{product}.example.org" }
    for _, link in ipairs {
      "https://evil.com/.example.org", "https://evil.com/x.example.org/", "https://a@evil.example.org/", "https://.example.org/",
      "https://x.example.org.evil.com/", "https://x.example.org@evil.com/", "https://a.b.example.org/", "https://evil.com:1.example.org/",
    } do
      is_refused(link, hosts)
    end
  end)

  it("of many random shapes never leave the client's hosts", function()
    local seed = 42
    local function random(n)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return math.floor(seed / 65536) % n + 1
    end
    local pieces = {
      "https://", "http://", "/", "\\", "@", ":", ".", "..", "#", "?", "%2e", "%40", "evil.com", "twilio.com", ".twilio.com", "api", "[",
      "]", "80",
    }
    local client, followed = support.client(), 0
    local page = core.request(client.verify.services, "list")
    for _ = 1, 2000 do
      local link = {}
      for i = 1, random(6) do link[i] = pieces[random(#pieces)] end
      local request = page:follow(table.concat(link))
      if not request:refused() then
        followed = followed + 1
        local host = request:export().url:match "^https://([%w.-]+)/"
        assert.truthy(host:match "^[%w-]+%.twilio%.com$" or host:match "^[%w-]+%.[%w-]+%.twilio%.com$"
          or host:match "^[%w-]+%.[%w-]+%.[%w-]+%.twilio%.com$", host)
      end
    end
    assert.is_true(followed > 20)
  end)
end)

describe("an account", function()
  it("is another account's resources with the same credentials and settings", function()
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

  it("is refused by what Twilio would do to the account of the credentials instead", function()
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

  it("serves the paths that name an account, the account of the credentials, and requests with credentials of their own", function()
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

  it("has a SID", function()
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

  it("refuses every operation", function()
    local client, calls, call, record, page = material()
    local api = client.api
    client:close()
    for i, operation in ipairs(operations(client, calls, call, record, page)) do
      assert.equal("the client is closed", (support.misuse(operation)), "operation " .. i)
    end
    assert.equal("the client is closed", (support.misuse(function() return api.account end)))
    assert.equal("the client is closed", (support.misuse(function() return api.v2010.calls end)))
  end)

  it("closes its accounts, and they do not close it", function()
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

  it("leaves what was read readable", function()
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

  it("leaves other clients open", function()
    local one, two = support.client(), support.client()
    one:close()
    assert.truthy(two.calls:list())
  end)

  if _VERSION >= "Lua 5.4" then
    it("was a to-be-closed variable", function()
      local client = support.client()
      local block = assert(load "local client <close> = ... return client.calls:get 'CA1'")
      assert.equal("XX1", block(client).sid)
      assert.equal("twilio.client (closed)", tostring(client))
    end)
  end

  it("ends what it has in flight", function()
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

  it("has no fields to assign to", function()
    local client = support.client()
    assert.matches("a client has no fields to assign to", (support.misuse(function() client.timeout = 5 end)), 1, true)
  end)
end)
