--- Ends requests from elsewhere: from another coroutine, a wait function, a signal's hook.

local core = require "twilio.core"
core.keep(...)
local waiting = require "twilio.waiting"

local canceller = {}

local Canceller = { __name = "twilio.canceller" }
Canceller.__index = setmetatable(Canceller, { __index = core.index("a canceller", "cancelled") })

--- twilio.canceller(): pass it as the option `cancel` to any number of calls.
function canceller.new()
  return setmetatable({ cancelled = false, requests = setmetatable({}, { __mode = "k" }) }, Canceller)
end

--- canceller:cancel(): what is in flight with it ends now, what comes later is
-- not sent; both return nil, message, err with the kind `cancelled`.
function Canceller:cancel()
  if getmetatable(self) ~= Canceller then core.misuse "call 'cancel' on a canceller, with ':'" end
  self.cancelled = true
  for request in pairs(self.requests) do waiting.engine_of(request:hooks()):cancel(request) end
end

-- For twilio.send: whether the request may go on; gives it up when it may not.
function Canceller:admits(request)
  if self.cancelled then
    request:give_up()
    return false
  end
  self.requests[request] = true
  return true
end

return canceller
