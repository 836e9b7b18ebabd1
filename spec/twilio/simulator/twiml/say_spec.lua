local simulated = require "spec.support.simulated"

local advance, places = simulated.advance, simulated.places

describe("<Say>, <Play> and <Pause> in the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(simulated.reset)

  it("takes the time of what it says, and ends after the document", function()
    local call = places "<Say>one two three four five</Say><Pause length='4'/>"
    advance(1)
    assert.same({ "Say: one two three four five" }, simulated.heard(call.sid))
    advance(1)
    assert.same({ "Say: one two three four five", "Pause: 4 s" }, simulated.heard(call.sid))
    assert.equal("in-progress", simulated.fetch(call.sid).status)
    advance(4)
    local ended = simulated.fetch(call.sid)
    assert.equal("completed", ended.status)
    assert.equal("6", ended.duration)
  end)

  it("are repeated by `loop`", function()
    local call = places "<Say loop='2'>Hi</Say><Play>http://a/b.mp3</Play>"
    advance(2)
    assert.same({ "Say: Hi", "Say: Hi", "Play: http://a/b.mp3" }, simulated.heard(call.sid))
    advance(5)
    assert.equal("7", simulated.fetch(call.sid).duration)
  end)

  it("play digits in half a second each", function()
    local call = places "<Play digits='123456'/>"
    assert.same({ "Play: 123456" }, simulated.heard(call.sid))
    advance(3)
    assert.equal("3", simulated.fetch(call.sid).duration)
  end)
end)
