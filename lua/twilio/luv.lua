--- Waiting in luv's loop: twilio.client{ wait = require "twilio.luv" }.
--
-- A call in a coroutine suspends it until the loop has something for it, and
-- the loop resumes it; a call outside any coroutine blocks the loop.

local uv = require "luv"
local core = require "twilio.core"
core.keep(...)

-- Each coroutine that waits, and its timer.
local timers = {}

-- What a coroutine yields that waits. Who has resumed it takes no notice, unless it is a generator and this is taken for a
-- value of its: that must not look like its end.
local WAITS = setmetatable({}, {
  __index = function() error("a generator's coroutine waits for Twilio in luv: see doc/hosts.md", 2) end,
  __tostring = function() return "twilio.luv: the coroutine waits" end,
})

-- The one handle on the engine's descriptor, and that descriptor: a forked process has another one.
local poll, descriptor

local function wake(thread)
  local timer = timers[thread]
  if not timer then return end
  timers[thread] = nil
  timer:close()
  if not next(timers) then poll:stop() end -- or the loop would never end
  if coroutine.status(thread) ~= "suspended" then return end -- it was closed meanwhile
  local ok, problem = coroutine.resume(thread)
  if not ok then error(debug.traceback(thread, tostring(problem)), 0) end
end

local function wake_all()
  local threads = {}
  for thread in pairs(timers) do threads[#threads + 1] = thread end
  for i = 1, #threads do wake(threads[i]) end
end

local function watch(fd)
  if descriptor ~= fd then
    if poll then poll:close() end
    poll, descriptor = assert(uv.new_poll(fd)), fd
  end
  poll:start("r", wake_all)
end

--- function(engine, seconds), for the option `wait` of a client or a call.
return function(engine, seconds)
  local fd = engine:pollfd()
  if not core.can_suspend() or fd < 0 then return engine:poll(seconds) end
  local thread = coroutine.running()
  watch(fd)
  timers[thread] = uv.new_timer()
  timers[thread]:start(math.ceil(seconds * 1000), 0, function() wake(thread) end)
  coroutine.yield(WAITS)
end
