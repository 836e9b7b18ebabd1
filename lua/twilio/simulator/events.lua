--- Everything that happens in the simulator, as events for GET /_/events.
--
-- An event is { id, type, now, … }. Its types are in doc/simulator.md.
local condition = require "cqueues.condition"

local events = {}
local Events = {}
Events.__index = Events

local MOST = 2000
local KEPT = 1000

--- @param now function() that returns the time of the clock
function events.new(now)
  return setmetatable({ list = {}, last = 0, now = now, changed = condition.new(), listeners = {} }, Events)
end

--- Adds an event, and wakes those who wait for events.
-- @param event the fields of the event, which is kept: pass a table of its own
function Events:publish(type, event)
  self.last = self.last + 1
  event.id, event.type, event.now = self.last, type, self.now()
  self.list[#self.list + 1] = event
  if #self.list > MOST then
    local kept = {}
    for index = #self.list - KEPT + 1, #self.list do kept[#kept + 1] = self.list[index] end
    self.list = kept
  end
  for _, listen in ipairs(self.listeners) do listen(event) end
  self.changed:signal()
end

--- Calls a function with each event from now on.
function Events:listen(listen)
  self.listeners[#self.listeners + 1] = listen
end

--- Returns the events after an ID, oldest first. Old events are dropped.
function Events:since(id)
  local found = {}
  for index = #self.list, 1, -1 do
    if self.list[index].id <= id then break end
    table.insert(found, 1, self.list[index])
  end
  return found
end

--- Waits until there is a new event, at most `seconds`.
function Events:wait(seconds)
  self.changed:wait(seconds)
end

return events
