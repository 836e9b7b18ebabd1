-- The base URL, region and edge of a client, and the links that it follows.
local core = require "twilio.core"
local support = require "spec.support.client"

local function url_of(options, call)
  return support.sent(call or function(client) client.calls:list() end, options).url
end

describe("hosts", function()
  it("are the hosts of the product", function()
    assert.equal(support.account_url .. "/Calls.json", url_of())
    assert.equal("https://verify.twilio.com/v2/Services", url_of({}, function(client) client.verify.services:list() end))
    assert.equal("https://flex-api.twilio.com/v1/Channels", url_of({}, function(client) client.flex_api.v1.channel:list() end))
  end)

  it("contain the region and the edge", function()
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

  it("are refused with a region without an edge, because Twilio does not answer there", function()
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

  it("are replaced by base_url", function()
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

  it("of Twilio in base_url need https, and an edge with a region", function()
    assert.equal("base_url is http://, but Twilio's hosts are https:// only",
      (support.misuse(support.client, { base_url = "http://api.twilio.com", allow_http = true })))
    for _, url in ipairs { "https://api.ie1.twilio.com", "https://{product}.ie1.twilio.com" } do
      assert.equal("base_url has the region 'ie1' without an edge, but Twilio does not answer there: write the edge 'dublin' before the region",
        (support.misuse(support.client, { base_url = url })))
    end
    assert.matches("without an edge", (support.misuse(support.client, { base_url = "https://api.br1.twilio.com" })), 1, true)
    for _, url in ipairs { "https://api.twilio.com", "https://api.us1.twilio.com", "https://api.dublin.ie1.twilio.com", "https://api.ie1.example" } do
      support.client { base_url = url }
    end
  end)
end)

describe("links", function()
  -- Follows the link of a page. Returns the requested URL, or nil, the error kind and the message.
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

  it("keep their region and edge unless the client has other ones", function()
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

  it("on the base URL are followed, and links on twilio.com are rewritten to the base URL", function()
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

  it("that begin with the path of the base URL are followed unchanged", function()
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
    leads_to("https://h/verify/chat" .. path, "/chat" .. path, { base_url = "https://h/{product}" }) -- "/chat" may be a path of Verify
  end)

  it("below a base URL with a path lead to the next and the previous page", function()
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

  it("of pages with only a token use the path of the page, with any base URL", function()
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

  it("are percent-encoded if they contain spaces or non-ASCII characters", function()
    leads_to("https://verify.twilio.com/v2/a%20b?To=%2B1%20%C3%BC&x=%5C", "/v2/a b?To=%2B1 \195\188&x=\\\\")
    leads_to("https://verify.twilio.com/v2/%C3%BC?a=b+c%20d", "https://verify.twilio.com/v2/\195\188?a=b+c d")
    leads_to("http://127.0.0.1:8080/x/v2/%20?%20", "http://127.0.0.1:8080/x/v2/ ? ", { base_url = "http://127.0.0.1:8080/x" })
  end)

  it("are refused with a reason", function()
    is_refused("/v2\\u0000/x", nil, "contains control characters")
    is_refused("/v2\\t", nil, "contains control characters")
    is_refused("/v2\\\\x", nil, "has a backslash in its path")
    is_refused("/v2/../x", nil, "has a segment '..'")
    is_refused("https://evil.com/", nil, "is neither on https://….twilio.com nor on the client's base_url")
    is_refused("https://api.twilio.com /x", nil, "is neither on https://….twilio.com nor on the client's base_url")
  end)

  it("to other hosts are refused", function()
    for _, link in ipairs {
      "https://evil.com/", "http://api.twilio.com/", "ftp://api.twilio.com/", "https://eviltwilio.com/", "https://twilio.com/",
      "https://api.twilio.com.evil.com/", "https://twilio.com.evil.com/", "https://api.twilio.com@evil.com/",
      "https://api.twilio.com:443@evil.com/",
      "https://evil.com#.twilio.com/", "https://evil.com/.twilio.com", "https://evil.com?.twilio.com", "https://evil.com\\\\.twilio.com/",
      "https://user@api.twilio.com/", "https://user:pw@api.twilio.com/", "https://api.twilio.com:8443/", "https://api.twilio.com:443/",
      "https://api.twilio.com.:443/", "https://api.twilio.com./", "https://.twilio.com/", "https://a..twilio.com/", "https://..twilio.com/",
      "https://api%2etwilio.com/", "https://evil.com%2f.twilio.com/", "https://evil.com%00.twilio.com/", "https://evil_.twilio.com/",
      "https://" .. ("a"):rep(64) .. ".twilio.com/", "https://api.ed_ge.ie1.twilio.com/",
      "https://ev\195\174l.twilio.com/", "https:/api.twilio.com/", "https:api.twilio.com/", "https:///api.twilio.com/", "https://",
      "https:",
      "//evil.com/", "//api.twilio.com/", "/\\\\evil.com/", "\\\\\\\\evil.com/", "/v2\\u0000/x", "/v2\\r\\nX: y", "/v2\\t",
      "/v2\\u007f", " /v2",
      "v2/Services", "?Page=1", "javascript:x", "https://[::1].twilio.com/", "https://127.0.0.1/", "https://[::1]/",
    } do
      is_refused(link)
    end
  end)

  it("with dot segments are refused, because they could leave the path of the base URL", function()
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

  it("that only begin like the base URL are refused", function()
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

  it("of random text never lead to other hosts", function()
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
