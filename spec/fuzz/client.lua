-- Clients for the fuzz targets. Nothing is sent.
local twilio = require "twilio"

local client = {}

client.account_sid = "AC0123456789abcdef0123456789abcdef"
client.auth_token = "fedcba9876543210fedcba9876543210"

--- Returns a client, and the list of its requests. Each request gets the response `answer`, or that of
-- answer(request).
function client.answering(answer, options)
  local requests = {}
  local all = { account_sid = client.account_sid, auth_token = client.auth_token, retries = 0 }
  for name, value in pairs(options or {}) do all[name] = value end
  function all.transport(request)
    requests[#requests + 1] = request
    if type(answer) == "function" then return answer(request, #requests) end
    return answer
  end
  return twilio.client(all), requests
end

--- Checks the message and the table of an error: one line, without the client's secrets.
function client.check_error(message, err)
  assert(type(message) == "string" and type(err) == "table" and type(err.kind) == "string", "no message, or no err")
  assert(not message:find "[%z\1-\31\127]", "the message has control characters")
  for name, value in pairs(err) do
    assert(not tostring(value):find(client.auth_token, 1, true), "err." .. name .. " shows the auth token")
  end
end

return client
