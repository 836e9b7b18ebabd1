-- What FreeSWITCH gives to a script, as far as the examples use it: the globals freeswitch, argv, session and event. It does
-- what mod_lua and the core of FreeSWITCH 1.10 do according to their source; no FreeSWITCH is asked.
local freeswitch = {}

-- A channel whose script runs in its own thread, as the dialplan's `lua` runs it.
local Session = {}
Session.__index = Session

-- switch_channel_test_ready: neither hung up nor about to change its state.
function Session:ready()
  self.asked = self.asked + 1
  if self.happens then self:happens() end
  return self.state == "CS_EXECUTE"
end

function Session:getState() return self.state end

function Session:setVariable(name, value)
  assert(type(name) == "string" and type(value) == "string", "mod_lua takes strings")
  self.variables[name] = value
end

function Session:getVariable(name)
  assert(type(name) == "string", "mod_lua takes strings")
  return self.variables[name]
end

--- For specs: the caller hangs up. The channel stays in this state until its script returns.
function Session:hang_up() self.state = "CS_HANGUP" end

--- For specs: somebody transfers the call. A hang-up that came before is final.
function Session:transfer()
  if self.state ~= "CS_HANGUP" then self.state = "CS_ROUTING" end
end

--- A channel. `happens`, a function of it, is called each time that the script asks whether it is ready: it may call hang_up or
-- transfer. `session.asked` counts.
function freeswitch.session(happens)
  return setmetatable({ variables = {}, asked = 0, state = "CS_EXECUTE", happens = happens }, Session)
end

--- Runs examples/freeswitch/NAME.lua as `lua` (with a session), `luarun` (without one) or a hook (with an event) does.
-- @param globals FreeSWITCH's global variables
-- @param object a session, or an event as a table of its headers
-- @return the lines that it logged, as { level, text }, and the commands that it gave to FreeSWITCH's API
function freeswitch.run(name, globals, object, ...)
  local log, commands, path = {}, {}, package.path
  local is_session = getmetatable(object) == Session
  local api = {}
  function api:executeString(command) -- luacheck: ignore
    commands[#commands + 1] = command
    return "+OK\n"
  end
  local given = {
    session = is_session and object or nil,
    event = object and not is_session and { getHeader = function(_, header) return object[header] end } or nil,
    argv = { [0] = name .. ".lua", ... },
    freeswitch = {
      getGlobalVariable = function(variable) return globals[variable] or "" end,
      consoleLog = function(level, text) log[#log + 1] = { level, text } end,
      API = function() return api end,
    },
  }
  package.path = "examples/freeswitch/?.lua;" .. path
  package.loaded.twilio_account = nil -- each script has a state of its own
  for global, value in pairs(given) do rawset(_G, global, value) end
  local ok, problem = pcall(dofile, "examples/freeswitch/" .. name .. ".lua")
  for global in pairs(given) do rawset(_G, global, nil) end
  package.path = path
  if not ok then error(problem, 2) end
  return log, commands
end

--- Runs a command such as an api_hangup_hook: luarun with a script's name and its arguments, between which there are blanks.
function freeswitch.execute(globals, command)
  local words = {}
  for word in command:gmatch "%S+" do words[#words + 1] = word end
  assert(table.remove(words, 1) == "luarun", "no other command is known here")
  local name = assert(table.remove(words, 1):match "^([%w_]+)%.lua$")
  return freeswitch.run(name, globals, nil, (unpack or table.unpack)(words))
end

return freeswitch
