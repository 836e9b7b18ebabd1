local simulated = require "spec.support.simulated"

local on, advance, twiml, places = simulated.on, simulated.advance, simulated.twiml, simulated.places

describe("<Gather> in the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/menu", twiml "<Say>thanks</Say>")
  end)

  local function press(call, digits)
    return simulated.server:post("/_/calls/" .. call.sid .. "/digits", { Digits = digits })
  end

  local function answer()
    local requests = simulated.requests()
    return requests[#requests]
  end

  it("takes the digits that are pressed while it speaks, and ends with numDigits", function()
    local call = places "<Gather numDigits='2' action='/menu'><Say>Press two digits please</Say></Gather>"
    assert.is_true(press(call, "1").listens)
    assert.same({ "/voice" }, simulated.paths())
    press(call, "2")
    local request = answer()
    assert.equal("/menu", request.path)
    assert.equal("12", request.fields.Digits)
    assert.equal("", request.fields.FinishedOnKey)
    assert.is_true(request.signed)
    assert.same({ "Gather", "Say: Press two digits please", "Gather: waits for the caller", "Say: thanks" }, simulated.heard(call.sid))
  end)

  it("ends with finishOnKey, with its timeout, and posts to its own document without an action", function()
    local call = places "<Gather timeout='7'/><Say>never</Say>"
    press(call, "42#")
    assert.equal("/voice", answer().path)
    assert.equal("42", answer().fields.Digits)
    assert.equal("#", answer().fields.FinishedOnKey)
    press(call, "5")
    advance(6)
    assert.equal(2, #simulated.requests())
    advance(1)
    assert.equal("5", answer().fields.Digits)
  end)

  it("keeps the digits that came too early for the next one", function()
    on("/menu", twiml "<Gather numDigits='1' action='/end'/>")
    local call = places "<Gather numDigits='1' action='/menu'/>"
    press(call, "78")
    assert.same({ "/voice", "/menu", "/end" }, simulated.paths())
    assert.equal("8", answer().fields.Digits)
  end)

  it("goes on without input, and asks its action only with actionOnEmptyResult", function()
    local call = places "<Gather timeout='2' action='/menu'/><Say>No input</Say>"
    advance(2)
    assert.same({ "/voice" }, simulated.paths())
    assert.same({ "Gather", "Gather: waits for the caller", "Say: No input" }, simulated.heard(call.sid))
    places "<Gather timeout='2' action='/menu' actionOnEmptyResult='true'/>"
    advance(2)
    assert.equal("", answer().fields.Digits)
    assert.equal("/menu", answer().path)
  end)

  it("takes speech if it is asked to, and not digits otherwise", function()
    local call = places "<Gather input='speech' action='/menu' language='de-DE'><Play>/music.mp3</Play></Gather>"
    assert.has_error(function() press(call, "1") end)
    simulated.server:post("/_/calls/" .. call.sid .. "/speech", { Speech = "the sales department", Confidence = "0.5" })
    local fields = answer().fields
    assert.equal("the sales department", fields.SpeechResult)
    assert.equal("0.5", fields.Confidence)
    assert.equal("de-DE", fields.Language)
    assert.is_nil(fields.Digits)
  end)

  it("refuses digits while the call does not listen, and says why", function()
    local call = places "<Say>Just listen to this</Say><Gather/>"
    local fine, problem = pcall(press, call, "1")
    assert.is_false(fine)
    assert.matches("does not listen to digits: it follows <Say>", problem)
  end)

  it("asks nothing when the caller hangs up", function()
    local call = places "<Gather action='/menu'/>"
    press(call, "12")
    assert.equal("completed", simulated.server:post("/_/calls/" .. call.sid .. "/hangup").status)
    advance(60)
    assert.same({ "/voice" }, simulated.paths())
  end)

  it("reports what it cannot contain", function()
    local call = places "<Gather><Hangup/><Say>Go on</Say></Gather>"
    assert.same({ "12200" }, simulated.codes(call.sid))
    assert.same({ "Gather", "Say: Go on" }, simulated.heard(call.sid))
  end)
end)
