--- Common parts of the server programs: reads options, announces the port, exits.
local cqueues = require "cqueues"
local names = require "twilio.simulator.generic.names"

local program = {}

-- Returns what is wrong with an argument that could not be read.
-- @param name the name of its option, or nil if it is no option
local function problem_of(argument, name, known)
  if not name then return ("unexpected '%s'"):format(argument) end
  if known[name] then return argument .. " needs a value" end
  local list = {}
  for option in pairs(known) do list[#list + 1] = "--" .. option end
  table.sort(list) -- pairs has no fixed order
  return "unknown option " .. argument .. names.hint(argument, list)
end

--- Reads `--name value` and `--flag`. An unknown option ends the program.
-- @param known maps the name of an option to true (it takes a value) or "flag"
-- @param defaults the values of options that are not given
-- @param program_name nil, or the name of the program for messages
function program.options(arguments, known, defaults, program_name)
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
      local start = program_name and program_name .. ": " or ""
      io.stderr:write(start, problem_of(arguments[index], name, known), "\n")
      os.exit(2)
    end
  end
  return options
end

--- Writes the port to a file, which may be a FIFO, or to standard output if `file` is nil.
-- @param before nil, or a function to call before writing. A FIFO then has a reader
function program.announce(file, port, before)
  local output = file and assert(io.open(file, "w")) or io.stdout
  if before then before() end
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

--- From now on, SIGINT and SIGTERM wait until run_until_signal handles them. Call it before the program says
-- that it is ready.
function program.hold_signals()
  local signal = require "cqueues.signal"
  signal.block(signal.SIGINT, signal.SIGTERM)
end

--- Runs the queue until SIGINT or SIGTERM. Call hold_signals first.
function program.run_until_signal(queue)
  local signal = require "cqueues.signal"
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
