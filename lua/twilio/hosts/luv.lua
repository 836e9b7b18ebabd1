--- luv: the wait function that `require "twilio.luv"` returns.
--
-- A call in a coroutine suspends the coroutine, and luv's loop resumes it. A call outside any
-- coroutine blocks the loop.

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
core.keep(...)
local uv = require "luv"

-- Maps each waiting coroutine to its timer.
local timers = {}

-- The value that a waiting coroutine yields. A program that runs calls in coroutines ignores the
-- value. But if the coroutine is a generator (coroutine.wrap), its consumer takes the value for an
-- item. Using the item raises an error. With nil instead, the consumer's loop would end silently.
local SUSPENDED = setmetatable({}, {
  __index = function() error("a generator's coroutine waits for Twilio in luv: see doc/hosts.md", 2) end,
  __tostring = function() return "twilio.luv: the coroutine waits" end,
})

-- The poll handle on the engine's descriptor, and the descriptor. The descriptor changes after a
-- fork.
local poll, descriptor

local function wake_thread(thread)
  local timer = timers[thread]
  if not timer then return end
  timers[thread] = nil
  timer:close()
  if not next(timers) then poll:stop() end -- an active handle would keep uv.run() from returning
  if coroutine.status(thread) ~= "suspended" then return end -- coroutine.close was called
  local ok, problem = coroutine.resume(thread)
  if not ok then error(debug.traceback(thread, tostring(problem)), 0) end
end

-- The list is copied first, because a coroutine that is resumed may wait again.
local function wake_all()
  local threads = {}
  for thread in pairs(timers) do threads[#threads + 1] = thread end
  for i = 1, #threads do wake_thread(threads[i]) end
end

local function start_poll(fd)
  if descriptor ~= fd then
    if poll then poll:close() end
    poll, descriptor = assert(uv.new_poll(fd)), fd
  end
  poll:start("r", wake_all)
end

--- function(engine, seconds), for the option `wait` of a client or of a call.
return function(engine, seconds)
  local fd = engine:pollfd()
  if not core.can_suspend() or fd < 0 then return engine:poll(seconds) end
  local thread = coroutine.running()
  start_poll(fd)
  timers[thread] = uv.new_timer()
  timers[thread]:start(math.ceil(seconds * 1000), 0, function() wake_thread(thread) end)
  coroutine.yield(SUSPENDED)
end
