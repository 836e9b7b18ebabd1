--- The commands of twilio-lua that are no resources of Twilio's. Each is a module
-- twilio.cli.commands.<name> with:
--   usage    an array of usages, without "twilio-lua"
--   text     the help: an array of lines
--   options  an array of options, see twilio.cli.options
--   run(words, own, given)   words, the values of its options, and those of twilio.cli.options

local core = require "twilio.core"
local operation = require "twilio.cli.operation"
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

-- Fields of a handler: name, module, words, given, and `own`, the values of the command's options.
local Handler = {}
Handler.__index = Handler

--- Returns the handler of a command, or nil if there is none of this name. twilio.cli takes the word help.
function commands.handler(name, given)
  for _, command in ipairs(commands.all) do
    if command[1] == name and name ~= "help" then
      return setmetatable({ name = name, module = require("twilio.cli.commands." .. name), words = {}, given = given, own = {} }, Handler)
    end
  end
end

function Handler:word(word) self.words[#self.words + 1] = word end

function Handler:find(name)
  return options.find(self.module.options, name) or options.find(options.all, name)
end

function Handler:set(option, value)
  operation.set_global(options.find(self.module.options, option.name) == option and self.own or self.given, option, value)
end

function Handler:unknown(name, spelling)
  operation.unknown(name, spelling, self.module.options, self.name)
end

function Handler:run() return self.module.run(self.words, self.own, self.given) end

function Handler:help() require("twilio.cli.help").command(self.name, self.module) end

--- Raises with the usage of a command.
function commands.usage(name, message)
  local usage = require("twilio.cli.commands." .. name).usage
  stop.usage(("%s: %s"):format(name, message), "usage: twilio-lua " .. table.concat(usage, ", or twilio-lua "))
end

--- Whether the library has the method of clients that a command needs.
function commands.is_possible(command)
  if not command.needs then return true end
  require "twilio" -- which adds the methods
  return core.client_methods[command.needs] ~= nil
end

return commands
