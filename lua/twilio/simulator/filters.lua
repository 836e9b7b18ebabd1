--- The query of a list: selects the records and the page.
local dates = require "twilio.simulator.generic.dates"
local http = require "twilio.simulator.http"
local failure = require "twilio.simulator.failure"

local filters = {}

local DAY = 86400
local DEFAULT_PAGE_SIZE, GREATEST_PAGE_SIZE = 50, 1000

--- Reads `2009-07-06` or `2009-07-06T12:00:00Z`.
-- @return the first and the last second of this time; nil if the text has another format
function filters.time(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year then return nil end
  local start = dates.days(tonumber(year), tonumber(month), tonumber(day)) * DAY
  if rest == "" then return start, start + DAY - 1 end
  local hour, minute, second = rest:match("^T(%d%d):(%d%d):(%d%d)Z$")
  if not hour then return nil end
  local time = start + hour * 3600 + minute * 60 + second
  return time, time
end

--- Tests whether a field of a record equals the value.
function filters.equal(field)
  return function(value)
    return function(record) return tostring(record[field]) == value end
  end
end

--- Tests a time. `Name` accepts times within the given day or second. `Name<` accepts times at or
-- before the given second, and `Name>` at or after it. For these two, a date means its first second.
local function time_test(field, holds)
  return function(value, name)
    local first, last = filters.time(value)
    if not first then failure.raise(400, 20001, "Invalid " .. name .. ": " .. value) end
    return function(record)
      local time = record[field]
      return time ~= nil and holds(time, first, last)
    end
  end
end

local function within(time, first, last) return time >= first and time <= last end
local function at_or_before(time, first) return time <= first end
local function at_or_after(time, first) return time >= first end

--- Adds the three tests of a time to `tests`.
function filters.add_time(tests, name, field)
  tests[name] = time_test(field, within)
  tests[name .. "<"] = time_test(field, at_or_before)
  tests[name .. ">"] = time_test(field, at_or_after)
  return tests
end

--- Returns a function(record) that combines all tests of a query.
-- @param tests maps the name of a parameter to function(value, name), which returns
-- function(record)
function filters.accepting(values, tests)
  local wanted = {}
  for name, test in pairs(tests) do
    if values[name] and values[name] ~= "" then wanted[#wanted + 1] = test(values[name], name) end
  end
  return function(record)
    for _, test in ipairs(wanted) do
      if not test(record) then return false end
    end
    return true
  end
end

--- Reads a whole number from a query. Raises a failure if it is less than `least`.
local function whole(values, name, default, least)
  local value = values[name]
  if not value then return default end
  local number = value:match("^%d+$") and tonumber(value)
  if not number or number < least then failure.raise(400, 20001, "Invalid " .. name .. ": " .. value) end
  return number
end

--- Returns the query of a link to another page: the given filters, then the position of the page.
local function link(asked, size, page, token)
  local parts = {}
  for _, pair in ipairs(asked) do
    if pair[1] ~= "Page" and pair[1] ~= "PageSize" and pair[1] ~= "PageToken" then
      parts[#parts + 1] = http.encode(pair[1]) .. "=" .. http.encode(pair[2])
    end
  end
  parts[#parts + 1] = "PageSize=" .. size
  parts[#parts + 1] = "Page=" .. page
  if token then parts[#parts + 1] = "PageToken=" .. token end
  return "?" .. table.concat(parts, "&")
end

--- Returns the page of a collection that a query selects. A page token names a record. Records that
-- are deleted or no longer match therefore do not move other records to another page.
-- @return { records, page, size, own, first, next, previous }. The last four are queries of links.
-- `next` and `previous` may be nil.
function filters.page(collection, query, tests)
  local values, asked = http.form(query)
  local size = math.min(whole(values, "PageSize", DEFAULT_PAGE_SIZE, 1), GREATEST_PAGE_SIZE)
  local number = whole(values, "Page", 0, 0)
  local token = values.PageToken
  if number > 0 and not token then failure.raise(400, 20001, "Page needs a PageToken") end
  local records, older, newer = collection:page(size, token, filters.accepting(values, tests))
  if not records then failure.raise(400, 20001, "Invalid PageToken: " .. token) end
  local first, last = records[1], records[#records]
  return {
    records = records, page = number, size = size,
    own = link(asked, size, number, token),
    first = link(asked, size, 0),
    next = last and older and link(asked, size, number + 1, "PA" .. last.sid) or nil,
    previous = first and newer and number > 0 and link(asked, size, number - 1, "PB" .. first.sid) or nil,
  }
end

return filters
