-- Places a second leg through Twilio for the call that runs this script. The leg is hung up when
-- the call ends:
--
--   <action application="lua" data="place_leg.lua +15558675310 +15017122661 https://example.com/leg.xml"/>
--
-- The arguments are the number to call, the caller's number, and the address of the leg's TwiML.
-- Afterwards the channel variable twilio_call_sid is the leg's SID, or twilio_failure is the error.
-- The script uses the channel's api_hangup_hook, and a channel has only one. Another run of the
-- script on the same channel adds its leg to the hook.
local connect = require "twilio_account"

local HOOK = "luarun hangup_leg.lua"

-- The seconds for which the script waits for the response if the caller hangs up or is transferred
-- while the request is in flight. The response has the SID. Without the SID the leg could not be hung
-- up.
local GRACE = 10

-- session:ready() is false after a hang-up and after a transfer. The channel's state distinguishes
-- them: a hang-up sets CS_HANGUP at once, and the channel never returns to an earlier state.
-- "ERROR" is the state of a session without a channel.
local HUNG_UP = { CS_HANGUP = true, CS_REPORTING = true, CS_DESTROY = true, ERROR = true }

local function log(level, text)
  freeswitch.consoleLog(level, text .. "\n")
end

-- Adds the leg to the channel's hook. The hook is a channel variable, which a transfer keeps.
local function end_with_channel(sid)
  local hook = session:getVariable "api_hangup_hook"
  if not hook or hook:sub(1, #HOOK + 1) ~= HOOK .. " " then
    if hook and hook ~= "" then log("warning", "place_leg.lua replaces the channel's api_hangup_hook: " .. hook) end
    hook = HOOK
  end
  session:setVariable("api_hangup_hook", hook .. " " .. sid)
end

local to, from, url = argv[1], argv[2], argv[3]
local client = connect { ready = function() return session:ready() end, grace = GRACE }
local leg, message, err = client.calls:make { to = to, from = from, url = url }
if leg then
  session:setVariable("twilio_call_sid", leg.sid)
  end_with_channel(leg.sid)
  -- The channel may have ended before the hook was set. Hanging up the leg twice does no harm.
  if HUNG_UP[session:getState()] then
    local ended, problem = leg:hangup { ready = function() return true end, repeatable = true }
    if not ended then log("err", problem) end
  end
else
  session:setVariable("twilio_failure", message)
  log("err", message)
  if err.kind ~= "api" and err.sent ~= "no" then log("warning", "a leg to " .. to .. " may have been placed") end
end
client:close()
