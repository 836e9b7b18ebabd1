--- Journals: what a program has done, on disk, so that the program can be run again after a crash.
-- `twilio.journal` is this module.
--
-- A journal is a text file. Each line is a JSON object with a key and its value. The value of a
-- key is that of its last line.

local core = require "twilio.core"
core.keep(...)
local file_error = require "twilio.file_error"
local json = require "twilio.json"

local journal = {}

local Journal = {}

-- ---- reading ----

-- Reads the lines of the file. Returns the length of the complete lines; or nil and the reason. A
-- process that was killed while it wrote leaves an incomplete last line.
local function read_entries(self)
  local text = self.file:read "*a"
  if not text then return nil, "cannot be read" end
  local complete, number = 0, 0
  for line, stop in text:gmatch "([^\n]*)\n()" do
    number = number + 1
    local entry = core.json_decode(line)
    if type(entry) ~= "table" or type(entry.key) ~= "string" or type(entry.value) ~= "table" then
      return nil, ("line %d is no entry of a journal"):format(number)
    end
    if not self.values[entry.key] then self.keys[#self.keys + 1] = entry.key end
    self.values[entry.key] = entry.value
    complete = stop - 1
  end
  return complete, #text
end

-- Locks the file, reads it, and cuts off an incomplete last line. Returns true; or nil and the reason.
local function load_journal(self)
  local ok, reason = core.lock(self.file)
  if not ok then return nil, "it is in use, by this process or another, or cannot be locked: " .. reason end
  local complete, length = read_entries(self)
  if not complete then return nil, length end
  if complete < length then return core.truncate(self.file, complete) end
  return true
end

--- twilio.journal.open(path): opens a journal, or creates an empty one. The journal is locked until it
-- is closed, so that two processes cannot do the same work.
-- Returns a journal; or nil, message, err. err.kind is "file" if the file cannot be opened, is in use,
-- or is no journal. Blocks while it reads the file.
function journal.open(path)
  if type(path) ~= "string" then core.misuse("twilio.journal.open takes a path, got " .. type(path)) end
  local file, problem = io.open(path, "a+b")
  if not file then return file_error.new("write", path, problem:sub(#path + 3), "no") end -- "path: reason"
  file:seek "set"
  local self = { file = file, path = path, keys = {}, values = {} }
  local ok, reason = load_journal(self)
  if not ok then
    file:close()
    return file_error.new("read", path, reason, "no")
  end
  -- The name of a new file must be on the disk too.
  local directory = io.open(path:match "^(.*/)[^/]*$" or ".", "r")
  if directory then
    core.sync(directory)
    directory:close()
  end
  return setmetatable(self, Journal)
end

-- ---- methods ----

local methods = {}

local function check_journal(self, name)
  if getmetatable(self) ~= Journal then core.misuse(("call '%s' on a journal, with ':'"):format(name)) end
  if not self.file then core.misuse("the journal is closed") end
end

--- journal:get(key): returns the value that was put last under the key, or nil. The table belongs to
-- the journal: do not change it.
function methods:get(key)
  check_journal(self, "get")
  return self.values[key]
end

--- journal:put(key, value): adds an entry. `key` is a string, `value` a table of JSON values.
-- Returns true when the entry is on the disk; or nil, message, err of the kind "file". Blocks while the
-- disk writes.
function methods:put(key, value)
  check_journal(self, "put")
  if type(key) ~= "string" then core.misuse("the key of an entry is a string, got " .. type(key)) end
  if type(value) ~= "table" then core.misuse("the value of an entry is a table, got " .. type(value)) end
  local line = ('{"key":%s,"value":%s}\n'):format(json.encode(key), json.encode(value))
  local ok, reason = self.file:write(line)
  if ok then ok, reason = core.sync(self.file) end
  if not ok then
    self.file:close() -- a part of the line may be in the file: the next open cuts it off
    self.file = false
    return file_error.new("write", self.path, reason, "no")
  end
  if not self.values[key] then self.keys[#self.keys + 1] = key end
  self.values[key] = core.json_decode(line).value -- what a later run will read
  return true
end

--- journal:each(): `for key, value in journal:each() do`, in the order in which the keys were first put.
function methods:each()
  check_journal(self, "each")
  local i = 0
  return function()
    i = i + 1
    local key = self.keys[i]
    return key, self.values[key]
  end
end

--- journal:close(): closes and unlocks the file. May be called twice.
function methods:close()
  if getmetatable(self) ~= Journal then core.misuse "call 'close' on a journal, with ':'" end
  if self.file then self.file:close() end
  self.file = false
end

local unknown = core.index "a journal"

Journal.__index = function(_, name) return methods[name] or unknown(methods, name) end
Journal.__name = "twilio.journal"
Journal.__tostring = function(self) return ("twilio.journal of %d entries: %s"):format(#self.keys, self.path) end

setmetatable(journal, { __index = core.index "twilio.journal" })

return journal
