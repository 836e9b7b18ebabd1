--- Waiting for a request, the only place where anything waits.

local core = require "twilio.core"
core.keep(...)
local waiters = require "twilio.waiters"

local wait = {}

-- An upper bound of one wait, in seconds: no need for it is known, but a host
-- whose wait never wakes is then only slow.
wait.LONGEST = 60

-- `ready` is asked so often, in seconds.
wait.SLICE = 0.01

-- A canceller and the like are looked at so often, in seconds, where no request is in flight that they could end.
wait.GLANCE = 0.05

-- From the coroutines that twilio.map has made to the places where it keeps them.
wait.mapped = setmetatable({}, { __mode = "kv" })

-- Where nothing else can go on meanwhile.
local blocking = {}

function blocking.sleep(_, engine, seconds)
  engine:poll(seconds)
  waiters.tell(engine)
end

-- In a function of the program's.
local Own = {}
Own.__index = Own

function Own:sleep(engine, seconds)
  waiters.asleep[self] = true
  self.own(engine, math.min(seconds, engine:timeout() or seconds))
  waiters.asleep[self] = nil
  engine:step()
  waiters.tell(engine)
end

-- The module for hosts with a scheduler, of which none is ever required: a program that runs in one has it loaded.
local hosts
local function host()
  if not hosts and (package.loaded.ngx or package.loaded.cqueues) then hosts = require "twilio.hosts" end
  return hosts
end

host() -- in nginx now, not while a request waits

-- The place in a coroutine of twilio.map, when this is one that can be suspended.
local function mapped()
  local place = wait.mapped[coroutine.running() or false]
  return place and core.can_suspend() and place
end

--- The place to wait at, for calls with the wait function `own` or nil; or nil and why there is none.
function wait.place(own)
  local worker = mapped()
  if worker then return worker:with(own) end
  if own then return setmetatable({ own = own }, Own) end
  if not host() then return blocking end
  local place, problem = hosts.place()
  if problem then return nil, problem end
  return place or blocking
end

--- Why nothing can wait here, asked before anything is sent; nil: it can.
function wait.problem(own)
  return not own and host() and not mapped() and hosts.problem() or nil
end

--- Lets requests that nobody waits for go on.
function wait.step(engine)
  engine:step()
  waiters.tell(engine)
end

-- Whether the program's function `ready` lets the request go on. An error that it raises ends the request.
local function is_ready(ready, request)
  local ok, answer = pcall(ready)
  if ok then return answer ~= false end
  request:give_up "the function 'ready' failed"
  error(answer, 0)
end

--- Whether the request may go on: the function `ready` of the program's ends it by false.
function wait.admits(ready, request)
  if not ready or is_ready(ready, request) then return true end
  request:give_up "the function 'ready' said no"
  return false
end

-- For how many seconds the answer is waited for after `ready` has said no: none, or some where the option `grace` gives them
-- and a cancelled request would lose the only word of what Twilio did. nil: `ready` has not said no.
local function grace_of(ready, request)
  if not ready or is_ready(ready, request) then return nil end
  return request:linger() or 0
end

local function end_grace(request, grace)
  local waited = grace > 0 and (", and no answer came in %g s of grace"):format(grace) or ""
  request:give_up("the function 'ready' said no" .. waited)
end

--- Returns when the request is done. `own`, a function (engine, seconds) of the
-- program's, may suspend: it returns when engine:pollfd() is readable or the
-- seconds are over, or sooner. `ready`, another one, ends the request when it says
-- false, at once or after its time of grace; it is not asked again then. `left`, if
-- it is there, says for how many seconds this waiter may sleep until it is asked
-- again; when there are none the request goes on without it.
function wait.until_done(engine, request, own, ready, left)
  waiters.tell(engine) -- of what submitting it has completed, perhaps itself
  if request:done() then return end
  local place, problem = wait.place(own)
  if not place then return request:refuse(problem) end
  local id, places, grace, over
  repeat
    if not grace then
      grace = grace_of(ready, request)
      over = grace and core.now() + grace
    end
    if grace and over <= core.now() then
      end_grace(request, grace)
      waiters.tell(engine)
      break
    end
    local most = left and left() or ready and wait.SLICE or wait.LONGEST
    if grace then most = over - core.now() end
    if most <= 0 then break end
    local current = place.wake and request:id()
    if current ~= id then -- the first sleep, or somebody else who waits for it has sent it again
      id = current
      places = id and waiters.join(id, place)
    end
    place:sleep(engine, most)
  until request:done()
  if places then waiters.leave(places, place) end
end

-- For how many seconds of a pause one may sleep until it is asked again whether there is still to be another attempt.
local function longest_of_pause(place, cancel, ready, left)
  if left then return (left()) end
  if ready then return wait.SLICE end
  -- where others go on meanwhile they may close the client
  if cancel or place ~= blocking then return wait.GLANCE end
  return wait.LONGEST
end

--- Lets the seconds pass before the request's next attempt, while what else is
-- in flight goes on; ends early when the client is closed or `cancel` cancelled.
-- `left` is that of wait.until_done. Returns false when there is to be no other
-- attempt: `ready` or `left` says no, or this place cannot wait.
function wait.pause(engine, request, seconds, own, cancel, ready, left)
  local over = core.now() + seconds
  local place = wait.place(own)
  if not place then return false end
  while not (request:closed() or cancel and cancel.cancelled) do
    local most = over - core.now()
    if most <= 0 then break end
    if not wait.admits(ready, request) then return false end
    most = math.min(most, longest_of_pause(place, cancel, ready, left))
    if most <= 0 then return false end
    waiters.tell(engine)
    place:sleep(engine, most)
  end
  return true
end

return wait
