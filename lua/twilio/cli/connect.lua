--- Makes the client of a command: from the options, a profile or the environment.

local stop = require "twilio.cli.stop"

local connect = {}

local VARIABLES = { "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET" }

local function is_set(name)
  local value = os.getenv(name)
  return value and value ~= "" and value
end

local function has_environment()
  for _, name in ipairs(VARIABLES) do
    if is_set(name) then return true end
  end
  return false
end

-- Returns the options of the first profile of these: --profile, TWILIO_PROFILE, "default". Without
-- --profile, returns no options if the environment has credentials.
local function profile_options(given)
  if not given.profile and has_environment() then return {} end
  local profiles = require "twilio.cli.profiles"
  local name = given.profile or is_set "TWILIO_PROFILE"
  if name then return profiles.read(name) end
  if profiles.exists "default" then return profiles.read "default" end
  stop.with("credentials", "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or make a profile", "twilio-lua profiles add default")
end

-- Writes a line for each attempt. Its fields are masked already.
local function log(level, message)
  io.stderr:write(("twilio-lua: %s: %s\n"):format(level, message))
end

-- Where the value of an option of the client comes from, as the user knows it.
local function source_of(name, given, profile)
  local option = name:gsub("_", "-")
  if given[option] then return "--" .. option end
  if profile[name] then return name .. " of the profile" end
  return name == "base_url" and "TWILIO_BASE_URL" or name
end

-- Raises the misuse error of twilio.client, whose words are those of a Lua program, with the words of the
-- command line.
local function refuse(message, given, profile)
  message = tostring(message):gsub("base_url", function(name) return source_of(name, given, profile) end, 1)
  message = message:gsub(", or pass allow_http = true.*", ""):gsub("set edge to '(%w+)'", "--edge %1")
  message = message:gsub("no credentials: pass .*", "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or make a profile")
  error(message, 0)
end

local function check_account(sid)
  if #sid == 34 and sid:find "^AC%x+$" then return end
  stop.usage(("--account takes the SID of an account, AC and 32 hexadecimal digits, got '%s'"):format(sid))
end

--- Returns the client. `given` has the values of the options; `more` has further options of
-- twilio.client, or is nil.
function connect.client(given, more)
  if given.account then check_account(given.account) end
  local profile, all = profile_options(given), {}
  for name, value in pairs(profile) do all[name] = value end
  all.region, all.edge = given.region or all.region, given.edge or all.edge
  all.base_url = given["base-url"] or all.base_url or is_set "TWILIO_BASE_URL" or nil
  for _, name in ipairs { "timeout", "retries" } do
    all[name] = given[name]
  end
  if given.debug then all.log = log end
  for name, value in pairs(more or {}) do all[name] = value end
  all.user_agent = "twilio-lua-cli"
  local ok, client = pcall(require("twilio").client, all)
  if not ok then refuse(client, given, profile) end
  stop.server = all.base_url and source_of("base_url", given, profile)
  return given.account and client:account(given.account) or client
end

--- Returns the auth token that signs webhooks.
function connect.auth_token(given)
  local token = profile_options(given).auth_token or is_set "TWILIO_AUTH_TOKEN"
  return token or stop.with("credentials", "no auth token: set TWILIO_AUTH_TOKEN, or make a profile with one", "twilio-lua profiles --help")
end

return connect
