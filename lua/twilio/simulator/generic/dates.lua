--- Dates as Twilio writes them.
local dates = {}

local DAY = 86400
local MONTHS = {}
for number, name in ipairs { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" } do MONTHS[name] = number end

-- The formats of the kinds of types (see api.lua). Names of days and months are English in the locale "C",
-- which programs start with.
local FORMATS = { date_time = "!%Y-%m-%dT%H:%M:%SZ", rfc2822 = "!%a, %d %b %Y %H:%M:%S +0000", date = "!%Y-%m-%d" }

--- Returns the days from 1970-01-01 to a date of the Gregorian calendar. The years of the computation begin in
-- March.
function dates.days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local century = math.floor(year / 100)
  return 365 * year + math.floor(year / 4) - century + math.floor(century / 4) + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

local function seconds(year, month, day, hour, minute, second)
  return dates.days(tonumber(year), tonumber(month), tonumber(day)) * DAY + (tonumber(hour) or 0) * 3600 + (tonumber(minute) or 0) * 60
    + (tonumber(second) or 0)
end

--- Returns the seconds since the epoch of `2026-11-30`, `2026-11-30T08:00:00Z` or
-- `Mon, 30 Nov 2026 08:00:00 +0000`, or nil.
function dates.parse(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$"
  if year and rest == "" then return seconds(year, month, day) end
  if year then
    local hour, minute, second = rest:match "^[T ](%d%d):(%d%d):?(%d?%d?)[%d.]*Z?[+%d:]*$"
    return hour and seconds(year, month, day, hour, minute, second)
  end
  local hour, minute, second
  day, month, year, hour, minute, second = text:match "^%a%a%a, (%d%d?) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) "
  return MONTHS[month] and seconds(year, MONTHS[month], day, hour, minute, second)
end

--- Returns the text of a time in the format of a kind of types: "date_time", "rfc2822" or "date".
-- @param time seconds since the epoch
function dates.text(kind, time) return os.date(FORMATS[kind], time) end

--- Returns whether a kind of types is a date.
function dates.is_date(kind) return FORMATS[kind] ~= nil end

return dates
