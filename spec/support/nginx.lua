--- Runs nginx with this library, built for LuaJIT, for specs.
--
--   local server = nginx.start { http = "…", server = "…", workers = 1, main = "…" }
--   server:get "/path"             → body, status
--   server:together("/path", 10)   → a function that returns the bodies
--   server:stop()                  → the error log
--
-- `main`, `http` and `server` are parts of nginx's configuration. `environment` is a table of variables,
-- or such as "env NAME=value". `example = true` runs examples/nginx, see write_example.
local shell = require "spec.support.shell"

local nginx = {}

local MODULES = "/usr/lib/nginx/modules/"
local BUILD = "build/luajit"

local function readable(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

--- Returns why nginx with Lua cannot be run here; nil if it can.
function nginx.absent()
  if not readable "/usr/sbin/nginx" then return "nginx is not installed" end
  if not readable(MODULES .. "ngx_http_lua_module.so") then return "nginx has no Lua module" end
  return nil
end

--- Returns why nginx cannot be run here with this library; nil if it can.
function nginx.problem()
  if not jit then return "these specs run on LuaJIT only, because nginx uses LuaJIT" end
  if nginx.absent() then return nginx.absent() end
  if shell.find_module "twilio.core" ~= BUILD .. "/twilio/core.so" then return "nginx cannot load a build with sanitizers" end
  return nil
end

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

local Server = {}
Server.__index = Server

local CONFIGURATION = [[
load_module %sndk_http_module.so;
load_module %sngx_http_lua_module.so;
pid %s/pid;
error_log %s/error.log info;
worker_processes %d;
%s
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path %s/body;
  proxy_temp_path %s/proxy;
  fastcgi_temp_path %s/fastcgi;
  uwsgi_temp_path %s/uwsgi;
  scgi_temp_path %s/scgi;
  lua_package_path "%s/lua/?.lua;%s/?.lua;;";
  lua_package_cpath "%s/%s/?.so;;";
  %s
  server {
    listen unix:%s/socket;
    %s
  }
}
]]

-- Writes the configuration of examples/nginx. Only the socket and the paths differ from the
-- example. With the option `port`, nginx listens on this port too. The option `before` is more
-- configuration of the server.
local function write_example(directory, here, options)
  local text = read "examples/nginx/nginx.conf"
  local function replace(pattern, with)
    local n
    text, n = text:gsub(pattern, function() return with end)
    assert(n == 1, pattern .. " is not in examples/nginx/nginx.conf")
  end
  local listen = options.port and ("listen 127.0.0.1:%d;\n"):format(options.port) or ""
  replace("listen [%d.:]+;", listen .. "listen unix:" .. directory .. "/socket;\n" .. (options.before or ""))
  local paths = 'lua_package_path "${prefix}?.lua;%s/lua/?.lua;;";\nlua_package_cpath "%s/%s/?.so;;";'
  replace('lua_package_path "%${prefix}%?.lua;;";', paths:format(here, here, BUILD))
  replace("pid logs/nginx.pid;", "pid " .. directory .. "/pid;")
  replace("error_log logs/error.log", "error_log " .. directory .. "/error.log")
  shell.write(directory .. "/nginx.conf", text)
  shell.must("cp examples/nginx/*.lua " .. directory)
  shell.must("mkdir " .. directory .. "/logs")
end

function Server:configure(options)
  local d = self.directory
  local here = shell.must "pwd":gsub("\n", "")
  if options.example then return write_example(d, here, options) end
  shell.write(d .. "/nginx.conf", CONFIGURATION:format(MODULES, MODULES, d, d, options.workers or 1, options.main or "", d, d, d, d, d, here, here,
    here, BUILD, options.http or "", d, options.server or ""))
end

-- If root starts nginx, its workers run as another user, who may not be allowed to read this
-- checkout.
local USER = shell.must "id -u":match "^0%s*$" and "-g 'user root;'" or ""

local function command(self, rest)
  return ("%s /usr/sbin/nginx -p %s -c %s/nginx.conf %s %s"):format(self.environment, self.directory, self.directory, USER, rest or "")
end

-- Returns the start of a command line that sets environment variables.
local function environment_of(variables)
  if type(variables) ~= "table" then return variables or "" end
  local words = { "env" }
  for name, value in pairs(variables) do words[#words + 1] = name .. "=" .. shell.quote(value) end
  return table.concat(words, " ")
end

function nginx.start(options)
  local self = setmetatable({ directory = shell.directory(), environment = environment_of(options.environment) }, Server)
  self:configure(options)
  shell.must("chmod 755 " .. self.directory) -- for workers of another user
  local ok, output = shell.run(command(self))
  if not ok then error(output .. self:log(), 2) end
  self.pid = read(self.directory .. "/pid"):match "%d+"
  -- Stops nginx when this process ends, even if it is killed. Waits for the file `pid` to vanish,
  -- because nginx's process may remain as a zombie.
  self.guard = assert(io.popen(("cat >/dev/null; kill %s && while test -e %s/pid; do sleep 0.01; done"):format(self.pid, self.directory), "w"))
  return self
end

function Server:signal(name)
  return shell.run(command(self, "-s " .. name))
end

function Server:log()
  return read(self.directory .. "/error.log")
end

local function curl(self, path, rest)
  return ("curl --silent --max-time 30 --unix-socket %s/socket %s %s"):format(self.directory, rest or "",
    shell.quote("http://site" .. path))
end

--- Sends a request. Returns the body and the status of the response; status 0: no response.
function Server:get(path, rest)
  local _, output = shell.run(curl(self, path, "-w '%{http_code}' " .. (rest or "")))
  local body, status = output:match "^(.*)(%d%d%d)"
  return body, tonumber(status)
end

--- Starts a request. Returns a function that waits for its response, and returns body and status.
function Server:begin(path, rest)
  local pipe = assert(io.popen(curl(self, path, "-w '%{http_code}' " .. (rest or "")), "r"))
  return function()
    local body, status = pipe:read("*a"):match "^(.*)(%d%d%d)"
    pipe:close()
    return body, tonumber(status)
  end
end

--- Starts `count` requests at once, from one process. Returns a function that waits for the
-- responses, and returns their sorted lines. Each body is one line.
function Server:together(path, count)
  local parallel = ("--no-progress-meter --parallel --parallel-immediate --parallel-max %d"):format(count)
  local pipe = assert(io.popen(curl(self, path .. "?[1-" .. count .. "]", parallel)))
  return function()
    local text = pipe:read "*a"
    pipe:close()
    return shell.lines(text)
  end
end

--- Returns a TCP port that is free.
function nginx.free_port()
  local socket = require("cqueues.socket").listen("127.0.0.1", 0)
  assert(socket:listen())
  local port = select(3, socket:localname())
  socket:close()
  return port
end

--- Waits until a function returns true. Raises an error after 30 seconds.
function nginx.until_true(f)
  for _ = 1, 3000 do
    if f() then return true end
    shell.run "sleep 0.01"
  end
  error("the condition was not true within 30 seconds", 2)
end

--- Returns the process IDs of the workers.
function Server:workers()
  local _, output = shell.run("cat /proc/" .. self.pid .. "/task/" .. self.pid .. "/children")
  local list = {}
  for pid in output:gmatch "%d+" do list[#list + 1] = pid end
  return list
end

function Server:stop()
  if not self.pid then return "" end
  self.guard:close()
  self.pid = nil
  local log = self:log()
  shell.run("rm -rf " .. self.directory)
  return log
end

return nginx
