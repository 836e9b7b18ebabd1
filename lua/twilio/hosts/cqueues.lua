--- cqueues: a call suspends its coroutine on a condition variable of cqueues.
--
-- Each controller has at most one pump. The pump is a coroutine that steps the engine while
-- requests are in flight, and wakes the waiters of completed requests.

local core = require "twilio.core"
core.keep(...)
local waiters = require "twilio.waiters"

local cqueues = {}

-- The pump's polling interval in seconds, for an engine that has no descriptor.
local POLL_INTERVAL = 0.01

-- The controllers that have a pump. Each controller needs its own pump, because a controller does
-- not run the coroutines of another controller.
local has_pump = setmetatable({}, { __mode = "k" })

-- Suspends the pump until the engine has work to do. Another coroutine may step the engine
-- meanwhile and complete the last request. waiters.dispatch then wakes the pump, because the pump
-- is in waiters.polling.
local function wait_for_event(engine, pump)
  local loop = package.loaded.cqueues
  waiters.polling[pump] = true
  if engine:pollfd() >= 0 then
    loop.poll(engine)
  else
    loop.sleep(POLL_INTERVAL)
  end
  waiters.polling[pump] = nil
end

-- An error of the engine ends the pump. cqueues reports the error to the caller of loop().
local function run_pump(engine, controller)
  local pump = {}
  while engine:flying() > 0 do
    wait_for_event(engine, pump)
    has_pump[controller] = nil -- stays nil if the step raises, so that the next call starts a pump
    engine:step()
    waiters.dispatch(engine)
    has_pump[controller] = true
  end
  has_pump[controller] = nil
  waiters.dispatch(engine) -- requests that were cancelled before the pump first ran
end

local Waiter = {}
Waiter.__index = Waiter

function Waiter:sleep(engine, seconds)
  local controller = self.controller
  if engine:flying() > 0 and not has_pump[controller] then
    has_pump[controller] = true
    controller:wrap(run_pump, engine, controller)
  end
  self.condition:wait(seconds)
end

function Waiter:wake()
  self.condition:signal()
end

--- Returns the controller that runs the current coroutine, or a false value.
-- A coroutine that the program has created within a controller's coroutine has no controller here:
-- cqueues cannot suspend it.
function cqueues.controller_here()
  local loop = package.loaded.cqueues
  if type(loop) ~= "table" or not loop.running then return nil end
  local controller, is_direct = loop.running()
  return is_direct and controller
end

--- Returns a waiter for a coroutine that the controller runs.
function cqueues.new_waiter(controller)
  return setmetatable({ controller = controller, condition = require("cqueues.condition").new() }, Waiter)
end

return cqueues
