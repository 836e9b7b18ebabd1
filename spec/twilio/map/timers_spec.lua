-- The timers of the workers of twilio.map, with a clock of the spec.
local core = require "twilio.core"
local timers = require "twilio.map.timers"

local now_of_core = core.now

describe("the timers", function()
  local clock, woken

  before_each(function()
    clock, woken = 100, {}
    core.now = function() return clock end
  end)
  after_each(function() core.now = now_of_core end)

  local function worker(name)
    return { sleep_number = 1, wake = function() woken[#woken + 1] = name end }
  end

  it("wake workers in the order of their times, when these have come", function()
    local all = timers.new()
    all:add(worker "c", 103)
    all:add(worker "a", 101)
    all:add(worker "d", 103)
    all:add(worker "b", 102)
    all:fire()
    assert.same({}, woken)
    clock = 102
    all:fire()
    assert.same({ "a", "b" }, woken)
    clock = 200
    all:fire()
    all:fire()
    assert.same({ "a", "b", "c", "d" }, woken)
  end)

  it("do not wake a worker that has been woken, and sleeps again", function()
    local all, one = timers.new(), worker "a"
    all:add(one, 101)
    one.sleep_number = 2
    all:add(one, 102)
    clock = 101
    all:fire()
    assert.same({}, woken)
    clock = 102
    all:fire()
    assert.same({ "a" }, woken)
  end)

  it("say how long to sleep", function()
    local all = timers.new()
    assert.equal(60, all:seconds_left(60))
    all:add(worker "a", 105)
    assert.equal(5, all:seconds_left(60))
    assert.equal(3, all:seconds_left(3))
    clock = 107
    assert.equal(0, all:seconds_left(60))
  end)
end)
