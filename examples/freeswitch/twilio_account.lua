-- The client of the scripts beside this one: require "twilio_account" { options }.
--
-- The credentials are FreeSWITCH's global variables twilio_account_sid and twilio_auth_token (vars.xml:
-- <X-PRE-PROCESS cmd="set" data="twilio_account_sid=AC…"/>), else those of its environment.
local twilio = require "twilio"

return function(options)
  for _, name in ipairs { "account_sid", "auth_token", "base_url" } do
    local value = freeswitch.getGlobalVariable("twilio_" .. name)
    if value and value ~= "" then options[name] = value end
  end
  return twilio.client(options)
end
