-- The control paths for what people outside of the program do.
local simulated = require "spec.support.simulated"

local advance, twiml = simulated.advance, simulated.twiml

describe("people who use the control paths", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(simulated.reset)

  local function control(call, path, fields) return simulated.server:post("/_/calls/" .. call.sid .. path, fields) end

  -- Returns the message of a refusal.
  local function refusal(...)
    local fine, problem = pcall(control, ...)
    assert.is_false(fine)
    return problem
  end

  it("moves messages and calls to a chosen status", function()
    local message = simulated.ask("POST", "/Messages.json", { To = simulated.CALLER, From = simulated.NUMBER, Body = "Hi" })
    local path = "/_/messages/" .. message.sid .. "/next"
    assert.equal("sent", simulated.server:post(path).status)
    local failed = simulated.server:post(path, { Status = "undelivered" })
    assert.same({ "undelivered", 30003 }, { failed.status, failed.error_code })
    local call = simulated.call { Twiml = twiml "<Pause length='60'/>" }
    path = "/_/calls/" .. call.sid .. "/next"
    assert.equal("ringing", simulated.server:post(path).status)
    assert.equal("in-progress", simulated.server:post(path).status)
    assert.equal("completed", simulated.server:post(path).status)
    call = simulated.call { Twiml = twiml "<Pause length='60'/>" }
    assert.equal("no-answer", simulated.server:post("/_/calls/" .. call.sid .. "/next", { Status = "no-answer" }).status)
  end)

  it("see the webhooks of a message, and what went wrong", function()
    local function send() return simulated.server:post("/_/messages", { From = simulated.CALLER, To = simulated.NUMBER, Body = "Hi" }) end
    assert.same({}, send().webhooks)
    simulated.on("/sms", "no", { Status = 403 })
    simulated.configure { SmsUrl = simulated.at "/sms" }
    local message = send()
    local one = message.webhooks[1]
    assert.same({ 1, simulated.at "/sms", 403, 11200 }, { #message.webhooks, one.url, one.status, one.error_code })
    assert.same(message.webhooks, simulated.server:get("/_/messages/" .. message.sid).webhooks)
    assert.equal(message.webhooks[1].number, simulated.server:get("/_/webhooks")[1].number)
    simulated.configure { SmsUrl = "http://shop.example/sms" }
    assert.equal("not sent, because its server is not on this machine", send().webhooks[1].error)
  end)

  it("see a call, and what it listens to", function()
    local call = simulated.call { Twiml = twiml "<Gather><Say>Press a key</Say></Gather>" }
    local seen = simulated.server:get("/_/calls/" .. call.sid)
    assert.same({ "queued", false, "+15558675310" }, { seen.status, seen.listens, seen.to })
    advance(3)
    seen = simulated.server:get("/_/calls/" .. call.sid)
    assert.same({ "in-progress", true, "Say", "Press a key" }, { seen.status, seen.listens, seen.verb, seen.heard[#seen.heard].text })
  end)

  it("are refused if the call does not listen, has ended or does not exist", function()
    local call = simulated.call { Twiml = twiml "<Pause length='5'/>" }
    assert.matches("is queued and does not listen to digits: it follows no TwiML", refusal(call, "/digits", { Digits = "1" }), 1, true)
    advance(3)
    assert.matches("does not listen to speech: it follows <Pause> for 5 s more: wait until `listens` is true, or POST /_/clock Seconds=5",
      refusal(call, "/speech", { Speech = "yes" }), 1, true)
    assert.matches("Digits are missing, or no digits", refusal(call, "/digits", { Digits = "one" }), 1, true)
    assert.matches("Speech is missing", refusal(call, "/speech"), 1, true)
    assert.equal("completed", control(call, "/hangup").status)
    assert.matches("the call has ended", refusal(call, "/hangup"), 1, true)
    assert.matches("the call has ended", refusal(call, "/next"), 1, true)
    assert.matches("there is no record CA0", refusal({ sid = "CA0" }, "/next"), 1, true)
  end)

  it("are refused with what the call listens to, and when it goes on", function()
    local call = simulated.call { Twiml = twiml "<Say>one two three four five</Say><Gather input='speech'/>" }
    advance(3)
    advance(1)
    assert.matches("it follows <Say> for 1 s more", refusal(call, "/digits", { Digits = "1" }), 1, true)
    advance(1)
    assert.matches("does not listen to digits: it follows <Gather>, which takes speech only", refusal(call, "/digits", { Digits = "1" }), 1, true)
    assert.truthy(control(call, "/speech", { Speech = "yes" }))
  end)

  it("hang up before the call is answered", function()
    local call = simulated.call { Twiml = twiml "" }
    advance(1)
    assert.equal("busy", control(call, "/hangup").status)
    local fine, problem = pcall(function() simulated.server:post("/_/calls", { From = "+15550001111" }) end)
    assert.is_false(fine)
    assert.matches("From and To are needed", problem, 1, true)
  end)
end)
