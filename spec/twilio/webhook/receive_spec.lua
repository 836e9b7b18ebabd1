-- twilio.webhook.handler: whole requests of any server, and the answers to bad ones.
local core = require "twilio.core"
local support = require "spec.support.client"
local twilio = require "twilio"
local webhooks = require "spec.support.webhooks"

local FIELDS = { { "CallSid", "CA0123456789abcdef0123456789abcdef" }, { "From", "+15551234567" }, { "CallStatus", "ringing" } }
local BODY = webhooks.encode(FIELDS)

local function handler(options)
  local all = { auth_token = webhooks.token }
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.webhook.handler(all)
end

-- A request that Twilio has sent to `url`. The parts in `other` replace its own.
local function request(url, other)
  local one = {
    method = "POST", url = url:match "^%a+://[^/?]*(.*)$", scheme = "https", body = BODY, remote_addr = "203.0.113.9",
    headers = webhooks.headers(webhooks.sign(url, FIELDS)),
  }
  for name, value in pairs(other or {}) do one[name] = value end
  return one
end

-- Checks the answer to a bad request. Returns the log line.
local function refused(status, options, one)
  local line
  options = options or {}
  options.log = function(level, message) line = level .. " " .. message end
  local event, got, headers, body = handler(options)(one)
  assert.is_nil(event)
  assert.equal(status, got)
  assert.equal("text/plain", headers["content-type"])
  assert.matches("^%u[%a ]+\n$", body)
  return line, headers
end

describe("a handler", function()
  it("returns the event of a request that Twilio has signed", function()
    local event, again = handler()(request(webhooks.url))
    assert.same({ "ringing", false }, { event.call_status, again })
  end)

  it("takes the whole URL, or scheme, host and path", function()
    assert.is_truthy(handler()(request(webhooks.url, { url = webhooks.url, headers = webhooks.headers(webhooks.sign(webhooks.url, FIELDS)) })))
    local http = "http://example.com/voice"
    local one = request(http)
    one.scheme = nil
    assert.is_truthy((handler()(one)))
  end)

  it("takes the public URL for scheme, host and the start of the path", function()
    local signed = "https://public.example.net/hooks/voice?a=b"
    local one = request(signed, { url = "/voice?a=b", scheme = "http" })
    one.headers.Host = "10.0.0.1:8080"
    assert.is_truthy((handler { public_url = "https://public.example.net/hooks" }(one)))
    assert.is_truthy((handler { public_url = "https://public.example.net/hooks/" }(one)))
    assert.is_nil((handler { public_url = "https://public.example.net" }(one)))
    one.url = "https://other.example.net/voice?a=b" -- what the request line says of the host does not count
    assert.is_truthy((handler { public_url = "https://public.example.net/hooks" }(one)))
    assert.is_nil((handler { public_url = "https://other.example.net" }(one)))
    assert.is_nil((handler()(one)))
  end)

  it("takes headers in any spelling, as arrays, as a function, and as an object of lua-http", function()
    local signature = webhooks.sign(webhooks.url, FIELDS)
    local lower = { host = "example.com", ["x-twilio-signature"] = signature }
    local object = { get = function(_, name) return lower[name] end }
    for _, headers in ipairs {
      lower, { HOST = "example.com", ["X-TWILIO-SIGNATURE"] = signature }, { host = { "example.com" }, ["X-Twilio-Signature"] = { signature } },
      function(name) return lower[name] end, object,
    } do
      assert.is_truthy((handler()(request(webhooks.url, { headers = headers }))))
    end
  end)

  it("takes the host from :authority, where lua-http stores the header Host", function()
    local values = { [":authority"] = "example.com", ["x-twilio-signature"] = webhooks.sign(webhooks.url, FIELDS) }
    local headers = { get = function(_, name) return values[name] end }
    assert.is_truthy((handler()(request(webhooks.url, { headers = headers }))))
    values[":authority"] = "other.example.com"
    refused(403, nil, request(webhooks.url, { headers = headers }))
  end)

  it("says what to pass if nothing names the host", function()
    local one = request(webhooks.url)
    one.headers.Host = nil
    assert.matches("the URL has no host: pass public_url, or the header Host$", (refused(403, nil, one)))
    one.headers.Host = ""
    refused(403, nil, one)
    assert.is_truthy((handler { public_url = "https://example.com" }(one)))
  end)

  it("refuses several signatures in one request", function()
    local signature = webhooks.sign(webhooks.url, FIELDS)
    local function several(value) return request(webhooks.url, { headers = { host = "example.com", ["x-twilio-signature"] = value } }) end
    assert.matches("several headers", (refused(403, nil, several { signature, signature })))
    local object = { get = function(_, name)
      if name == "x-twilio-signature" then return signature, signature end
      return name == "host" and "example.com" or nil
    end }
    assert.matches("several headers", (refused(403, nil, request(webhooks.url, { headers = object }))))
  end)

  it("answers 403 to a bad signature, with a log line without secrets", function()
    local one = request(webhooks.url)
    one.headers["X-Twilio-Signature"] = webhooks.sign(webhooks.url, FIELDS, "wrong token")
    one.url = "/voice/+15557654321?secret=hidden"
    local line = refused(403, nil, one)
    assert.matches("^warn webhook POST /voice/", line)
    assert.matches("refused with 403: the signature does not match", line, 1, true)
    for _, secret in ipairs { webhooks.token, "hidden", "5557654321", one.headers["X-Twilio-Signature"], "5551234567" } do
      assert.is_nil(line:find(secret, 1, true), secret)
    end
  end)

  it("keeps control characters out of its log", function()
    local line = refused(403, nil, request(webhooks.url, { url = "/a\r\nb\27[0m" .. ("x"):rep(1000) }))
    assert.is_nil(line:find "%c")
    assert.is_true(#line < 400)
    line = refused(405, nil, request(webhooks.url, { method = "GET\n" }))
    assert.is_nil(line:find "%c")
  end)

  it("answers 405 to methods that Twilio does not use", function()
    for _, method in ipairs { "PUT", "DELETE", "get", "OPTIONS", "" } do
      local _, headers = refused(405, nil, request(webhooks.url, { method = method }))
      assert.equal("GET, HEAD, POST", headers.allow)
    end
    refused(405, nil, { url = "/", headers = {} })
  end)

  it("answers 413 to a body above the limit, before the body is read if its length is known", function()
    refused(413, { max_body = 10 }, request(webhooks.url))
    local one = request(webhooks.url, { body = function() error "read" end })
    one.headers["Content-Length"] = "1048577"
    refused(413, nil, one)
    refused(413, { max_body = 10 }, request(webhooks.url, { body = function(limit) return ("x"):rep(limit + 1) end }))
    assert.is_truthy((handler { max_body = #BODY }(request(webhooks.url))))
  end)

  it("reads the body through a function, and answers 400 if that fails", function()
    local limit_seen
    local one = request(webhooks.url, { body = function(limit)
      limit_seen = limit
      return BODY
    end })
    assert.equal("ringing", (handler()(one)).call_status)
    assert.equal(1048576, limit_seen)
    refused(400, nil, request(webhooks.url, { body = function() return nil, "closed" end }))
    local empty = request(webhooks.url, { body = function() return nil end })
    empty.headers["X-Twilio-Signature"] = webhooks.sign(webhooks.url)
    assert.is_truthy((handler()(empty)))
  end)

  it("takes the fields of GET and HEAD from the query", function()
    local url = "https://example.com/voice?CallSid=CA1&From=%2B15551234567&order=17"
    for _, method in ipairs { "GET", "HEAD" } do
      local one = request(url, { method = method, body = "" })
      one.headers["X-Twilio-Signature"] = webhooks.sign(url)
      one.body = nil
      local event = handler()(one)
      assert.same({ "CA1", "+15551234567", "17" }, { event.call_sid, event.from, event.order })
    end
  end)

  it("takes JSON bodies, and answers 400 to malformed ones", function()
    local function json(body)
      local url = webhooks.json_url("https://example.com/events", body)
      return request(url, { body = body, headers = webhooks.headers(webhooks.sign(url), "application/json") })
    end
    assert.equal("EZ1", handler()(json '[{"specversion":"1.0","id":"EZ1"}]').events[1].id)
    refused(400, nil, json '{"a":')
    local changed = json '{"a":1}'
    changed.body = '{"a":2}'
    refused(403, nil, changed)
  end)

  it("takes a body without a content type for a form, and answers 415 to other types", function()
    local one = request(webhooks.url)
    one.headers["Content-Type"] = nil
    assert.equal("ringing", (handler()(one)).call_status)
    local text = "hello"
    local url = webhooks.json_url("https://example.com/a", text)
    refused(415, nil, request(url, { body = text, headers = webhooks.headers(webhooks.sign(url), "text/plain") }))
  end)

  it("does not read a JSON body that is signed as a form", function()
    local body = '{"a":"' .. "&x=y"
    local one = request(webhooks.url, { body = body })
    one.headers["X-Twilio-Signature"] = core.base64(core.hmac("sha1", webhooks.token, webhooks.url, core.form_signed(body)))
    one.headers["Content-Type"] = nil
    assert.equal("y", handler()(one).x)
    one.headers["Content-Type"] = "application/json"
    refused(403, nil, one)
  end)

  it("opens WebSockets", function()
    local url = "wss://example.com/media"
    local headers = { host = "example.com", upgrade = "websocket", ["x-twilio-signature"] = webhooks.sign(url) }
    local one = request(url, { method = "GET", body = "", headers = headers })
    assert.is_truthy((handler()(one)))
  end)

  it("recognises what Twilio has sent before", function()
    local receive = handler { duplicates = twilio.webhook.duplicates() }
    local one = request(webhooks.url)
    one.headers["I-Twilio-Idempotency-Token"] = "token-1"
    for i = 1, 3 do
      local event, again = receive(one)
      assert.same({ "ringing", i > 1 }, { event.call_status, again })
    end
    one.headers["I-Twilio-Idempotency-Token"] = "token-2"
    assert.is_false((select(2, receive(one))))
  end)

  it("remembers no token of a request that was refused", function()
    local receive = handler { duplicates = twilio.webhook.duplicates() }
    local one = request(webhooks.url)
    one.headers["I-Twilio-Idempotency-Token"] = "token-1"
    local signature = one.headers["X-Twilio-Signature"]
    one.headers["X-Twilio-Signature"] = "wrong"
    assert.is_nil((receive(one)))
    one.headers["X-Twilio-Signature"] = signature
    assert.is_false((select(2, receive(one))))
  end)

  it("logs events with masked fields", function()
    local lines = {}
    local receive = handler { log = function(level, message, fields)
      lines[#lines + 1] = { level, message, fields.event.From, fields.duplicate }
    end }
    receive(request(webhooks.url))
    local line = "webhook CallSid=CA0123456789abcdef0123456789abcdef CallStatus=ringing From=+*******4567"
    assert.same({ { "info", line, "+*******4567", false } }, lines)
  end)
end)

describe("forwarded headers", function()
  local URL = "https://public.example.net/voice?order=17"

  local function receive(trust, remote, forwarded)
    local one = request(URL, { scheme = "http", remote_addr = remote })
    one.headers.Host = "10.0.0.1:8080"
    forwarded = forwarded or { ["X-Forwarded-Proto"] = "https", ["X-Forwarded-Host"] = "public.example.net" }
    for name, value in pairs(forwarded) do one.headers[name] = value end
    return (handler { trust = trust }(one)) ~= nil
  end

  it("are believed if the connection comes from a proxy that the program names", function()
    assert.is_true(receive({ "10.0.0.0/8" }, "10.1.2.3"))
    assert.is_true(receive({ "127.0.0.1", "fd00::/8" }, "fd00::1"))
    assert.is_true(receive({ "unix:" }, "unix:"))
    assert.is_true(receive({ "10.0.0.0/8" }, "::ffff:10.1.2.3"))
  end)

  it("are not believed otherwise", function()
    assert.is_false(receive(nil, "10.1.2.3"))
    assert.is_false(receive({}, "10.1.2.3"))
    assert.is_false(receive({ "10.0.0.0/8" }, "11.1.2.3"))
    assert.is_false(receive({ "10.0.0.0/8" }, nil))
    assert.is_false(receive({ "10.0.0.0/8" }, "unix:"))
    assert.is_false(receive({ "0.0.0.0/0" }, "fd00::1"))
  end)

  it("may have a port, and several elements of which the first counts", function()
    local trust = { "10.0.0.0/8" }
    assert.is_true(receive(trust, "10.0.0.1", { ["X-Forwarded-Proto"] = "https, http", ["X-Forwarded-Host"] = "public.example.net , inner" }))
    assert.is_true(receive(trust, "10.0.0.1", {
      ["X-Forwarded-Proto"] = "https", ["X-Forwarded-Host"] = "public.example.net", ["X-Forwarded-Port"] = "443",
    }))
    assert.is_false(receive(trust, "10.0.0.1", { ["X-Forwarded-Proto"] = "https" }))
  end)

  it("with a port set the port of the URL", function()
    local url = "https://public.example.net:8443/voice"
    local one = request(url, { scheme = "http", remote_addr = "10.0.0.1" })
    for name, value in pairs { Proto = "https", Host = "public.example.net", Port = "8443" } do one.headers["X-Forwarded-" .. name] = value end
    assert.is_truthy((handler { trust = { "10.0.0.0/8" } }(one)))
  end)
end)

describe("the options of a handler", function()
  local function message(options)
    return (support.misuse(twilio.webhook.handler, options))
  end

  it("raise for mistakes of the program", function()
    assert.equal("twilio.webhook.handler takes a table of options", message "x")
    assert.equal("the table of twilio.webhook.handler has no 'public_ulr' (did you mean 'public_url'?)", message { public_ulr = "" })
    local public = "public_url must be a URL with scheme and host, and without query and fragment"
    for _, url in ipairs { "example.com", "https://", "https://a?b", "https://a#b", "/a", 1 } do
      assert.equal(public, message { public_url = url })
    end
    assert.equal("trust must be an array of addresses and networks, such as { '10.0.0.0/8' }", message { trust = "10.0.0.0/8" })
    assert.matches("^trust has an element that is neither", message { auth_token = "x", trust = { "localhost" } })
    assert.matches("^trust has an element that is neither", message { auth_token = "x", trust = { 1 } })
    assert.equal("max_body must be a number of bytes", message { auth_token = "x", max_body = "1" })
    assert.equal("log must be a function", message { auth_token = "x", log = true })
    assert.equal("duplicates must be a result of twilio.webhook.duplicates", message { auth_token = "x", duplicates = {} })
    assert.equal("the names of options are strings", message { "x" })
  end)

  it("raise for a missing or empty token", function()
    local empty = "auth_token must be a string that is not empty, or an array of such strings"
    for _, token in ipairs { "", { "" }, 1, { 1 }, { "a", "" } } do assert.equal(empty, message { auth_token = token }) end
    assert.equal("auth_token must have at least one token", message { auth_token = {} })
    assert.equal("keys.K must be a string that is not empty, or an array of such strings", message { auth_token = "x", keys = { K = "" } })
    assert.equal("keys must be a table from the ID of a shared key to the key", message { auth_token = "x", keys = { "secret" } })
    assert.equal("keys must be a table from the ID of a shared key to the key", message { auth_token = "x", keys = "secret" })
  end)

  it("have the token of the environment by default", function()
    local program = [[
      local twilio = require "twilio"
      print(pcall(twilio.webhook.handler, {}))
      local ok, result = pcall(twilio.webhook.verify, { url = "https://a/", signature = "x" })
      print(ok, result)
    ]]
    assert.matches("^true\tfunction: .*\ntrue\tfalse\n$", support.run(program, { TWILIO_AUTH_TOKEN = "x" }))
    local output = support.run(program, {})
    assert.matches("^false\t.*no auth token: pass auth_token, or set TWILIO_AUTH_TOKEN\nfalse\t.*no auth token", output)
    assert.matches("^false\t.*no auth token", support.run(program, { TWILIO_AUTH_TOKEN = "" }))
  end)

  it("raise for parts of a request of the wrong type", function()
    local receive = handler()
    local function raised(one) return (support.misuse(receive, one)) end
    assert.equal("the handler takes a table, got nil", raised(nil))
    assert.equal("url must be a string, got nil", raised { method = "GET", headers = {} })
    assert.equal("headers must be a table, got nil", raised { method = "GET", url = "/" })
    assert.equal("the request has no 'uri' (did you mean 'url'?)", raised { uri = "/" })
    assert.equal("body must be a string, or a function that returns one", raised { method = "POST", url = "/", headers = {}, body = 1 })
  end)
end)
