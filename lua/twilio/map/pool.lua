--- The pool of twilio.map: a cooperative scheduler that runs worker coroutines.
--
-- A call that waits suspends its worker, and the pool resumes another worker. When no worker is
-- ready the pool itself waits, as a single call would (see twilio.waiting).

local core = require "twilio.core"
core.keep(...)
local outcome = require "twilio.map.outcome"
local timers = require "twilio.map.timers"
local waiting = require "twilio.waiting"
local waiters = require "twilio.waiters"
local Worker = require "twilio.map.worker"

-- Fields of a pool:
--   feed          see twilio.map.feed
--   call          the program's function
--   limit         the largest number of workers
--   rate          the largest number of starts per second, or nil
--   outcome       see twilio.map.outcome
--   item_count    how many items were fetched and started
--   ended         no items are left, or the map ends early
--   thread        the coroutine that called twilio.map, or nil for the main one on Lua 5.1
--   workers       the set of live workers
--   worker_count  how many workers are live
--   run_queue     the ready workers, from index first to index last
--   timers        see twilio.map.timers
--   feeder        the worker that fetches an item, or nil
--   next_start    with a rate, the time before which the feeder does not start its item
--   starting      the feeder while it waits for this time, or nil
--   idle          the set of workers that wait for the feeder
--   next_worker   the worker that was woken or created to fetch the next item
--   waiter        the pool's own waiter, for calls without a wait function
--   engine, wait_function   of the call in the worker that went to sleep last
--   sleeping_on   the waiter in which the pool sleeps, or nil
--   needs_recovery  pool:recover() must run
local Pool = {}
Pool.__index = Pool

--- Returns a pool. `options` is the result of twilio.map.options.
function Pool.new(feed, f, result, options)
  return setmetatable({
    feed = feed,
    call = f,
    limit = options.limit,
    rate = options.rate,
    outcome = result,
    item_count = 0,
    thread = coroutine.running(),
    workers = {},
    worker_count = 0,
    run_queue = {},
    first = 1,
    last = 0,
    timers = timers.new(),
    next_start = 0,
    idle = {},
    wait_function = options.wait,
  }, Pool)
end

-- ---- workers ----

function Pool:spawn()
  local worker = Worker.new(self)
  self.worker_count = self.worker_count + 1
  self.workers[worker] = true
  worker:wake()
  return worker
end

function Pool:remove(worker)
  if not self.workers[worker] then return end
  self.workers[worker], self.idle[worker], waiting.workers[worker.thread] = nil, nil, nil
  self.worker_count = self.worker_count - 1
end

--- Adds a worker to the run queue, and wakes the pool if it sleeps.
function Pool:enqueue(worker)
  self.last = self.last + 1
  self.run_queue[self.last] = worker
  if self.sleeping_on and self.sleeping_on.wake then self.sleeping_on:wake() end
  self.sleeping_on = nil
end

-- ---- items ----

-- Returns the next item, or nil at the end. If an iterator of this library fails, it returns nil,
-- message, err. They become the failure of the item that could not be fetched.
function Pool:fetch()
  local item, message, err = self.feed.next()
  if err ~= nil then self.outcome:fail(self.item_count + 1, { message = message, err = err }) end
  return item
end

-- Waits until the feeder may start its item. The starts are on a grid, so that late timers do not
-- lower the rate.
function Pool:wait_for_start(worker)
  self.starting = worker
  while not self.ended do
    local rest = self.next_start - core.now()
    if rest <= 0 then break end
    worker:sleep(core.engine(), math.min(rest, waiting.MAX_NAP))
  end
  self.starting = nil
  local interval = 1 / self.rate
  self.next_start = math.max(self.next_start, core.now() - interval) + interval
end

-- Starts no further item. The workers that wait for the feeder end.
function Pool:end_feed()
  self.ended = true
  for worker in pairs(self.idle) do worker:wake() end
end

-- Ends the feeder's turn. `item` is nil when the items have ended. The order of the statements
-- matters: a debug hook may raise between any two of them, and no item may be lost.
function Pool:finish_fetch(item)
  if item ~= nil then
    self.feeder.index = self.item_count + 1
    self.item_count = self.item_count + 1
  else
    self.ended = true
  end
  self.feeder = nil
  if self.ended then self:end_feed() else self:schedule_fetch() end
end

-- Makes sure that a worker fetches the next item. At most one worker is created for each item,
-- because the limit may be much larger than the number of items. If the limit is reached and all
-- workers are busy, the first worker to finish its item fetches the next item.
function Pool:schedule_fetch()
  if self.feeder or self.next_worker then return end
  self.next_worker = next(self.idle)
  if self.next_worker then return self.next_worker:wake() end
  if self.worker_count + 1 <= self.limit then self.next_worker = self:spawn() end
end

--- Returns the worker's next item, or nil at the end. Fetching an item may suspend, as a page of an
-- iterator does, and only one worker may be inside the iterator.
function Pool:next_item(worker)
  while self.feeder do
    if not self:resume_owner(worker) then
      self.idle[worker] = true
      worker:suspend(Worker.WAITING_FOR_ITEM)
      coroutine.yield(Worker.SUSPEND)
      self.idle[worker] = nil
    end
  end
  if self.ended then return nil end
  self.feeder = worker
  local item = self:fetch()
  if item ~= nil and self.rate then self:wait_for_start(worker) end
  if self.ended then item = nil end
  self:finish_fetch(item)
  return item
end

-- Counts an item that has ended, and ends the map early if `stop_on` or an interrupt says so.
function Pool:report(failure)
  self.outcome:item_ended(failure)
  if self.outcome.stopped then self:end_early() end
end

--- Stores what the program's function returned for the worker's item.
function Pool:end_item(worker, ...)
  local failure = self.outcome:store(worker.index, ...)
  worker.index = nil
  self:report(failure)
end

-- ---- ending early ----

-- Starts no further item. The items that are running go on, unless the program was interrupted:
-- then their calls are cancelled, so that the program's function returns soon.
function Pool:end_early()
  self:end_feed()
  if self.starting then self.starting:wake() end
  if not self.outcome.is_interrupted then return end
  for worker in pairs(self.workers) do worker.stopped = "interrupted" end
  self.needs_recovery = true
  local outer = self.waiter and self.waiter.pool
  if outer and not outer.outcome.is_interrupted then outer:interrupt() end
end

--- Ends the map, because the program was interrupted. Maps within it and around it end too.
function Pool:interrupt()
  self.outcome:interrupt()
  self:end_early()
end

-- ---- running workers ----

--- Handles a host that has resumed the worker directly. A program on luv, for example, resumes the
-- coroutine that yielded. That coroutine is the worker, not the pool's thread. When the worker has
-- nothing more to do, the worker resumes the pool's thread.
-- Returns true if the pool's thread was resumed here. Returns false if the worker should suspend.
function Pool:resume_owner(worker)
  if worker.state == Worker.RUNNING then return false end
  if worker.state == Worker.YIELDED then
    worker.state = Worker.DETACHED
    local ok, problem = coroutine.resume(self.thread)
    if not ok then error(problem, 0) end
    return true
  end
  -- The host runs the worker directly, and the worker may have changed what the pool waits for. The
  -- pool must check again, so wake it.
  local waiter = self.sleeping_on
  if waiter and waiter.wake then waiter:wake() elseif waiter then self.engine:alert() end
  return false
end

-- Records the error that ended a worker's coroutine. pool:recover() later makes sure that another
-- worker fetches the next item.
function Pool:worker_failed(worker, raised)
  local index = worker.index or self.item_count + 1 -- without an index, fetching the item failed
  if self.feeder == worker and not worker.index then self:finish_fetch(nil) end
  self.needs_recovery = true
  local failure = { message = tostring(raised), raised = raised, traceback = debug.traceback(worker.thread) }
  if outcome.is_interrupt(raised) then
    self:interrupt()
    failure = outcome.interrupted_item()
  end
  self.outcome:fail(index, failure)
  if worker.index then self:report(failure) end
end

-- Removes a worker whose coroutine has ended while the pool was interrupted.
function Pool:bury(worker)
  self:remove(worker)
  if worker.index then self:report(self.outcome:fail(worker.index, outcome.interrupted_item())) end
end

-- Wakes every suspended worker, and repairs the fields of the pool. A debug hook that raises within
-- a worker, or an interrupt, can end any function above. next_worker may then be set but not woken,
-- or a worker may be ready but not in the run queue.
function Pool:recover()
  self.needs_recovery, self.worker_count, self.sleeping_on = false, 0, nil
  for worker in pairs(self.workers) do
    local status = coroutine.status(worker.thread)
    self.worker_count = self.worker_count + 1
    if status == "dead" then
      self:bury(worker)
    elseif worker.state ~= Worker.YIELDED and status == "suspended" then
      worker.state = Worker.SLEEPING
      worker:wake()
    end
  end
  if self.feeder and not self.workers[self.feeder] then self.feeder = nil end
  self.next_worker = nil
  if not self.ended then self:schedule_fetch() end
end

-- Called when the host has resumed the pool's thread. Passes the host's values to the worker. If
-- the host has resumed the worker directly, there is nothing to pass on.
local function host_resumed(pool, worker, ...)
  if worker.state ~= Worker.YIELDED then return end
  return pool:resume(worker, ...)
end

-- Handles what coroutine.resume of a worker returned.
local function worker_yielded(pool, worker, ok, first, ...)
  if ok and first == Worker.SUSPEND then return end
  if ok and coroutine.status(worker.thread) == "suspended" then
    if core.can_suspend() then
      worker.state = Worker.YIELDED
      return host_resumed(pool, worker, coroutine.yield(first, ...))
    end
    ok, first = false, "attempt to yield from outside a coroutine"
  end
  pool:remove(worker)
  if not ok then pool:worker_failed(worker, first) end
end

-- Runs a worker until it suspends or ends. The further arguments are passed to the worker's
-- coroutine.
function Pool:resume(worker, ...)
  if self.next_worker == worker then self.next_worker = nil end
  worker.state = Worker.RUNNING
  return worker_yielded(self, worker, coroutine.resume(worker.thread, ...))
end

-- Sleeps until a worker is ready.
function Pool:sleep()
  local max = waiting.MAX_SLEEP
  local seconds = self.timers:seconds_left(max)
  local waiter = self.wait_function and waiting.new_waiter(self.wait_function) or self.waiter
  waiters.dispatch(self.engine)
  if self.first > self.last then
    self.sleeping_on = waiter
    waiter:sleep(self.engine, seconds)
    self.sleeping_on = nil
  end
  if waiter.stopped and not self.outcome.is_interrupted then self:interrupt() end -- by the map around this one
  self.timers:fire()
  if seconds == max and self.first > self.last then self:recover() end -- see waiting.MAX_SLEEP
end

function Pool:run_ready_workers()
  while self.first <= self.last do
    local worker = self.run_queue[self.first]
    self.run_queue[self.first] = nil
    self.first = self.first + 1
    if self.workers[worker] and worker.state == Worker.READY then self:resume(worker, worker) end
  end
end

function Pool:run_workers()
  while next(self.workers) or self.needs_recovery do
    if self.first > self.last then
      if self.needs_recovery then self:recover() else self:sleep() end
    end
    self:run_ready_workers()
  end
end

-- Whether an error of the pool can be caught. On Lua 5.1 a coroutine cannot be suspended inside
-- pcall. Ctrl-C raises in the main thread there, so nothing is lost.
local function can_catch()
  return _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil or not core.can_suspend()
end

--- Runs all items. Returns what twilio.map returns.
function Pool:run()
  self.waiter = waiting.new_waiter()
  self:schedule_fetch()
  if not can_catch() then self:run_workers() end
  while next(self.workers) or self.needs_recovery do
    local ok, problem = pcall(self.run_workers, self)
    if not ok and not outcome.is_interrupt(problem) then error(problem, 0) end
    if not ok then self:interrupt() end
  end
  return self.outcome:finish(self.item_count)
end

return Pool
