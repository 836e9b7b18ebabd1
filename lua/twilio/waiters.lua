--- Stores which waiters wait for which request, and wakes the waiters of completed requests.
--
-- A waiter is an object that suspends its caller, or blocks:
--   waiter:sleep(engine, seconds) returns after waiter:wake(), after the seconds, or earlier.
--   waiter:wake() is called when the request of the waiter is done. A waiter without `wake` polls
--   the engine instead.
--   waiter.stopped is a text if the caller must not wait any longer, otherwise nil. The text says
--   why, for the message of the cancelled call.

local core = require "twilio.core"
core.keep(...)

local waiters = {}

-- Maps a request's id to the list of its waiters. Weak values: the waiting coroutine owns the list,
-- so that a coroutine that is never resumed leaves nothing behind.
local lists = setmetatable({}, { __mode = "v" })

--- The set of waiters that sleep on the engine's descriptor, mostly in the program's wait function.
-- Weak keys: if a wait function raises, its waiter stays in the set until it is collected. Until
-- then the waiter causes needless wake-ups.
waiters.polling = setmetatable({}, { __mode = "k" })

local function count_polling()
  local n = 0
  for _ in pairs(waiters.polling) do n = n + 1 end
  return n
end

-- How many more times dispatch makes the descriptor readable without an event. Some hosts wake only
-- one waiter for each event, but every polling waiter must check whether its request is done.
local alerts = 0

--- Adds a waiter to the request's list, before its first sleep. Returns the list.
-- The caller must keep the list until its last sleep, because this file has a weak reference only.
function waiters.add(id, waiter)
  local list = lists[id]
  if list then
    list[#list + 1] = waiter
  else
    list = { waiter }
    lists[id] = list
  end
  return list
end

--- Removes a waiter from its list, after its last sleep.
function waiters.remove(list, waiter)
  for i = #list, 1, -1 do
    if list[i] == waiter then return table.remove(list, i) end
  end
end

--- Wakes the waiters of all completed requests. Must follow every engine:step() and engine:poll(),
-- because a step may complete the request of any waiter.
function waiters.dispatch(engine)
  local is_first = true
  for id in engine.completed, engine do
    if is_first then is_first, alerts = false, count_polling() end
    local list = lists[id]
    if list then
      lists[id] = nil
      for i = 1, #list do list[i]:wake() end
    end
  end
  if alerts > 0 then
    alerts = alerts - 1
    engine:alert()
  end
end

return waiters
