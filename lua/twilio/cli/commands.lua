--- The commands of twilio-lua that are no resources of Twilio's. Each is a module
-- twilio.cli.commands.<name> with:
--   usage    an array of usages, without "twilio-lua"
--   text     the help: an array of lines
--   options  an array of options, see twilio.cli.options
--   takes    the names of the options of twilio.cli.options that it takes, see options.taken; nil for
--            simulate, which explains them itself
--   formats  the values that --output may have, if it takes --output
--   run(words, own, given)   words, the values of its options, and those of twilio.cli.options

local core = require "twilio.core"
local options = require "twilio.cli.options"
local stop = require "twilio.cli.stop"

local commands = {}

--- The names and what the commands do, in the order of the help.
commands.all = {
  { "request", "METHOD PATH", "any request" },
  { "explain", "CODE", "what an error code means" },
  { "download", "RECORDING|URL", "save a recording or a file", needs = "download" },
  { "webhook", "verify|sign", "check or make the signature of a webhook" },
  { "token", "--identity NAME", "an access token for an app" },
  { "simulate", "[OPTIONS]", "run twilio-simulator" },
  { "profiles", "list|add|remove", "stored credentials" },
  { "completion", "bash|zsh|fish", "completion for a shell" },
  { "help", "[WORDS]", "the same as --help" },
}

commands.names = {}
for i, command in ipairs(commands.all) do commands.names[i] = command[1] end

-- Fields of a handler: name, module, words, given, `own`, the values of the command's options, and
-- `taken`, the options of twilio.cli.options that the command takes.
local Handler = {}
Handler.__index = Handler

--- Returns the handler of a command, or nil if there is none of this name. twilio.cli takes the word help.
function commands.handler(name, given)
  for _, command in ipairs(commands.all) do
    if command[1] == name and name ~= "help" then
      local module = require("twilio.cli.commands." .. name)
      return setmetatable({ name = name, module = module, words = {}, given = given, own = {}, taken = options.taken(module.takes or {}) }, Handler)
    end
  end
end

function Handler:word(word) self.words[#self.words + 1] = word end

function Handler:find(name)
  return options.find(self.module.options, name) or options.find(self.taken, name)
end

function Handler:set(option, value)
  options.set(options.find(self.module.options, option.name) == option and self.own or self.given, option, value)
end

function Handler:unknown(name, spelling)
  if options.find(options.all, name) then stop.usage(("%s takes no %s"):format(self.name, spelling), ("twilio-lua %s --help"):format(self.name)) end
  options.unknown(name, spelling, { self.module.options, self.taken }, self.name)
end

-- Raises for an option before the command that has no meaning for it.
local function check_given(self)
  for name in pairs(self.module.takes and self.given or {}) do
    if not options.find(self.taken, name) then self:unknown(name, "--" .. name) end
  end
  local output = options.find(self.taken, "output")
  if output and self.given.output then options.value({ name = "output", values = self.module.formats }, self.given.output) end
end

function Handler:run()
  check_given(self)
  return self.module.run(self.words, self.own, self.given)
end

function Handler:help() require("twilio.cli.help").command(self.module, self.taken) end

-- Returns the usages of a command that begin with its name and an action. All of them if none does.
local function usages_of(name, action)
  local all, found = require("twilio.cli.commands." .. name).usage, {}
  for _, usage in ipairs(all) do
    if usage:match "^%S+ (%S+)" == action then found[#found + 1] = usage end
  end
  return found[1] and found or all
end

--- Raises with the usage of a command, or of one of its actions, such as "sign".
function commands.usage(name, message, action)
  stop.usage(("%s: %s"):format(name, message), "usage: twilio-lua " .. table.concat(usages_of(name, action), ", or twilio-lua "))
end

--- Returns the word if it is one of the actions of a command. Raises otherwise.
function commands.action(name, word, actions)
  for _, action in ipairs(actions) do
    if word == action then return action end
  end
  local one_of = table.concat(actions, ", ", 1, #actions - 1) .. " or " .. actions[#actions]
  if not word then commands.usage(name, "takes " .. one_of) end
  local meant = require("twilio.core").nearest(word, actions)
  if not meant then commands.usage(name, ("takes %s, got '%s'"):format(one_of, word)) end
  commands.usage(name, ("there is no '%s' (did you mean '%s'?)"):format(word, meant), meant)
end

--- Whether the library has the method of clients that a command needs.
function commands.is_possible(command)
  if not command.needs then return true end
  require "twilio" -- which adds the methods
  return core.client_methods[command.needs] ~= nil
end

return commands
