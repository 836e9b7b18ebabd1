--- Verify v2: services, verifications and their checks. The code of a verification is its
-- CustomCode, or the first digits of 1234567890.
local failure = require "twilio.simulator.failure"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local verify = {}

local DIGITS = "1234567890"
local DEFAULT_LENGTH = 6
local LIFETIME = 600 -- the lifetime of a pending verification, in seconds
local MOST_CHECKS, MOST_SENT = 5, 5

-- The parameters that set a field of a service, with the names of the fields.
local NUMBERS = { CodeLength = "code_length" }
local TEXTS = { FriendlyName = "friendly_name", TtsName = "tts_name", DefaultTemplateSid = "default_template_sid" }
local BOOLEANS = {
  LookupEnabled = "lookup_enabled", SkipSmsToLandlines = "skip_sms_to_landlines", DtmfInputRequired = "dtmf_input_required",
  Psd2Enabled = "psd2_enabled", DoNotShareWarningEnabled = "do_not_share_warning_enabled", CustomCodeEnabled = "custom_code_enabled",
  VerifyEventSubscriptionEnabled = "verify_event_subscription_enabled",
}

local dates = { { "date_created", render.iso8601 }, { "date_updated", render.iso8601 } }
local null = render.constant(nil)

local function service_url(service) return service.base .. "/v2/Services/" .. service.sid end

local write_service = render.object {
  "sid", "account_sid", "friendly_name", "code_length", "lookup_enabled", "psd2_enabled", "skip_sms_to_landlines", "dtmf_input_required",
  "tts_name", "do_not_share_warning_enabled", "custom_code_enabled", { "push", null }, { "totp", null }, "default_template_sid",
  { "whatsapp", null }, { "passkeys", null }, "verify_event_subscription_enabled", dates[1], dates[2],
  { "url", render.computed(service_url) },
  { "links", render.links(service_url, {
    verification_checks = "/VerificationCheck", verifications = "/Verifications", rate_limits = "/RateLimits",
    messaging_configurations = "/MessagingConfigurations", entities = "/Entities", webhooks = "/Webhooks", access_tokens = "/AccessTokens",
  }) },
}

local function verification_url(verification)
  return verification.base .. "/v2/Services/" .. verification.service_sid .. "/Verifications/" .. verification.sid
end

local function is_approved(verification) return verification.status == "approved" end

local write_verification = render.object {
  "sid", "service_sid", "account_sid", "to", "channel", "status", { "valid", render.computed(is_approved) },
  { "lookup", render.constant {} }, "amount", "payee", "send_code_attempts", dates[1], dates[2], { "sna", null },
  { "url", render.computed(verification_url) },
}

local write_check = render.object {
  "sid", "service_sid", "account_sid", "to", "channel", "status", { "valid", render.computed(is_approved) }, "amount", "payee",
  dates[1], dates[2], { "sna_attempts_error_codes", null },
}

--- Returns a function that writes a record. Its links lead to the URL of this request's server.
local function writing(context, write)
  return function(record)
    record.base = v2010.base(context)
    return write(record)
  end
end

local function collection(context)
  return context.store:collection(context.caller.sid, "verify_services")
end

local function find_service(context, sid)
  return v2010.find(context, collection(context), sid)
end

local function list(context)
  return v2010.list_with_meta(context, collection(context), "services", writing(context, write_service))
end

local function set_fields(service, form)
  for parameter, field in pairs(TEXTS) do service[field] = form[parameter] or service[field] end
  for parameter, field in pairs(NUMBERS) do
    if form[parameter] then service[field] = tonumber(form[parameter]) or failure.raise(400, 60200, "Invalid parameter: " .. parameter) end
  end
  for parameter, field in pairs(BOOLEANS) do
    if form[parameter] then service[field] = form[parameter] == "true" end
  end
  if service.code_length < 4 or service.code_length > 10 then failure.raise(400, 60200, "Invalid parameter: CodeLength") end
end

local function create(context)
  local store = context.store
  local service = {
    sid = store:sid("VA"), account_sid = context.caller.sid, code_length = DEFAULT_LENGTH, date_created = store.now,
    date_updated = store.now,
  }
  for _, field in pairs(BOOLEANS) do service[field] = false end
  set_fields(service, context.form)
  collection(context):add(service)
  return 201, writing(context, write_service)(service)
end

local function fetch(context, sid)
  return 200, writing(context, write_service)(find_service(context, sid))
end

local function update(context, sid)
  local service = find_service(context, sid)
  set_fields(service, context.form)
  v2010.touch(service, context.store.now)
  return 200, writing(context, write_service)(service)
end

local function delete(context, sid)
  find_service(context, sid)
  collection(context):remove(sid)
  return 204
end

local function verifications(context, service_sid)
  find_service(context, service_sid)
  return context.store:collection(service_sid, "verifications")
end

local function is_pending(context, verification)
  return verification.status == "pending" and context.store.now < verification.date_created + LIFETIME
end

--- Returns the pending verification of an address.
local function pending_to(context, all, to)
  for _, verification in ipairs(all:all()) do
    if verification.to == to and is_pending(context, verification) then return verification end
  end
  return nil
end

local CHANNELS = { sms = true, call = true, email = true, whatsapp = true, sna = true }

local function send(context, verification)
  local attempts = verification.send_code_attempts
  if #attempts == MOST_SENT then failure.raise(429, 60203, "Max send attempts reached") end
  attempts[#attempts + 1] = {
    time = os.date("!%Y-%m-%dT%H:%M:%SZ", context.store.now), channel = verification.channel:upper(), attempt_sid = context.store:sid("VL"),
  }
  v2010.touch(verification, context.store.now)
end

local function create_verification(context, service_sid)
  local store, form = context.store, context.form
  local all, service = verifications(context, service_sid), find_service(context, service_sid)
  if not CHANNELS[form.Channel] then failure.raise(400, 60200, "Invalid parameter: Channel") end
  if form.CustomCode and not service.custom_code_enabled then failure.raise(403, 60204, "Service does not support this feature") end
  local verification = pending_to(context, all, form.To)
  if not verification then
    verification = {
      sid = store:sid("VE"), service_sid = service_sid, account_sid = context.caller.sid, to = form.To, status = "pending", checks = 0,
      amount = form.Amount, payee = form.Payee, send_code_attempts = {}, date_created = store.now, date_updated = store.now,
      code = form.CustomCode or DIGITS:sub(1, service.code_length),
    }
    all:add(verification)
  end
  verification.channel = form.Channel
  send(context, verification)
  store.codes[#store.codes + 1] = verification
  store.events:publish("verification", {
    sid = verification.sid, service_sid = service_sid, to = verification.to, channel = verification.channel, code = verification.code,
  })
  return 201, writing(context, write_verification)(verification)
end

--- Returns a verification by its SID, or the pending verification of an address. Twilio accepts
-- both.
local function find_verification(context, service_sid, sid)
  local all = verifications(context, service_sid)
  return all:get(sid) or pending_to(context, all, sid) or v2010.not_found(context)
end

local function fetch_verification(context, service_sid, sid)
  return 200, writing(context, write_verification)(find_verification(context, service_sid, sid))
end

local function update_verification(context, service_sid, sid)
  local verification = find_verification(context, service_sid, sid)
  local status = context.form.Status
  if status ~= "canceled" and status ~= "approved" then failure.raise(400, 60200, "Invalid parameter: Status") end
  if not is_pending(context, verification) then v2010.not_found(context) end
  verification.status = status
  v2010.touch(verification, context.store.now)
  return 200, writing(context, write_verification)(verification)
end

local function check(context, service_sid)
  local form = context.form
  local all = verifications(context, service_sid)
  local verification = form.VerificationSid and all:get(form.VerificationSid) or form.To and pending_to(context, all, form.To)
  if not form.Code then failure.raise(400, 60200, "Missing parameter: Code") end
  if not verification or not is_pending(context, verification) then v2010.not_found(context) end
  if verification.checks == MOST_CHECKS then failure.raise(429, 60202, "Max check attempts reached") end
  verification.checks = verification.checks + 1
  if form.Code == verification.code then verification.status = "approved" end
  v2010.touch(verification, context.store.now)
  return 200, write_check(verification)
end

function verify.routes(service)
  local all = "v2/Services"
  local one = all .. "/{}"
  service:route("GET", all, list)
  service:route("POST", all, create)
  service:route("GET", one, fetch)
  service:route("POST", one, update)
  service:route("DELETE", one, delete)
  service:route("POST", one .. "/Verifications", create_verification)
  service:route("GET", one .. "/Verifications/{}", fetch_verification)
  service:route("POST", one .. "/Verifications/{}", update_verification)
  service:route("POST", one .. "/VerificationCheck", check)
end

return verify
