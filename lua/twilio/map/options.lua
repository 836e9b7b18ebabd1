--- Checks the arguments of twilio.map.

local core = require "twilio.core"
core.keep(...)
local feed = require "twilio.map.feed"
local outcome = require "twilio.map.outcome"

local options = {}

-- The default of the option `limit`.
local LIMIT = 10

local function shown_option(value)
  return type(value) == "number" and tostring(value) or type(value)
end

local function check_limit(limit, name)
  if type(limit) == "number" and limit >= 1 then return limit end
  core.misuse(("%s the number of calls that may run at once, at least 1, got %s"):format(name, shown_option(limit)))
end

local function check_rate(rate)
  if rate == nil or type(rate) == "number" and rate > 0 then return rate end
  core.misuse("option 'rate' must be a positive number of starts per second, got " .. shown_option(rate))
end

-- Returns the function, or false.
local function check_stop_on(stop_on)
  if stop_on == nil then return outcome.is_hopeless end
  if stop_on == false or feed.is_callable(stop_on) then return stop_on end
  core.misuse("option 'stop_on' must be a function, or false, got " .. shown_option(stop_on))
end

local function read_option(given)
  if type(given) ~= "table" then
    return { limit = check_limit(given, "twilio.map takes as its second argument a table of options, or"), stop_on = outcome.is_hopeless }
  end
  core.check_options("map", given)
  return {
    limit = given.limit == nil and LIMIT or check_limit(given.limit, "option 'limit' must be"),
    rate = check_rate(given.rate), progress = given.progress, stop_on = check_stop_on(given.stop_on), wait = given.wait,
  }
end

--- Checks the arguments of twilio.map. Returns a table with the options: limit, rate, progress,
-- stop_on (a function or false) and wait. Raises for wrong arguments.
function options.read(items, given, f)
  if not feed.is_callable(items) and type(items) ~= "table" then
    core.misuse("twilio.map takes an array or an iterator, got " .. type(items))
  end
  local all = read_option(given)
  if not feed.is_callable(f) then core.misuse("twilio.map takes a function as its third argument, got " .. type(f)) end
  return all
end

return options
