--- twilio-lua simulate: runs twilio-simulator, which is next to twilio-lua or in the PATH.

local relaunch = require "twilio.simulator.relaunch"
local stop = require "twilio.cli.stop"

local simulate = {}

simulate.usage = { "simulate [OPTIONS]" }
simulate.text = { "Runs twilio-simulator with these options: twilio-lua simulate --help shows its help." }
simulate.options = {}

local function find(program)
  local beside = (program:match "^(.*/)[^/]*$" or "./") .. "twilio-simulator"
  local file = io.open(beside)
  if file then
    file:close()
    return beside
  end
  local pipe = io.popen "command -v twilio-simulator"
  local path = pipe:read "*l"
  pipe:close()
  return path or stop.with("failed", "twilio-simulator is not installed")
end

function simulate.run()
  stop.usage "simulate must be the first word: the options that follow are those of twilio-simulator"
end

--- argv: the arguments of twilio-lua, "simulate" first. Returns the exit code of the simulator.
function simulate.start(argv)
  local script, arguments = find(argv[0]), {}
  for i = 2, #argv do arguments[#arguments + 1] = argv[i] end
  return relaunch.run(script, arguments)
end

return simulate
