--- Checks the signature of one webhook again and again: signature.lua URL BODY CODE COUNT. BODY is a file.
-- Prints the microseconds of CPU for one check, and how many checks succeeded.
local webhook = require("twilio").webhook

local url, path, code, count = arg[1], arg[2], arg[3], tonumber(arg[4])
local file = assert(io.open(path, "rb"))
local body = file:read "*a"
file:close()

local function run(times)
  local good = 0
  for _ = 1, times do
    if webhook.valid("12345678901234567890123456789012", code, url, body) then good = good + 1 end
  end
  return good
end

run(1000)
local start = os.clock()
local good = run(count)
print(("%.3f %d"):format((os.clock() - start) / count * 1e6, good))
