--- Numbers that can be bought: a hundred of each area code in some countries, without those that an account has.
-- As at Twilio, the list has one page.
local failure = require "twilio.simulator.failure"
local numbers = require "twilio.simulator.numbers"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local available = {}

local MOST, DEFAULT = 30, 20

-- The countries, as call_parameters.lua knows their prefixes
local COUNTRIES = {
  AT = { "Austria", "+43" }, AU = { "Australia", "+61" }, BR = { "Brazil", "+55" }, CH = { "Switzerland", "+41" }, DE = { "Germany", "+49" },
  ES = { "Spain", "+34" }, FR = { "France", "+33" }, GB = { "United Kingdom", "+44" }, IE = { "Ireland", "+353" }, IN = { "India", "+91" },
  IT = { "Italy", "+39" }, JP = { "Japan", "+81" }, MX = { "Mexico", "+52" }, NL = { "Netherlands", "+31" }, PL = { "Poland", "+48" },
  PT = { "Portugal", "+351" }, SE = { "Sweden", "+46" }, US = { "United States", "+1" },
}

-- The area codes of a search without AreaCode
local AREAS = { Local = "510", Mobile = numbers.MOBILE_AREA, TollFree = "800" }

local function country_path(country) return v2010.ROOT .. country.account_sid .. "/AvailablePhoneNumbers/" .. country.country_code end

local write_country = render.object {
  "country_code", "country", v2010.uri(country_path), { "beta", render.constant(false) },
  { "subresource_uris", render.links(country_path, { ["local"] = "/Local.json", mobile = "/Mobile.json", toll_free = "/TollFree.json" }) },
}

-- Returns a writer of numbers of a country. Only those of the USA have a place.
local function writer(code)
  local function of_us(value) return render.constant(code == "US" and value or nil) end
  return render.object {
    "friendly_name", "phone_number", { "lata", of_us "722" }, { "locality", of_us "Oakland" }, { "rate_center", of_us "OKLD" },
    { "latitude", of_us(37.8) }, { "longitude", of_us(-122.27) }, { "region", of_us "CA" }, { "postal_code", of_us "94612" },
    { "iso_country", render.constant(code) }, { "address_requirements", render.constant "none" }, { "beta", render.constant(false) },
    { "capabilities", render.constant { voice = true, SMS = true, MMS = true } },
  }
end

local writers = {}
for code in pairs(COUNTRIES) do writers[code] = writer(code) end

local function describe(account, code)
  return write_country { account_sid = account.sid, country_code = code, country = COUNTRIES[code][1] }
end

local function list_countries(context, account_sid)
  local account, codes = context.service:account(context, account_sid), {}
  for code in pairs(COUNTRIES) do codes[#codes + 1] = code end
  table.sort(codes)
  for index, code in ipairs(codes) do codes[index] = describe(account, code) end
  return 200, '{"countries":[' .. table.concat(codes, ",") .. '],"uri":"' .. context.path .. '"}'
end

-- Returns the account and the prefix of a country.
local function find(context, account_sid, code)
  if not COUNTRIES[code] then v2010.not_found(context) end
  return context.service:account(context, account_sid), COUNTRIES[code][2]
end

local function fetch_country(context, account_sid, code)
  return 200, describe(find(context, account_sid, code), code)
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

-- Returns the handler of a search for numbers of a type.
local function searching(kind)
  return function(context, account_sid, code)
    local _, prefix = find(context, account_sid, code)
    local query = context.query
    local area, size = query.AreaCode or AREAS[kind], math.min(tonumber(query.PageSize) or DEFAULT, MOST)
    if not area:match "^%d%d%d$" then failure.raise(400, 21451, "Invalid AreaCode: " .. area) end
    local found = numbers.free(context.store, prefix, area, size, containing(query.Contains or ""))
    for index, phone_number in ipairs(found) do found[index] = writers[code](number(phone_number)) end
    return 200, '{"available_phone_numbers":[' .. table.concat(found, ",") .. '],"uri":"' .. context.path .. '"}'
  end
end

function available.routes(service)
  local all = "2010-04-01/Accounts/{}/AvailablePhoneNumbers"
  service:route("GET", all .. ".json", list_countries)
  service:route("GET", all .. "/{}.json", fetch_country)
  for kind in pairs(AREAS) do service:route("GET", all .. "/{}/" .. kind .. ".json", searching(kind)) end
end

return available
