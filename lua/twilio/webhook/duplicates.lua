--- Recognises requests that Twilio has sent again.
--
-- All attempts of one webhook have the same header I-Twilio-Idempotency-Token. The tokens are kept
-- in memory of a limited size: in a table of this Lua state, or in a shared dictionary of nginx,
-- which all workers use.

local core = require "twilio.core"
core.keep(...)

local duplicates = {}

local MAX_TOKEN = 256 -- bytes. A longer token is not one of Twilio's.

local Duplicates = {}
Duplicates.__index = Duplicates
setmetatable(Duplicates, { __index = core.index "the result of twilio.webhook.duplicates" })

-- ---- a table ----

-- `ring` has the tokens in the order of their arrival. A new token replaces the oldest one. `slot` maps
-- a token to its place in the ring, and `time` maps a token to the time of its arrival.
local function new_table(size, ttl)
  local ring, slot, time, last = {}, {}, {}, 0
  local self = {}

  function self.add(token)
    local now = core.now()
    if slot[token] and now - time[token] < ttl then return false end
    last = last % size + 1
    local oldest = ring[last]
    if oldest and slot[oldest] == last then slot[oldest], time[oldest] = nil, nil end
    ring[last], slot[token], time[token] = token, last, now
    return true
  end

  function self.remove(token) slot[token], time[token] = nil, nil end

  return self
end

-- ---- a shared dictionary of nginx ----

local function new_shared(dictionary, ttl)
  local prefix = "twilio.webhook:"
  local self = {}
  -- `add` removes the least recently used entries if the dictionary is full.
  function self.add(token)
    local added, problem = dictionary:add(prefix .. token, true, ttl)
    return added or problem ~= "exists"
  end
  function self.remove(token) dictionary:delete(prefix .. token) end
  return self
end

-- ---- methods ----

--- duplicates:seen(token): remembers a token. Returns whether the token was remembered already.
-- Returns false for nil, which means that the header is missing, and for a malformed token.
function Duplicates:seen(token)
  if type(token) ~= "string" or token == "" or #token > MAX_TOKEN then return false end
  return not self.store.add(token)
end

--- duplicates:forget(token): forgets a token, so that the next attempt is not a duplicate. Call
-- `forget` if the program has failed to handle the event.
function Duplicates:forget(token)
  if type(token) == "string" then self.store.remove(token) end
end

-- ---- options ----

local OPTIONS = setmetatable({ size = true, ttl = true, dictionary = true }, { __index = core.index "the table of twilio.webhook.duplicates" })

local function number(options, name, default, least)
  local value = options[name] == nil and default or options[name]
  if type(value) ~= "number" or not (value >= least and value < 2 ^ 31) then core.misuse(("%s must be a number, at least %d"):format(name, least)) end
  return value
end

local function is_dictionary(value)
  if type(value) ~= "table" and type(value) ~= "userdata" then return false end
  return type(value.add) == "function" and type(value.delete) == "function"
end

--- twilio.webhook.duplicates{ size = 10000, ttl = 86400, dictionary = ngx.shared.name }
-- `size` is the largest number of remembered tokens. `ttl` is the number of seconds for which a token is
-- remembered. With `dictionary`, the size of the dictionary limits the number of tokens.
function duplicates.new(options)
  if options ~= nil and type(options) ~= "table" then core.misuse("twilio.webhook.duplicates takes a table of options") end
  options = options or {}
  for name in pairs(options) do
    if not OPTIONS[name] then core.misuse "the names of options are strings" end
  end
  local ttl, dictionary = number(options, "ttl", 86400, 0), options.dictionary
  if dictionary == nil then
    return setmetatable({ store = new_table(math.floor(number(options, "size", 10000, 1)), ttl) }, Duplicates)
  end
  if not is_dictionary(dictionary) then core.misuse "dictionary must be a shared dictionary of nginx, ngx.shared.name" end
  if options.size ~= nil then core.misuse "pass size or dictionary, not both: nginx.conf sets the size of a dictionary" end
  return setmetatable({ store = new_shared(dictionary, ttl) }, Duplicates)
end

--- Whether the value is a result of duplicates.new.
function duplicates.is(value) return getmetatable(value) == Duplicates end

return duplicates
