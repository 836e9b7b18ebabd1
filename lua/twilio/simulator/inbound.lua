--- Calls and messages from outside to the numbers of an account, with the webhooks that follow.
local call_parameters = require "twilio.simulator.call_parameters"
local call_script = require "twilio.simulator.call_script"
local document = require "twilio.simulator.document"
local failure = require "twilio.simulator.failure"
local life = require "twilio.simulator.call_life"
local messages = require "twilio.simulator.messages"
local notifications = require "twilio.simulator.notifications"
local v2010 = require "twilio.simulator.v2010"
local urls = require "twilio.simulator.url"

local inbound = {}

local MOST_REDIRECTS = 20

-- Returns the number of an account and the account. Raises a message if no account has the number.
local function find(store, phone_number)
  for sid, account in pairs(store.accounts) do
    for _, number in ipairs(store:collection(sid, "incoming_phone_numbers"):all()) do
      if number.phone_number == phone_number then return number, account end
    end
  end
  error("no account has the number " .. phone_number .. failure.hint_of_number(phone_number), 0)
end

-- Returns where the addresses of a number are: in itself, or in the application that it names.
local function owner_of(store, account, number, application_sid)
  return application_sid and store:collection(account.sid, "applications"):get(application_sid) or number
end

-- ---- calls ----

--- Lets somebody call a number. The call rings until the document of the number is known.
-- @param from, to numbers; to is one of an account's numbers
-- @param fields further fields of the call, such as forwarded_from
-- @return the call
function inbound.call(store, from, to, fields)
  local number, account = find(store, to)
  local owner = owner_of(store, account, number, number.voice_application_sid)
  local url = owner.voice_url
  assert(url and url ~= "", "the number " .. to .. " has no VoiceUrl")
  local call = fields or {}
  call.to, call.from, call.status, call.direction, call.phone_number_sid = to, from, "ringing", "inbound", number.sid
  call.url, call.method = url, owner.voice_method
  call.fallback_url, call.fallback_method = owner.voice_fallback_url, owner.voice_fallback_method
  call.application_sid = owner ~= number and owner.sid or nil
  call.status_callback, call.status_callback_method = owner.status_callback, owner.status_callback_method
  call.status_callback_events = { completed = true }
  life.add(store, account, call, true)
  call_script.start(store, call, { url = url, method = call.method })
  return call
end

-- ---- messages ----

local function parameters_of(store, message)
  local list = {
    { "MessageSid", message.sid }, { "SmsSid", message.sid }, { "SmsMessageSid", message.sid }, { "AccountSid", message.account_sid },
    { "From", message.from }, { "To", message.to }, { "Body", message.body }, { "NumMedia", message.num_media },
    { "NumSegments", message.num_segments }, { "SmsStatus", "received" }, { "ApiVersion", v2010.VERSION },
  }
  call_parameters.add_place(list, "From", message.from)
  call_parameters.add_place(list, "To", message.to)
  local media_root = store.url .. v2010.ROOT .. message.account_sid .. "/Messages/" .. message.sid .. "/Media/"
  for index, media in ipairs(store:collection(message.sid, "media"):all()) do
    list[#list + 1] = { "MediaContentType" .. index - 1, "image/jpeg" }
    list[#list + 1] = { "MediaUrl" .. index - 1, media.url or media_root .. media.sid }
  end
  return list
end

local function reply(store, message, element, base)
  local body, media = {}, 0
  for _, child in ipairs(document.children(element)) do
    if child.name == "Body" then body[#body + 1] = document.text(child) end
    if child.name == "Media" then media = media + 1 end
  end
  local text = #body > 0 and table.concat(body, "\n") or document.text { name = "Message", (type(element[1]) == "string" and element[1] or "") }
  local callback = document.attribute(element, "statusCallback")
  return messages.add(store, store.accounts[message.account_sid], {
    to = document.attribute(element, "to", message.from), from = document.attribute(element, "from", message.to), body = text,
    num_media = media > 0 and media or nil, direction = "outbound-reply", reply_to = message.sid,
    status_callback = callback and urls.resolve(base, callback),
  })
end

-- Sends the replies of a document.
-- @return the request of a <Redirect>, or nil
local function follow(store, message, root, base)
  for _, element in ipairs(document.children(root)) do
    if element.name == "Message" or element.name == "Sms" then
      reply(store, message, element, base)
    elseif element.name == "Redirect" then
      return { url = urls.resolve(base, document.text(element)), method = document.attribute(element, "method", "POST"):upper() }
    else
      notifications.report(store, message, 12200, "TwiML for messages has no verb <" .. element.name .. ">", { url = base })
    end
  end
end

local ask

local function answer(store, message, owner, request, result)
  if not result.error_code and result.body:match "^%s*$" then return end -- an empty answer sends no reply
  local root, code, problem = document.read(result)
  if root then
    -- A plain text is a message.
    if root[1] and root[1].name == "Say" then root[1].name = "Message" end
    store.events:publish("twiml", { message_sid = message.sid, url = result.url, text = result.body })
    local following = follow(store, message, root, result.url)
    if following and following.url and request.count < MOST_REDIRECTS then ask(store, message, owner, following, request.count + 1) end
    return
  end
  notifications.report(store, message, code, problem, request)
  local fallback = owner.sms_fallback_url
  if not fallback or fallback == "" or request.url == fallback then return end
  ask(store, message, owner, {
    url = fallback, method = owner.sms_fallback_method, parameters = { { "ErrorCode", code }, { "ErrorUrl", request.url } },
  }, MOST_REDIRECTS)
end

function ask(store, message, owner, request, count)
  request.count = count
  local parameters = parameters_of(store, message)
  for _, pair in ipairs(request.parameters or {}) do parameters[#parameters + 1] = pair end
  store.webhooks:send({
    kind = "messaging.request", account_sid = message.account_sid, resource_sid = message.sid, url = request.url, method = request.method,
    parameters = parameters,
  }, function(result) answer(store, message, owner, request, result) end)
end

--- Lets somebody send a message to a number. Sends the replies of the document of the number.
-- @param media an array of URLs
-- @return the message
function inbound.message(store, from, to, body, media)
  local number, account = find(store, to)
  local owner = owner_of(store, account, number, number.sms_application_sid)
  local message = messages.add(store, account, {
    to = to, from = from, body = body, direction = "inbound", status = "received", num_media = #media > 0 and #media or nil,
  })
  for index, item in ipairs(store:collection(message.sid, "media"):all()) do item.url = media[index] end
  if owner.sms_url and owner.sms_url ~= "" then ask(store, message, owner, { url = owner.sms_url, method = owner.sms_method }, 1) end
  return message
end

return inbound
