-- Writes TwiML documents of 20 verbs: lua bench/twiml.lua COUNT. Prints "check", the number of bytes,
-- and "cpu", the seconds. bench/twiml.py and bench/twiml.js write the same documents.
local count = assert(tonumber(arg[1]), "usage: lua bench/twiml.lua COUNT")
local twiml = require("twilio").twiml

local function document(i)
  local r = twiml.voice()
  for n = 1, 5 do
    local gather = r:gather { num_digits = 1, action = "/menu/" .. i % 10, timeout = 5 }
    gather:say("Press " .. n .. " for sales & service", { voice = "Polly.Joanna", language = "en-US" })
    r:pause { length = n }
    r:redirect("/voice?step=" .. n, { method = "POST" })
  end
  return tostring(r)
end

for i = 1, 200 do document(i) end
local bytes, start = 0, os.clock()
for i = 1, count do bytes = bytes + #document(i) end
print("cpu", os.clock() - start)
print("check", bytes)
