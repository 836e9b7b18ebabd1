-- Places a second leg through Twilio for the call that runs this script, and has it hung up when the call ends:
--
--   <action application="lua" data="place_leg.lua +15558675310 +15017122661 https://example.com/leg.xml"/>
--
-- The arguments are whom to call, the caller's number, and the address of the leg's instructions. Afterwards the channel
-- variable twilio_call_sid holds the leg's SID, or twilio_failure says why there is none. The script uses the channel's
-- api_hangup_hook, of which a channel has one. Run once more on the same channel, it adds a leg to those in the hook.
local connect = require "twilio_account"

local HOOK = "luarun hangup_leg.lua"

-- When the caller hangs up or is transferred while the request is on its way, the script stays for its answer, but no
-- longer than so many seconds: without the SID in it nobody could hang the leg up.
local GRACE = 10

-- session:ready() is false after a hang-up and after a transfer; the channel's state says which it was. A hang-up sets
-- CS_HANGUP at once, and no state before it ever comes back. "ERROR" is a session without a channel.
local HUNG_UP = { CS_HANGUP = true, CS_REPORTING = true, CS_DESTROY = true, ERROR = true }

local function log(level, text)
  freeswitch.consoleLog(level, text .. "\n")
end

-- Adds the leg to those that end with the channel. A transferred call takes its variables along.
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
  -- The hook may have been too late. It does no harm that the leg is hung up twice.
  if HUNG_UP[session:getState()] then
    local ended, problem = leg:hangup { ready = function() return true end, repeatable = true }
    if not ended then log("err", problem) end
  end
else
  session:setVariable("twilio_failure", message)
  log("err", message)
  if err.kind ~= "api" and err.sent ~= "no" then log("warning", "a leg to " .. to .. " may have been placed all the same") end
end
client:close()
