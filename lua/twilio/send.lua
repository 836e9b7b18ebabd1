--- From a request that was made to one that is answered, in as many attempts as is safe.

local core = require "twilio.core"
core.keep(...)
local waiting = require "twilio.waiting"

local send = {}

local mask -- loaded with the first line of a log
local token -- loaded with the first request of a client that has OAuth

-- "404, error 20404: The requested resource was not found", or why there was no answer.
local function outcome_of(fields)
  if fields.reason then return fields.reason end
  local code = fields.code and ", error " .. fields.code or ""
  local message = fields.message and ": " .. fields.message or ""
  return fields.status .. code .. message
end

local function log_attempt(log, request, pause)
  mask = mask or require "twilio.mask"
  local fields = request:summary(mask.body(request))
  fields.retry_in = pause
  local failed = not fields.status or fields.status >= 400
  local again = pause and (", again in %.3f s"):format(pause) or ""
  local text = ("%s %s: %s (%.3f s%s)"):format(fields.method, fields.path, outcome_of(fields), fields.seconds, again)
  log(failed and "warn" or "info", text, fields)
end

local function complain(problem)
  io.stderr:write("twilio: the log function failed: ", tostring(problem), "\n")
end

-- The answer must not be lost to a log line that cannot be made, to a log function that raises, to an error value that
-- has no text, or to a closed standard error.
local function report(log, request, pause)
  local ok, problem = pcall(log_attempt, log, request, pause)
  if not ok then pcall(complain, problem) end
end

-- Starts an attempt, unless somebody else has started it since there were `number` attempts: another coroutine while
-- `ready` was suspended, or a finalizer.
local function submit(request, hooks, own_wait, ready, number)
  if hooks.transport then return end
  local problem = waiting.problem(own_wait)
  if problem then return request:refuse(problem) end
  if waiting.check_ready(ready, request) and request:attempts() == number then waiting.engine_of(hooks):submit(request) end
end

--- Starts the request without waiting for it; `own_wait` is the function for that, where it is not the request's own.
-- A transport of the program's own has no such thing, and an access token has
-- to be waited for: then nothing happens before `finish`.
function send.start(request, own_wait)
  local number = request:attempts()
  local hooks, calls_wait, cancel, ready = request:hooks()
  if request:refused() or hooks.oauth and request:needs_token() or cancel and not cancel:admits(request) then return end
  submit(request, hooks, own_wait or calls_wait or hooks.wait, ready or hooks.ready, number)
end

-- Waits for the access token where one is needed, and starts the request unless another coroutine that waits for it too
-- was the first. Returns false when there is no token: then the request is over.
local function start_authorized(request, hooks, own_wait, cancel, ready)
  local number = request:attempts()
  local problem = not hooks.transport and waiting.problem(own_wait)
  if problem then
    request:refuse(problem)
    return false
  end
  if hooks.oauth then
    token = token or require "twilio.token"
    if not token.obtain(send, request, hooks, own_wait, cancel, ready) then return false end
  end
  if request:attempts() == number and not (cancel and not cancel:admits(request)) then submit(request, hooks, own_wait, ready, number) end
  return true
end

-- Waits for the attempt that was started; `number` is that of the one before it that failed, `ready` and `left` as in waiting.until_done.
local function attempt(request, hooks, own_wait, number, ready, left)
  if hooks.transport then
    -- two coroutines that share an iterator wait for the same request: the first to wake goes on with it,
    -- the other one finds the answer to a further attempt
    if request:done() and request:attempts() ~= number then return end
    local exported = request:export()
    if not exported then return end -- the process has forked
    local response, problem = hooks.transport(exported)
    if request:done() then return end -- another coroutine waited for it too and was the first
    request:answer(response, problem)
  else
    waiting.until_done(waiting.engine_of(hooks), request, own_wait, ready, left)
  end
end

--- Waits for a request that was started, and sends it again where that is safe.
function send.finish(request)
  if request:refused() then return end
  local hooks, own_wait, cancel, ready = request:hooks()
  own_wait, ready = own_wait or hooks.wait, ready or hooks.ready
  if hooks.oauth and request:attempts() == 0 and not start_authorized(request, hooks, own_wait, cancel, ready) then return end
  local number -- of the attempt that failed
  while not request:refused() and not (cancel and cancel.cancelled and request:done()) do
    attempt(request, hooks, own_wait, number, ready)
    local pause, is_told = request:retry()
    if hooks.log and not is_told then report(hooks.log, request, pause) end
    if not pause then return end
    number = request:attempts()
    if not waiting.pause(waiting.engine_of(hooks), request, pause, own_wait, cancel, ready) then return end
    if request:attempts() == number then
      if request:closed() then return request:give_up() end
      if not start_authorized(request, hooks, own_wait, cancel, ready) then return end
    end
  end
end

--- An iterator that lets its loop run once.
function send.once(_, done)
  return not done or nil
end

--- Sends the request and returns what the call returns: a record, true, …; or nil, message, err.
function send.result(request)
  send.start(request)
  -- a loop for the sake of its fourth value, which Lua 5.4 closes however the loop is left: a wait that is abandoned, by
  -- an error or by coroutine.close, ends its request at once; elsewhere the collector ends it
  for _ in send.once, nil, nil, request do send.finish(request) end
  return request:result()
end

-- What a request for an access token is sent by, which does not end when one of those who wait for it does.
send.submit, send.attempt, send.report = submit, attempt, report

return send
