--- OAuth access tokens, requested when they are needed. A client and its accounts share one token.

local core = require "twilio.core"
core.keep(...)
local waiting = require "twilio.waiting"

local token = {}

-- A renewal is one request for a token: { request, finished, ok, message, err }. While the request
-- is in flight the renewal is `family.renewal` (the family is a client and its accounts), and every
-- call that needs a token waits for it.
-- No call owns the renewal. Every waiting call drives the renewal, so that it continues when one of
-- the calls is cancelled, abandoned, or ended by an error in its wait function.
-- If a client has the option `transport`, only the coroutine that calls the transport function can
-- wait for the response. Each call of such a client therefore has its own renewal.
local function new_renewal(hooks, wait_function, send)
  local family = hooks.oauth
  local request = core.request(family.client.oauth.v2.token, "create", { grant_type = "client_credentials" })
  request:identify()
  local renewal = { request = request }
  -- No `ready` here: each call that waits for the renewal checks its own, in time_left_of.
  send.submit(request, hooks, wait_function, nil, 0)
  if not hooks.transport then family.renewal = renewal end
  return renewal
end

-- Waits for the renewal's request, and retries the request where that is safe. Returns true when
-- the request is done. Returns false when time_left() is 0.
local function drive_renewal(renewal, hooks, wait_function, cancel, time_left, send)
  local request = renewal.request
  local number -- of attempts when the last one failed
  while true do
    send.attempt(request, hooks, wait_function, number, nil, time_left)
    if not request:done() then return false end
    local pause, is_decided = request:retry()
    if not is_decided then send.report("log", hooks, request, pause) end
    if not pause then return true end
    number = request:attempts()
    waiting.pause(waiting.engine_of(hooks), request, pause, wait_function, cancel, nil, time_left)
    if time_left() <= 0 then return false end
    if request:attempts() == number then send.submit(request, hooks, wait_function, nil, number) end
  end
end

-- Gives the token to the client, and stores the renewal's outcome. A second call does nothing.
local function finish_renewal(renewal, family)
  if renewal.finished then return end
  renewal.ok, renewal.message, renewal.err = renewal.request:take_token()
  renewal.finished = true
  if family.renewal == renewal then family.renewal = nil end
end

-- Returns whether the renewal failed for a reason that does not apply to a new renewal. Two such
-- reasons: no call drove the renewal until its request timed out, or the process forked.
local function is_stale(renewal)
  return renewal.request:closed() or renewal.err.kind == "timeout" or renewal.err.kind == "cancelled"
end

local function deny_token(request, renewal)
  local err = {}
  for name, value in pairs(renewal.err) do err[name] = value end
  request:deny("no access token: " .. renewal.message, err)
end

-- Returns the function time_left of waiting.until_done, for a request that waits for a renewal.
-- time_left() also returns, as its second value, whether `ready` has ended the request.
local function time_left_of(request, cancel, ready)
  local deadline, ended = request:deadline() or math.huge, false
  local interval = ready and waiting.READY_INTERVAL or waiting.CANCEL_INTERVAL
  return function()
    if ended or request:closed() or cancel and cancel.cancelled then return 0, ended end
    ended = not waiting.check_ready(ready, request)
    if ended then return 0, true end
    return math.min(deadline - core.now(), interval)
  end
end

local function expire_token(request)
  local text = "the deadline passed while an access token was requested"
  local _, _, err = request:fail("timeout", text)
  request:deny(text, err)
end

--- Waits for an access token if the request needs one, within the request's deadline.
-- Returns true when the request can be sent. Otherwise the request is done and has an error.
-- `send` is the module twilio.send, which loads this one and cannot be required here.
function token.obtain(send, request, hooks, wait_function, cancel, ready)
  if not request:needs_token() then return true end
  local family, time_left, may_retry = hooks.oauth, time_left_of(request, cancel, ready), true
  while time_left() > 0 do
    local shared = family.renewal
    local renewal = shared or new_renewal(hooks, wait_function, send)
    if drive_renewal(renewal, hooks, wait_function, cancel, time_left, send) then
      finish_renewal(renewal, family)
      if time_left() <= 0 then break end
      if renewal.ok then return true end
      if not (shared and may_retry and is_stale(renewal)) then return deny_token(request, renewal) end
      may_retry = false
    end
  end
  if select(2, time_left()) then return end
  if request:closed() or cancel and cancel.cancelled then return request:give_up() end
  return expire_token(request)
end

return token
