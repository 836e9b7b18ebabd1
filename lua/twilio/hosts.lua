--- Waiting in hosts that have a scheduler: nginx and cqueues.
--
-- In both of them one pump, alive only while something is in flight, steps the
-- engine and wakes the waiters. Neither is ever required: a program that runs
-- in one has it loaded.

local core = require "twilio.core"
local waiters = require "twilio.waiters"

local hosts = {}

-- nginx

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

-- Here nginx serves nobody yet, or nobody any more.
local BLOCKING_PHASES = { init = true, init_worker = true, exit_worker = true }

local function nginx_problem(ngx)
  local phase = ngx.get_phase()
  if BLOCKING_PHASES[phase] then return nil end
  return "nginx cannot wait here, in the phase " .. phase
    .. " or inside what C called (table.sort, string.gsub, require): do it in ngx.timer.at(0, function() … end)"
end

local function nginx()
  local ngx = package.loaded.ngx
  return type(ngx) == "table" and ngx.get_phase and ngx.timer and ngx
end

-- cqueues

-- From each controller that has a pump to true: they do not run one another's coroutines.
local pumped = setmetatable({}, { __mode = "k" })

-- A pump that fails ends with its error, which cqueues' loop returns.
local function pump_cqueues(engine, controller)
  local cqueues = package.loaded.cqueues
  repeat
    if engine:pollfd() >= 0 then
      cqueues.poll(engine)
    else
      cqueues.sleep(LONGEST)
    end
    pumped[controller] = nil -- unless the step succeeds
    engine:step()
    waiters.tell(engine)
    pumped[controller] = true
  until engine:flying() == 0
  pumped[controller] = nil
end

local Cqueues = {}
Cqueues.__index = Cqueues

function Cqueues:sleep(engine, seconds)
  local controller = self.controller
  if engine:flying() > 0 and not pumped[controller] then
    pumped[controller] = true
    controller:wrap(pump_cqueues, engine, controller)
  end
  self.condition:wait(seconds)
end

function Cqueues:wake()
  self.condition:signal()
end

-- The controller that runs this very coroutine: in a coroutine of the program's own within, cqueues would suspend that one.
local function controller_here()
  local cqueues = package.loaded.cqueues
  if type(cqueues) ~= "table" or not cqueues.running then return nil end
  local controller, is_direct = cqueues.running()
  return is_direct and controller
end

--- Why nothing can wait here and nothing may block either; nil: it can, or it may.
function hosts.problem()
  local ngx = nginx()
  return ngx and not core.can_suspend() and nginx_problem(ngx) or nil
end

--- Whether coroutines can be made: where nginx cannot suspend any it refuses to make them too, but for the phase init.
function hosts.has_coroutines()
  local ngx = nginx()
  return not ngx or core.can_suspend() or ngx.get_phase() == "init"
end

--- The place to wait at: nil where there is none and one may block; nil and why where one must not.
function hosts.place()
  local ngx = nginx()
  if ngx then
    if not core.can_suspend() then return nil, nginx_problem(ngx) end
    return setmetatable({ semaphore = new_semaphore() }, Nginx)
  end
  local controller = controller_here()
  if not controller or not core.can_suspend() then return nil end
  return setmetatable({ controller = controller, condition = require("cqueues.condition").new() }, Cqueues)
end

return hosts
