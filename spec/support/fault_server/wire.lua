--- Behaviours that close the connection early, stall, or send invalid HTTP/1.1.
local cqueues = require "cqueues"
local Connection = require "fault_server.connection"

local JSON = Connection.JSON
local SMALL = '{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}'
local SURPLUS = '{"sid":"CAffffffffffffffffffffffffffffffff","status":"queued"}'

-- The behaviours in `wire` start after the whole request was read. Those in `unread` start after
-- its first line, so the log shows neither headers nor body of the request.
local wire, unread = {}, {}

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- The values of END in /wire.
local ends = {}

function ends.close() end

function ends.stall(connection)
  connection:wait_for_end()
end

--- Keeps the connection open for the next request.
function ends.keep()
  return true
end

--- /wire/END/BYTES: sends the bytes, which are percent-encoded. END is close, stall or keep.
function wire.wire(connection, request)
  local finish, bytes = ends[request.arguments[1]], request.arguments[2]
  if not finish or not bytes then return connection:json(400, { error = "/wire/END/BYTES is expected" }) end
  connection:send(decode(bytes))
  return finish(connection)
end

--- /early/END/BYTES: as /wire, but reads only the first line of the request. `close` then resets
-- the connection, because the kernel sends RST if a socket with unread input is closed. With
-- `stall`, the client cannot finish sending a large request.
unread.early = wire.wire

--- Reads the request and closes the connection.
function wire.close_before_answer() end

--- Resets the connection.
function unread.reset() end

--- Responds to the first request of a connection. Reads a second request, and closes.
function wire.close_reused(connection, request)
  return request.count == 1 and connection:json(200, SMALL)
end

--- Responds to the first request of a connection. Resets the connection at a second request.
function unread.reset_reused(connection, request)
  return request.count == 1 and connection:read_rest(request) and connection:json(200, SMALL)
end

--- Closes the connection after a response without "Connection: close".
function wire.close_idle(connection)
  connection:json(200, SMALL)
end

--- Shuts the connection down after a response without "Connection: close". With TLS, this sends a
-- close_notify record.
function wire.part_idle(connection)
  connection:json(200, SMALL)
  connection.socket:shutdown("rw")
end

--- Sends half of the body that Content-Length announces, and closes the connection.
function wire.truncated_body(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  connection:send(SMALL:sub(1, #SMALL / 2))
end

--- Sends more body than Content-Length announces. The connection stays open.
function wire.long_body(connection)
  return connection:head(200, { JSON, "Content-Length: " .. #SMALL }) and connection:send(SMALL .. SMALL)
end

--- Sends two responses to one request. The connection stays open.
function wire.surplus(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  -- A client that reads the headers and the second response at once closes the connection. This is
  -- correct too, but not the case to test.
  cqueues.sleep(0.01)
  return connection:send(SMALL .. "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SURPLUS .. "\r\n\r\n" .. SURPLUS)
end

--- Sends two responses to one request, the second one in a separate write, and thus in a separate
-- TLS record.
function wire.answers_twice(connection)
  return connection:json(200, SMALL) and connection:json(200, SURPLUS)
end

-- The values of REST in /leftover: the bytes after the response.
local rests = {
  none = "",
  answer = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SURPLUS .. "\r\n\r\n" .. SURPLUS,
  part = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Le",
  crlf = "\r\n",
}

-- The values of ANSWER in /leftover: correct responses, in pieces. Each piece is one TLS record.
-- The bytes of REST are appended to the last piece.
local leaving = {}

function leaving.json()
  return { "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SMALL .. "\r\n\r\n", SMALL }
end

function leaving.gzip()
  local body = Connection.GZIPPED
  return { "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Encoding: gzip\r\nContent-Length: " .. #body .. "\r\n\r\n", body }
end

function leaving.error()
  return { "HTTP/1.1 404 Not Found\r\n" .. JSON .. "\r\nContent-Length: " .. #SMALL .. "\r\n\r\n", SMALL }
end

--- A body of 2 MB.
function leaving.large()
  local body = SMALL:sub(1, -2) .. ',"body":"' .. ("x"):rep(2 * 1024 * 1024) .. '"}'
  return { "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #body .. "\r\n\r\n", body }
end

function leaving.chunked()
  local head = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nTransfer-Encoding: chunked\r\n\r\n"
  return { head, ("%x\r\n%s\r\n"):format(#SMALL, SMALL), "0\r\n\r\n" }
end

--- A response without a body.
function leaving.empty()
  return { "HTTP/1.1 204 No Content\r\n\r\n" }
end

local function leave(connection, answer, rest)
  local pieces, late = leaving[answer](), rest:match "^late_(%l+)$"
  if not late then pieces[#pieces] = pieces[#pieces] .. rests[rest] end
  if late then pieces[#pieces + 1] = rests[late] end
  for _, piece in ipairs(pieces) do
    if not connection:send(piece) then return false end
  end
  return true
end

--- /leftover/ANSWER/REST: sends a response from `leaving`, then the bytes from `rests`. They are in
-- the last TLS record of the response. With the prefix `late_`, they are in a separate record. The
-- connection stays open.
function wire.leftover(connection, request)
  return leave(connection, request.arguments[1], request.arguments[2])
end

--- /leftover_early/ANSWER/REST: as /leftover, but sends everything after the first line of the
-- request, and reads the rest of the request afterwards.
function unread.leftover_early(connection, request)
  return leave(connection, request.arguments[1], request.arguments[2]) and connection:read_rest(request)
end

--- Reads the request, and never responds.
function wire.stall(connection)
  connection:wait_for_end()
end

--- Sends half of a body, and keeps the connection open.
function wire.stall_body(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  connection:send(SMALL:sub(1, #SMALL / 2))
  connection:wait_for_end()
end

--- Sends bytes that are not HTTP.
function wire.garbage(connection)
  connection:send("\1\2\3\255\254 not HTTP at all\r\n\r\n")
end

--- Sends a body without a status line and headers, as HTTP/0.9 does.
function wire.http09(connection)
  connection:send(SMALL)
end

--- Sends a correct response byte by byte.
function wire.slow(connection)
  local text = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SMALL .. "\r\n\r\n" .. SMALL
  for index = 1, #text do
    if not connection:send(text:sub(index, index)) then return false end
    cqueues.sleep(0.001) -- otherwise the kernel would send several bytes at once
  end
  return true
end

-- What is sent "without an end" ends after so many bytes. A client that never closes the connection then
-- fails its spec, instead of stopping the whole run.
local ENDLESS = 2 ^ 33

--- Sends the text `times` times. Without `times`, sends it until the client closes the connection.
local function repeated(connection, text, times)
  local batch = times and math.min(times, 100) or 100
  local left = times or math.ceil(ENDLESS / #text)
  while left > 0 do
    if not connection:send(text:rep(math.min(batch, left))) then return false end
    left = left - batch
  end
  return true
end

--- /interim/STATUS/N: sends N responses with a status from 100 to 199 before the final response.
-- Without N, sends them without end.
function wire.interim(connection, request)
  local status, times = request.arguments[1], tonumber(request.arguments[2])
  if not (status or ""):find("^1%d%d$") then return connection:json(400, { error = "/interim/STATUS/N is expected" }) end
  return repeated(connection, "HTTP/1.1 " .. status .. " Wait\r\nLink: </style.css>; rel=preload\r\n\r\n", times) and connection:json(200, SMALL)
end

--- /headers/N/LENGTH: sends N header lines, each with a value of LENGTH bytes. N may be `endless`.
function wire.headers(connection, request)
  local times, length = tonumber(request.arguments[1]), tonumber(request.arguments[2])
  if not length then return connection:json(400, { error = "/headers/N/LENGTH is expected" }) end
  connection:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #SMALL .. "\r\n")
  return repeated(connection, "X-Header: " .. ("x"):rep(length) .. "\r\n", times) and connection:send("\r\n" .. SMALL)
end

--- A body that never ends: /endless/length has a Content-Length of 2^62, /endless/chunked is
-- chunked, and /endless/close has neither.
function wire.endless(connection, request)
  local how, piece = request.arguments[1], ("x"):rep(4096)
  local lines = { length = "Content-Length: 4611686018427387904", chunked = "Transfer-Encoding: chunked", close = "Connection: close" }
  connection:head(200, { JSON, lines[how] or lines.close })
  repeated(connection, how == "chunked" and "1000\r\n" .. piece .. "\r\n" or piece)
end

--- /trailers/N: a chunked response with N trailer lines. Without N, the trailer lines never end.
function wire.trailers(connection, request)
  connection:head(200, { JSON, "Transfer-Encoding: chunked" })
  connection:send(string.format("%x\r\n%s\r\n0\r\n", #SMALL, SMALL))
  return repeated(connection, "X-Trailer: " .. ("x"):rep(100) .. "\r\n", tonumber(request.arguments[1])) and connection:send("\r\n")
end

--- /pages/WHEN/BEHAVIOUR…: a list of five pages with three calls each, CA1 to CA15. The behaviour,
-- with its arguments, applies to the third page. WHEN is `always`, or `once`: then only the first
-- request for this page.
local function pages(behaviours)
  local PAGES, SIZE = 5, 3
  local asked = {}
  return function(connection, request)
    local path, number = request.path:match("(/2010%-04%-01/.*)$"), tonumber(request.target:match("[?&]Page=(%d+)") or 0)
    local prefix = request.path:sub(1, #request.path - #(path or ""))
    if number == 2 and (request.arguments[1] == "always" or not asked[prefix]) then
      asked[prefix] = true
      local inner = Connection.request(request.method, prefix:match("^/pages/%l+(/.*)$") .. "/", request.count)
      return behaviours[inner.behaviour](connection, inner)
    end
    local calls = {}
    for index = 1, SIZE do calls[index] = string.format('{"sid":"CA%d"}', number * SIZE + index) end
    local more = number + 1 < PAGES and string.format('"%s?PageSize=%d&Page=%d"', path, SIZE, number + 1) or "null"
    return connection:json(200, string.format('{"calls":[%s],"next_page_uri":%s}', table.concat(calls, ","), more))
  end
end

return { read = wire, unread = unread, pages = pages }
