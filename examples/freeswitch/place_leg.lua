-- Places a second leg through Twilio for the call that runs this script, and has it hung up when the call ends:
--
--   <action application="lua" data="place_leg.lua +15558675310 +15017122661 https://example.com/leg.xml"/>
--
-- The arguments are whom to call, the caller's number, and the address of the leg's instructions. Behind it the channel variable
-- twilio_call_sid holds the leg's SID, or twilio_failure says why there is none. The channel's api_hangup_hook, of which it has one, is taken.
local connect = require "twilio_account"

local to, from, url = argv[1], argv[2], argv[3]
-- The script waits for Twilio in the channel's own thread: when the caller hangs up meanwhile it does not stay.
local client = connect { ready = function() return session:ready() end }

local call, message, err = client.calls:make { to = to, from = from, url = url }
if call then
  session:setVariable("twilio_call_sid", call.sid)
  session:setVariable("api_hangup_hook", "luarun hangup_leg.lua " .. call.sid)
  -- The caller may have gone before the hook was there; then nobody is left to wait for but the leg's end.
  if not session:ready() then
    local ended, problem = call:hangup { ready = function() return true end }
    if not ended then freeswitch.consoleLog("err", problem .. "\n") end
  end
else
  session:setVariable("twilio_failure", message)
  freeswitch.consoleLog("err", message .. "\n")
  if err.kind ~= "api" and err.sent ~= "no" then freeswitch.consoleLog("warning", "a leg to " .. to .. " may have been placed all the same\n") end
end
client:close()
