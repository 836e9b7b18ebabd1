--- Numbers that can be bought: a hundred local numbers of each area code, in one country, without those that
-- an account has. As at Twilio, the list has one page.
local failure = require "twilio.simulator.failure"
local numbers = require "twilio.simulator.numbers"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local available = {}

local COUNTRY, MOST, DEFAULT = "US", 30, 20

local function country_path(account) return v2010.ROOT .. account.sid .. "/AvailablePhoneNumbers/" .. COUNTRY end

local write_country = render.object {
  { "country_code", render.constant(COUNTRY) }, { "country", render.constant "United States" }, v2010.uri(country_path),
  { "beta", render.constant(false) }, { "subresource_uris", render.links(country_path, { ["local"] = "/Local.json" }) },
}

local write = render.object {
  "friendly_name", "phone_number", { "lata", render.constant "722" }, { "locality", render.constant "Oakland" },
  { "rate_center", render.constant "OKLD" }, { "latitude", render.constant(37.8) }, { "longitude", render.constant(-122.27) },
  { "region", render.constant "CA" }, { "postal_code", render.constant "94612" }, { "iso_country", render.constant(COUNTRY) },
  { "address_requirements", render.constant "none" }, { "beta", render.constant(false) },
  { "capabilities", render.constant { voice = true, SMS = true, MMS = true } },
}

local function list_countries(context, account_sid)
  local account = context.service:account(context, account_sid)
  return 200, '{"countries":[' .. write_country(account) .. '],"uri":"' .. context.path .. '"}'
end

local function country(context, account_sid, code)
  if code ~= COUNTRY then v2010.not_found(context) end
  return context.service:account(context, account_sid)
end

local function fetch_country(context, account_sid, code)
  return 200, write_country(country(context, account_sid, code))
end

local function number(phone_number)
  return { phone_number = phone_number, friendly_name = (phone_number:gsub("^%+1(...)(...)", "(%1) %2-")) }
end

local KEYS = "22233344455566677778889999" -- the keys of the letters A to Z

-- Returns a function(phone_number) for the parameter Contains: digits or letters in any place, * for any digit.
local function containing(pattern)
  local digits = pattern:upper():gsub("%u", function(letter)
    local place = letter:byte() - ("A"):byte() + 1
    return KEYS:sub(place, place)
  end)
  local wanted = digits:gsub("[^%d*]", ""):gsub("%*", "%%d")
  return function(phone_number) return phone_number:find(wanted) ~= nil end
end

local function list_local(context, account_sid, code)
  country(context, account_sid, code)
  local query = context.query
  local area, size = query.AreaCode or "510", math.min(tonumber(query.PageSize) or DEFAULT, MOST)
  if not area:match("^%d%d%d$") then failure.raise(400, 21451, "Invalid AreaCode: " .. area) end
  local found = numbers.free(context.store, area, size, containing(query.Contains or ""))
  for index, phone_number in ipairs(found) do found[index] = write(number(phone_number)) end
  return 200, '{"available_phone_numbers":[' .. table.concat(found, ",") .. '],"uri":"' .. context.path .. '"}'
end

function available.routes(service)
  local all = "2010-04-01/Accounts/{}/AvailablePhoneNumbers"
  service:route("GET", all .. ".json", list_countries)
  service:route("GET", all .. "/{}.json", fetch_country)
  service:route("GET", all .. "/{}/Local.json", list_local)
end

return available
