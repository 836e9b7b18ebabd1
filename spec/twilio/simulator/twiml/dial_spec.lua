local simulated = require "spec.support.simulated"

local on, advance = simulated.on, simulated.advance
local twiml, places, fields_of = simulated.twiml, simulated.places, simulated.fields_of

describe("<Dial> in the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/done", twiml "<Say>thanks</Say>")
    on("/status", "")
  end)

  local function children_of(call)
    return simulated.ask("GET", "/Calls.json?ParentCallSid=" .. call.sid).calls
  end

  it("calls a number, and asks its action after the talk", function()
    local call = places "<Dial action='/done' callerId='+14155550000' record='record-from-answer'>+15558675311</Dial>"
    advance(3)
    local child = children_of(call)[1]
    assert.equal("in-progress", child.status)
    assert.equal("outbound-dial", child.direction)
    assert.equal("+14155550000", child.from)
    advance(57)
    local fields = fields_of "/done"
    assert.equal("completed", fields.DialCallStatus)
    assert.equal(child.sid, fields.DialCallSid)
    assert.equal("57", fields.DialCallDuration)
    assert.equal("true", fields.DialBridged)
    assert.matches("/Recordings/RE%x+$", fields.RecordingUrl)
    assert.equal("Say: thanks", simulated.heard(call.sid)[3])
  end)

  it("reports the outcomes of numbers that do not answer", function()
    for number, status in pairs { ["+15005551001"] = "busy", ["+15005551002"] = "no-answer", ["+15005551003"] = "failed" } do
      simulated.reset()
      on("/done", twiml "")
      places("<Dial action='/done'>" .. number .. "</Dial>")
      advance(3)
      assert.equal(status, fields_of("/done").DialCallStatus)
      assert.equal("false", fields_of("/done").DialBridged)
    end
  end)

  it("goes on with the next verb without an action", function()
    local call = places "<Dial>+15005551001</Dial><Say>busy</Say>"
    advance(3)
    assert.same({ "Dial: +15005551001", "Say: busy" }, simulated.heard(call.sid))
  end)

  it("stops ringing after its timeout", function()
    local call = places "<Dial timeout='2' action='/done'><Client>joe</Client></Dial>"
    advance(2)
    assert.equal("no-answer", fields_of("/done").DialCallStatus)
    assert.equal("client:joe", children_of(call)[1].to)
    assert.equal("canceled", children_of(call)[1].status)
  end)

  it("calls several at once: the first that answers is connected, the others are canceled", function()
    local call = places [[<Dial action="/done"><Number statusCallback="/status" statusCallbackEvent="initiated answered">+15558675311</Number>
      <Sip>sip:joe@example.com</Sip></Dial>]]
    advance(3)
    local by_to = {}
    for _, child in ipairs(children_of(call)) do by_to[child.to] = child end
    assert.equal("in-progress", by_to["+15558675311"].status)
    assert.equal("canceled", by_to["sip:joe@example.com"].status)
    simulated.server:post("/_/calls/" .. by_to["+15558675311"].sid .. "/hangup")
    assert.equal("completed", fields_of("/done").DialCallStatus)
    local events = {}
    for _, request in ipairs(simulated.requests()) do
      if request.path == "/status" then events[#events + 1] = request.fields.CallStatus end
    end
    assert.same({ "initiated", "in-progress" }, events)
  end)

  it("ends the other call when the caller hangs up, and asks its action", function()
    local call = places "<Dial action='/done'>+15558675311</Dial>"
    advance(3)
    simulated.server:post("/_/calls/" .. call.sid .. "/hangup")
    assert.equal("completed", children_of(call)[1].status)
    assert.equal("completed", fields_of("/done").DialCallStatus)
    assert.equal("completed", fields_of("/done").CallStatus)
  end)

  it("ends with the star key, and with its time limit", function()
    local call = places "<Dial action='/done' hangupOnStar='true'>+15558675311</Dial>"
    advance(3)
    simulated.server:post("/_/calls/" .. call.sid .. "/digits", { Digits = "*" })
    assert.equal("0", fields_of("/done").DialCallDuration)
    simulated.reset()
    on("/done", twiml "")
    places "<Dial action='/done' timeLimit='10'>+15558675311</Dial>"
    advance(13)
    assert.equal("10", fields_of("/done").DialCallDuration)
  end)
end)
