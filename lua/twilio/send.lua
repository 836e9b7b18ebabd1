--- Sends a request and waits for its response. Retries a failed request where a retry is harmless.

local core = require "twilio.core"
core.keep(...)
local waiting = require "twilio.waiting"

local send = {}

local token -- twilio.token, loaded for the first request of a client that uses OAuth

-- ---- log and trace ----

local function call_hook(name, hook, request, pause)
  require("twilio.report")[name](hook, request, pause)
end

local function complain_of_hook(name, problem)
  io.stderr:write("twilio: the ", name, " function failed: ", tostring(problem), "\n")
end

-- Calls the option `log` or `trace`, if the client has it, after an attempt. An error here must not
-- lose the response, whether the option's function raises, memory is exhausted, the error value has
-- a __tostring that raises, or the standard error is closed.
local function report_attempt(name, hooks, request, pause)
  if not hooks[name] then return end
  local ok, problem = pcall(call_hook, name, hooks[name], request, pause)
  if not ok then pcall(complain_of_hook, name, problem) end
end

-- ---- attempts ----

-- Submits the next attempt, if the request still has had `number` attempts. If it has had more,
-- another coroutine or a finalizer has submitted the attempt while `ready` ran.
local function submit_request(request, hooks, wait_function, ready, number)
  if hooks.transport then return end
  local problem = waiting.problem(wait_function)
  if problem then return request:refuse(problem) end
  if waiting.check_ready(ready, request) and request:attempts() == number then waiting.engine_of(hooks):submit(request) end
end

--- Starts the request without waiting for the response.
-- Sends nothing for a client with the option `transport`, because the transport function blocks,
-- and for a request that needs an access token first. send.finish starts these requests.
function send.start(request)
  local hooks, wait_function, cancel, ready, number, is_refused = request:hooks()
  if is_refused or hooks.oauth and request:needs_token() or cancel and not cancel:admits(request) then return end
  submit_request(request, hooks, wait_function or hooks.wait, ready or hooks.ready, number)
end

-- Obtains the access token if one is needed, and submits the request. Another coroutine that waits
-- for the same request may have submitted it meanwhile.
-- Returns false if there is no token, or the request must not be sent. The request is then done.
local function start_authorized(request, hooks, wait_function, cancel, ready)
  local number = request:attempts()
  local problem = not hooks.transport and waiting.problem(wait_function)
  if problem then
    request:refuse(problem)
    return false
  end
  if hooks.oauth then
    token = token or require "twilio.token"
    if not token.obtain(send, request, hooks, wait_function, cancel, ready) then return false end
  end
  if request:attempts() == number and not (cancel and not cancel:admits(request)) then
    submit_request(request, hooks, wait_function, ready, number)
  end
  return not request:refused()
end

-- Calls the option `transport`. Two coroutines that share an iterator wait for the same request:
-- the first one to wake sends the next attempt, and the other one finds the request done.
-- `number` is the number of attempts at the time when the caller decided on another attempt.
local function attempt_by_transport(request, transport, number)
  if request:done() and request:attempts() ~= number then return end
  local exported = request:export()
  if not exported then return end -- the process has forked since the call began
  local response, problem, failure = transport(exported)
  if request:done() then return end -- another coroutine has completed the request
  request:answer(response, problem, failure)
end

-- Returns when the submitted attempt is done, or earlier when time_left() returns 0. For `ready`
-- and `time_left` see waiting.until_done, for `number` see attempt_by_transport.
local function attempt_by_engine(request, hooks, wait_function, number, ready, time_left)
  if hooks.transport then return attempt_by_transport(request, hooks.transport, number) end
  waiting.until_done(waiting.engine_of(hooks), request, wait_function, ready, time_left)
end

--- Waits for a request that send.start has started, and retries it where that is safe.
-- Returns when the request is done. request:result() then has the outcome.
-- `time_left`, a function or nil, is called while an attempt is in flight. It returns the number of
-- seconds, more than 0, until it must be called again.
function send.finish(request, time_left)
  local hooks, wait_function, cancel, ready, begun, is_refused = request:hooks()
  if is_refused then return end
  wait_function, ready = wait_function or hooks.wait, ready or hooks.ready
  if hooks.oauth and begun == 0 and not start_authorized(request, hooks, wait_function, cancel, ready) then return end
  local number -- of attempts when the last one failed
  while not (cancel and cancel.cancelled and request:done()) do
    attempt_by_engine(request, hooks, wait_function, number, ready, time_left)
    -- is_decided: another coroutine has called retry() for this attempt, and has logged it.
    local pause, is_decided = request:retry()
    if not is_decided then
      report_attempt("log", hooks, request, pause)
      report_attempt("trace", hooks, request)
    end
    if not pause then return end
    number = request:attempts()
    if not waiting.pause(waiting.engine_of(hooks), request, pause, wait_function, cancel, ready) then return end
    if request:attempts() == number then
      if request:closed() then return request:give_up() end
      if not start_authorized(request, hooks, wait_function, cancel, ready) then return end
    elseif request:refused() then
      return
    end
  end
end

-- ---- one call ----

--- An iterator function. Its loop runs exactly once.
function send.once(_, done)
  return not done or nil
end

--- Sends the request. Returns what the call returns: a record, true, …; or nil, message, err.
function send.result(request)
  send.start(request)
  -- Lua 5.4 closes a loop's fourth value however the loop is left. A call that an error or
  -- coroutine.close abandons thereby cancels its request at once. On other Luas the garbage
  -- collector cancels the request.
  for _ in send.once, nil, nil, request do send.finish(request) end
  return request:result()
end

-- For twilio.token: several calls share its request.
send.submit, send.attempt, send.report = submit_request, attempt_by_engine, report_attempt

return send
