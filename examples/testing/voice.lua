-- The program that voice_spec.lua tests: answers a call, and a digit of the caller.
local twilio = require "twilio"

local voice = {}

--- Returns a function that answers a request { method, url, headers, body } with status, headers and
-- body.
function voice.new(auth_token, client)
  local receive = twilio.webhook.handler { auth_token = auth_token, public_url = "https://example.com" }
  return function(request)
    local event, status, headers, body = receive(request)
    if not event then return status, headers, body end
    local response = twilio.twiml.voice()
    if event.digits == "1" then
      client.messages:create { to = event.from, from = event.to, body = "https://example.com/hours" }
      response:say "We have sent you our opening hours"
    else
      response:gather({ num_digits = 1 }):say "Press 1 for our opening hours"
    end
    return 200, { ["content-type"] = "text/xml" }, tostring(response)
  end
end

return voice
