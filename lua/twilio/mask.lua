--- Masks the body of a request for a log: a value is shown only if it is known to be harmless.

local core = require "twilio.core"
core.keep(...)

local mask = {}

local HIDDEN = "***"
local MAX_LENGTH = 40 -- of a value that is shown
local MAX_DIGITS = 9 -- in a value that is shown: ten digits may be a phone number

-- ---- which values are harmless ----

-- A parameter holds a secret if its name contains one of PARTS or is one of NAMES. The SID of a
-- secret is not secret.
local PARTS = { "password", "passphrase", "passwd", "secret", "token", "credential", "certificate", "authpayload", "birth", "key$" }
local NAMES = { code = true, customcode = true, securitycode = true, verificationcode = true, authorization = true, pin = true }
-- Names that contain one of PARTS, although the values are harmless numbers or dates.
local EXCEPTIONS = { accesstokenttl = true }

local METHODS = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true }

--- Whether a parameter or field of this name holds a secret.
function mask.is_secret(name)
  local plain = name:lower():gsub("[^%a]", "")
  if EXCEPTIONS[plain] or plain:find "sid$" then return false end
  for _, part in ipairs(PARTS) do
    if plain:find(part) then return true end
  end
  return NAMES[plain] or false
end

-- An identifier of newer APIs: mem_store_ and 26 letters and digits.
local function is_typed_sid(text)
  local digits = text:match "^%l[%l_]*_(%w+)$"
  return digits and #digits == 26 and not text:find("__", 1, true)
end

-- A SID has 34 characters. A SID of any length is shown if the parameter's name ends in "Sid".
local function is_sid(name, text)
  return is_typed_sid(text) or text:find "^%u%u%x+$" ~= nil and (#text == 34 or name:lower():find "sid$" ~= nil)
end

-- Returns whether the text looks like an enum value, a boolean, a number or a date.
local function is_short_word(text)
  local _, digits = text:gsub("%d", "")
  return #text <= MAX_LENGTH and text:find "^%-?%w[%w_.:+-]*$" ~= nil and (digits <= MAX_DIGITS or text:find "^%d%d%d%d%-%d%d%-%d%dT" ~= nil)
end

-- Returns a value of the parameter `name` as the log shows the value. A phone number that begins
-- with "+" keeps its last digits. Without "+" a number may be a code, and is hidden.
local function masked_text(request, name, text)
  if mask.is_secret(name) then return HIDDEN end
  if METHODS[text] or is_sid(name, text) then return text end
  local _, harmless = request:knows(name)
  if harmless and is_short_word(text) then return text end
  if text:find "^%a*:?%+" then return core.mask(text, true) end
  return HIDDEN
end

-- ---- form bodies ----

local function decode_form(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function encode_masked(text)
  return (text:gsub("[^%w%-._~*]", function(character) return ("%%%02X"):format(character:byte()) end))
end

-- Returns a parameter's name as the log shows it. A name that Twilio does not document is cut at
-- its first dot, because the rest may be the program's data.
local function shown_name(request, name)
  if request:knows(name) then return name end
  return core.mask((name:gsub("%..*$", ".***")))
end

local function mask_pair(request, text)
  local name, value = text:match "^([^=]*)=(.*)$"
  if not name then return HIDDEN end
  local plain_name, plain = decode_form(name), decode_form(value)
  local masked, masked_name = masked_text(request, plain_name, plain), shown_name(request, plain_name)
  if masked_name ~= plain_name then name = encode_masked(masked_name) end
  return name .. "=" .. (masked == plain and value or encode_masked(masked))
end

--- Returns a form or a query with *** in place of every value that is not known to be harmless.
function mask.form(request, text)
  return (text:gsub("[^&]+", function(field) return mask_pair(request, field) end))
end

-- ---- JSON bodies ----

local function mask_scalar(request, name, value)
  local kind = type(value)
  if kind == "string" then return masked_text(request, name, value) end
  if value == core.null then return value end
  if kind == "table" then return HIDDEN end
  local text = kind == "number" and ("%.14g"):format(value) or tostring(value)
  if masked_text(request, name, text) == HIDDEN then return HIDDEN end
  return value
end

local function json_value(request, name, value)
  if type(value) ~= "table" or #value == 0 then return mask_scalar(request, name, value) end
  local list = {}
  for i, inner in ipairs(value) do list[i] = mask_scalar(request, name, inner) end
  return list
end

-- The fields of the outer object are the parameters. Nested objects are hidden.
local function json(request, text)
  local cjson = require "cjson"
  local object = cjson.decode(text)
  if type(object) ~= "table" or #object > 0 then return HIDDEN end
  local masked = {}
  for name, value in pairs(object) do masked[shown_name(request, name)] = json_value(request, name, value) end
  return cjson.encode(masked)
end

--- Returns the body with *** in place of every value that is not known to be harmless; or nil if
-- the request has no body.
-- Shown are SIDs, HTTP methods, and the enums, booleans, numbers and dates of parameters that
-- Twilio documents as such. A phone number that begins with "+" keeps its last digits.
-- request:summary additionally masks the client's own secrets in the body.
function mask.body(request)
  local body = request:body()
  if not body then return nil end
  if not body:find '^%s*[%[{"]' then return mask.form(request, body) end
  local ok, masked = pcall(json, request, body) -- fails without lua-cjson or for malformed JSON
  return ok and masked or HIDDEN
end

return mask
