-- A worker of twilio.map, with a pool of the spec in place of twilio.map.pool.
local core = require "twilio.core"
local waiting = require "twilio.waiting"
local Worker = require "twilio.map.worker"

local now_of_core = core.now

describe("a worker", function()
  local pool, items, ended, queue

  before_each(function()
    core.now = function() return 100 end
    items, ended, queue = { "a", "b" }, {}, {}
    pool = {
      timers = { add = function(_, worker, time) queue[#queue + 1] = { "timer", worker.sleep_number, time } end },
      call = function(item, index) return item .. index end,
      next_item = function(_, worker)
        worker.index = (worker.index or 0) + 1
        return items[worker.index]
      end,
      end_item = function(_, _, ...) ended[#ended + 1] = { ... } end,
      enqueue = function() queue[#queue + 1] = "ready" end,
      remove = function(_, worker) waiting.workers[worker.thread] = nil end,
      resume_owner = function() return false end,
    }
  end)
  after_each(function() core.now = now_of_core end)

  it("calls the function for one item after the other, until there is none", function()
    local worker = Worker.new(pool)
    assert.same({ true }, { coroutine.resume(worker.thread, worker) })
    assert.equal("dead", coroutine.status(worker.thread))
    assert.same({ { "a1" }, { "b2" } }, ended)
  end)

  it("is the waiter of its coroutine", function()
    local worker = Worker.new(pool)
    assert.equal(worker, waiting.workers[worker.thread])
    assert.equal(worker, worker:with(print))
    assert.equal(print, worker.wait_function)
    coroutine.resume(worker.thread, worker)
    assert.is_nil(waiting.workers[worker.thread])
  end)

  it("suspends its coroutine in a sleep, with a timer unless the sleep is the longest", function()
    local engine = {}
    pool.call = function() pool.worker:sleep(engine, pool.seconds) end
    for seconds, expected in pairs { [5] = { { "timer", 1, 105 } }, [waiting.MAX_SLEEP] = {} } do
      queue = {}
      pool.seconds, pool.worker = seconds, Worker.new(pool)
      assert.same({ true, Worker.SUSPEND }, { coroutine.resume(pool.worker.thread, pool.worker) })
      assert.same({ expected, Worker.SLEEPING, engine }, { queue, pool.worker.state, pool.engine })
    end
  end)

  it("is woken once", function()
    local worker = Worker.new(pool)
    worker:wake()
    worker:wake()
    assert.same({ { "ready" }, Worker.READY }, { queue, worker.state })
    for _, state in ipairs { Worker.RUNNING, Worker.YIELDED, Worker.DETACHED } do
      worker.state = state
      worker:wake()
      assert.equal(state, worker.state)
    end
    worker:suspend(Worker.WAITING_FOR_ITEM)
    worker:wake()
    assert.same({ 2, 1 }, { #queue, worker.sleep_number })
  end)

  it("does not suspend if the pool's thread was resumed in its place", function()
    pool.resume_owner = function() return true end
    pool.call = function(item)
      pool.worker:sleep({}, 1)
      return item
    end
    pool.worker = Worker.new(pool)
    assert.same({ true }, { coroutine.resume(pool.worker.thread, pool.worker) })
    assert.same({ { "a" }, { "b" } }, ended)
  end)
end)
