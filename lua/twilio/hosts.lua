--- Waiting in hosts that have a scheduler: nginx and cqueues.
--
-- In both of them one pump, alive only while something is in flight, steps the
-- engine and wakes the waiters.

local core = require "twilio.core"
core.keep(...)
local waiters = require "twilio.waiters"

local hosts = {}

-- nginx

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

if nginx() then require "twilio.nginx" end -- now, not while a request waits

-- cqueues

-- Where the engine has no descriptor the pump looks again after so many seconds.
local LONGEST = 0.01

-- From each controller that has a pump to true: they do not run one another's coroutines.
local pumped = setmetatable({}, { __mode = "k" })

-- A pump that fails ends with its error, which cqueues' loop returns.
local function pump_cqueues(engine, controller)
  local cqueues, pump = package.loaded.cqueues, {}
  while engine:flying() > 0 do
    waiters.asleep[pump] = true -- another's step may complete what it waits for
    if engine:pollfd() >= 0 then
      cqueues.poll(engine)
    else
      cqueues.sleep(LONGEST)
    end
    waiters.asleep[pump] = nil
    pumped[controller] = nil -- unless the step succeeds
    engine:step()
    waiters.tell(engine)
    pumped[controller] = true
  end
  pumped[controller] = nil
  waiters.tell(engine) -- of what was cancelled before this began
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

local function cqueues_place(controller)
  return setmetatable({ controller = controller, condition = require("cqueues.condition").new() }, Cqueues)
end

-- Returns what make(...) returns; nil and why when it raises. The request may have been sent already: a raise would lose
-- `err.sent`.
local function try(make, ...)
  local ok, place = pcall(make, ...)
  if ok then return place end
  return nil, "the host's scheduler cannot be used: " .. tostring(place)
end

--- The place to wait at: nil where there is none and one may block; nil and why where one must not or cannot wait.
function hosts.place()
  local ngx = nginx()
  if ngx then
    if not core.can_suspend() then return nil, nginx_problem(ngx) end
    return try(require("twilio.nginx").place)
  end
  local controller = controller_here()
  if not controller or not core.can_suspend() then return nil end
  return try(cqueues_place, controller)
end

return hosts
