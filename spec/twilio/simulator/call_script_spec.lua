local simulated = require "spec.support.simulated"

local on, at, advance, twiml = simulated.on, simulated.at, simulated.advance, simulated.twiml

describe("a call of the simulator that follows TwiML", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(simulated.reset)

  local function places(fields)
    local call = simulated.call(fields)
    advance(3)
    return call
  end

  it("fetches the document when it is answered, by a signed request with the call's parameters", function()
    on("/voice", twiml "<Say>Hello</Say>")
    local call = places { Url = at "/voice?shop=1" }
    local request = simulated.requests()[1]
    assert.equal("POST", request.method)
    assert.is_true(request.signed)
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", request.token)
    assert.equal(call.sid, request.fields.CallSid)
    assert.equal("in-progress", request.fields.CallStatus)
    assert.equal("outbound-api", request.fields.Direction)
    assert.equal("+15558675310", request.fields.To)
    assert.equal("US", request.fields.ToCountry)
    assert.same({ "Say: Hello" }, simulated.heard(call.sid))
  end)

  it("fetches the document with GET, with its parameters in the query", function()
    on("/voice", twiml "<Hangup/>")
    places { Url = at "/voice?shop=O'Hara%20%26", Method = "GET" }
    local request = simulated.requests()[1]
    assert.equal("GET", request.method)
    assert.is_true(request.signed)
    assert.equal("O'Hara &", request.fields.shop)
    assert.equal("in-progress", request.fields.CallStatus)
  end)

  it("stays answered if its document is on another machine, to which nothing is sent", function()
    local call = places { Url = "http://example.com/voice" }
    assert.equal("in-progress", simulated.fetch(call.sid).status)
    advance(57)
    assert.equal("completed", simulated.fetch(call.sid).status)
    assert.same({}, simulated.codes(call.sid))
  end)

  it("ends when documents redirect for ever", function()
    on("/voice", twiml "<Redirect/>")
    local call = places { Url = at "/voice" }
    assert.same({ "12100" }, simulated.codes(call.sid))
    advance(5)
    assert.equal("completed", simulated.fetch(call.sid).status)
  end)

  it("is redirected and ended by the API", function()
    on("/voice", twiml "<Pause length='600'/>")
    on("/new", twiml "<Say>new</Say><Pause length='600'/>")
    local call = places { Url = at "/voice" }
    simulated.ask("POST", "/Calls/" .. call.sid .. ".json", { Url = at "/new" })
    simulated.server:post "/_/settle"
    assert.same({ "Pause: 600 s", "Say: new" }, simulated.heard(call.sid))
    simulated.ask("POST", "/Calls/" .. call.sid .. ".json", { Twiml = twiml "<Say>third</Say>" })
    simulated.server:post "/_/settle"
    assert.same({ "Pause: 600 s", "Say: new", "Say: third" }, simulated.heard(call.sid))
    simulated.ask("POST", "/Calls/" .. call.sid .. ".json", { Status = "completed" })
    advance(700)
    assert.equal("0", simulated.fetch(call.sid).duration)
    assert.same({ "/voice", "/new" }, simulated.paths())
  end)

  it("follows the document that replaced its first one before it was answered", function()
    on("/new", twiml "<Say>new</Say>")
    local call = simulated.call { Url = at "/voice" }
    simulated.ask("POST", "/Calls/" .. call.sid .. ".json", { Url = at "/new" })
    advance(3)
    assert.same({ "/new" }, simulated.paths())
  end)

  describe("with an error", function()
    it("of HTTP asks the fallback URL, which learns the error", function()
      on("/voice", "broken", { Status = 500 })
      on("/fallback", twiml "<Say>Sorry</Say>")
      local call = places { Url = at "/voice", FallbackUrl = at "/fallback", FallbackMethod = "GET" }
      local request = simulated.requests()[2]
      assert.equal("GET", request.method)
      assert.equal("11200", request.fields.ErrorCode)
      assert.equal(at "/voice", request.fields.ErrorUrl)
      assert.is_true(request.signed)
      assert.same({ "Say: Sorry" }, simulated.heard(call.sid))
      assert.same({ "11200" }, simulated.codes(call.sid))
    end)

    it("without a fallback says so, and hangs up", function()
      on("/voice", "broken", { Status = 500 })
      local call = places { Url = at "/voice" }
      assert.same({ "Say: An application error has occurred. Goodbye." }, simulated.heard(call.sid))
      advance(3)
      assert.equal("completed", simulated.fetch(call.sid).status)
    end)

    it("reports documents that are no TwiML, and unusable content types", function()
      for code, answer in pairs {
        ["12100"] = { "<Response><Say>Hello</Response>" }, ["12300"] = { "{}", "application/json" }, ["11200"] = { "", nil, "404" },
      } do
        on("/voice", answer[1], { Type = answer[2], Status = answer[3] })
        local call = places { Url = at "/voice" }
        assert.same({ code }, simulated.codes(call.sid))
      end
    end)

    it("reports a server that cannot be reached, and follows the fallback", function()
      on("/fallback", twiml "<Say>Sorry</Say>")
      local call = places { Url = "http://127.0.0.1:1/", FallbackUrl = at "/fallback" }
      assert.same({ "11205" }, simulated.codes(call.sid))
      assert.equal("11205", simulated.requests()[1].fields.ErrorCode)
    end)

    it("warns of an unknown verb, and goes on", function()
      local call = places { Twiml = twiml "<say>lower case</say><Say>Hello</Say>" }
      assert.same({ "12200" }, simulated.codes(call.sid))
      local notification = simulated.ask("GET", "/Calls/" .. call.sid .. "/Notifications.json").notifications[1]
      assert.equal("1", notification.log)
      assert.same({ "say: the simulator does not follow this verb", "Say: Hello" }, simulated.heard(call.sid))
    end)
  end)

  it("says a plain text", function()
    on("/voice", "Good morning", { Type = "text/plain; charset=utf-8" })
    local call = places { Url = at "/voice" }
    assert.same({ "Say: Good morning" }, simulated.heard(call.sid))
  end)

  it("takes its addresses from an application", function()
    on("/app", twiml "<Hangup/>")
    local application = simulated.ask("POST", "/Applications.json", { VoiceUrl = at "/app", StatusCallback = at "/status" })
    local call = places { ApplicationSid = application.sid }
    assert.same({ "/app", "/status" }, simulated.paths())
    assert.equal(application.sid, simulated.requests()[1].fields.ApplicationSid)
    assert.equal("completed", simulated.fetch(call.sid).status)
  end)
end)
