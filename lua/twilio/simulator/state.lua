--- The file of --state: the records and the settings of a simulator, as lines of JSON.
--
-- The first line is HEADER. Each further line is one transaction, an array of changes:
--   { "record": N, "fields": { … } }       the record N is new or has changed: all its fields
--   { "collection": NAME, "add": N }       the record N is now the newest of the collection
--   { "collection": NAME, "remove": SID }  the collection has lost the record with this SID
--   { "setting": NAME, "value": … }
-- In a field, { "$record": N } is another record.
--
-- A transaction is written before the response of its request is sent. A kill can only cut the last line.
-- A new file replaces the old one by a rename, when the simulator starts and when the file has grown.
local cjson = require "cjson"
local digest = require "openssl.digest"
local errno = require "cqueues.errno"
local socket = require "cqueues.socket"
local lines = require "twilio.simulator.line"

local state = {}
local State = {}
State.__index = State

local HEADER = '{"format":"twilio-simulator state","version":1}'

-- The file is written anew when so many bytes were appended, and more than it had.
local MOST_APPENDED = 4 * 1024 * 1024

local json = cjson.new()
local has_array_mt = json.decode_array_with_array_mt ~= nil
if has_array_mt then json.decode_array_with_array_mt(true) end -- empty arrays stay arrays

local WEAK = { __mode = "k" }

-- ---- reading the file ----

local function refuse(path, ...) error("the state file " .. path .. ": " .. string.format(...), 0) end

-- Returns the text of a file, "" if it does not exist. Raises if it is no state file.
local function read(path)
  local file, problem, code = io.open(path, "rb")
  if not file and code == 2 then return "" end
  local text = file and file:read "*a"
  if file then file:close() end
  if not text then refuse(path, "cannot be read: %s", problem or "is it a directory?") end
  if text ~= "" and text:sub(1, #HEADER + 1) ~= HEADER .. "\n" then
    refuse(path, "is no state file of this version of twilio-simulator. It was left as it is")
  end
  return text
end

-- Decodes whole numbers to integers. cjson makes floats of them, which Lua 5.3 and later write as 3.0.
local function whole(value)
  if type(value) == "number" then return math.tointeger(value) or value end
  if type(value) == "table" then
    for key, one in pairs(value) do value[key] = whole(one) end
  end
  return value
end

-- Returns the transactions of a text. The last one is dropped if a kill has cut it.
local function transactions(path, text)
  local list, number = {}, 1
  for line, ending in text:sub(#HEADER + 2):gmatch "([^\n]*)(\n?)" do
    number = number + 1
    local fine, changes = pcall(json.decode, line)
    if fine and type(changes) == "table" then
      list[#list + 1] = math.tointeger and whole(changes) or changes
    elseif ending == "\n" then
      refuse(path, "line %d is damaged. Correct or delete the line", number)
    elseif line ~= "" then
      io.stderr:write(("twilio-simulator: the state file %s: dropped the last line, which is incomplete (%d bytes)\n"):format(path, #line))
    end
  end
  return list
end

-- Refuses a file that another simulator has open: each would lose the records of the other. The lock is a socket in
-- Linux's abstract namespace, which ends with the process, also after a kill. Other systems have no lock.
local function lock(path)
  local whole_path = path:find "^/" and path or (os.getenv "PWD" or "") .. "/" .. path
  local name = digest.new("sha256"):final(whole_path):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
  local held = socket.listen { path = "\0twilio-simulator " .. name }
  held:onerror(function(_, _, problem) return problem end)
  local _, problem = held:listen()
  if problem == errno.EADDRINUSE then refuse(path, "another simulator uses it") end
  return held
end

--- Opens the state file of a path, which need not exist.
-- @return the state, and its transactions for State:restore; nil in place of them if the file is new. Raises a
-- text if the file is no state file.
function state.open(path)
  local held, text = lock(path), read(path)
  return setmetatable({ path = path, lock = held, last = 0, numbers = setmetatable({}, WEAK) }, State),
    text ~= "" and transactions(path, text) or nil
end

-- ---- what has changed ----

-- Fields of records that belong to what runs, and end with the program.
local RUNNING = { parent_line = true, members = true, agents = true, base = true }

local function number_of(self, record)
  if not self.numbers[record] then
    self.last = self.last + 1
    self.numbers[record] = self.last
  end
  return self.numbers[record]
end

-- Returns a value as the file has it.
-- @param referred nil, or function(record) that is called with each record in the value
local function copy(self, value, referred)
  if type(value) ~= "table" then return value end
  if self.numbers[value] then
    if referred then referred(value) end
    return { ["$record"] = self.numbers[value] }
  end
  local made = has_array_mt and getmetatable(value) == json.array_mt and setmetatable({}, json.array_mt) or {}
  for key, one in pairs(value) do made[key] = copy(self, one, referred) end
  return made
end

local function text_of(self, record, referred)
  local fields = {}
  for name, value in pairs(record) do
    if name == "line" then
      fields.line = { heard = copy(self, value.heard) }
    elseif not RUNNING[name] then
      fields[name] = copy(self, value, referred)
    end
  end
  return json.encode(fields)
end

--- Called with each record that a handler gets from a collection, because it may change the record.
function State:seen(record)
  self.candidates[record] = true
end

function State:added(collection, record)
  self.pending[#self.pending + 1] = json.encode { collection = collection, add = number_of(self, record) }
  self.candidates[record] = true
end

function State:removed(collection, sid)
  self.pending[#self.pending + 1] = json.encode { collection = collection, remove = sid }
end

-- The statuses of records that only a request changes. The clock and the scripts of calls change all others.
local FINAL = {}
for name in ("completed busy failed no-answer canceled delivered undelivered received absent approved"):gmatch "%S+" do FINAL[name] = true end

-- Settings that are values of the simulator. `progress` alone is not worth a line while the clock runs.
local function settings_of(world)
  local service, store = world.service, world.service.store
  return {
    times = store.times, keys = service.callers, tokens = service.tokens, apps = service.apps, faults = world.faults,
    chaos = { Rate = world.chaos.rate, Seed = world.chaos.seed },
  }, { now = store.now, made = store.made, answered = service.answered }
end

local function setting_text(self, name, value)
  return '{"setting":"' .. name .. '","value":' .. json.encode(copy(self, value)) .. "}"
end

-- Adds the settings that differ from those of the file.
local function add_settings(self, world, changes)
  local settings, progress = settings_of(world)
  for name, value in pairs(settings) do
    local text = setting_text(self, name, value)
    if text ~= self.settings[name] then
      changes[#changes + 1], self.settings[name] = text, text
    end
  end
  local before = self.progress
  if #changes > 0 or progress.made ~= before.made or progress.now ~= before.now and not world.options.tick then
    changes[#changes + 1], self.progress = setting_text(self, "progress", progress), progress
  end
end

local function is_live(record) return record.status ~= nil and not FINAL[record.status] end

-- Events that tell of nothing but the records of a request
local LOCAL = { message = true, request = true, verification = true }

-- Returns whether the clock or a script may have changed live records since the last call. Without this question,
-- each request would compare all live records, and a thousand queued messages would slow it down 20 times.
-- @param forced whether the answer is yes
local function has_moved(self, world, forced)
  local now, last = world.service.store.now, self.last_event
  local moved = forced or now ~= self.last_now
  for _, event in ipairs(not moved and world.events:since(last) or {}) do moved = moved or not LOCAL[event.type] end
  self.last_now, self.last_event = now, world.events.last
  return moved
end

local function changes_of(self, world, forced)
  local changes, candidates = self.pending, self.candidates
  self.pending, self.candidates = {}, {}
  if has_moved(self, world, forced) then
    for record in pairs(self.live) do candidates[record] = true end
  end
  for record in pairs(candidates) do
    local text = text_of(self, record)
    if text ~= self.saved[record] then
      changes[#changes + 1] = ('{"record":%d,"fields":%s}'):format(self.numbers[record], text)
      self.saved[record] = text
    end
    self.live[record] = is_live(record) or nil
  end
  add_settings(self, world, changes)
  return changes
end

-- ---- writing the file ----

-- The simulator goes on without its file: the next save tries to write all of it.
local function fail(self, problem)
  if not self.broken then io.stderr:write("twilio-simulator: the state file ", self.path, " cannot be written: ", problem, "\n") end
  self.broken = true
end

--- Appends what has changed since the last call. Called before the response to a request is sent.
-- @param everything whether to compare all live records, also those that the request did not get from the store
function State:save(world, everything)
  if self.broken then
    self:write_all(world)
    return
  end
  local changes = changes_of(self, world, everything)
  if #changes == 0 then return end
  local line = "[" .. table.concat(changes, ",") .. "]\n"
  local fine, problem = self.file:write(line)
  if fine then fine, problem = self.file:flush() end
  if not fine then return fail(self, problem) end
  self.appended = self.appended + #line
  if self.appended > math.max(MOST_APPENDED, self.size) then
    fine, problem = self:write_all(world)
    if not fine then fail(self, problem) end
  end
end

-- Writes the changes that lead from nothing to the present, one in a line.
-- @param write function(text)
local function write_present(self, world, write)
  local store, waiting, written, names = world.service.store, {}, {}, {}
  local function refer(record)
    if not written[record] then waiting[#waiting + 1], written[record] = record, true end
  end
  for name in pairs(store.collections) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local collection, gone = store.collections[name], {}
    for sid, position in pairs(collection.positions) do gone[position] = sid end
    for position = 1, collection.size do
      local record = collection.records[position]
      if record then
        refer(record)
        write(json.encode { collection = name, add = number_of(self, record) })
      elseif gone[position] then
        write(json.encode { collection = name, gone = gone[position] })
      end
    end
  end
  while waiting[1] do
    local record = table.remove(waiting)
    self.saved[record] = text_of(self, record, refer)
    write(('{"record":%d,"fields":%s}'):format(self.numbers[record], self.saved[record]))
    self.live[record] = is_live(record) or nil
  end
  local changes = {}
  add_settings(self, world, changes)
  for _, text in ipairs(changes) do write(text) end
end

--- Forgets what the file has, because it is written anew.
function State:forget()
  self.pending, self.candidates, self.live, self.saved, self.settings, self.progress = {}, {}, {}, setmetatable({}, WEAK), {}, {}
  self.last_event, self.last_now = 0, nil
end

-- Replaces the file by one with the present. The old file is complete until the rename.
local function replace(self, world)
  local fresh = self.path .. ".new"
  local before = io.open(fresh, "rb")
  if before then
    local start = before:read(#HEADER) or ""
    before:close()
    if start ~= HEADER:sub(1, #start) then return nil, fresh .. " exists and is no state file" end
  end
  local file, problem = io.open(fresh, "wb")
  if not file then return nil, problem end
  local size, fine = 0, true
  local function write(text)
    size = size + #text + 3
    if fine then fine, problem = file:write("[", text, "]\n") end
  end
  fine, problem = file:write(HEADER, "\n")
  write_present(self, world, write)
  if fine then fine, problem = file:flush() end
  if fine then fine, problem = os.rename(fresh, self.path) end
  if not fine then
    file:close()
    os.remove(fresh)
    return nil, problem
  end
  if self.file then self.file:close() end
  self.file, self.size, self.appended = file, size, 0
  return true
end

--- Writes the whole file anew.
-- @return true; or nil and a message. The old file is unchanged then.
function State:write_all(world)
  self:forget()
  local fine, problem = replace(self, world)
  if fine then self.broken = nil end
  return fine, problem
end

-- ---- restoring ----

-- Replaces each { "$record": N } by its record.
local function resolve(records, value)
  if type(value) ~= "table" then return value end
  local number = value["$record"]
  if number and next(value, next(value)) == nil then return records[number] end
  for key, one in pairs(value) do value[key] = resolve(records, one) end
  return value
end

local function restore_collection(collection, change, records)
  if change.add then
    collection:restore(records[change.add].sid, records[change.add])
  elseif change.gone then
    collection:restore(change.gone, false)
  else
    collection.records[collection.positions[change.remove]] = false
  end
end

local function restore_settings(world, values)
  local service, store = world.service, world.service.store
  for name, value in pairs(values.times) do store.times[name] = value end
  store.now, store.made, service.answered = values.progress.now, values.progress.made, values.progress.answered
  for _, name in ipairs { "tokens", "apps" } do
    for key, value in pairs(values[name]) do service[name][key] = value end
  end
  for key, account in pairs(values.keys) do service.callers[key] = account end
  for index, fault in ipairs(values.faults) do world.faults[index] = fault end
  world.chaos:set(values.chaos)
end

-- The verifications with their codes, in the order in which they were sent.
local function add_codes(store, records)
  for _, record in pairs(records) do
    if record.send_code_attempts then store.codes[#store.codes + 1] = record end
  end
  table.sort(store.codes, function(one, other)
    if one.date_updated ~= other.date_updated then return one.date_updated < other.date_updated end
    return one.sid < other.sid
  end)
end

--- Gives an empty world the records and settings of the file.
-- @param list see state.open
function State:restore(world, list)
  local store, records, settings = world.service.store, {}, {}
  local function each(visit)
    for _, changes in ipairs(list) do
      for _, change in ipairs(changes) do visit(change) end
    end
  end
  each(function(change)
    if change.record then records[change.record] = change.fields end
    if change.setting then settings[change.setting] = change.value end
  end)
  for number, record in pairs(records) do
    self.numbers[record], self.last = number, math.max(self.last, number)
    resolve(records, record)
    if record.members == nil and record.sid and record.sid:find "^QU" then record.members, record.agents = {}, {} end
    if record.line then
      local heard = record.line.heard
      lines.open(store, record).heard = heard
    end
  end
  each(function(change)
    local owner, kind = (change.collection or ""):match "^([^/]*)/(.*)$"
    if owner then restore_collection(store:collection(owner, kind), change, records) end
  end)
  for name, collection in pairs(store.collections) do
    for _, account in ipairs(name:find "/accounts$" and collection:all() or {}) do store.accounts[account.sid] = account.auth_token and account end
  end
  for _, value in pairs(settings) do resolve(records, value) end
  restore_settings(world, settings)
  add_codes(store, records)
end

return state
