--- Waiting for a request, the only place where anything waits.

local wait = {}

-- An upper bound of one wait, in seconds: no need for it is known, but a host
-- whose wait never wakes is then only slow.
local LONGEST = 60

local function poll(engine, seconds)
  engine:poll(seconds)
end

-- Each waiter asks for its own request, so nobody needs to be told of the
-- others; but the engine stays awake until it has told.
local function forget_completed(engine)
  while engine:completed() do end
end

--- Returns when the request is done. `own`, a function (engine, seconds) of the
-- program's, may suspend: it returns when engine:pollfd() is readable or the
-- seconds are over, or sooner.
function wait.until_done(engine, request, own)
  local pause = own or poll
  while not request:done() do
    forget_completed(engine)
    pause(engine, engine:timeout() or LONGEST)
    if own then engine:step() end
  end
  forget_completed(engine)
end

return wait
