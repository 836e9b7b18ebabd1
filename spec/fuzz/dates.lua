-- Dates in records. An independent calculation from the digits is the oracle.
local client = require "spec.fuzz.client"
local encode = require("cjson").encode

local MONTHS = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12 }

-- Days from 1970-01-01 to a date of the Gregorian calendar.
local function days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
end

local function expected(text)
  local day, name, year, hour, minute, second, sign, zone_hour, zone_minute =
    text:match "^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) ([%+%-])(%d%d)(%d%d)$"
  if day and MONTHS[name] then
    local zone = (zone_hour * 60 + zone_minute) * 60
    return days(year + 0, MONTHS[name], day + 0) * 86400 + hour * 3600 + minute * 60 + second - (sign == "-" and -zone or zone)
  end
  local month
  year, month, day, hour, minute, second = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)Z$"
  if year then return days(year + 0, month + 0, day + 0) * 86400 + hour * 3600 + minute * 60 + second end
end

return function(text)
  local record = client.answering({ status = 200, body = '{"date_created":' .. encode(text) .. "}" }).calls:get "CA1"
  if not record then return end -- the text is not UTF-8
  local seconds = record:time "date_created"
  if seconds == nil then return end
  assert(math.type(seconds) == "integer")
  local known = expected(text)
  assert(known == nil or known == seconds, ("%q: %s, expected %s"):format(text, seconds, known))
end
