-- Signatures and bodies of webhooks. A request that was signed is accepted, and refused after any
-- change of its body.
local signer = require "spec.support.webhooks"
local webhook = require "twilio.webhook"

local URL = "https://example.com/voice"

return function(input)
  -- what anybody may send
  local ok, reason = webhook.valid(signer.token, input, URL .. "?" .. input, input)
  assert(ok == false and type(reason) == "string")
  for _, content_type in ipairs { "application/x-www-form-urlencoded", "application/json", input } do
    local event, problem = webhook.parse(input, content_type)
    assert(event or type(problem) == "string")
    if event then webhook.masked(event) end
  end
  -- what Twilio sends
  local cut = #input // 2
  local fields = { { "CallSid", "CA1" }, { "Body", input }, { "A" .. input:sub(1, cut):gsub("[^%w]", ""), input:sub(cut + 1) } }
  local body, signature = signer.encode(fields), signer.sign(URL, fields)
  assert(webhook.valid(signer.token, signature, URL, body), "a signed body is refused")
  assert(not webhook.valid(signer.token, signature, URL, body .. "&x=1"), "a changed body is accepted")
  assert(not webhook.valid(signer.token .. "x", signature, URL, body), "another token is accepted")
  assert(webhook.parse(body, signer.form_type).Body == input, "the field has another text")
end
