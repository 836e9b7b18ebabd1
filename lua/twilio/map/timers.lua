--- The timers of the workers of twilio.map.

local core = require "twilio.core"
core.keep(...)

-- A queue of { time, worker, sleep_number }, sorted by time, from index first to index last.
local Timers = {}
Timers.__index = Timers

local timers = {}

function timers.new()
  return setmetatable({ first = 1, last = 0 }, Timers)
end

--- Wakes the worker at the time, unless it was woken before.
-- Most timers are added in the order of their times. The timer of a worker that was woken early
-- stays in the queue until it is due.
function Timers:add(worker, time)
  local i = self.last + 1
  while i > self.first and self[i - 1].time > time do
    self[i] = self[i - 1]
    i = i - 1
  end
  self[i] = { time = time, worker = worker, sleep_number = worker.sleep_number }
  self.last = self.last + 1
end

--- Returns how many seconds to sleep until the next timer is due, at most `max`.
function Timers:seconds_left(max)
  local next_timer = self[self.first]
  return next_timer and math.max(0, math.min(next_timer.time - core.now(), max)) or max
end

--- Wakes the workers whose time has come.
function Timers:fire()
  local now = core.now()
  while self.first <= self.last and self[self.first].time <= now do
    local index, timer = self.first, self[self.first]
    self.first = index + 1 -- before the next statement, because a debug hook may raise between them
    self[index] = nil
    if timer.worker.sleep_number == timer.sleep_number then timer.worker:wake() end
  end
end

return timers
