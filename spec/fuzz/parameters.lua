-- Parameters and SIDs of requests. The text that arrives is the text that the program passed.
local client = require "spec.fuzz.client"

local function decoded(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

return function(text)
  local c, requests = client.answering { status = 200, body = '{"sid":"SM1","messages":[]}' }
  local ok, message = pcall(c.messages.create, c.messages, { to = "+15558675310", from = "+15017122661", body = text })
  if ok then
    assert(decoded(requests[1].body:match "Body=([^&]*)") == text, "the form has another text")
    assert(select(2, requests[1].body:gsub("&", "")) == 2, "the form has further fields")
    assert(c.messages:list { to = text })
    assert(decoded(requests[2].url:match "[?&]To=([^&]*)") == text, "the query has another text")
  else
    assert(type(message) == "string" and #requests == 0)
  end
  requests[1], requests[2] = nil, nil
  ok = pcall(c.messages.get, c.messages, text)
  if ok and requests[1] then
    local path = assert(requests[1].url:match "/Messages/(.*)%.json$", requests[1].url)
    assert(not path:find "[/?#%%%.]" or path:gsub("%%%x%x", ""):find "^[%w%-%._~]*$", path)
    assert(path:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end) == text, path)
  end
end
