--- Signs webhooks as Twilio does, with OpenSSL and without the code that verifies signatures in programs.
local basexx = require "basexx"
local hmac = require "openssl.hmac"

local signature = {}

--- Returns the value of X-Twilio-Signature.
-- @param token the auth token of the account
-- @param url the URL of the request, with its query and without its fragment
-- @param parameters an array of { name, value } of the form, {} for a GET
function signature.of(token, url, parameters)
  local sorted = {}
  for index, pair in ipairs(parameters) do sorted[index] = pair end
  table.sort(sorted, function(one, other) return one[1] < other[1] or one[1] == other[1] and one[2] < other[2] end)
  local parts = { url }
  for index, pair in ipairs(sorted) do
    local before = sorted[index - 1]
    if not before or before[1] ~= pair[1] or before[2] ~= pair[2] then parts[#parts + 1] = pair[1] .. pair[2] end
  end
  return basexx.to_base64(hmac.new(token, "sha1"):final(table.concat(parts)))
end

return signature
