-- Dispatching completions to waiters.
local waiters = require "twilio.waiters"

-- Returns an engine that has completed the requests with these ids, and a function that counts the
-- alerts.
local function engine_with(...)
  local ids, asked = { ... }, 0
  return {
    completed = function() return table.remove(ids, 1) end,
    alert = function() asked = asked + 1 end,
  }, function() return asked end
end

local function new_waiter()
  return { woken = 0, wake = function(self) self.woken = self.woken + 1 end }
end

describe("waiters", function()
  it("wakes each waiter of a request that is done once, and no other waiter", function()
    local one, two, three = new_waiter(), new_waiter(), new_waiter()
    local kept = { waiters.add(1, one), waiters.add(1, two), waiters.add(2, three) }
    waiters.dispatch(engine_with(1, 7))
    waiters.dispatch(engine_with(1))
    assert.same({ 1, 1, 0 }, { one.woken, two.woken, three.woken })
    waiters.dispatch(engine_with(2))
    assert.equal(1, three.woken)
    assert.equal(3, #kept)
  end)

  it("does not wake a waiter that was removed", function()
    local one, two = new_waiter(), new_waiter()
    local list = waiters.add(3, one)
    waiters.add(3, two)
    waiters.remove(list, one)
    waiters.remove(list, one)
    waiters.dispatch(engine_with(3))
    assert.same({ 0, 1 }, { one.woken, two.woken })
  end)

  it("has no strong reference to a waiter", function()
    local gone = setmetatable({}, { __mode = "k" })
    do
      local waiter = new_waiter()
      gone[waiters.add(4, waiter)] = true
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil((next(gone)))
    waiters.dispatch(engine_with(4))
  end)

  it("makes the descriptor readable once for each polling waiter", function()
    local engine, asked = engine_with(5)
    waiters.dispatch(engine)
    assert.equal(0, asked())
    engine, asked = engine_with(6)
    local one, two = {}, {}
    waiters.polling[one], waiters.polling[two] = true, true
    for _ = 1, 4 do waiters.dispatch(engine) end
    waiters.polling[one], waiters.polling[two] = nil, nil
    assert.equal(2, asked())
  end)
end)
