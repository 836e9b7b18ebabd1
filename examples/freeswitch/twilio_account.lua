-- Creates the client of the other scripts: require "twilio_account" { options }.
--
-- FreeSWITCH's global variables give further options. The name of each variable is "twilio_" and
-- the name of the option (vars.xml: <X-PRE-PROCESS cmd="set" data="twilio_account_sid=AC…"/>).
-- Without these variables the credentials come from FreeSWITCH's environment.
local twilio = require "twilio"

local TEXTS = { "account_sid", "auth_token", "api_key", "api_secret", "region", "edge", "base_url", "proxy", "ca_file" }
local SECONDS = { "timeout", "connect_timeout" }

local function global(name)
  local value = freeswitch.getGlobalVariable("twilio_" .. name)
  return value ~= "" and value or nil
end

return function(options)
  for _, name in ipairs(TEXTS) do options[name] = options[name] or global(name) end
  for _, name in ipairs(SECONDS) do
    local value = global(name)
    options[name] = options[name] or tonumber(value) or value -- twilio.client raises for a value that is not a number
  end
  return twilio.client(options)
end
