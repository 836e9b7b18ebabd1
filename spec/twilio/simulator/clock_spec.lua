local clock = require "twilio.simulator.clock"

describe("the clock of the simulator", function()
  it("runs functions at their times, in order, with those that they add", function()
    local timers, done = clock.new(), {}
    local function note(text) return function() done[#done + 1] = text end end
    timers:at(20, note "third")
    timers:at(10, function()
      note "first"()
      timers:at(10, note "second")
    end)
    timers:at(20, note "fourth")
    assert.equal(10, timers:first())
    timers:run(9)
    assert.same({}, done)
    timers:run(20)
    assert.same({ "first", "second", "third", "fourth" }, done)
    assert.is_nil(timers:first())
  end)

  it("forgets a timer", function()
    local timers = clock.new()
    local timer = timers:at(1, error)
    timers:cancel(timer)
    timers:cancel(timer)
    timers:run(1)
    assert.is_nil(timers:first())
  end)
end)
