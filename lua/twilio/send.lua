--- From a request that was made to one that is answered.

local wait = require "twilio.wait"

local send = {}

local function report(hooks, request)
  local fields = request:summary()
  local failed = not fields.status or fields.status >= 400
  local outcome = fields.reason or fields.status
  local text = ("%s %s: %s (%.3f s)"):format(fields.method, fields.path, outcome, fields.seconds)
  -- the answer must not be lost to a log function that fails
  local ok, problem = pcall(hooks.log, failed and "warn" or "info", text, fields)
  if not ok then io.stderr:write("twilio: the log function failed: ", tostring(problem), "\n") end
end

--- Starts the request without waiting for it. A transport of the program's own
-- has no such thing: then nothing happens before `finish`.
function send.start(request)
  local hooks = request:hooks()
  if not hooks.transport and not request:refused() then hooks[2]:submit(request) end
end

--- Waits for a request that was started.
function send.finish(request)
  if request:refused() then return end
  local hooks, own_wait = request:hooks()
  if hooks.transport then
    request:answer(hooks.transport(request:export()))
  else
    wait.until_done(hooks[2], request, own_wait or hooks.wait)
  end
  if hooks.log then report(hooks, request) end
end

--- Sends the request and returns what the call returns: a record, true, …; or nil, message, err.
function send.result(request)
  send.start(request)
  send.finish(request)
  return request:result()
end

return send
