--- The phone numbers of an account: incoming numbers, which it rents from Twilio, and outgoing
-- caller IDs, which are its own numbers.
local failure = require "twilio.simulator.failure"
local filters = require "twilio.simulator.filters"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local numbers = {}

numbers.MOBILE_AREA = "710" -- of the mobile numbers outside of North America

-- The numbers of a new account.
local LENT = { "+15017122661", "+15017122662", "+15017122663" }
local OWN = { "+14158675309", "+14158675310" }

-- The parameters that set a field, with the names of the fields.
local SETTABLE = {
  FriendlyName = "friendly_name", SmsApplicationSid = "sms_application_sid", SmsFallbackMethod = "sms_fallback_method",
  SmsFallbackUrl = "sms_fallback_url", SmsMethod = "sms_method", SmsUrl = "sms_url", StatusCallback = "status_callback",
  StatusCallbackMethod = "status_callback_method", VoiceApplicationSid = "voice_application_sid", VoiceUrl = "voice_url",
  VoiceFallbackMethod = "voice_fallback_method", VoiceFallbackUrl = "voice_fallback_url", VoiceMethod = "voice_method",
}

local TOLL_FREE = { ["800"] = true, ["833"] = true, ["844"] = true, ["855"] = true, ["866"] = true, ["877"] = true, ["888"] = true }

-- Returns the type of a number. Only those of North America show it, and those that available.lua has made.
local function kind_of(number)
  local country, area = number.phone_number:match "^(%+%d+)(%d%d%d)555%d%d%d%d$"
  area = area or number.phone_number:match "^%+1(%d%d%d)"
  if area and TOLL_FREE[area] then return "toll free" end
  return country and country ~= "+1" and area == numbers.MOBILE_AREA and "mobile" or "local"
end

local write_lent = render.object {
  "account_sid", "address_sid", { "address_requirements", render.constant "none" }, v2010.api_version, { "beta", render.constant(false) },
  { "capabilities", render.constant { voice = true, sms = true, mms = true, fax = false } }, v2010.date_created, v2010.date_updated,
  "friendly_name", "identity_sid", "phone_number", { "origin", render.constant "twilio" }, "sid", "sms_application_sid",
  "sms_fallback_method", "sms_fallback_url", "sms_method", "sms_url", "status_callback", "status_callback_method", "trunk_sid",
  v2010.uri(v2010.path("IncomingPhoneNumbers")), { "voice_receive_mode", render.constant "voice" }, "voice_application_sid",
  { "voice_caller_id_lookup", render.constant(false) }, "voice_fallback_method", "voice_fallback_url", "voice_method", "voice_url",
  { "emergency_status", render.constant "Inactive" }, "emergency_address_sid",
  { "emergency_address_status", render.constant "unregistered" }, "bundle_sid",
  { "status", render.constant "in-use" }, { "type", render.computed(kind_of) },
}

local write_own = render.object {
  "sid", v2010.date_created, v2010.date_updated, "friendly_name", "account_sid", "phone_number", v2010.uri(v2010.path("OutgoingCallerIds")),
}

local tests = { PhoneNumber = filters.equal "phone_number", FriendlyName = filters.equal "friendly_name" }

local function add(store, account, kind, phone_number, form)
  local number = {
    sid = store:sid("PN"), account_sid = account.sid, phone_number = phone_number, friendly_name = phone_number, sms_method = "POST",
    sms_fallback_method = "POST", voice_method = "POST", voice_fallback_method = "POST", status_callback_method = "POST",
    date_created = store.now, date_updated = store.now,
  }
  v2010.set(number, SETTABLE, form)
  store:collection(account.sid, kind):add(number)
  return number
end

--- Returns whether an account of the simulator has a number. No account can buy such a number.
function numbers.is_taken(store, phone_number)
  for sid in pairs(store.accounts) do
    for _, number in ipairs(store:collection(sid, "incoming_phone_numbers"):all()) do
      if number.phone_number == phone_number then return true end
    end
  end
  return false
end

--- Adds the numbers of a new account. All accounts of the simulator share them.
function numbers.provide(store, account)
  for _, phone_number in ipairs(LENT) do add(store, account, "incoming_phone_numbers", phone_number, {}) end
  for _, phone_number in ipairs(OWN) do add(store, account, "outgoing_caller_ids", phone_number, {}) end
end

local lent, own = v2010.of_account "incoming_phone_numbers", v2010.of_account "outgoing_caller_ids"

-- Twilio's test numbers: one that cannot be bought, and one that is no number
local UNAVAILABLE, INVALID = "+15005550000", "+15005550001"
local EMPTY_AREA = "500" -- Twilio's test area code without numbers

local MOST_IN_AREA = 100

--- Returns the first numbers of an area code that no account has, in their order.
-- @param country the prefix of the country, such as "+1"
-- @param accepts nil, or function(phone_number)
function numbers.free(store, country, area, most, accepts)
  local found = {}
  for index = 1, area == EMPTY_AREA and 0 or MOST_IN_AREA do
    local phone_number = ("%s%s555%04d"):format(country, area, index)
    if #found < most and (not accepts or accepts(phone_number)) and not numbers.is_taken(store, phone_number) then
      found[#found + 1] = phone_number
    end
  end
  return found
end

-- Returns the number that a form wants to buy.
local function wanted(store, form)
  if form.PhoneNumber then
    if not form.PhoneNumber:match "^%+%d+$" or form.PhoneNumber == INVALID then
      failure.raise(400, 21421, "PhoneNumber is invalid" .. failure.hint_of_number(form.PhoneNumber))
    end
    if form.PhoneNumber == UNAVAILABLE or numbers.is_taken(store, form.PhoneNumber) then
      failure.raise(400, 21422, form.PhoneNumber .. " is not available")
    end
    return form.PhoneNumber
  end
  if not form.AreaCode then failure.raise(400, 21402, "PhoneNumber or AreaCode is required") end
  if not form.AreaCode:match "^%d%d%d$" then failure.raise(400, 21451, "Invalid AreaCode: " .. form.AreaCode) end
  return numbers.free(store, "+1", form.AreaCode, 1)[1] or failure.raise(400, 21452, "No phone numbers found in area code " .. form.AreaCode)
end

local function create(context, account_sid)
  local account = context.service:account(context, account_sid)
  local phone_number = wanted(context.store, context.form)
  return 201, write_lent(add(context.store, account, "incoming_phone_numbers", phone_number, context.form))
end

-- Returns a function(context, account_sid) that returns the account's numbers of a type, as a collection to page.
local function of_kind(kind)
  return function(context, account_sid)
    local all = lent(context, account_sid)
    return {
      page = function(_, limit, token, accepts)
        return all:page(limit, token, function(number) return kind_of(number) == kind and accepts(number) end)
      end,
    }
  end
end

local function routes(service, name, key, collection_of, write)
  local base = "2010-04-01/Accounts/{}/" .. name
  service:route("GET", base .. ".json", v2010.listing(collection_of, key, write, tests))
  service:route("GET", base .. "/{}.json", v2010.fetching(collection_of, write))
  service:route("POST", base .. "/{}.json", v2010.updating(collection_of, SETTABLE, write))
  service:route("DELETE", base .. "/{}.json", v2010.deleting(collection_of))
end

function numbers.routes(service)
  routes(service, "IncomingPhoneNumbers", "incoming_phone_numbers", lent, write_lent)
  routes(service, "OutgoingCallerIds", "outgoing_caller_ids", own, write_own)
  service:route("POST", "2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", create)
  for name, kind in pairs { Local = "local", Mobile = "mobile", TollFree = "toll free" } do
    local path = "2010-04-01/Accounts/{}/IncomingPhoneNumbers/" .. name .. ".json"
    service:route("POST", path, create)
    service:route("GET", path, v2010.listing(of_kind(kind), "incoming_phone_numbers", write_lent, tests))
  end
end

return numbers
