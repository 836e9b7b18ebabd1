--- Waiting for a request, the only place where anything waits.

local wait = {}

-- An upper bound of one wait, in seconds: no need for it is known, but a host
-- whose wait never wakes is then only slow.
local LONGEST = 60

local function poll(engine)
  engine:poll(LONGEST)
end

--- Returns when the request is done. `own`, a function (engine, seconds) of the
-- program's, may suspend: it returns when engine:pollfd() is readable or the
-- seconds are over, or sooner.
function wait.until_done(engine, request, own)
  if not own then
    while not request:done() do poll(engine) end
    return
  end
  while not request:done() do
    own(engine, engine:timeout() or LONGEST)
    engine:step()
  end
end

return wait
