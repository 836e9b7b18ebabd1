--- Receives a webhook: checks the request, and makes the event or the answer to a bad request. It
-- knows no server. The program, or twilio.webhook.nginx, passes the parts of the request.

local core = require "twilio.core"
core.keep(...)
local event = require "twilio.webhook.event"
local signature = require "twilio.webhook.signature"

local receive = {}

--- The default of the option max_body, in bytes.
receive.MAX_BODY = 1048576

-- ---- headers ----

-- Returns the value of a header, or false if the request has several such headers. `headers` is a
-- table in any spelling of the names, an object with the method get, or a function.
function receive.header(headers, name)
  local value, second
  if type(headers) == "function" then
    value = headers(name)
  elseif type(headers.get) == "function" then
    value, second = headers:get(name)
  else
    value = headers[name]
    if value == nil then
      for key, other in pairs(headers) do
        if type(key) == "string" and #key == #name and key:lower() == name then value = other end
      end
    end
  end
  if second ~= nil or type(value) == "table" and #value ~= 1 then return false end
  if type(value) == "table" then value = value[1] end
  return type(value) == "string" and value or nil
end

-- ---- tokens ----

local function is_token(value) return type(value) == "string" and value ~= "" end

--- Returns the value if it is a token or an array of tokens. Raises otherwise. A token that is empty
-- would let everybody sign.
function receive.check_tokens(name, value)
  if is_token(value) then return value end
  local list = type(value) == "table" and value or { value }
  for _, token in ipairs(list) do
    if not is_token(token) then core.misuse(name .. " must be a string that is not empty, or an array of such strings") end
  end
  if #list == 0 then core.misuse(name .. " must have at least one token") end
  return value
end

local function check_keys(keys)
  if keys == nil then return end
  if type(keys) ~= "table" or getmetatable(keys) then core.misuse "keys must be a table from the ID of a shared key to the key" end
  for id, key in pairs(keys) do
    if type(id) ~= "string" then core.misuse "keys must be a table from the ID of a shared key to the key" end
    receive.check_tokens("keys." .. id, key)
  end
end

--- Returns the auth token of the options, or that of the environment. Raises if there is none, unless
-- the options have shared keys.
function receive.tokens(options)
  check_keys(options.keys)
  local token = options.auth_token
  if token == nil then token = os.getenv "TWILIO_AUTH_TOKEN" end
  if token == nil or token == "" and options.auth_token == nil then
    if options.keys then return nil end
    core.misuse "no auth token: pass auth_token, or set TWILIO_AUTH_TOKEN"
  end
  return receive.check_tokens("auth_token", token)
end

-- ---- the signature ----

--- Checks the signature of a request. Returns true, or false and the reason.
-- @param request a table: headers, url, body or params, and kind (see signature.check)
-- @param tokens the result of receive.tokens
-- @param keys the option of the same name
function receive.verify(request, tokens, keys)
  local headers, algorithm = request.headers, "sha1"
  request.signature = request.signature or receive.header(headers, "x-twilio-signature")
  if request.signature == nil then return false, "the request has no header X-Twilio-Signature" end
  if request.signature == false then return false, "the request has several headers X-Twilio-Signature" end
  local settings, problem = receive.header(headers, "x-twilio-webhooks-signature-settings"), nil
  if settings == false then return false, "the request has several headers X-Twilio-Webhooks-Signature-Settings" end
  if settings then
    tokens, algorithm = signature.shared_key(settings, keys)
    if not tokens then problem = algorithm end
  elseif not tokens then
    problem = "the webhook is signed with the auth token, and only shared keys were passed"
  end
  if problem then return false, problem end
  local is_form = not request.params and (request.kind == nil or request.kind == "form")
  if is_form and not settings and signature.is_exact(tokens, request.signature, request.url, request.body) then return true end
  request.tokens, request.algorithm = tokens, algorithm
  request.is_websocket = (receive.header(headers, "upgrade") or ""):lower() == "websocket"
  return signature.check(request)
end

-- ---- the URL ----

-- Whether the connection comes from one of the proxies that the program has named.
local function is_trusted(trust, address)
  for _, network in ipairs(trust or {}) do
    if address == network or address and core.in_network(address, network) then return true end
  end
  return false
end

-- The first element is that of the proxy which Twilio has reached.
local function first_forwarded(headers, name)
  local value = receive.header(headers, name)
  return value and value:match "^%s*([^,%s]+)" or nil
end

-- Returns scheme and host as a trusted proxy has forwarded them.
local function forwarded(headers)
  local proto, host = first_forwarded(headers, "x-forwarded-proto"), first_forwarded(headers, "x-forwarded-host")
  local port = first_forwarded(headers, "x-forwarded-port")
  if host and port and port:find "^%d+$" and not host:find ":%d+$" then
    local default = (proto == "https" or proto == "wss") and "443" or "80"
    if port ~= default then host = host .. ":" .. port end
  end
  return proto, host
end

-- Returns the URL that Twilio has requested. `target` is the path with the query, or a whole URL. A
-- client may send a whole URL in its request line, so public_url takes precedence over it. Returns nil
-- if nothing names the host. lua-http stores the header Host as `:authority`, as HTTP/2 does.
local function url_of(request, options)
  local target, public = request.url, options.public_url
  if public then
    if not target:find "^/" then target = target:gsub("^%a[%w+.-]*://[^/?#]*", "") end
    return (public:sub(-1) == "/" and public:sub(1, -2) or public) .. target
  end
  if not target:find "^/" then return target end
  local scheme = request.scheme or "http"
  local host = receive.header(request.headers, "host") or receive.header(request.headers, ":authority")
  if is_trusted(options.trust, request.remote_addr) then
    local proto, public_host = forwarded(request.headers)
    scheme, host = proto or scheme, public_host or host
  end
  return host and host ~= "" and scheme .. "://" .. host .. target or nil
end

-- ---- refusals ----

local TEXTS = {
  [400] = "Bad Request", [403] = "Forbidden", [405] = "Method Not Allowed", [413] = "Content Too Large", [415] = "Unsupported Media Type",
}

-- A path comes from anybody. It may have phone numbers, and characters that would break a log.
local function shown_path(target)
  local path = target:gsub("^%a[%w+.-]*://[^/?#]*", ""):gsub("[?#].*$", ""):sub(1, 200):gsub("[^\33-\126]", "?")
  return core.mask(path, false)
end

local function refuse_request(options, request, status, reason)
  local fields = { status = status, reason = reason, method = request.method, path = shown_path(request.url), remote_addr = request.remote_addr }
  local log = options.log or request.log
  if log then log("warn", ("webhook %s %s refused with %d: %s"):format(fields.method, fields.path, status, reason), fields) end
  local headers = { ["content-type"] = "text/plain" }
  if status == 405 then headers.allow = "GET, HEAD, POST" end
  return nil, status, headers, TEXTS[status] .. "\n"
end

-- ---- one request ----

local METHODS = { GET = true, HEAD = true, POST = true }

-- Returns the body, or nil, the status and the reason. The function that reads the body may stop
-- after limit + 1 bytes.
local function read_received_body(request, limit)
  local announced = tonumber(receive.header(request.headers, "content-length") or nil)
  if announced and announced > limit then return nil, 413, "the body is too large" end
  local body, problem = request.body, nil
  if type(body) == "function" then body, problem = body(limit) end
  if body == nil and problem then return nil, 400, "the body could not be read" end
  if body ~= nil and type(body) ~= "string" then core.misuse "body must be a string, or a function that returns one" end
  if body and #body > limit then return nil, 413, "the body is too large" end
  return body or ""
end

local function make_event(request, body, kind)
  if request.method ~= "POST" and body == "" then return event.parse(request.url:match "%?([^#]*)" or "", "form") end
  return event.parse(body, kind)
end

--- Receives one request. `request` is a table: method, url, headers, body, scheme, remote_addr, and
-- log, which gets the refusals if the options have no function `log`.
-- Returns the event, and whether it is a duplicate. For a bad request, returns nil, the status, the
-- headers and the body of the answer.
function receive.request(request, options, tokens)
  local method = request.method
  if not METHODS[method] then
    request.method = type(method) == "string" and method:match "^%u+$" or "?"
    return refuse_request(options, request, 405, "the method is not one of a webhook")
  end
  local body, status, problem = read_received_body(request, options.max_body or receive.MAX_BODY)
  if not body then return refuse_request(options, request, status, problem) end
  local kind = event.kind(receive.header(request.headers, "content-type") or nil) or "form"
  local url = url_of(request, options)
  if not url then return refuse_request(options, request, 403, "the URL has no host: pass public_url, or the header Host") end
  local ok, reason = receive.verify({ headers = request.headers, url = url, body = body, kind = kind }, tokens, options.keys)
  if not ok then return refuse_request(options, request, 403, reason) end
  local made, why = make_event(request, body, kind)
  if not made then return refuse_request(options, request, kind == "json" and 400 or 415, why) end
  local again = options.duplicates and options.duplicates:seen(receive.header(request.headers, "i-twilio-idempotency-token")) or false
  if options.log then options.log("info", tostring(made), { event = event.masked(made), method = method, duplicate = again }) end
  return made, again
end

-- ---- options ----

local function is_url(text) return text:find "^%a[%w+.-]*://[^/?#]" and not text:find "[?#]" end

local CHECKS = {
  auth_token = function() return true end, -- see receive.tokens
  keys = function() return true end,
  public_url = function(value) return type(value) == "string" and is_url(value), "a URL with scheme and host, and without query and fragment" end,
  trust = function(value) return type(value) == "table", "an array of addresses and networks, such as { '10.0.0.0/8' }" end,
  max_body = function(value) return type(value) == "number" and value >= 0, "a number of bytes" end,
  log = function(value) return type(value) == "function", "a function" end,
  duplicates = function(value)
    return type(value) == "table" and require("twilio.webhook.duplicates").is(value), "a result of twilio.webhook.duplicates"
  end,
}

local function check_trust(trust)
  for _, network in ipairs(trust or {}) do
    local is_known = type(network) == "string" and (network == "unix:" or core.in_network("0.0.0.0", network) ~= nil)
    if not is_known then core.misuse("trust has an element that is neither an address nor a network, such as 10.0.0.0/8") end
  end
end

--- Checks the options of twilio.webhook.handler and twilio.webhook.ngx. Returns the tokens.
-- @param what the name of the function, for messages
function receive.check_options(options, what)
  if type(options) ~= "table" then core.misuse(what .. " takes a table of options") end
  for name, value in pairs(options) do
    local check = CHECKS[name] or core.index("the table of " .. what)(CHECKS, name)
    if not check then core.misuse "the names of options are strings" end
    local ok, wanted = check(value)
    if not ok then core.misuse(("%s must be %s"):format(name, wanted)) end
  end
  check_trust(options.trust)
  return receive.tokens(options)
end

return receive
