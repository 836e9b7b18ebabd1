local simulated = require "spec.support.simulated"

local on, at, advance, twiml = simulated.on, simulated.at, simulated.advance, simulated.twiml
local NUMBER, CALLER = simulated.NUMBER, simulated.CALLER

describe("from outside, the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(simulated.reset)

  describe("lets somebody call a number", function()
    it("which rings, asks its VoiceUrl, and is answered by the document", function()
      on("/voice", twiml "<Say>Welcome</Say><Gather numDigits='1' action='/menu'/>")
      on("/menu", twiml "<Say>Bye</Say>")
      on("/status", "")
      simulated.configure { VoiceUrl = at "/voice", StatusCallback = at "/status" }
      local call = simulated.server:post("/_/calls", { From = CALLER, To = NUMBER })
      assert.equal("in-progress", call.status)
      assert.equal("inbound", call.direction)
      assert.equal("Say", call.verb)
      local fields = simulated.requests()[1].fields
      assert.equal("ringing", fields.CallStatus)
      assert.equal("inbound", fields.Direction)
      assert.equal(CALLER, fields.From)
      assert.is_true(simulated.requests()[1].signed)
      advance(1)
      simulated.server:post("/_/calls/" .. call.sid .. "/digits", { Digits = "3" })
      advance(1)
      assert.same({ "/voice", "/menu", "/status" }, simulated.paths())
      assert.equal("completed", simulated.requests()[3].fields.CallStatus)
      assert.equal("inbound", simulated.fetch(call.sid).direction)
    end)

    it("with a JSON body too, and says what is wrong", function()
      local servers = require "spec.support.servers"
      local answer = servers.curl {
        method = "POST", url = simulated.server.url .. "/_/calls", headers = { "Content-Type: application/json" },
        body = '{"From":"' .. CALLER .. '","To":"+19995550000"}',
      }
      assert.equal(400, answer.status)
      assert.matches("no account has the number %+19995550000", answer.body)
      local fine, problem = pcall(function() simulated.server:post("/_/calls", { From = CALLER, To = NUMBER }) end)
      assert.is_false(fine)
      assert.matches("has no VoiceUrl", problem)
    end)
  end)

  describe("lets somebody send a message", function()
    local function send(fields)
      local form = { From = CALLER, To = NUMBER, Body = "Hello" }
      for name, value in pairs(fields or {}) do form[name] = value end
      return simulated.server:post("/_/messages", form)
    end

    it("which is answered by the document of the SmsUrl", function()
      on("/sms", twiml "<Message>Got it</Message><Message to='+15550001111'><Body>A &amp; B</Body><Media>http://x/y.jpg</Media></Message>")
      simulated.configure { SmsUrl = at "/sms" }
      local message = send { MediaUrl = "https://example.com/cat.jpg" }
      local request = simulated.requests()[1]
      assert.is_true(request.signed)
      assert.equal("Hello", request.fields.Body)
      assert.equal("1", request.fields.NumMedia)
      assert.equal("https://example.com/cat.jpg", request.fields.MediaUrl0)
      assert.equal("received", message.status)
      assert.same({ "Got it", "A & B" }, { message.replies[1].body, message.replies[2].body })
      assert.equal(CALLER, message.replies[1].to)
      assert.equal("+15550001111", message.replies[2].to)
      assert.equal("outbound-reply", message.replies[1].direction)
    end)

    it("which needs no answer, follows redirects, and asks the fallback", function()
      on("/sms", "", { Type = "" })
      simulated.configure { SmsUrl = at "/sms", SmsFallbackUrl = at "/fallback" }
      assert.same({}, send().replies)
      on("/sms", twiml "<Redirect>/next</Redirect>")
      on("/next", "plain text", { Type = "text/plain" })
      assert.equal("plain text", send().replies[1].body)
      on("/sms", "", { Status = 503 })
      on("/fallback", twiml "<Message>Sorry</Message>")
      assert.equal("Sorry", send().replies[1].body)
      local requests = simulated.requests()
      assert.equal("11200", requests[#requests].fields.ErrorCode)
    end)
  end)

  it("streams what happens as server-sent events", function()
    on("/voice", twiml "<Say>Hello</Say>")
    simulated.call { Url = at "/voice" }
    advance(3)
    local pipe = io.popen(("curl -sN --max-time 2 '%s/_/events?Since=0' 2>&1"):format(simulated.server.url))
    local types = {}
    for line in pipe:lines() do
      local type = line:match "^event: (%a+)$"
      if type == "reset" then types = {} elseif type then types[#types + 1] = type end
    end
    pipe:close()
    assert.same({ "call", "request", "call", "call", "webhook", "twiml", "verb", "clock" }, types)
  end)
end)
