-- A wait function for copas: twilio.client{ wait = dofile "examples/copas.lua" }.
--
-- Copas has no function that waits for the engine's descriptor. The wait function therefore sleeps
-- for at most 10 ms at a time.
-- Debian's copas is older than version 2 and has no copas.sleep. A call blocks there, as it does
-- outside any coroutine. Use twilio.map to have many calls in flight.
-- Do not use the wait function in a coroutine that copas has not created, such as a generator.
-- copas.sleep would yield to the generator's consumer.
local copas = require "copas"

local function is_in_coroutine()
  local thread, is_main = coroutine.running()
  return thread and not is_main
end

local can_suspend = coroutine.isyieldable or is_in_coroutine -- luacheck: ignore

return function(engine, seconds)
  if copas.sleep and can_suspend() then
    copas.sleep(math.min(seconds, 0.01))
  else
    engine:poll(seconds)
  end
end
