-- The option base_url. origin_spec.lua tests how requests and links use it.
local support = require "spec.support.client"

local function url_of(options)
  return support.sent(function(client) client.calls:list() end, options).url
end

describe("base_url", function()
  it("uses http:// only on this machine, unless the option allow_http is true", function()
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
      "2130706433", "127.0.0.1x", "LOCALHOST", "localhost{product}", "{product}", "l", "128.0.0.1", "127..0.1", "127.0.0.-1",
    } do
      local message = support.misuse(support.client, { base_url = "http://" .. host })
      assert.matches("allow_http = true", message, 1, true)
      assert.matches("in clear text", message, 1, true)
      assert.equal("http://" .. host:gsub("{product}", "api") .. path, url_of { base_url = "http://" .. host, allow_http = true })
    end
    for _, url in ipairs { "HTTP://127.0.0.1", "Http://api.example.org", "HTTPS://h" } do
      assert.matches("must start with http:// or https://", (support.misuse(support.client, { base_url = url })), 1, true)
    end
    support.client { proxy = "http://proxy.example:3128" } -- requests through it use https
  end)

  it("is refused with an invalid host or port", function()
    for _, host in ipairs {
      "h:99999", "h:1x", "h:", "h:0", "h:65536", "h:000080", "h:-1", "h:{product}", "h:80.evil.example", "h:80{product}", "h:127.0.0.1",
      "[::1]:99999", "[::1]:",
    } do
      for _, path in ipairs { "", "/", "/x" } do
        local url = "https://" .. host .. path
        assert.equal("base_url has no port from 1 to 65535 after ':'", (support.misuse(support.client, { base_url = url })))
      end
    end
    for _, host in ipairs {
      "[::1", "[]", "[x]", "[::1/]", "[::g]", "[::1%25", "[:1]", "[1::2::3]", "[12345::1]", "[1.2.3.4]", "[%25eth0]", "[" .. ("1"):rep(60) .. "]",
    } do
      assert.equal("base_url has '[' but no IPv6 address in brackets after it, such as [::1]",
        (support.misuse(support.client, { base_url = "https://" .. host })))
    end
    for _, host in ipairs { "[::1]x", "[::1].evil.example", "[::1]{product}" } do
      assert.equal("base_url has text between the host and the path", (support.misuse(support.client, { base_url = "https://" .. host })))
    end
    -- libcurl refuses or decodes these hosts
    for _, host in ipairs { "127.0.0.1*8080", "%6cocalhost", "a%62c.example", "a,b", "a;b", "a|b:80", "a<b>", 'a"b', "{product}!x" } do
      assert.equal("base_url has a character in its host that no host name has", (support.misuse(support.client, { base_url = "https://" .. host })))
    end
    for _, host in ipairs { "a-b_c.example", "b\195\188cher.example", "{product}.example", "x{product}-y.example:80" } do
      assert.is_userdata(support.client { base_url = "https://" .. host })
    end
  end)

  it("is refused if it contains the version, because every path begins with it", function()
    for _, rest in ipairs { "/2010-04-01", "/2010-04-01/", "/tw/2010-04-01", "/2010-04-01/Accounts/AC1" } do
      for _, host in ipairs { "https://api.twilio.com", "https://h:1", "http://127.0.0.1:8080/{product}" } do
        assert.equal("base_url must not contain /2010-04-01: the library appends the version and the path",
          (support.misuse(support.client, { base_url = host .. rest })))
      end
    end
  end)

  it("is refused if it is not a valid URL", function()
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
      assert.truthy(support.misuse(support.client, { base_url = url }):find("base_url may contain {product} once", 1, true), url)
    end
  end)
end)
