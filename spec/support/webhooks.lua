-- Signs webhooks as Twilio does, by a second implementation of the rule. Only HMAC and base64 are the library's.
local core = require "twilio.core"

local webhooks = {}

webhooks.token = "12345"
webhooks.url = "https://example.com/voice?order=17"
webhooks.form_type = "application/x-www-form-urlencoded"

local function escape(text) return (text:gsub("[^A-Za-z0-9]", function(c) return ("%%%02X"):format(c:byte()) end)) end

--- The form-urlencoded text of fields: a list of { name, value }.
function webhooks.encode(fields)
  local out = {}
  for i, field in ipairs(fields) do out[i] = escape(field[1]) .. "=" .. escape(field[2]) end
  return table.concat(out, "&")
end

--- The signature of a URL with fields, a list of { name, value }.
function webhooks.sign(url, fields, token, algorithm)
  local list, seen, text = {}, {}, { url }
  for _, field in ipairs(fields or {}) do
    local key = field[1] .. "\0" .. field[2]
    if not seen[key] then list[#list + 1] = field end
    seen[key] = true
  end
  table.sort(list, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  for _, field in ipairs(list) do text[#text + 1] = field[1] .. field[2] end
  return core.base64(core.hmac(algorithm or "sha1", token or webhooks.token, table.concat(text)))
end

--- The URL of a JSON body, which Twilio completes with the parameter bodySHA256.
function webhooks.json_url(url, body)
  return url .. (url:find("?", 1, true) and "&" or "?") .. "bodySHA256=" .. core.sha256(body)
end

--- The headers of a request with this signature.
function webhooks.headers(signature, content_type)
  return { Host = "example.com", ["X-Twilio-Signature"] = signature, ["Content-Type"] = content_type or webhooks.form_type }
end

--- Random numbers that are the same in every Lua: random(n) is from 1 to n.
function webhooks.random(seed)
  return function(n)
    seed = (seed * 16807) % 2147483647
    return seed % n + 1
  end
end

return webhooks
