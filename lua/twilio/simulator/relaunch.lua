--- Starts the program twilio-simulator from Lua. Its script looks for a Lua that has lua-http, which may
-- be another Lua than the one that asks for the simulator.

local relaunch = {}

-- Set in the environment of the started program: the Lua that runs the program if the script finds no
-- Lua with lua-http. A program that finds the variable does not start itself again.
local VARIABLE = "TWILIO_SIMULATOR_LUA"

--- Returns a text as one word of the shell.
function relaunch.quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- A SIGTERM to this Lua does not reach the program that os.execute waits for. This shell command ends the
-- program when its parent has ended. `exec` keeps the process ID, so "$$" is the program.
local WATCH = "{ while kill -0 $PPID; do sleep 1; done; kill $$; } </dev/null >/dev/null 2>&1 & "

--- Runs the script and waits for its end. Returns its exit code. After a signal that is 128 and the number of
-- the signal, as in the shell.
-- @param script the path of twilio-simulator
-- @param arguments an array
-- @param lua the Lua that runs the program if no Lua has lua-http, or nil for `lua`
function relaunch.run(script, arguments, lua)
  local words = { relaunch.quoted(script) }
  for _, argument in ipairs(arguments) do words[#words + 1] = relaunch.quoted(argument) end
  local variable = lua and ("%s=%s; export %s; "):format(VARIABLE, relaunch.quoted(lua), VARIABLE) or ""
  local status, how, code = os.execute(variable .. WATCH .. "exec " .. table.concat(words, " "))
  if code then return how == "signal" and 128 + code or code end
  -- Lua 5.1 returns the status of the system, which has the exit code in its second byte, and the signal in its
  -- first.
  if type(status) == "number" then return status > 255 and math.floor(status / 256) or status > 0 and 128 + status % 128 or 0 end
  return status and 0 or 1
end

--- Runs the program again in a Lua that has lua-http. Returns the exit code, or nil if the program was
-- started for this reason already.
-- @param arguments those of the command line, with the script and the interpreter at indexes below 1
function relaunch.again(arguments)
  if os.getenv(VARIABLE) or not arguments[0] then return nil end
  local first = 0
  while arguments[first - 1] do first = first - 1 end
  return relaunch.run(arguments[0], arguments, first < 0 and arguments[first] or "lua")
end

return relaunch
