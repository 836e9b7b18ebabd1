local events = require "twilio.simulator.events"

describe("the events of a simulator", function()
  local all, now

  before_each(function()
    now = 7
    all = events.new(function() return now end)
  end)

  it("are numbered, and have the time of the clock", function()
    all:publish("call", { sid = "CA1" })
    now = 8
    all:publish("clock", {})
    assert.same({ { id = 1, type = "call", now = 7, sid = "CA1" }, { id = 2, type = "clock", now = 8 } }, all:since(0))
    assert.same({ { id = 2, type = "clock", now = 8 } }, all:since(1))
    assert.same({}, all:since(2))
  end)

  it("are told to listeners", function()
    local heard = {}
    all:publish("clock", {})
    all:listen(function(event) heard[#heard + 1] = event.type end)
    all:publish("reset", {})
    assert.same({ "reset" }, heard)
  end)

  it("are dropped when there are many, the oldest first", function()
    for _ = 1, 2001 do all:publish("clock", {}) end
    local kept = all:since(0)
    assert.same({ 1000, 1002, 2001 }, { #kept, kept[1].id, kept[#kept].id })
    assert.equal(2001, all.last)
  end)
end)
