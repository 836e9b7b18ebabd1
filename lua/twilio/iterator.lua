--- Walking all pages of a list, holding one or two of them at a time.

local core = require "twilio.core"
core.keep(...)
local send = require "twilio.send"
local waiting = require "twilio.waiting"

local iterator = {}

-- Fields of a walk: page (the request whose answer is read), index and count
-- (in it), left (of the limit), link (to the next page), first (the request of
-- the first page, not yet sent), ahead (the next page's, in flight), early
-- (it was asked for before anybody wanted it, and nobody has yet), pages (read so far), mark
-- and mark_at (against links that go in circles), message and error (of the
-- failure).
local Walk = { __name = "twilio.iterator" }
-- Reading a field that is nil would raise here. Fields that a walk does not have yet are therefore
-- false; only `error`, which programs read, is nil.
Walk.__index = setmetatable(Walk, { __index = core.index("an iterator", "error") })

-- Nothing more will come, and nothing is held.
local function release(self)
  if self.page then self.page:release() end
  if self.ahead then self.ahead:give_up() end -- whether it is in flight or somebody waits to send it (again)
  self.first, self.page, self.ahead, self.early, self.link = false, false, false, false, false
  self.index, self.count = 0, 0
end

function iterator.check_self(self, class)
  if getmetatable(self) ~= class then core.misuse "call 'close' on an iterator, with ':'" end
end

--- it:close(): drops the page and what is in flight. A loop that is left early
-- does it by itself on Lua 5.4; elsewhere the collector does.
function Walk:close()
  iterator.check_self(self, Walk)
  release(self)
  self.left = 0
end

Walk.__close = Walk.close

function iterator.tostring(self)
  return "twilio.iterator " .. tostring(self.place):gsub("^twilio%.resource ", "")
end

Walk.__tostring = iterator.tostring

local function fail(self, message, err)
  release(self)
  self.message, self.error = message, err
  return nil, message, err
end

-- Whether the walk is not any more where it was when it had read so many pages. Another coroutine, or a finalizer that
-- runs in the middle of the functions below, may use the same walk.
local function is_moved(self, pages)
  return self.pages ~= pages or self.left <= 0 or self.error
end

-- The request of the next page, started; nil when there is none. It stays the
-- walk's until its answer is there: when a wait or a transport raises, the next
-- call goes on with it and the walk does not end as if it were complete.
local function next_request(self)
  if self.ahead then return self.ahead end
  local pages = self.pages
  local request = self.first or self.link and self.page:follow(self.link)
  if not request then return nil end
  if self.first then request:start_clock() end -- perhaps the walk was made long ago
  if not self.ahead and not is_moved(self, pages) then send.start(request) end
  if not self.ahead and not is_moved(self, pages) then self.first, self.ahead = false, request end
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

-- For the first who wants the page: whether it was asked for early and is there, or its request has failed, before anybody
-- waited for it.
local function was_over(self, request)
  if not self.early then return false end
  self.early = false
  request:start_clock()
  waiting.step(waiting.engine_of(request:hooks()))
  return request:done()
end

-- The walk was moved on by somebody else. Returns true when there may be records, or nil, message, err.
local function moved(self)
  if self.error then return nil, self.message, self.error end
  return true
end

-- Makes the next page the current one. Returns true, or nil at the end, or nil, message, err.
local function turn(self)
  local pages = self.pages
  local request = next_request(self)
  if is_moved(self, pages) then return moved(self) end
  if not request then return release(self) end
  if self.page then self.page:release() end
  self.page, self.index, self.count = false, 0, 0
  local over = was_over(self, request)
  send.finish(request)
  if self.ahead ~= request then return moved(self) end
  local ok, message, err = request:check()
  local count, link = ok and request:count(), ok and request:link()
  if self.ahead ~= request then return moved(self) end
  if not ok and over and err.kind == "timeout" and err.attempts == 1 then
    -- nobody saw to it while the loop was at work: its time begins now
    local again = request:follow(self.link)
    if self.ahead ~= request then return moved(self) end
    self.ahead = again
    send.start(again)
    return turn(self)
  end
  self.ahead = false
  if not ok then return fail(self, message, err) end
  self.page, self.count, self.link, self.pages = request, count, link or false, self.pages + 1
  if goes_in_circles(self) then
    local _, problem, circle = request:fail("decode", "the links to the next page go in circles")
    return fail(self, problem, circle)
  end
  -- many loops end on the first page: only the second shows that more are wanted
  if self.link and self.prefetch and self.pages >= self.prefetch and self.left > self.count then
    pages = self.pages
    local ahead = request:follow(self.link)
    if not self.ahead and not is_moved(self, pages) then
      self.ahead, self.early = ahead, true
      send.start(ahead)
    end
  end
  return true
end

-- The next record; nil at the end; nil, message, err on failure.
function Walk:advance()
  if self.message then return nil, self.message, self.error end
  while self.left > 0 and self.index >= self.count do
    local more, message, err = turn(self)
    if not more then return nil, message, err end
  end
  if self.left <= 0 then return release(self) end -- perhaps another coroutine took the last while this one waited
  local page, index = self.page, self.index + 1
  self.index, self.left = index, self.left - 1
  if self.ahead and index % 64 == 0 then waiting.step(waiting.engine_of(self.ahead:hooks())) end
  return page:record(index)
end

function iterator.call(self)
  local record, message = self:advance()
  if message then error(message, 2) end
  return record
end

Walk.__call = iterator.call

--- A walk over the list of a place, not yet begun. The verb is `iter` or `count`; the verb's arguments follow it:
-- SIDs, parameters, options.
function iterator.new(place, verb, ...)
  local request, limit, prefetch = core.request(place, verb, ...)
  return setmetatable({
    place = place,
    first = request,
    page = false,
    link = false,
    ahead = false,
    early = false,
    mark = false,
    message = false,
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

--- How many records the walk still has, without making any. Returns a number; or nil, message, err.
function iterator.count_rest(walk)
  local limit = walk.left
  local n, message, err
  for _ in send.once, nil, nil, walk do n, message, err = add_up(walk) end -- see send.result
  walk:close()
  if message then return nil, message, err end
  return math.min(n, limit)
end

-- Few programs walk lists of lists: the module for them is loaded when one does.
local function lists()
  return require "twilio.lists"
end

--- A walk over all records of a list, not yet begun; see iterator.iter.
function iterator.walk(place, ...)
  if core.fan(place, ...) then return lists().new(place, core.fan(place, ...)) end
  return iterator.new(place, "iter", ...)
end

--- resource:iter(SIDs…, params, options): `for record in client.calls:iter{ status = … } do`.
-- Options, also among the parameters: limit (records), prefetch (false, or true
-- for all pages; by default from the second page on). Without a page_size the
-- pages are as large as the limit or Twilio allows.
-- Raises the failure's message; its table is then in the iterator's `error`.
-- Returns the iterator and, for the generic for of Lua 5.4, what closes it.
function iterator.iter(place, ...)
  local walk = iterator.walk(place, ...)
  return walk, nil, nil, walk
end

--- resource:count(SIDs…, params, options): how many records there are.
-- Returns a number; or nil, message, err.
function iterator.count(place, ...)
  if core.fan(place, ...) then return lists().count(iterator.walk(place, ...)) end
  return iterator.count_rest(iterator.new(place, "count", ...))
end

return iterator
