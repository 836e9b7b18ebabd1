-- twilio.webhook: its arguments, and its results for any input.
local core = require "twilio.core"
local support = require "spec.support.client"
local twilio = require "twilio"
local webhooks = require "spec.support.webhooks"

local webhook = twilio.webhook

local function request(other)
  local one = { auth_token = "t", url = "https://a/", headers = {}, body = "" }
  for name, value in pairs(other or {}) do one[name] = value end
  return one
end

describe("twilio.webhook", function()
  it("is loaded when it is first used", function()
    local output = support.run([[
      local twilio = require "twilio"
      print(package.loaded["twilio.webhook"], twilio.webhook == require "twilio.webhook", twilio.webhook == twilio.webhook)
      print(package.loaded["twilio.webhook.nginx"], package.loaded["twilio.webhook.duplicates"])
    ]])
    assert.equal("nil\ttrue\ttrue\nnil\tnil\n", output)
  end)

  it("raises for unknown names", function()
    assert.equal("twilio.webhook has no 'verfy' (did you mean 'verify'?)", (support.misuse(function() return webhook.verfy end)))
    assert.equal("twilio has no 'webhoks' (did you mean 'webhook'?)", (support.misuse(function() return twilio.webhoks end)))
  end)

  it("has a function ngx that raises outside nginx", function()
    local message = support.misuse(webhook.ngx, { auth_token = "t" })
    assert.equal("twilio.webhook.ngx works in nginx, in the phases rewrite, access and content", message)
  end)
end)

describe("twilio.webhook.verify", function()
  it("takes the headers, or the signature", function()
    local signature = webhooks.sign("https://a/", nil, "t")
    assert.is_true(webhook.verify(request { headers = { ["X-Twilio-Signature"] = signature } }))
    assert.is_true(webhook.verify { auth_token = "t", url = "https://a/", signature = signature })
    assert.same({ false, "the request has no header X-Twilio-Signature" }, { webhook.verify(request()) })
  end)

  it("takes the content type, or the header", function()
    local url = "https://a/"
    local signature = webhooks.sign(url, { { "{}", "" } }, "t")
    assert.is_true(webhook.verify { auth_token = "t", url = url, signature = signature, body = "{}" })
    assert.is_false((webhook.verify { auth_token = "t", url = url, signature = signature, body = "{}", content_type = "application/json" }))
    local headers = { ["x-twilio-signature"] = signature, ["Content-Type"] = "application/json" }
    assert.is_false((webhook.verify(request { headers = headers, body = "{}" })))
  end)

  it("raises for mistakes of the program, at the program's line", function()
    local function message(other) return (support.misuse(webhook.verify, other)) end
    assert.equal("twilio.webhook.verify takes a table, got nil", message(nil))
    assert.equal("the table of twilio.webhook.verify has no 'ulr' (did you mean 'url'?)", message(request { ulr = "x" }))
    assert.equal("url must be a string, got nil", message { auth_token = "t", headers = {} })
    assert.equal("headers must be a table, got string", message(request { headers = "x" }))
    assert.equal("body must be the bytes of the body, got table", message(request { body = {} }))
    assert.equal("params must be a table of the decoded parameters, got string",
      message { auth_token = "t", url = "x", headers = {}, params = "x" })
    assert.equal("pass the body or the params, not both", message(request { params = {} }))
    assert.equal("pass the headers of the request, or the signature", message { auth_token = "t", url = "x" })
    assert.equal("signature must be a string, got number", message(request { signature = 1 }))
    assert.equal("content_type must be a string, got table", message(request { content_type = {} }))
    local _, position = support.misuse(function() webhook.verify(request { body = {} }) end)
    assert.matches("webhook_spec.lua:%d+:$", position)
  end)

  it("shows no token in any message", function()
    local function message(...) return (support.misuse(...)) end
    local secret = "0123456789abcdef"
    assert.is_nil(message(webhook.verify, request { auth_token = { secret, 1 } }):find(secret, 1, true))
    assert.is_nil(message(webhook.verify, request { keys = { [1] = secret } }):find(secret, 1, true))
    local headers = { ["x-twilio-signature"] = webhooks.sign "https://b/" }
    local _, reason = webhook.verify(request { auth_token = secret, headers = headers })
    assert.is_nil(reason:find(secret, 1, true))
  end)
end)

describe("twilio.webhook.valid", function()
  it("raises for mistakes of the program", function()
    local function message(...) return (support.misuse(webhook.valid, ...)) end
    assert.equal("no auth token: the first argument is missing", message(nil, "s", "https://a/", {}))
    assert.equal("the auth token must be a string that is not empty, or an array of such strings", message("", "s", "https://a/", {}))
    assert.equal("url must be a string, got nil", message("t", "s"))
    assert.equal("the last argument is a table of parameters or the bytes of the body, got number", message("t", "s", "https://a/", 1))
  end)

  it("returns false for a signature that is not a string", function()
    for _, signature in pairs { {}, 1, true } do assert.is_false((webhook.valid("t", signature, "https://a/", ""))) end
  end)
end)

describe("twilio.webhook.parse", function()
  it("raises for a body that is not a string", function()
    assert.equal("twilio.webhook.parse takes the bytes of a body, got table", (support.misuse(webhook.parse, {})))
    assert.equal("the content type must be a string, got table", (support.misuse(webhook.parse, "", {})))
  end)
end)

describe("any bytes", function()
  local random = webhooks.random(20261130)
  local WORDS = {
    "https://", "http://", "wss://", "example.com", ":443", ":", "@", "[::1]", "[", "]", "/", "?", "#", "&", "=", "%", "%41", "%4", "+", "'", "\0",
    "\255", "\195\169", "bodySHA256=", ("a"):rep(64), "key=K", ",", "algorithm=HMAC_SHA256", "{", "}", "[{", "\"a\":", "null", "1e999", "MediaUrl0=",
    "NumMedia=9999999999", "TaskAttributes={", "CallSid=CA1", ";", " ", "\r\n", "application/json", "%%", "()", "specversion",
  }

  local function text(count)
    local parts = {}
    for i = 1, random(count) - 1 do
      parts[i] = random(3) == 1 and string.char(random(256) - 1) or WORDS[random(#WORDS)]
    end
    return table.concat(parts)
  end

  local function headers()
    local list = {}
    for _, name in ipairs { "X-Twilio-Signature", "Content-Type", "Upgrade", "X-Twilio-Webhooks-Signature-Settings", "I-Twilio-Idempotency-Token" } do
      local choice = random(8)
      if choice == 1 then list[name] = { text(5), text(5) } elseif choice < 6 then list[name] = text(6) end
    end
    if random(2) == 1 then list["x-twilio-signature"] = core.base64(core.hmac("sha1", "other", text(3))) end
    if random(3) == 1 then list["content-type"] = ({ "application/json", webhooks.form_type, "text/plain" })[random(3)] end
    return list
  end

  local RUNS = math.floor(3000 * (tonumber(os.getenv "RANDOM_SCALE") or 0.1))

  it("in a request are refused by verify, and never raise", function()
    for _ = 1, RUNS do
      local one = { auth_token = "t", keys = { K = "k" }, url = text(12), headers = headers(), body = text(12) }
      local ok, reason = webhook.verify(one)
      assert.is_false(ok)
      assert.equal("string", type(reason))
      assert.is_false((webhook.valid("t", text(4), text(12), random(2) == 1 and text(8) or { [text(3)] = text(3) })))
    end
  end)

  it("in a body are parsed, or refused with a reason, and never raise", function()
    for _ = 1, RUNS do
      local event, reason = webhook.parse(text(20), random(2) == 1 and text(4) or nil)
      assert.is_true(event ~= nil or type(reason) == "string")
      if event then
        assert.equal("string", type(tostring(event)))
        assert.is_nil(tostring(event):find "[%z\1-\31]")
        local _ = { event.media, event.events, event.call_sid, event.CallSid, event.num_media }
      end
    end
  end)

  it("in whole requests are refused by a handler, and never raise", function()
    local receive = webhook.handler { auth_token = "t", trust = { "10.0.0.0/8" }, duplicates = webhook.duplicates(), log = function(_, line)
      assert.is_nil(line:find "[%z\1-\31]")
    end }
    for _ = 1, RUNS do
      local list = headers()
      for _, name in ipairs { "Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "Content-Length" } do
        if random(2) == 1 then list[name] = text(4) end
      end
      local event, status = receive {
        method = ({ "GET", "POST", "HEAD", text(2) })[random(4)], url = (random(2) == 1 and "/" or "") .. text(10), headers = list, body = text(10),
        remote_addr = random(2) == 1 and "10.0.0.1" or text(3),
      }
      assert.is_nil(event)
      assert.is_true(status == 403 or status == 405 or status == 413, status)
    end
  end)

  it("of a signed request are accepted, whatever its fields", function()
    for _ = 1, RUNS do
      local fields, params = {}, {}
      for i = 1, random(6) - 1 do
        fields[i] = { text(4), text(4) }
        params[fields[i][1]] = params[fields[i][1]] or {}
        table.insert(params[fields[i][1]], fields[i][2])
      end
      local url = "https://example.com/" .. text(8):gsub("bodySHA256", "")
      local signature = webhooks.sign(url, fields)
      assert.is_true(webhook.valid(webhooks.token, signature, url, webhooks.encode(fields)))
      assert.is_true(webhook.valid({ "x", webhooks.token }, signature, url, params))
    end
  end)
end)
