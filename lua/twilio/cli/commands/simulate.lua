--- twilio-lua simulate: runs twilio-simulator, which is next to twilio-lua or in the PATH.

local stop = require "twilio.cli.stop"

local simulate = {}

simulate.usage = { "simulate [OPTIONS]" }
simulate.text = { "Runs twilio-simulator with these options: twilio-lua simulate --help shows its help." }
simulate.options = {}

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function find(program)
  local beside = (program:match "^(.*/)[^/]*$" or "./") .. "twilio-simulator"
  local file = io.open(beside)
  if file then
    file:close()
    return quoted(beside)
  end
  local pipe = io.popen "command -v twilio-simulator"
  local path = pipe:read "*l"
  pipe:close()
  return path and quoted(path) or stop.with("failed", "twilio-simulator is not installed")
end

function simulate.run()
  stop.usage "simulate must be the first word: the options that follow are those of twilio-simulator"
end

--- argv: the arguments of twilio-lua, "simulate" first. Returns the exit code of the simulator.
function simulate.start(argv)
  local command = { "exec", find(argv[0]) }
  for i = 2, #argv do command[#command + 1] = quoted(argv[i]) end
  local status, _, code = os.execute(table.concat(command, " "))
  if code then return code end
  -- Lua 5.1 returns the status of the system, which has the exit code in its second byte.
  if type(status) == "number" then return status > 255 and math.floor(status / 256) or status end
  return status and 0 or stop.codes.failed
end

return simulate
