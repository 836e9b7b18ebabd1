--- Waiting in nginx, where each waiter has a semaphore and a pump in a timer wakes them; twilio.hosts says when, and loads this there alone.

local core = require "twilio.core"
core.keep(...)
local waiters = require "twilio.waiters"

local nginx = {}

-- The pump sleeps for a twentieth of the time that nothing has happened, in
-- seconds: an answer that took 100 ms is seen after 5 ms more at the latest, and
-- each step of a handshake after 1 ms.
local SHORTEST, LONGEST, PART = 0.001, 0.01, 1 / 20

-- While there is one: pause, in seconds; bell, the semaphore that ends it early; runs.
local pump

-- nginx makes timers that it then does not run, beyond lua_max_running_timers:
-- who has waited so long, in seconds, for a pump to begin does its work alone.
local PATIENCE = 0.05

-- The places that a pump which fails has to wake.
local asleep = setmetatable({}, { __mode = "k" })

-- A part of lua-resty-core, which nginx's Lua does not start without.
local function new_semaphore()
  return assert(require("ngx.semaphore").new())
end

local function turn_pump(engine, self)
  local last = core.now()
  self.runs = true
  while engine:flying() > 0 do
    local now = core.now()
    if engine:step() or self.pause == 0 then last = now end
    waiters.tell(engine)
    self.pause = math.max(SHORTEST, math.min((now - last) * PART, LONGEST))
    if self.bell:wait(self.pause) then self.pause = 0 end
  end
  waiters.tell(engine)
end

-- The handler of a timer. In a worker that shuts down it is called all the same, and what is in flight is finished.
local function run_pump(_, engine, self)
  local ok, problem = pcall(turn_pump, engine, self)
  if pump == self then pump = nil end
  if ok then return end
  package.loaded.ngx.log(package.loaded.ngx.ERR, "twilio: ", tostring(problem))
  for place in pairs(asleep) do place:wake() end
end

-- Sees to it that there is a pump, and that it does not sleep long over a new request. Where the engine fails it raises here.
local function attend(ngx, engine)
  if pump then
    if pump.pause > SHORTEST then pump.bell:post(1) end
    return true
  end
  engine:step()
  waiters.tell(engine)
  local new = { pause = 0, bell = new_semaphore() }
  if ngx.timer.at(0, run_pump, engine, new) then pump = new end
  return pump
end

local Nginx = {}
Nginx.__index = Nginx

function Nginx:sleep(engine, seconds)
  local ngx = package.loaded.ngx
  if engine:flying() == 0 then
    self.semaphore:wait(seconds)
  elseif not self.alone and attend(ngx, engine) then
    local mine = pump
    asleep[self] = true
    self.semaphore:wait(mine.runs and seconds or math.min(seconds, PATIENCE))
    asleep[self] = nil
    self.alone = not mine.runs
    if self.alone and pump == mine then pump = nil end
  else
    ngx.sleep(SHORTEST)
    engine:step()
    waiters.tell(engine)
  end
end

function Nginx:wake()
  self.semaphore:post(1)
end

--- A place to wait at, for a coroutine that nginx can suspend.
function nginx.place()
  return setmetatable({ semaphore = new_semaphore() }, Nginx)
end

return nginx
