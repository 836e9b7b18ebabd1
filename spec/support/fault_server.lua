--- A server with faults, for specs. The first segment of a request's path selects the behaviour.
--
--   lua5.1 spec/support/fault_server.lua [--port N] [--tls] [--ready FILE] [--stay]
--
-- lua/twilio/simulator.lua describes the options. All requests of a client with the base URL
-- http://127.0.0.1:PORT/stall get the behaviour `stall`. The paths below /_/ control the server.
-- Requests to these paths are not logged and not counted:
--
--   GET  /_/log         lists the requests, oldest first: method, target, headers, body,
--                       connection, port, ended
--   POST /_/take        lists the requests, empties the log, and closes all other connections
--   POST /_/effects?N   waits until all other connections are closed. Returns what has happened to the
--                       requests of the behaviour `record`, and forgets it. N seeds later faults
--   POST /_/reset       empties the log, and undoes POST /_/release
--   GET  /_/stats       returns the numbers of connections and of requests
--   POST /_/leave       closes the connections that the behaviour `leave` has left open
--   GET  /_/held        returns the number of requests that the behaviour `hold` holds
--   POST /_/release     lets these requests go on, and handshakes with the port `h2_held`
--   GET  /_/tls         returns { ca = PEM, ports = { NAME = number } }: the certificate to trust,
--                       and the TLS ports
--   POST /_/handshakes  waits until all TLS connections are closed. Returns
--                       { NAME = { tried, done, resumed, bytes } } since the previous request:
--                       `bytes` counts the application data that the client sent. `resumed` counts
--                       resumed sessions, up to TLS 1.2.
--
-- --tls opens TLS ports, with and without faults (fault_server/tls.lua). The behaviours on a port
-- without faults are the same as without TLS. Ports named h2… use the behaviours of HTTP/2. The
-- port `control` takes the paths below /_/ on separate connections.
--
-- To add a behaviour:
-- * A response of fixed bytes needs no code: use /wire or /early (fault_server/wire.lua).
-- * Otherwise write a function with the name of the behaviour, in fault_server/answers.lua (correct
--   HTTP), fault_server/wire.lua (invalid HTTP/1.1) or fault_server/http2.lua (frames). It gets the
--   connection and the request. `request.arguments` has the further segments of the path. The
--   function returns true if the connection may carry another request.
-- * A TLS port is a line in fault_server/tls.lua.
-- * Add a row with the expected outcomes to spec/system/fault_table_spec.lua.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. here .. "/../../lua/?.lua;" .. package.path

local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local answers = require "fault_server.answers"
local Connection = require "fault_server.connection"
local downloads = require "fault_server.downloads"
local gates = require "fault_server.gates"
local program = require "twilio.simulator.program"
local recorder = require "fault_server.recorder"
local wire = require "fault_server.wire"

local TLS_1_2 = 0x0303

local world = { log = {}, requests = 0, ports = {}, handshakes = {}, secure = 0, open = {} }
world.connection_number, world.connections = program.numbering()

local behaviours, unread = {}, wire.unread
for name, behaviour in pairs(gates.behaviours) do behaviours[name] = behaviour end
for name, behaviour in pairs(answers) do behaviours[name] = behaviour end
for name, behaviour in pairs(wire.read) do behaviours[name] = behaviour end
behaviours.pages = wire.pages(behaviours)
behaviours.file = downloads.file
behaviours.record = recorder.http1

--- /plan/A,B,C: the first request since the reset meets the behaviour A, the second B, and all further ones C.
function behaviours.plan(connection, request)
  local names = {}
  for name in (request.arguments[1] or ""):gmatch "[^,]+" do names[#names + 1] = name end
  local behaviour = behaviours[names[math.min(world.requests, #names)]]
  if not behaviour then return connection:json(400, { error = "/plan/A,B,C is meant" }) end
  return behaviour(connection, request)
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Control

local function forget()
  world.log, world.requests = {}, 0
  world.connection_number, world.connections = program.numbering()
end

local function log()
  local list = {}
  for index, seen in ipairs(world.log) do
    local request = seen.request
    list[index] = {
      method = request.method, target = request.target, headers = request.headers, body = request.body, connection = seen.connection,
      port = seen.port, ended = seen.ended,
    }
  end
  return #list == 0 and "[]" or list
end

-- Shuts down all connections but one. The client notices this before it sends its next request.
local function end_all(but)
  for client in pairs(world.open) do
    if client ~= but then client:shutdown("rw") end
  end
end

local controls = {
  ["GET /_/log"] = log,
  ["GET /_/stats"] = function() return { connections = world.connections(), requests = world.requests } end,
  ["GET /_/held"] = gates.held,
  ["POST /_/release"] = gates.release,
  ["GET /_/tls"] = function() return { ca = world.ca, ports = world.ports } end,
  ["POST /_/leave"] = function() return require("fault_server.http2").leave() end,
  ["POST /_/handshakes"] = function()
    while world.secure > 0 do cqueues.sleep(0.001) end
    local seen = world.handshakes
    world.handshakes = {}
    return seen
  end,
  ["POST /_/take"] = function(connection)
    local seen = log()
    forget()
    end_all(connection.socket)
    return seen
  end,
  ["POST /_/effects"] = function(connection, request)
    local function others()
      for client in pairs(world.open) do
        if client ~= connection.socket then return true end
      end
    end
    while others() do cqueues.sleep(0.001) end
    return recorder.take(tonumber(request.target:match "%?(%d+)$"))
  end,
  ["POST /_/reset"] = function()
    forget()
    gates.reset()
    downloads.reset()
    return {}
  end,
}

local function note(connection, request)
  if request.behaviour == "record" then return {} end -- the recorder counts these requests
  world.requests = world.requests + 1
  -- The log keeps the request itself. Headers and body that are read later appear there too.
  local entry = { request = request, connection = world.connection_number(connection), port = connection.port }
  world.log[#world.log + 1] = entry
  return entry
end

local function control(connection, request)
  local handler = controls[request.method .. " " .. request.path]
  if handler then return connection:json(200, handler(connection, request)) end
  return connection:json(404, { error = "no such control path" })
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Serving

local function misbehave(connection, request)
  local entry = note(connection, request)
  local behaviour = unread[request.behaviour] or behaviours[request.behaviour]
  if behaviour then
    local goes_on = behaviour(connection, request)
    entry.ended = true -- after a stall: the client has closed the connection
    return goes_on
  end
  return connection:json(404, { error = "no behaviour " .. request.behaviour })
end

--- Serves one request.
-- @return whether the connection may carry another one
local function serve_one(connection)
  local request = connection:read_request()
  if not request then return false end
  if unread[request.behaviour] then return misbehave(connection, request) end
  recorder.begin(request)
  if not connection:read_rest(request) then return false end
  if request.behaviour == "_" then return control(connection, request) end
  return misbehave(connection, request)
end

local function serve(_, connection)
  connection.port = "http"
  repeat until not serve_one(connection)
end

local function handshakes(name)
  world.handshakes[name] = world.handshakes[name] or { tried = 0, done = 0, resumed = 0, bytes = 0 }
  return world.handshakes[name]
end

-- The SSL objects of each session, by its master key. TLS 1.3 makes a new key for each connection.
-- The objects are kept, because OpenSSL drops a session as soon as one of its SSL objects is freed.
local sessions = {}

local function note_handshake(name, client)
  local seen, ssl = handshakes(name), client:checktls()
  seen.done = seen.done + 1
  if ssl:getVersion() > TLS_1_2 then return end
  local key = ssl:getMasterKey()
  if sessions[key] then seen.resumed = seen.resumed + 1 end
  sessions[key] = { ssl, sessions[key] }
end

local function serve_tls(client, connection, name, port)
  connection.port = name
  world.secure = world.secure + 1
  handshakes(name).tried = handshakes(name).tried + 1
  if port.held then gates.pass() end
  if port.instead then
    client:setbufsiz(1, Connection.BUFFER) -- otherwise no input would remain unread
    port.instead(client)
  elseif client:starttls(port.context) then
    local before = client:stat().rcvd.count
    note_handshake(name, client)
    if port.http2 and client:checktls():getAlpnSelected() == "h2" then
      require("fault_server.http2").serve(connection, port.http2, note)
    else
      repeat until not serve_one(connection)
    end
    handshakes(name).bytes = handshakes(name).bytes + client:stat().rcvd.count - before
  end
  world.secure = world.secure - 1
end

local function serve_and_close(serving, client, ...)
  world.open[client] = true
  serving(client, Connection.new(client), ...)
  world.open[client] = nil
  client:close()
end

-- Listens on a port, and calls the given function for each connection. Returns the port's number.
local function listen(queue, number, ...)
  local server = assert(socket.listen { host = "127.0.0.1", port = number, reuseaddr = true })
  assert(server:listen())
  queue:wrap(function(serving, ...)
    while true do
      local client = server:accept { nodelay = true }
      if client then queue:wrap(serve_and_close, serving, client, ...) end
    end
  end, ...)
  local _, _, port = server:localname()
  return port
end

local options = program.options(arg, { port = true, ready = true, stay = "flag", tls = "flag" }, { port = "0" })
socket.setbufsiz(1, Connection.BUFFER) -- the default of all later sockets
local queue = cqueues.new()
local port = listen(queue, tonumber(options.port), serve)
if options.tls then
  local ports, ca = require("fault_server.tls").ports()
  world.ca, world.ports.control = ca, listen(queue, 0, serve)
  for name, kind in pairs(ports) do world.ports[name] = listen(queue, 0, serve_tls, name, kind) end
end
program.run(queue, port, options.ready, options.stay)
