--- The outcome of twilio.map: results and failures, the functions `progress` and `stop_on`, and why
-- the map ends early.

local core = require "twilio.core"
core.keep(...)
local file_error = require "twilio.file_error"

-- Fields of an outcome:
--   results, failures  what twilio.map returns
--   progress, stop_on  functions, or false
--   total              function: returns the number of items, or nil if it is unknown
--   done, failed       how many items have ended, and how many of them have failed
--   stopped            the failure that ends the map early, or nil
--   is_interrupted     the program was interrupted (Ctrl-C)
--   broken             the failure of `progress` or `stop_on`, or nil
local Outcome = {}
Outcome.__index = Outcome

local outcome = {}

function outcome.new(progress, stop_on, total)
  return setmetatable({
    results = {}, progress = progress, stop_on = stop_on, total = total, done = 0, failed = 0, is_interrupted = false,
  }, Outcome)
end

-- ---- failures ----

local function cancelled(message, sent)
  return { message = message, err = file_error.shown { kind = "cancelled", message = message, sent = sent } }
end

--- Returns the failure of an item that was running when the program was interrupted.
function outcome.interrupted_item()
  return cancelled("interrupted", "maybe")
end

--- Returns whether a raised error is that of Ctrl-C. The programs lua and luajit raise it within
-- the Lua code that runs.
function outcome.is_interrupt(raised)
  return type(raised) == "string" and raised:find "interrupted!$" ~= nil
end

function Outcome:fail(index, failure)
  self.failures = self.failures or {}
  self.failures[index] = failure
  return failure
end

--- Stores what the program's function returned for an item. Returns the failure, or nil.
function Outcome:store(index, value, message, err)
  if not value and message ~= nil then return self:fail(index, { message = tostring(message), err = err }) end
  self.results[index] = value
end

-- ---- ending early ----

--- Ends the map early. The first reason stays.
function Outcome:stop(failure)
  self.stopped = self.stopped or failure
end

--- Ends the map early, because the program was interrupted.
function Outcome:interrupt()
  self.is_interrupted = true
  self:stop(cancelled("interrupted", "no"))
end

-- Calls one of the program's functions. If it raises, it is not called again, and the map ends. The
-- error is not raised here: the program would lose the results of requests that were carried out.
local function call_option(self, name, ...)
  if not self[name] then return nil end
  local ok, value = pcall(self[name], ...)
  if ok then return value end
  if outcome.is_interrupt(value) then return self:interrupt() end
  self[name] = false
  self.broken = self.broken or { message = ("the function '%s' raised an error: %s"):format(name, tostring(value)), raised = value }
  self:stop(self.broken)
end

--- Counts an item that has ended, and calls `stop_on` and `progress`. `failure` is that of the
-- item, or nil.
function Outcome:item_ended(failure)
  self.done = self.done + 1
  if failure then
    self.failed = self.failed + 1
    if not self.stopped and call_option(self, "stop_on", failure) then self:stop(failure) end
  end
  call_option(self, "progress", self.done, self.total(), self.failed)
end

-- ---- the end ----

-- Adds the failures of the items that were not started. If the items come from an
-- iterator, one failure is added for all items that were not fetched.
local function fail_rest(self, started, last)
  local message = "not started, because the map has ended early: " .. self.stopped.message
  for index = started + 1, last do
    if not (self.failures and self.failures[index]) then self:fail(index, cancelled(message, "no")) end
  end
end

--- Returns what twilio.map returns. `started` is the number of items that were started.
function Outcome:finish(started)
  local total = self.total()
  local n = self.stopped and total or started
  if self.stopped then fail_rest(self, started, total or started + 1) end
  if self.broken then self:fail(n + 1, self.broken) end
  self.results.n = n
  return self.results, self.failures, self.stopped
end

-- ---- the default of `stop_on` ----

-- Whether the host could not be reached. A deadline says nothing about the host, and neither does a
-- lack of file descriptors.
local function is_unreachable(err)
  if err.sent ~= "no" then return false end
  local message = tostring(err.message)
  if err.kind == "timeout" then return not message:find("option deadline", 1, true) end
  return err.kind == "tls" or err.kind == "network" and not message:find("no file descriptor is left", 1, true)
end

--- The default of the option `stop_on`: whether all further items would have this failure too.
function outcome.is_hopeless(failure)
  local err = failure.err
  return type(err) == "table" and (err.status == 401 or is_unreachable(err))
end

return outcome
