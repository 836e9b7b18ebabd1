--- Old resources that Twilio has retired and old programs still use: the sandbox, and SMS messages.
local messages = require "twilio.simulator.messages"
local calls = require "twilio.simulator.calls"
local filters = require "twilio.simulator.filters"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local retired = {}

local function sandbox_path(sandbox) return v2010.ROOT .. sandbox.account_sid .. "/Sandbox" end

local SETTABLE = {
  VoiceUrl = "voice_url", VoiceMethod = "voice_method", SmsUrl = "sms_url", SmsMethod = "sms_method", StatusCallback = "status_callback",
  StatusCallbackMethod = "status_callback_method",
}

local write_sandbox = render.object {
  { "pin", render.constant "66528411" }, "account_sid", "application_sid", { "phone_number", render.constant "+14155992671" },
  v2010.date_created, v2010.date_updated, "voice_url", "voice_method", "sms_url", "sms_method", "status_callback",
  "status_callback_method", v2010.api_version, v2010.uri(sandbox_path),
}

local function sandbox_of(context, account_sid)
  local account = context.service:account(context, account_sid)
  account.sandbox = account.sandbox or {
    account_sid = account.sid, voice_method = "POST", sms_method = "POST", status_callback_method = "POST",
    date_created = context.store.now, date_updated = context.store.now,
  }
  return account.sandbox
end

local function fetch_sandbox(context, account_sid)
  return 200, write_sandbox(sandbox_of(context, account_sid))
end

local function update_sandbox(context, account_sid)
  local sandbox = sandbox_of(context, account_sid)
  v2010.set(sandbox, SETTABLE, context.form)
  v2010.touch(sandbox, context.store.now)
  return 200, write_sandbox(sandbox)
end

local write_text = render.object {
  "sid", v2010.date_created, v2010.date_updated, { "date_sent", render.rfc2822 }, "account_sid", "to", "from", "body", "status",
  "direction", "price", v2010.api_version, v2010.uri(v2010.path("SMS/Messages")),
}

local tests = filters.add_time({ To = filters.equal "to", From = filters.equal "from" }, "DateSent", "date_sent")
local texts_of = v2010.of_account "messages"

local function create_text(context, account_sid)
  local account, form = context.service:account(context, account_sid), context.form
  calls.check_number(form.To, "To", 21604, 21211)
  calls.check_number(form.From, "From", 21603, 21212)
  return 201, write_text(messages.add(context.store, account, { to = form.To, from = form.From, body = form.Body }))
end

function retired.routes(service)
  local account = "2010-04-01/Accounts/{}/"
  service:route("GET", account .. "Sandbox.json", fetch_sandbox)
  service:route("POST", account .. "Sandbox.json", update_sandbox)
  service:route("GET", account .. "SMS/Messages.json", v2010.listing(texts_of, "sms_messages", write_text, tests))
  service:route("GET", account .. "SMS/Messages/{}.json", v2010.fetching(texts_of, write_text))
  service:route("POST", account .. "SMS/Messages.json", create_text)
end

return retired
