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
  "Credentials are those of --profile, otherwise of the environment (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN,",
  "TWILIO_API_KEY, TWILIO_API_SECRET), otherwise of the profile TWILIO_PROFILE, otherwise of the profile",
  "`default`.",
}
command.options = {}
command.takes = { "region", "edge", "base-url" }

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

local SIDS = { account_sid = "AC", api_key = "SK" }

-- Raises for a SID that was typed or copied wrongly, such as the secret in place of the key.
local function check_sid(name, value)
  local prefix = SIDS[name]
  if not prefix or value == "" or (#value == 34 and value:find("^" .. prefix .. "%x+$")) then return end
  stop.usage(("%s is %s and 32 hexadecimal digits"):format(name, prefix)) -- the value may be a secret
end

-- Raises unless the values are those of an account. twilio.client would take others from the environment.
local function check_complete(all)
  local is_account = all.account_sid and (all.auth_token or (all.api_key and all.api_secret))
  if is_account or (all.client_id and all.client_secret) or all.bearer_token then return end
  stop.usage("the credentials are incomplete: account_sid and auth_token; or account_sid, api_key and api_secret; or client_id and "
    .. "client_secret; or bearer_token")
end

-- Raises for values with which there can be no client.
local function check(values)
  local all = {}
  for name, value in pairs(values) do
    check_sid(name, value)
    if value:find "%c" then stop.usage(("the value of %s has control characters"):format(name)) end
    if value ~= "" then all[name] = value end
  end
  check_complete(all)
  require("twilio").client(all):close()
  return all
end

local function add(name, given)
  profiles.path(name)
  local values = core.terminal(io.stdin) and ask_all() or profiles.parse(io.stdin, "the standard input")
  values.region, values.edge = given.region or values.region, given.edge or values.edge
  values.base_url = given["base-url"] or values.base_url
  local was_there = profiles.exists(name)
  local path = profiles.write(name, check(values))
  io.stderr:write(("twilio-lua: %s %s\n"):format(was_there and "replaced" or "wrote", path))
end

-- ---- the actions ----

local function list()
  if not profiles.list()[1] then io.stderr:write "twilio-lua: there are no profiles: twilio-lua profiles add NAME\n" end
  for _, name in ipairs(profiles.list()) do
    local ok, values = pcall(profiles.read, name)
    writer.line(name .. "\t" .. (ok and (values.account_sid or values.client_id or "") or "unusable: " .. values.message))
  end
end

-- Raises for options of `add` after another action.
local function check_options(action, given)
  for _, name in ipairs(action == "add" and {} or command.takes) do
    if given[name] then commands.usage("profiles", ("%s takes no --%s"):format(action, name), action) end
  end
end

function command.run(words, _, given)
  local action, name = commands.action("profiles", words[1], { "list", "add", "remove" }), words[2]
  if action == "list" and name then commands.usage("profiles", ("unexpected '%s'"):format(name), action) end
  if words[3] then commands.usage("profiles", ("unexpected '%s'"):format(words[3]), action) end
  if action ~= "list" and not name then commands.usage("profiles", action .. " needs a NAME", action) end
  check_options(action, given)
  if action == "list" then return list() end
  if action == "add" then return add(name, given) end
  profiles.remove(name)
end

return command
