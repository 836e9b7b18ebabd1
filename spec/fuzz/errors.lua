-- Bodies and headers of failures. \1 stands for the auth token, which no error may show.
local client = require "spec.fuzz.client"

local STATUS = { 400, 401, 403, 404, 409, 429, 500, 503, 301, 308 }

return function(input)
  local first = input:byte(1) or 0
  local text = input:sub(2):gsub("\1", client.auth_token)
  local head, body = text:match "^(.-)\n\n(.*)$"
  local headers = { ["content-type"] = first % 2 == 0 and "application/json" or "text/html" }
  for name, value in (head or ""):gmatch "([%w%-]+):([^\r\n%z]*)" do headers[name] = value end
  local c = client.answering { status = STATUS[first % #STATUS + 1], headers = headers, body = body or text }
  local record, message, err = c.calls:get "CA1"
  if record then return end
  client.check_error(message, err)
  local pause = err.retry_after
  assert(pause == nil or pause >= 0 and pause < math.huge, "retry_after is no duration")
end
