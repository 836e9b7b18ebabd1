-- Ends a leg at Twilio when the channel that it belongs to has ended; place_leg.lua sets it as the channel's hook:
--
--   api_hangup_hook=luarun hangup_leg.lua CA…
local connect = require "twilio_account"

local ENDED = 21220 -- Twilio's error for a call that is over
local client = connect {}
-- To hang up twice does no harm: what is lost on the way may be sent again.
local call, message, err = client.calls:hangup(argv[1], { repeatable = true })
if call then
  freeswitch.consoleLog("info", "leg " .. call.sid .. " is " .. call.status .. "\n")
elseif err.code == ENDED then
  freeswitch.consoleLog("info", "leg " .. argv[1] .. " has ended by itself\n")
elseif err.status == 404 then
  freeswitch.consoleLog("notice", "no leg " .. argv[1] .. "\n")
else
  freeswitch.consoleLog("err", message .. "\n")
end
client:close()
