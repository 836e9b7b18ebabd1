--- Checks the signature of a webhook.
--
-- Twilio signs the URL of the request, followed by the sorted fields of a form. A JSON body is
-- signed through the parameter bodySHA256 of the URL. Servers and frameworks change URLs on their
-- way, and Twilio has signed several forms of a URL over the years. The URL is therefore checked
-- exactly as it was received first, and then in the other forms that Twilio may have signed.

local core = require "twilio.core"
core.keep(...)

local signature = {}

local ALGORITHMS = { HMAC_SHA1 = "sha1", HMAC_SHA256 = "sha256" }
local MAC_SIZE = { sha1 = 20, sha256 = 32 }

-- The longest text of fields for which the cause of a wrong signature is searched. The search
-- computes up to 50 signatures.
local MAX_EXPLAINED = 16384

-- ---- the other forms of a URL ----

local function percent_encoded(character) return ("%%%02X"):format(character:byte()) end

local function decode_query(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- What browsers and Node.js keep of a query that they parse and write again.
local function write_again(query)
  local fields = {}
  local function encode_again(text) return (decode_query(text):gsub("[^A-Za-z0-9%-_.!~*'()]", percent_encoded)) end
  for field in query:gmatch "[^&]+" do
    local name, value = field:match "^([^=]*)=?(.*)$"
    fields[#fields + 1] = encode_again(name) .. "=" .. encode_again(value)
  end
  return table.concat(fields, "&")
end

local UNESCAPED = { ["%27"] = "'", ["%40"] = "@", ["%3a"] = ":" }

-- Returns the forms of a query, with the query as it is first.
local function query_forms(query)
  return {
    query,
    (query:gsub("[%z\1-\32\"'<>\127-\255]", percent_encoded)), -- Twilio signed the escaped character
    (query:gsub("%%[234][70aA]", function(code) return UNESCAPED[code:lower()] end)), -- Twilio signed before it escaped
    write_again(query),
    (query:gsub("+", "%%20")),
    (query:gsub("%%20", "+")),
  }
end

-- Returns the authority as it is, and with the port added that Twilio may have signed, or without
-- the port that Twilio may have left out. The user, the host and its letters stay as they are.
local function authority_forms(scheme, authority)
  local user, address = authority:match "^(.*@)(.*)$"
  if not user then user, address = "", authority end
  local host, port = address:match "^(%[[^%]]*%])(.*)$"
  if not host then host, port = address:match "^([^:]*)(.*)$" end
  if port ~= "" then return { authority, user .. host } end
  local default = (scheme == "https" or scheme == "wss") and ":443" or ":80"
  return { authority, user .. host .. default }
end

local function split_url(url)
  local scheme, authority, rest = url:match "^(%a[%w+.-]*)://([^/?#]*)(.*)$"
  if not scheme or authority == "" then return nil end
  rest = rest:gsub("#.*$", "")
  local path, query = rest:match "^([^?]*)%?(.*)$"
  return scheme:lower(), authority, path or rest, query
end

local WEBSOCKET = { http = "ws", https = "wss" }

-- Calls f(url) with each other form of the URL until f returns true. Returns whether f has.
local function try_forms(url, is_websocket, f)
  local scheme, authority, path, query = split_url(url)
  if not scheme then return false end
  local schemes, tails, tried = { scheme }, { path }, { [url] = true }
  if is_websocket then schemes = { WEBSOCKET[scheme] or scheme, scheme } end
  for i, form in ipairs(query and query_forms(query) or {}) do tails[i] = path .. "?" .. form end
  if query == "" then tails[#tails + 1] = path end
  for _, tail in ipairs(tails) do
    for _, one in ipairs(schemes) do
      for _, host in ipairs(authority_forms(one, authority)) do
        local form = one .. "://" .. host .. tail
        if not tried[form] and f(form) then return true end
        tried[form] = true
      end
    end
  end
  return false
end

-- ---- why a signature does not match ----

local function is_sorted(query)
  local previous, count
  for name in query:gmatch "([^&=]+)[^&]*" do
    if previous and name < previous then return false end
    if name ~= previous then count = (count or 0) + 1 end
    previous = name
  end
  return (count or 0) > 1
end

local OTHER_SCHEME = { http = "https", https = "http", ws = "wss", wss = "ws" }

-- Returns the probable cause, or nil. `is_signed(url, is_websocket)` tries another URL.
local function explain_mismatch(url, is_signed)
  local scheme, authority, path, query = split_url(url)
  if not scheme then return "the URL has no scheme and host" end
  local tail = query and "?" .. query or ""
  local other = OTHER_SCHEME[scheme]
  if other and is_signed(("%s://%s%s%s"):format(other, authority, path, tail)) then
    return ("it is that of the URL with %s:// in place of %s://. Pass the public URL, as Twilio requests it"):format(other, scheme)
  end
  if WEBSOCKET[scheme] and is_signed(("%s://%s%s%s"):format(WEBSOCKET[scheme], authority, path, tail)) then
    return ("it is that of the URL with %s://. Pass the headers, which say that the request opens a WebSocket"):format(WEBSOCKET[scheme])
  end
  local slashed = path:find "/$" and path:gsub("/$", "") or path .. "/"
  if is_signed(("%s://%s%s%s"):format(scheme, authority, slashed, tail)) then
    return "it is that of the URL " .. (#slashed > #path and "with" or "without") .. " a slash at the end of its path"
  end
  if query and is_sorted(query) then
    return "the names in the query are in alphabetical order, so a framework may have sorted them. Pass the URL as it was received"
  end
end

-- ---- one request ----

-- Whether one of the tokens signs the text. A token is a string or an array of strings.
local function is_signed_by(tokens, algorithm, mac, url, fields)
  if type(tokens) == "string" then return core.equal(core.hmac(algorithm, tokens, url, fields), mac) end
  local found = false
  for _, token in ipairs(tokens) do found = core.equal(core.hmac(algorithm, token, url, fields), mac) or found end
  return found
end

-- Checks the URL, in all its forms, with the text of the fields.
local function check_text(request, mac, fields)
  local tokens, algorithm, url = request.tokens, request.algorithm, request.url
  if is_signed_by(tokens, algorithm, mac, url, fields) then return true end
  local function is_signed(form) return is_signed_by(tokens, algorithm, mac, form, fields) end
  if try_forms(url, request.is_websocket, is_signed) then return true end
  local cause = #fields <= MAX_EXPLAINED and explain_mismatch(url, function(other) return is_signed(other) or try_forms(other, false, is_signed) end)
  return false, "the signature does not match" .. (cause and ": " .. cause or "")
end

-- Returns the form-urlencoded text of fields that a program has decoded, or nil and the reason.
-- A value of true is an empty value, as nginx decodes it.
local function encode_params(params)
  local out = {}
  local function escape(text) return (text:gsub("[^A-Za-z0-9]", percent_encoded)) end
  for name, values in pairs(params) do
    if type(name) ~= "string" then return nil, "a name of a parameter is no string" end
    for _, value in ipairs(type(values) == "table" and values or { values }) do
      if value == true then value = "" end
      if type(value) ~= "string" then return nil, "the value of a parameter is neither a string nor an array of strings" end
      out[#out + 1] = escape(name) .. "=" .. escape(value)
    end
  end
  return table.concat(out, "&")
end

-- Checks a form against the signature. `check_fields(fields)` checks the text of the fields.
local function check_form(text, check_fields)
  local fields = core.form_signed(text)
  if not fields then return false, "the form has too many fields" end
  return check_fields(fields)
end

local function check_params(params, has_hash, check_fields)
  local text, problem = encode_params(params)
  if not text then return false, problem end
  if has_hash and text == "" then return false, "the URL has bodySHA256: pass the raw body instead of the parameters" end
  return check_form(text, check_fields)
end

-- A form may have a URL with bodySHA256 too, if the program has copied the query of a URL.
local function check_hashed(body, hash, is_form, check_fields)
  if core.equal(core.sha256(body), hash:lower()) then return check_fields "" end
  if is_form and body ~= "" and check_form(body, check_fields) then return true end
  return false, "the body is not the one of bodySHA256. Pass the bytes of the body as they were received"
end

--- Whether a form is signed exactly as it was received. This is quick, and accepts most genuine
-- requests. For any other request, signature.check finds the result.
function signature.is_exact(token, value, url, body)
  return type(token) == "string" and body ~= "" and core.form_is_signed(token, value, body, url)
end

--- Checks a signature.
-- @param request a table: tokens (a string or an array), algorithm ("sha1" or "sha256"), signature,
--   url, params (a table) or body (a string), kind ("form", "json" or another kind of body, or nil
--   if it is unknown), is_websocket
-- @return true; or false and the reason
function signature.check(request)
  local url, body = request.url, request.body
  local mac = core.base64_decode(request.signature)
  if not mac or #mac ~= MAC_SIZE[request.algorithm] then return false, "the signature is malformed" end
  local function check_fields(fields) return check_text(request, mac, fields) end
  local hash = url:match "[?&]bodySHA256=(%x+)"
  local is_form = request.kind == nil or request.kind == "form"
  if request.params then return check_params(request.params, hash, check_fields) end
  if hash then return check_hashed(body, hash, is_form, check_fields) end
  if body == "" then return check_fields "" end
  if not is_form then return false, "the body is not signed: it is no form, and the URL has no bodySHA256" end
  return check_form(body, check_fields)
end

-- ---- which key signed ----

--- Reads the header X-Twilio-Webhooks-Signature-Settings: "key=<id>,algorithm=HMAC_SHA256".
-- Returns the tokens and the algorithm; or nil and the reason. `keys` is a table from the ID of a
-- shared key to the key, or nil.
function signature.shared_key(settings, keys)
  local found = {}
  for part in settings:gmatch "[^,]+" do
    local name, value = part:match "^%s*(%a+)%s*=%s*(.-)%s*$"
    if not name or found[name:lower()] then return nil, "the header X-Twilio-Webhooks-Signature-Settings is malformed" end
    found[name:lower()] = value
  end
  local id, algorithm = found.key, ALGORITHMS[(found.algorithm or "HMAC_SHA1"):upper()]
  if not id or id == "" then return nil, "the header X-Twilio-Webhooks-Signature-Settings names no key" end
  if not algorithm then return nil, "the signature has an unknown algorithm" end
  local shown = id:find "^[%w_-]+$" and #id <= 64 and "shared key " .. id or "shared key with a malformed ID"
  local key = keys and rawget(keys, id)
  if not key then return nil, ("the webhook is signed with the %s, which is not among the option keys"):format(shown) end
  return key, algorithm
end

return signature
