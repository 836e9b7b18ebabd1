-- Places a call and prints its SID.
--
--   lua5.4 examples/place_call.lua TO [FROM [URL]]
--
-- URL is the address of the call's TwiML. FROM and URL may be given as TWILIO_FROM and
-- TWILIO_CALL_URL instead. The credentials are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.
-- TWILIO_BASE_URL names another server instead of Twilio's.
local twilio = require "twilio"

local to, from, url = arg[1], arg[2] or os.getenv "TWILIO_FROM", arg[3] or os.getenv "TWILIO_CALL_URL"
if not (to and from and url) then
  io.stderr:write("usage: ", arg[0], " TO [FROM [URL]] (or set TWILIO_FROM and TWILIO_CALL_URL)\n")
  os.exit(2)
end

local made, client = pcall(twilio.client, { base_url = os.getenv "TWILIO_BASE_URL" })
if not made then
  io.stderr:write(tostring(client), "\n") -- credentials are missing
  os.exit(1)
end
local call, message, err = client.calls:make { to = to, from = from, url = url }
if not call then
  io.stderr:write(message, "\n")
  if err.sent == "maybe" then
    io.stderr:write("The call may have been placed: check the list of calls before you place it again.\n")
  end
  os.exit(1)
end
print(call.sid)
