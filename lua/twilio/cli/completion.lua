--- twilio-lua complete-words WORDS… PREFIX: writes the words that may follow, one a line, for the
-- completion of a shell. The scripts offer files if it writes none.

local arguments = require "twilio.cli.arguments"
local core = require "twilio.core"
local commands = require "twilio.cli.commands"
local options = require "twilio.cli.options"
local resolve = require "twilio.cli.resolve"
local stop = require "twilio.cli.stop"
local writer = require "twilio.cli.writer"

local completion = {}

-- The first words of the commands.
local WORDS = {
  webhook = { "verify", "sign" }, profiles = { "list", "add", "remove" }, completion = { "bash", "zsh", "fish" },
  request = { "GET", "POST", "PUT", "PATCH", "DELETE" },
}

local function names_of(list)
  local names = {}
  for i, child in ipairs(list) do names[i] = resolve.spelling(child.name) end
  return names
end

local function products()
  local list = {}
  for _, child in ipairs(core.describe().children) do
    if not child.via then list[#list + 1] = child end
  end
  return names_of(list)
end

-- Returns the possible values of an option. `inner` is the handler that has the option.
local function values_of(option, inner)
  if option.values then return option.values end
  local known = option.parameter and require("twilio.cli.choices").of(inner.target.candidates[1].operation)[option.parameter.wire]
  if known then return known end
  if option.is_flag then return { "true", "false" } end
  if option.name == "columns" then return inner and inner.target and inner.target.resource.fields or {} end
  if option.name == "product" then return products() end
  if option.name == "profile" then return require("twilio.cli.profiles").list() end
  return {}
end

-- Returns the options of twilio-simulator; none if it is not installed.
local function simulator_options()
  local names = {}
  local is_installed, simulator = pcall(require, "twilio.simulator.options")
  for name in pairs(is_installed and simulator.KNOWN or {}) do names[#names + 1] = "--" .. name end
  table.sort(names)
  return names
end

-- Returns the options that may follow.
local function options_after(inner)
  if inner and inner.name == "simulate" then return simulator_options() end
  local names = {}
  local own = inner and (inner.module and inner.module.options or inner.list) or {}
  for _, list in ipairs { own, inner and inner.taken or options.all } do
    for _, option in ipairs(list) do names[#names + 1] = "--" .. option.name end
  end
  return names
end

-- Returns the verbs and resources that may follow, and at the beginning the commands.
local function words_after(inner)
  if inner and inner.module then
    if inner.name == "profiles" and inner.words[1] == "remove" and not inner.words[2] then return require("twilio.cli.profiles").list() end
    return not inner.words[1] and WORDS[inner.name] or {}
  end
  local target = inner and inner.target or resolve.new()
  if target.verb then return {} end
  local names = resolve.verbs(target.resource)
  for _, name in ipairs(names_of(target.resource.children)) do names[#names + 1] = name end
  if not inner then
    for _, command in ipairs(commands.all) do
      if commands.is_possible(command) then names[#names + 1] = command[1] end
    end
  end
  return names
end

-- Reads words. A line that is being typed may be wrong: what was read until then counts.
local function read(first, words)
  local ok, problem = pcall(arguments.read, words, first)
  if not ok and not stop.is(problem) then error(problem, 0) end
end

-- Returns the option that takes the following word as its value, or nil. `word` may be nil.
local function pending_option(first, word)
  local name = word and word:match "^%-%-?([%w-]+)$"
  local option = name and first:find(name)
  return option and option.value and option or nil
end

-- Returns the values of an option that begin like `value`, and the text before each of them. The names in
-- the value of --columns are completed one by one.
local function value_candidates(option, inner, value, before)
  local head, last = "", value
  if option and option.name == "columns" then head, last = value:match "^(.-)([^,]*)$" end
  return option and values_of(option, inner) or {}, last, before .. head
end

-- Returns the words that may be at the cursor, the beginning that they must have, and the text before
-- each of them.
local function candidates(first, argv, prefix)
  local before = { (table.unpack or unpack)(argv, 2, #argv - 1) }
  local last = table.remove(before)
  read(first, before)
  local option = pending_option(first, last)
  if option then return value_candidates(option, first.inner, prefix, "") end
  read(first, { last })
  local name, value = prefix:match "^%-%-([%w-]+)=(.*)$"
  if name then return value_candidates(first:find(name), first.inner, value, "--" .. name .. "=") end
  if prefix:find "^%-" then return options_after(first.inner), prefix end
  return words_after(first.inner), prefix
end

--- argv: "complete-words", the words before the cursor, and the beginning of the word at the cursor.
-- first: the handler of a command line, see twilio.cli.
function completion.run(argv, first)
  local list, prefix, before = candidates(first, argv, argv[#argv] or "")
  local seen = {}
  for _, word in ipairs(list) do
    if word:sub(1, #prefix) == prefix and not seen[word] then writer.line((before or "") .. word) end
    seen[word] = true
  end
end

return completion
