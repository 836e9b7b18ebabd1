--- Lookup v2: information about a phone number. Fields that Twilio charges for are null unless the
-- parameter `Fields` names them.
local failure = require "twilio.simulator.failure"
local http = require "twilio.simulator.http"
local render = require "twilio.simulator.render"

local lookups = {}

local FEWEST_DIGITS, MOST_DIGITS = 8, 15

-- The optional fields that have a value here. The value is the same for every number.
local PACKAGES = {
  line_type_intelligence = {
    mobile_country_code = "310", mobile_network_code = "456", carrier_name = "Verizon", type = "mobile",
  },
  caller_name = { caller_name = "DELIA VALDEZ", caller_type = "CONSUMER" },
}
local WITHOUT_VALUE = {
  call_forwarding = true, identity_match = true, line_status = true, phone_number_quality_score = true, pre_fill = true,
  reassigned_number = true, sim_swap = true, sms_pumping_risk = true,
}

local fields = {
  "phone_number", "calling_country_code", "country_code", "national_format", "valid",
  { "validation_errors", function(problem) return problem and '["' .. problem .. '"]' or "[]" end },
  "line_type_intelligence", "caller_name", "url",
}
for name in pairs(WITHOUT_VALUE) do fields[#fields + 1] = { name, render.constant(nil) } end

local write = render.object(fields)

--- Returns the error of an invalid number; nil for a valid number.
local function problem_of(number)
  local digits = number:match "^%+(%d+)$"
  if not digits then return "NOT_A_NUMBER" end
  if #digits < FEWEST_DIGITS then return "TOO_SHORT" end
  if #digits > MOST_DIGITS then return "TOO_LONG" end
  return nil
end

--- Only numbers of North America have a national format and a country here.
local function national_format(number)
  local area, exchange, line = number:match "^%+1(%d%d%d)(%d%d%d)(%d%d%d%d)$"
  return area and "(" .. area .. ") " .. exchange .. "-" .. line or nil
end

local function fetch(context, segment)
  local number = http.decode(segment)
  local problem, national = problem_of(number), national_format(number)
  local record = {
    phone_number = number, valid = not problem, validation_errors = problem,
    national_format = national, country_code = national and "US", calling_country_code = national and "1",
    url = "https://lookups.twilio.com" .. context.path,
  }
  for name in (context.query.Fields or ""):gmatch "[^,%s]+" do
    if not (PACKAGES[name] or WITHOUT_VALUE[name]) then failure.raise(400, 60600, "Invalid field: " .. name) end
    record[name] = PACKAGES[name]
  end
  return 200, write(record)
end

function lookups.routes(service)
  service:route("GET", "v2/PhoneNumbers/{}", fetch, "lookups")
end

return lookups
