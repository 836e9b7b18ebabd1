--- The program twilio-lua. bin/twilio-lua calls cli.main.
--
-- Modules are loaded when they are needed, because most of the time of a short command is its start.

local arguments = require "twilio.cli.arguments"
local commands = require "twilio.cli.commands"
local operation = require "twilio.cli.operation"
local options = require "twilio.cli.options"
local stop = require "twilio.cli.stop"

local cli = {}

-- The handler before the first word. It then passes on to the handler of a command or of an operation.
local First = {}
First.__index = First

-- Takes the first word.
local function start(self, word)
  if word == "help" then
    self.given.help = true
  elseif word == "options" and self.given.help then
    self.is_about_options = true
  else
    self.inner = commands.handler(word, self.given)
    if self.inner then return end -- a command
    self.inner = operation.new(self.given)
    self.inner:word(word)
  end
end

function First:word(word, flag)
  if self.inner then return self.inner:word(word, flag) end
  start(self, word)
end

function First:find(name)
  if self.inner then return self.inner:find(name) end
  return options.find(options.all, name)
end

function First:set(option, value)
  if self.inner then return self.inner:set(option, value) end
  options.set(self.given, option, value)
end

function First:unknown(name, spelling)
  if self.inner then return self.inner:unknown(name, spelling) end
  options.unknown(name, spelling, { options.all })
end

local function run(argv)
  if argv[1] == "simulate" then return require("twilio.cli.commands.simulate").start(argv) end
  local first = setmetatable({ given = {} }, First)
  if argv[1] == "complete-words" then return require("twilio.cli.completion").run(argv, first) end
  arguments.read(argv, first)
  if first.given.version then return require("twilio.cli.writer").line("twilio-lua " .. require("twilio.core").version) end
  if first.is_about_options then return require("twilio.cli.help").options() end
  if not first.inner then return require("twilio.cli.help").program() end
  if first.given.help then return first.inner:help() end
  return first.inner:run()
end

-- ---- errors ----

-- Ends the process by SIGINT, so that a shell that runs it in a loop ends the loop too. lua has restored
-- the signal's default action.
local function interrupt()
  io.popen "kill -INT $PPID":close()
  return 130
end

-- The message of misuse has the position of the program, because all modules of twilio are its library.
-- Any other error is a defect: it keeps its position.
local function misuse_of(problem, program)
  local name = program:match "[^/]*$":gsub("%p", "%%%0")
  return type(problem) == "string" and problem:match("^[^\n]-" .. name .. ":%d+: (.*)$")
end

local function complain(message, hint)
  io.stdout:flush() -- a failure here is less than what is reported
  io.stderr:write("twilio-lua: ", (message:gsub("%c+", " ")), "\n")
  if hint then io.stderr:write("hint: ", (hint:gsub("%c+", " ")), "\n") end
end

-- Of incomplete credentials the message is "an API key also needs …".
local function is_of_credentials(message)
  return message:find "^no credentials" or message:find(" also needs ", 1, true)
end

local function exit_code(problem, program)
  if type(problem) == "table" and problem.quiet then return problem.quiet end
  if stop.is(problem) then
    complain(problem.message, problem.hint)
    return problem.code
  end
  if tostring(problem):find "interrupted!$" then return interrupt() end
  local misuse = misuse_of(problem, program)
  if misuse then
    complain(misuse)
    return is_of_credentials(misuse) and stop.codes.credentials or stop.codes.usage
  end
  complain("defect: " .. tostring(problem), "please report this with the command, without its secrets")
  return stop.codes.failed
end

-- Runs the command line, and then writes what the standard output still holds.
local function run_and_flush(argv)
  local code = run(argv)
  require("twilio.cli.writer").flush_output()
  return code
end

--- Runs the command line. Returns the exit code of the process.
function cli.main(argv)
  local ok, code = pcall(run_and_flush, argv)
  if ok then return type(code) == "number" and code or 0 end
  return exit_code(code, argv[0])
end

return cli
