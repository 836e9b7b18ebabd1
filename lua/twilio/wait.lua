--- Waiting for a request, the only place where anything waits.

local core = require "twilio.core"

local wait = {}

-- An upper bound of one wait, in seconds: no need for it is known, but a host
-- whose wait never wakes is then only slow.
local LONGEST = 60

-- A canceller and the like are looked at so often, in seconds, where no request is in flight that they could end.
local GLANCE = 0.05

-- How many wait functions of the program's have suspended their waiter. One
-- that never returns stays counted: that costs a needless wake-up now and then.
local suspended = 0

local function poll(engine, seconds)
  engine:poll(seconds)
end

-- Each waiter asks for its own request, but one whose request another's step
-- has completed may be suspended until the descriptor is readable: asking for
-- the descriptor while there are completions makes it so.
local function forget_completed(engine)
  if suspended > 0 then engine:pollfd() end
  while engine:completed() do end
end

--- Lets requests that nobody waits for go on.
function wait.step(engine)
  engine:step()
  forget_completed(engine)
end

local function suspend(engine, seconds, own)
  suspended = suspended + 1
  own(engine, seconds)
  suspended = suspended - 1
  engine:step()
end

--- Returns when the request is done. `own`, a function (engine, seconds) of the
-- program's, may suspend: it returns when engine:pollfd() is readable or the
-- seconds are over, or sooner. `left`, if it is there, says how many seconds this
-- waiter has left; when it has none the request goes on without it.
function wait.until_done(engine, request, own, left)
  while not request:done() do
    local most = left and math.min(left(), GLANCE) or LONGEST
    if most <= 0 then break end
    forget_completed(engine)
    local seconds = math.min(engine:timeout() or most, most)
    if own then
      suspend(engine, seconds, own)
    else
      poll(engine, seconds)
    end
  end
  forget_completed(engine)
end

--- Lets the seconds pass before the request's next attempt, while what else is
-- in flight goes on; ends early when the client is closed or `cancel` cancelled.
function wait.pause(engine, request, seconds, own, cancel)
  local over = core.now() + seconds
  while not (request:closed() or cancel and cancel.cancelled) do
    local left = over - core.now()
    if left <= 0 then return end
    if cancel then left = math.min(left, GLANCE) end
    forget_completed(engine)
    if own then
      suspend(engine, math.min(left, engine:timeout() or left), own)
    else
      poll(engine, left)
    end
  end
end

return wait
