-- The hint at the end of a message if the library recognises the cause of a failure.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"

describe("the hint at the end of a message", function()
  -- Returns the part of the message after Twilio's text "x".
  local function hint(call, status, code)
    local body = ('{"code":%d,"message":"x"}'):format(code)
    local client = support.client(nil, { status = status, body = body, headers = { ["content-type"] = "application/json" } })
    local _, message, err = call(client)
    assert.equal("x", err.message)
    return assert(message:match ("%d+, error %d+: x(.*)$"), message)
  end

  local DIGITS = "0123456789abcdef0123456789ABCDEF"

  it("names a SID with a wrong prefix after a 404", function()
    local function get(resource, prefix)
      return hint(function(client) return client[resource]:get(prefix .. DIGITS) end, 404, 20404)
    end
    assert.equal(" (SM… is not a SID of Calls, which begin with CA)", get("calls", "SM"))
    assert.equal(" (CA… is not a SID of Messages, which begin with SM or MM)", get("messages", "CA"))
    assert.equal(" (CA… is not a SID of Recordings, which begin with RE)", get("recordings", "CA"))
    assert.equal(" (PN… is not a SID of Keys, which begin with SK)", get("keys", "PN"))
    for _, fine in ipairs { { "calls", "CA" }, { "messages", "SM" }, { "messages", "MM" }, { "calls", "sm" }, { "calls", "SM0" } } do
      assert.equal("", get(fine[1], fine[2]))
    end
    assert.equal(" (RE… is not a SID of Calls, which begin with CA)", hint(function(client)
      return client.calls("RE" .. DIGITS).recordings:list()
    end, 404, 20404))
    assert.equal("", hint(function(client) return client.conferences("CF" .. DIGITS).participants("XX" .. DIGITS):fetch() end, 404, 20404))
    assert.equal("", hint(function(client) return client.calls:get("SM" .. DIGITS) end, 400, 20404))
    assert.equal(" (SM… is not a SID of Calls, which begin with CA)", hint(function(client)
      return client:request { path = "/2010-04-01/Accounts/AC1/Calls/SM" .. DIGITS .. ".json" }
    end, 404, 20404))
    assert.equal("", hint(function(client)
      return client:request { product = "verify", path = "/v2/Calls/SM" .. DIGITS }
    end, 404, 20404))
  end)

  it("names the parameter with a number without '+' if Twilio refuses the number", function()
    local function make(to, from, code, status)
      return hint(function(client) return client.calls:make { to = to, from = from, url = "http://x" } end, status or 400, code)
    end
    local to, from = " (To has no '+': a number begins with '+' and the country code)",
      " (From has no '+': a number begins with '+' and the country code)"
    for _, number in ipairs { "15558675310", "555-867-5310", "(555) 867-5310", "555.867.5310", 15558675310 } do
      assert.equal(to, make(number, "+15017122661", 21211))
      assert.equal(to, make(number, "+15017122661", 21217))
      assert.equal(from, make("+15558675310", number, 21212))
    end
    for _, other in ipairs { "+15558675310", "12345", "client:ann", "sip:15558675310@example.org", "whatsapp:+15558675310", "anonymous" } do
      assert.equal("", make(other, "15017122661", 21211))
      assert.equal("", make("15558675310", other, 21212))
    end
    assert.equal("", make("15558675310", "15017122661", 20003, 401))
    assert.equal("", make("15558675310", "15017122661", 21210))
    assert.equal("", hint(function(client) return client.messages:list { to = "15558675310" } end, 400, 21211))
  end)

  it("says that http:// was used for a TLS port", function()
    local function message_of(body, url, status)
      local client = support.client({ base_url = url }, { status = status, headers = { ["content-type"] = "text/html" }, body = body })
      return select(2, client.calls:get(SID))
    end
    local text = "(the server speaks TLS: base_url needs https://)"
    for _, body in ipairs {
      "<center>The plain HTTP request was sent to HTTPS port</center>",
      "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />", "Client sent an HTTP request to an HTTPS server.\n",
    } do
      assert.matches(text, message_of(body, "http://127.0.0.1:443", 400), 1, true)
      assert.not_matches(text, message_of(body, "https://127.0.0.1:443", 400), 1, true)
      assert.not_matches(text, message_of(body, "http://127.0.0.1:443", 404), 1, true)
    end
    assert.not_matches(text, message_of("<p>Bad Request</p>", "http://127.0.0.1:443", 400), 1, true)
  end)

  it("says that https:// was used for a port without TLS", function()
    local server = servers.fault { tls = true }
    finally(function()
      server:stop()
      os.remove(server.authority)
    end)
    local function meet(port)
      local client = twilio.client {
        account_sid = "AC1", auth_token = "t", base_url = ("https://127.0.0.1:%d"):format(server.ports[port]), ca_file = server.authority,
        retries = 0,
      }
      local _, message, err = client.calls:get(SID)
      client:close()
      assert.equal("tls", err.kind)
      return message
    end
    local text = "(the server does not speak TLS: base_url needs http://, or another port)"
    assert.matches(text, meet "plain", 1, true)
    for _, port in ipairs { "alert", "cut", "cut_clean", "expired", "unknown_ca", "tls10" } do assert.not_matches(text, meet(port), 1, true) end
  end)
end)
