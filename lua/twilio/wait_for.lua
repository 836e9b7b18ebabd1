--- record:wait_for: fetches a record until it has a status.

local core = require "twilio.core"
core.keep(...)
local file_error = require "twilio.file_error"
local send = require "twilio.send"
local statuses = require "twilio.statuses"
local waiting = require "twilio.waiting"

local wait_for = {}

-- The default of the option `timeout`, in seconds.
local TIMEOUT = 60

-- Each pause is longer than the one before by this factor, until the status changes. A fetch that
-- had to be repeated, or was answered with 429, doubles the pause.
local GROWTH, SLOWDOWN = 1.5, 2

-- The last fetch begins so many seconds before the timeout, so that its response arrives in time.
local RESERVE = 1

--- The transport functions that answer for a clock of their own, as keys. twilio.testing adds those of its
-- fakes. With such a transport a pause counts towards the timeout, but takes no time.
wait_for.instant = setmetatable({}, { __mode = "k" })

-- The options of wait_for, which are not passed to the fetches.
local OWN = { timeout = true, interval = true, max_interval = true }

-- ---- arguments ----

-- Returns the wanted statuses as an array.
local function list_of_statuses(wanted)
  if type(wanted) == "string" then return { wanted } end
  local n = type(wanted) == "table" and #wanted or 0
  if n == 0 then
    core.misuse("wait_for takes a status or an array of statuses, got " .. (type(wanted) == "table" and "an empty table" or type(wanted)))
  end
  for i = 1, n do
    if type(wanted[i]) ~= "string" then core.misuse("wait_for takes an array of statuses, got a " .. type(wanted[i]) .. " in it") end
  end
  return wanted
end

local function check_known(known, list, name)
  for _, status in ipairs(known and list or {}) do
    if not known[status] then core.misuse(("%s have no status '%s'"):format(name, status), status, known) end
  end
end

-- Records have fields that their resource documents. Any other name raises.
local function has_field(record, field)
  return (pcall(function() return record[field] end))
end

-- Finds out what the fetches address: the record, or the operation that its response has begun.
-- Returns true; or nil, message, err.
local function choose_target(self, record)
  local operation = record:meta().operation
  self.target, self.record = record, record
  if operation then
    local resource, message, err = core.pending(record)
    if not resource then return nil, message, err end
    self.target, self.asked_pause = resource, operation.retry_after
  end
  local path, name = core.path(self.target)
  local facts = statuses.of(path, self.wanted)
  check_known(facts.known, self.list, name)
  self.field, self.terminal, self.is_operation = facts.field, facts.terminal, operation ~= nil
  if operation then return true end
  if not has_field(record, self.field) then core.misuse(("a record of %s has no status to wait for"):format(name)) end
  if not has_field(record, "fetch") then core.misuse(("%s cannot be fetched one by one, so wait_for cannot wait for their status"):format(name)) end
  return true
end

-- ---- waiting ----

local function is_reached(self, record)
  local status = record[self.field]
  return status ~= nil and (self.wanted[status] or self.terminal[status]) and true or false
end

-- Returns the time, to which the skipped pauses count.
local function now(self) return core.now() + self.skipped end

-- Sends the request after a pause. Returns the record; or nil, message, err.
local function fetch_after(self, request, seconds)
  local hooks, wait_function, cancel, ready = request:hooks()
  wait_function, ready = wait_function or hooks.wait, ready or hooks.ready
  if hooks.transport and wait_for.instant[hooks.transport] then
    self.skipped, seconds = self.skipped + seconds, 0
  end
  local problem = waiting.problem(wait_function)
  if problem then
    request:refuse(problem)
  elseif not waiting.pause(waiting.engine_of(hooks), request, seconds, wait_function, cancel, ready) then
    return request:result()
  elseif request:closed() or cancel and cancel.cancelled then
    request:give_up()
    return request:result()
  end
  request:start_clock() -- the pause does not count towards the deadline of the fetch
  return send.result(request)
end

local function timed_out(self, err)
  local shown = tostring(self.record)
  local message = ("%s: not %s within %g s (option timeout of wait_for)%s"):format(shown, table.concat(self.list, " or "), self.timeout,
    err and ", and the last fetch failed: " .. tostring(err) or "")
  return nil, message, file_error.shown {
    kind = "timeout", message = message, record = self.record, sent = err and err.sent or self.fetched and "yes" or "no",
  }
end

-- Returns the pause before the next fetch, and whether Twilio has asked for it.
local function next_pause(self, record, err)
  local asked = err and err.retry_after or self.asked_pause
  self.asked_pause = nil
  if err or record and record:meta().attempts > 1 then
    self.pause = self.pause * SLOWDOWN
  elseif record and record[self.field] ~= self.status then
    self.pause = self.interval
  elseif record then
    self.pause = self.pause * GROWTH
  end
  self.pause = math.min(self.pause, self.longest)
  if record then self.status = record[self.field] end
  return math.max(self.pause, asked or 0), asked
end

local function options_of_fetch(self, rest)
  local options = {}
  for name, value in pairs(self.options) do
    if not OWN[name] then options[name] = value end
  end
  options.deadline = math.min(options.deadline or rest, rest)
  return options
end

-- Fetches until the status is reached. Returns the record; or nil, message, err.
local function poll_status(self)
  local wait_end, record, message, err = now(self) + self.timeout, nil, nil, nil -- luacheck: ignore message
  while true do
    local pause, asked = next_pause(self, record, err)
    local rest = wait_end - now(self)
    local longest = rest - math.min(self.interval, RESERVE)
    if rest <= 0 or asked and pause > rest then return timed_out(self, err) end
    local shortened = math.max(0, math.min(pause, longest))
    local request = core.request(self.target, "fetch", nil, options_of_fetch(self, rest - shortened))
    record, message, err = fetch_after(self, request, shortened)
    if record then
      self.record, self.target, self.fetched = record, record, true
      if is_reached(self, record) then return record end
    elseif err.kind == "timeout" and now(self) >= wait_end - 0.01 then
      return timed_out(self, err)
    elseif err.status ~= 429 then
      err.record = self.record
      return nil, message, err
    end
    if pause >= longest then return timed_out(self, err) end
  end
end

--- record:wait_for(status or list, options): fetches the record until it has one of the statuses.
-- A status that the record cannot leave ends the wait too: a call that is `busy` will not be
-- `completed`. twilio.statuses lists these statuses. Compare the status of the result.
-- If the response of the record has begun an operation (status 202), waits for the operation, as
-- record:operation() returns it.
-- Sends no request if the record has the status already. While the call waits, other items of
-- twilio.map and the other coroutines of the host go on.
-- Options, in addition to those of calls, which apply to each fetch:
--   timeout       how many seconds to wait (60)
--   interval      seconds before the first fetch (1). Each further pause is longer by half, until
--                 the status changes.
--   max_interval  the longest pause, in seconds (15)
-- Returns the record, whose fields are those of the last fetch; or nil, message, err. After the
-- timeout err.kind is "timeout". err.record is the record.
-- Raises for a record without a status, and for a status that Twilio does not document.
function wait_for.wait_for(record, wanted, options, ...)
  core.path(record) -- raises unless it is a record
  if select("#", ...) > 0 then core.misuse "too many arguments to 'wait_for'" end
  local interval, max_interval = core.check_options("wait_for", options)
  local self = {
    list = list_of_statuses(wanted), wanted = {}, options = options or {}, interval = interval, longest = math.max(interval, max_interval),
    timeout = options and options.timeout or TIMEOUT, pause = interval, skipped = 0,
  }
  for _, status in ipairs(self.list) do self.wanted[status] = true end
  local ok, message, err = choose_target(self, record)
  if not ok then return nil, message, err end
  if not self.is_operation then
    if is_reached(self, record) then return record end
    self.status = record[self.field]
  end
  return poll_status(self)
end

return wait_for
