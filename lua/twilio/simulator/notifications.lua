--- Notifications: errors of calls. A call gets a notification when it is answered, if the host of
-- its Url ends in .invalid, because such a host does not exist. POST /_/seed makes other
-- notifications.
local life = require "twilio.simulator.call_life"
local filters = require "twilio.simulator.filters"
local http = require "twilio.simulator.http"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local notifications = {}

local HOST_UNKNOWN = "11210"

local function fields()
  return {
    "account_sid", v2010.api_version, "call_sid", v2010.date_created, v2010.date_updated, "error_code", "log",
    { "message_date", render.rfc2822 }, "message_text",
    { "more_info", render.computed(function(notification) return "https://www.twilio.com/docs/errors/" .. notification.error_code end) },
    "request_method", "request_url", "sid", v2010.uri(v2010.path("Notifications")),
  }
end

local full_fields = fields()
for _, name in ipairs { "request_variables", "response_body", "response_headers" } do
  full_fields[#full_fields + 1] = { name, render.constant "" }
end

local write, write_full = render.object(fields()), render.object(full_fields)
local tests = filters.add_time({ Log = filters.equal "log" }, "MessageDate", "message_date")

--- Adds a notification to a call.
-- @param details nil for a host that does not exist, or { code, message, url, method, log = "0" (error) or "1" (warning) }
function notifications.add(store, call, time, details)
  local code = details and tostring(details.code) or HOST_UNKNOWN
  local url = details and details.url or call.url or "http://unknown.invalid/"
  local log = details and details.log or "0"
  local text = "ErrorCode=" .. code .. "&LogLevel=" .. (log == "0" and "ERROR" or "WARN") .. "&url=" .. http.encode(url)
  if details and details.message then text = text .. "&Msg=" .. http.encode(details.message) end
  local notification = {
    sid = store:sid("NO"), account_sid = call.account_sid, call_sid = call.sid, error_code = code, log = log, message_text = text,
    request_method = details and details.method or call.method or "POST", request_url = url, message_date = time, date_created = time,
    date_updated = time,
  }
  store:collection(call.account_sid, "notifications"):add(notification)
  store:collection(call.sid, "notifications"):add(notification)
end

-- Codes that let the call go on
local WARNINGS = { [12200] = true, [14101] = true }

--- Reports what went wrong with TwiML or a webhook.
-- @param code Twilio's error code
-- @param request { url, method } of the document, either may be nil
function notifications.report(store, call, code, message, request)
  notifications.add(store, call, store.now, {
    code = code, message = message, url = request.url, method = request.method, log = WARNINGS[code] and "1" or "0",
  })
  store.events:publish("notification", { call_sid = call.sid, error_code = code, message = message, url = request.url })
end

life.on_answer[#life.on_answer + 1] = function(store, call, time)
  local host = (call.url or ""):match("^https?://([^/:?#]+)")
  if host and host:match("%.invalid$") and not store.webhooks:reaches(call.url) then notifications.add(store, call, time) end
end

local collection, calls = v2010.of_account "notifications", v2010.of_account "calls"

local function of_call(context, account_sid, call_sid)
  v2010.find(context, calls(context, account_sid), call_sid)
  return context.store:collection(call_sid, "notifications")
end

function notifications.routes(service)
  for path, collection_of in pairs { ["Notifications"] = collection, ["Calls/{}/Notifications"] = of_call } do
    local base = "2010-04-01/Accounts/{}/" .. path
    service:route("GET", base .. ".json", v2010.listing(collection_of, "notifications", write, tests))
    service:route("GET", base .. "/{}.json", v2010.fetching(collection_of, write_full))
  end
end

return notifications
