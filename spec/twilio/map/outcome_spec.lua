-- The outcome of twilio.map: results, failures, the functions of the program, and the default of
-- stop_on.
local outcome = require "twilio.map.outcome"

local function total_of(n) return function() return n end end

describe("the outcome", function()
  it("has results and failures under the indices of the items", function()
    local mine, err = outcome.new(false, false, total_of(3)), { kind = "api" }
    assert.is_nil(mine:store(1, "x"))
    assert.same({ message = "no", err = err }, mine:store(2, nil, "no", err))
    assert.is_nil(mine:store(3, false))
    assert.same({ { "x", nil, false, n = 3 }, { [2] = { message = "no", err = err } } }, { mine:finish(3) })
  end)

  it("has no failures if no item failed", function()
    local mine = outcome.new(false, false, total_of(1))
    mine:store(1, nil)
    local results, failures, stopped = mine:finish(1)
    assert.same({ n = 1 }, results)
    assert.is_nil(failures)
    assert.is_nil(stopped)
  end)

  it("tells `progress` how many items have ended, how many there are, and how many have failed", function()
    local seen = {}
    local mine = outcome.new(function(...) seen[#seen + 1] = { ... } end, false, total_of(4))
    mine:item_ended(nil)
    mine:item_ended { message = "x" }
    mine:item_ended(nil)
    assert.same({ { 1, 4, 0 }, { 2, 4, 1 }, { 3, 4, 1 } }, seen)
  end)

  it("asks `stop_on` about each failure until it stops, before `progress`", function()
    local order = {}
    local mine = outcome.new(function(done) order[#order + 1] = done end, function(failure)
      order[#order + 1] = failure.message
      return failure.message == "b"
    end, total_of(9))
    for _, message in ipairs { "a", "b", "c" } do mine:item_ended { message = message } end
    assert.same({ "a", 1, "b", 2, 3 }, order)
    assert.equal("b", mine.stopped.message)
  end)

  it("fails the items that were not started", function()
    local mine = outcome.new(false, function() return true end, total_of(4))
    mine:item_ended(mine:store(1, nil, "enough", {}))
    mine:item_ended(mine:store(2, "fine"))
    local results, failures, stopped = mine:finish(2)
    assert.same({ nil, "fine", n = 4 }, results)
    assert.equal(stopped, failures[1])
    for i = 3, 4 do
      assert.equal("not started, because the map has ended early: enough", failures[i].message)
      assert.same({ kind = "cancelled", message = failures[i].message, sent = "no" }, failures[i].err)
      assert.equal(failures[i].message, tostring(failures[i].err))
    end
    assert.is_nil(failures[5])
  end)

  it("has one failure for the items of an iterator that were not fetched, unless the iterator has failed", function()
    local mine = outcome.new(false, false, total_of(nil))
    mine:stop { message = "enough" }
    local results, failures = mine:finish(2)
    assert.same({ n = 2 }, results)
    assert.equal("cancelled", failures[3].err.kind)
    assert.is_nil(failures[4])
    mine = outcome.new(false, false, total_of(nil))
    mine:fail(3, { message = "of the iterator" })
    mine:stop { message = "enough" }
    assert.equal("of the iterator", select(2, mine:finish(2))[3].message)
  end)

  it("ends the map when a function of the program raises, and keeps the error after the last item", function()
    for _, name in ipairs { "progress", "stop_on" } do
      local calls = 0
      local function broken()
        calls = calls + 1
        error { "mine" }
      end
      local mine = outcome.new(name == "progress" and broken, name == "stop_on" and broken, total_of(2))
      mine:item_ended { message = "x" }
      mine:item_ended { message = "x" }
      local _, failures, stopped = mine:finish(2)
      assert.equal(1, calls)
      assert.equal(stopped, failures[3])
      assert.matches(("^the function '%s' raised an error: "):format(name), stopped.message)
      assert.same({ "mine" }, stopped.raised)
    end
  end)

  it("recognises an interrupt, also in a function of the program", function()
    assert.is_true(outcome.is_interrupt "x.lua:1: interrupted!")
    assert.is_true(outcome.is_interrupt "interrupted!")
    assert.is_false(outcome.is_interrupt "interrupted")
    assert.is_false(outcome.is_interrupt {})
    assert.is_false(outcome.is_interrupt(nil))
    local mine = outcome.new(function() error "interrupted!" end, false, total_of(1))
    mine:item_ended(nil)
    assert.is_true(mine.is_interrupted)
    assert.same({ "interrupted", "cancelled" }, { mine.stopped.message, mine.stopped.err.kind })
    assert.is_nil(mine.broken)
  end)
end)

describe("the default of stop_on", function()
  -- The core's reason when no descriptor is left.
  local function reason_of_exhaustion()
    local file = assert(io.open "src/transport/descriptors.c")
    local text = file:read "*a"
    file:close()
    return assert(text:match 'descriptors_exhausted_reason%[%] = "([^"]+)"')
  end

  local function stops(err) return outcome.is_hopeless { message = "x", err = err } end

  it("stops after status 401, whatever the operation", function()
    assert.is_true(stops { kind = "api", status = 401, sent = "yes" })
    for _, status in ipairs { 400, 403, 404, 429, 500 } do assert.is_false(stops { kind = "api", status = status, sent = "yes" }) end
  end)

  it("stops if the host could not be reached", function()
    assert.is_true(stops { kind = "network", sent = "no", message = "Could not resolve host" })
    assert.is_true(stops { kind = "tls", sent = "no", message = "x" })
    assert.is_true(stops { kind = "timeout", sent = "no", message = "Connection timed out (option connect_timeout)" })
  end)

  it("goes on after other failures", function()
    assert.is_false(stops { kind = "network", sent = "maybe", message = "x" })
    assert.is_false(stops { kind = "timeout", sent = "maybe", message = "x (option timeout)" })
    assert.is_false(stops { kind = "timeout", sent = "no", message = "x (option deadline)" })
    assert.is_false(stops { kind = "network", sent = "no", message = reason_of_exhaustion() })
    assert.is_false(stops { kind = "cancelled", sent = "no", message = "x" })
    assert.is_false(stops(nil))
    assert.is_false(stops "text")
    assert.is_false(stops {})
  end)
end)
