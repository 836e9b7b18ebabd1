--- Waiting for a request, the only place where anything waits.

local wait = {}

-- An upper bound of one wait, in seconds: no need for it is known, but a host
-- whose wait never wakes is then only slow.
local LONGEST = 60

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

--- Returns when the request is done. `own`, a function (engine, seconds) of the
-- program's, may suspend: it returns when engine:pollfd() is readable or the
-- seconds are over, or sooner.
function wait.until_done(engine, request, own)
  while not request:done() do
    forget_completed(engine)
    if own then
      suspended = suspended + 1
      own(engine, engine:timeout() or LONGEST)
      suspended = suspended - 1
      engine:step()
    else
      poll(engine, engine:timeout() or LONGEST)
    end
  end
  forget_completed(engine)
end

return wait
