--- Who waits for which request, and how to wake them.
--
-- A place is where somebody waits: place:sleep(engine, seconds) returns when it
-- was woken, when the seconds are over, or sooner; place:wake() is called when
-- its request is done. Places without `wake` look for themselves.

local core = require "twilio.core"
core.keep(...)

local waiters = {}

-- From a request's id to a list of places. Weak: a place belongs to the
-- coroutine that waits there, and one that is never resumed leaves nothing.
local waiting = setmetatable({}, { __mode = "v" })

--- The set of those who sleep on the engine's descriptor, mostly in functions of the program's.
-- Weak: one that raises or is never resumed stays in it until it is collected, which costs needless wake-ups.
waiters.asleep = setmetatable({}, { __mode = "k" })

local function count_asleep()
  local n = 0
  for _ in pairs(waiters.asleep) do n = n + 1 end
  return n
end

-- How often the descriptor must still be readable without a reason, so that each
-- of them looks whether its request is done: some hosts wake one at a time.
local alerts = 0

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
  local first = true
  for id in engine.completed, engine do
    if first then first, alerts = false, count_asleep() end
    local places = waiting[id]
    if places then
      waiting[id] = nil
      for i = 1, #places do places[i]:wake() end
    end
  end
  if alerts > 0 then
    alerts = alerts - 1
    engine:alert()
  end
end

return waiters
