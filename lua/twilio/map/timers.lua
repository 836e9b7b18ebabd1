--- The timers of the workers of twilio.map.

local core = require "twilio.core"
core.keep(...)

-- A list of { time, worker, sleep_number }, sorted by time.
local Timers = {}
Timers.__index = Timers

local timers = {}

function timers.new()
  return setmetatable({}, Timers)
end

--- Wakes the worker at the time, unless it was woken before.
-- Most timers are added in the order of their times. The timer of a worker that was woken early
-- stays in the list until it is due.
function Timers:add(worker, time)
  local i = #self + 1
  while i > 1 and self[i - 1].time > time do i = i - 1 end
  table.insert(self, i, { time = time, worker = worker, sleep_number = worker.sleep_number })
end

--- Returns how many seconds to sleep until the next timer is due, at most `max`.
function Timers:seconds_left(max)
  local first = self[1]
  return first and math.max(0, math.min(first.time - core.now(), max)) or max
end

--- Wakes the workers whose time has come.
function Timers:fire()
  local now = core.now()
  while self[1] and self[1].time <= now do
    local timer = table.remove(self, 1)
    if timer.worker.sleep_number == timer.sleep_number then timer.worker:wake() end
  end
end

return timers
