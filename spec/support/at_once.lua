--- Runs many operations at a time, in one thread.
--
--   at_once.run(operations, 16, begin, meddle)
--
-- - `begin(operation)` returns the coroutine of an operation. Its calls have the option `wait =
--   at_once.wait`, which suspends it.
-- - `meddle(live)`, if given, is called after each round with the array of { operation, thread }.
-- - An operation whose coroutine raises gets the error as its field `raised`.
local at_once = {}

--- The option `wait`: suspends the operation. `run` resumes it.
function at_once.wait(engine, seconds) coroutine.yield(engine, seconds) end

function at_once.run(operations, limit, begin, meddle)
  local live, first = {}, 1
  while first <= #operations or #live > 0 do
    while #live < limit and first <= #operations do
      live[#live + 1] = { operation = operations[first], thread = begin(operations[first]) }
      first = first + 1
    end
    local engine, pause = nil, math.huge
    for i = #live, 1, -1 do
      local each = live[i]
      local fine, its_engine, seconds = coroutine.resume(each.thread)
      if not fine then each.operation.raised = its_engine end
      if coroutine.status(each.thread) == "dead" then
        table.remove(live, i)
        pause = 0
      else
        engine, pause = its_engine, math.min(pause, seconds)
      end
    end
    if meddle then meddle(live) end
    if engine then engine:poll(pause) end
  end
end

return at_once
