--- Lists of lists, read as one list. The transcriptions of a call, for example, are the
-- transcriptions of its recordings.

local core = require "twilio.core"
core.keep(...)
local iterator = require "twilio.iterator"

local lists = {}

-- Fields of a nested iterator. The value of an absent field is `false`, as in twilio.iterator.
--   resource         the list of lists
--   outer            the iterator over the records that have the lists
--   records          the records of `outer` with the lists that are read next. There are several if
--                    several coroutines waited for the next record at the same time.
--   inner            the iterator over the current list
--   name             the name under which a record of `outer` has its list
--   params, options  the parameters and options for each list
--   left             the number of records that the limit still allows
--   message, error   the failure that ended the iterator
local Nested = { __name = "twilio.iterator", __call = iterator.call, __tostring = iterator.tostring }
Nested.__index = setmetatable(Nested, { __index = core.index("an iterator", "error") })

--- it:close(): see twilio.iterator.
function Nested:close()
  iterator.check_self(self, Nested)
  self.outer:close()
  if self.inner then self.inner:close() end
  self.left, self.records, self.inner = 0, {}, false
end

Nested.__close = Nested.close

local function fail_nested(self, message, err)
  self:close()
  self.message, self.error = message, err
  return nil, message, err
end

local function list_of_record(self, record, verb)
  self.options.limit = self.left < math.huge and self.left or nil
  return iterator.new(record[self.name], verb, self.params, self.options)
end

-- Returns the iterator over the current list, or a false value if the next record
-- has not been fetched.
local function current_list(self)
  if not self.inner and self.records[1] then
    self.inner = list_of_record(self, self.records[1], "iter")
    table.remove(self.records, 1)
  end
  return self.inner
end

-- Fetches the next record of `outer`. Returns whether there is a list to read; or nil, message,
-- err.
local function fetch_record(self)
  local record, message, err = self.outer:advance()
  if message then return nil, message, err end
  self.records[#self.records + 1] = record
  return self.inner ~= false or self.records[1] ~= nil
end

--- Returns the next record; nil at the end; nil, message, err on failure.
-- While one coroutine waits here, another coroutine may move the iterator to the next list or to
-- the end.
function Nested:advance()
  while self.left > 0 do
    local inner = current_list(self)
    local found, message, err
    if inner then found, message, err = inner:advance() else found, message, err = fetch_record(self) end
    if message then return fail_nested(self, message, err) end
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

--- Returns whether the next record is on another page, or does not exist.
function Nested:is_at_page_end()
  return not self.inner or self.inner:is_at_page_end()
end

local function copy_of(options)
  local copy = {}
  for name, value in pairs(options or {}) do copy[name] = value end
  return copy
end

--- Returns an iterator over the lists `name` of the records of `outer`. No request is sent yet.
-- The arguments after `resource` are those that core.fan returns.
function lists.new(resource, outer, outer_params, name, params, options, ...)
  -- The lists are requested later, but a wrong parameter must raise in this call. The request that
  -- is created here checks the parameters. It is never sent.
  local _, limit, prefetch = core.request(outer("-")[name], "iter", params, options, ...)
  params, options = copy_of(params), copy_of(options)
  params.limit, params.prefetch = nil, nil
  options.limit, options.prefetch = nil, prefetch
  local outer_options = copy_of(options)
  outer_options.extra = nil
  return setmetatable({
    resource = resource,
    outer = iterator.new(outer, "iter", outer_params, outer_options),
    name = name,
    params = params,
    options = options,
    records = {},
    inner = false,
    message = false,
    left = limit or math.huge,
  }, Nested)
end

--- Counts the records of all lists. Returns a number; or nil, message, err.
function lists.count(self)
  local n = 0
  while self.left > 0 do
    local more = 0
    local record, message, err = self.outer:advance()
    if record then more, message, err = iterator.count_rest(list_of_record(self, record, "count")) end
    if message then return fail_nested(self, message, err) end
    if not record then break end
    n, self.left = n + more, self.left - more
  end
  self:close()
  return n
end

return lists
