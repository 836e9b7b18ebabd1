-- Signed requests as Twilio sends them. twilio.webhook checks them.
local support = require "spec.support.client"
local testing = require "twilio.testing"
local twilio = require "twilio"

local TOKEN = "12345"

local function receive(request, token)
  return twilio.webhook.handler { auth_token = token or TOKEN, public_url = request.url:match "^%a+://[^/]+" }(request)
end

local function webhook(fields)
  fields.auth_token = fields.auth_token or TOKEN
  fields.url = fields.url or "https://example.com/voice"
  return testing.webhook(fields)
end

describe("a webhook for tests", function()
  it("has the signature of Twilio's example", function()
    local request = testing.webhook {
      url = "https://mycompany.com/myapp.php?foo=1&bar=2", auth_token = TOKEN,
      params = { CallSid = "CA1234567890ABCDE", Digits = "1234", From = "+14158675309", To = "+18005551212", Caller = "+14158675309" },
    }
    assert.equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=", request.headers["x-twilio-signature"])
  end)

  it("is accepted with the token, and refused with another one", function()
    for _, fields in ipairs {
      { "voice" }, { "message", params = { body = "Hé & x=y +" } }, { "message_status" },
      { "call_status", url = "https://example.com:8443/status?a=b&c" },
      { "voice", method = "GET", url = "https://example.com/voice?x=1" }, { "voice", method = "get" }, { params = {} }, { method = "GET" },
      { custom = { MediaUrl = { "b", "a" } } }, { body = '{"a":1}' }, { body = { { specversion = "1.0" } }, url = "https://example.com/e?x=1" },
    } do
      local request = webhook(fields)
      local event, status, _, body = receive(request)
      assert(event, body)
      assert.is_false(status)
      assert.equal(403, (select(2, receive(request, "another token"))))
    end
  end)

  it("has the fields of its kind, and those of the test", function()
    local event = receive(webhook { "voice", params = { call_sid = "CA1", Digits = 1 }, custom = { answered = true } })
    assert.same({ "CA1", "1", "true", "ringing", "inbound", "2010-04-01" },
      { event.call_sid, event.digits, event.answered, event.call_status, event.direction, event.api_version })
    event = receive(webhook { "message", params = { NumMedia = 1, media_url0 = "http://a.b/", media_content_type0 = "image/png" } })
    assert.same({ "Ahoy", "received" }, { event.body, event.sms_status })
    assert.equal("completed", receive(webhook { "call_status" }).call_status)
    assert.equal("delivered", receive(webhook { "message_status" }).message_status)
    assert.equal("CA1", receive(webhook { params = { CallSid = "CA1" } }).call_sid)
  end)

  it("has fields that Twilio documents for its kind", function()
    local documented = {}
    for _, list in pairs(require "twilio.webhook.fields") do
      for name in list:gmatch "%S+" do documented[name] = true end
    end
    for _, kind in ipairs { "voice", "message", "call_status", "message_status" } do
      for name in next, (receive(webhook { kind })) do assert.is_true(documented[name], kind .. " " .. name) end
    end
  end)

  it("may have a JSON body, whose hash is in the URL", function()
    local request = webhook { url = "https://example.com/events?x=1", body = { { specversion = "1.0", id = "EZ1", data = { n = 1 } } } }
    assert.matches("^https://example.com/events%?x=1&bodySHA256=%x+$", request.url)
    assert.equal("application/json", request.headers["content-type"])
    assert.equal(1, receive(request).events[1].data.n)
    assert.equal('{"a":  1}', webhook({ body = '{"a":  1}' }).body)
  end)

  it("has its own headers, and those of the test", function()
    local request = webhook { "voice", headers = { ["X-Forwarded-For"] = "10.0.0.1", ["User-Agent"] = "mine" } }
    assert.same({ "10.0.0.1", "mine", "example.com", "POST" },
      { request.headers["x-forwarded-for"], request.headers["user-agent"], request.headers.host, request.method })
    local duplicates = twilio.webhook.duplicates { size = 10, ttl = 60 }
    local handler = twilio.webhook.handler { auth_token = TOKEN, public_url = "https://example.com", duplicates = duplicates }
    local function is_again(one) return (select(2, handler(one))) end
    assert.same({ false, false, true }, { is_again(webhook { "voice" }), is_again(request), is_again(request) })
  end)

  it("takes the token of the environment", function()
    local program = [[
      local testing = require "twilio.testing"
      print(pcall(function() return testing.webhook { "voice", url = "https://example.com/" }.headers["x-twilio-signature"] end))
    ]]
    assert.matches("^true\t%S+=\n$", (support.run(program, { TWILIO_AUTH_TOKEN = "t" })))
    assert.matches("no auth token: pass auth_token, or set TWILIO_AUTH_TOKEN", (support.run(program)), 1, true)
  end)

  it("raises for what cannot be sent", function()
    local function raised(fields) return (support.misuse(webhook, fields)) end
    assert.matches("takes a table, got nil", (support.misuse(testing.webhook)), 1, true)
    assert.matches("has no 'parms' (did you mean 'params'?)", raised { parms = {} }, 1, true)
    assert.matches("url must be the whole URL", raised { url = "/voice" }, 1, true)
    assert.matches("url must be the whole URL", (support.misuse(testing.webhook, { auth_token = "x" })), 1, true)
    assert.matches("the params of a form or the body, not both", raised { params = {}, body = "" }, 1, true)
    assert.matches("testing.webhook has no 'voise' (did you mean 'voice'?)", raised { "voise" }, 1, true)
    assert.matches("the webhook 'voice' has no field 'digitss' (did you mean 'digits'?)", raised { "voice", params = { digitss = 1 } }, 1, true)
    assert.matches("the params of a form or the body, not both", raised { custom = {}, body = "" }, 1, true)
    assert.matches("the method of a webhook is POST or GET, got 'PSOT'", raised { method = "PSOT" }, 1, true)
    assert.matches("custom must be a table, got string", raised { custom = "a=b" }, 1, true)
    assert.matches("params, not a body", raised { "voice", body = "{}" }, 1, true)
    assert.matches("must be a string, a number or a boolean, got function", raised { custom = { a = print } }, 1, true)
    assert.matches("params must be a table, got string", raised { params = "a=b" }, 1, true)
  end)
end)
