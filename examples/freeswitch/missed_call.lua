-- An event hook that sends a message to a caller whose call was not answered. In lua.conf.xml:
--
--   <hook event="CHANNEL_HANGUP_COMPLETE" script="missed_call.lua"/>
--
-- The sender is FreeSWITCH's global variable twilio_from. All hooks run one after the other in
-- FreeSWITCH's event thread. A hook must therefore not wait for Twilio: `luarun` runs
-- send_message.lua in another thread.
local caller, from = event:getHeader "Caller-Caller-ID-Number", freeswitch.getGlobalVariable "twilio_from"
local was_missed = event:getHeader "Call-Direction" == "inbound" and event:getHeader "Caller-Channel-Answered-Time" == "0"

-- mod_lua pastes luarun's arguments into a Lua program, and the caller controls the event's fields.
-- Anything except a phone number must be rejected.
local function is_number(text)
  return text ~= nil and text:find "^%+%d+$" ~= nil
end

if was_missed and is_number(caller) and is_number(from) then
  freeswitch.API():executeString(("luarun send_message.lua %s %s Sorry, we missed your call."):format(caller, from))
end
