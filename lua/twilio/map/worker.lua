--- A worker of twilio.map: a coroutine that takes one item after the other, and calls the program's
-- function.
--
-- A worker is also the waiter (see twilio.waiters) of the calls in its coroutine. Fields:
--   pool, thread, state
--   index          the index of its item
--   wait_function  the option `wait` of the call that it sleeps in
--   sleep_number   counts the sleeps. A timer of an earlier sleep must not wake the worker.
--   stopped        see twilio.waiters

local core = require "twilio.core"
core.keep(...)
local waiting = require "twilio.waiting"

local Worker = {}
Worker.__index = Worker

-- The states of a worker.
Worker.READY = "ready" -- in the run queue
Worker.RUNNING = "running" -- resumed by the pool
Worker.SLEEPING = "sleeping" -- suspended until its request is done or its timer fires
Worker.WAITING_FOR_ITEM = "waiting for item" -- suspended while another worker fetches an item
Worker.YIELDED = "yielded to host" -- the program's function yielded, and so did the pool's thread
Worker.DETACHED = "detached" -- resumed directly by the host, not by the pool

-- The value that a worker yields in order to suspend itself. If a worker yields any other value,
-- the program's function has yielded that value to the host.
Worker.SUSPEND = {}

-- The body of a worker's coroutine.
local function work(worker)
  local pool = worker.pool
  while true do
    local item = pool:next_item(worker)
    if item == nil then break end
    pool:end_item(worker, pool.call(item, worker.index))
  end
  pool:remove(worker)
  pool:resume_owner(worker)
end

--- Returns a worker of the pool. The caller must wake it.
function Worker.new(pool)
  local worker = setmetatable({ pool = pool, sleep_number = 0, state = Worker.SLEEPING }, Worker)
  worker.thread = coroutine.create(work)
  waiting.workers[worker.thread] = worker
  return worker
end

--- Returns the worker as the waiter of a call with this wait function.
function Worker:with(wait_function)
  self.wait_function = wait_function
  return self
end

--- Marks the worker as suspended. The caller must then yield SUSPEND.
function Worker:suspend(state)
  self.state, self.sleep_number = state, self.sleep_number + 1
end

function Worker:sleep(engine, seconds)
  local pool = self.pool
  pool.engine, pool.wait_function = engine, self.wait_function or pool.wait_function
  if pool:resume_owner(self) then return end
  self:suspend(Worker.SLEEPING)
  if seconds < waiting.MAX_SLEEP then pool.timers:add(self, core.now() + seconds) end
  coroutine.yield(Worker.SUSPEND)
end

function Worker:wake()
  if self.state ~= Worker.SLEEPING and self.state ~= Worker.WAITING_FOR_ITEM then return end
  self.state = Worker.READY
  self.pool:enqueue(self)
end

return Worker
