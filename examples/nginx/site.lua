--- A site that places calls, lists them, and makes access tokens. See nginx.conf, README.md.
local twilio = require "twilio"

local common = require "common"
local client, answer = common.client, common.answer

local site = {}

-- POST /call with the form field To, such as +15558675310 (encoded as %2B15558675310)
function site.place_call()
  local to = common.posted "To"
  if type(to) ~= "string" then return answer(400, "To is missing") end
  local call, message, err = client.calls:make {
    to = to, from = os.getenv "TWILIO_FROM", url = common.url "/answer",
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

-- GET /token: gives the user an access token for the Voice SDK. The token says who the user is, so
-- the name must come from the session and not from the request.
function site.token()
  local user = common.user()
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
  local event = common.webhook()
  ngx.timer.at(0, function()
    local call, message = client.calls:get(event.call_sid)
    ngx.log(ngx.NOTICE, call and tostring(call) .. " was answered" or message)
  end)
  local response = twilio.twiml.voice()
  response:say "Hello"
  common.respond(response)
end

return site
