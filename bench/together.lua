-- Places many calls at once with this library: together.lua BASE_URL CA COUNT AT_A_TIME
local twilio = require "twilio"
local base_url, ca, count, at_a_time = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4])
local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = base_url, ca_file = ca }
local numbers = {}
for i = 1, count do numbers[i] = "+15558675310" end
local results, failures = twilio.map(numbers, at_a_time, function(number)
  return client.calls:make { to = number, from = "+15017122661", url = "http://foo.com/call.xml" }
end)
assert(not failures, failures and select(2, next(failures)).message)
local n = 0
for i = 1, results.n do n = n + (results[i].sid and 1 or 0) end
print("check " .. n)
