--- twilio.map and twilio.all: many calls at once. twilio.map.pool is their scheduler.

local core = require "twilio.core"
core.keep(...)
local feed = require "twilio.map.feed"
local hosts = require "twilio.hosts"
local options = require "twilio.map.options"
local outcome = require "twilio.map.outcome"
local Pool = require "twilio.map.pool"
local sequence = require "twilio.map.sequence"

local map = {}

--- twilio.map(items, options, f): calls f(item, index) for every item, several at once.
-- While one call waits for Twilio the others go on.
-- `items` is an array up to its first nil, or an iterator such as client.calls:iter().
-- `options` is a table, or the value of `limit`:
--   limit     how many items run at once, at least 1; math.huge is allowed (10)
--   rate      how many items are started per second, at most; may have a fraction (no limit)
--   progress  progress(done, total, failed), after each item. total is nil for an iterator.
--   stop_on   stop_on(failure), after each failure: true starts no further item. false never stops.
--             By default the map stops after a failure that all further items would have
--             too: status 401, or a host that cannot be reached.
--   wait      the wait function of pauses before a start, as the option `wait` of clients
-- Returns results, failures, stopped:
--   results[index] is the first value that f returned, and results.n is the number of items.
--   failures is nil if no item failed. Otherwise failures[index] is { message, err } where f
--   returned nil, message, err, and { message, raised, traceback } where f raised an error. An item
--   that was not started has err.kind "cancelled". failures[results.n + 1] is the failure of the
--   iterator, or of `progress` or `stop_on`.
--   stopped is nil if all items ran. Otherwise it is the failure that ended the map early.
-- Ctrl-C in the programs lua and luajit cancels the calls in progress and ends the map early.
-- Raises only for wrong arguments and when waiting itself fails.
function map.map(items, given, f)
  local checked, source = options.read(items, given, f), feed.new(items)
  local result = outcome.new(checked.progress or false, checked.stop_on, source.total)
  if not hosts.can_create_coroutines() then return sequence.run(source, f, result) end
  return Pool.new(source, f, result, checked):run()
end

-- Returns the table with the keys of the functions in place of their indices.
local function by_key(by_index, keys)
  if not by_index then return nil end
  local all = {}
  for i, key in ipairs(keys) do all[key] = by_index[i] end
  return all
end

--- twilio.all{ f1, f2, name = f3, … }: calls all functions at once.
-- Returns results, failures and stopped as twilio.map does, each under the key of its function.
function map.all(functions)
  if type(functions) ~= "table" then core.misuse("twilio.all takes a table of functions, got " .. type(functions)) end
  local keys = {}
  for key, f in pairs(functions) do
    if not feed.is_callable(f) then core.misuse("twilio.all takes a table of functions, got a " .. type(f) .. " in it") end
    keys[#keys + 1] = key
  end
  if #keys == 0 then return {} end
  local results, failures, stopped = map.map(keys, #keys, function(key) return functions[key]() end)
  return by_key(results, keys), by_key(failures, keys), stopped
end

return map
