-- Places a call to each number that comes on standard input, in a loop of cqueues: while calls are being placed, more numbers are read.
--
--   lua5.4 examples/cqueues.lua [FROM [URL]] < numbers
--
-- FROM and URL, the address of the calls' instructions, may stand in TWILIO_FROM and TWILIO_CALL_URL instead. The credentials are
-- TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN; with TWILIO_BASE_URL everything is sent there. Exits with 1 when a call was not placed.
-- Numbers are called as they come, however many wait; where all are known before, twilio.map calls so many at a time.
local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local twilio = require "twilio"

local from, url = arg[1] or os.getenv "TWILIO_FROM", arg[2] or os.getenv "TWILIO_CALL_URL"
if not (from and url) then
  io.stderr:write("usage: ", arg[0], " [FROM [URL]] < numbers (FROM and URL also as TWILIO_FROM and TWILIO_CALL_URL)\n")
  os.exit(2)
end

local made, client = pcall(twilio.client, { base_url = os.getenv "TWILIO_BASE_URL" })
if not made then
  io.stderr:write(client, "\n") -- no credentials
  os.exit(1)
end

local failures = 0

local function place(to)
  local call, message, err = client.calls:make { to = to, from = from, url = url } -- suspends this coroutine alone
  if call then return print(call.sid, to) end
  failures = failures + 1
  io.stderr:write(to, ": ", message, err.sent == "maybe" and " (it may have been placed all the same)\n" or "\n")
end

local loop = cqueues.new()
loop:wrap(function()
  local input = assert(socket.fdopen(0))
  local line = input:read "*l" -- a loop over input:lines() could not wait on Lua 5.1
  while line do
    for number in line:gmatch "%S+" do loop:wrap(place, number) end
    line = input:read "*l"
  end
end)
assert(loop:loop())
os.exit(failures == 0 and 0 or 1)
