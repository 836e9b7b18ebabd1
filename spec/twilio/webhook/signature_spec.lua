-- Signatures of webhooks, in all the forms in which servers receive them.
local shell = require "spec.support.shell"
local twilio = require "twilio"
local webhooks = require "spec.support.webhooks"

local FIELDS = { { "CallSid", "CA1234567890ABCDE" }, { "Digits", "1234" }, { "From", "+14158675309" }, { "Body", "a b" } }
local BODY = webhooks.encode(FIELDS)

-- Whether a request to `received` is accepted if Twilio signed `signed`.
local function accepts(signed, received, fields)
  fields = fields or FIELDS
  return twilio.webhook.valid(webhooks.token, webhooks.sign(signed, fields), received, webhooks.encode(fields))
end

local function refused(pattern, signed, received)
  local ok, reason = accepts(signed, received)
  assert.is_false(ok)
  assert.matches(pattern, reason, 1, true)
end

describe("a signature", function()
  it("is that of the URL exactly as it was received", function()
    for _, url in ipairs {
      "https://example.com", "https://example.com/", "https://example.com/voice", "https://example.com/a?b=c&d",
      "https://example.com/voice?name=William+O'hara", "https://example.com/voice?", "https://example.com/voice?a=",
      "https://user:pass@example.com:8443/voice", "https://us%40er:p%3Ass@example.com/voice", "https://[2001:db8::1]:8443/voice",
      "https://[2001:db8::1]/voice", "https://example.com/voice?To=sip:bob@example.com:5060&From=sip%3Aeve%40example.org",
      "https://example.com/voice?a=b+c&d=e%20f", "https://example.com//voice?x=%2b", "https://EXAMPLE.com/Voice",
      "https://example.com/Espa\195\177a?a\195\177o=2023", "https://example.com/voice?a=1&a=2&a=1", "https://example.com/v?a=\"<>\"",
    } do
      assert.is_true(accepts(url, url), url)
    end
  end)

  it("may be that of the URL with or without the default port", function()
    assert.is_true(accepts("https://example.com:443/a?b=c", "https://example.com/a?b=c"))
    assert.is_true(accepts("http://example.com:80/a", "http://example.com/a"))
    assert.is_true(accepts("https://example.com/a", "https://example.com:443/a"))
    assert.is_true(accepts("https://example.com/a", "https://example.com:8443/a"))
    assert.is_true(accepts("https://user:pass@example.com/a", "https://user:pass@example.com:8443/a"))
    assert.is_true(accepts("https://user:pass@example.com:443/a", "https://user:pass@example.com/a"))
    assert.is_true(accepts("https://[::1]:443/a", "https://[::1]/a"))
    assert.is_true(accepts("https://[::1]/a", "https://[::1]:8443/a"))
    assert.is_true(accepts("https://example.com?a=b", "https://example.com:443?a=b"))
  end)

  it("is not that of a URL with another port, host, user, path or query", function()
    for _, pair in ipairs {
      { "https://example.com:8443/a", "https://example.com/a" }, { "https://example.com:80/a", "https://example.com/a" },
      { "https://example.com/a", "https://example.org/a" }, { "https://user:pass@example.com/a", "https://example.com/a" },
      { "https://example.com/a", "https://example.com/b" }, { "https://example.com/a?x=1", "https://example.com/a?x=2" },
      { "https://example.com/a?x=:443", "https://example.com/a?x=" }, { "https://example.com/a:443", "https://example.com/a" },
      { "https://example.com/A", "https://example.com/a" }, { "https://example.com/a%20b", "https://example.com/a+b" },
    } do
      assert.is_false((accepts(pair[1], pair[2])), pair[1] .. " " .. pair[2])
    end
  end)

  it("may be that of a query whose characters Twilio escaped, or had not escaped yet", function()
    local url = "https://example.com/a?"
    for _, pair in ipairs {
      { "x=O'hara", "x=O%27hara" }, { "x=O%27hara", "x=O'hara" }, { "n=It%27s+amazing", "n=It's+amazing" },
      { "c=sip:a@b.com", "c=sip%3Aa%40b.com" }, { "c=sip:a@b.com", "c=sip%3aa%40b.com" }, { "c=sip%3Aa%40b.com", "c=sip:a@b.com" },
      { "x=a%20b", "x=a+b" }, { "x=a+b", "x=a%20b" }, { "x=a%20b&y=O'h", "x=a+b&y=O%27h" }, { "x=%C3%A9", "x=\195\169" },
    } do
      assert.is_true(accepts(url .. pair[1], url .. pair[2]), pair[1])
      assert.is_true(accepts("https://example.com:443/a?" .. pair[1], url .. pair[2]), pair[1])
    end
  end)

  it("may be that of a URL without the bare ? and without the fragment", function()
    assert.is_true(accepts("https://example.com/a", "https://example.com/a?"))
    assert.is_true(accepts("https://example.com/a?b=c", "https://example.com/a?b=c#rc=2"))
  end)

  it("covers the fields in any order, and covers equal values of a name once", function()
    local fields = { { "b", "2" }, { "Media", "y" }, { "a", "" }, { "Media", "x" }, { "Media", "y" }, { "Sid", "3" }, { "SidA", "1" } }
    local random = webhooks.random(5)
    local signature = webhooks.sign(webhooks.url, fields)
    for _ = 1, 30 do
      for i = #fields, 2, -1 do
        local j = random(i)
        fields[i], fields[j] = fields[j], fields[i]
      end
      assert.is_true(twilio.webhook.valid(webhooks.token, signature, webhooks.url, webhooks.encode(fields)))
      local params = {}
      for _, field in ipairs(fields) do
        params[field[1]] = params[field[1]] or {}
        table.insert(params[field[1]], field[2])
      end
      assert.is_true(twilio.webhook.valid(webhooks.token, signature, webhooks.url, params))
    end
  end)

  it("does not fit if a field was changed, added or removed", function()
    local signature = webhooks.sign(webhooks.url, FIELDS)
    for _, body in ipairs { BODY:gsub("1234$", "1235"), BODY .. "&x=y", BODY:gsub("&From=[^&]*", ""), BODY:gsub("a%%20b", "a%%20b%%20"), "" } do
      if body ~= BODY then assert.is_false((twilio.webhook.valid(webhooks.token, signature, webhooks.url, body))) end
    end
    assert.is_true(twilio.webhook.valid(webhooks.token, signature, webhooks.url, BODY))
  end)

  it("takes the sorted order of bytes in every locale", function()
    local fields = { { "a", "1" }, { "B", "2" }, { "_c", "3" }, { "Z", "4" } }
    assert.is_true(accepts(webhooks.url, webhooks.url, fields))
    local params = { a = "1", B = "2", _c = "3", Z = "4" }
    local signature = webhooks.sign(webhooks.url, fields) -- sorts with strcoll, so not in the loop
    local before = os.setlocale(nil)
    finally(function() os.setlocale(before) end)
    for _, locale in ipairs { "en_US.UTF-8", "de_DE.UTF-8", "C.UTF-8" } do
      if os.setlocale(locale) then assert.is_true(twilio.webhook.valid(webhooks.token, signature, webhooks.url, params)) end
    end
  end)

  it("takes the values of decoded parameters", function()
    local signature = webhooks.sign(webhooks.url, { { "a", "" }, { "b", "x" }, { "ä", "ö" } })
    assert.is_true(twilio.webhook.valid(webhooks.token, signature, webhooks.url, { a = true, b = { "x", "x" }, ["ä"] = "ö" }))
    for _, params in ipairs { { a = 1 }, { a = {} }, { a = { { "x" } } }, { [1] = "x" }, { a = false } } do
      assert.is_false((twilio.webhook.valid(webhooks.token, signature, webhooks.url, params)))
    end
  end)

  it("is refused with a reason", function()
    local function reason(signature) return select(2, twilio.webhook.valid(webhooks.token, signature, webhooks.url, BODY)) end
    assert.equal("the request has no header X-Twilio-Signature", reason(nil))
    for _, malformed in ipairs { "", "x", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93/VVr8B8= ", ("A"):rep(28), "\0\0\0\0" } do
      assert.equal("the signature is malformed", reason(malformed), malformed)
    end
    assert.equal("the signature does not match", reason "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
  end)

  it("is explained if the scheme, the slash or the order of the query is the cause", function()
    refused("it is that of the URL with https:// in place of http://", "https://example.com/a?b=c", "http://example.com/a?b=c")
    refused("it is that of the URL with https:// in place of http://", "https://example.com/a", "http://example.com:8080/a")
    refused("with a slash at the end of its path", "https://example.com/a/?b=c", "https://example.com/a?b=c")
    refused("without a slash at the end of its path", "https://example.com/a", "https://example.com/a/")
    refused("it is that of the URL with wss://", "wss://example.com/media", "https://example.com/media")
    refused("a framework may have sorted them", "https://example.com/a?z=1&b=2", "https://example.com/a?b=2&z=1")
    refused("the URL has no scheme and host", "/a", "/b")
  end)

  it("of a larger form is refused without an explanation", function()
    local fields = { { "Body", ("x"):rep(20000) } }
    local signature = webhooks.sign("https://example.com/a", fields)
    local ok, reason = twilio.webhook.valid(webhooks.token, signature, "http://example.com/a", webhooks.encode(fields))
    assert.same({ false, "the signature does not match" }, { ok, reason })
  end)

  it("of too many fields is refused", function()
    local ok, reason = twilio.webhook.valid(webhooks.token, webhooks.sign "https://a/", "https://a/", ("a&"):rep(20000))
    assert.same({ false, "the form has too many fields" }, { ok, reason })
  end)
end)

describe("a JSON body", function()
  local JSON = '{"property": "value", "boolean": true}'
  local URL = webhooks.json_url("https://example.com/a?b=c", JSON)

  local function verify(url, body, signed, content_type)
    return twilio.webhook.verify {
      auth_token = webhooks.token, url = url, body = body,
      headers = webhooks.headers(webhooks.sign(signed or url), content_type or "application/json"),
    }
  end

  it("is covered by bodySHA256 of the URL", function()
    assert.is_true(verify(URL, JSON))
    assert.is_true(verify(URL:gsub("%x+$", string.upper), JSON))
    assert.is_true(verify(URL, JSON, URL:gsub("com/", "com:443/")))
    assert.is_true(twilio.webhook.valid(webhooks.token, webhooks.sign(URL), URL, JSON))
    local alone = webhooks.json_url("https://example.com/a", JSON)
    assert.is_true(verify(alone, JSON, nil, "application/cloudevents+json; charset=utf-8"))
  end)

  it("is refused if a byte of it was changed", function()
    local ok, reason = verify(URL, JSON .. "\n")
    assert.same({ false, "the body is not the one of bodySHA256. Pass the bytes of the body as they were received" }, { ok, reason })
    assert.is_false((verify(URL, "")))
    assert.is_false((verify(URL, (JSON:gsub(" ", "")))))
  end)

  it("is refused if nothing covers it", function()
    local url = "https://example.com/a"
    local ok, reason = verify(url, JSON)
    assert.is_false(ok)
    assert.matches("the body is not signed", reason, 1, true)
    assert.is_false((verify(url, JSON, nil, "text/plain")))
    assert.is_true(verify(url, ""))
  end)

  it("cannot be replaced by parameters", function()
    local ok, reason = twilio.webhook.valid(webhooks.token, webhooks.sign(URL), URL, {})
    assert.is_false(ok)
    assert.matches("pass the raw body", reason, 1, true)
  end)

  it("may be a form whose URL has a bodySHA256 of another request", function()
    local signature = webhooks.sign(URL, FIELDS)
    assert.is_true(twilio.webhook.valid(webhooks.token, signature, URL, BODY))
    assert.is_true(verify(URL, BODY, nil, webhooks.form_type) == false)
  end)
end)

describe("the opening of a WebSocket", function()
  local function verify(signed, url, upgrade)
    return twilio.webhook.verify {
      auth_token = webhooks.token, url = url, headers = { ["x-twilio-signature"] = webhooks.sign(signed), upgrade = upgrade },
    }
  end

  it("is signed with the scheme wss", function()
    assert.is_true(verify("wss://example.com/media", "https://example.com/media", "websocket"))
    assert.is_true(verify("wss://example.com/media", "https://example.com/media", "WebSocket"))
    assert.is_true(verify("wss://example.com:443/media", "https://example.com/media", "websocket"))
    assert.is_true(verify("ws://example.com/media", "http://example.com/media", "websocket"))
    assert.is_true(verify("wss://example.com/media", "wss://example.com/media", nil))
    assert.is_true(verify("https://example.com/media", "https://example.com/media", "websocket"))
  end)

  it("is refused without the header Upgrade", function()
    assert.is_false((verify("wss://example.com/media", "https://example.com/media", nil)))
    assert.is_false((verify("wss://example.com/media", "https://example.com/media", "h2c")))
  end)
end)

describe("a token", function()
  local signature = webhooks.sign(webhooks.url, FIELDS)

  it("may be one of several, while it is exchanged", function()
    assert.is_true(twilio.webhook.valid({ "new", webhooks.token }, signature, webhooks.url, BODY))
    assert.is_true(twilio.webhook.valid({ webhooks.token, "new" }, signature, webhooks.url, BODY))
    assert.is_false((twilio.webhook.valid({ "new", "old" }, signature, webhooks.url, BODY)))
  end)
end)

describe("a shared key", function()
  local KEYS = { WK1 = "secret", WK2 = { "a", "other" } }

  local function verify(settings, key, algorithm, options)
    local request = {
      keys = KEYS, auth_token = webhooks.token, url = webhooks.url, body = BODY,
      headers = webhooks.headers(webhooks.sign(webhooks.url, FIELDS, key, algorithm)),
    }
    request.headers["X-Twilio-Webhooks-Signature-Settings"] = settings
    for name, value in pairs(options or {}) do request[name] = value or nil end
    return twilio.webhook.verify(request)
  end

  it("signs with the algorithm that the header names", function()
    assert.is_true(verify("key=WK1,algorithm=HMAC_SHA256", "secret", "sha256"))
    assert.is_true(verify("algorithm=hmac_sha256 , key = WK1", "secret", "sha256"))
    assert.is_true(verify("key=WK1,algorithm=HMAC_SHA1", "secret", "sha1"))
    assert.is_true(verify("key=WK2,algorithm=HMAC_SHA256", "other", "sha256"))
    assert.is_true(verify("key=WK1", "secret", "sha1"))
    assert.is_true(verify("key=WK1,algorithm=HMAC_SHA256,version=2", "secret", "sha256"))
  end)

  it("is refused with another algorithm, key or header", function()
    local function reason(...)
      local ok, why = verify(...)
      assert.is_false(ok)
      return why
    end
    assert.equal("the signature has an unknown algorithm", reason("key=WK1,algorithm=HMAC_SHA512", "secret", "sha256"))
    assert.equal("the signature has an unknown algorithm", reason("key=WK1,algorithm=none", "secret", "sha256"))
    assert.equal("the signature is malformed", reason("key=WK1,algorithm=HMAC_SHA256", "secret", "sha1"))
    assert.equal("the signature does not match", reason("key=WK1,algorithm=HMAC_SHA256", webhooks.token, "sha256"))
    assert.equal("the webhook is signed with the shared key WK9, which is not among the option keys", reason("key=WK9", "secret", "sha1"))
    assert.equal("the webhook is signed with the shared key with a malformed ID, which is not among the option keys",
      reason("key=W\nK", "secret", "sha1"))
    for _, settings in ipairs { "", "=", "key", "key=WK1,key=WK2", "algorithm=HMAC_SHA256", "key=,algorithm=HMAC_SHA1", "\0" } do
      assert.is_false((verify(settings, "secret", "sha256")), settings)
    end
  end)

  it("leaves the auth token in use for other webhooks", function()
    assert.is_true(verify(nil, webhooks.token, "sha1"))
    assert.is_false((verify(nil, webhooks.token, "sha1", { auth_token = "wrong" })))
    assert.is_false((verify(nil, "secret", "sha1")))
    assert.same({ false, "the webhook is signed with the auth token, and only shared keys were passed" },
      { verify(nil, webhooks.token, "sha1", { auth_token = false }) })
  end)
end)

describe("a hostile request", function()
  it("of 1 MB is refused, whatever its URL", function()
    local url = "https://example.com:8443/a?b=O'h%27a%40b+c%20d"
    assert.is_false((twilio.webhook.valid("t", ("A"):rep(27) .. "=", url, "a=" .. ("x"):rep(1000000))))
  end)
end)

describe("the vectors of the official clients", function()
  it("are accepted", function()
    local path = shell.run "test -f ../shared/api/signature_vectors.json" and "../shared/api/signature_vectors.json"
    if not path then return pending "no ../shared/api/signature_vectors.json" end
    local file = assert(io.open(path))
    local vectors = require("twilio.core").json_decode(file:read "*a")
    file:close()
    for _, v in ipairs(vectors) do
      local request = { url = v.url, headers = { ["x-twilio-signature"] = v.signature }, auth_token = v.token }
      if v.body then request.body = v.body else request.params = v.params end
      if v.algorithm == "HMAC_SHA256" then
        request.keys, request.auth_token = { K = v.token }, nil
        request.headers["x-twilio-webhooks-signature-settings"] = "key=K,algorithm=HMAC_SHA256"
      end
      assert.equal(v.valid, (twilio.webhook.verify(request)), v.name)
    end
    assert.is_true(#vectors >= 24)
  end)
end)
