--- Starts and controls the servers of specs and examples: the simulator of Twilio and the fault
-- server. This file needs lua-cjson, a POSIX shell and `curl`. The servers run in separate
-- processes, with Lua 5.1 and lua-http, whichever Lua runs the specs.
--
--   local server = servers.twilio { now = 1300000000 }    -- options: see twilio/simulator.lua
--   print(server.url, server.port, server.account_sid, server.auth_token, server.client_id,
--     server.client_secret)
--   server:post("/_/clock", { Seconds = 3 })              -- see simulator/control.lua
--   for _, request in ipairs(server:get("/_/log")) do print(request.method, request.target) end
--   server:stop()
--
-- With `tls = file`, the simulator is an HTTPS server. It writes its certificate to this file, for
-- the option `ca_file` of clients. With `tls = true`, the fault server opens further ports for TLS:
-- `server.ports` maps names to port numbers, server:secure_url(name) returns a URL, and
-- `server.authority` is the file with the certificate to trust.
--
-- A server exits after `stop`, after its table was collected, and when this process ends, even if
-- it is killed.
local cjson = require "cjson"

local servers = {}

-- The interpreter of the servers. Every distribution packages lua-http for Lua 5.1.
servers.interpreter = "lua5.1"

local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$") or "."
local root = here .. "/../.."

servers.account_sid = "AC0123456789abcdef0123456789abcdef"
servers.auth_token = "fedcba9876543210fedcba9876543210"
servers.client_id = "OQ0123456789abcdef0123456789abcdef"
servers.client_secret = "secret of the OAuth app"

--- The URL of a host that does not exist. Its label is too long for DNS, so no slow name server is
-- asked.
servers.nowhere = "https://" .. ("x"):rep(64) .. ".invalid"

local function quoted(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

-- Removes the environment variables that are set for the Lua of the specs.
local CLEAN = "env -u LD_PRELOAD -u LUA_INIT -u LUA_INIT_5_2 -u LUA_PATH -u LUA_CPATH -u LUA_PATH_5_2 -u LUA_CPATH_5_2 "

--- Returns the output of a command.
local function output_of(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function encode(text)
  return (tostring(text):gsub("[^%w%-._~]", function(character) return string.format("%%%02X", character:byte()) end))
end

--- Encodes a form from { Name = value }. An array { { "Name", value }, ... } keeps the order, and
-- may repeat names.
local function form_text(form)
  local parts = {}
  for _, pair in ipairs(form) do parts[#parts + 1] = encode(pair[1]) .. "=" .. encode(pair[2]) end
  for name, value in pairs(form) do
    if type(name) == "string" then parts[#parts + 1] = encode(name) .. "=" .. encode(value) end
  end
  return table.concat(parts, "&")
end

--- Parses the output of `curl --include`.
local function parse_answer(text)
  local head, body = text:match("^(HTTP/.-\r\n)\r\n(.*)$")
  if not head then return nil, text end
  local status = tonumber(head:match("^HTTP/%S+ (%d+)"))
  if status < 200 then return parse_answer(body) end
  local headers = {}
  for name, value in head:gmatch("\n([^:\r\n]+):[ \t]*([^\r\n]*)") do headers[name:lower()] = value end
  return { status = status, headers = headers, body = body }
end

--- Sends one request with the program `curl`.
-- @param request { url, method, form, body, headers = { "Name: value", ... },
--   user = "name:password", trust = file of certificates }
-- @return { status, headers, body }; or nil and curl's message
function servers.curl(request)
  local command = { CLEAN .. "curl --silent --show-error --include --http1.1 --path-as-is --max-time 60 --noproxy '*'" }
  local function add(...)
    for _, piece in ipairs { ... } do command[#command + 1] = quoted(piece) end
  end
  add("--request", request.method or "GET")
  if request.user then add("--user", request.user) end
  if request.trust then add("--cacert", request.trust) end
  for _, header in ipairs(request.headers or {}) do add("--header", header) end
  local body = request.body or request.form and form_text(request.form)
  if body then add("--data-binary", body) end
  add("--url", request.url)
  return parse_answer(output_of(table.concat(command, " ") .. " 2>&1"))
end

local Server = {}
Server.__index = Server

--- Sends a request to a control path of the server, below /_/.
-- @return the decoded response. Raises an error unless the status is 200.
local function control(server, method, path, form)
  local answer, problem = servers.curl { method = method, url = server.url .. path, form = form, trust = server.trust }
  if not answer then error(method .. " " .. path .. ": " .. problem, 3) end
  if answer.status ~= 200 then error(method .. " " .. path .. ": " .. answer.status .. " " .. answer.body, 3) end
  return cjson.decode(answer.body)
end

function Server:get(path)
  return control(self, "GET", path)
end

function Server:post(path, form)
  return control(self, "POST", path, form or {})
end

--- Stops the server, and waits until it has exited. May be called twice.
-- @return the standard error of the server, "" if it reported no error
function Server:stop()
  if not self.pipe then return "" end
  if self.authority then os.remove(self.authority) end
  self.pipe:close() -- ends the server's standard input
  self.pipe = nil
  local complaints = self.errors:read("*a")
  self.errors:close()
  return complaints
end

--- Kills the server, as a crash does, and waits until it is gone.
function Server:kill()
  os.execute("kill -9 " .. self.pid)
  self.pipe:close()
  self.pipe = nil
  self.errors:close()
end

--- Starts a server program. Its standard output is a FIFO. Opening the FIFO waits for the program,
-- and reading from it waits for the port, or for the exit of a program that failed. The FIFO and
-- the file of standard error are removed at once, so that no file remains if this process is
-- killed.
local function start_command(name, command)
  local directory = output_of("mktemp -d"):match("^[^\n]+")
  local fifo, errors, id = directory .. "/port", directory .. "/errors", directory .. "/id"
  command = ("echo $$ >%s; exec %s%s >%s 2>%s"):format(quoted(id), CLEAN, command, quoted(fifo), quoted(errors))
  output_of("mkfifo " .. quoted(fifo))
  local pipe = assert(io.popen(command, "w"))
  local ready = assert(io.open(fifo, "r"))
  local port = tonumber(ready:read("*l"))
  ready:close()
  local server = setmetatable({ port = port, pipe = pipe, errors = assert(io.open(errors, "r")) }, Server)
  server.pid = output_of("cat " .. quoted(id)):match "%d+"
  output_of("rm -rf " .. quoted(directory))
  if not port then error(name .. " did not start: " .. server:stop(), 4) end
  return server
end

--- Starts a program that is written in Lua.
local function start(program, options)
  local command = { servers.interpreter, quoted(program) }
  for name, value in pairs(options) do
    command[#command + 1] = "--" .. name
    if value ~= true then command[#command + 1] = quoted(value) end
  end
  local server = start_command(program:match "[^/]*$", table.concat(command, " "))
  server.trust = type(options.tls) == "string" and options.tls or nil -- the fault server has separate ports for TLS
  server.url = string.format("%s://127.0.0.1:%d", server.trust and "https" or "http", server.port)
  return server
end

--- Starts cutting_proxy.c, which `program` was built from. `arguments` is its command line, as text.
-- server:stop() returns its counts of faults as { connections = …, cut = … }.
function servers.cutting_proxy(program, arguments)
  local proxy = start_command("cutting_proxy", quoted(program) .. " " .. arguments)
  function proxy:stop()
    local counts = {}
    for name, count in Server.stop(self):gmatch "([%l_]+) (%d+)" do counts[name] = tonumber(count) end
    return counts
  end
  return proxy
end

--- Starts the simulator of Twilio.
-- @param program nil, or the path of an installed twilio-simulator
function servers.twilio(options, program)
  local given = { ["until-eof"] = true }
  for name, value in pairs(options or {}) do given[name] = value end
  local server = start(program or root .. "/bin/twilio-simulator", given)
  server.account_sid = options and options.account or servers.account_sid
  server.auth_token = options and options.token or servers.auth_token
  server.client_id, server.client_secret = servers.client_id, servers.client_secret
  return server
end

--- Starts the program that the simulator calls back: see app_server.lua.
function servers.app()
  return start(here .. "/app_server.lua", {})
end

--- Returns the URL of a TLS port of the fault server.
function Server:secure_url(port)
  return ("https://127.0.0.1:%d"):format(self.ports[port])
end

--- Starts the fault server.
function servers.fault(options)
  options = options or {}
  local server = start(here .. "/fault_server.lua", options)
  if options.tls then
    local made = server:get "/_/tls"
    server.ports, server.authority = made.ports, os.tmpname()
    local file = assert(io.open(server.authority, "w"))
    file:write(made.ca)
    file:close()
  end
  return server
end

--- Returns the table of a fault server that another process has started with TLS ports.
function servers.attached(port, authority)
  local server = setmetatable({ port = port, url = ("http://127.0.0.1:%d"):format(port), authority = authority }, Server)
  server.ports = server:get "/_/tls".ports
  return server
end

return servers
