--- The options of twilio-lua, which every command takes.

local options = {}

-- name, short: the spelling. value: what the value is, nil for an option without a value. values: the
-- possible values. is_number, is_whole: the value is a number, a whole number.
options.all = {
  { name = "output", short = "o", value = "FORMAT", text = "table, json, jsonl, csv, tsv or none",
    values = { "table", "json", "jsonl", "csv", "tsv", "none" } },
  { name = "columns", short = "c", value = "NAMES", text = "fields to show, separated by commas" },
  { name = "no-header", text = "table, csv and tsv without the names of the columns" },
  { name = "file", short = "f", value = "PATH", text = "write to a file; its ending selects the format" },
  { name = "limit", short = "n", value = "NUMBER", text = "records of a list; a table shows 50 by default", is_whole = true },
  { name = "all", text = "all records of a list, also as a table" },
  { name = "params", value = "JSON", text = "further parameters, as a JSON object" },
  { name = "params-file", value = "PATH", text = "the same from a file; - is the standard input" },
  { name = "extra", value = "NAME=VALUE", text = "a parameter that is sent unchecked", repeats = true },
  { name = "profile", short = "p", value = "NAME", text = "credentials: see twilio-lua profiles --help" },
  { name = "account", value = "SID", text = "act on a sub-account" },
  { name = "region", value = "NAME", text = "Twilio's region; needs --edge" },
  { name = "edge", value = "NAME", text = "Twilio's edge" },
  { name = "base-url", value = "URL", text = "another server, such as a simulator" },
  { name = "timeout", value = "SECONDS", text = "for one attempt", is_number = true },
  { name = "retries", value = "NUMBER", text = "of a request that is safe to repeat", is_whole = true },
  { name = "dry-run", text = "show the request, masked, and do not send it" },
  { name = "debug", text = "show each attempt on the standard error" },
  { name = "help", short = "h", text = "this help, for any resource, verb or command" },
  { name = "version", text = "the version" },
}

-- The options that say which account and server are used, and how.
local CLIENT = { "profile", "account", "region", "edge", "base-url", "timeout", "retries", "debug" }

-- The options that every command takes.
local ALWAYS = { "help", "version" }

-- Options of other programs that would show a secret in the list of processes.
local SECRETS = {
  ["auth-token"] = true, ["api-secret"] = true, ["api-key"] = true, ["client-secret"] = true, ["bearer-token"] = true, token = true,
  password = true,
}

--- Returns the option with this name or short name in a list of options, or nil.
function options.find(list, name)
  for _, option in ipairs(list) do
    if option.name == name or option.short == name then return option end
  end
end

--- Returns the options of options.all that a command takes. `names` has their names; "client" stands
-- for all options that a client needs.
function options.taken(names)
  local wanted, list = {}, {}
  for _, more in ipairs { names, ALWAYS } do
    for _, name in ipairs(more) do wanted[name] = true end
  end
  for _, name in ipairs(wanted.client and CLIENT or {}) do wanted[name] = true end
  for _, option in ipairs(options.all) do
    if wanted[option.name] then list[#list + 1] = option end
  end
  return list
end

--- Whether the value of an option or parameter with this name is a secret.
function options.is_secret(name)
  name = name:gsub("_", "-")
  return SECRETS[name] or name:find "secret$" or name:find "password$" or name:find "auth%-token$" or name:find "private%-key$"
    or name:find "access%-token$" or false
end

local function usage(...) require("twilio.cli.stop").usage(...) end

--- Returns the value of an option as a number. Raises for another text.
function options.number(option, text)
  if not text:find(option.is_whole and "^%d+$" or "^%d*%.?%d+$") then
    usage(("--%s takes a %snumber, zero or more, got '%s'"):format(option.name, option.is_whole and "whole " or "", text))
  end
  return tonumber(text)
end

-- Raises unless the value is one of those that the option has.
local function check_choice(option, value, values)
  for _, known in ipairs(values) do
    if value == known then return end
  end
  local meant = require("twilio.core").nearest(value, values)
  usage(("--%s has no value '%s'%s"):format(option.name, value, meant and (" (did you mean '%s'?)"):format(meant) or ""),
    "one of " .. table.concat(values, ", "))
end

--- Returns the value of an option. Raises for a value that it cannot have.
function options.value(option, text)
  if option.is_number or option.is_whole then return options.number(option, text) end
  if option.values and text ~= true then check_choice(option, text, option.values) end
  return text
end

--- Stores the value of an option in the table `given`. Raises for a value that it cannot have.
function options.set(given, option, text)
  local value = options.value(option, text)
  if option.repeats then
    given[option.name] = given[option.name] or {}
    table.insert(given[option.name], value)
  else
    if given[option.name] ~= nil and value ~= true then usage(("--%s is given twice"):format(option.name)) end
    given[option.name] = value
  end
end

-- Options of other programs, and what to write in their place.
local HABITS = { json = "output json", jsonl = "output jsonl", csv = "output csv", format = "output FORMAT", quiet = "output none" }

--- Returns the name in arrays of options that is nearest to a name, or nil if none is near. If options.all is
-- the last array, the result may be an option with its value.
function options.nearest(name, lists)
  if HABITS[name] and lists[#lists] == options.all then return HABITS[name] end
  local names = {}
  for _, list in ipairs(lists) do
    for _, option in ipairs(list) do names[#names + 1] = option.name end
  end
  return require("twilio.core").nearest(name, names)
end

--- Raises for an unknown option. `lists` has arrays of the options that are known here, `shown` the
-- words before it, nil if there are none.
function options.unknown(name, spelling, lists, shown)
  if options.is_secret(name) then
    usage(("%s is no option: a secret on the command line can be read in the list of processes"):format(spelling),
      "set it in the environment or in a profile: twilio-lua profiles --help")
  end
  local before = shown and shown .. ": " or ""
  local meant = options.nearest(name, lists)
  usage(("%sunknown option %s%s"):format(before, spelling, meant and (" (did you mean '--%s'?)"):format(meant) or ""),
    ("twilio-lua %s--help"):format(shown and shown .. " " or ""))
end

return options
