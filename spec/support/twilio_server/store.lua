--- What the stand-in knows: a clock that is moved by hand, SIDs made in a fixed order, and collections of records.
local digest = require "openssl.digest"

local store = {}

--- Records of one kind in the order of their making. A removed record leaves its place empty, so that a page token that names it
-- still says where to go on.
local Collection = {}
Collection.__index = Collection

function Collection:add(record)
  self.size = self.size + 1
  self.records[self.size] = record
  self.positions[record.sid] = self.size
end

function Collection:get(sid)
  local position = self.positions[sid]
  return position and self.records[position] or nil
end

function Collection:remove(sid)
  self.records[self.positions[sid]] = false
end

--- Up to `limit` records that `accepts` lets through, from one place towards the older (`step` -1) or the newer (1).
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

--- One page, newest record first.
-- @param limit its greatest size
-- @param token nil for the first page, "PA" + SID for the records older than that one, "PB" + SID for the next newer ones
-- @param accepts function(record): whether it belongs to the list
-- @return the records, whether there are older ones, whether there are newer ones; nil when the token names no record
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

--- All records, oldest first.
function Collection:all()
  local present = {}
  for position = 1, self.size do present[#present + 1] = self.records[position] or nil end
  return present
end

local Store = {}
Store.__index = Store

-- Seconds after its making at which a call begins to ring, is answered (or comes to nothing) and ends, and at which a message is sent and
-- delivered.
local TIMES = { Ringing = 1, Answered = 3, Completed = 60, Sent = 1, Delivered = 3 }

--- @param now the time at which the clock stands, in seconds since the epoch
-- @param seed any text: another one gives other SIDs
function store.new(now, seed)
  local times = {}
  for name, seconds in pairs(TIMES) do times[name] = seconds end
  return setmetatable({ now = now, seed = seed, times = times, made = 0, collections = {}, moving = {}, accounts = {} }, Store)
end

--- 32 hexadecimal digits that depend on nothing but the seed and the count of those made before.
function Store:hex()
  self.made = self.made + 1
  local bytes = digest.new("sha256"):final(self.seed .. ":" .. self.made)
  return (bytes:sub(1, 16):gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

function Store:sid(prefix)
  return prefix .. self:hex()
end

--- The collection of a name, for instance ("ACxxx", "calls") or ("CAxxx", "recordings"), made when first asked for.
function Store:collection(owner, kind)
  local name = owner .. "/" .. kind
  local collection = self.collections[name]
  if not collection then
    collection = setmetatable({ records = {}, positions = {}, size = 0 }, Collection)
    self.collections[name] = collection
  end
  return collection
end

--- Whether that collection has ever been asked for.
function Store:has(owner, kind)
  return self.collections[owner .. "/" .. kind] ~= nil
end

--- Has `move(record, now, store)` called whenever the clock moves, until it returns false.
function Store:follow(record, move)
  self.moving[#self.moving + 1] = { record, move }
end

--- When a record reaches one of TIMES, nil as long as that lies ahead.
function Store:due(record, step)
  local time = record.date_created + self.times[step]
  return time <= self.now and time or nil
end

function Store:advance(now)
  self.now = now
  local still = {}
  for _, item in ipairs(self.moving) do
    if item[2](item[1], now, self) then still[#still + 1] = item end
  end
  self.moving = still
end

return store
