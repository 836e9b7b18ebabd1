-- Sends a message from a call, without delaying the call:
--
--   <action application="set" data="result=${luarun(send_message.lua +15558675310 +15017122661 We called you back)}"/>
--
-- The arguments are the recipient, the sender, and the words of the message. `luarun` runs the
-- script in another thread, so that neither the call nor FreeSWITCH's event thread waits for Twilio.
-- The outcome is written to the log.
local connect = require "twilio_account"

local words = {}
for i = 3, #argv do words[#words + 1] = argv[i] end

local client = connect {}
local sent, message = client.messages:create { to = argv[1], from = argv[2], body = table.concat(words, " ") }
if sent then
  freeswitch.consoleLog("info", "message " .. sent.sid .. " is " .. sent.status .. "\n")
else
  freeswitch.consoleLog("err", message .. "\n")
end
client:close()
