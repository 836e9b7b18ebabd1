local simulated = require "spec.support.simulated"
local webhook = require "twilio".webhook

local on, at, advance, twiml = simulated.on, simulated.at, simulated.advance, simulated.twiml

describe("webhooks of the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/voice", twiml "<Pause length='10'/>")
    on("/status", "")
  end)

  local function statuses()
    local list = {}
    for _, request in ipairs(simulated.requests()) do
      if request.path == "/status" then list[#list + 1] = request.fields end
    end
    return list
  end

  it("report the events of a call, in order, signed and numbered", function()
    simulated.call { Url = at "/voice", StatusCallback = at "/status", StatusCallbackEvent = { "initiated", "ringing", "answered", "completed" } }
    advance(20)
    local seen = {}
    for index, fields in ipairs(statuses()) do
      seen[index] = fields.SequenceNumber .. " " .. fields.CallStatus
      assert.equal("call-progress-events", fields.CallbackSource)
      assert.matches("^%a%a%a, %d%d Mar 2011 07:06:%d%d %+0000$", fields.Timestamp)
    end
    assert.same({ "0 initiated", "1 ringing", "2 in-progress", "3 completed" }, seen)
    local last = statuses()[4]
    assert.equal("10", last.CallDuration)
    assert.equal("1", last.Duration)
    for _, request in ipairs(simulated.requests()) do assert.is_true(request.signed) end
  end)

  it("report only the end of a call without StatusCallbackEvent, with its outcome", function()
    simulated.call { Url = at "/voice", StatusCallback = at "/status", StatusCallbackMethod = "GET", To = "+15005551001" }
    advance(20)
    assert.equal(1, #statuses())
    assert.equal("busy", statuses()[1].CallStatus)
    assert.equal("GET", simulated.requests()[1].method)
  end)

  it("report nothing about a call that is canceled while it is queued", function()
    local call = simulated.call { Url = at "/voice", StatusCallback = at "/status" }
    simulated.ask("POST", "/Calls/" .. call.sid .. ".json", { Status = "canceled" })
    simulated.server:post "/_/settle"
    assert.same({}, simulated.requests())
  end)

  it("are sent again as the overrides of their URL say, with the same token", function()
    on("/status", "busy", { Status = 500, Times = 2 })
    simulated.call { Twiml = twiml "", StatusCallback = at "/status#rc=3&rp=5xx" }
    advance(3)
    local requests = simulated.requests()
    assert.equal(3, #requests)
    assert.equal(requests[1].token, requests[3].token)
    assert.is_true(requests[3].signed)
    local sent = simulated.server:get "/_/webhooks"
    assert.equal(1, #sent)
    assert.equal(200, sent[1].status)
    assert.same({ 500, 500, 200 }, { sent[1].attempts[1].status, sent[1].attempts[2].status, sent[1].attempts[3].status })
  end)

  it("are not sent again after an answer without overrides", function()
    on("/status", "busy", { Status = 500 })
    simulated.call { Twiml = twiml "", StatusCallback = at "/status" }
    advance(3)
    assert.equal(1, #simulated.requests())
    assert.equal(11200, simulated.server:get("/_/webhooks")[1].error_code)
  end)

  it("are sent again after a broken connection only if the overrides say so", function()
    on("/voice", "", { Close = "instead", Times = 1 })
    local call = simulated.call { Url = at "/voice#rp=rt" }
    advance(3)
    assert.equal(2, #simulated.requests())
    assert.same({}, simulated.codes(call.sid))
    on("/voice", "", { Close = "instead", Times = 1 })
    call = simulated.call { Url = at "/voice" }
    advance(3)
    assert.same({ "11206" }, simulated.codes(call.sid))
  end)

  it("end after the read timeout of their overrides", function()
    on("/voice", "", { Delay = 30 })
    local call = simulated.call { Url = at "/voice#rt=100&rc=0" }
    advance(3)
    assert.same({ "11200" }, simulated.codes(call.sid))
    assert.is_true(simulated.server:get("/_/webhooks")[1].attempts[1].timeout)
  end)

  it("follow redirects with GET, signed anew", function()
    on("/voice", "", { Status = 302, Location = "/new?x=1" })
    on("/new", twiml "<Say>new</Say>")
    local call = simulated.call { Url = at "/voice" }
    advance(3)
    local request = simulated.requests()[2]
    assert.equal("GET", request.method)
    assert.is_true(request.signed)
    assert.same({ "Say: new" }, simulated.heard(call.sid))
  end)

  it("send the user and the password of a URL", function()
    on("/voice", twiml "")
    simulated.call { Url = (at "/voice"):gsub("//", "//joe:pass@") }
    advance(3)
    local request = simulated.requests()[1]
    assert.equal("Basic am9lOnBhc3M=", request.headers.authorization)
    assert.is_true(webhook.verify {
      auth_token = simulated.server.auth_token, url = (at "/voice"):gsub("//", "//joe:pass@"), headers = request.headers, params = request.fields,
    })
  end)

  it("report the statuses of a message, without the first", function()
    local function send(to)
      simulated.ask("POST", "/Messages.json", { To = to, From = simulated.NUMBER, Body = "Hi", StatusCallback = at "/status" })
      advance(5)
    end
    send "+15558675310"
    send "+15005551003"
    send "+15005551005"
    local seen = {}
    for index, fields in ipairs(statuses()) do
      seen[index] = fields.MessageStatus .. (fields.ErrorCode and " " .. fields.ErrorCode or "")
      assert.equal(fields.MessageSid, fields.SmsSid)
    end
    assert.same({ "sent", "delivered", "sent", "undelivered 30003", "failed 30008" }, seen)
  end)

  describe("with a base for URLs of other machines", function()
    it("go through the base as through a tunnel, signed for the URL", function()
      local other = require("spec.support.servers").twilio { now = simulated.START, ["webhook-base"] = simulated.app.url .. "/base" }
      on("/base/voice", twiml "<Hangup/>")
      local servers = require "spec.support.servers"
      servers.curl {
        method = "POST", url = other.url .. simulated.root .. "/Calls.json", user = other.account_sid .. ":" .. other.auth_token,
        form = { To = "+15558675310", From = simulated.NUMBER, Url = "https://app.example.com/voice?a=1" },
      }
      other:post("/_/clock", { Seconds = 3 })
      assert.equal("", other:stop())
      local request = simulated.requests()[1]
      assert.equal("/base/voice", request.path)
      assert.equal("app.example.com", request.headers.host)
      assert.equal("https", request.headers["x-forwarded-proto"])
      assert.is_true(webhook.verify {
        auth_token = other.auth_token, url = "https://app.example.com/voice?a=1", headers = request.headers, params = request.fields,
      })
    end)
  end)
end)
