--- From a request that was made to one that is answered, in as many attempts as is safe.

local canceller = require "twilio.canceller"
local wait = require "twilio.wait"

local send = {}

local function report(log, request, pause)
  local fields = request:summary()
  local failed = not fields.status or fields.status >= 400
  local outcome = fields.reason or fields.status
  local again = pause and (", again in %.3f s"):format(pause) or ""
  local text = ("%s %s: %s (%.3f s%s)"):format(fields.method, fields.path, outcome, fields.seconds, again)
  fields.retry_in = pause
  -- the answer must not be lost to a log function that fails
  local ok, problem = pcall(log, failed and "warn" or "info", text, fields)
  if not ok then io.stderr:write("twilio: the log function failed: ", tostring(problem), "\n") end
end

--- Starts the request without waiting for it. A transport of the program's own
-- has no such thing: then nothing happens before `finish`.
function send.start(request)
  local hooks, _, cancel = request:hooks()
  if request:refused() or not canceller.admit(cancel, request) then return end
  if not hooks.transport then hooks[2]:submit(request) end
end

-- Waits for the attempt that was started.
local function attempt(request, hooks, own_wait)
  if hooks.transport then
    local response, problem = hooks.transport(request:export())
    if request:done() then return end -- another coroutine waited for it too and was the first
    request:answer(response, problem)
  else
    wait.until_done(hooks[2], request, own_wait)
  end
end

--- Waits for a request that was started, and sends it again where that is safe.
function send.finish(request)
  if request:refused() then return end
  local hooks, own_wait, cancel = request:hooks()
  own_wait = own_wait or hooks.wait
  while not (cancel and cancel.cancelled and request:done()) do
    attempt(request, hooks, own_wait)
    local id = request:id()
    local pause = request:retry()
    if hooks.log then report(hooks.log, request, pause) end
    if not pause then return end
    wait.pause(hooks[2], request, pause, own_wait, cancel)
    if request:closed() then return request:give_up() end
    -- two coroutines that share an iterator wait for the same request: the first to wake sends it again
    if request:id() == id then send.start(request) end
  end
end

--- Sends the request and returns what the call returns: a record, true, …; or nil, message, err.
function send.result(request)
  send.start(request)
  send.finish(request)
  return request:result()
end

return send
