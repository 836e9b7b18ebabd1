--- Explains why twilio.core cannot be loaded. Each module that programs may require directly does this first:
--
--   local is_loaded, core = pcall(require, "twilio.core")
--   if not is_loaded then require "twilio.core_problem"(core) end

--- Raises the error of `require "twilio.core"` again. If the core was built for another Lua, the message says
-- so. Such a core needs symbols that this Lua does not have, or fails its version check.
return function(problem)
  local text = tostring(problem)
  if text:find("undefined symbol: _?lua") or text:find "symbol not found.*_lua" or text:find "version mismatch" then
    text = text .. "\ntwilio.core does not fit this Lua, " .. (rawget(_G, "jit") and "LuaJIT" or _VERSION)
      .. ". Build twilio.core for this Lua, and put its directory first in package.cpath."
      .. " If it was built for this Lua, the program that embeds Lua does not export Lua's functions to modules"
  end
  error(text, 0)
end
