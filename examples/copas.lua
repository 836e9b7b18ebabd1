-- A wait function for copas: twilio.client{ wait = require "…" } or dofile of this file.
--
-- Copas waits for things that have getfd() and receive(): here the engine's descriptor. A `receive` that would block suspends the thread.
local copas = require "copas"

local Descriptor = {}
Descriptor.__index = Descriptor

function Descriptor:getfd()
  return self.fd
end

function Descriptor:receive()
  if self.is_readable then return "" end
  self.is_readable = true -- when copas asks again
  return nil, "timeout"
end

function Descriptor.close() end -- copas closes what a thread has left when it ends

return function(engine, seconds)
  if copas.sleep and engine:flying() == 0 then
    copas.sleep(seconds) -- a pause between two attempts
  elseif engine:flying() == 0 or engine:pollfd() < 0 then
    engine:poll(seconds) -- copas before version 2 has no timers
  else
    copas.receive(setmetatable({ fd = engine:pollfd() }, Descriptor))
  end
end
