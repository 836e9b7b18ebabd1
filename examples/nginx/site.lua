--- A site that places calls, lists them, answers Twilio's webhooks, and makes access tokens. See nginx.conf, README.md.
local twilio = require "twilio"

local site = {}

-- All requests of a worker share one client. It is created in init_by_lua_block (see nginx.conf),
-- before the workers are forked.
local client = twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }
local _ = twilio.webhook -- is loaded here, because loading a module reads a file

local function answer(status, text)
  ngx.status = status
  ngx.header.content_type = "text/plain"
  ngx.say(text)
end

-- Returns a field of the posted form. nginx writes a body larger than client_body_buffer_size to a
-- file, and no field is found then. No webhook of Twilio is that large.
local function posted(name)
  ngx.req.read_body()
  local form = ngx.req.get_post_args()
  return form and form[name]
end

-- POST /call with the form field To, such as +15558675310 (encoded as %2B15558675310)
function site.place_call()
  local to = posted "To"
  if type(to) ~= "string" then return answer(400, "To is missing") end
  local call, message, err = client.calls:make {
    to = to, from = os.getenv "TWILIO_FROM", url = (os.getenv "TWILIO_PUBLIC_URL" or "http://" .. ngx.var.http_host) .. "/answer",
  }
  if call then return answer(201, call.sid) end
  ngx.log(ngx.ERR, message)
  if err.sent == "maybe" then return answer(502, "the call may have been placed") end
  answer(err.kind == "api" and 400 or 502, "the call was not placed")
end

-- GET /live: lists the live calls. The three states are requested concurrently.
function site.list_live()
  local lists, failures = twilio.map({ "queued", "ringing", "in-progress" }, 3, function(status)
    return client.calls:list { status = status }
  end)
  if failures then
    for _, failure in pairs(failures) do ngx.log(ngx.ERR, failure.message) end
    return answer(502, "the calls could not be listed")
  end
  local lines = {}
  for _, list in ipairs(lists) do
    for _, call in ipairs(list) do lines[#lines + 1] = call.sid .. " " .. call.status end
  end
  answer(200, table.concat(lines, "\n"))
end

-- Returns the name of the user. A real site looks up its session here. This example reads the name
-- and a secret from a cookie, such as "session=alice:5ecret", and compares the secret with
-- SITE_SECRET.
local function user_of_session()
  local user, secret = (ngx.var.cookie_session or ""):match "^([%w_]+):(.+)$"
  return secret and secret == os.getenv "SITE_SECRET" and user or nil
end

-- GET /token: gives the user an access token for the Voice SDK. The token says who the user is, so
-- the name must come from the session and not from the request.
function site.token()
  local user = user_of_session()
  if not user then return answer(401, "log in first") end
  ngx.header.cache_control = "no-store"
  answer(200, client.jwt.access_token {
    identity = user, ttl = 600,
    grants = { voice = { incoming_allow = true, outgoing_application_sid = os.getenv "TWILIO_APPLICATION" } },
  })
end

-- POST /answer: returns the TwiML for a call that was answered. Any other request than Twilio's is
-- answered with 403. The request for the call's details runs in a timer, because the response does
-- not depend on it.
function site.answer_call()
  local event = twilio.webhook.ngx { public_url = os.getenv "TWILIO_PUBLIC_URL" }
  ngx.timer.at(0, function()
    local call, message = client.calls:get(event.call_sid)
    ngx.log(ngx.NOTICE, call and tostring(call) .. " was answered" or message)
  end)
  ngx.header.content_type = "text/xml"
  ngx.say '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Hello</Say></Response>'
end

return site
