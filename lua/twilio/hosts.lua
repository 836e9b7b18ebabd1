--- Selects the host, which is the event loop that the program runs in: nginx, cqueues or none.
--
-- A program that runs in a host has loaded the host's module already. This file therefore looks
-- into package.loaded, and never loads a host's module itself.
--
-- luv is not selected here, because luv cannot tell whether its loop runs the current coroutine.
-- A program on luv passes the option `wait = require "twilio.luv"`.

local core = require "twilio.core"
core.keep(...)

local hosts = {}

local function is_in_nginx()
  local ngx = package.loaded.ngx
  return type(ngx) == "table" and ngx.get_phase and ngx.timer and true or false
end

-- The adapter of nginx is loaded now, because reading a file blocks the nginx worker.
if is_in_nginx() then require "twilio.hosts.nginx" end

--- Returns why a call can neither suspend nor block here, or nil when it can.
function hosts.problem()
  return is_in_nginx() and require("twilio.hosts.nginx").problem() or nil
end

--- Returns whether coroutine.create works here.
function hosts.can_create_coroutines()
  return not is_in_nginx() or require("twilio.hosts.nginx").can_create_coroutines()
end

-- Calls new_waiter(...). Returns nil and a message when the function raises, instead of raising.
-- The request may have been sent already, and a raised error would hide `err.sent` from the
-- program.
local function try_host(new_waiter, ...)
  local ok, waiter = pcall(new_waiter, ...)
  if ok then return waiter end
  return nil, "cannot use the host's scheduler: " .. tostring(waiter)
end

--- Returns a waiter that suspends the current coroutine (see twilio.waiters).
-- If no host can suspend the coroutine here, returns nil where the call may block, and nil and a
-- message where the call must not block.
function hosts.new_waiter()
  if is_in_nginx() then
    local nginx = require "twilio.hosts.nginx"
    if not core.can_suspend() then return nil, nginx.problem() end
    return try_host(nginx.new_waiter)
  end
  if not package.loaded.cqueues then return nil end
  local cqueues = require "twilio.hosts.cqueues"
  local controller = cqueues.controller_here()
  if not controller or not core.can_suspend() then return nil end
  return try_host(cqueues.new_waiter, controller)
end

return hosts
