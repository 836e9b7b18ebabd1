--- A server that misbehaves, for specs: the first segment of a request's path says how.
--
--   lua5.1 spec/support/fault_server.lua [--port N] [--tls] [--ready FILE] [--stay]         (options: see twilio_server.lua)
--
-- A client with the base URL http://127.0.0.1:PORT/stall meets `stall` whatever it asks for. GET /_/log lists the requests seen (method,
-- target, headers, body, connection, port, ended), oldest first, POST /_/take does the same, forgets them and ends all connections, POST
-- /_/reset forgets them, GET /_/stats counts connections and requests; these are not counted themselves.
-- POST /_/leave ends what `leave` has left open.
-- GET /_/held counts the requests that `hold` holds, until POST /_/release, which handshakes with the port `h2_held` wait for as well.
--
-- With --tls there are further ports, each of them wrong in its own way or good: GET /_/tls returns their numbers and the certificate to
-- trust, { ca = PEM, ports = { NAME = number } }, and POST /_/handshakes waits until all connections to them have ended and returns what came
-- of them since it was asked last, { NAME = { tried, done, resumed, bytes } }, where bytes are those of the application that the client sent,
-- and resumed (an earlier session) is known of TLS 1.2 and before. Behind good ports the behaviours are the same as without TLS; on those named
-- h2… they are the ones of HTTP/2. The port `control` is for /_/ over connections that nothing else uses.
--
-- To add a behaviour: if it is only bytes, there is nothing to add, see /wire and /early in fault_server/wire.lua. Else write a function of
-- that name in fault_server/answers.lua (correct HTTP), fault_server/wire.lua (HTTP that is none) or fault_server/http2.lua (frames); it gets
-- the connection and the request, with the further segments of the path as `request.arguments`, and returns true when the connection may
-- carry another request. A TLS port is a line in fault_server/tls.lua. Then a row in spec/system/fault_table_spec.lua says what is to come of it.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local answers = require "fault_server.answers"
local Connection = require "fault_server.connection"
local gates = require "fault_server.gates"
local program = require "twilio_server.program"
local wire = require "fault_server.wire"

local TLS_1_2 = 0x0303

local world = { log = {}, requests = 0, ports = {}, handshakes = {}, secure = 0, open = {} }
world.connection_number, world.connections = program.numbering()

local behaviours, unread = {}, wire.unread
for name, behaviour in pairs(gates.behaviours) do behaviours[name] = behaviour end
for name, behaviour in pairs(answers) do behaviours[name] = behaviour end
for name, behaviour in pairs(wire.read) do behaviours[name] = behaviour end
behaviours.pages = wire.pages(behaviours)

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

-- A client that keeps one of them finds out before it sends the next request.
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
  ["POST /_/reset"] = function()
    forget()
    gates.reset()
    return {}
  end,
}

local function note(connection, request)
  world.requests = world.requests + 1
  -- what is read of it later belongs to it as well
  local entry = { request = request, connection = world.connection_number(connection), port = connection.port }
  world.log[#world.log + 1] = entry
  return entry
end

local function control(connection, request)
  local handler = controls[request.method .. " " .. request.path]
  if handler then return connection:json(200, handler(connection)) end
  return connection:json(404, { error = "no such control path" })
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Serving

local function misbehave(connection, request)
  local entry = note(connection, request)
  local behaviour = unread[request.behaviour] or behaviours[request.behaviour]
  if behaviour then
    local goes_on = behaviour(connection, request)
    entry.ended = true -- of one that stalls: the client is gone
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

-- The connections of each session, by its key, which TLS 1.3 makes anew each time. They are kept: OpenSSL would forget the session with the
-- first of them that is freed.
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
    client:setbufsiz(1, Connection.BUFFER) -- or nothing would be unread
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

-- Listens on a port and lets each connection be served; returns the port's number.
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
socket.setbufsiz(1, Connection.BUFFER) -- for all sockets to come
local queue = cqueues.new()
local port = listen(queue, tonumber(options.port), serve)
if options.tls then
  local ports, ca = require("fault_server.tls").ports()
  world.ca, world.ports.control = ca, listen(queue, 0, serve)
  for name, kind in pairs(ports) do world.ports[name] = listen(queue, 0, serve_tls, name, kind) end
end
program.run(queue, port, options.ready, options.stay)
