--- Walking all pages of a list, holding one or two of them at a time.

local core = require "twilio.core"
local send = require "twilio.send"

local iterator = {}

-- Fields of a walk: page (the request whose answer is read), index and count
-- (in it), left (of the limit), link (to the next page), ahead (the next page's
-- request, in flight), pages (read so far), error (of the failure).
local Walk = { __name = "twilio.iterator" }
Walk.__index = Walk

local function release(self)
  if self.page then self.page:release() end
  if self.ahead then self.ahead:hooks()[2]:cancel(self.ahead) end
  self.page, self.ahead, self.index, self.count = nil, nil, 0, 0
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

-- The request of the next page: the first one, one that is in flight already, or a new one.
local function next_request(self)
  local request, first = self.ahead or self.first, self.first
  self.ahead, self.first = nil, nil
  if not request then request = self.page:follow(self.link) end
  if self.page then self.page:release() end
  if first or request:id() == 0 then send.start(request) end
  return request
end

-- Makes the next page the current one. Returns true, or nil at the end, or nil, message, err.
local function turn(self)
  if not self.first and not self.link then return nil end
  local request, came_by = next_request(self), self.link
  self.page, self.index, self.count, self.link = nil, 0, 0, nil
  send.finish(request)
  local ok, message, err = request:check()
  if not ok then return fail(self, message, err) end
  self.page, self.count, self.link, self.pages = request, request:count(), request:link("next"), self.pages + 1
  if self.link and self.link == came_by then
    return fail(self, request:fail("decode", "the answer names itself as its next page"))
  end
  -- many loops end on the first page: only the second shows that more are wanted
  if self.link and self.prefetch and self.pages >= self.prefetch and self.left > self.count then
    self.ahead = request:follow(self.link)
    send.start(self.ahead)
  end
  return true
end

-- The next record; nil at the end; nil, message, err on failure.
local function advance(self)
  if self.error then return nil, self.message, self.error end
  if self.left <= 0 then return release(self) end
  while self.index >= self.count do
    local more, message, err = turn(self)
    if not more then return nil, message, err end
  end
  self.index, self.left = self.index + 1, self.left - 1
  if self.ahead and self.index % 64 == 0 then self.ahead:hooks()[2]:step() end
  return self.page:record(self.index)
end

Walk.advance = advance

function Walk:__call()
  local record, message = self:advance()
  if message then error(message, 2) end
  return record
end

-- Lists that are those of other records: the inner lists one after the other.
local Fan = { __name = "twilio.iterator", __call = Walk.__call, __tostring = Walk.__tostring }
Fan.__index = Fan

function Fan:close()
  self.outer:close()
  if self.inner then self.inner:close() end
  self.left = 0
end

Fan.__close = Fan.close

function Fan:advance()
  while self.left > 0 do
    local walk = self.inner or self.outer
    local record, message, err = walk:advance()
    if message then
      self.error = err
      return nil, message, err
    end
    if record and self.inner then
      self.left = self.left - 1
      return record
    elseif record then
      self.inner = record[self.name]:iter(self.params, self.options)
    elseif self.inner then
      self.inner = nil
    else
      self.left = 0
    end
  end
  return nil
end

local function new_walk(place, verb, params, options)
  local request, limit, prefetch = core.request(place, verb, params, options)
  return setmetatable({
    place = place,
    first = request,
    left = limit or math.huge,
    prefetch = prefetch == nil and 2 or prefetch and 1,
    pages = 0,
    index = 0,
    count = 0,
  }, Walk)
end

local function without(options, ...)
  if not options then return nil end
  local copy = {}
  for name, value in pairs(options) do copy[name] = value end
  for _, name in ipairs({ ... }) do copy[name] = nil end
  return copy
end

local function new_fan(place, params, options, outer, outer_params, name)
  local limit = options and options.limit or params and params.limit
  params, options = without(params, "limit", "prefetch"), without(options, "limit", "extra")
  return setmetatable({
    place = place,
    outer = new_walk(outer, "iter", outer_params, options),
    name = name,
    params = params,
    options = options,
    left = limit or math.huge,
  }, Fan)
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
  local outer = core.fan(place, (...))
  if outer then
    local walk, n = iterator.walk(place, ...), 0
    while true do
      local record, message, err = walk:advance()
      if message then return nil, message, err end
      if not record then return n end
      n = n + 1
    end
  end
  local walk, n = new_walk(place, "count", ...), 0
  while n < walk.left do
    local more, message, err = turn(walk)
    if message then return nil, message, err end
    if not more then break end
    n = walk.page:total() or n + walk.count
    if walk.page:total() then break end
  end
  local left = walk.left
  walk:close()
  return math.min(n, left)
end

return iterator
