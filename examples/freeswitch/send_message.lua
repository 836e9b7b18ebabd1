-- Sends a message from a call, without holding it up:
--
--   <action application="set" data="result=${luarun(send_message.lua +15558675310 +15017122661 We called you back)}"/>
--
-- The arguments are whom to write to, the sender, and the words of the message. `luarun` gives the script a thread of its own, so that
-- neither the call nor FreeSWITCH's event thread waits for Twilio; what comes of it is in the log.
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
