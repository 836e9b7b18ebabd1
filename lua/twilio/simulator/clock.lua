--- Functions that run at a time of the simulator's clock.
local clock = {}
local Clock = {}
Clock.__index = Clock

function clock.new()
  return setmetatable({ timers = {} }, Clock)
end

--- Runs a function at a time.
-- @param time seconds since the epoch
-- @return the timer, for Clock:cancel
function Clock:at(time, run)
  local timers, timer = self.timers, { time = time, run = run }
  local place = #timers + 1
  while place > 1 and timers[place - 1].time > time do place = place - 1 end
  table.insert(timers, place, timer)
  return timer
end

--- Forgets a timer, which may have run already.
function Clock:cancel(timer)
  for place, other in ipairs(self.timers) do
    if other == timer then return table.remove(self.timers, place) end
  end
end

--- Returns the time of the first timer, or nil.
function Clock:first()
  return self.timers[1] and self.timers[1].time
end

--- Runs the timers up to a time, in their order, including those that they add.
function Clock:run(time)
  while self.timers[1] and self.timers[1].time <= time do
    table.remove(self.timers, 1).run()
  end
end

return clock
