--- Messages. The clock moves them from queued to sent to delivered.
local calls = require "twilio.simulator.calls"
local failure = require "twilio.simulator.failure"
local filters = require "twilio.simulator.filters"
local http = require "twilio.simulator.http"
local magic = require "twilio.simulator.magic"
local render = require "twilio.simulator.render"
local v2010 = require "twilio.simulator.v2010"

local messages = {}

-- A number that no message reaches, and the error code of such a message.
local UNREACHABLE, UNREACHABLE_CODE = "+15005551003", 30003

-- A number to which sending fails, and the error code of such a message.
local FAILING, FAILING_CODE = "+15005551005", 30008

-- The error codes of statuses that a test sets
local FAILED = { failed = FAILING_CODE, undelivered = UNREACHABLE_CODE }

local MOST_CHARACTERS = 1600
local ONE_SEGMENT, LONG_SEGMENT = 160, 153

local path = v2010.path("Messages")

local write = render.object {
  "body", "num_segments", "direction", "from", "to", v2010.date_updated, "price", "error_message", v2010.uri(path), "account_sid",
  "num_media", "status", "messaging_service_sid", "sid", { "date_sent", render.rfc2822 }, v2010.date_created, "error_code",
  { "price_unit", render.constant "USD" }, v2010.api_version,
  { "subresource_uris", render.links(path, { media = "/Media.json", feedback = "/Feedback.json" }) },
}

local write_media = render.object {
  "sid", "account_sid", "parent_sid", { "content_type", render.constant "image/jpeg" }, v2010.date_created, v2010.date_updated,
  v2010.uri(function(media) return v2010.ROOT .. media.account_sid .. "/Messages/" .. media.parent_sid .. "/Media/" .. media.sid end),
}

local tests = filters.add_time({ To = filters.equal "to", From = filters.equal "from" }, "DateSent", "date_sent")

local function is_under_way(message)
  return message.status == "queued" or message.status == "sent"
end

--- The fields of a message in events.
function messages.summary(message)
  return {
    sid = message.sid, account_sid = message.account_sid, from = message.from, to = message.to, body = message.body,
    status = message.status, direction = message.direction,
  }
end

local function send_callback(store, message)
  if not message.status_callback or message.status_callback == "" then return end
  local list = {
    { "AccountSid", message.account_sid }, { "From", message.from or "" }, { "To", message.to }, { "MessageSid", message.sid },
    { "MessageStatus", message.status }, { "SmsSid", message.sid }, { "SmsStatus", message.status }, { "ApiVersion", v2010.VERSION },
  }
  if message.messaging_service_sid then list[#list + 1] = { "MessagingServiceSid", message.messaging_service_sid } end
  if message.error_code then list[#list + 1] = { "ErrorCode", message.error_code } end
  store.webhooks:send_in_order {
    kind = "messaging.status", account_sid = message.account_sid, resource_sid = message.sid, url = message.status_callback,
    parameters = list,
  }
end

-- Twilio sends no status callback for the first status.
local function set_status(store, message, status, time)
  message.status = status
  v2010.touch(message, time)
  if status == "sent" then message.date_sent = time end
  store.events:publish("message", { message = messages.summary(message) })
  send_callback(store, message)
end

-- The status that follows, and the error code of it
local function next_status(message)
  if message.status == "queued" and message.to == FAILING then return "failed", FAILING_CODE end
  if message.status == "queued" then return "sent" end
  if message.status ~= "sent" then return nil end
  if message.to == UNREACHABLE then return "undelivered", UNREACHABLE_CODE end
  return "delivered"
end

-- The statuses that a test may set, by the status of the message. All other statuses are final.
local FOLLOWING = {
  queued = { sent = true, delivered = true, undelivered = true, failed = true, read = true },
  sent = { delivered = true, undelivered = true, failed = true, read = true },
  delivered = { read = true },
}

local function check_next(message, status)
  local following = FOLLOWING[message.status]
  if not following or not status and message.status == "delivered" then
    error(("the message has ended: it is %s"):format(message.status), 0)
  end
  if status and not following[status] then error(("the message is %s, and cannot become %s"):format(message.status, status), 0) end
end

--- Moves a message to its next status at once.
-- @param status nil, or another status than the next. Raises a message for a status that cannot follow.
function messages.next(store, message, status, time)
  check_next(message, status)
  local following, code = next_status(message)
  if status and status ~= following then code = FAILED[status] end
  status = status or following
  message.error_code = code
  set_status(store, message, status, time or store.now)
end

local STEPS = { queued = "Sent", sent = "Delivered" }

local function next_change(message, store)
  local step = STEPS[message.status]
  return step and store:time_of(message, step)
end

local function move(message, _, store)
  local sent, delivered = store:due(message, "Sent"), store:due(message, "Delivered")
  if message.status == "queued" and sent then messages.next(store, message, nil, sent) end
  if message.status == "sent" and delivered then messages.next(store, message, nil, delivered) end
  return is_under_way(message)
end

--- Lets the clock move a message that is under way.
function messages.resume(store, message)
  if is_under_way(message) then store:follow(message, move, next_change) end
end

--- Adds a message to an account. The clock moves it on, unless it came in.
-- @param fields at least to, from and body
function messages.add(store, account, fields)
  local message = fields
  local length = #message.body
  message.sid = store:sid(message.num_media and "MM" or "SM")
  message.account_sid, message.direction = account.sid, message.direction or "outbound-api"
  message.status = message.status or "queued"
  message.num_media = string.format("%d", message.num_media or 0)
  message.num_segments = string.format("%d", length <= ONE_SEGMENT and 1 or math.ceil(length / LONG_SEGMENT))
  message.date_created, message.date_updated = store.now, store.now
  store:collection(account.sid, "messages"):add(message)
  for _ = 1, tonumber(message.num_media) do
    store:collection(message.sid, "media"):add {
      sid = store:sid("ME"), account_sid = account.sid, parent_sid = message.sid, date_created = store.now, date_updated = store.now,
    }
  end
  store.events:publish("message", { message = messages.summary(message) })
  messages.resume(store, message)
  return message
end

local function create(context, account_sid)
  local account = context.service:account(context, account_sid)
  local form, media = context.form, #http.values(context.form_in_order, "MediaUrl")
  calls.check_number(form.To, "To", 21604, 21211)
  if not form.MessagingServiceSid then calls.check_number(form.From, "From", 21603, 21212) end
  magic.refuse("messages", form)
  if not form.Body and media == 0 and not form.ContentSid then failure.raise(400, 21602, "Message body is required") end
  if form.Body and #form.Body > MOST_CHARACTERS then failure.raise(400, 21617, "The message body is too long") end
  return 201, write(messages.add(context.store, account, {
    to = form.To, from = form.From, messaging_service_sid = form.MessagingServiceSid, body = form.Body or "",
    num_media = media > 0 and media or nil, status_callback = form.StatusCallback,
  }))
end

local collection = v2010.of_account "messages"

local function media_of(context, account_sid, sid)
  v2010.find(context, collection(context, account_sid), sid)
  return context.store:collection(sid, "media")
end

--- Removes the body of a message, or cancels a message that is not sent yet.
local function update(context, account_sid, sid)
  local message = v2010.find(context, collection(context, account_sid), sid)
  local form = context.form
  if form.Body and form.Body ~= "" then failure.raise(400, 20001, "Body can only be made empty") end
  if form.Status and form.Status ~= "canceled" then failure.raise(400, 20001, "Invalid Status: " .. form.Status) end
  if form.Status and message.status ~= "queued" then failure.raise(400, 30409, "The message cannot be canceled") end
  message.body = form.Body or message.body
  if form.Status then
    set_status(context.store, message, form.Status, context.store.now)
  else
    v2010.touch(message, context.store.now)
  end
  return 200, write(message)
end

local function delete(context, account_sid, sid)
  local all = collection(context, account_sid)
  v2010.require_done(not is_under_way(v2010.find(context, all, sid)))
  all:remove(sid)
  return 204
end

function messages.routes(service)
  local all, one = "2010-04-01/Accounts/{}/Messages.json", "2010-04-01/Accounts/{}/Messages/{}.json"
  service:route("POST", all, create)
  service:route("GET", all, v2010.listing(collection, "messages", write, tests))
  service:route("GET", one, v2010.fetching(collection, write))
  service:route("POST", one, update)
  service:route("DELETE", one, delete)
  local media = "2010-04-01/Accounts/{}/Messages/{}/Media"
  service:route("GET", media .. ".json", v2010.listing(media_of, "media_list", write_media, {}))
  service:route("GET", media .. "/{}.json", v2010.fetching(media_of, write_media))
  service:route("DELETE", media .. "/{}.json", v2010.deleting(media_of))
end

return messages
