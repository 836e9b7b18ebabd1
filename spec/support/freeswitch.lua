-- A stand-in for FreeSWITCH's mod_lua: the globals freeswitch, argv, session and event, as far as
-- the examples use them. They behave as in the source of FreeSWITCH 1.10. No FreeSWITCH runs.
local freeswitch = {}

-- A channel. Its script runs in the channel's thread, as with `lua` in the dialplan.
local Session = {}
Session.__index = Session

-- As switch_channel_test_ready: false after a hang-up, and during a change of state.
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

--- For specs: the call is transferred. An earlier hang-up is final.
function Session:transfer()
  if self.state ~= "CS_HANGUP" then self.state = "CS_ROUTING" end
end

--- Returns a channel. `happens(session)` is called at each call of session:ready(), and may call
-- hang_up or transfer. `session.asked` counts the calls of ready.
function freeswitch.session(happens)
  return setmetatable({ variables = {}, asked = 0, state = "CS_EXECUTE", happens = happens }, Session)
end

--- Runs examples/freeswitch/NAME.lua as FreeSWITCH does: with a session as `lua`, with an event as
-- a hook, and without both as `luarun`.
-- @param globals FreeSWITCH's global variables
-- @param object a session, an event as a table of its headers, or nil
-- @return the log lines as { level, text }, and the commands that the script passed to FreeSWITCH's
-- API
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
  package.loaded.twilio_account = nil -- in FreeSWITCH each script has a new Lua state
  for global, value in pairs(given) do rawset(_G, global, value) end
  local ok, problem = pcall(dofile, "examples/freeswitch/" .. name .. ".lua")
  for global in pairs(given) do rawset(_G, global, nil) end
  package.path = path
  if not ok then error(problem, 2) end
  return log, commands
end

--- Runs a command such as an api_hangup_hook: "luarun", the name of a script, and its arguments,
-- separated by spaces.
function freeswitch.execute(globals, command)
  local words = {}
  for word in command:gmatch "%S+" do words[#words + 1] = word end
  assert(table.remove(words, 1) == "luarun", "no other command is known here")
  local name = assert(table.remove(words, 1):match "^([%w_]+)%.lua$")
  return freeswitch.run(name, globals, nil, (unpack or table.unpack)(words))
end

return freeswitch
