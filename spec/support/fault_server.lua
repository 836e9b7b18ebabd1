--- A server that misbehaves, for specs: the first segment of a request's path says how.
--
--   lua5.1 spec/support/fault_server.lua [--port N] [--ready FILE] [--stay]         (options: see twilio_server.lua)
--
-- A client with the base URL http://127.0.0.1:PORT/stall meets `stall` whatever it asks for. The behaviours are the functions of
-- `behaviours` below. GET /_/log lists the requests seen (method, target, headers, body, connection, ended), oldest first, POST /_/reset forgets
-- them, GET /_/stats counts connections and requests; these are not counted themselves.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local cjson = require "cjson"
local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local program = require "twilio_server.program"

local MEGABYTE = 1024 * 1024
local JSON = "Content-Type: application/json"
local SMALL = '{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}'
local GZIPPED = "\031\139\008\000\000\000\000\000\002\003\171\086\042\206\076\081\178\082\114\118\052\048\052\050\054\049\053\051\183\176"
  .. "\076\076\074\078\073\077\067\231\043\233\040\021\151\036\150\148\022\003\085\023\150\166\150\166\166\040\213\002\000\115"
  .. "\211\138\130\062\000\000\000" -- SMALL
local ELSEWHERE = "http://evil.example/elsewhere"

--- Input is read in pieces of this size. A request line is read byte by byte, so that a behaviour may leave the rest unread.
local BUFFER = 4096

local world = { log = {}, requests = 0 }
world.connection_number, world.connections = program.numbering()

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Connections

local Connection = {}
Connection.__index = Connection

--- Sends bytes as they are.
-- @return whether the client still takes them
function Connection:send(text)
  return self.socket:xwrite(text, "n") ~= nil
end

--- Sends the head of an answer.
-- @param headers { "Name: value", ... }
function Connection:head(status, headers)
  return self:send("HTTP/1.1 " .. status .. " Reason\r\n" .. table.concat(headers, "\r\n") .. "\r\n\r\n")
end

--- Sends a whole answer.
function Connection:answer(status, body, ...)
  return self:head(status, { "Content-Length: " .. #body, ... }) and self:send(body)
end

function Connection:json(status, value)
  return self:answer(status, type(value) == "string" and value or cjson.encode(value), JSON)
end

--- Waits until the client gives up.
function Connection:wait_for_end()
  self.socket:xread("*a")
end

local function read_line(client)
  local bytes = {}
  repeat
    local byte = client:xread(1)
    if not byte then return nil end
    bytes[#bytes + 1] = byte
  until byte == "\n"
  return table.concat(bytes)
end

--- Reads the first line of a request.
-- @return nothing when the client has closed the connection or speaks something else
function Connection:read_request()
  self.socket:setbufsiz(1, BUFFER)
  local method, target = (read_line(self.socket) or ""):match("^(%u+) (%S+) HTTP/1%.[01]\r\n$")
  if not method then return nil end
  self.count = self.count + 1
  local path = target:gsub("^http://[^/]*", ""):match("^[^?]*") -- a proxy is asked for whole URLs
  return { method = method, target = target, path = path, behaviour = path:match("^/([^/]*)") or "", count = self.count }
end

local function read_chunks(client)
  local body = {}
  repeat
    local size = tonumber((client:xread("*L") or "0"):match("^%x+"), 16)
    local chunk = client:xread(size + 2)
    body[#body + 1] = chunk and chunk:sub(1, size)
  until size == 0 or not chunk
  return table.concat(body)
end

--- Reads the headers and the body of a request.
-- @return whether it came whole
function Connection:read_rest(request)
  local client, headers = self.socket, {}
  client:setbufsiz(BUFFER, BUFFER)
  local line = client:xread("*L")
  while line and line ~= "\r\n" do
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name then headers[name:lower()] = value end
    line = client:xread("*L")
  end
  request.headers, request.body = headers, ""
  local length = tonumber(headers["content-length"] or 0)
  if headers.expect == "100-continue" then self:send("HTTP/1.1 100 Continue\r\n\r\n") end
  if headers["transfer-encoding"] == "chunked" then request.body = read_chunks(client) end
  if length > 0 then request.body = client:xread(length) end
  return line ~= nil and request.body ~= nil
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Behaviours: function(connection, request). One that returns true leaves the connection open for the next request.

local behaviours = {}

--- A small JSON object.
function behaviours.ok(connection)
  return connection:json(200, SMALL)
end

--- Reads the request and closes the connection.
function behaviours.close_before_answer() end

--- Answers the first request of a connection, and reads the second one only to close the connection.
function behaviours.close_reused(connection, request)
  return request.count == 1 and connection:json(200, SMALL)
end

--- Nothing, but correctly.
function behaviours.empty(connection)
  return connection:answer(200, "", JSON)
end

function behaviours.no_content(connection)
  return connection:head(204, { "Connection: keep-alive" })
end

--- A complete answer with half a JSON object.
function behaviours.truncated_json(connection)
  return connection:json(200, SMALL:sub(1, #SMALL / 2))
end

--- Half of the body that Content-Length announces, then the end of the connection.
function behaviours.truncated_body(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  connection:send(SMALL:sub(1, #SMALL / 2))
end

--- A compressed body.
function behaviours.gzip(connection)
  return connection:answer(200, GZIPPED, JSON, "Content-Encoding: gzip")
end

--- A body that says it is compressed, and is not.
function behaviours.gzip_broken(connection)
  return connection:answer(200, SMALL, JSON, "Content-Encoding: gzip")
end

--- More body than Content-Length announces, on a connection that stays open.
function behaviours.long_body(connection)
  return connection:head(200, { JSON, "Content-Length: " .. #SMALL }) and connection:send(SMALL .. SMALL)
end

--- Valid JSON, 10,000 arrays deep.
function behaviours.deep(connection)
  return connection:json(200, '{"deep":' .. ("["):rep(10000) .. ("]"):rep(10000) .. "}")
end

--- 10 MB of opening brackets.
function behaviours.brackets(connection)
  return connection:json(200, ("["):rep(10 * MEGABYTE))
end

--- Sends a JSON object of 100 MB.
-- @param send function(piece) that returns false when the client takes no more
local function send_huge(send)
  local piece = ("x"):rep(MEGABYTE)
  local taken = send('{"text":"')
  for _ = 1, 100 do taken = taken and send(piece) end
  return taken and send('"}')
end

--- 100 MB in chunks.
function behaviours.huge(connection)
  connection:head(200, { JSON, "Transfer-Encoding: chunked" })
  local function send(piece) return connection:send(string.format("%x\r\n%s\r\n", #piece, piece)) end
  return send_huge(send) and connection:send("0\r\n\r\n")
end

--- 100 MB with their length.
function behaviours.huge_length(connection)
  connection:head(200, { JSON, string.format("Content-Length: %d", 100 * MEGABYTE + #'{"text":""}') })
  return send_huge(function(piece) return connection:send(piece) end)
end

local PAGE = "<html><body><h1>A proxy speaks</h1></body></html>\n"

function behaviours.html_502(connection)
  return connection:answer(502, PAGE, "Content-Type: text/html")
end

function behaviours.html_200(connection)
  return connection:answer(200, PAGE, "Content-Type: text/html")
end

function behaviours.redirect_302(connection)
  return connection:answer(302, "", "Location: " .. ELSEWHERE)
end

--- What a fetch of media answers.
function behaviours.redirect_307_json(connection)
  return connection:answer(307, cjson.encode { redirect_to = ELSEWHERE }, JSON, "Location: " .. ELSEWHERE)
end

--- Reads the request and never answers.
function behaviours.stall(connection)
  connection:wait_for_end()
end

--- Sends half a body and never the rest.
function behaviours.stall_body(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  connection:send(SMALL:sub(1, #SMALL / 2))
  connection:wait_for_end()
end

--- Bytes that are no HTTP.
function behaviours.garbage(connection)
  connection:send("\1\2\3\255\254 not HTTP at all\r\n\r\n")
end

--- A body without status line and headers.
function behaviours.http09(connection)
  connection:send(SMALL)
end

--- A good answer, byte by byte.
function behaviours.slow(connection)
  local text = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SMALL .. "\r\n\r\n" .. SMALL
  for index = 1, #text do
    if not connection:send(text:sub(index, index)) then return false end
    cqueues.sleep(0.001) -- or the kernel would put the bytes together again
  end
  return true
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- /say/STATUS/BODY: that status and that body, percent-encoded, as JSON. A 204 or 304 has none.
function behaviours.say(connection, request)
  local status, body = request.path:match("^/say/(%d%d%d)/?([^/]*)")
  if not status then return connection:json(400, { error = "/say/STATUS/BODY is meant" }) end
  if status == "204" or status == "304" then return connection:head(status, { JSON }) end
  return connection:answer(status, decode(body), JSON)
end

--- An error as RFC 9457 has it.
function behaviours.problem(connection)
  local problem = {
    type = "https://www.twilio.com/docs/errors/20001", title = "Invalid parameter", status = 400, code = 20001,
    detail = "The value of 'to' is not valid", instance = "/problems/1",
  }
  return connection:answer(400, cjson.encode(problem), "Content-Type: application/problem+json")
end

--- An error as some newer products have it.
function behaviours.error_camel(connection)
  return connection:json(400, { code = 20001, message = "Invalid parameter", httpStatusCode = 400, params = { "to" } })
end

--- A page whose next one lies on another host.
function behaviours.foreign_next(connection)
  return connection:json(200, {
    calls = { cjson.decode(SMALL) }, page = 0, page_size = 1, start = 0, ["end"] = 0, uri = "/2010-04-01/Accounts/AC/Calls.json",
    first_page_uri = "/2010-04-01/Accounts/AC/Calls.json?PageSize=1&Page=0", previous_page_uri = cjson.null,
    next_page_uri = "http://evil.example/2010-04-01/Accounts/AC/Calls.json?PageSize=1&Page=1&PageToken=PACA",
  })
end

--- The same in the newer form.
function behaviours.foreign_next_meta(connection)
  return connection:json(200, {
    services = { cjson.decode(SMALL) },
    meta = {
      key = "services", page = 0, page_size = 1, url = "https://verify.twilio.com/v2/Services?PageSize=1&Page=0",
      first_page_url = "https://verify.twilio.com/v2/Services?PageSize=1&Page=0", previous_page_url = cjson.null,
      next_page_url = "http://evil.example/v2/Services?PageSize=1&Page=1&PageToken=PAVA",
    },
  })
end

--- /redirect_to/STATUS/PORT: that redirect, to a server on that port of this machine.
function behaviours.redirect_to(connection, request)
  local status, port = request.path:match("^/redirect_to/(%d%d%d)/(%d+)")
  if not status then return connection:json(400, { error = "/redirect_to/STATUS/PORT is meant" }) end
  return connection:answer(status, "{}", JSON, "Location: http://127.0.0.1:" .. port .. "/ok")
end

--- /next_at/PORT: a page whose next one lies there.
function behaviours.next_at(connection, request)
  local port = request.path:match("^/next_at/(%d+)") or "1"
  return connection:json(200, { calls = { cjson.decode(SMALL) }, next_page_uri = "http://127.0.0.1:" .. port .. "/ok?Page=1" })
end

-- Behaviours that begin before the headers are read; their requests have none in the log.
local unread = {}

--- Resets the connection: the kernel sends RST when a socket is closed that holds unread input.
function unread.reset() end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Control and the program

local controls = {
  ["GET /_/log"] = function() return #world.log == 0 and "[]" or world.log end,
  ["GET /_/stats"] = function() return { connections = world.connections(), requests = world.requests } end,
  ["POST /_/reset"] = function()
    world.log, world.requests = {}, 0
    world.connection_number, world.connections = program.numbering()
    return {}
  end,
}

local function note(connection, request)
  world.requests = world.requests + 1
  local entry = {
    method = request.method, target = request.target, headers = request.headers, body = request.body,
    connection = world.connection_number(connection),
  }
  world.log[#world.log + 1] = entry
  return entry
end

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

local function control(connection, request)
  local handler = controls[request.method .. " " .. request.path]
  if handler then return connection:json(200, handler()) end
  return connection:json(404, { error = "no such control path" })
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

local function serve(client)
  client:setmode("b", "b")
  client:onerror(function(_, _, problem) return problem end)
  local connection = setmetatable({ socket = client, count = 0 }, Connection)
  repeat until not serve_one(connection)
  client:close()
end

local function accept(server, queue)
  while true do
    local client = server:accept({ nodelay = true })
    queue:wrap(serve, client)
  end
end

local options = program.options(arg, { port = true, ready = true, stay = "flag" }, { port = "0" })
socket.setbufsiz(1, BUFFER) -- for all sockets to come
local server = assert(socket.listen { host = "127.0.0.1", port = tonumber(options.port), reuseaddr = true })
assert(server:listen())
local _, _, port = server:localname()
local queue = cqueues.new()
queue:wrap(accept, server, queue)
program.run(queue, port, options.ready, options.stay)
