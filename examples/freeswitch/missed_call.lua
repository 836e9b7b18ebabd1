-- An event hook: writes to a caller whose call nobody answered. In lua.conf.xml:
--
--   <hook event="CHANNEL_HANGUP_COMPLETE" script="missed_call.lua"/>
--
-- The sender is FreeSWITCH's global variable twilio_from. Hooks run one after the other in FreeSWITCH's event thread, so
-- this one does not wait for Twilio: luarun gives send_message.lua a thread of its own.
local caller, from = event:getHeader "Caller-Caller-ID-Number", freeswitch.getGlobalVariable "twilio_from"
local was_missed = event:getHeader "Call-Direction" == "inbound" and event:getHeader "Caller-Channel-Answered-Time" == "0"

-- mod_lua writes luarun's arguments into a Lua program, and a caller chooses what stands in the event: nothing but a
-- number may pass.
local function is_number(text)
  return text ~= nil and text:find "^%+%d+$" ~= nil
end

if was_missed and is_number(caller) and is_number(from) then
  freeswitch.API():executeString(("luarun send_message.lua %s %s Sorry, we missed your call."):format(caller, from))
end
