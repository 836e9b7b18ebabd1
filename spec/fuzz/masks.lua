-- Log lines. They never show the phone number or the text of a message, whatever surrounds them.
local client = require "spec.fuzz.client"

local NUMBER, SECRET = "+15558675310", "the text of the message 4711"

return function(input)
  local cut = #input // 2
  local before, after = input:sub(1, cut), input:sub(cut + 1)
  local lines = {}
  local c = client.answering({
    status = 400, headers = { ["content-type"] = "application/json" },
    body = '{"code":21211,"message":"The number ' .. NUMBER .. ' is no number","more_info":"x"}',
  }, { log = function(_, text, fields) lines[#lines + 1] = text .. " " .. tostring(fields.path) .. " " .. tostring(fields.body) end })
  pcall(c.messages.create, c.messages, { to = NUMBER, from = "+15017122661", body = before .. SECRET .. after })
  pcall(c.messages.list, c.messages, { to = NUMBER, from = input })
  pcall(c.request, c, { method = "POST", product = "api", path = "/x", form = { To = NUMBER, Body = SECRET .. input } })
  pcall(c.request, c, { method = "POST", product = "api", path = "/x", json = { to = NUMBER, body = SECRET .. input } })
  for _, line in ipairs(lines) do
    assert(not line:find("5558675310", 1, true) and not line:find(SECRET, 1, true), line)
    assert(not line:find(client.auth_token, 1, true), line)
  end
end
