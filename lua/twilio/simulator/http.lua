--- HTTP/1.1 on one port of the loopback interface: reads requests, and writes the responses that a
-- function returns.
--
-- A request is { method, target, path, query, headers, body, link, concurrent }. `path` and `query`
-- are the parts of `target`. The names of headers are in lower case. `link` is a table for each
-- connection. `concurrent` is the number of requests in progress, including this request.
--
-- A response is { status, body, headers = { "Name: value", ... } }, with these optional fields:
--   delay   seconds to wait before the response
--   close   "instead": close without a response; "after": send "Connection: close", and close;
--           "silently": close without this header
--   cut     the share of the response's bytes that is sent before the connection is closed
--   hold    true: keep the connection open until the client closes it
--   late    a function that is called after `hold`
--   gone    seconds for which the server does not listen
--   stream  function(write) that sends the body in place of `body`: write(text) returns false when the client has
--           closed the connection. The connection is closed after it.
local cqueues = require "cqueues"
local condition = require "cqueues.condition"
local errno = require "cqueues.errno"
local socket = require "cqueues.socket"
local h1_connection = require "http.h1_connection"
local reasons = require "http.h1_reason_phrases"

local has_zlib, zlib = pcall(require, "zlib")

local http = {}

local SMALLEST_GZIP = 1024
local OUT_OF_DESCRIPTORS = 0.01
local GZIP_WINDOW = 15 + 16 -- for zlib: the largest window, with a gzip header

--- Decodes a name or a value of a query or form.
function http.decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- Percent-encodes all characters except the unreserved characters of RFC 3986.
function http.encode(text)
  return (text:gsub("[^%w%-._~]", function(character) return string.format("%%%02X", character:byte()) end))
end

--- Reads `a=b&c=d`.
-- @return a table that maps each name to its last value, and an array of all { name, value }
function http.form(text)
  local values, pairs_in_order = {}, {}
  for piece in text:gmatch("[^&]+") do
    local name, value = piece:match("^([^=]*)=?(.*)$")
    name, value = http.decode(name), http.decode(value)
    values[name] = value
    pairs_in_order[#pairs_in_order + 1] = { name, value }
  end
  return values, pairs_in_order
end

--- Returns all values of a name, in their order.
-- @param pairs_in_order see http.form
function http.values(pairs_in_order, name)
  local values = {}
  for _, pair in ipairs(pairs_in_order) do
    if pair[1] == name then values[#values + 1] = pair[2] end
  end
  return values
end

--- Returns a field of a form as a number, or `default` if the field is absent. Raises for any other text.
function http.number(form, name, default)
  local text = form[name]
  if not text then return default end
  return assert(tonumber(text), name .. " is not a number")
end

local function read_headers(connection)
  local headers = {}
  local name, value = connection:read_header()
  while name do
    name = name:lower()
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
    name, value = connection:read_header()
  end
  if value then return nil, value end
  local done, problem = connection:read_headers_done()
  if not done then return nil, problem or "connection closed inside the headers" end
  return headers
end

local function read_chunks(connection)
  local chunks = {}
  local chunk, problem = connection:read_body_chunk()
  while chunk do
    chunks[#chunks + 1] = chunk
    chunk, problem = connection:read_body_chunk()
  end
  if chunk == nil then return nil, problem or "connection closed inside a chunk" end
  local trailers
  trailers, problem = read_headers(connection)
  if not trailers then return nil, problem end
  return table.concat(chunks)
end

local function read_body(connection, headers)
  local chunked = headers["transfer-encoding"] == "chunked"
  local length = tonumber(headers["content-length"] or 0)
  if not chunked and length == 0 then return "" end
  if headers.expect == "100-continue" then connection.socket:xwrite("HTTP/1.1 100 Continue\r\n\r\n", "n") end
  if chunked then return read_chunks(connection) end
  if not length then return nil, "Content-Length is no number" end
  local body = connection:read_body_by_length(length)
  if not body or #body < length then return nil, "connection closed inside the body" end
  return body
end

--- Reads one request.
-- @return the request; nil if the client has closed the connection; nil and a message for a bad
-- request
local function read_request(connection)
  local method, target, version = connection:read_request_line()
  if not method then return nil, target end
  local headers, body, problem
  headers, problem = read_headers(connection)
  if not headers then return nil, problem end
  body, problem = read_body(connection, headers)
  if not body then return nil, problem end
  local path, query = target:match("^([^?]*)%??(.*)$")
  return {
    method = method, target = target, path = path, query = query, headers = headers, body = body,
    last = version == 1.0 or (headers.connection or ""):lower() == "close",
  }
end

local function compress(request, answer, headers)
  local accepted = request.headers["accept-encoding"]
  if not has_zlib or not accepted or not accepted:find("gzip", 1, true) or #answer.body < SMALLEST_GZIP then return answer.body end
  headers[#headers + 1] = "Content-Encoding: gzip"
  return (zlib.deflate(nil, GZIP_WINDOW)(answer.body, "finish"))
end

local function write_answer(connection, request, answer)
  local headers = { "HTTP/1.1 " .. answer.status .. " " .. reasons[tostring(answer.status)] }
  for _, header in ipairs(answer.headers) do headers[#headers + 1] = header end
  if answer.close == "after" or request.last then headers[#headers + 1] = "Connection: close" end
  local body = ""
  if answer.status ~= 204 then
    body = compress(request, answer, headers)
    headers[#headers + 1] = "Content-Length: " .. #body
  end
  headers[#headers + 1] = "\r\n"
  local text = table.concat(headers, "\r\n")
  if request.method == "HEAD" then body = "" end
  if answer.cut then
    text = text .. body
    return connection.socket:xwrite(text:sub(1, math.floor(answer.cut * #text)), "n")
  end
  if #body < SMALLEST_GZIP then return connection.socket:xwrite(text .. body, "n") end
  connection.socket:xwrite(text, "f")
  return connection.socket:xwrite(body, "n")
end

-- Writes the headers of a response and lets its function write the body.
local function write_stream(connection, answer)
  local lines = { "HTTP/1.1 " .. answer.status .. " " .. reasons[tostring(answer.status)], "Connection: close" }
  for _, header in ipairs(answer.headers) do lines[#lines + 1] = header end
  local function write(text) return connection.socket:xwrite(text, "n") and true or false end
  if write(table.concat(lines, "\r\n") .. "\r\n\r\n") then answer.stream(write) end
  return false
end

local function refuse(connection, problem)
  local answer = { status = 400, headers = { "Content-Type: text/plain" }, body = problem .. "\n", close = "after" }
  write_answer(connection, { headers = {} }, answer)
end

local in_hand = 0

--- Returns the number of requests in progress.
function http.in_hand()
  return in_hand
end

-- @return whether the connection may carry another request
local function answer_one(listener, connection, request)
  in_hand = in_hand + 1
  request.concurrent = in_hand
  local answer = listener.answer_to(request)
  if answer.gone then listener:go(answer.gone) end
  if answer.delay then cqueues.sleep(answer.delay) end
  local goes_on
  if answer.stream then
    goes_on = write_stream(connection, answer)
  else
    goes_on = answer.close ~= "instead" and write_answer(connection, request, answer)
  end
  if answer.hold then connection.socket:xread("*a") end
  if answer.late then answer.late() end
  in_hand = in_hand - 1
  return goes_on and not answer.close and not answer.cut and not request.last
end

--- Serves the requests of one connection in turn, until either side closes it.
local function serve(listener, connection)
  local link = {}
  if listener.context and not connection.socket:starttls(listener.context) then return connection.socket:close() end
  repeat
    local request, problem
    if not listener.admit or listener.admit(connection.socket) then request, problem = read_request(connection) end
    if request then
      request.link = link
    elseif problem then
      refuse(connection, problem)
    end
  until not request or not answer_one(listener, connection, request)
  connection.socket:close()
end

local Listener = {}
Listener.__index = Listener

local function open(port)
  local server = socket.listen { host = "127.0.0.1", port = port, reuseaddr = true }
  server:onerror(function(_, _, problem) return problem end)
  return server:listen() and server
end

--- Accepts connections until Listener:go is called. A `for` over server:clients() could not yield
-- on Lua 5.1.
local function accept(listener, server)
  while not listener.away do
    local client, problem = server:accept({ nodelay = true }, 0)
    if client then
      listener.queue:wrap(serve, listener, h1_connection.new(client, "server", 1.1))
    elseif problem == errno.ETIMEDOUT then
      cqueues.poll(server, listener.goes)
    else
      cqueues.sleep(OUT_OF_DESCRIPTORS) -- until a connection is closed
    end
  end
  server:close()
end

--- Stops listening for some seconds. Open connections stay open.
function Listener:go(seconds)
  if self.away then return end
  self.away = true
  self.goes:signal()
  local server
  repeat
    cqueues.sleep(seconds)
    server = open(self.port)
  until server
  self.away = false
  self.queue:wrap(accept, self, server)
end

--- Listens on 127.0.0.1.
-- @param queue a cqueues controller that runs the connections
-- @param port the port, 0 for any free port
-- @param answer_to function(request) that returns the response. It may yield.
-- @param admit nil, or function(socket) that is called before each request is read. If it returns
-- false, the connection is closed.
-- @param context an OpenSSL context for TLS; nil for plain HTTP
-- @return the port; nil if it is in use
function http.listen(queue, port, answer_to, admit, context)
  local server = open(port)
  if not server then return nil end
  local _, _, bound = server:localname()
  local listener = { queue = queue, port = bound, answer_to = answer_to, admit = admit, context = context, goes = condition.new() }
  queue:wrap(accept, setmetatable(listener, Listener), server)
  return bound
end

return http
