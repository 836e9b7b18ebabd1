--- Common parts of the server programs: reads options, announces the port, exits.
local cqueues = require "cqueues"

local program = {}

local function refuse(argument)
  io.stderr:write("unknown option, or one without its value: ", argument, "\n")
  os.exit(2)
end

--- Reads `--name value` and `--flag`. An unknown option ends the program.
-- @param known maps the name of an option to true (it takes a value) or "flag"
-- @param defaults the values of options that are not given
function program.options(arguments, known, defaults)
  local options = setmetatable({}, { __index = defaults })
  local index = 1
  while index <= #arguments do
    local name = arguments[index]:match("^%-%-([%l-]+)$")
    if known[name] == "flag" then
      options[name] = true
      index = index + 1
    elseif known[name] and arguments[index + 1] then
      options[name] = arguments[index + 1]
      index = index + 2
    else
      refuse(arguments[index])
    end
  end
  return options
end

--- Writes the port to a file, which may be a FIFO, or to standard output if `file` is nil.
function program.announce(file, port)
  local output = file and assert(io.open(file, "w")) or io.stdout
  output:write(string.format("%d\n", port))
  if file then output:close() else output:flush() end
end

--- Waits for the end of standard input, then exits.
local function until_end_of_input()
  io.stdin:setvbuf("no")
  while true do
    cqueues.poll { pollfd = 0, events = "r" }
    if not io.stdin:read(1) then os.exit(0) end
  end
end

--- Writes the port to a file, or to standard output if `file` is nil. Then runs the queue until the
-- end of standard input.
-- @param stay true: ignores standard input
function program.run(queue, port, file, stay)
  program.announce(file, port)
  if not stay then queue:wrap(until_end_of_input) end
  local _, problem = queue:loop()
  io.stderr:write(tostring(problem), "\n")
  os.exit(1)
end

--- Runs the queue until SIGINT or SIGTERM.
function program.run_until_signal(queue)
  local signal = require "cqueues.signal"
  signal.block(signal.SIGINT, signal.SIGTERM)
  local signals = signal.listen(signal.SIGINT, signal.SIGTERM)
  queue:wrap(function()
    signals:wait()
    os.exit(0)
  end)
  local _, problem = queue:loop()
  io.stderr:write(tostring(problem), "\n")
  os.exit(1)
end

--- Numbers connections in the order of their first requests.
-- @return function(link), which returns the number of a connection, and function(), which returns
-- the count of connections
function program.numbering()
  local numbers, count = setmetatable({}, { __mode = "k" }), 0
  local function number_of(link)
    if not numbers[link] then
      count = count + 1
      numbers[link] = count
    end
    return numbers[link]
  end
  return number_of, function() return count end
end

return program
