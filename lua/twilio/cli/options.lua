--- The options of twilio-lua, which every command takes.

local options = {}

-- name, short: the spelling. value: what the value is, nil for an option without a value. values: the
-- possible values. is_list: the option is about lists only.
options.all = {
  { name = "output", short = "o", value = "FORMAT", text = "table, json, jsonl, csv, tsv or none",
    values = { "table", "json", "jsonl", "csv", "tsv", "none" } },
  { name = "columns", short = "c", value = "NAMES", text = "fields to show, separated by commas" },
  { name = "no-header", text = "table, csv and tsv without the names of the columns" },
  { name = "file", short = "f", value = "PATH", text = "write to a file; its ending selects the format" },
  { name = "limit", short = "n", value = "NUMBER", text = "records of a list; a table shows 50 by default", is_number = true },
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
  { name = "retries", value = "NUMBER", text = "of a request that is safe to repeat", is_number = true },
  { name = "dry-run", text = "show the request, masked, and do not send it" },
  { name = "debug", text = "show each attempt on the standard error" },
  { name = "help", short = "h", text = "this help, for any resource, verb or command" },
  { name = "version", text = "the version" },
}

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

--- Whether the value of an option or parameter with this name is a secret.
function options.is_secret(name)
  name = name:gsub("_", "-")
  return SECRETS[name] or name:find "secret$" or name:find "password$" or name:find "auth%-token$" or name:find "private%-key$"
    or name:find "access%-token$" or false
end

--- Returns the value of an option as a number. Raises for another text.
function options.number(option, text)
  local number = tonumber(text)
  if not number or number < 0 or number ~= number then
    require("twilio.cli.stop").usage(("--%s takes a number, got '%s'"):format(option.name, text))
  end
  return number
end

return options
