--- Waiting for requests. Every wait of the library goes through this file.

local core = require "twilio.core"
core.keep(...)
local waiters = require "twilio.waiters"

local waiting = {}

-- The longest single sleep, in seconds. The limit is a precaution: if a host loses a wake-up, the
-- call is late instead of hanging for ever. No such case is known.
waiting.MAX_SLEEP = 60

-- The longest part of a sleep without a request, in seconds. It is shorter than MAX_SLEEP, because
-- a worker of twilio.map sets no timer for a sleep of MAX_SLEEP.
waiting.MAX_NAP = 30

-- The interval in seconds at which `ready` is called.
waiting.READY_INTERVAL = 0.01

-- The interval in seconds at which a call checks its canceller, and whether the client is closed,
-- during the pause before a retry. During the pause no request is in flight, so that cancelling
-- does not wake the call. A call that waits for an access token uses the same interval.
waiting.CANCEL_INTERVAL = 0.05

-- In a long pause, the interval is this fraction of the rest, but at most one second. Otherwise a
-- thousand calls of wait_for would wake 20,000 times in a second.
local CANCEL_FRACTION, MAX_CANCEL_INTERVAL = 1 / 20, 1

-- Maps a coroutine of twilio.map to its worker. Weak: an abandoned map can be collected.
waiting.workers = setmetatable({}, { __mode = "kv" })

--- Returns the engine of a client, given the table that request:hooks() returns.
function waiting.engine_of(hooks)
  return hooks.engine
end

-- ---- waiters (see twilio.waiters) ----

-- The waiter that blocks the thread. Used where no scheduler can suspend the caller.
local blocking_waiter = {}

function blocking_waiter.sleep(_, engine, seconds)
  engine:poll(seconds)
  waiters.dispatch(engine)
end

-- A waiter that sleeps in the program's wait function.
local CustomWaiter = {}
CustomWaiter.__index = CustomWaiter

function CustomWaiter:sleep(engine, seconds)
  waiters.polling[self] = true
  self.wait_function(engine, math.min(seconds, engine:timeout() or seconds))
  waiters.polling[self] = nil
  engine:step()
  waiters.dispatch(engine)
end

-- Loads twilio.hosts only where a host is loaded: other programs do not need the file.
local hosts
local function loaded_hosts()
  if not hosts and (package.loaded.ngx or package.loaded.cqueues) then hosts = require "twilio.hosts" end
  return hosts
end

loaded_hosts() -- now and not later, because reading a file would block nginx

-- Returns the worker of twilio.map that runs here, if its coroutine can be suspended here.
local function current_worker()
  local worker = waiting.workers[coroutine.running() or false]
  return worker and core.can_suspend() and worker
end

--- Returns a waiter for the current coroutine. `wait_function` is the option `wait`, or nil.
-- Returns nil and a message where the call can neither suspend nor block.
function waiting.new_waiter(wait_function)
  local worker = current_worker()
  if worker then return worker:with(wait_function) end
  if wait_function then return setmetatable({ wait_function = wait_function }, CustomWaiter) end
  if not loaded_hosts() then return blocking_waiter end
  local waiter, problem = hosts.new_waiter()
  if problem then return nil, problem end
  return waiter or blocking_waiter
end

--- Returns why a call can neither suspend nor block here, or nil when it can. A call checks this
-- before its request is sent.
function waiting.problem(wait_function)
  return not wait_function and loaded_hosts() and not current_worker() and hosts.problem() or nil
end

--- Steps the engine, so that requests without a waiter make progress.
function waiting.step(engine)
  engine:step()
  waiters.dispatch(engine)
end

-- ---- the option `ready` ----

-- Calls the program's function `ready`. Returns whether `ready` returned anything but false. If
-- `ready` raises an error, ends the request and raises the error again.
local function is_ready(ready, request)
  local ok, answer = pcall(ready)
  if ok then return answer ~= false end
  request:give_up "the function 'ready' raised an error"
  error(answer, 0)
end

--- Returns whether the request may go on. Ends the request if `ready` returns false.
function waiting.check_ready(ready, request)
  if not ready or is_ready(ready, request) then return true end
  request:give_up "the function 'ready' returned false"
  return false
end

-- Calls `ready`. Returns nil if the request may go on. Otherwise returns how many seconds to wait
-- for the response: the option `grace`, or 0. Returns 0 when the request was not sent or may be
-- repeated, because cancelling is then harmless.
local function grace_of(ready, request)
  if not ready or is_ready(ready, request) then return nil end
  return request:linger() or 0
end

local function end_grace(request, grace)
  local waited = grace > 0 and (", and no response came within %g s of grace"):format(grace) or ""
  request:give_up("the function 'ready' returned false" .. waited)
end

-- ---- waiting for a request ----

--- Returns when the request is done.
-- `wait_function(engine, seconds)`, the option `wait` or nil, may suspend. It returns when
-- engine:pollfd() is readable, after the seconds, or earlier.
-- `ready`, the option or nil, ends the request by returning false: at once, or after the grace
-- period, during which it is not called again.
-- `time_left`, a function or nil, returns how many seconds this waiter may sleep until the next
-- call of `time_left`. The value 0 ends the wait. The request then continues without this waiter.
function waiting.until_done(engine, request, wait_function, ready, time_left)
  waiters.dispatch(engine) -- submitting the request may have completed requests, even this one
  if request:done() then return end
  local waiter, problem = waiting.new_waiter(wait_function)
  if not waiter then return request:refuse(problem) end
  local id, list, grace, grace_end
  repeat
    if waiter.stopped then
      request:give_up(waiter.stopped)
      waiters.dispatch(engine)
      break
    end
    if not grace then
      grace = grace_of(ready, request)
      grace_end = grace and core.now() + grace
    end
    if grace and grace_end <= core.now() then
      end_grace(request, grace)
      waiters.dispatch(engine)
      break
    end
    local seconds = time_left and time_left() or ready and waiting.READY_INTERVAL or waiting.MAX_SLEEP
    if grace then seconds = grace_end - core.now() end
    if seconds <= 0 then break end
    if time_left and request:done() then break end -- a call of the program, in time_left, has completed the request
    -- The id changes when another waiter of this request has sent the request again.
    local current_id = waiter.wake and request:id()
    if current_id ~= id then
      id = current_id
      list = id and waiters.add(id, waiter)
    end
    waiter:sleep(engine, seconds)
  until request:done()
  if list then waiters.remove(list, waiter) end
end

-- Returns how many seconds to sleep at most during a pause of which `rest` seconds are left. After
-- each sleep the call checks whether the pause must end early.
local function longest_sleep(rest, waiter, cancel, ready, time_left)
  if time_left then return (time_left()) end
  if ready then return waiting.READY_INTERVAL end
  -- Another coroutine may call canceller:cancel() or client:close() during the pause.
  if cancel or waiter ~= blocking_waiter then
    return math.max(waiting.CANCEL_INTERVAL, math.min(rest * CANCEL_FRACTION, MAX_CANCEL_INTERVAL))
  end
  return waiting.MAX_SLEEP
end

--- Sleeps for the pause before the request's next attempt. Other requests make progress meanwhile.
-- The pause ends early when the client is closed or `cancel` is cancelled. The other arguments are
-- those of waiting.until_done.
-- Returns false when no further attempt may follow: `ready` returned false, `time_left` returned 0,
-- nothing can wait here, or the waiter was stopped.
function waiting.pause(engine, request, seconds, wait_function, cancel, ready, time_left)
  local pause_end = core.now() + seconds
  local waiter = waiting.new_waiter(wait_function)
  if not waiter then return false end
  while not (request:closed() or cancel and cancel.cancelled) do
    local rest = pause_end - core.now()
    if rest <= 0 then break end
    if not waiting.check_ready(ready, request) then return false end
    if waiter.stopped then
      request:give_up(waiter.stopped)
      return false
    end
    rest = math.min(rest, longest_sleep(rest, waiter, cancel, ready, time_left))
    if rest <= 0 then return false end
    waiters.dispatch(engine)
    waiter:sleep(engine, rest)
  end
  return true
end

return waiting
