--- Many calls at once: each in a coroutine that is suspended while it waits.

local core = require "twilio.core"
core.keep(...)
local hosts = require "twilio.hosts"
local waiting = require "twilio.waiting"
local waiters = require "twilio.waiters"

local map = {}

-- What our coroutines yield when they sleep. Whatever else comes is the program's, and meant for its own host.
local ASLEEP = {}

-- A worker is a coroutine that takes one item after the other; it is the place
-- where calls within it wait. Its fields: crew, thread, index (of its item),
-- own (the wait function of the call that it sleeps in), asleep, turn (counts its sleeps).
local Worker = {}
Worker.__index = Worker

--- The worker as a place for calls with the wait function `own`.
function Worker:with(own)
  self.own = own
  return self
end

function Worker:sleep(engine, seconds)
  local crew = self.crew
  crew.engine, crew.own = engine, self.own or crew.own
  if crew:take_back(self) then return end
  self.asleep, self.turn = true, self.turn + 1
  if seconds < waiting.MAX_SLEEP then crew:alarm(self, core.now() + seconds) end
  coroutine.yield(ASLEEP)
end

function Worker:wake()
  if not self.asleep then return end
  local crew = self.crew
  self.asleep = false
  crew.last = crew.last + 1
  crew.awake[crew.last] = self
  if crew.sleeping and crew.sleeping.wake then crew.sleeping:wake() end
  crew.sleeping = nil
end

-- The crew of one map. Its fields: next (function: the next item, nil at the
-- end), call (the program's function), results, failures, taken (items so far),
-- workers, live and limit (how many of them there are and may be), awake (a queue
-- of workers, from first to last), alarms (by time), place (where the crew sleeps
-- as a whole), engine and own (of the last that fell asleep), sleeping (the place
-- while it does), puller (the worker that takes an item), idle (the set of those that
-- wait for it), heir (the worker that was woken or hired to take the next one), raised
-- (a worker has, since the crew last slept), thread (the crew's own), running (the worker that it has resumed), parked (the worker for
-- which it has yielded to the host).
local Crew = {}
Crew.__index = Crew

-- Most alarms come in the order of their times. Those of workers that were woken before stay until they are due.
function Crew:alarm(worker, when)
  local alarms = self.alarms
  local i = #alarms + 1
  while i > 1 and alarms[i - 1].when > when do i = i - 1 end
  table.insert(alarms, i, { when = when, worker = worker, turn = worker.turn })
end

function Crew:ring()
  local alarms, now = self.alarms, core.now()
  while alarms[1] and alarms[1].when <= now do
    local alarm = table.remove(alarms, 1)
    if alarm.worker.turn == alarm.turn then alarm.worker:wake() end
  end
end

function Crew:fail(index, failure)
  self.failures = self.failures or {}
  self.failures[index] = failure
end

function Crew:keep(index, value, message, err)
  if value then
    self.results[index] = value
  elseif message ~= nil then
    self:fail(index, { message = tostring(message), err = err })
  else
    self.results[index] = value
  end
end

-- The next item; nil at the end, or where an iterator of ours has failed.
function Crew:pull()
  local item, message, err = self.next()
  if err ~= nil then self:fail(self.taken + 1, { message = message, err = err }) end
  return item
end

-- The pulling of an item is over; without one it was the last. In this order: a debug hook may raise anywhere.
function Crew:pulled(item)
  if item ~= nil then
    self.puller.index = self.taken + 1
    self.taken = self.taken + 1
  else
    self.ended = true
  end
  self.puller = nil
  if not self.ended then return self:name_heir() end
  for idle in pairs(self.idle) do idle:wake() end
end

-- Sees to it that somebody comes for the next item. Workers are hired one by one, as there are items: the limit may be any
-- number. When there are as many as may be all are at work, and come by themselves.
function Crew:name_heir()
  if self.puller or self.heir then return end
  self.heir = next(self.idle)
  if self.heir then return self.heir:wake() end
  if self.live + 1 <= self.limit then self.heir = self:hire() end
end

-- The pulling of an item may suspend, as that of an iterator does: one at a time.
function Crew:take(worker)
  while self.puller do
    if not self:take_back(worker) then
      self.idle[worker] = true
      worker.asleep, worker.turn = true, worker.turn + 1
      coroutine.yield(ASLEEP)
      self.idle[worker] = nil
    end
  end
  if self.ended then return nil end
  self.puller = worker
  local item = self:pull()
  self:pulled(item)
  return item
end

function Crew:dismiss(worker)
  if not self.workers[worker] then return end
  self.workers[worker], self.idle[worker], waiting.workers[worker.thread] = nil, nil, nil
  self.live = self.live - 1
end

-- A host that wakes by coroutine.resume, as programs on luv do, knows the coroutine that has yielded to it, a worker's, and
-- resumes that one instead of the crew. The crew goes on when the worker has nothing more to do of its own: within it.
-- Returns whether that was so.
function Crew:take_back(worker)
  if self.running == worker then return false end
  if self.parked == worker then
    self.parked = nil
    local ok, problem = coroutine.resume(self.thread)
    if not ok then error(problem, 0) end
    return true
  end
  local place = self.sleeping
  if place and place.wake then place:wake() elseif place then self.engine:alert() end
  return false
end

local function work(worker)
  local crew = worker.crew
  while true do
    local item = crew:take(worker)
    if item == nil then break end
    crew:keep(worker.index, crew.call(item, worker.index))
    worker.index = nil
  end
  crew:dismiss(worker)
  crew:take_back(worker)
end

function Crew:hire()
  local worker = setmetatable({ crew = self, turn = 0, asleep = true }, Worker)
  worker.thread = coroutine.create(work)
  waiting.workers[worker.thread] = worker
  self.live = self.live + 1
  self.workers[worker] = true
  worker:wake()
  return worker
end

-- The worker's coroutine has raised: its item has failed, and another worker may be wanted for the next one.
function Crew:replace(worker, raised)
  local index = worker.index or self.taken + 1 -- of the item that could not be had
  if self.puller == worker and not worker.index then self:pulled(nil) end
  self:fail(index, { message = tostring(raised), raised = raised, traceback = debug.traceback(worker.thread) })
  self.raised = true
end

-- Sees to it that everybody looks around. A debug hook that raises, in a worker, in the middle of the functions above
-- leaves half done what they do: an heir that was named and not woken, a worker that counts as awake and is in no queue.
function Crew:rouse()
  self.raised, self.live = false, 0
  if self.puller and not self.workers[self.puller] then self.puller = nil end
  for worker in pairs(self.workers) do
    self.live = self.live + 1
    if worker ~= self.parked and coroutine.status(worker.thread) == "suspended" then
      worker.asleep = true
      worker:wake()
    end
  end
  self.heir = nil
  if not self.ended then self:name_heir() end
end

-- Whether this coroutine can pass on what one within it has yielded. Nothing of ours but `resume` stands between them.
local function can_pass()
  return core.can_suspend()
end

-- What a worker has yielded to somebody else goes on to the host, and what that answers comes back, unless the host has
-- resumed the worker itself.
local function answered(crew, worker, ...)
  if crew.parked ~= worker then return end
  crew.parked = nil
  return crew:run(worker, ...)
end

local function ran(crew, worker, ok, first, ...)
  crew.running = nil
  if ok and first == ASLEEP then return end
  if ok and coroutine.status(worker.thread) == "suspended" then
    if can_pass() then
      crew.parked = worker
      return answered(crew, worker, coroutine.yield(first, ...))
    end
    ok, first = false, "attempt to yield from outside a coroutine"
  end
  crew:dismiss(worker)
  if not ok then crew:replace(worker, first) end
end

-- Lets a worker run until it sleeps or ends.
function Crew:run(worker, ...)
  if self.heir == worker then self.heir = nil end
  self.running = worker
  return ran(self, worker, coroutine.resume(worker.thread, ...))
end

-- Until somebody is awake.
function Crew:sleep()
  local alarm, longest = self.alarms[1], waiting.MAX_SLEEP
  local seconds = alarm and math.max(0, math.min(alarm.when - core.now(), longest)) or longest
  local place = self.own and waiting.new_waiter(self.own) or self.place
  waiters.dispatch(self.engine)
  if self.first > self.last then
    self.sleeping = place
    place:sleep(self.engine, seconds)
    self.sleeping = nil
  end
  self:ring()
  -- no need for it is known: see waiting.MAX_SLEEP
  if seconds == longest and self.first > self.last then self:rouse() end
end

function Crew:finish()
  while next(self.workers) or self.raised do
    if self.first > self.last then
      if self.raised then self:rouse() else self:sleep() end
    end
    while self.first <= self.last do
      local worker = self.awake[self.first]
      self.awake[self.first] = nil
      self.first = self.first + 1
      if self.workers[worker] then self:run(worker, worker) end
    end
  end
  self.results.n = self.taken
  return self.results, self.failures
end

-- Where there are no coroutines one call comes after the other; where it cannot wait it says so itself.
function Crew:finish_alone()
  local function keep(index, ok, ...)
    if ok then return self:keep(index, ...) end
    self:fail(index, { message = tostring((...)), raised = (...) })
  end
  local ok, item = pcall(self.pull, self)
  while ok and item ~= nil do
    self.taken = self.taken + 1
    keep(self.taken, pcall(self.call, item, self.taken))
    ok, item = pcall(self.pull, self)
  end
  if not ok then keep(self.taken + 1, false, item) end
  self.results.n = self.taken
  return self.results, self.failures
end

local function each_of(items)
  local i = 0
  return function()
    i = i + 1
    return items[i]
  end
end

-- An iterator of ours says what has gone wrong, others raise it. Their own second values are not for us.
local function all_of(items)
  local meta = getmetatable(items)
  if type(meta) == "table" and meta.__name == "twilio.iterator" then return function() return items:advance() end end
  return function() return (items()) end
end

local function is_callable(value)
  local meta = type(value) ~= "function" and getmetatable(value)
  return type(value) == "function" or type(meta) == "table" and meta.__call ~= nil
end

--- twilio.map(items, limit, f): calls f(item, index) for every item, `limit` of
-- them at a time: while one waits for Twilio the others go on. `items` is an
-- array up to its first nil, or an iterator such as client.calls:iter().
-- Returns results and failures: results[index] is the first value that f
-- returned, results.n how many items there were; failures is nil when there are
-- none, else failures[index] is { message, err } where f returned nil, message,
-- err, and { message, raised, traceback } where it raised.
function map.map(items, limit, f)
  if not is_callable(items) and type(items) ~= "table" then
    core.misuse("twilio.map takes an array or an iterator, got " .. type(items))
  end
  if type(limit) ~= "number" or limit < 1 or limit ~= limit then core.misuse "twilio.map takes as its second argument how many may run at a time" end
  if not is_callable(f) then core.misuse("twilio.map takes a function as its third argument, got " .. type(f)) end
  local crew = setmetatable({
    next = is_callable(items) and all_of(items) or each_of(items),
    call = f,
    results = {},
    taken = 0,
    limit = limit,
    live = 0,
    workers = {},
    awake = {},
    first = 1,
    last = 0,
    alarms = {},
    idle = {},
    thread = coroutine.running(),
  }, Crew)
  if not hosts.can_create_coroutines() then return crew:finish_alone() end
  crew.place = waiting.new_waiter()
  crew:name_heir()
  return crew:finish()
end

--- twilio.all{ f1, f2, name = f3, … }: calls the functions at once. Returns their
-- results and failures like twilio.map, each under its function's key.
function map.all(functions)
  if type(functions) ~= "table" then core.misuse("twilio.all takes a table of functions, got " .. type(functions)) end
  local keys = {}
  for key, f in pairs(functions) do
    if not is_callable(f) then core.misuse("twilio.all takes a table of functions, got a " .. type(f) .. " in it") end
    keys[#keys + 1] = key
  end
  local results, failures = {}, nil
  if #keys == 0 then return results end
  local values, failed = map.map(keys, #keys, function(key) return functions[key]() end)
  for i, key in ipairs(keys) do results[key] = values[i] end
  if failed then
    failures = {}
    for i, failure in pairs(failed) do failures[keys[i]] = failure end
  end
  return results, failures
end

return map
