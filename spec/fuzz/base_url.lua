-- The option base_url. libcurl reads the accepted URL as the library does.
local client = require "spec.fuzz.client"

local function is_loopback(host)
  return host == "localhost" or host == "[::1]" or host:find "^127%.%d+%.%d+%.%d+$"
end

return function(text)
  local ok, c, requests = pcall(client.answering, { status = 200, body = '{"sid":"CA1"}' }, { base_url = text })
  if not ok then
    assert(type(c) == "string" and not c:find(client.auth_token, 1, true), c)
    return
  end
  assert(c.calls:get "CA1")
  local sent = requests[1].url
  local url = assert(fuzz.url(sent), "libcurl refuses " .. sent)
  assert(not url.user, sent)
  assert(url.scheme == "https" or is_loopback(url.host), sent)
  assert(sent:find("/2010-04-01/Accounts/", 1, true), sent)
end
