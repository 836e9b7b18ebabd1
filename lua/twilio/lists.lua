--- Walking the lists of several records, one after the other, as if they were one: the transcriptions of a call are those
-- of its recordings.

local core = require "twilio.core"
core.keep(...)
local iterator = require "twilio.iterator"

local lists = {}

-- Fields: outer (the walk over the records), records (of it, whose lists come
-- next: more than one where several coroutines waited for the first), inner (the
-- walk over the list that is read), name (of the lists), params and options (of
-- them), left, message, error.
local Fan = { __name = "twilio.iterator", __call = iterator.call, __tostring = iterator.tostring }
-- Fields that a walk does not have yet are false: see twilio.iterator.
Fan.__index = setmetatable(Fan, { __index = core.index("an iterator", "error") })

--- it:close(), as of the other iterators.
function Fan:close()
  iterator.check_self(self, Fan)
  self.outer:close()
  if self.inner then self.inner:close() end
  self.left, self.records, self.inner = 0, {}, false
end

Fan.__close = Fan.close

local function fail(self, message, err)
  self:close()
  self.message, self.error = message, err
  return nil, message, err
end

local function list_of(self, record, verb)
  self.options.limit = self.left < math.huge and self.left or nil
  return iterator.new(record[self.name], verb, self.params, self.options)
end

-- The walk over the list that is read; nil when the record of the next one is not there yet.
local function current(self)
  if not self.inner and self.records[1] then
    self.inner = list_of(self, self.records[1], "iter")
    table.remove(self.records, 1)
  end
  return self.inner
end

-- The next record of `outer` is there, or it has none. Returns whether there is a list to go on with; or nil, message, err.
local function fetch_next(self)
  local record, message, err = self.outer:advance()
  if message then return nil, message, err end
  self.records[#self.records + 1] = record
  return self.inner ~= false or self.records[1] ~= nil
end

--- The next record; nil at the end; nil, message, err on failure.
-- While one coroutine waits here another one may go on, to the next list or to the end.
function Fan:advance()
  while self.left > 0 do
    local inner = current(self)
    local found, message, err
    if inner then found, message, err = inner:advance() else found, message, err = fetch_next(self) end
    if message then return fail(self, message, err) end
    if inner and found then
      self.left = self.left - 1
      return found
    end
    if inner and self.inner == inner then self.inner = false end
    if not inner and not found then break end
  end
  if self.message then return nil, self.message, self.error end
  self:close()
  return nil
end

local function copy_of(options)
  local copy = {}
  for name, value in pairs(options or {}) do copy[name] = value end
  return copy
end

--- A walk over the lists `name` of the records of `outer`, not yet begun. What follows `place` is from core.fan.
function lists.new(place, outer, outer_params, name, params, options, ...)
  -- the inner lists come later, but what is wrong with their parameters is this caller's mistake: ask for one that is not sent
  local _, limit, prefetch = core.request(outer("-")[name], "iter", params, options, ...)
  params, options = copy_of(params), copy_of(options)
  params.limit, params.prefetch = nil, nil
  options.limit, options.prefetch = nil, prefetch
  local outer_options = copy_of(options)
  outer_options.extra = nil
  return setmetatable({
    place = place,
    outer = iterator.new(outer, "iter", outer_params, outer_options),
    name = name,
    params = params,
    options = options,
    records = {},
    inner = false,
    message = false,
    left = limit or math.huge,
  }, Fan)
end

--- How many records the lists have. Returns a number; or nil, message, err.
function lists.count(fan)
  local n = 0
  while fan.left > 0 do
    local more = 0
    local record, message, err = fan.outer:advance()
    if record then more, message, err = iterator.count_rest(list_of(fan, record, "count")) end
    if message then return fail(fan, message, err) end
    if not record then break end
    n, fan.left = n + more, fan.left - more
  end
  fan:close()
  return n
end

return lists
