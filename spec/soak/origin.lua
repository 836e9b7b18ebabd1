--- An nginx that takes the place of Twilio, for spec/soak. It is fast, its HTTP/2 can be switched, and it
-- can be reloaded.
--
--   local origin = require("spec.soak.origin").start(faults)
--   origin.url, origin.authority          -- https://127.0.0.1:PORT, and the file to trust
--   origin:switch(false)                  -- HTTP/1.1 only, after a reload
--   origin.nginx:signal "reload"
--   origin:stop()
--
-- /fast answers itself. /record is passed to the fault server `faults`. /close closes the connection.
local nginx = require "spec.support.nginx"
local shell = require "spec.support.shell"

local Origin = {}
Origin.__index = Origin

local SITE = [[
  server {
    listen 127.0.0.1:%d ssl%s;
    ssl_certificate %s/cert.pem;
    ssl_certificate_key %s/key.pem;
    keepalive_requests 100000000;
    default_type application/json;
    location /fast { return 200 '{"sid":"CA0123456789abcdef0123456789abcdef","calls":[{"sid":"CA0123456789abcdef0123456789abcdef"}]}'; }
    location /missing { return 404 '{"code":20404,"message":"not found"}'; }
    location /close { return 444; }
    location /record { proxy_pass http://127.0.0.1:%d; proxy_next_upstream off; client_max_body_size 10m; }
  }
]]

function Origin:options(http2)
  local files = self.directory
  return { workers = 1, http = SITE:format(self.port, http2 and " http2" or "", files, files, self.upstream) }
end

--- Switches HTTP/2 on or off. Requests in flight end on the old workers.
function Origin:switch(http2)
  self.nginx:configure(self:options(http2))
  assert(self.nginx:signal "reload")
end

function Origin:stop()
  local log = self.nginx:stop()
  shell.run("rm -r " .. self.directory)
  return log
end

local origin = {}

function origin.start(faults)
  local self = setmetatable({ directory = shell.directory(), port = nginx.free_port(), upstream = faults.port }, Origin)
  shell.must(("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
    .. "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"):format(self.directory))
  shell.must("chmod 755 " .. self.directory)
  self.authority = self.directory .. "/cert.pem"
  self.url = "https://127.0.0.1:" .. self.port
  self.nginx = nginx.start(self:options(true))
  return self
end

return origin
