-- Hangs up legs at Twilio after their channel has ended. place_leg.lua sets this script as the
-- channel's hook:
--
--   api_hangup_hook=luarun hangup_leg.lua CA… CA…
local connect = require "twilio_account"

local ENDED = 21220 -- Twilio's error code for a call that has ended
local client = connect {}

local function hang_up(sid)
  -- Hanging up twice does no harm, so the request may be repeated after a network failure.
  local call, message, err = client.calls:hangup(sid, { repeatable = true })
  if call then
    freeswitch.consoleLog("info", "leg " .. call.sid .. " is " .. call.status .. "\n")
  elseif err.code == ENDED then
    freeswitch.consoleLog("info", "leg " .. sid .. " had ended already\n")
  elseif err.status == 404 then
    freeswitch.consoleLog("notice", "no leg " .. sid .. "\n")
  else
    freeswitch.consoleLog("err", message .. "\n")
  end
end

for _, sid in ipairs(argv) do hang_up(sid) end
client:close()
