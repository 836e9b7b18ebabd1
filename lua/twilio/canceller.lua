--- Cancellers. A canceller cancels calls from other code: another coroutine, a wait function or a
-- signal handler.

local core = require "twilio.core"
core.keep(...)
local waiting = require "twilio.waiting"

local canceller = {}

-- Fields: cancelled (programs read it), requests (a weak set of the requests that were started).
local Canceller = { __name = "twilio.canceller" }
Canceller.__index = setmetatable(Canceller, { __index = core.index("a canceller", "cancelled") })

--- twilio.canceller(): returns a canceller. Pass it as the option `cancel` to any number of calls.
function canceller.new()
  return setmetatable({ cancelled = false, requests = setmetatable({}, { __mode = "k" }) }, Canceller)
end

--- canceller:cancel(): cancels the calls in progress that have this canceller. Later calls with
-- this canceller fail without sending a request.
-- A cancelled call returns nil, message, err, with err.kind == "cancelled".
function Canceller:cancel()
  if getmetatable(self) ~= Canceller then core.misuse "call 'cancel' on a canceller, with ':'" end
  self.cancelled = true
  for request in pairs(self.requests) do waiting.engine_of(request:hooks()):cancel(request) end
end

-- For twilio.send: registers a request that is about to be sent. Returns false, and ends the
-- request, if the canceller is cancelled already.
function Canceller:admits(request)
  if self.cancelled then
    request:give_up()
    return false
  end
  self.requests[request] = true
  return true
end

return canceller
