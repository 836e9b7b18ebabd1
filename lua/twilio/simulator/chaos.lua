--- Chaos: random faults. The form of POST /_/chaos has these parameters:
--   Rate    the share of the requests that get a fault, from 0 to 1. 0 switches chaos off.
--   Seed    fixes the sequence of faults, but not which client's request gets which fault
-- GET /_/chaos returns { "faults", "kinds", "in_hand" }: the number of faults, the number of each
-- kind by name, and the number of requests in progress.
-- Requests to paths below /_/ get no faults. While the server does not listen (`gone`), they fail
-- too: repeat them.
local cjson = require "cjson"
local faults = require "twilio.simulator.faults"
local random = require "twilio.simulator.random"

local unpack = table.unpack or unpack

local chaos = {}
local Chaos = {}
Chaos.__index = Chaos

local UNREAD = 0.15 -- the share of the faults that happen before a request is read
local GONE = 0.005 -- seconds for which the server does not listen
local HTML = "<html><body><h1>A proxy speaks</h1></body></html>\n"

function chaos.new()
  return setmetatable({ rate = 0, seed = 0, faults = 0, kinds = {} }, Chaos)
end

function Chaos:set(form)
  local rate, seed = assert(tonumber(form.Rate), "Rate is missing"), tonumber(form.Seed or 0)
  self.rate, self.seed, self.draw = rate, seed, random.new(seed)
end

local function count(self, kind)
  self.faults = self.faults + 1
  self.kinds[kind] = (self.kinds[kind] or 0) + 1
end

-- ---- before a request is read ----

--- Reads the first line byte by byte, so that the rest of the request stays unread.
local function read_line(socket)
  local bytes = {}
  repeat
    local byte = socket:xread(1)
    bytes[#bytes + 1] = byte
  until byte == "\n" or not byte
  return table.concat(bytes)
end

--- Called before each request. If it returns false, the connection is closed. The kernel then sends
-- RST, because the socket has unread input.
-- @return whether to read the request
function Chaos:admit(socket)
  if self.rate == 0 or self.draw() >= self.rate * UNREAD then return true end
  local buffer = socket:setbufsiz(1, nil)
  local line = read_line(socket)
  socket:setbufsiz(buffer, nil)
  if line == "" or line:find("^%u+ /_/") then
    socket:unget(line)
    return true
  end
  count(self, "reset")
  return false
end

-- ---- kinds ----

-- A kind is function(draw, carry_out, spoil) that returns a response. `carry_out()` carries out the
-- request and returns the service's response. `spoil(status, body, header)` returns a response with
-- the service's headers, without carrying out the request.

local kinds = {}

function kinds.lost_request(_, _, spoil)
  local answer = spoil(200, "")
  answer.close = "instead"
  return answer
end

function kinds.lost_answer(_, carry_out)
  local answer = carry_out()
  answer.close = "instead"
  return answer
end

function kinds.torn_answer(draw, carry_out)
  local answer = carry_out()
  answer.cut = draw()
  return answer
end

--- Closes the connection after a complete response without "Connection: close".
function kinds.closed_behind(_, carry_out)
  local answer = carry_out()
  answer.close = "silently"
  return answer
end

--- A restart of the server: the request is lost, and the server does not listen for a short time.
function kinds.gone(_, _, spoil)
  local answer = spoil(200, "")
  answer.close, answer.gone = "instead", GONE
  return answer
end

local TURNED_AWAY = {
  { cjson.encode { code = 20429, message = "Too Many Requests", status = 429 } },
  { "" },
  { HTML, "Content-Type: text/html" },
  { cjson.encode { code = 60203, message = "Max send attempts reached", status = 429 }, "Retry-After: 1" },
}

--- Responses of Twilio to requests that it has not processed.
function kinds.turned_away(draw, _, spoil)
  local body, header = unpack(draw(TURNED_AWAY))
  return spoil(429, body, header)
end

--- A limit of a product. A retry would get the same response.
function kinds.limited(_, _, spoil)
  return spoil(429, cjson.encode { code = 60203, message = "Max send attempts reached", status = 429 })
end

local FAILURES = {
  { 408, "" }, { 500, cjson.encode { code = 20500, message = "Internal Server Error", status = 500 } },
  { 502, HTML, "Content-Type: text/html" }, { 503, "", "Retry-After: 1" }, { 504, HTML, "Content-Type: text/html" },
}

function kinds.failed(draw, _, spoil)
  return spoil(unpack(draw(FAILURES), 1, 3))
end

--- The request was carried out, but the client gets an error.
function kinds.failed_behind(draw, carry_out, spoil)
  carry_out()
  return spoil(unpack(draw(FAILURES), 1, 3))
end

local GARBLED = {
  function(body) return body:sub(1, math.floor(#body / 2)) end, function() return HTML end, function() return "" end,
  function() return "[1]" end, function(body) return body .. "}" end,
}

function kinds.garbled(draw, carry_out)
  local answer = carry_out()
  answer.body = draw(GARBLED)(answer.body)
  return answer
end

--- Sends nothing until the client closes the connection.
function kinds.stalled(_, _, spoil)
  local answer = spoil(200, "")
  answer.close, answer.hold = "instead", true
  return answer
end

function kinds.stalled_behind(_, carry_out)
  local answer = carry_out()
  answer.close, answer.hold = "instead", true
  return answer
end

function kinds.stalled_inside(draw, carry_out)
  local answer = carry_out()
  answer.cut, answer.hold = draw(), true
  return answer
end

--- Carries out the request after the client has closed the connection.
function kinds.late(_, carry_out, spoil)
  local answer = spoil(200, "")
  answer.close, answer.hold, answer.late = "instead", true, carry_out
  return answer
end

-- The relative frequency of each kind. Kinds that take long, or that end a call, are rarer.
local WEIGHTS = {
  lost_request = 8, lost_answer = 8, torn_answer = 8, closed_behind = 8, gone = 2, turned_away = 16, limited = 2, failed = 12,
  failed_behind = 8, garbled = 4, stalled = 1, stalled_behind = 1, stalled_inside = 1, late = 2,
}

local DRAWN = {}
for name, weight in pairs(WEIGHTS) do
  assert(kinds[name])
  for _ = 1, weight do DRAWN[#DRAWN + 1] = name end
end
table.sort(DRAWN) -- pairs has no fixed order

--- Returns the response to a request, with or without a fault.
function Chaos:answer(service, request)
  if self.draw() >= self.rate * (1 - UNREAD) then return service:answer(request) end
  local kind = self.draw(DRAWN)
  count(self, kind)
  local function spoil(status, body, header)
    return faults.spoiled(service, request, { status = status, body = body, headers = { header } })
  end
  return kinds[kind](self.draw, function() return service:answer(request) end, spoil)
end

return chaos
