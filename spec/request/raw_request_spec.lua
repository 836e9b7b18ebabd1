-- client:request{…}: any request with the client's credentials, only to the client's hosts.

local twilio = require "twilio"
local support = require "spec.support.client"

local function sent(what, options, client_options)
  return support.sent(function(client) client:request(what, options) end, client_options)
end

local function misuse_of(what, options)
  local client = support.client()
  return (support.misuse(client.request, client, what, options))
end

describe("the URL of a raw request", function()
  it("may be a path on the host of a product", function()
    assert.equal("https://api.twilio.com/2010-04-01/x.json", sent({ path = "/2010-04-01/x.json" }).url)
    assert.equal("https://verify.twilio.com/v2/x", sent({ product = "verify", path = "/v2/x" }).url)
    assert.equal("https://flex-api.twilio.com/v1/x", sent({ product = "flex_api", path = "/v1/x" }).url)
    assert.equal("https://flex-api.twilio.com/v1/x", sent({ product = "flex-api", path = "/v1/x" }).url)
    assert.equal("https://verify.us1.twilio.com/v2/x", sent({ product = "verify", path = "/v2/x" }, nil, { region = "us1" }).url)
    assert.equal("https://h:1/verify/v2/x", sent({ product = "verify", path = "/v2/x" }, nil, { base_url = "https://h:1/{product}" }).url)
  end)

  it("may be a complete URL on the client's hosts", function()
    assert.equal("https://verify.twilio.com/v2/x?a=b", sent({ url = "https://verify.twilio.com/v2/x?a=b" }).url)
    assert.equal("https://verify.dublin.ie1.twilio.com/v2/x",
      sent({ url = "https://verify.twilio.com/v2/x" }, nil, { region = "ie1", edge = "dublin" }).url)
    assert.equal("https://h:1/v2/x", sent({ url = "https://verify.twilio.com/v2/x" }, nil, { base_url = "https://h:1" }).url)
    assert.equal("https://h:1/verify/v2/x", sent({ url = "https://h:1/verify/v2/x" }, nil, { base_url = "https://h:1/{product}" }).url)
  end)

  it("is refused with a region without an edge, because Twilio does not answer there", function()
    assert.equal("'https://verify.ie1.twilio.com/v2/x' has the region 'ie1' without its edge 'dublin': Twilio does not answer there",
      misuse_of { url = "https://verify.ie1.twilio.com/v2/x" })
    assert.equal("'https://verify.br1.twilio.com/v2/x' has the region 'br1' without its edge: Twilio does not answer there",
      misuse_of { url = "https://verify.br1.twilio.com/v2/x" })
    assert.equal("https://verify.us1.twilio.com/v2/x", sent({ url = "https://verify.us1.twilio.com/v2/x" }).url)
    assert.equal("https://verify.dublin.ie1.twilio.com/v2/x", sent({ url = "https://verify.dublin.ie1.twilio.com/v2/x" }).url)
    assert.equal("https://verify.dublin.ie1.twilio.com/v2/x",
      sent({ url = "https://verify.ie1.twilio.com/v2/x" }, nil, { region = "ie1", edge = "dublin" }).url)
    assert.equal("https://h/v2/x", sent({ url = "https://verify.ie1.twilio.com/v2/x" }, nil, { base_url = "https://h" }).url)
  end)

  it("may begin with the path of base_url, as paths in responses do", function()
    assert.equal("https://h/tw/2010-04-01/x", sent({ path = "/tw/2010-04-01/x" }, nil, { base_url = "https://h/tw" }).url)
    assert.equal("https://h/verify/v2/x",
      sent({ product = "verify", path = "/verify/v2/x" }, nil, { base_url = "https://h/{product}" }).url)
  end)

  it("is refused on other hosts", function()
    for _, url in ipairs {
      "https://evil.com/", "http://api.twilio.com/", "https://api.twilio.com@evil.com/", "https://eviltwilio.com/", "//api.twilio.com/x",
      "x",
      "https://api.twilio.com:8443/", "https://twilio.com.evil.com/",
    } do
      assert.truthy(misuse_of({ url = url }):find("credentials are sent nowhere else", 1, true), url)
    end
    assert.truthy(misuse_of({ path = "//evil.com/x" }):find("credentials are sent nowhere else", 1, true))
  end)

  it("must be complete and percent-encoded, and given either as url or as path", function()
    local either = 'client:request needs either url or path (with product, "api" by default)'
    assert.equal(either, misuse_of {})
    assert.equal(either, misuse_of { product = "verify" })
    assert.equal(either, misuse_of { url = "https://api.twilio.com/", path = "/x" })
    assert.equal("client:request takes url or product, not both", misuse_of { url = "https://api.twilio.com/", product = "api" })
    assert.equal("'path' must start with '/', got 'x'", misuse_of { path = "x" })
    assert.equal("'path' must start with '/', got 'https://api.twilio.com/'", misuse_of { path = "https://api.twilio.com/" })
    for _, path in ipairs { "/a b", "/a#b", "/ü", "/x?a=b c" } do
      assert.equal("'path' must be percent-encoded", misuse_of { path = path })
    end
    for _, path in ipairs { "/a\r\nX: y", "/a\0b", "", "/\127" } do
      assert.equal("'path' is empty or contains control characters", misuse_of { path = path })
    end
    for _, product in ipairs { "a.b", "evil.com/", "API", "a b", ("x"):rep(64) } do
      assert.equal("'" .. product .. "' is not a product", misuse_of { product = product, path = "/x" })
    end
    assert.equal("'***@b' is not a product", misuse_of { product = "a@b", path = "/x" })
    assert.equal("'path' must be a string, got number", misuse_of { path = 1 })
  end)
end)

describe("a raw request", function()
  it("may have a query", function()
    assert.equal("https://api.twilio.com/x?StartTime%3C=a%20b", sent({ path = "/x", query = { ["StartTime<"] = "a b" } }).url)
    assert.equal("https://api.twilio.com/x?k=1&k=true", sent({ path = "/x", query = { k = { 1, true } } }).url)
    assert.equal("https://api.twilio.com/x?a=b&c=d", sent({ path = "/x?a=b", query = { c = "d" } }).url)
    assert.equal("https://api.twilio.com/x?a=b&c=%20", sent({ path = "/x?a=b", query = "c=%20" }).url)
    assert.equal("https://api.twilio.com/x", sent({ path = "/x", query = {} }).url)
  end)

  it("may have a form", function()
    local request = sent { path = "/x", form = { To = "+1 2" } }
    assert.same({ "POST", "To=%2B1%202", "application/x-www-form-urlencoded" },
      { request.method, request.body, request.headers["content-type"] })
    assert.equal("a=b&c=d", sent({ path = "/x", form = "a=b&c=d" }).body)
    request = sent { path = "/x", form = {} }
    assert.same({ "POST", "" }, { request.method, request.body })
  end)

  it("may have JSON", function()
    local request = sent { path = "/x", json = { a = { 1, twilio.null } } }
    assert.same({ "POST", '{"a":[1,null]}', "application/json" }, { request.method, request.body, request.headers["content-type"] })
    assert.equal("[]", sent({ path = "/x", json = twilio.array {} }).body)
    assert.equal("null", sent({ path = "/x", json = twilio.null }).body)
    assert.equal('"text"', sent({ path = "/x", json = "text" }).body)
    assert.equal("false", sent({ path = "/x", json = false }).body)
  end)

  it("may have a method", function()
    assert.equal("GET", sent({ path = "/x" }).method)
    for _, method in ipairs { "POST", "PUT", "PATCH" } do
      local request = sent { path = "/x", method = method }
      assert.same({ method, "" }, { request.method, request.body })
      assert.equal("a=b", sent({ path = "/x", method = method, form = { a = "b" } }).body)
    end
    local request = sent { path = "/x", method = "DELETE" }
    assert.same({ "DELETE" }, { request.method, request.body })
    assert.is_nil(request.headers.accept)
    for _, method in ipairs { "get", "HEAD", "OPTIONS", "X", "GET /y" } do
      assert.equal("'" .. method .. "' is not a method: use GET, POST, PUT, PATCH or DELETE", misuse_of { path = "/x", method = method })
    end
    assert.equal("GET takes no form and no json", misuse_of { path = "/x", method = "GET", form = {} })
    assert.equal("DELETE takes no form and no json", misuse_of { path = "/x", method = "DELETE", json = {} })
    assert.equal("client:request takes form or json, not both", misuse_of { path = "/x", form = {}, json = {} })
  end)

  it("may have headers, which replace the client's headers", function()
    local request = sent { path = "/x", form = {}, headers = {
      ["X-One"] = "1", ["content-TYPE"] = "text/plain", Accept = "*/*", AUTHORIZATION = "Bearer t", ["user-agent"] = "mine",
        ["If-Match"] = "a: b",
    } }
    assert.equal("1", request.headers["x-one"])
    assert.equal("text/plain", request.headers["content-type"])
    assert.equal("*/*", request.headers.accept)
    assert.equal("Bearer t", request.headers.authorization)
    assert.equal("mine", request.headers["user-agent"])
    assert.equal("a: b", request.headers["if-match"])
    assert.equal(support.authorization, sent({ path = "/x", headers = { ["Authorization-X"] = "t" } }).headers.authorization)
    for _, name in ipairs { "", "a b", "a:b", "a\r\nb", "a\0", "ü", "a;" } do
      assert.truthy(misuse_of({ path = "/x", headers = { [name] = "x" } }):find("is not a valid header name", 1, true))
    end
    for _, value in ipairs { "a\r\nX: y", "a\n", "\0" } do
      assert.equal("header 'X' contains control characters", misuse_of { path = "/x", headers = { X = value } })
    end
    assert.equal("header 'X' must be a string, got number", misuse_of { path = "/x", headers = { X = 1 } })
    assert.equal("the name of a header must be a string, got a number", misuse_of { path = "/x", headers = { "X: y" } })
    assert.equal("'headers' must be a table, got string", misuse_of { path = "/x", headers = "X: y" })
  end)

  it("is refused with dot segments", function()
    for _, link in ipairs { "/x/../y", "/x/%2e%2E", "/../x?a", "/x%2F..?a=b", "/x/..;/y", "/x/%2e%2e;a=b/y", "/x/..%3B", "/x/..%5cy" } do
      assert.equal(("'%s' has a segment '..', which may lead to another path"):format(link:gsub("%?.*", ""), nil), misuse_of { path = link })
    end
    assert.truthy(misuse_of({ url = "https://api.twilio.com/x/.." }):find("has a segment", 1, true))
    assert.equal("https://api.twilio.com/x?to=/../y", sent({ path = "/x?to=/../y" }).url)
    assert.equal("'/x\\y' has a backslash in its path", misuse_of { path = "/x\\y" })
  end)

  it("cannot set headers of the connection: with a wrong length, the body could become another request", function()
    for _, name in ipairs { "Content-Length", "content-length", "Transfer-Encoding", "HOST", "Connection", "Expect", "Upgrade", "Trailer", "TE" } do
      assert.equal(("header '%s' belongs to the connection and cannot be set"):format(name),
        misuse_of { path = "/x", form = { a = "b" }, headers = { [name] = "5" } })
    end
  end)

  it("raises for unknown fields and wrong types", function()
    assert.equal("unknown field 'querry' (did you mean 'query'?)", misuse_of { path = "/x", querry = {} })
    assert.equal("the name of a field of the request must be a string, got a number", misuse_of { "/x" })
    assert.equal("client:request takes a table { method=, url= or product=, path=, … }", misuse_of(nil))
    assert.equal("the request must be a table, got string", misuse_of "/x")
    assert.equal("the options must be a table, got string", misuse_of({ path = "/x" }, "x"))
    assert.equal("unknown option 'extra'", misuse_of({ path = "/x" }, { extra = {} }))
    assert.equal("unknown option 'limit'", misuse_of({ path = "/x" }, { limit = 1 }):gsub(" %(did.*$", ""))
    assert.equal("'query' must be a table or a string, got number", misuse_of { path = "/x", query = 1 })
    assert.equal("'form' must be percent-encoded", misuse_of { path = "/x", form = "a b" })
    assert.equal("'query' must be percent-encoded", misuse_of { path = "/x", query = "a#b" })
    assert.equal("'query' must be percent-encoded", misuse_of { path = "/x", query = "a\0b" })
    assert.equal("the name of a parameter must be a string, got a number", misuse_of { path = "/x", form = { "x" } })
    assert.equal("parameter 'ToNumber' cannot be null: leave it out", misuse_of { path = "/x", form = { ToNumber = twilio.null } })
    assert.equal("JSON cannot hold a function", misuse_of { path = "/x", json = { print } })
    local client = support.client()
    assert.equal("too many arguments to 'request'", (support.misuse(client.request, client, { path = "/x" }, {}, {})))
  end)

  it("accepts the options of a call", function()
    assert.equal(5, sent({ path = "/x" }, { timeout = 5 }).timeout)
    assert.equal("option 'timeout' must be a positive number of seconds, got 0", misuse_of({ path = "/x" }, { timeout = 0 }))
  end)

  it("does not change its table, which can be used again", function()
    local client, requests = support.client()
    local what = { path = "/x", query = { a = "b" }, json = { c = 1 }, headers = { X = "y" } }
    client:request(what)
    client:request(what)
    assert.same(requests[1], requests[2])
    assert.same({ path = "/x", query = { a = "b" }, json = { c = 1 }, headers = { X = "y" } }, what)
  end)
end)

describe("the result of a raw request", function()
  it("is a table with status, headers, body and json", function()
    local client = support.client(nil, { status = 201, headers = { ["X-One"] = "1" }, body = '{"a":1}' })
    local answer = assert(client:request { path = "/x" })
    assert.same({ status = 201, headers = { ["x-one"] = "1" }, body = '{"a":1}', json = { a = 1 } }, answer)
  end)

  it("is nil, message, err on failure", function()
    local client = support.client(nil, { status = 404, body = '{"code":20404,"message":"not found"}' })
    local answer, message, err = client:request { path = "/x/...//y?secret=1" }
    assert.is_nil(answer)
    assert.equal("GET /x/...//y: 404, error 20404: not found", message)
    assert.same({ "api", 404, 20404 }, { err.kind, err.status, err.code })
    client = support.client(nil, { status = 500, body = "" })
    message = select(2, client:request { url = "https://api.twilio.com?a=b" })
    assert.truthy(message:find("500", 1, true) and not message:find("a=b", 1, true), message)
    message = select(2, client:request { path = "/x?to=http://y/z" })
    assert.equal(1, message:find("GET /x: 500", 1, true))
  end)
end)
