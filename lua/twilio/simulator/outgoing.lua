--- Sends one HTTP/1.1 request, and reads the response. The target and the headers are sent byte by byte
-- as given, because they are signed.
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local client = require "http.client"

local outgoing = {}

local MOST_BYTES = 1024 * 1024

local function read_headers(connection, left)
  local headers = {}
  local name, value = connection:read_header(left())
  while name do
    headers[name:lower()] = value
    name, value = connection:read_header(left())
  end
  if value then return nil, value end
  local done, problem, code = connection:read_headers_done(left())
  if not done then return nil, problem or "the response ends inside its headers", code end
  return headers
end

local function read_chunks(connection, left)
  local chunks, size = {}, 0
  while true do
    local chunk, problem, code = connection:read_body_chunk(left())
    if chunk == false then return table.concat(chunks) end
    if not chunk then return nil, problem or "the response ends inside its body", code end
    size = size + #chunk
    if size > MOST_BYTES then return nil, "the response is too large" end
    chunks[#chunks + 1] = chunk
  end
end

local function read_body(connection, status, headers, left)
  if status == 204 or status == 304 then return "" end
  if (headers["transfer-encoding"] or ""):lower() == "chunked" then return read_chunks(connection, left) end
  local length = tonumber(headers["content-length"])
  if length and length > MOST_BYTES then return nil, "the response is too large" end
  if length == 0 then return "" end
  local body, problem, code
  if length then
    body, problem, code = connection:read_body_by_length(length, left())
  else
    body, problem, code = connection:read_body_till_close(left())
  end
  if not body or length and #body < length then return nil, problem or "the response ends inside its body", code end
  return body
end

local function write(connection, request, left)
  local fine, problem, code = connection:write_request_line(request.method, request.target, 1.1, left())
  for _, header in ipairs(request.headers) do
    if fine then fine, problem, code = connection:write_header(header[1], header[2], left()) end
  end
  if fine then fine, problem, code = connection:write_headers_done(left()) end
  if fine and request.body ~= "" then fine, problem, code = connection:write_body_plain(request.body, left()) end
  if fine then fine, problem, code = connection:flush(left()) end
  return fine, problem, code
end

local function read(connection, left)
  local version, status, problem, code
  repeat
    version, status, problem = connection:read_status_line(left())
    if not version then return nil, status or "the connection was closed without a response", problem end
    status = tonumber(status)
    local headers
    headers, problem, code = read_headers(connection, left)
    if not headers then return nil, problem, code end
    if status >= 200 then
      local body
      body, problem, code = read_body(connection, status, headers, left)
      if not body then return nil, problem, code end
      return { status = status, headers = headers, body = body }
    end
  until false
end

local function failed(stage, problem, code)
  return nil, { stage = stage, timeout = code == errno.ETIMEDOUT, message = tostring(problem) }
end

--- Sends a request. Yields to cqueues.
-- @param request { method, scheme, host, port, target, headers = array of { name, value }, body, connect_timeout,
-- read_timeout }, timeouts in seconds
-- @return { status, headers, body }; or nil and { stage = "connect" or "read", timeout = true if it took too long, message }
function outgoing.send(request)
  local connection, problem, code = client.connect({
    host = request.host, port = request.port, tls = request.scheme == "https", version = 1.1,
  }, request.connect_timeout)
  if not connection then return failed("connect", problem, code) end
  local fine
  fine, problem, code = connection:connect(request.connect_timeout) -- without TLS, it is not connected yet
  if not fine then return failed("connect", problem, code) end
  local ends = cqueues.monotime() + request.read_timeout
  local function left() return math.max(ends - cqueues.monotime(), 0) end
  fine, problem, code = write(connection, request, left)
  local answer
  if fine then answer, problem, code = read(connection, left) end
  connection:close()
  if not answer then return failed("read", problem, code) end
  return answer
end

return outgoing
