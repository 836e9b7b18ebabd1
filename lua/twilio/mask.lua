--- The body of a request as a log may have it.

local core = require "twilio.core"
core.keep(...)

local mask = {}

local HIDDEN = "***"

-- Parts of the names of what nobody but Twilio may read, and whole names; without the SIDs of such things.
local PARTS = { "password", "passphrase", "passwd", "secret", "token", "credential", "certificate", "authpayload", "key$" }
local NAMES = { code = true, customcode = true, securitycode = true, verificationcode = true, authorization = true }

local function is_secret(name)
  local plain = name:lower():gsub("[^%a]", "")
  if plain:find "sid$" then return false end
  for _, part in ipairs(PARTS) do
    if plain:find(part) then return true end
  end
  return NAMES[plain] or false
end

local function is_hidden(request, name)
  return type(name) == "string" and (is_secret(name) or request:personal(name) and "personal") or false
end

-- What a value of JSON becomes: everything below a name that is hidden is hidden too.
local function mask_json(request, value, hidden)
  local kind = type(value)
  if kind == "table" then
    for name, inner in pairs(value) do value[name] = mask_json(request, inner, hidden == true or is_hidden(request, name) or hidden) end
  elseif hidden == true and (kind == "string" or kind == "number") then
    return HIDDEN
  elseif kind == "string" then
    if value:find "^%s*[%[{]" then return HIDDEN end -- JSON in JSON
    return core.mask(value, hidden == "personal")
  elseif kind == "number" then
    local text = ("%.14g"):format(value)
    local masked = core.mask(text, hidden == "personal")
    return masked == text and value or masked
  end
  return value
end

local function json(request, text, hidden)
  local cjson = require "cjson"
  local ok, value = pcall(cjson.decode, text)
  if not ok then return HIDDEN end
  local done, masked = pcall(cjson.encode, mask_json(request, value, hidden))
  return done and masked or HIDDEN
end

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function encode(text)
  return (text:gsub("[^%w%-._~*]", function(character) return ("%%%02X"):format(character:byte()) end))
end

local function pair(request, text)
  local name, value = text:match "^([^=]*)=(.*)$"
  if not name then return HIDDEN end
  local hidden, plain, masked = is_hidden(request, decode(name)), decode(value), HIDDEN
  if hidden ~= true then
    masked = plain:find "^%s*[%[{]" and json(request, plain, hidden) or core.mask(plain, hidden == "personal")
  end
  return masked == plain and text or name .. "=" .. encode(masked)
end

--- The body with what is secret in it replaced by ***, and what is personal: phone numbers keep their last digits.
-- nil when the request has none.
function mask.body(request)
  local body = request:body()
  if not body then return nil end
  if body:find '^%s*[%[{"]' then return json(request, body, false) end
  return (body:gsub("[^&]+", function(text) return pair(request, text) end))
end

return mask
