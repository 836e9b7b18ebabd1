--- Receives webhooks in nginx, in the phases rewrite, access and content.

local core = require "twilio.core"
core.keep(...)
local receive = require "twilio.webhook.receive"

local nginx = {}

local ngx = package.loaded.ngx -- nil outside nginx

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

local function read_body(limit)
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
  headers = header, body = read_body, log = log,
  __index = function(self, name)
    local part = PARTS[name]
    return part and part() or getmetatable(self)[name]
  end,
}

local function answer(status, headers, body)
  for name, value in pairs(headers) do ngx.header[name] = value end
  ngx.status = status
  if ngx.var.request_method ~= "HEAD" then ngx.print(body) end
  return ngx.exit(status)
end

-- Keeps the event for the content phase, if the access phase has received it.
local KEPT = "twilio_webhook"

--- twilio.webhook.ngx{ auth_token =, public_url =, … }: see twilio.webhook.ngx in lua/twilio/webhook.lua.
function nginx.receive(options)
  if type(ngx) ~= "table" or not PHASES[ngx.get_phase()] then
    core.misuse "twilio.webhook.ngx works in nginx, in the phases rewrite, access and content"
  end
  local kept = ngx.ctx[KEPT]
  if kept then return kept.event, kept.duplicate end
  local tokens = receive.check_options(options, "twilio.webhook.ngx")
  local request = setmetatable({ method = ngx.req.get_method(), url = ngx.var.request_uri }, Request)
  local event, second, headers, body = receive.request(request, options, tokens)
  if not event then return answer(second, headers, body) end
  ngx.ctx[KEPT] = { event = event, duplicate = second }
  return event, second
end

return nginx
