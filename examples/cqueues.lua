-- Places a call to each number that is read from the standard input, in a loop of cqueues. More
-- numbers are read while calls are being placed.
--
--   lua5.4 examples/cqueues.lua [FROM [URL]] < numbers
--
-- URL is the address of the calls' TwiML. FROM and URL may be given as TWILIO_FROM and
-- TWILIO_CALL_URL instead. The credentials are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.
-- TWILIO_BASE_URL names another server instead of Twilio's.
-- The exit status is 1 if a call was not placed.
-- Each number is called as soon as it is read, without a limit. If all numbers are known in
-- advance, use twilio.map, which limits the number of calls at a time.
local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local twilio = require "twilio"

local from, url = arg[1] or os.getenv "TWILIO_FROM", arg[2] or os.getenv "TWILIO_CALL_URL"
if not (from and url) then
  io.stderr:write("usage: ", arg[0], " [FROM [URL]] < numbers (or set TWILIO_FROM and TWILIO_CALL_URL)\n")
  os.exit(2)
end

local made, client = pcall(twilio.client, { base_url = os.getenv "TWILIO_BASE_URL" })
if not made then
  io.stderr:write(tostring(client), "\n") -- credentials are missing
  os.exit(1)
end

local failures = 0

local function place(to)
  local call, message, err = client.calls:make { to = to, from = from, url = url } -- suspends only this coroutine
  if call then return print(call.sid, to) end
  failures = failures + 1
  io.stderr:write(to, ": ", message, err.sent == "maybe" and " (the call may have been placed)\n" or "\n")
end

local loop = cqueues.new()
loop:wrap(function()
  local input = assert(socket.fdopen(0))
  local line = input:read "*l" -- Lua 5.1 cannot yield inside `for … in input:lines()`
  while line do
    for number in line:gmatch "%S+" do loop:wrap(place, number) end
    line = input:read "*l"
  end
end)
assert(loop:loop())
os.exit(failures == 0 and 0 or 1)
