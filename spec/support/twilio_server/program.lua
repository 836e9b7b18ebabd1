--- What the servers have in common as programs: options, the port they announce, their end.
local cqueues = require "cqueues"

local program = {}

local function refuse(argument)
  io.stderr:write("unknown option, or one without its value: ", argument, "\n")
  os.exit(2)
end

--- Reads `--name value` and `--flag`; ends the program when it does not know one.
-- @param known from each name to true (it takes a value) or "flag"
-- @param defaults what holds where an option is not given
function program.options(arguments, known, defaults)
  local options = setmetatable({}, { __index = defaults })
  local index = 1
  while index <= #arguments do
    local name = arguments[index]:match("^%-%-(%l+)$")
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

local function announce(file, port)
  local output = file and assert(io.open(file, "w")) or io.stdout
  output:write(string.format("%d\n", port))
  if file then output:close() else output:flush() end
end

--- Waits for the end of standard input, then ends the program.
local function until_end_of_input()
  io.stdin:setvbuf("no")
  while true do
    cqueues.poll { pollfd = 0, events = "r" }
    if not io.stdin:read(1) then os.exit(0) end
  end
end

--- Writes the port to a file, or to standard output when there is none, and runs the queue until the end of standard input.
-- @param stay true: for ever
function program.run(queue, port, file, stay)
  announce(file, port)
  if not stay then queue:wrap(until_end_of_input) end
  local _, problem = queue:loop()
  io.stderr:write(tostring(problem), "\n")
  os.exit(1)
end

--- Numbers the connections that carry requests, in the order of their first ones.
-- @return function(link) that returns the number of the connection to which this table belongs, and function() that returns their count
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
