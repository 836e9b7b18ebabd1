--- Receives Twilio's webhooks: signatures, events, retries. `twilio.webhook` is this module.

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
core.keep(...)
local receive = require "twilio.webhook.receive"
local event = require "twilio.webhook.event"
local exact = require "twilio.webhook.signature"

local webhook = {}

-- Returns a function that loads its module when it is first called.
local function lazy_part(name, what)
  return function(...) return require(name)[what](...) end
end

-- ---- signatures ----

local NAMES = setmetatable({}, { __index = core.index "the table of twilio.webhook.verify" })
for name in ("auth_token keys signature url headers body params content_type"):gmatch "%S+" do NAMES[name] = true end

local function check_type(name, value, wanted, what)
  if value ~= nil and type(value) ~= wanted then core.misuse(("%s must be %s, got %s"):format(name, what, type(value))) end
end

local function no_header() return nil end

local function is_headers(headers)
  return headers == nil or type(headers) == "table" or type(headers) == "function" or type(headers) == "userdata"
end

local function check_request(request)
  if type(request) ~= "table" then core.misuse("twilio.webhook.verify takes a table, got " .. type(request)) end
  for name in pairs(request) do
    if not NAMES[name] then core.misuse "the names of options are strings" end
  end
  if type(request.url) ~= "string" then core.misuse("url must be a string, got " .. type(request.url)) end
  check_type("body", request.body, "string", "the bytes of the body")
  check_type("params", request.params, "table", "a table of the decoded parameters")
  check_type("content_type", request.content_type, "string", "a string")
  check_type("signature", request.signature, "string", "a string")
  if not is_headers(request.headers) then core.misuse("headers must be a table, got " .. type(request.headers)) end
  if request.body and request.params then core.misuse "pass the body or the params, not both" end
  if not request.headers and not request.signature then core.misuse "pass the headers of the request, or the signature" end
end

--- twilio.webhook.verify{ auth_token =, url =, headers =, body = }: checks that Twilio sent a request.
--
--   auth_token    the token, or an array of tokens while it is exchanged; by default from
--                 TWILIO_AUTH_TOKEN
--   keys          shared keys: a table that maps the ID of a key to the key
--   url           the URL as Twilio requested it, with its query
--   headers       the headers: a table, an object with the method get, or a function that takes a name
--   signature     the value of X-Twilio-Signature, in place of headers
--   content_type  by default the header Content-Type
--   body, params  the bytes of the body; or the decoded fields of a form: { name = value or array }
--
-- Returns true; or false and the reason. The content of the request never raises. Raises for a
-- missing token, and for options of the wrong type.
function webhook.verify(request)
  check_request(request)
  local tokens = receive.tokens(request)
  local headers = request.headers or no_header
  local content_type = request.content_type or receive.header(headers, "content-type") or nil
  return receive.verify({
    signature = request.signature, headers = headers, url = request.url, params = request.params,
    body = request.body or "", kind = event.kind(content_type),
  }, tokens, request.keys)
end

--- twilio.webhook.valid(auth_token, signature, url, params or body): like verify, with positional
-- arguments. `signature` is the value of the header X-Twilio-Signature.
-- Returns true; or false and the reason.
function webhook.valid(auth_token, signature, url, rest)
  if auth_token == nil then core.misuse "no auth token: the first argument is missing" end
  local tokens = receive.check_tokens("the auth token", auth_token)
  if type(url) ~= "string" then core.misuse("url must be a string, got " .. type(url)) end
  if type(rest) == "string" and type(signature) == "string" and exact.is_exact(tokens, signature, url, rest) then return true end
  if rest ~= nil and type(rest) ~= "string" and type(rest) ~= "table" then
    core.misuse("the last argument is a table of parameters or the bytes of the body, got " .. type(rest))
  end
  if type(signature) ~= "string" then return false, "the request has no header X-Twilio-Signature" end
  return receive.verify({
    signature = signature, headers = no_header, url = url,
    params = type(rest) == "table" and rest or nil, body = type(rest) == "string" and rest or "",
  }, tokens)
end

-- ---- events ----

--- twilio.webhook.parse(body, content_type): returns the event of a form, a query or a JSON body.
--
-- event.call_sid and event.CallSid are the same field. Values are texts. The fields that hold JSON
-- are decoded. A field that occurs several times is an array. event.media is an array of
-- { url, content_type }. event.events is the array of CloudEvents, of one event or of a batch.
-- A field that is absent is nil. Another spelling of a field's name, such as callSid, raises.
-- Without a content type, a text that begins with { or [ is JSON.
-- Returns nil and the reason for malformed JSON and for another content type.
-- parse does not check the signature.
function webhook.parse(body, content_type)
  if body == nil then body = "" end
  if type(body) ~= "string" then core.misuse("twilio.webhook.parse takes the bytes of a body, got " .. type(body)) end
  if content_type ~= nil and type(content_type) ~= "string" then core.misuse("the content type must be a string, got " .. type(content_type)) end
  return event.parse(body, event.kind(content_type))
end

--- twilio.webhook.masked(event): returns a table from name to value that a log may show. tostring(event)
-- is a line of it.
webhook.masked = event.masked

-- ---- servers ----

local REQUEST = setmetatable({}, { __index = core.index "the request" })
for name in ("method url headers body scheme remote_addr"):gmatch "%S+" do REQUEST[name] = true end

local function check_parts(request)
  if type(request) ~= "table" then core.misuse("the handler takes a table, got " .. type(request)) end
  for name in pairs(request) do
    if not REQUEST[name] then core.misuse "the names of the request are strings" end
  end
  if type(request.url) ~= "string" then core.misuse("url must be a string, got " .. type(request.url)) end
  if request.headers == nil or not is_headers(request.headers) then core.misuse("headers must be a table, got " .. type(request.headers)) end
end

--- twilio.webhook.handler{ auth_token =, … }: returns a function that receives the requests of any
-- server.
--
--   auth_token, keys  see twilio.webhook.verify
--   public_url        scheme, host and the start of the path by which Twilio reaches the server
--   trust             addresses and networks of proxies. Their headers X-Forwarded-Proto, -Host and
--                     -Port are believed
--   max_body          the largest body in bytes (1 MiB)
--   duplicates        a result of twilio.webhook.duplicates
--   log               log(level, message, fields): "warn" for refused requests, "info" for events
--
-- The function takes { method =, url =, headers =, body =, scheme =, remote_addr = }. `url` is the
-- path with the query, or the whole URL. `body` is a string, or a function of a limit that returns a
-- string, and may stop after limit + 1 bytes. It returns nil and a message if it fails. `remote_addr` is the address of the connection.
-- Returns the event, and whether Twilio has sent it before. For a request that is not a webhook of
-- Twilio, returns nil, and status, headers and body of the answer: 400, 403, 405, 413 or 415.
function webhook.handler(options)
  local tokens = receive.check_options(options, "twilio.webhook.handler")
  return function(request)
    check_parts(request)
    return receive.request({
      method = request.method, url = request.url, headers = request.headers, body = request.body,
      scheme = request.scheme, remote_addr = request.remote_addr,
    }, options, tokens)
  end
end

--- twilio.webhook.ngx{ auth_token =, … }: receives the current request in nginx.
--
-- Takes the options of twilio.webhook.handler. Without `log`, refusals are in nginx's error log. Works
-- in the phases rewrite, access and content. A second call for the same request returns the same event.
-- Returns the event, and whether Twilio has sent it before. Answers any other request itself, with
-- 400, 403, 405, 413 or 415, and does not return then.
webhook.ngx = lazy_part("twilio.webhook.nginx", "receive")

--- twilio.webhook.duplicates{ size =, ttl =, dictionary = }: recognises requests that come again.
webhook.duplicates = lazy_part("twilio.webhook.duplicates", "new")

--- twilio.webhook.url(url, { retries = 2, … }): adds connection overrides to a URL.
webhook.url = lazy_part("twilio.webhook.overrides", "url")

return setmetatable(webhook, { __index = core.index "twilio.webhook" })
