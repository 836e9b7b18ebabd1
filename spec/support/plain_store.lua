-- A store with the functions of twilio/simulator/store.lua that twilio/simulator/generic.lua uses. That file
-- needs lua-http, which not every Lua has.
local plain_store = {}

local Collection = {}
Collection.__index = Collection

function Collection:add(record)
  self.size = self.size + 1
  self.records[self.size], self.positions[record.sid] = record, self.size
end

function Collection:get(sid) return self.positions[sid] and self.records[self.positions[sid]] or nil end

function Collection:remove(sid) self.records[self.positions[sid]] = false end

function Collection:all()
  local list = {}
  for _, record in ipairs(self.records) do list[#list + 1] = record or nil end
  return list
end

-- The first page only.
function Collection:page(limit, token, accept)
  local list = {}
  for i = self.size, 1, -1 do
    local record = self.records[i]
    if record and accept(record) and #list < limit then list[#list + 1] = record end
  end
  return not token and list or nil, false, false
end

--- Returns an empty store.
function plain_store.new()
  local collections, made = {}, 0
  local store = { now = 1796027405 }
  function store.hex()
    made = made + 1
    return ("%032x"):format(made)
  end
  function store.collection(_, owner, kind)
    local name = owner .. "/" .. kind
    collections[name] = collections[name] or setmetatable({ records = {}, positions = {}, size = 0 }, Collection)
    return collections[name]
  end
  return store
end

return plain_store
