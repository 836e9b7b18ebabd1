--- Chaos: faults drawn at random, one request after the other. The form of POST /_/chaos has
--   Rate    the share of the requests that something happens to, from 0 (none: it ends) to 1
--   Seed    fixes what is drawn, but not which client's request it happens to
-- GET /_/chaos answers { "faults": how many there were, "kinds": { name: how many }, "in_hand": requests not yet done with }.
-- What is below /_/ itself meets no faults, but a server that has just gone away does not answer it either: ask again.
local cjson = require "cjson"
local faults = require "twilio_server.faults"
local random = require "twilio_server.random"

local unpack = table.unpack or unpack

local chaos = {}
local Chaos = {}
Chaos.__index = Chaos

local UNREAD = 0.15 -- the share of the faults that come before a request is read
local GONE = 0.005 -- seconds for which nothing listens
local HTML = "<html><body><h1>A proxy speaks</h1></body></html>\n"

function chaos.new()
  return setmetatable({ rate = 0, faults = 0, kinds = {} }, Chaos)
end

function Chaos:set(form)
  local rate, seed = tonumber(form.Rate), tonumber(form.Seed or 0)
  assert(rate and rate >= 0 and rate <= 1, "Rate is no number from 0 to 1")
  assert(seed, "Seed is no number")
  self.rate, self.draw = rate, random.new(seed)
end

local function count(self, kind)
  self.faults = self.faults + 1
  self.kinds[kind] = (self.kinds[kind] or 0) + 1
end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Before a request is read

--- Reads the first line, byte by byte, so that the rest stays unread.
local function read_line(socket)
  local bytes = {}
  repeat
    local byte = socket:xread(1)
    bytes[#bytes + 1] = byte
  until byte == "\n" or not byte
  return table.concat(bytes)
end

--- Called before each request. The kernel sends RST when a socket is closed that holds unread input.
-- @return whether the request is to be read; else the connection is closed
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

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Kinds: function(draw, carry_out, spoil) that returns an answer. `carry_out()` is the service's own answer; spoil(status, body, header)
-- is one that looks like it.

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

--- A whole answer, and then the end of the connection without a word.
function kinds.closed_behind(_, carry_out)
  local answer = carry_out()
  answer.close = "silently"
  return answer
end

--- The server starts again: the request is lost, and for a while nothing listens.
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

--- What Twilio says that it has not processed.
function kinds.turned_away(draw, _, spoil)
  local body, header = unpack(draw(TURNED_AWAY))
  return spoil(429, body, header)
end

--- A limit of a product: nothing to be gained by asking again.
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

--- It was carried out, but a proxy on the way says something else.
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

--- Nothing, until the client gives up.
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

--- Carried out when the client has given up.
function kinds.late(_, carry_out, spoil)
  local answer = spoil(200, "")
  answer.close, answer.hold, answer.late = "instead", true, carry_out
  return answer
end

-- How often each is drawn: what takes its time, and what ends a call for good, more rarely.
local WEIGHTS = {
  lost_request = 8, lost_answer = 8, torn_answer = 8, closed_behind = 8, gone = 2, turned_away = 16, limited = 2, failed = 12,
  failed_behind = 8, garbled = 4, stalled = 1, stalled_behind = 1, stalled_inside = 1, late = 2,
}

local DRAWN = {}
for name, weight in pairs(WEIGHTS) do
  assert(kinds[name])
  for _ = 1, weight do DRAWN[#DRAWN + 1] = name end
end
table.sort(DRAWN) -- pairs has no order

--- Answers a request, with a fault where one is drawn.
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
