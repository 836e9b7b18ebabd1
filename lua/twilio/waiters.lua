--- Who waits for which request, and how to wake them.
--
-- A place is where somebody waits: place:sleep(engine, seconds) returns when it
-- was woken, when the seconds are over, or sooner; place:wake() is called when
-- its request is done. Places without `wake` look for themselves.

local waiters = {}

-- From a request's id to a list of places. Weak: a place belongs to the
-- coroutine that waits there, and one that is never resumed leaves nothing.
local waiting = setmetatable({}, { __mode = "v" })

-- How many wait functions of the program's have suspended their waiter. One
-- that never returns stays counted: that costs a needless wake-up now and then.
waiters.suspended = 0

--- Before the first sleep. The list must be kept until the last one is over.
function waiters.join(id, place)
  local places = waiting[id]
  if places then
    places[#places + 1] = place
  else
    places = { place }
    waiting[id] = places
  end
  return places
end

--- Behind the last sleep.
function waiters.leave(places, place)
  for i = #places, 1, -1 do
    if places[i] == place then return table.remove(places, i) end
  end
end

--- Wakes those whose requests are done. Belongs behind every step, for that may have completed anybody's.
function waiters.tell(engine)
  -- those in a function of the program's are suspended until the descriptor is
  -- readable: asking for it while there are completions makes it so
  if waiters.suspended > 0 then engine:pollfd() end
  for id in engine.completed, engine do
    local places = waiting[id]
    if places then
      waiting[id] = nil
      for i = 1, #places do places[i]:wake() end
    end
  end
end

return waiters
