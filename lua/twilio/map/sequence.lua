--- Runs the items of twilio.map one after the other, where no coroutine can be created. Nothing can
-- wait there, so each call returns an error, and the options `limit` and `rate` are of no use.

local core = require "twilio.core"
core.keep(...)

local sequence = {}

--- Returns what twilio.map returns. `feed` is a twilio.map.feed, and `outcome` a
-- twilio.map.outcome.
function sequence.run(feed, f, outcome)
  local started = 0
  local function store(ok, ...)
    if ok then return outcome:store(started, ...) end
    return outcome:fail(started, { message = tostring((...)), raised = (...) })
  end
  local ok, item, message, err = pcall(feed.next)
  while ok and item ~= nil and not outcome.stopped do
    started = started + 1
    outcome:item_ended(store(pcall(f, item, started)))
    ok, item, message, err = pcall(feed.next)
  end
  if not ok then
    outcome:fail(started + 1, { message = tostring(item), raised = item })
  elseif err ~= nil then
    outcome:fail(started + 1, { message = message, err = err })
  end
  return outcome:finish(started)
end

return sequence
