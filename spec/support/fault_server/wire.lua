--- Behaviours that break off, stall, or are no correct HTTP/1.1.
local cqueues = require "cqueues"
local Connection = require "fault_server.connection"

local JSON = Connection.JSON
local SMALL = '{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}'
local SURPLUS = '{"sid":"CAffffffffffffffffffffffffffffffff","status":"queued"}'

-- Behaviours that begin when the whole request was read, and those that begin after its first line: their requests have neither headers
-- nor body in the log.
local wire, unread = {}, {}

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- What may come after the bytes of /wire.
local ends = {}

function ends.close() end

function ends.stall(connection)
  connection:wait_for_end()
end

--- The connection serves the next request.
function ends.keep()
  return true
end

--- /wire/END/BYTES: these bytes, percent-encoded, and then the END: close, stall or keep.
function wire.wire(connection, request)
  local finish, bytes = ends[request.arguments[1]], request.arguments[2]
  if not finish or not bytes then return connection:json(400, { error = "/wire/END/BYTES is meant" }) end
  connection:send(decode(bytes))
  return finish(connection)
end

--- The same, but the request is not read further than its first line: `close` resets the connection then, for the kernel sends RST when a
-- socket is closed that holds unread input. `stall` leaves a large request stuck on its way.
unread.early = wire.wire

--- Reads the request and closes the connection.
function wire.close_before_answer() end

--- Resets the connection.
function unread.reset() end

--- Answers the first request of a connection, and reads the second one only to close the connection.
function wire.close_reused(connection, request)
  return request.count == 1 and connection:json(200, SMALL)
end

--- Answers the first request of a connection, and resets the connection instead of reading the second one.
function unread.reset_reused(connection, request)
  return request.count == 1 and connection:read_rest(request) and connection:json(200, SMALL)
end

--- Closes the connection behind an answer that promises to keep it.
function wire.close_idle(connection)
  connection:json(200, SMALL)
end

--- The same, and says good-bye, which within TLS is a record.
function wire.part_idle(connection)
  connection:json(200, SMALL)
  connection.socket:shutdown("rw")
end

--- Half of the body that Content-Length announces, then the end of the connection.
function wire.truncated_body(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  connection:send(SMALL:sub(1, #SMALL / 2))
end

--- More body than Content-Length announces, on a connection that stays open.
function wire.long_body(connection)
  return connection:head(200, { JSON, "Content-Length: " .. #SMALL }) and connection:send(SMALL .. SMALL)
end

--- A good answer with another one behind it that nobody has asked for, on a connection that stays open.
function wire.surplus(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  cqueues.sleep(0.01) -- who reads head and surplus together closes the connection, which is right as well
  return connection:send(SMALL .. "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SURPLUS .. "\r\n\r\n" .. SURPLUS)
end

--- The same in a piece of its own, that is a TLS record.
function wire.answers_twice(connection)
  return connection:json(200, SMALL) and connection:json(200, SURPLUS)
end

-- What a server may send after an answer.
local rests = {
  none = "",
  answer = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SURPLUS .. "\r\n\r\n" .. SURPLUS,
  part = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Le",
  crlf = "\r\n",
}

-- Correct answers, in pieces: what comes after the answer is sent with the last piece, in the same TLS record.
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

--- 2 MB.
function leaving.large()
  local body = SMALL:sub(1, -2) .. ',"body":"' .. ("x"):rep(2 * 1024 * 1024) .. '"}'
  return { "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #body .. "\r\n\r\n", body }
end

function leaving.chunked()
  local head = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nTransfer-Encoding: chunked\r\n\r\n"
  return { head, ("%x\r\n%s\r\n"):format(#SMALL, SMALL), "0\r\n\r\n" }
end

--- Without a body.
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

--- /leftover/ANSWER/REST: one of the answers above and what is in `rests`, in the TLS record of the answer's end, or, with `late_`
-- before it, in a record of its own. The connection stays open.
function wire.leftover(connection, request)
  return leave(connection, request.arguments[1], request.arguments[2])
end

--- The same before more than the first line of the request is read; then the rest of it is.
function unread.leftover_early(connection, request)
  return leave(connection, request.arguments[1], request.arguments[2]) and connection:read_rest(request)
end

--- Reads the request and never answers.
function wire.stall(connection)
  connection:wait_for_end()
end

--- Sends half a body and never the rest.
function wire.stall_body(connection)
  connection:head(200, { JSON, "Content-Length: " .. #SMALL })
  connection:send(SMALL:sub(1, #SMALL / 2))
  connection:wait_for_end()
end

--- Bytes that are no HTTP.
function wire.garbage(connection)
  connection:send("\1\2\3\255\254 not HTTP at all\r\n\r\n")
end

--- A body without status line and headers.
function wire.http09(connection)
  connection:send(SMALL)
end

--- A good answer, byte by byte.
function wire.slow(connection)
  local text = "HTTP/1.1 200 OK\r\n" .. JSON .. "\r\nContent-Length: " .. #SMALL .. "\r\n\r\n" .. SMALL
  for index = 1, #text do
    if not connection:send(text:sub(index, index)) then return false end
    cqueues.sleep(0.001) -- or the kernel would put the bytes together again
  end
  return true
end

--- Sends the same again and again, so often or, without a number, until the client gives up.
local function repeated(connection, text, times)
  local batch = times and math.min(times, 100) or 100
  local left = times or math.huge
  while left > 0 do
    if not connection:send(text:rep(math.min(batch, left))) then return false end
    left = left - batch
  end
  return true
end

--- /interim/STATUS/N: so many answers of a status from 100 to 199 before the real one; without N they never end.
function wire.interim(connection, request)
  local status, times = request.arguments[1], tonumber(request.arguments[2])
  if not (status or ""):find("^1%d%d$") then return connection:json(400, { error = "/interim/STATUS/N is meant" }) end
  return repeated(connection, "HTTP/1.1 " .. status .. " Wait\r\nLink: </style.css>; rel=preload\r\n\r\n", times) and connection:json(200, SMALL)
end

--- /headers/N/LENGTH: so many header lines, each with a value of that length; N may be `endless`.
function wire.headers(connection, request)
  local times, length = tonumber(request.arguments[1]), tonumber(request.arguments[2])
  if not length then return connection:json(400, { error = "/headers/N/LENGTH is meant" }) end
  connection:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #SMALL .. "\r\n")
  return repeated(connection, "X-Header: " .. ("x"):rep(length) .. "\r\n", times) and connection:send("\r\n" .. SMALL)
end

--- A body that never ends: /endless/length has a Content-Length of 2^62, /endless/chunked is in chunks, /endless/close has neither.
function wire.endless(connection, request)
  local how, piece = request.arguments[1], ("x"):rep(4096)
  local lines = { length = "Content-Length: 4611686018427387904", chunked = "Transfer-Encoding: chunked", close = "Connection: close" }
  connection:head(200, { JSON, lines[how] or lines.close })
  repeated(connection, how == "chunked" and "1000\r\n" .. piece .. "\r\n" or piece)
end

--- /trailers/N: a chunked answer with so many trailer lines; endless without N.
function wire.trailers(connection, request)
  connection:head(200, { JSON, "Transfer-Encoding: chunked" })
  connection:send(string.format("%x\r\n%s\r\n0\r\n", #SMALL, SMALL))
  return repeated(connection, "X-Trailer: " .. ("x"):rep(100) .. "\r\n", tonumber(request.arguments[1])) and connection:send("\r\n")
end

--- /pages/WHEN/BEHAVIOUR…: a list of five pages of three calls, CA1 to CA15, whose third page meets the behaviour (with its arguments):
-- `always`, or once (then it is asked for again).
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
