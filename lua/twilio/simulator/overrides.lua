--- Connection overrides in the fragment of a webhook's URL, such as "#rc=2&rp=all".
local overrides = {}

-- Milliseconds: least, greatest, and without an override.
local TIMES = { ct = { 100, 10000, 5000 }, rt = { 100, 15000, 15000 }, tt = { 1, 15000, 15000 } }
local MOST_RETRIES, RETRIES = 5, 1

local function seconds(values, name)
  local least, most, default = TIMES[name][1], TIMES[name][2], TIMES[name][3]
  local value = tonumber(values[name])
  return (value and value >= least and value <= most and value or default) / 1000
end

--- Separates a URL from its overrides. Twilio ignores values out of their range, and so does this function.
-- @return the URL without its fragment, and { connect, read, total = seconds, retries, on = a set of
-- "4xx", "5xx", "ct" and "rt" }
function overrides.split(url)
  local plain, fragment = url:match "^([^#]*)#?(.*)$"
  local values = {}
  for name, value in fragment:gmatch "(%a+)=([^&]*)" do values[name] = value end
  local on = {}
  for word in (values.rp or "ct"):gmatch "[^,]+" do on[word] = true end
  if on.all then on = { ["4xx"] = true, ["5xx"] = true, ct = true, rt = true } end
  local retries = tonumber(values.rc)
  if not retries or retries < 0 or retries > MOST_RETRIES then retries = RETRIES end
  return plain, { connect = seconds(values, "ct"), read = seconds(values, "rt"), total = seconds(values, "tt"), retries = retries, on = on }
end

return overrides
