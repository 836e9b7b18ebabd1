--- HTTP/2 for the fault server. The frames are written by hand, so that each of them can be wrong.
-- HPACK comes from lua-http.
local hpack = require "http.hpack"
local Connection = require "fault_server.connection"
local gates = require "fault_server.gates"
local recorder = require "fault_server.recorder"

local http2 = {}

local SMALL = '{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}'
local PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

local DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9
local FRAME = 16384
local END_STREAM, END_HEADERS, PADDED, PRIORITY, ACK = 0x1, 0x4, 0x8, 0x20, 0x1

local function number(value, bytes)
  local digits = {}
  for index = bytes, 1, -1 do
    digits[index] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(digits)
end

local function value_of(text)
  local value = 0
  for index = 1, #text do value = value * 256 + text:byte(index) end
  return value
end

local function has(flags, flag)
  return flags % (2 * flag) >= flag
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Sessions: connections with their streams

local Session = {}
Session.__index = Session

function Session:frame(kind, flags, stream, payload)
  payload = payload or ""
  return self.connection:send(number(#payload, 3) .. string.char(kind, flags) .. number(stream, 4) .. payload)
end

--- Reads a frame.
-- @return kind, flags, stream, payload; nil if the connection was closed
function Session:read()
  local socket = self.connection.socket
  local head = socket:xread(9)
  if not head or #head < 9 then return nil end
  local length = value_of(head:sub(1, 3))
  local payload = length > 0 and socket:xread(length) or ""
  if not payload then return nil end
  return head:byte(4), head:byte(5), value_of(head:sub(6)) % 2 ^ 31, payload
end

local function block(list)
  local pieces = {}
  for _, pair in ipairs(list) do pieces[#pieces + 1] = hpack.encode_literal_header_none_new(pair[1], pair[2]) end
  return table.concat(pieces)
end

--- Sends the status and the headers { { name, value }, ... } of a response.
function Session:head(stream, status, headers, flags)
  local list = { { ":status", tostring(status) }, { "content-type", "application/json" } }
  for _, pair in ipairs(headers or {}) do list[#list + 1] = pair end
  return self:frame(HEADERS, END_HEADERS + (flags or 0), stream, block(list))
end

--- Sends a part of a body, in frames of the size that every client accepts. `is_last` ends the stream.
function Session:data(stream, bytes, is_last)
  for first = 1, #bytes - FRAME, FRAME do self:frame(DATA, 0, stream, bytes:sub(first, first + FRAME - 1)) end
  return self:frame(DATA, is_last and END_STREAM or 0, stream, bytes:sub(math.max(0, math.ceil(#bytes / FRAME) - 1) * FRAME + 1))
end

function Session:answer(stream, status, body)
  return self:head(stream, status) and self:data(stream, body, true)
end

--- Responds with JSON text.
function Session:json(stream, status, text)
  return self:answer(stream, status, text)
end

function Session:reset(stream, code)
  return self:frame(RST_STREAM, 0, stream, number(code, 4))
end

--- Sends GOAWAY: only streams up to `last` were processed or may be processed.
function Session:goaway(last, code)
  return self:frame(GOAWAY, 0, 0, number(last, 4) .. number(code or 0, 4))
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Behaviours: function(session, stream, request), called after the whole request was read. If the
-- function returns true, the connection stays open. The functions in `early` are called after the
-- headers were read.

local behaviours, early = { record = recorder.http2 }, {}

function behaviours.ok(session, stream)
  return session:answer(stream, 200, SMALL)
end

function behaviours.say(session, stream, request)
  return session:answer(stream, request.arguments[1] or 400, "{}")
end

--- /echo/N: responds with gates.echo. With the Nth request, the connection sends GOAWAY.
function behaviours.echo(session, stream, request)
  if session.count == tonumber(request.arguments[1]) then
    session:goaway(stream)
    session.is_over = true
  end
  return session:answer(stream, 200, gates.echo(request))
end

function behaviours.empty(session, stream)
  return session:head(stream, 200, nil, END_STREAM)
end

--- close, close_mid, close_head: close the connection without a response, after half a body, or
-- after the headers.
function behaviours.close() end

function behaviours.close_mid(session, stream)
  session:head(stream, 200)
  session:frame(DATA, 0, stream, SMALL:sub(1, #SMALL / 2))
end

function behaviours.close_head(session, stream)
  session:head(stream, 200)
end

--- stall, stall_mid, stall_head: send nothing, half a body, or the headers. The connection stays
-- open.
function behaviours.stall()
  return true
end

--- Sends nothing until POST /_/leave. Then sends a PING, and closes the sending side.
local leaving = {}
function behaviours.leave(session)
  leaving[#leaving + 1] = session
  return true
end

function behaviours.stall_mid(session, stream)
  behaviours.close_mid(session, stream)
  return true
end

function behaviours.stall_head(session, stream)
  return session:head(stream, 200)
end

--- /goaway/CODE: no stream was processed. Closes the connection.
function behaviours.goaway(session, _, request)
  session:goaway(0, tonumber(request.arguments[1] or 0))
end

--- Sends GOAWAY, then the response to this stream.
function behaviours.goaway_after(session, stream)
  session:goaway(stream)
  return session:answer(stream, 200, SMALL)
end

--- Sends GOAWAY and no response, and closes the connection. This stream may have been processed.
function behaviours.goaway_lost(session, stream)
  session:goaway(stream)
end

--- /rst/CODE resets the stream without a response, /rst_mid/CODE in the middle of the body. 2 is
-- INTERNAL_ERROR, 7 REFUSED_STREAM, 8 CANCEL, 11 ENHANCE_YOUR_CALM.
function behaviours.rst(session, stream, request)
  return session:reset(stream, tonumber(request.arguments[1]))
end

function behaviours.rst_mid(session, stream, request)
  behaviours.close_mid(session, stream)
  return session:reset(stream, tonumber(request.arguments[1]))
end

--- /refused_once: resets the first request with this method and path by REFUSED_STREAM.
local refused = {}
function behaviours.refused_once(session, stream, request)
  local key = request.method .. request.path
  if refused[key] then return behaviours.ok(session, stream) end
  refused[key] = true
  return session:reset(stream, 7)
end

--- /gather/N: responds as soon as N requests are waiting.
local round = {}
function behaviours.gather(session, stream, request)
  local all = round
  all[#all + 1] = { session = session, stream = stream, body = gates.call(request) }
  if #all < tonumber(request.arguments[1]) then return true end
  round = {}
  for _, one in ipairs(all) do one.session:answer(one.stream, 200, one.body) end
  return true
end

--- /headers/N/LENGTH: about N header lines, each with a value of LENGTH bytes, in frames of 16 KB.
-- N may be `endless`.
function behaviours.headers(session, stream, request)
  local times, length = tonumber(request.arguments[1]) or math.huge, tonumber(request.arguments[2])
  local line = block { { "x-header", ("x"):rep(length) } }
  local lines = math.max(1, math.floor(16384 / #line))
  session:frame(HEADERS, 0, stream, block { { ":status", "200" } })
  for _ = 1, math.min(times / lines, 1e9) do
    if not session:frame(CONTINUATION, 0, stream, line:rep(lines)) then return false end
  end
  return session:frame(CONTINUATION, END_HEADERS, stream, "") and session:frame(DATA, END_STREAM, stream, SMALL)
end

--- /length/N: a body with the content-length N, which may be too large or too small.
function behaviours.length(session, stream, request)
  return session:head(stream, 200, { { "content-length", request.arguments[1] } }) and session:frame(DATA, END_STREAM, stream, SMALL)
end

--- /interim/STATUS/N: N responses with a status from 100 to 199 before the final response.
function behaviours.interim(session, stream, request)
  for _ = 1, tonumber(request.arguments[2]) do
    if not session:frame(HEADERS, END_HEADERS, stream, block { { ":status", request.arguments[1] } }) then return false end
  end
  return session:answer(stream, 200, SMALL)
end

--- /large: the first 2 MB of a body. The rest is never sent.
function behaviours.large(session, stream)
  session:head(stream, 200)
  for _ = 1, 128 do session:frame(DATA, 0, stream, ("x"):rep(16384)) end
  return true
end

--- /bad/WHAT: a violation of HTTP/2, see the functions in `bad`.
local bad = {}

function behaviours.bad(session, stream, request)
  bad[request.arguments[1]](session, stream)
  return true
end

--- A frame that is larger than allowed.
function bad.size(session, stream)
  session.connection:send(number(0xffffff, 3) .. string.char(DATA, 0) .. number(stream, 4) .. ("x"):rep(20000))
end

--- A DATA frame for stream 0.
function bad.stream(session)
  session:frame(DATA, 0, 0, SMALL)
end

--- A body before the headers.
function bad.order(session, stream)
  session:frame(DATA, END_STREAM, stream, SMALL)
end

--- A header block that is not valid HPACK.
function bad.block(session, stream)
  session:frame(HEADERS, END_HEADERS, stream, "\255\255\255\255\255\255")
end

--- Headers without a status.
function bad.status(session, stream)
  session:frame(HEADERS, END_HEADERS, stream, block { { "content-type", "application/json" } })
end

--- A PUSH_PROMISE, although the client does not allow server push.
function bad.push(session, stream)
  session:frame(PUSH_PROMISE, END_HEADERS, stream, number(2, 4) .. block { { ":method", "GET" }, { ":path", "/" } })
end

--- An HTTP/1.1 response on an HTTP/2 connection.
function bad.http1(session)
  session.connection:send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
end

--- /early/STATUS: responds before the body of the request was read. RST_STREAM with NO_ERROR then
-- asks the client to stop sending the body.
function early.early(session, stream, request)
  session:answer(stream, tonumber(request.arguments[1]), "{}")
  return session:reset(stream, 0)
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Reading

local function dispatch(session, stream, request, from)
  local behaviour = from[request.behaviour]
  request.stream = nil
  if session.refusal then return session:reset(stream, session.refusal) end
  session.note(session.connection, request)
  if behaviour then return behaviour(session, stream, request) end
  return session:answer(stream, 404, '{"error":"no behaviour"}')
end

-- Removes padding and priority from the payload.
local function content(kind, flags, payload)
  if has(flags, PADDED) then payload = payload:sub(2, -1 - payload:byte(1)) end
  if kind == HEADERS and has(flags, PRIORITY) then payload = payload:sub(6) end
  return payload
end

local function begin(session, stream)
  local open, headers = session.open[stream], {}
  for name, value in assert(session.decoder:decode_headers(open.block)):each() do headers[name] = value end
  open.request = Connection.request(headers[":method"], headers[":path"], session.count)
  open.request.headers, open.request.body = headers, ""
  recorder.begin(open.request)
  if early[open.request.behaviour] then
    session.open[stream] = nil
    return dispatch(session, stream, open.request, early)
  end
  return true
end

-- Processes one frame. Returns whether the connection stays open.
local function take(session, kind, flags, stream, payload)
  local open = session.open[stream]
  if kind == SETTINGS then return has(flags, ACK) or session:frame(SETTINGS, ACK, 0) end
  if kind == PING then return has(flags, ACK) or session:frame(PING, ACK, 0, payload) end
  if kind == GOAWAY then return false end
  -- The client closes the connection. If the server did, the last responses could be lost.
  if session.is_over then return true end
  if session.limit and stream > session.limit then return true end -- GOAWAY has disclaimed this stream
  if kind == HEADERS then
    session.count = session.count + 1
    open = { block = "", is_last = has(flags, END_STREAM) }
    session.open[stream] = open
  end
  if not open then return true end
  if kind == HEADERS or kind == CONTINUATION then
    open.block = open.block .. content(kind, flags, payload)
    if has(flags, END_HEADERS) and not begin(session, stream) then return false end
  elseif kind == DATA then
    open.request.body = open.request.body .. content(kind, flags, payload)
    if session.refills and #payload > 0 then
      session:frame(WINDOW_UPDATE, 0, 0, number(#payload, 4))
      session:frame(WINDOW_UPDATE, 0, stream, number(#payload, 4))
    end
    open.is_last = has(flags, END_STREAM)
  else
    return true
  end
  if not open.is_last or not session.open[stream] then return true end
  session.open[stream] = nil
  return dispatch(session, stream, open.request, behaviours)
end

function http2.leave()
  for _, session in ipairs(leaving) do
    session:frame(PING, 0, 0, "are you?")
    session.connection.socket:shutdown "w"
  end
  leaving = {}
  return {}
end

--- Serves a connection until a behaviour or the client closes it.
-- @param settings { max_streams, window, refusal, refills }; `refills` enlarges the window again after
--   each part of a body
-- @param note function(connection, request) that adds a request to the log
function http2.serve(connection, settings, note)
  local session = setmetatable({
    connection = connection, decoder = hpack.new(4096), open = {}, count = 0, note = note, refusal = settings.refusal, refills = settings.refills,
    waiting = {},
  }, Session)
  local socket, said = connection.socket, ""
  if settings.max_streams then said = said .. number(3, 2) .. number(settings.max_streams, 4) end
  if settings.window then said = said .. number(4, 2) .. number(settings.window, 4) end
  if socket:xread(#PREFACE) ~= PREFACE then return end
  session:frame(SETTINGS, 0, 0, said)
  local kind, flags, stream, payload
  repeat
    recorder.before_read(session)
    kind, flags, stream, payload = session:read()
  until not kind or not take(session, kind, flags, stream, payload)
end

return http2
