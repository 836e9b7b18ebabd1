--- Applications: the URLs that Twilio requests for calls and messages of a number.
local filters = require "twilio.simulator.filters"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local applications = {}

-- The parameters that set a field, with the names of the fields.
local SETTABLE = {
  FriendlyName = "friendly_name", ApiVersion = "api_version", VoiceUrl = "voice_url", VoiceMethod = "voice_method",
  VoiceFallbackUrl = "voice_fallback_url", VoiceFallbackMethod = "voice_fallback_method", StatusCallback = "status_callback",
  StatusCallbackMethod = "status_callback_method", SmsUrl = "sms_url", SmsMethod = "sms_method", SmsFallbackUrl = "sms_fallback_url",
  SmsFallbackMethod = "sms_fallback_method", SmsStatusCallback = "sms_status_callback", MessageStatusCallback = "message_status_callback",
}

local write = render.object {
  "account_sid", "api_version", v2010.date_created, v2010.date_updated, "friendly_name", "message_status_callback", "sid",
  "sms_fallback_method", "sms_fallback_url", "sms_method", "sms_status_callback", "sms_url", "status_callback", "status_callback_method",
  v2010.uri(v2010.path("Applications")), { "voice_caller_id_lookup", render.constant(false) }, "voice_fallback_method",
  "voice_fallback_url", "voice_method", "voice_url", { "public_application_connect_enabled", render.constant(false) },
}

local tests = { FriendlyName = filters.equal "friendly_name" }
local collection = v2010.of_account "applications"

local function create(context, account_sid)
  local account, store = context.service:account(context, account_sid), context.store
  local application = {
    sid = store:sid("AP"), account_sid = account.sid, api_version = v2010.VERSION, voice_method = "POST", voice_fallback_method = "POST",
    status_callback_method = "POST", sms_method = "POST", sms_fallback_method = "POST", date_created = store.now, date_updated = store.now,
  }
  v2010.set(application, SETTABLE, context.form)
  store:collection(account.sid, "applications"):add(application)
  return 201, write(application)
end

function applications.routes(service)
  local all, one = "2010-04-01/Accounts/{}/Applications.json", "2010-04-01/Accounts/{}/Applications/{}.json"
  service:route("POST", all, create)
  service:route("GET", all, v2010.listing(collection, "applications", write, tests))
  service:route("GET", one, v2010.fetching(collection, write))
  service:route("POST", one, v2010.updating(collection, SETTABLE, write))
  service:route("DELETE", one, v2010.deleting(collection))
end

return applications
