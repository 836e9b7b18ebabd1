--- twilio.sleep: a pause during which other coroutines continue.

local core = require "twilio.core"
core.keep(...)
local file_error = require "twilio.file_error"
local waiters = require "twilio.waiters"
local waiting = require "twilio.waiting"

local sleep = {}

-- Returns why a sleep without a request must end, or nil.
local function end_of_sleep(waiter, cancel, ready)
  if waiter.stopped then return waiter.stopped end
  if cancel and cancel.cancelled then return "cancelled" end
  if ready and ready() == false then return "the function 'ready' returned false" end
end

-- Sleeps without a request. Requests in flight make progress meanwhile. The other arguments are
-- those of waiting.pause.
-- Returns true after the seconds. Otherwise returns nil, the reason, and the kind of the error:
-- "cancelled", or "host" where nothing can wait. Raises the error of `ready`.
local function nap_until(engine, seconds, wait_function, cancel, ready)
  local sleep_end = core.now() + seconds
  local waiter, problem = waiting.new_waiter(wait_function)
  if not waiter then return nil, problem, "host" end
  local longest = ready and waiting.READY_INTERVAL or cancel and waiting.CANCEL_INTERVAL or waiting.MAX_NAP
  repeat
    local reason = end_of_sleep(waiter, cancel, ready)
    if reason then return nil, reason, "cancelled" end
    waiters.dispatch(engine)
    waiter:sleep(engine, math.max(0, math.min(sleep_end - core.now(), longest)))
  until core.now() >= sleep_end
  return true
end

--- twilio.sleep(seconds, options): sleeps.
-- Meanwhile the other items of twilio.map go on, and so do the other coroutines in nginx, in
-- cqueues and, with the option `wait`, in other event loops. Anywhere else the thread blocks.
-- `seconds` is zero or more, and may have a fraction. Options, as of calls:
--   wait    the wait function
--   ready   is called every 10 ms; the sleep ends when it returns false
--   cancel  a canceller, which ends the sleep within 50 ms
-- Returns true. If the sleep ended early, returns nil, message, err with err.kind "cancelled".
-- Returns nil, message, err with err.kind "host" where nginx cannot wait.
-- Raises for wrong arguments, and the errors of `ready` and `wait`.
function sleep.sleep(seconds, options, ...)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds < math.huge) then
    core.misuse("twilio.sleep takes a number of seconds, zero or more, got " .. (type(seconds) == "number" and tostring(seconds) or type(seconds)))
  end
  if select("#", ...) > 0 then core.misuse "too many arguments to 'twilio.sleep'" end
  core.check_options("sleep", options)
  options = options or {}
  local ok, reason, kind = nap_until(core.engine(), seconds, options.wait, options.cancel, options.ready)
  if ok then return true end
  local message = "the sleep ended early: " .. reason
  return nil, message, file_error.shown { kind = kind, message = message, sent = "no" }
end

return sleep
