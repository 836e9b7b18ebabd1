-- Places a call to each number that is read from the standard input, in luv's loop. More numbers
-- are read while calls are being placed.
--
--   lua5.4 examples/luv.lua [FROM [URL]] < numbers
--
-- URL is the address of the calls' TwiML. FROM and URL may be given as TWILIO_FROM and
-- TWILIO_CALL_URL instead. The credentials are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.
-- TWILIO_BASE_URL names another server instead of Twilio's.
-- The exit status is 1 if a call was not placed.
-- Each number is called as soon as it is read, without a limit. If all numbers are known in
-- advance, use twilio.map, which limits the number of calls at a time.
local uv = require "luv"
local twilio = require "twilio"

local from, url = arg[1] or os.getenv "TWILIO_FROM", arg[2] or os.getenv "TWILIO_CALL_URL"
if not (from and url) then
  io.stderr:write("usage: ", arg[0], " [FROM [URL]] < numbers (or set TWILIO_FROM and TWILIO_CALL_URL)\n")
  os.exit(2)
end

local made, client = pcall(twilio.client, { base_url = os.getenv "TWILIO_BASE_URL", wait = require "twilio.luv" })
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

local rest = "" -- the start of a number whose end is not read yet

local function read()
  uv.fs_read(0, 4096, -1, function(problem, text) -- works for a terminal, a pipe and a file
    assert(text, problem)
    rest = rest .. (text == "" and "\n" or text)
    for number in rest:gmatch "(%S+)%s" do coroutine.wrap(place)(number) end
    rest = rest:match "%S*$"
    if text ~= "" then read() end
  end)
end

read()
uv.run()
os.exit(failures == 0 and 0 or 1)
