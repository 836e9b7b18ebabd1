-- Ends legs at Twilio when the channel that they belong to has ended; place_leg.lua sets it as the channel's hook:
--
--   api_hangup_hook=luarun hangup_leg.lua CA… CA…
local connect = require "twilio_account"

local ENDED = 21220 -- Twilio's error for a call that is over
local client = connect {}

local function hang_up(sid)
  -- To hang up twice does no harm: what is lost on the way may be sent again.
  local call, message, err = client.calls:hangup(sid, { repeatable = true })
  if call then
    freeswitch.consoleLog("info", "leg " .. call.sid .. " is " .. call.status .. "\n")
  elseif err.code == ENDED then
    freeswitch.consoleLog("info", "leg " .. sid .. " has ended by itself\n")
  elseif err.status == 404 then
    freeswitch.consoleLog("notice", "no leg " .. sid .. "\n")
  else
    freeswitch.consoleLog("err", message .. "\n")
  end
end

for _, sid in ipairs(argv) do hang_up(sid) end
client:close()
