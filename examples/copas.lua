-- A wait function for copas: twilio.client{ wait = dofile "examples/copas.lua" }.
--
-- Copas cannot wait for the engine's descriptor, but it can sleep for a while. Before version 2, which Debian's is, it cannot even that: there
-- calls block, and twilio.map is the way to have many in flight.
local copas = require "copas"

return function(engine, seconds)
  if copas.sleep then
    copas.sleep(math.min(seconds, 0.01))
  else
    engine:poll(seconds)
  end
end
