--- Functions that run beside the requests of clients, such as the sending of webhooks.
local condition = require "cqueues.condition"

local tasks = {}
local Tasks = {}
Tasks.__index = Tasks

local function go_on(thread, fine, ...)
  if not fine or coroutine.status(thread) == "dead" then return fine, ... end
  return go_on(thread, coroutine.resume(thread, coroutine.yield(...)))
end

--- Does the same as pcall, but lets the function, which is one of Lua, yield on Lua 5.1 too.
function tasks.call(run, ...)
  local thread = coroutine.create(run)
  return go_on(thread, coroutine.resume(thread, ...))
end

--- @param queue the cqueues controller that runs the tasks
-- @param after nil, or function() that is called at the end of each task
function tasks.new(queue, after)
  return setmetatable({ queue = queue, after = after, running = 0, idle = condition.new() }, Tasks)
end

--- Runs a function that may yield to cqueues.
function Tasks:run(run)
  self.running = self.running + 1
  self.queue:wrap(function()
    local fine, problem = tasks.call(run)
    if not fine then io.stderr:write(tostring(problem), "\n") end
    if self.after then self.after() end
    self.running = self.running - 1
    if self.running == 0 then self.idle:signal() end
  end)
end

--- Waits until no task runs.
function Tasks:settle()
  while self.running > 0 do self.idle:wait() end
end

return tasks
