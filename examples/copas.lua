-- A wait function for copas: twilio.client{ wait = dofile "examples/copas.lua" }.
--
-- Copas cannot wait for the engine's descriptor, but it can sleep for a while. Before version 2, which Debian's is, it cannot even that: there
-- calls block, as they do outside of any coroutine, and twilio.map is the way to have many in flight. In a coroutine that is not copas' own,
-- a generator's, there is no calling with it.
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
