--- A line: the simulator's side of a call that follows TwiML. Its script is a coroutine that waits for the
-- clock, for answers to webhooks, and for what the caller does.
--
-- `call.line` is the line of a call while the call is live.
local call_parameters = require "twilio.simulator.call_parameters"

local line = {}
local Line = {}
Line.__index = Line

--- Gives a call its line.
function line.open(store, call)
  local self = setmetatable({ store = store, call = call, hooks = {}, heard = {}, buffer = "" }, Line)
  call.line = self
  return self
end

-- ---- the script ----

-- A fault of the simulator is reported, and ends the script.
local function resume(self, ...)
  local script = self.script
  local fine, problem = coroutine.resume(script, ...)
  if not fine then io.stderr:write(debug.traceback(script, tostring(problem)), "\n") end
end

--- Runs a function as the script of the line, in place of the script that runs now.
-- @param why passed to the hooks of the script that ends: "redirected"
-- @param run function(line). It may use Line:await and the functions that use it. Line:stop ends it.
function Line:start(why, run)
  self:stop(why)
  self.script = coroutine.create(run)
  resume(self, self)
end

--- Ends the script. Calls the hooks that verbs have left, the newest first.
-- @param why "hangup" if the call has ended, or "redirected"
function Line:stop(why)
  self.script, self.awaited = nil, nil
  if self.timer then self.store.clock:cancel(self.timer) end
  self.timer = nil
  for index = #self.hooks, 1, -1 do table.remove(self.hooks, index)(why) end
end

--- Calls a function if the script is stopped before Line:done is called.
-- @param hook function(why)
function Line:on_stop(hook)
  self.hooks[#self.hooks + 1] = hook
end

--- Removes the newest hook.
function Line:done()
  table.remove(self.hooks)
end

-- ---- waiting ----

--- Waits for one of several things.
-- @param kinds a set such as { digits = true, speech = true }
-- @param seconds nil, or the longest time to wait on the clock of the simulator
-- @return the kind that came, and its value; "time" if nothing came
function Line:await(kinds, seconds)
  if seconds and seconds <= 0 then return "time" end
  self.awaited = kinds
  if seconds then
    self.timer = self.store.clock:at(self.store.now + seconds, function()
      self.timer, self.awaited = nil, nil
      resume(self, "time")
    end)
  end
  return coroutine.yield()
end

--- Gives the script something that it may wait for.
-- @return whether the script waited for it
function Line:deliver(kind, ...)
  if not self.awaited or not self.awaited[kind] then return false end
  self.awaited = nil
  if self.timer then self.store.clock:cancel(self.timer) end
  self.timer = nil
  resume(self, kind, ...)
  return true
end

--- Returns whether the script waits for a kind of input.
function Line:listens_to(kind)
  return self.awaited ~= nil and self.awaited[kind] == true
end

--- Returns the whole seconds until the script goes on by itself; nil if it does not wait for the clock.
function Line:seconds_left()
  return self.timer and math.ceil(self.timer.time - self.store.now)
end

--- Waits for ever: another part ends the script.
function Line:rest()
  while true do self:await {} end
end

-- ---- webhooks ----

--- Sends a webhook with the parameters of the call, and does not wait.
-- @param request { kind, url, method, parameters = the further ones }
function Line:notify(request)
  self.store.webhooks:send {
    kind = request.kind, account_sid = self.call.account_sid, resource_sid = self.call.sid, url = request.url, method = request.method,
    parameters = call_parameters.of(self.call, request.parameters),
  }
end

--- Sends a webhook as Line:notify, and waits for the answer.
-- @return see Webhooks:send
function Line:ask(request)
  local script, answer = self.script, nil
  self.store.webhooks:send({
    kind = request.kind, account_sid = self.call.account_sid, resource_sid = self.call.sid, url = request.url, method = request.method,
    parameters = call_parameters.of(self.call, request.parameters),
  }, function(result)
    answer = result
    if self.script == script then self:deliver("answer", result) end
  end)
  if answer then return answer end
  local _, result = self:await { answer = true }
  return result
end

-- ---- what happens, for people ----

--- Notes what the call does now.
-- @param verb the name of the TwiML element
-- @param text what is said or played, or other details, or nil
-- @param path the places of the element and its parents among their siblings, such as { 2, 1 }; nil if no
-- element of a document does it
function Line:note(verb, text, path)
  self.verb = verb
  local entry = { verb = verb, text = text, path = path, time = self.store.now }
  self.heard[#self.heard + 1] = entry
  self.store.events:publish("verb", { call_sid = self.call.sid, verb = verb, text = text, path = path })
end

return line
