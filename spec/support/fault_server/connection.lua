--- A connection of the fault server: reads HTTP/1.x requests, and sends bytes and responses.
local cjson = require "cjson"

--- The size of the input buffer. A request line is read byte by byte, so that a behaviour may leave
-- the rest of the request unread.
local BUFFER = 4096

local Connection = { JSON = "Content-Type: application/json", BUFFER = BUFFER }
Connection.__index = Connection

--- A small call, compressed with gzip.
Connection.GZIPPED = "\031\139\008\000\000\000\000\000\002\003\171\086\042\206\076\081\178\082\114\118\052\048\052\050\054\049\053\051\183\176"
  .. "\076\076\074\078\073\077\067\231\043\233\040\021\151\036\150\148\022\003\085\023\150\166\150\166\166\040\213\002\000\115"
  .. "\211\138\130\062\000\000\000"

function Connection.new(socket)
  socket:setmode("b", "b")
  socket:onerror(function(_, _, problem) return problem end)
  return setmetatable({ socket = socket, count = 0 }, Connection)
end

--- Sends bytes as they are.
-- @return whether the bytes were sent: false if the client has closed the connection
function Connection:send(text)
  return self.socket:xwrite(text, "n") ~= nil
end

--- Sends the status line and the headers of a response.
-- @param headers { "Name: value", ... }
function Connection:head(status, headers)
  return self:send("HTTP/1.1 " .. status .. " Reason\r\n" .. table.concat(headers, "\r\n") .. "\r\n\r\n")
end

--- Sends a complete response.
function Connection:answer(status, body, ...)
  return self:head(status, { "Content-Length: " .. #body, ... }) and self:send(body)
end

function Connection:json(status, value)
  return self:answer(status, type(value) == "string" and value or cjson.encode(value), Connection.JSON)
end

--- Waits until the client closes the connection.
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
-- @return the request; nil if the client has closed the connection or has sent anything else
function Connection:read_request()
  self.socket:setbufsiz(1, BUFFER)
  local method, target = (read_line(self.socket) or ""):match("^(%u+) (%S+) HTTP/1%.[01]\r\n$")
  if not method then return nil end
  self.count = self.count + 1
  return Connection.request(method, target, self.count)
end

--- Returns the request that behaviours get: { method, target, path, behaviour, arguments, count }.
-- `behaviour` is the first segment of the path, and `arguments` are the others. `count` is the
-- number of the request on its connection.
function Connection.request(method, target, count)
  local request = { method = method, target = target, arguments = {}, count = count }
  request.path = target:gsub("^http://[^/]*", ""):match("^[^?]*") -- a request to a proxy has a whole URL
  for segment in request.path:gmatch("/([^/]*)") do
    if request.behaviour then request.arguments[#request.arguments + 1] = segment end
    request.behaviour = request.behaviour or segment
  end
  request.behaviour = request.behaviour or ""
  return request
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
-- @return whether the request is complete
function Connection:read_rest(request)
  local client, headers = self.socket, {}
  client:setbufsiz(BUFFER, BUFFER)
  local line = client:xread("*L")
  while line and line ~= "\r\n" do
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name then headers[name:lower()] = value end
    line = client:xread("*L")
  end
  if not line then return false end
  request.headers, request.body = headers, ""
  local length = tonumber(headers["content-length"] or 0)
  if headers.expect == "100-continue" then self:send("HTTP/1.1 100 Continue\r\n\r\n") end
  if headers["transfer-encoding"] == "chunked" then request.body = read_chunks(client) end
  if length > 0 then request.body = client:xread(length) end
  return request.body ~= nil and #request.body >= length -- xread returns less at the end
end

return Connection
