--- The state of the simulator: a clock, a fixed sequence of SIDs, and collections of records.
local digest = require "openssl.digest"
local clock = require "twilio.simulator.clock"

local store = {}

--- Records of one kind in the order of their creation. A removed record leaves its position empty,
-- so that a page token with its SID remains valid. A journal hears of each record that a handler gets and may
-- change, except by Collection:page, which is for reading.
local Collection = {}
Collection.__index = Collection

function Collection:add(record)
  self:restore(record.sid, record)
  if self.journal then self.journal:added(self.name, record) end
end

--- Adds a record that the journal has already; false for one that was removed.
function Collection:restore(sid, record)
  self.size = self.size + 1
  self.records[self.size] = record
  self.positions[sid] = self.size
end

function Collection:get(sid)
  local position = self.positions[sid]
  local record = position and self.records[position] or nil
  if record and self.journal then self.journal:seen(record) end
  return record
end

function Collection:remove(sid)
  self.records[self.positions[sid]] = false
  if self.journal then self.journal:removed(self.name, sid) end
end

--- Returns up to `limit` records that `accepts` accepts, starting at a position.
-- @param step -1: towards older records; 1: towards newer records
-- @return the records, and whether there are more
local function gather(self, from, step, limit, accepts)
  local found = {}
  local last = step < 0 and 1 or self.size
  for position = from, last, step do
    local record = self.records[position]
    if record and accepts(record) then
      if #found == limit then return found, true end
      found[#found + 1] = record
    end
  end
  return found, false
end

local function reversed(list)
  local turned = {}
  for index = #list, 1, -1 do turned[#turned + 1] = list[index] end
  return turned
end

--- Returns one page, newest record first.
-- @param limit the largest number of records
-- @param token nil for the first page, "PA" + SID for the records older than this SID, "PB" + SID
-- for the next newer records
-- @param accepts function(record): whether the record belongs to the list
-- @return the records, whether there are older records, and whether there are newer records; nil if
-- the token names no record
function Collection:page(limit, token, accepts)
  local side, sid = "A", nil
  if token then side, sid = token:match("^P([AB])(%w+)$") end
  local anchor = token == nil and self.size + 1 or self.positions[sid]
  if not anchor then return nil end
  if side == "A" then
    local records, older = gather(self, anchor - 1, -1, limit, accepts)
    local _, newer = gather(self, records[1] and self.positions[records[1].sid] + 1 or anchor, 1, 0, accepts)
    return records, older, newer
  end
  local records, newer = gather(self, anchor + 1, 1, limit, accepts)
  local _, older = gather(self, anchor, -1, 0, accepts)
  return reversed(records), older, newer
end

--- Returns all records, oldest first.
function Collection:all()
  local present = {}
  for position = 1, self.size do
    local record = self.records[position]
    if record then
      present[#present + 1] = record
      if self.journal then self.journal:seen(record) end
    end
  end
  return present
end

local Store = {}
Store.__index = Store

-- Seconds from the creation of a call to ringing, to its answer and to its end, and from the
-- creation of a message to sent and to delivered.
local TIMES = { Ringing = 1, Answered = 3, Completed = 60, Sent = 1, Delivered = 3 }

--- @param now the time of the clock, in seconds since the epoch
-- @param seed any text; another seed gives other SIDs
-- @param journal nil, or the file that keeps the records, see state.lua
function store.new(now, seed, journal)
  local times = {}
  for name, seconds in pairs(TIMES) do times[name] = seconds end
  return setmetatable({
    now = now, seed = seed, journal = journal, times = times, made = 0, collections = {}, moving = {}, accounts = {}, clock = clock.new(), codes = {},
  }, Store)
end

--- Returns 32 hexadecimal digits. They depend only on the seed, and on the number of earlier calls.
function Store:hex()
  self.made = self.made + 1
  local bytes = digest.new("sha256"):final(self.seed .. ":" .. self.made)
  return (bytes:sub(1, 16):gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

function Store:sid(prefix)
  return prefix .. self:hex()
end

--- Returns a collection, such as ("ACxxx", "calls") or ("CAxxx", "recordings"). Creates it if
-- necessary.
function Store:collection(owner, kind)
  local name = owner .. "/" .. kind
  local collection = self.collections[name]
  if not collection then
    collection = setmetatable({ name = name, journal = self.journal, records = {}, positions = {}, size = 0 }, Collection)
    self.collections[name] = collection
  end
  return collection
end

--- Returns whether the collection exists.
function Store:has(owner, kind)
  return self.collections[owner .. "/" .. kind] ~= nil
end

--- Calls `move(record, now, store)` whenever the clock moves, until `move` returns false.
-- @param next_time nil, or function(record, store) that returns the time of the record's next change. The clock
-- then stops at this time.
function Store:follow(record, move, next_time)
  self.moving[#self.moving + 1] = { record, move, next_time }
end

--- Returns the time at which a record reaches a step of TIMES.
function Store:time_of(record, step)
  return record.date_created + self.times[step]
end

--- Returns the time at which a record reaches a step of TIMES; nil if this time is in the future.
function Store:due(record, step)
  local time = self:time_of(record, step)
  return time <= self.now and time or nil
end

-- Returns the time at which something happens next, at most `limit`.
local function next_time(self, limit)
  local time = self.clock:first()
  time = time and time <= limit and math.max(time, self.now) or nil
  for _, item in ipairs(self.moving) do
    local change = item[3] and item[3](item[1], self)
    if change and change > self.now and change <= limit and (not time or change < time) then time = change end
  end
  return time
end

-- A record that is added meanwhile moves from the next change of the clock on.
local function move_all(self)
  local moving = self.moving
  self.moving = {}
  for _, item in ipairs(moving) do
    if item[2](item[1], self.now, self) then self.moving[#self.moving + 1] = item end
  end
end

--- Moves the clock to the next time at which something happens, at most to `limit`.
-- @return whether the clock may be moved again; false when it is at `limit`
function Store:step(limit)
  local time = next_time(self, limit)
  self.now = time or math.max(limit, self.now)
  self.clock:run(self.now)
  move_all(self)
  return time ~= nil
end

--- Moves the clock without waiting for webhooks.
function Store:advance(now)
  repeat local more = self:step(now) until not more
end

return store
