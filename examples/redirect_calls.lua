-- Redirects the live calls to other TwiML, or hangs them up.
--
--   lua5.4 examples/redirect_calls.lua URL|hangup [to=NUMBER] [from=NUMBER]
--
-- The credentials are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. TWILIO_BASE_URL names another
-- server instead of Twilio's. The exit status is 1 if a call could not be changed.
local twilio = require "twilio"

local action, filter = arg[1], {}
local understood = action == "hangup" or action and action:find "^https?://" ~= nil
for i = 2, #arg do
  local name, value = arg[i]:match "^(%a+)=(.+)$"
  if name == "to" or name == "from" then filter[name] = value else understood = false end
end
if not understood then
  io.stderr:write("usage: ", arg[0], " URL|hangup [to=NUMBER] [from=NUMBER]\n")
  os.exit(2)
end

local ENDED = 21220 -- Twilio's error code for a call that has ended
local failures = 0

local function change(call)
  local changed, message, err
  if action == "hangup" then changed, message, err = call:hangup() else changed, message, err = call:route(action) end
  if changed then
    print(call.sid, call.to, call.status)
  elseif err.code ~= ENDED then -- a call may have ended since it was listed
    failures = failures + 1
    io.stderr:write(message, "\n")
  end
end

local function main()
  local client = twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }
  -- Only a call that was answered can be redirected. A queued or ringing call can be hung up as
  -- well. The states are in the order of a call's life. If a call changes its state between two
  -- lists, it is found in the later list.
  local live = action == "hangup" and { twilio.QUEUED, twilio.RINGING, twilio.IN_PROGRESS } or { twilio.IN_PROGRESS }
  for _, status in ipairs(live) do
    filter.status = status
    for call in client.calls:iter(filter) do change(call) end
  end
end

local ok, problem = pcall(main) -- the iterator raises if a page cannot be fetched
if not ok then io.stderr:write(problem, "\n") end
os.exit(ok and failures == 0 and 0 or 1)
