--- Behaviours that record what happens to each request, for spec/faults. Each request has a number,
-- which is in its path, its form or the SID of its path. A request of any method but GET has an
-- effect, unless its fate says otherwise.
--
-- A behaviour draws the fate of a request from the seed of /_/effects, the number of the request and
-- the count of its arrivals. With the seed 0, all requests succeed.
local cjson = require "cjson"
local cqueues = require "cqueues"
local random = require "twilio.simulator.random"
local Connection = require "fault_server.connection"

local recorder = {}

-- Maps the number of a request to { begun, arrivals, effects, refused, statuses, keys }: how many heads
-- and how many whole requests arrived, how often it had its effect, how many were refused before
-- their effect, the statuses that were sent, and the number of different idempotency keys. What the
-- program sent first may arrive last, because the proxy delays connections.
local entries, keys, fates_met, seed = {}, {}, {}, 1

local function number_of_head(request)
  return request.target:match "r(%d+)r" or request.path:match "/CA0*(%d+)%.json$"
end

local function entry_of(number)
  entries[number] = entries[number] or { begun = 0, arrivals = 0, effects = 0, refused = 0, keys = 0, statuses = "" }
  return entries[number]
end

--- Notes that the head of a request has arrived. If the number is in the body, `record` notes it later.
function recorder.begin(request)
  local number = request.behaviour == "record" and number_of_head(request)
  if number then entry_of(number).begun = entry_of(number).begun + 1 end
end

-- Carries out a request. Requests with the same key are carried out once.
local function carry_out(entry, number, request)
  local key = request.headers["idempotency-key"]
  if key then
    keys[number] = keys[number] or {}
    if not keys[number][key] then entry.keys = entry.keys + 1 end
    if keys[number][key] == "done" then return end
    keys[number][key] = "done"
  end
  if request.method ~= "GET" then entry.effects = entry.effects + 1 end
end

-- The body of an answer. The program asks for some bytes of filler in the path: /f1000.
local function body_of(entry, number, request)
  local length = tonumber(request.path:match "/f(%d+)" or 0)
  local unit = "r" .. number .. "r"
  return cjson.encode {
    sid = ("CA%032d"):format(number), id = unit, effects = entry.effects, calls = { { sid = ("CA%032d"):format(number) } },
    filler = unit:rep(math.ceil(length / #unit)):sub(1, length),
  }
end

local ERROR = '{"code":20500,"message":"a fault"}'

-- A fate is { share, effect = whether the request is carried out, status, how }.
local FATES = {
  { 3, effect = true, status = 500 }, { 3, effect = false, status = 503 }, { 4, effect = false, status = 429, refused = true },
  { 3, effect = true, how = "none" }, { 3, effect = false, how = "none" }, { 3, effect = true, status = 200, how = "half" },
  { 4, effect = true, status = 200, how = "closed" }, { 3, effect = true, status = 200, how = "close" },
}
local FATES_HTTP2 = {
  { 3, effect = true, status = 500 }, { 2, effect = false, status = 503 }, { 3, effect = false, status = 429, refused = true },
  { 2, effect = true, how = "none" }, { 2, effect = false, how = "none" }, { 2, effect = true, status = 200, how = "half" },
  { 2, effect = false, how = "goaway", refused = true }, { 2, effect = true, status = 200, how = "goaway_after" },
  { 1, effect = true, how = "goaway_lost" }, { 3, effect = false, how = "reset", code = 7, refused = true },
  { 1, effect = true, how = "reset", code = 2 }, { 1, effect = false, how = "reset", code = 11 }, { 1, effect = true, how = "reset", code = 8 },
}
-- On the port where some connections are HTTP/1.1. After HTTP_1_1_REQUIRED the library uses nothing else.
local HTTP_1_1_REQUIRED = { effect = false, how = "reset", code = 13, refused = true }
local FINE = { effect = true, status = 200 }

local function fate_of(number, entry, fates)
  if seed == 0 then return FINE end
  local draw = random.new(seed * 1000 + tonumber(number) * 17 + entry.arrivals)
  local point = draw() * 100
  for _, fate in ipairs(fates) do
    point = point - fate[1]
    if point < 0 then return fate end
  end
  return FINE
end

-- Notes a whole request. Returns its fate, its body, and its entry.
local function record(request, fates)
  local head = number_of_head(request)
  local number = assert(head or request.body:match "r(%d+)r", "a request without a number")
  local entry = entry_of(number)
  entry.arrivals = entry.arrivals + 1
  if not head then entry.begun = entry.begun + 1 end
  local fate = fate_of(number, entry, fates)
  return fate, entry, number
end

local function settle(fate, entry, number, request, version)
  local name = (fate.how or fate.status) .. (fate.code and " " .. fate.code or "") .. version
  fates_met[name] = (fates_met[name] or 0) + 1
  if fate.effect then carry_out(entry, number, request) end
  if fate.refused then entry.refused = entry.refused + 1 end
  if fate.status then entry.statuses = entry.statuses .. fate.status .. " " end
  return fate.status == 200 and body_of(entry, number, request) or ERROR
end

--- /record over HTTP/1.1.
function recorder.http1(connection, request)
  local fate, entry, number = record(request, FATES)
  local body = settle(fate, entry, number, request, "")
  if fate.how == "none" then return false end
  if fate.how == "half" then
    connection:head(200, { Connection.JSON, "Content-Length: " .. #body })
    connection:send(body:sub(1, #body / 2))
    return false
  end
  local open = fate.how == nil
  return connection:answer(fate.status, body, Connection.JSON, fate.how == "close" and "Connection: close" or "X-Fate: fine") and open
end

-- Sends the answers that wait, the last one first.
local function flush(session)
  for index = #session.waiting, 1, -1 do session.waiting[index]() end
  session.waiting = {}
end

--- Called before the session reads a frame. Answers wait until the client sends nothing more, so that
-- several streams are open and their answers arrive in another order.
function recorder.before_read(session)
  if #session.waiting == 0 then return end
  local socket = session.connection.socket
  if #session.waiting < 6 and (socket:pending() > 0 or cqueues.poll({ pollfd = socket:pollfd(), events = "r" }, 0.001) ~= 0.001) then return end
  flush(session)
end

--- /record over HTTP/2.
function recorder.http2(session, stream, request)
  local fate, entry, number = record(request, FATES_HTTP2)
  local before = session.processed or 0
  if session.connection.port == "record_mixed" and number % 8 == 0 then fate = HTTP_1_1_REQUIRED end
  if fate.how == "goaway" and before >= stream then fate = FINE end -- GOAWAY would claim this stream
  local body = settle(fate, entry, number, request, " h2")
  if fate.effect then session.processed = math.max(before, stream) end
  if fate.how == "none" then return false end
  if fate.how == "goaway_lost" then
    session:goaway(session.processed)
    return false
  elseif fate.how == "goaway" then
    flush(session)
    session:goaway(before)
    session.limit = before
    return true
  elseif fate.how == "reset" then
    return session:reset(stream, fate.code)
  end
  -- Without this header, libcurl 7.88 may take a response whose stream was reset for a complete one.
  local headers = { { "content-length", tostring(#body) } }
  if fate.how == "half" then
    session:head(stream, 200, headers)
    session:data(stream, body:sub(1, #body / 2))
    return session:reset(stream, 2)
  end
  session.waiting[#session.waiting + 1] = function()
    session:head(stream, fate.status, headers)
    session:data(stream, body, true)
  end
  if fate.how == "goaway_after" then
    session.limit = math.max(session.processed, stream)
    session:goaway(session.limit)
  end
  return true
end

--- Returns { entries, fates = how often each fate occurred }, and forgets them. Later fates are drawn from
-- `new_seed`.
function recorder.take(new_seed)
  local all = { entries = next(entries) and entries or { none = cjson.null }, fates = next(fates_met) and fates_met or { none = 0 } }
  entries, keys, fates_met, seed = {}, {}, {}, new_seed or seed
  return all
end

return recorder
