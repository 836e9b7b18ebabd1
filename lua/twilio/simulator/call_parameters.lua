--- The parameters that Twilio sends with every webhook about a call.
local v2010 = require "twilio.simulator.v2010"

local call_parameters = {}

-- The countries of numbers. The longest prefix decides.
local COUNTRIES = {
  ["+1"] = "US", ["+31"] = "NL", ["+33"] = "FR", ["+34"] = "ES", ["+351"] = "PT", ["+353"] = "IE", ["+39"] = "IT", ["+41"] = "CH",
  ["+43"] = "AT", ["+44"] = "GB", ["+46"] = "SE", ["+48"] = "PL", ["+49"] = "DE", ["+52"] = "MX", ["+55"] = "BR", ["+61"] = "AU",
  ["+81"] = "JP", ["+91"] = "IN",
}

--- Returns the country of a number, "" if it is unknown.
function call_parameters.country(number)
  for length = 4, 2, -1 do
    local country = COUNTRIES[number:sub(1, length)]
    if country then return country end
  end
  return ""
end

--- Adds the place of a number: parameters such as FromCountry. Only the country is known.
function call_parameters.add_place(list, prefix, number)
  if not number:match "^%+%d" then return end
  for _, name in ipairs { "City", "State", "Zip" } do list[#list + 1] = { prefix .. name, "" } end
  list[#list + 1] = { prefix .. "Country", call_parameters.country(number) }
end

--- Returns the parameters of a call.
-- @param more further parameters: an array of { name, value }, or nil
-- @return an array of { name, value }
function call_parameters.of(call, more)
  local list = {
    { "CallSid", call.sid }, { "AccountSid", call.account_sid }, { "From", call.from }, { "To", call.to }, { "Caller", call.from },
    { "Called", call.to }, { "CallStatus", call.status }, { "ApiVersion", v2010.VERSION }, { "Direction", call.direction },
  }
  local function add(name, value)
    if value then list[#list + 1] = { name, value } end
  end
  add("ParentCallSid", call.parent_call_sid)
  add("ForwardedFrom", call.forwarded_from)
  add("CallerName", call.caller_name)
  add("ApplicationSid", call.application_sid)
  add("AnsweredBy", call.answered_by)
  for _, place in ipairs { { "From", call.from }, { "Caller", call.from }, { "To", call.to }, { "Called", call.to } } do
    call_parameters.add_place(list, place[1], place[2])
  end
  for _, pair in ipairs(more or {}) do list[#list + 1] = pair end
  return list
end

return call_parameters
