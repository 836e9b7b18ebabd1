--- Notifications: errors of calls. A call gets a notification when it is answered, if the host of
-- its Url ends in .invalid, because such a host does not exist. POST /_/seed makes other
-- notifications.
local calls = require "twilio.simulator.calls"
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

function notifications.add(store, call, time)
  local url = call.url or "http://unknown.invalid/"
  local notification = {
    sid = store:sid("NO"), account_sid = call.account_sid, call_sid = call.sid, error_code = HOST_UNKNOWN, log = "0",
    message_text = "ErrorCode=" .. HOST_UNKNOWN .. "&LogLevel=ERROR&url=" .. http.encode(url), request_method = call.method or "POST",
    request_url = url, message_date = time, date_created = time, date_updated = time,
  }
  store:collection(call.account_sid, "notifications"):add(notification)
  store:collection(call.sid, "notifications"):add(notification)
end

calls.on_answer[#calls.on_answer + 1] = function(store, call, time)
  local host = (call.url or ""):match("^https?://([^/:?#]+)")
  if host and host:match("%.invalid$") then notifications.add(store, call, time) end
end

local collection = v2010.of_account "notifications"

local function of_call(context, account_sid, call_sid)
  calls.find(context, account_sid, call_sid)
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
