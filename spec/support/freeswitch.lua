-- What FreeSWITCH gives to a script, as far as the examples use it: the globals freeswitch, argv and session.
local freeswitch = {}

local Session = {}
Session.__index = Session

function Session:ready()
  self.asked = self.asked + 1
  return not self.hung_up(self.asked)
end

function Session:setVariable(name, value)
  assert(type(name) == "string" and type(value) == "string", "mod_lua takes strings")
  self.variables[name] = value
end

--- A channel. `hung_up`, a function of how often it was asked, says whether the caller is gone; nobody ever is without one.
function freeswitch.session(hung_up)
  return setmetatable({ variables = {}, asked = 0, hung_up = hung_up or function() return false end }, Session)
end

--- Runs examples/freeswitch/NAME.lua as `lua` (with a session) or `luarun` (without one) does.
-- @param globals FreeSWITCH's global variables
-- @return the lines that it logged, as { level, text }
function freeswitch.run(name, globals, session, ...)
  local log, path = {}, package.path
  local given = {
    session = session,
    argv = { [0] = name .. ".lua", ... },
    freeswitch = {
      getGlobalVariable = function(variable) return globals[variable] or "" end,
      consoleLog = function(level, text) log[#log + 1] = { level, text } end,
    },
  }
  package.path = "examples/freeswitch/?.lua;" .. path
  package.loaded.twilio_account = nil -- each script has a state of its own
  for global, value in pairs(given) do rawset(_G, global, value) end
  local ok, problem = pcall(dofile, "examples/freeswitch/" .. name .. ".lua")
  for global in pairs(given) do rawset(_G, global, nil) end
  package.path = path
  if not ok then error(problem, 2) end
  return log
end

return freeswitch
