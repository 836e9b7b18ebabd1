--- The body of a request as a log may have it: a value is shown only where it is known to be harmless.

local core = require "twilio.core"
core.keep(...)

local mask = {}

local HIDDEN = "***"
local LONGEST = 40 -- of a value that is shown
local MOST_DIGITS = 9 -- of a number that is shown: ten may be a phone number

-- Parts of the names of what nobody but Twilio may read, and whole names; without the SIDs of such things.
local PARTS = { "password", "passphrase", "passwd", "secret", "token", "credential", "certificate", "authpayload", "birth", "key$" }
local NAMES = { code = true, customcode = true, securitycode = true, verificationcode = true, authorization = true, pin = true }
-- Names that hold a part of the above and are the documents' own, for numbers and dates.
local EXCEPTIONS = { accesstokenttl = true }

local METHODS = { GET = true, POST = true, PUT = true, PATCH = true, DELETE = true }

local function is_secret(name)
  local plain = name:lower():gsub("[^%a]", "")
  if EXCEPTIONS[plain] or plain:find "sid$" then return false end
  for _, part in ipairs(PARTS) do
    if plain:find(part) then return true end
  end
  return NAMES[plain] or false
end

-- SIDs have 34 characters, of parameters that are named for them any number.
local function is_sid(name, text)
  return text:find "^%u%u%x+$" ~= nil and (#text == 34 or name:lower():find "sid$" ~= nil)
end

-- The form that enums, booleans, numbers and dates have.
local function is_short_word(text)
  local _, digits = text:gsub("%d", "")
  return #text <= LONGEST and text:find "^%-?%w[%w_.:+-]*$" ~= nil and (digits <= MOST_DIGITS or text:find "^%d%d%d%d%-%d%d%-%d%dT" ~= nil)
end

-- One value of the parameter `name`. A phone number keeps its last digits where it has a "+": without one it may be a code.
local function shown(request, name, text)
  if is_secret(name) then return HIDDEN end
  if METHODS[text] or is_sid(name, text) then return text end
  local _, harmless = request:knows(name)
  if harmless and is_short_word(text) then return text end
  if text:find "^%a*:?%+" then return core.mask(text, true) end
  return HIDDEN
end

-- Forms

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function encode(text)
  return (text:gsub("[^%w%-._~*]", function(character) return ("%%%02X"):format(character:byte()) end))
end

-- A name that the documents do not have ends at its first dot: what follows may be the program's data.
local function shown_name(request, name)
  if request:knows(name) then return name end
  return core.mask((name:gsub("%..*$", ".***")))
end

local function pair(request, text)
  local name, value = text:match "^([^=]*)=(.*)$"
  if not name then return HIDDEN end
  local plain_name, plain = decode(name), decode(value)
  local masked, masked_name = shown(request, plain_name, plain), shown_name(request, plain_name)
  if masked_name ~= plain_name then name = encode(masked_name) end
  return name .. "=" .. (masked == plain and value or encode(masked))
end

-- JSON

local function scalar(request, name, value)
  local kind = type(value)
  if kind == "string" then return shown(request, name, value) end
  if value == core.null then return value end
  if kind == "table" then return HIDDEN end
  local text = kind == "number" and ("%.14g"):format(value) or tostring(value)
  if shown(request, name, text) == HIDDEN then return HIDDEN end
  return value
end

local function json_value(request, name, value)
  if type(value) ~= "table" or #value == 0 then return scalar(request, name, value) end
  local list = {}
  for i, inner in ipairs(value) do list[i] = scalar(request, name, inner) end
  return list
end

-- An object's own fields are the parameters; what lies deeper is hidden.
local function json(request, text)
  local cjson = require "cjson"
  local object = cjson.decode(text)
  if type(object) ~= "table" or #object > 0 then return HIDDEN end
  local masked = {}
  for name, value in pairs(object) do masked[shown_name(request, name)] = json_value(request, name, value) end
  return cjson.encode(masked)
end

--- The body, in which *** stands for what is not known to be harmless. Shown are SIDs, HTTP methods, and the enums,
-- booleans, numbers and dates of parameters that the documents restrict to these; phone numbers with a "+" keep their
-- last digits. request:summary hides the client's secrets in it. nil when the request has no body.
function mask.body(request)
  local body = request:body()
  if not body then return nil end
  if not body:find '^%s*[%[{"]' then
    return (body:gsub("[^&]+", function(text) return pair(request, text) end))
  end
  local ok, masked = pcall(json, request, body) -- without lua-cjson, or with JSON that it does not read
  return ok and masked or HIDDEN
end

return mask
