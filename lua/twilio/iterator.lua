--- Walking all pages of a list, holding one or two of them at a time.

local core = require "twilio.core"
local send = require "twilio.send"
local wait = require "twilio.wait"

local iterator = {}

-- Fields of a walk: page (the request whose answer is read), index and count
-- (in it), left (of the limit), link (to the next page), first (the request of
-- the first page, not yet sent), ahead (the next page's, in flight), pages (read
-- so far), mark and mark_at (against links that go in circles), message and
-- error (of the failure).
local Walk = { __name = "twilio.iterator" }
Walk.__index = Walk

-- Nothing more will come, and nothing is held.
local function release(self)
  if self.page then self.page:release() end
  if self.ahead then self.ahead:hooks()[2]:cancel(self.ahead) end
  self.first, self.page, self.ahead, self.link = nil, nil, nil, nil
  self.index, self.count = 0, 0
end

--- it:close(): drops the page and what is in flight. A loop that is left early
-- does it by itself on Lua 5.4; elsewhere the collector does.
function Walk:close()
  release(self)
  self.left = 0
end

Walk.__close = Walk.close

function Walk:__tostring()
  return "twilio.iterator " .. tostring(self.place):gsub("^twilio%.resource ", "")
end

local function fail(self, message, err)
  release(self)
  self.message, self.error = message, err
  return nil, message, err
end

-- The request of the next page, started; nil when there is none. It stays the
-- walk's until its answer is there: when a wait or a transport raises, the next
-- call goes on with it and the walk does not end as if it were complete.
local function next_request(self)
  if not self.ahead then
    local request = self.first or self.link and self.page:follow(self.link)
    if not request then return nil end
    send.start(request)
    self.first, self.ahead = nil, request
  end
  return self.ahead
end

-- Every so many pages, twice as many each time, the link to the next one is
-- remembered; in a circle it is met again.
local function goes_in_circles(self)
  if not self.link then return false end
  if self.link == self.mark then return true end
  if self.pages == self.mark_at then self.mark, self.mark_at = self.link, 2 * self.mark_at end
  return false
end

-- Makes the next page the current one. Returns true, or nil at the end, or nil, message, err.
local function turn(self)
  local request = next_request(self)
  if not request then return release(self) end
  if self.page then self.page:release() end
  self.page, self.index, self.count = nil, 0, 0
  send.finish(request)
  if self.ahead ~= request then -- another coroutine waited for the same page and was the first to go on
    if self.error then return nil, self.message, self.error end
    return true
  end
  self.ahead = nil
  local ok, message, err = request:check()
  if not ok then return fail(self, message, err) end
  self.page, self.count, self.link, self.pages = request, request:count(), request:link(), self.pages + 1
  if goes_in_circles(self) then
    local _, problem, circle = request:fail("decode", "the links to the next page go in circles")
    return fail(self, problem, circle)
  end
  -- many loops end on the first page: only the second shows that more are wanted
  if self.link and self.prefetch and self.pages >= self.prefetch and self.left > self.count then
    self.ahead = request:follow(self.link)
    send.start(self.ahead)
  end
  return true
end

-- The next record; nil at the end; nil, message, err on failure.
function Walk:advance()
  if self.error then return nil, self.message, self.error end
  if self.left <= 0 then return release(self) end
  while self.index >= self.count do
    local more, message, err = turn(self)
    if not more then return nil, message, err end
  end
  self.index, self.left = self.index + 1, self.left - 1
  if self.ahead and self.index % 64 == 0 then wait.step(self.ahead:hooks()[2]) end
  return self.page:record(self.index)
end

function Walk:__call()
  local record, message = self:advance()
  if message then error(message, 2) end
  return record
end

local function new_walk(place, verb, params, options)
  local request, limit, prefetch = core.request(place, verb, params, options)
  return setmetatable({
    place = place,
    first = request,
    left = limit or math.huge,
    prefetch = prefetch == nil and 2 or prefetch and 1,
    pages = 0,
    mark_at = 1,
    index = 0,
    count = 0,
  }, Walk)
end

-- Adds up the records of the pages that are left, or takes the total of one of them.
local function add_up(walk)
  local n = 0
  while walk.left > 0 do
    local more, message, err = turn(walk)
    if message then return nil, message, err end
    if not more then break end
    local total = walk.page:total()
    if total then return total end
    n, walk.left = n + walk.count, walk.left - walk.count
  end
  return n
end

-- How many records the walk still has, without making any. Returns a number; or nil, message, err.
local function count_rest(walk)
  local limit = walk.left
  local n, message, err
  for _ in send.once, nil, nil, walk do n, message, err = add_up(walk) end -- see send.result
  walk:close()
  if message then return nil, message, err end
  return math.min(n, limit)
end

-- Lists that are those of other records: the inner lists one after the other.
-- Its fields: outer (the walk over these records), record (the one whose list
-- is read), inner (the walk over that), name (of the inner list), params and
-- options (of the inner lists), left, message, error.
local Fan = { __name = "twilio.iterator", __call = Walk.__call, __tostring = Walk.__tostring }
Fan.__index = Fan

function Fan:close()
  self.outer:close()
  if self.inner then self.inner:close() end
  self.left, self.record, self.inner = 0, nil, nil
end

Fan.__close = Fan.close

local function fail_fan(self, message, err)
  self:close()
  self.message, self.error = message, err
  return nil, message, err
end

-- The walk over the list of the next record; nil at the end; nil, message, err on failure.
local function next_inner(self, verb)
  if not self.record then
    local record, message, err = self.outer:advance()
    if not record then return nil, message, err end
    self.record = record
  end
  self.options.limit = self.left < math.huge and self.left or nil
  local inner = new_walk(self.record[self.name], verb, self.params, self.options)
  self.record = nil
  return inner
end

function Fan:advance()
  if self.error then return nil, self.message, self.error end
  while self.left > 0 do
    local record, message, err
    if not self.inner then
      self.inner, message, err = next_inner(self, "iter")
      if message then return fail_fan(self, message, err) end
      if not self.inner then break end
    end
    record, message, err = self.inner:advance()
    if message then return fail_fan(self, message, err) end
    if record then
      self.left = self.left - 1
      return record
    end
    self.inner = nil
  end
  self:close()
  return nil
end

local function copy_of(options)
  local copy = {}
  for name, value in pairs(options or {}) do copy[name] = value end
  return copy
end

local function new_fan(place, params, options, outer, outer_params, name)
  -- the inner lists come later, but what is wrong with their parameters is this caller's mistake: ask for one that is not sent
  local _, limit, prefetch = core.request(outer("-")[name], "iter", params, options)
  params, options = copy_of(params), copy_of(options)
  params.limit, params.prefetch = nil, nil
  options.limit, options.prefetch = nil, prefetch
  local outer_options = copy_of(options)
  outer_options.extra = nil
  return setmetatable({
    place = place,
    outer = new_walk(outer, "iter", outer_params, outer_options),
    name = name,
    params = params,
    options = options,
    left = limit or math.huge,
  }, Fan)
end

local function count_fan(fan)
  local n = 0
  while fan.left > 0 do
    local inner, message, err = next_inner(fan, "count")
    local more = 0
    if inner then more, message, err = count_rest(inner) end
    if message then
      fan:close()
      return nil, message, err
    end
    if not inner then break end
    n, fan.left = n + more, fan.left - more
  end
  fan:close()
  return n
end

--- A walk over all records of a list, not yet begun; see iterator.iter.
function iterator.walk(place, params, options, ...)
  local outer, outer_params, name, rest = core.fan(place, params)
  if outer then return new_fan(place, rest, options, outer, outer_params, name) end
  return new_walk(place, "iter", params, options, ...)
end

--- resource:iter(params, options): `for record in client.calls:iter{ status = … } do`.
-- Options, also among the parameters: limit (records), prefetch (false, or true
-- for all pages; by default from the second page on). Without a page_size the
-- pages are as large as the limit or Twilio allows.
-- Raises the failure's message; its table is then in the iterator's `error`.
-- Returns the iterator and, for the generic for of Lua 5.4, what closes it.
function iterator.iter(place, ...)
  local walk = iterator.walk(place, ...)
  return walk, nil, nil, walk
end

--- resource:count(params, options): how many records there are.
-- Returns a number; or nil, message, err.
function iterator.count(place, ...)
  if core.fan(place, (...)) then return count_fan(iterator.walk(place, ...)) end
  return count_rest(new_walk(place, "count", ...))
end

return iterator
