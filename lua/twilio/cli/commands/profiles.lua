--- twilio-lua profiles: stored credentials.

local core = require "twilio.core"
local commands = require "twilio.cli.commands"
local profiles = require "twilio.cli.profiles"
local stop = require "twilio.cli.stop"
local writer = require "twilio.cli.writer"

local command = {}

command.usage = { "profiles list", "profiles add NAME [--region NAME --edge NAME] [--base-url URL]", "profiles remove NAME" }
command.text = {
  "A profile is a file with credentials in ~/.config/twilio-lua, which only you may read. add asks for",
  "them, or reads lines `name = value` from the standard input if it is no terminal. The names are",
  "account_sid, auth_token, api_key, api_secret, client_id, client_secret, bearer_token, region, edge,",
  "base_url, proxy and ca_file.",
  "",
  "Credentials are those of --profile, else of the environment (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN,",
  "TWILIO_API_KEY, TWILIO_API_SECRET), else of the profile TWILIO_PROFILE, else of the profile `default`.",
}
command.options = {}

-- ---- add ----

-- Reads a line without showing it. The shell shows the input again however it ends: at Ctrl-C too.
local HIDDEN = [[
trap 'stty echo' EXIT
trap 'exit 130' INT TERM
stty -echo
IFS= read -r line && printf '%s' "$line"
]]

-- Asks on the terminal. Returns the answer, "" for none.
local function ask(question, is_secret)
  io.stderr:write(question, ": ")
  if not is_secret then return (io.read "*l" or ""):match "^%s*(.-)%s*$" end
  local pipe = io.popen(HIDDEN)
  local answer = pipe:read "*a"
  pipe:close()
  io.stderr:write "\n"
  return answer:match "^%s*(.-)%s*$"
end

local function ask_all()
  local values = { account_sid = ask "Account SID (AC…)" }
  local key = ask "API key (SK…), or nothing for the auth token"
  if key ~= "" then
    values.api_key, values.api_secret = key, ask("API secret, not shown", true)
  else
    values.auth_token = ask("Auth token, not shown", true)
  end
  return values
end

local function read_all()
  local values = {}
  for line in io.lines() do
    local name, value = line:match "^%s*([%w_]+)%s*=%s*(.-)%s*$"
    if name then values[name] = value elseif line:find "%S" then stop.usage "a line of the standard input is not 'name = value'" end
  end
  return values
end

-- Raises for values with which there can be no client.
local function check(values)
  local known = {}
  for _, name in ipairs(profiles.names) do known[name] = true end
  local all = {}
  for name, value in pairs(values) do
    if not known[name] then stop.usage(("a profile has no '%s'"):format(name), table.concat(profiles.names, ", ")) end
    if value:find "%c" then stop.usage(("the value of %s has control characters"):format(name)) end
    if value ~= "" then all[name] = value end
  end
  require("twilio").client(all):close()
  return all
end

local function add(name, given)
  profiles.path(name)
  local values = core.terminal(io.stdin) and ask_all() or read_all()
  values.region, values.edge = given.region or values.region, given.edge or values.edge
  values.base_url = given["base-url"] or values.base_url
  local path = profiles.write(name, check(values))
  io.stderr:write(("twilio-lua: wrote %s\n"):format(path))
end

-- ---- the actions ----

local function list()
  for _, name in ipairs(profiles.list()) do
    local ok, values = pcall(profiles.read, name)
    writer.line(name .. "\t" .. (ok and (values.account_sid or values.client_id or "") or "unusable: " .. values.message))
  end
end

function command.run(words, _, given)
  local action, name = words[1], words[2]
  local needs_name = action == "add" or action == "remove"
  if not (action == "list" or needs_name) or words[3] or (needs_name and not name) or (not needs_name and name) then
    commands.usage("profiles", "takes list, add NAME or remove NAME")
  end
  if action == "list" then return list() end
  if action == "add" then return add(name, given) end
  profiles.remove(name)
end

return command
