-- Tokens from anybody. Only a token with our signature is accepted.
local core = require "twilio.core"
local jwt = require "twilio.jwt"

local SECRET = ("s"):rep(32)
local HEADER = core.base64url '{"alg":"HS256","typ":"JWT"}'

return function(text)
  local claims, reason = jwt.verify(text, SECRET)
  assert(claims == nil and type(reason) == "string", "a token without our signature is accepted")
  claims = jwt.verify(HEADER .. "." .. core.base64url(text) .. "." .. core.base64url(text), SECRET)
  assert(claims == nil)
  local signed = HEADER .. "." .. core.base64url(text)
  claims, reason = jwt.verify(signed .. "." .. core.base64url(core.hmac("sha256", SECRET, signed)), SECRET)
  assert(type(claims) == "table" or type(reason) == "string")
  local other = core.base64url(text) .. "." .. core.base64url "{}"
  claims = jwt.verify(other .. "." .. core.base64url(core.hmac("sha256", SECRET, other)), SECRET)
  assert(not claims or text:find "HS256", "a token of another algorithm is accepted")
end
