--- nginx (lua-nginx-module): a call suspends its coroutine on an ngx.semaphore.
--
-- nginx cannot wait for the engine's descriptor. A pump therefore steps the engine while requests
-- are in flight, and wakes the waiters of completed requests. The pump is the coroutine of a timer.
-- Each nginx worker process has at most one pump.

local core = require "twilio.core"
core.keep(...)
local waiters = require "twilio.waiters"

local nginx = {}

-- ---- phases ----

-- In these phases the process serves no requests, and a call may block.
local BLOCKING_PHASES = { init = true, init_worker = true, exit_worker = true }

--- Returns why a call can neither suspend nor block here, or nil when it can.
function nginx.problem()
  if core.can_suspend() then return nil end
  local phase = package.loaded.ngx.get_phase()
  if BLOCKING_PHASES[phase] then return nil end
  return "nginx cannot suspend a call in the phase " .. phase
    .. ", nor inside a C function such as table.sort, string.gsub or require. "
    .. "Make the call in ngx.timer.at(0, function() … end)"
end

--- Returns whether coroutine.create works. Where nginx cannot suspend a coroutine, its
-- coroutine.create raises an error, except in the phase init.
function nginx.can_create_coroutines()
  return core.can_suspend() or package.loaded.ngx.get_phase() == "init"
end

-- ---- the pump ----

-- The pump sleeps for 1/20 of the time that has passed since the last event, between 1 and 10 ms.
-- The response to a request that took 100 ms is thus seen at most 5 ms late, and each step of a TLS
-- handshake about 1 ms late.
local MIN_PAUSE, MAX_PAUSE, PAUSE_FRACTION = 0.001, 0.01, 1 / 20

-- The current pump, or nil. Fields: pause (seconds of the current sleep), bell (a semaphore that
-- ends the sleep early), is_running (its timer has started).
local pump

-- How many seconds a waiter waits for the pump's timer to start. If lua_max_running_timers timers
-- are running, nginx creates another timer but never runs it. The waiter then steps the engine
-- itself.
local START_TIMEOUT = 0.05

-- The waiters that sleep until the pump wakes them. A pump that fails wakes all of them.
local sleeping = setmetatable({}, { __mode = "k" })

-- ngx.semaphore is part of lua-resty-core. lua-nginx-module does not start without lua-resty-core.
local function new_semaphore()
  return assert(require("ngx.semaphore").new())
end

local function pump_until_idle(engine, self)
  local last_event = core.now()
  self.is_running = true
  while engine:flying() > 0 do
    local now = core.now()
    if engine:step() or self.pause == 0 then last_event = now end
    waiters.dispatch(engine)
    self.pause = math.max(MIN_PAUSE, math.min((now - last_event) * PAUSE_FRACTION, MAX_PAUSE))
    if self.bell:wait(self.pause) then self.pause = 0 end
  end
  waiters.dispatch(engine)
end

-- The timer's handler. The first argument, `premature`, is ignored: in a worker that shuts down
-- the requests in flight are finished.
local function run_pump(_, engine, self)
  local ok, problem = pcall(pump_until_idle, engine, self)
  if pump == self then pump = nil end
  if ok then return end
  package.loaded.ngx.log(package.loaded.ngx.ERR, "twilio: ", tostring(problem))
  for waiter in pairs(sleeping) do waiter:wake() end
end

-- Starts the pump, or wakes the pump if its sleep is long. Returns nil when nginx refuses a timer.
-- An error of the engine is raised here, in the caller, and not in the timer.
local function ensure_pump(ngx, engine)
  if pump then
    if pump.pause > MIN_PAUSE then pump.bell:post(1) end
    return true
  end
  engine:step()
  waiters.dispatch(engine)
  local new = { pause = 0, bell = new_semaphore() }
  if ngx.timer.at(0, run_pump, engine, new) then pump = new end
  return pump
end

-- ---- waiters ----

-- Fields: semaphore, without_pump (no timer could be started: this waiter steps the engine).
local Waiter = {}
Waiter.__index = Waiter

local function sleep_until_pumped(self, seconds)
  local current = pump
  sleeping[self] = true
  self.semaphore:wait(current.is_running and seconds or math.min(seconds, START_TIMEOUT))
  sleeping[self] = nil
  self.without_pump = not current.is_running
  if self.without_pump and pump == current then pump = nil end
end

function Waiter:sleep(engine, seconds)
  local ngx = package.loaded.ngx
  seconds = math.max(seconds, MIN_PAUSE) -- nginx counts milliseconds, and a wait of 0 ms does not suspend
  if engine:flying() == 0 then
    self.semaphore:wait(seconds)
  elseif not self.without_pump and ensure_pump(ngx, engine) then
    sleep_until_pumped(self, seconds)
  else
    ngx.sleep(MIN_PAUSE)
    engine:step()
    waiters.dispatch(engine)
  end
end

function Waiter:wake()
  self.semaphore:post(1)
end

--- Returns a waiter for a coroutine that nginx can suspend.
function nginx.new_waiter()
  return setmetatable({ semaphore = new_semaphore() }, Waiter)
end

return nginx
