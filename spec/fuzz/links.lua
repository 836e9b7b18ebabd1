-- Links to other pages. libcurl says which host a URL is on: no request leaves https://*.twilio.com.
local client = require "spec.fuzz.client"
local encode = require("cjson").encode

-- The bytes of a link may be anything but invalid UTF-8, which makes the page itself invalid.
local function page_of(link)
  return '{"calls":[],"next_page_uri":' .. encode(link) .. "}"
end

return function(link)
  local c, requests = client.answering(function(_, number)
    return { status = 200, body = number == 1 and page_of(link) or '{"calls":[]}' }
  end)
  local page, message, err = c.calls:list()
  if not page then return client.check_error(message, err) end
  local _, problem, detail = page:next()
  if problem then client.check_error(problem, detail) end
  if not requests[2] then return end
  local url = assert(fuzz.url(requests[2].url), "libcurl refuses " .. requests[2].url)
  assert(url.scheme == "https" and not url.user and url.port == "443", requests[2].url)
  assert(url.host:find "%.twilio%.com$", requests[2].url)
end
