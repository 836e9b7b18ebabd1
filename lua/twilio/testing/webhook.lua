--- Signed requests as Twilio sends them, for the tests of a program that receives webhooks.

local core = require "twilio.core"
core.keep(...)
local descriptions = require "twilio.testing.request"
local json = require "twilio.json"
local webhook_params = require "twilio.testing.webhook_params"

local webhook = {}

-- ---- arguments ----

local FIELDS = setmetatable({}, { __index = core.index "the table of testing.webhook" })
for name in ("url method params custom body auth_token headers"):gmatch "%S+" do FIELDS[name] = true end

local function check_type(options, name, wanted)
  local value = options[name]
  if value ~= nil and type(value) ~= wanted then core.misuse(("%s must be a %s, got %s"):format(name, wanted, type(value))) end
end

local METHODS = { GET = true, POST = true }

local function check(options)
  if type(options) ~= "table" then core.misuse("testing.webhook takes a table, got " .. type(options)) end
  for name in pairs(options) do
    if name ~= 1 and not FIELDS[name] then core.misuse "the names of the table of testing.webhook are strings" end
  end
  check_type(options, "url", "string")
  check_type(options, "method", "string")
  if options.method and not METHODS[options.method:upper()] then
    core.misuse(("the method of a webhook is POST or GET, got '%s'"):format(options.method))
  end
  check_type(options, "params", "table")
  check_type(options, "custom", "table")
  check_type(options, "auth_token", "string")
  check_type(options, "headers", "table")
  if not (options.url or ""):find "^%a+://[^/]" then
    core.misuse "url must be the whole URL by which Twilio reaches the program, such as https://example.com/voice"
  end
  if (options.params or options.custom) and options.body ~= nil then core.misuse "pass the params of a form or the body, not both" end
end

local function token_of(options)
  local token = options.auth_token or os.getenv "TWILIO_AUTH_TOKEN"
  if not token or token == "" then core.misuse "no auth token: pass auth_token, or set TWILIO_AUTH_TOKEN" end
  return token
end

-- ---- encoding ----

local escape = descriptions.escape

local function text_of(name, value)
  if type(value) == "number" then return core.number(value) or tostring(value) end
  if type(value) == "boolean" then return tostring(value) end
  if type(value) ~= "string" then core.misuse(("the value of %s must be a string, a number or a boolean, got %s"):format(name, type(value))) end
  return value
end

-- Returns the fields as form-urlencoded text, sorted by name.
local function encode(fields)
  local parts = {}
  for name, value in pairs(fields) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do parts[#parts + 1] = escape(name) .. "=" .. escape(text_of(name, one)) end
  end
  table.sort(parts)
  return table.concat(parts, "&")
end

local function with_query(url, query)
  if query == "" then return url end
  return url .. (url:find("?", 1, true) and "&" or "?") .. query
end

-- ---- requests ----

-- Each function returns URL, body, content type, and the text of the fields that is signed.

local function form(url, fields)
  local body = encode(fields)
  return url, body, "application/x-www-form-urlencoded; charset=utf-8", core.form_signed(body)
end

local function query(url, fields)
  return with_query(url, encode(fields)), "", nil, ""
end

local function raw(url, value)
  local body = type(value) == "string" and value or json.encode(value)
  return with_query(url, "bodySHA256=" .. core.sha256(body)), body, "application/json", ""
end

local count = 0 -- of the requests made so far

-- Returns a new value for the header that all attempts of one webhook have in common.
local function new_token()
  count = count + 1
  return ("00000000-0000-4000-8000-%012d"):format(count)
end

--- testing.webhook{ kind, url =, params = or body =, custom =, auth_token =, method =, headers = }:
-- returns a request with a valid signature: { method, url, headers, body }. A result of
-- twilio.webhook.handler takes it as it is.
--   kind        "voice", "message", "call_status", "message_status", or the name of a webhook with a
--               form, such as "recording.status": the request has the fields of this webhook, with
--               values for tests. Optional
--   url         the whole URL by which Twilio reaches the program
--   params      fields of the form, in snake_case or as Twilio writes them. They win over those of
--               the kind. Raises for names and values that Twilio does not document
--   custom      further fields, with names of your own, or with other values. They are not checked
--   body        a JSON body in place of a form: its text, or a table
--   auth_token  by default TWILIO_AUTH_TOKEN
--   method      by default POST. With GET the fields are in the URL
--   headers     further headers, or others. The names in the result are in lower case
function webhook.request(options)
  check(options)
  local token, method = token_of(options), (options.method or "POST"):upper()
  local url, body, content_type, signed
  if options.body ~= nil then
    if options[1] then core.misuse "a kind of webhook has params, not a body" end
    url, body, content_type, signed = raw(options.url, options.body)
  else
    local fields = webhook_params.fields(options[1], options.params or {}, options.custom or {})
    url, body, content_type, signed = (method == "GET" and query or form)(options.url, fields)
  end
  local headers = {
    ["x-twilio-signature"] = core.base64(core.hmac("sha1", token, url, signed)), ["content-type"] = content_type,
    ["user-agent"] = "TwilioProxy/1.1", ["i-twilio-idempotency-token"] = new_token(),
    ["host"] = url:match "^%a+://([^/?#]+)",
  }
  for name, value in pairs(options.headers or {}) do headers[name:lower()] = value end
  return { method = method, url = url, headers = headers, body = body }
end

return webhook
