--- Files for downloads: /file/SIZE, with the faults that the query asks for.
--
--   breaks=N    the first N requests for this target are broken
--   cut=N       a broken response ends after N bytes of its body
--   by=stall    a broken response stalls instead of closing the connection
--   tag=KIND    ETag: strong (default), weak or none
--   date=1      adds Last-Modified
--   length=KIND known (default), chunked, or close: neither Content-Length nor chunks
--   encoding=X  adds Content-Encoding
--   again=KIND  what the second and later requests get:
--     range       the range that was asked for, status 206 (default)
--     whole       status 200 with all bytes
--     new_whole, new_part    the same, or the range, of a file with another ETag
--     new_length  the range of a file that is longer
--     other_part  status 206, with bytes that were not asked for
--     no_range    status 206 without Content-Range
--     half        status 206 with half of the rest
--     error       status 503 once, then the range
--   id=X        makes another target
--
-- A file consists of blocks of 64 KB. Each block begins with its number.
local downloads = {}

local BLOCK = 64 * 1024
local FILL = ("0123456789abcdef"):rep(BLOCK / 16)
local MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"

local asked = {} -- the number of requests by target

--- Forgets which targets were requested.
function downloads.reset() asked = {} end

local function block(number)
  local stamp = ("%015d\n"):format(number)
  return stamp .. FILL:sub(#stamp + 1)
end

-- Sends the bytes from `first` to `last`, counted from 0. Returns whether the client took them.
local function send_bytes(connection, first, last, is_chunked)
  while first <= last do
    local number = math.floor(first / BLOCK)
    local from = first - number * BLOCK
    local piece = block(number):sub(from + 1, math.min(BLOCK, from + last - first + 1))
    first = first + #piece
    if is_chunked then piece = ("%x\r\n%s\r\n"):format(#piece, piece) end
    if not connection:send(piece) then return false end
  end
  return true
end

local function options_of(request)
  local options = {}
  for name, value in request.target:gmatch "[?&](%w+)=([%w_]+)" do options[name] = tonumber(value) or value end
  return options
end

local function headers_of(options, tag)
  local headers = { "Content-Type: audio/x-wav", "Accept-Ranges: bytes" }
  if options.tag == "weak" then
    headers[#headers + 1] = ('ETag: W/"%s"'):format(tag)
  elseif options.tag ~= "none" then
    headers[#headers + 1] = ('ETag: "%s"'):format(tag)
  end
  if options.date then headers[#headers + 1] = "Last-Modified: " .. MODIFIED end
  if options.encoding then headers[#headers + 1] = "Content-Encoding: " .. options.encoding end
  return headers
end

local function is_current(request, tag)
  local condition = request.headers["if-range"]
  return not condition or condition == ('"%s"'):format(tag) or condition == MODIFIED
end

local function respond(connection, request, options, size, again, is_broken)
  local tag = (again == "new_whole" or again == "new_part") and "second" or "first"
  local headers, status, first, last = headers_of(options, tag), 200, 0, size - 1
  local start = tonumber((request.headers.range or ""):match "^bytes=(%d+)%-$")
  local total = again == "new_length" and size + 1 or size
  local may_resume = again == "new_part" or is_current(request, tag)
  if start and start >= size then
    return connection:answer(416, "", ("Content-Range: bytes */%d"):format(size))
  elseif start and again ~= "whole" and again ~= "new_whole" and may_resume then
    status, first = 206, start
    if again == "other_part" then first = start - 1 end
    if again == "half" then last = first + math.floor((last - first) / 2) end
    if again ~= "no_range" then headers[#headers + 1] = ("Content-Range: bytes %d-%d/%d"):format(first, last, total) end
  end
  if options.length == "chunked" then
    headers[#headers + 1] = "Transfer-Encoding: chunked"
  elseif options.length ~= "close" then
    headers[#headers + 1] = ("Content-Length: %d"):format(last - first + 1)
  else
    headers[#headers + 1] = "Connection: close"
  end
  connection:head(status, headers)
  local is_chunked = options.length == "chunked"
  if is_broken then
    send_bytes(connection, first, math.min(last, first + options.cut - 1), is_chunked)
    if options.by == "stall" then connection:wait_for_end() end
    return false
  end
  if not send_bytes(connection, first, last, is_chunked) then return false end
  if is_chunked then connection:send "0\r\n\r\n" end
  return options.length ~= "close"
end

--- The behaviour `file`.
function downloads.file(connection, request)
  local size, options = tonumber(request.arguments[1]), options_of(request)
  if not size then return connection:json(400, { error = "/file/SIZE is expected" }) end
  local count = (asked[request.target] or 0) + 1
  asked[request.target] = count
  local again = count > 1 and (options.again or "range") or "range"
  if again == "error" and count == 2 then return connection:answer(503, "<html>", "Content-Type: text/html") end
  return respond(connection, request, options, size, again, count <= (options.breaks or 0))
end

return downloads
