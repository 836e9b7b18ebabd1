--- twilio.map and twilio.all: a cooperative scheduler that runs many calls at once.
--
-- A pool runs worker coroutines. Each worker takes one item after the other and calls the program's
-- function. A call that waits suspends its worker, and the pool resumes another worker. When no
-- worker is ready the pool itself waits, as a single call would (see twilio.waiting).

local core = require "twilio.core"
core.keep(...)
local hosts = require "twilio.hosts"
local waiting = require "twilio.waiting"
local waiters = require "twilio.waiters"

local map = {}

-- The states of a worker.
local READY = "ready" -- in the run queue
local RUNNING = "running" -- resumed by the pool
local SLEEPING = "sleeping" -- suspended until its request is done or its timer fires
local WAITING_FOR_ITEM = "waiting for item" -- suspended while another worker fetches an item
local YIELDED = "yielded to host" -- the program's function yielded, and so did the pool's thread
local DETACHED = "detached" -- resumed directly by the host, not by the pool

-- The value that a worker yields in order to suspend itself. If a worker yields any other value,
-- the program's function has yielded that value to the host.
local SUSPEND = {}

-- ---- the pool ----

-- Fields of a pool:
--   items         function: returns the next item, or nil at the end
--   call          the program's function
--   limit         the largest number of workers
--   results, failures   what twilio.map returns
--   item_count    how many items were fetched
--   ended         no items are left
--   thread        the coroutine that called twilio.map, or nil for the main one on Lua 5.1
--   workers       the set of live workers
--   worker_count  how many workers are live
--   run_queue     the ready workers, from index first to index last
--   timers        a list of { time, worker, sleep_number }, sorted by time
--   feeder        the worker that fetches an item, or nil
--   idle          the set of workers that wait for the feeder
--   next_worker   the worker that was woken or created to fetch the next item
--   waiter        the pool's own waiter, for calls without a wait function
--   engine, wait_function   of the call in the worker that went to sleep last
--   sleeping_on   the waiter in which the pool sleeps, or nil
--   needs_recovery  a worker has ended with an error, and pool:recover() must run
local Pool = {}
Pool.__index = Pool

-- ---- workers ----

-- A worker is also the waiter (see twilio.waiters) of the calls in its coroutine. Fields:
--   pool, thread, state
--   index         the index of its item
--   wait_function the option `wait` of the call that it sleeps in
--   sleep_number  counts the sleeps. A timer of an earlier sleep must not wake the worker.
local Worker = {}
Worker.__index = Worker

--- Returns the worker as the waiter of a call with this wait function.
function Worker:with(wait_function)
  self.wait_function = wait_function
  return self
end

function Worker:suspend(state)
  self.state, self.sleep_number = state, self.sleep_number + 1
end

function Worker:sleep(engine, seconds)
  local pool = self.pool
  pool.engine, pool.wait_function = engine, self.wait_function or pool.wait_function
  if pool:resume_owner(self) then return end
  self:suspend(SLEEPING)
  if seconds < waiting.MAX_SLEEP then pool:add_timer(self, core.now() + seconds) end
  coroutine.yield(SUSPEND)
end

function Worker:wake()
  if self.state ~= SLEEPING and self.state ~= WAITING_FOR_ITEM then return end
  local pool = self.pool
  self.state = READY
  pool.last = pool.last + 1
  pool.run_queue[pool.last] = self
  if pool.sleeping_on and pool.sleeping_on.wake then pool.sleeping_on:wake() end
  pool.sleeping_on = nil
end

-- The body of a worker's coroutine.
local function work(worker)
  local pool = worker.pool
  while true do
    local item = pool:next_item(worker)
    if item == nil then break end
    pool:store(worker.index, pool.call(item, worker.index))
    worker.index = nil
  end
  pool:remove(worker)
  pool:resume_owner(worker)
end

function Pool:spawn()
  local worker = setmetatable({ pool = self, sleep_number = 0, state = SLEEPING }, Worker)
  worker.thread = coroutine.create(work)
  waiting.workers[worker.thread] = worker
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

-- ---- timers ----

-- Most timers are added in the order of their times. The timer of a worker that was woken early
-- stays in the list until it is due.
function Pool:add_timer(worker, time)
  local timers = self.timers
  local i = #timers + 1
  while i > 1 and timers[i - 1].time > time do i = i - 1 end
  table.insert(timers, i, { time = time, worker = worker, sleep_number = worker.sleep_number })
end

function Pool:fire_timers()
  local timers, now = self.timers, core.now()
  while timers[1] and timers[1].time <= now do
    local timer = table.remove(timers, 1)
    if timer.worker.sleep_number == timer.sleep_number then timer.worker:wake() end
  end
end

-- ---- results ----

function Pool:fail(index, failure)
  self.failures = self.failures or {}
  self.failures[index] = failure
end

function Pool:store(index, value, message, err)
  if value or message == nil then
    self.results[index] = value
  else
    self:fail(index, { message = tostring(message), err = err })
  end
end

-- ---- fetching items ----

-- Returns the next item, or nil at the end. If an iterator of this library fails, it returns nil,
-- message, err. They become the failure of the item that could not be fetched.
function Pool:fetch()
  local item, message, err = self.items()
  if err ~= nil then self:fail(self.item_count + 1, { message = message, err = err }) end
  return item
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
  if not self.ended then return self:schedule_fetch() end
  for worker in pairs(self.idle) do worker:wake() end
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

-- Returns the worker's next item, or nil at the end. Fetching an item may suspend, as a page of an
-- iterator does, and only one worker may be inside the iterator.
function Pool:next_item(worker)
  while self.feeder do
    if not self:resume_owner(worker) then
      self.idle[worker] = true
      worker:suspend(WAITING_FOR_ITEM)
      coroutine.yield(SUSPEND)
      self.idle[worker] = nil
    end
  end
  if self.ended then return nil end
  self.feeder = worker
  local item = self:fetch()
  self:finish_fetch(item)
  return item
end

-- ---- running workers ----

-- Handles a host that has resumed the worker directly. A program on luv, for example, resumes the
-- coroutine that yielded. That coroutine is the worker, not the pool's thread. When the worker has
-- nothing more to do, the worker resumes the pool's thread.
-- Returns true if the pool's thread was resumed here. Returns false if the worker should suspend.
function Pool:resume_owner(worker)
  if worker.state == RUNNING then return false end
  if worker.state == YIELDED then
    worker.state = DETACHED
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
  self:fail(index, { message = tostring(raised), raised = raised, traceback = debug.traceback(worker.thread) })
  self.needs_recovery = true
end

-- Wakes every suspended worker, and repairs the fields of the pool. A debug hook that raises within
-- a worker can interrupt any function above. next_worker may then be set but not woken, or a worker
-- may be ready but not in the run queue.
function Pool:recover()
  self.needs_recovery, self.worker_count = false, 0
  if self.feeder and not self.workers[self.feeder] then self.feeder = nil end
  for worker in pairs(self.workers) do
    self.worker_count = self.worker_count + 1
    if worker.state ~= YIELDED and coroutine.status(worker.thread) == "suspended" then
      worker.state = SLEEPING
      worker:wake()
    end
  end
  self.next_worker = nil
  if not self.ended then self:schedule_fetch() end
end

-- Called when the host has resumed the pool's thread. Passes the host's values to the worker. If
-- the host has resumed the worker directly, there is nothing to pass on.
local function host_resumed(pool, worker, ...)
  if worker.state ~= YIELDED then return end
  return pool:resume(worker, ...)
end

-- Handles what coroutine.resume of a worker returned.
local function worker_yielded(pool, worker, ok, first, ...)
  if ok and first == SUSPEND then return end
  if ok and coroutine.status(worker.thread) == "suspended" then
    if core.can_suspend() then
      worker.state = YIELDED
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
  worker.state = RUNNING
  return worker_yielded(self, worker, coroutine.resume(worker.thread, ...))
end

-- Sleeps until a worker is ready.
function Pool:sleep()
  local timer, max = self.timers[1], waiting.MAX_SLEEP
  local seconds = timer and math.max(0, math.min(timer.time - core.now(), max)) or max
  local waiter = self.wait_function and waiting.new_waiter(self.wait_function) or self.waiter
  waiters.dispatch(self.engine)
  if self.first > self.last then
    self.sleeping_on = waiter
    waiter:sleep(self.engine, seconds)
    self.sleeping_on = nil
  end
  self:fire_timers()
  if seconds == max and self.first > self.last then self:recover() end -- see waiting.MAX_SLEEP
end

function Pool:run_ready_workers()
  while self.first <= self.last do
    local worker = self.run_queue[self.first]
    self.run_queue[self.first] = nil
    self.first = self.first + 1
    if self.workers[worker] then self:resume(worker, worker) end
  end
end

-- Runs all items. Returns results and failures.
function Pool:run()
  self:schedule_fetch()
  while next(self.workers) or self.needs_recovery do
    if self.first > self.last then
      if self.needs_recovery then self:recover() else self:sleep() end
    end
    self:run_ready_workers()
  end
  self.results.n = self.item_count
  return self.results, self.failures
end

-- Runs all items one after the other, where no coroutine can be created. If a call cannot wait
-- here, the call itself returns an error.
function Pool:run_sequentially()
  local function store(index, ok, ...)
    if ok then return self:store(index, ...) end
    self:fail(index, { message = tostring((...)), raised = (...) })
  end
  local ok, item = pcall(self.fetch, self)
  while ok and item ~= nil do
    self.item_count = self.item_count + 1
    store(self.item_count, pcall(self.call, item, self.item_count))
    ok, item = pcall(self.fetch, self)
  end
  if not ok then store(self.item_count + 1, false, item) end
  self.results.n = self.item_count
  return self.results, self.failures
end

local function new_pool(items, limit, f)
  return setmetatable({
    items = items,
    call = f,
    limit = limit,
    results = {},
    item_count = 0,
    thread = coroutine.running(),
    workers = {},
    worker_count = 0,
    run_queue = {},
    first = 1,
    last = 0,
    timers = {},
    idle = {},
  }, Pool)
end

-- ---- twilio.map and twilio.all ----

local function each_of(items)
  local i = 0
  return function()
    i = i + 1
    return items[i]
  end
end

-- Returns a function that returns the next item. For an iterator of this library that is `advance`,
-- which returns a failure instead of raising it. Of any other iterator only the first value is
-- used.
local function iterate(items)
  local meta = getmetatable(items)
  if type(meta) == "table" and meta.__name == "twilio.iterator" then return function() return items:advance() end end
  return function() return (items()) end
end

local function is_callable(value)
  local meta = type(value) ~= "function" and getmetatable(value)
  return type(value) == "function" or type(meta) == "table" and meta.__call ~= nil
end

local function check_arguments(items, limit, f)
  if not is_callable(items) and type(items) ~= "table" then
    core.misuse("twilio.map takes an array or an iterator, got " .. type(items))
  end
  if type(limit) ~= "number" or limit < 1 or limit ~= limit then
    core.misuse "twilio.map takes as its second argument the number of calls that may run at once, at least 1"
  end
  if not is_callable(f) then core.misuse("twilio.map takes a function as its third argument, got " .. type(f)) end
end

--- twilio.map(items, limit, f): calls f(item, index) for every item, at most `limit` at once.
-- While one call waits for Twilio the others go on.
-- `items` is an array up to its first nil, or an iterator such as client.calls:iter().
-- `limit` is a number, at least 1. math.huge is allowed.
-- Returns results and failures:
--   results[index] is the first value that f returned, and results.n is the number of items.
--   failures is nil if no item failed. Otherwise failures[index] is { message, err } where f
--   returned nil, message, err, and { message, raised, traceback } where f raised an error.
-- Raises only for wrong arguments and when waiting itself fails.
function map.map(items, limit, f)
  check_arguments(items, limit, f)
  local pool = new_pool(is_callable(items) and iterate(items) or each_of(items), limit, f)
  if not hosts.can_create_coroutines() then return pool:run_sequentially() end
  pool.waiter = waiting.new_waiter()
  return pool:run()
end

--- twilio.all{ f1, f2, name = f3, … }: calls all functions at once.
-- Returns results and failures as twilio.map does, each under the key of its function.
function map.all(functions)
  if type(functions) ~= "table" then core.misuse("twilio.all takes a table of functions, got " .. type(functions)) end
  local keys = {}
  for key, f in pairs(functions) do
    if not is_callable(f) then core.misuse("twilio.all takes a table of functions, got a " .. type(f) .. " in it") end
    keys[#keys + 1] = key
  end
  local results, failures = {}, nil
  if #keys == 0 then return results end
  local values, failed = map.map(keys, #keys, function(key) return functions[key]() end)
  for i, key in ipairs(keys) do results[key] = values[i] end
  if failed then
    failures = {}
    for i, failure in pairs(failed) do failures[keys[i]] = failure end
  end
  return results, failures
end

return map
