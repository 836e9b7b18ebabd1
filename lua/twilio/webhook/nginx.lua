--- Receives webhooks in nginx, in the phases rewrite, access and content.

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
core.keep(...)
local event = require "twilio.webhook.event"
local receive = require "twilio.webhook.receive"

local nginx = {}

local ngx = package.loaded.ngx -- nil outside nginx
local byte, sub = string.byte, string.sub

local SLASH = byte "/"

local PHASES = { rewrite = true, access = true, content = true }

-- ---- headers ----

-- nginx has each request header in a variable. That is cheaper than a table of all headers, and
-- several headers of one name are joined with commas, which makes a signature malformed.
local VARIABLES = setmetatable({}, {
  __index = function(self, name)
    self[name] = "http_" .. name:gsub("-", "_")
    return self[name]
  end,
})

local function header(name) return ngx.var[VARIABLES[name]] end

-- ---- the body ----

local CHUNK = 65536

-- Reads a body that nginx has written to a file. The file was written a moment ago, and the system
-- still has it in memory. Other requests are served between two chunks.
local function read_file(path, limit)
  local file, problem = io.open(path, "rb")
  if not file then return nil, problem end
  local chunks, size = {}, 0
  repeat
    local chunk = file:read(CHUNK)
    chunks[#chunks + 1] = chunk
    size = size + #(chunk or "")
    if chunk then ngx.sleep(0) end
  until not chunk or size > limit
  file:close()
  return table.concat(chunks)
end

local function read_ngx_body(limit)
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if body then return body end
  local path = ngx.req.get_body_file()
  if path then return read_file(path, limit) end
end

-- ---- twilio.webhook.ngx ----

local function log(_, message) ngx.log(ngx.WARN, message) end

-- The parts of a request that are read only if they are needed: a variable of nginx takes about a
-- microsecond. With the realip module, remote_addr is what a header says.
local PARTS = {
  scheme = function() return ngx.var.scheme end,
  remote_addr = function() return ngx.var.realip_remote_addr or ngx.var.remote_addr end,
}

local Request = {
  headers = header, body = read_ngx_body, log = log,
  __index = function(self, name)
    local part = PARTS[name]
    return part and part() or getmetatable(self)[name]
  end,
}

local function answer_ngx(status, headers, body)
  for name, value in pairs(headers) do ngx.header[name] = value end
  ngx.status = status
  if ngx.var.request_method ~= "HEAD" then ngx.print(body) end
  return ngx.exit(status)
end

-- ---- options ----

-- The options of the last request and their tokens. A location has the same options in every
-- request, and comparing them takes a tenth of the time of checking them. Only options without a
-- table are remembered, because a program may change the contents of a table.
local last_options, last_count, last_tokens = {}, 0, nil

local function tokens_of(options)
  local count = 0
  if type(options) == "table" then
    for name, value in next, options do
      if last_options[name] ~= value then count = -1 break end
      count = count + 1
    end
    if count == last_count and last_tokens then return last_tokens end
  end
  local tokens = receive.check_options(options, "twilio.webhook.ngx")
  last_options, last_count, last_tokens = {}, 0, nil
  for name, value in next, options do
    if type(value) == "table" then return tokens end
    last_options[name], last_count = value, last_count + 1
  end
  if options.auth_token then last_tokens = tokens end
  return tokens
end

-- ---- the usual webhook ----

-- Receives a form that is signed exactly as it was received. Returns its event, or nil for any other
-- request. No header but the signature is read: only the owner of the token can sign the URL with
-- these fields, whatever the other headers say.
local function receive_form(options, token, url)
  local public = options.public_url
  if not public or type(token) ~= "string" or options.log or options.duplicates or ngx.req.get_method() ~= "POST" then return nil end
  ngx.req.read_body()
  local body, signature = ngx.req.get_body_data(), ngx.var.http_x_twilio_signature
  if not body or not signature or body == "" or #body > (options.max_body or receive.MAX_BODY) or byte(url) ~= SLASH then return nil end
  if byte(public, -1) == SLASH then public = sub(public, 1, -2) end
  local fields, has_json = core.form_received(token, signature, body, public, url)
  return fields and event.of_fields(fields, has_json)
end

-- Keeps the event for the content phase, if the access phase has received it.
local KEPT = "twilio_webhook"

--- twilio.webhook.ngx{ auth_token =, public_url =, … }: see twilio.webhook.ngx in lua/twilio/webhook.lua.
function nginx.receive(options)
  local phase = type(ngx) == "table" and ngx.get_phase()
  if not PHASES[phase] then core.misuse "twilio.webhook.ngx works in nginx, in the phases rewrite, access and content" end
  local kept = ngx.ctx[KEPT]
  if kept then return kept.event, kept.duplicate end
  local tokens, url = tokens_of(options), ngx.var.request_uri
  local made, is_duplicate = receive_form(options, tokens, url), false
  if not made then
    local request = setmetatable({ method = ngx.req.get_method(), url = url }, Request)
    local other, second, headers, body = receive.request(request, options, tokens)
    if not other then return answer_ngx(second, headers, body) end
    made, is_duplicate = other, second
  end
  ngx.ctx[KEPT] = { event = made, duplicate = is_duplicate }
  return made, is_duplicate
end

return nginx
