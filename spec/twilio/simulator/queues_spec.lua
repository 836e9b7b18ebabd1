local queues = require "twilio.simulator.queues"
local store = require "twilio.simulator.store"

describe("a queue of calls", function()
  local records, told, queue

  before_each(function()
    told = {}
    records = store.new(100, "")
    records.events = { publish = function(_, _, event) told[#told + 1] = event.event .. " " .. event.call_sid .. " " .. event.size end }
    queue = queues.open(records, "AC1", "support")
  end)

  local function line(sid) return { call = { sid = sid } } end

  it("is opened once for each name", function()
    assert.equal(queue, queues.open(records, "AC1", "support"))
    assert.not_equal(queue, queues.open(records, "AC1", "sales"))
    assert.not_equal(queue, queues.open(records, "AC2", "support"))
    assert.matches("^QU%x+$", queue.sid)
  end)

  it("has its members in the order in which they came", function()
    local first, second = queues.enter(records, queue, line "CA1"), queues.enter(records, queue, line "CA2")
    assert.same({ 1, 2, 100 }, { queues.place(queue, first), queues.place(queue, second), first.entered })
    assert.is_true(queues.leave(records, queue, first))
    assert.is_false(queues.leave(records, queue, first))
    assert.same({ nil, 1 }, { queues.place(queue, first), queues.place(queue, second) })
    assert.same({ "enter CA1 1", "enter CA2 2", "leave CA1 1" }, told)
  end)

  it("wakes the first call that waits for a member", function()
    local woken = {}
    for index = 1, 2 do
      queue.agents[index] = { deliver = function(_, kind) woken[#woken + 1] = kind .. index end }
    end
    queues.enter(records, queue, line "CA1")
    assert.same({ "member1" }, woken)
  end)
end)
