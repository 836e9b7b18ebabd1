--- OAuth's access tokens: a client asks for one when a request needs it, and its accounts and all who wait share it.

local core = require "twilio.core"
core.keep(...)
local waiting = require "twilio.waiting"

local token = {}

-- A request for a token, `renewal`: { request =, settled =, ok =, message =, err = }. While it is in flight it is the
-- `renewal` of the family (see client.h), and whoever needs a token waits for it. Nobody owns it: each waiter drives
-- it on, so that it goes on when one of them is cancelled, abandoned, or raises in its wait. A transport of the
-- program's own can be waited for by its caller alone; there each asks for a token itself.
local function new_renewal(hooks, own_wait, send)
  local family = hooks.oauth
  local request = core.request(family.client.oauth.v2.token, "create", { grant_type = "client_credentials" })
  request:identify()
  local renewal = { request = request }
  send.submit(request, hooks, own_wait, nil, 0) -- without the client's `ready`: each who waits for it has its own, see time_of
  if not hooks.transport then family.renewal = renewal end
  return renewal
end

-- Goes on with the renewal until it is over, or the time of this waiter is. Returns whether it is over.
local function drive(renewal, hooks, own_wait, cancel, left, send)
  local request = renewal.request
  local number -- of the attempt that failed
  while true do
    send.attempt(request, hooks, own_wait, number, nil, left)
    if not request:done() then return false end
    local pause, is_told = request:retry()
    if hooks.log and not is_told then send.report(hooks.log, request, pause) end
    if not pause then return true end
    number = request:attempts()
    waiting.pause(waiting.engine_of(hooks), request, pause, own_wait, cancel, nil, left)
    if left() <= 0 then return false end
    if request:attempts() == number then send.submit(request, hooks, own_wait, nil, number) end
  end
end

-- What came of it, taken once.
local function settle(renewal, family)
  if renewal.settled then return end
  renewal.ok, renewal.message, renewal.err = renewal.request:take_token()
  renewal.settled = true
  if family.renewal == renewal then family.renewal = nil end
end

-- Whether it says nothing about a renewal of one's own: it was begun by another who may have left it alone for long, or
-- in the process that this one was forked from.
local function is_stale(renewal)
  return renewal.request:closed() or renewal.err.kind == "timeout" or renewal.err.kind == "cancelled"
end

local function deny(request, renewal)
  local err = {}
  for name, value in pairs(renewal.err) do err[name] = value end
  request:deny("no access token: " .. renewal.message, err)
end

-- For how many seconds the request may wait for another one until this is asked again; and whether it has been ended by `ready`.
local function time_of(request, cancel, ready)
  local deadline, ended = request:deadline() or math.huge, false
  local most = ready and waiting.READY_INTERVAL or waiting.CANCEL_INTERVAL
  return function()
    if ended or request:closed() or cancel and cancel.cancelled then return 0, ended end
    ended = not waiting.check_ready(ready, request)
    if ended then return 0, true end
    return math.min(deadline - core.now(), most)
  end
end

local function expire(request)
  local text = "the deadline was over before an access token was there"
  local _, _, err = request:fail("timeout", text)
  request:deny(text, err)
end

--- Waits for an access token where the request needs one, as long as the request's deadline and canceller let it.
-- Returns true when the request can be sent; else it is over, and says itself why.
-- `send` is the module, which needs this one.
function token.obtain(send, request, hooks, own_wait, cancel, ready)
  if not request:needs_token() then return true end
  local family, left, patient = hooks.oauth, time_of(request, cancel, ready), true
  while left() > 0 do
    local others = family.renewal
    local renewal = others or new_renewal(hooks, own_wait, send)
    if drive(renewal, hooks, own_wait, cancel, left, send) then
      settle(renewal, family)
      if left() <= 0 then break end
      if renewal.ok then return true end
      if not (others and patient and is_stale(renewal)) then return deny(request, renewal) end
      patient = false
    end
  end
  if select(2, left()) then return end
  if request:closed() or cancel and cancel.cancelled then return request:give_up() end
  return expire(request)
end

return token
