--- Iterators over all records of a list. An iterator holds at most two pages at a time.

local core = require "twilio.core"
core.keep(...)
local send = require "twilio.send"
local waiting = require "twilio.waiting"

local iterator = {}

-- Fields of an iterator. The value of an absent field is `false`, because reading a nil field
-- raises an error here. Only `error`, which programs read, may be nil.
--   resource       the resource whose list is read
--   left           the number of records that the limit still allows
--   prefetch       the number of the first page after which the next page is requested early, or
--                  false
--   first_request  the request of the first page, until it is sent
--   page           the request whose response is the current page
--   index          the number of the current record on the current page
--   count          the number of records on the current page
--   link           the link to the next page
--   next_request   the request of the next page, once it is sent
--   is_prefetched  next_request was sent early, and no caller has waited for it yet
--   page_count     the number of pages that were read
--   seen_link      for is_cycle: the stored link
--   seen_at        for is_cycle: the page_count at which another link is stored
--   message, error   the failure that ended the iterator
local Iterator = { __name = "twilio.iterator" }
Iterator.__index = setmetatable(Iterator, { __index = core.index("an iterator", "error") })

-- Ends the iterator and frees what it holds.
local function release_page(self)
  if self.page then self.page:release() end
  if self.next_request then self.next_request:give_up() end -- prevents a retry by another coroutine
  self.first_request, self.page, self.next_request, self.is_prefetched, self.link = false, false, false, false, false
  self.index, self.count = 0, 0
end

--- Raises unless the method `close` was called with an iterator of this class.
function iterator.check_self(self, class)
  if getmetatable(self) ~= class then core.misuse "call 'close' on an iterator, with ':'" end
end

--- it:close(): frees the current page and cancels the request in flight.
-- On Lua 5.4 a for loop that is left early closes its iterator. On other Luas the garbage
-- collector does so.
function Iterator:close()
  iterator.check_self(self, Iterator)
  release_page(self)
  self.left = 0
end

Iterator.__close = Iterator.close

function iterator.tostring(self)
  return "twilio.iterator " .. tostring(self.resource):gsub("^twilio%.resource ", "")
end

Iterator.__tostring = iterator.tostring

local function fail_iteration(self, message, err)
  release_page(self)
  self.message, self.error = message, err
  return nil, message, err
end

-- ---- pages ----

-- Returns whether the iterator has changed since it had read `page_count` pages: it has read a
-- page, reached its end or failed. Another coroutine or a finalizer may use the same iterator while
-- a function below waits or allocates.
local function has_moved(self, page_count)
  -- Not `self.error`: reading that absent field calls a C function, in which finalizers may run.
  return self.page_count ~= page_count or self.left <= 0 or self.message
end

-- What a function returns after has_moved: true when there may be records; or nil, message, err.
local function after_move(self)
  if self.message then return nil, self.message, self.error end
  return true
end

-- Starts the request of the next page, and returns the request; or returns nil at the end. The
-- request stays in next_request until its response is read. If a wait function or transport raises,
-- the next call of the iterator therefore continues with this request. Without next_request the
-- iterator would end as if the list were complete.
local function start_next_page(self)
  if self.next_request then return self.next_request end
  local page_count = self.page_count
  local request = self.first_request or self.link and self.page:follow(self.link)
  if not request then return nil end
  if self.first_request then request:start_clock() end -- the deadline counts from now
  if not self.next_request and not has_moved(self, page_count) then send.start(request) end
  if not self.next_request and not has_moved(self, page_count) then self.first_request, self.next_request = false, request end
  return self.next_request
end

-- Returns whether the links to the next page form a cycle (Brent's algorithm). The links of pages
-- 1, 2, 4, 8, … are stored, one at a time. A cycle leads back to the stored link.
local function is_cycle(self)
  if not self.link then return false end
  if self.link == self.seen_link then return true end
  if self.page_count == self.seen_at then self.seen_link, self.seen_at = self.link, 2 * self.seen_at end
  return false
end

-- Called before waiting for a page. Returns whether the page was prefetched and its request was
-- done before any caller waited for it.
local function was_done_early(self, request)
  if not self.is_prefetched then return false end
  self.is_prefetched = false
  request:start_clock()
  waiting.step(waiting.engine_of(request:hooks()))
  return request:done()
end

-- Many loops end within the first page. The default is therefore to prefetch from page 2 on.
local function wants_prefetch(self)
  return self.link and self.prefetch and self.page_count >= self.prefetch and self.left > self.count
end

local function prefetch_page(self)
  local page_count = self.page_count
  local request = self.page:follow(self.link)
  if self.next_request or has_moved(self, page_count) then return end
  self.next_request, self.is_prefetched = request, true
  send.start(request)
end

-- Makes the next page the current one. Returns true, or nil at the end, or nil, message, err.
local function next_page(self)
  local page_count = self.page_count
  local request = start_next_page(self)
  if has_moved(self, page_count) then return after_move(self) end
  if not request then return release_page(self) end
  -- The page is taken away first: a finalizer that runs within release_page() may load the next page.
  local page = self.page
  self.page, self.index, self.count = false, 0, 0
  if page then page:release() end
  local was_done = was_done_early(self, request)
  send.finish(request)
  if self.next_request ~= request then return after_move(self) end
  local ok, message, err = request:check()
  local count, link = ok and request:count(), ok and request:link()
  if self.next_request ~= request then return after_move(self) end
  if not ok and was_done and err.kind == "timeout" and err.attempts == 1 then
    -- The engine was not stepped while the loop's body ran, and the prefetched request timed out.
    -- The caller is waiting now, so the page is requested again.
    local again = request:follow(self.link)
    if self.next_request ~= request then return after_move(self) end
    self.next_request = again
    send.start(again)
    return next_page(self)
  end
  self.next_request = false
  if not ok then return fail_iteration(self, message, err) end
  self.page, self.count, self.link, self.page_count = request, count, link or false, self.page_count + 1
  if is_cycle(self) then
    local _, problem, cycle = request:fail("decode", "the links to the next page form a cycle")
    return fail_iteration(self, problem, cycle)
  end
  if wants_prefetch(self) then prefetch_page(self) end
  return true
end

-- ---- records ----

-- Returns the next record; nil at the end; nil, message, err on failure.
function Iterator:advance()
  if self.message then return nil, self.message, self.error end
  while self.left > 0 and self.index >= self.count do
    local more, message, err = next_page(self)
    if not more then return nil, message, err end
  end
  if self.left <= 0 then return release_page(self) end -- another coroutine took the last record
  local page, index = self.page, self.index + 1
  self.index, self.left = index, self.left - 1
  if self.next_request and index % 64 == 0 then waiting.step(waiting.engine_of(self.next_request:hooks())) end
  return page:record(index)
end

--- Returns whether the next record is on another page, or does not exist.
function Iterator:is_at_page_end()
  return self.left <= 0 or self.index >= self.count
end

function iterator.call(self)
  local record, message = self:advance()
  if message then error(message, 2) end
  return record
end

Iterator.__call = iterator.call

--- Returns an iterator over the list of a resource. Its first request is not sent yet.
-- `verb` is "iter" or "count". The verb's arguments follow: SIDs, parameters, options.
function iterator.new(resource, verb, ...)
  local request, limit, prefetch = core.request(resource, verb, ...)
  return setmetatable({
    resource = resource,
    first_request = request,
    page = false,
    link = false,
    next_request = false,
    is_prefetched = false,
    seen_link = false,
    message = false,
    left = limit or math.huge,
    prefetch = prefetch == nil and 2 or prefetch and 1,
    page_count = 0,
    seen_at = 1,
    index = 0,
    count = 0,
  }, Iterator)
end

-- ---- counting ----

-- Adds up the record counts of the remaining pages. If a page has the total of all pages, returns
-- the total.
local function add_up(self)
  local n = 0
  while self.left > 0 do
    local more, message, err = next_page(self)
    if message then return nil, message, err end
    if not more then break end
    local total = self.page:total()
    if total then return total end
    n, self.left = n + self.count, self.left - self.count
  end
  return n
end

--- Counts the records that the iterator still has, without creating any record.
-- Returns a number; or nil, message, err.
function iterator.count_rest(self)
  local limit = self.left
  local n, message, err
  for _ in send.once, nil, nil, self do n, message, err = add_up(self) end -- see send.result
  self:close()
  if message then return nil, message, err end
  return math.min(n, limit)
end

-- ---- the verbs ----

-- twilio.lists is loaded when it is needed, because few programs read a list of lists.
local function lists_module()
  return require "twilio.lists"
end

--- Returns an iterator over all records of a list, or of a list of lists.
function iterator.over(resource, ...)
  if core.fan(resource, ...) then return lists_module().new(resource, core.fan(resource, ...)) end
  return iterator.new(resource, "iter", ...)
end

--- resource:iter(SIDs…, params, options): `for record in client.calls:iter{ status = … } do`.
-- Options, which may also be given in params:
--   limit     the largest number of records
--   prefetch  false: never request a page early. true: request every page early. By default pages
--             are requested early once the second page is reached.
-- Without the parameter page_size, the page size is the limit, but at most Twilio's maximum.
-- On failure the iterator raises the message, and its field `error` is the error table.
-- Returns the iterator, nil, nil and the iterator again. Lua 5.4 closes this fourth value after the
-- loop.
function iterator.iter(resource, ...)
  local self = iterator.over(resource, ...)
  return self, nil, nil, self
end

--- resource:count(SIDs…, params, options): the number of records.
-- Returns a number; or nil, message, err.
function iterator.count(resource, ...)
  if core.fan(resource, ...) then return lists_module().count(iterator.over(resource, ...)) end
  return iterator.count_rest(iterator.new(resource, "count", ...))
end

return iterator
