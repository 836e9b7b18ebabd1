--- twilio.summary: the failures of twilio.map, counted by their causes.

local core = require "twilio.core"
core.keep(...)
local explain = require "twilio.explain"

local summary = {}

-- Returns the key and the first fields of the row that a failure belongs to.
local function cause_of(failure)
  local err = failure.err
  if type(err) ~= "table" or type(err.kind) ~= "string" then
    return "other:" .. (failure.raised ~= nil and "raised" or failure.message), { kind = failure.raised ~= nil and "raised" or nil }
  end
  local code = (type(err.code) == "number" or type(err.code) == "string") and err.code or nil
  local key = code and "code:" .. tostring(code) or ("%s:%s"):format(err.kind, tostring(err.status))
  return key, { kind = err.kind, status = err.status, code = code, title = code and explain.title(code) }
end

local function by_count(a, b)
  if a.count ~= b.count then return a.count > b.count end
  return a.message < b.message
end

-- Items of twilio.map have numbers, and those of twilio.all have any keys.
local function by_key(a, b)
  if type(a) == "number" and type(b) == "number" then return a < b end
  return tostring(a) < tostring(b)
end

local function line_of(row)
  local name = row.code or row.status or row.kind or "failed"
  local maybe = row.maybe > 0 and (", of which %d may have been carried out"):format(row.maybe) or ""
  return ("%6d  %-9s %s%s"):format(row.count, tostring(name), row.title or row.message, maybe)
end

local meta = {
  __name = "twilio.summary",
  __tostring = function(rows)
    local lines = {}
    for i, row in ipairs(rows) do lines[i] = line_of(row) end
    return table.concat(lines, "\n")
  end,
}

local function add_failure(rows, by_cause, key, failure)
  local cause, fields = cause_of(failure)
  local row = by_cause[cause]
  if not row then
    row = fields
    row.count, row.maybe, row.items, row.message = 0, 0, {}, tostring(failure.message)
    by_cause[cause], rows[#rows + 1] = row, row
  end
  row.count = row.count + 1
  row.items[row.count] = key
  if type(failure.err) == "table" and failure.err.sent == "maybe" then row.maybe = row.maybe + 1 end
end

--- twilio.summary(failures): counts failures by their causes.
-- `failures` is the second result of twilio.map or twilio.all, and may be nil.
-- Returns an array of rows, the most frequent cause first:
--   count    how many items failed for this cause
--   code     Twilio's error code, or nil; title is its meaning
--   status   the HTTP status, or nil
--   kind     err.kind; "raised" if the program's function raised an error; nil for other failures
--   maybe    how many of the requests Twilio may have carried out (err.sent is "maybe")
--   message  the message of the first of these failures
--   items    the sorted indices or keys of the items
-- tostring(rows) is a text with one line for each row. Raises unless `failures` is a table or nil.
function summary.summary(failures)
  if failures ~= nil and type(failures) ~= "table" then
    core.misuse("twilio.summary takes the failures that twilio.map returned, got " .. type(failures))
  end
  local keys, rows, by_cause = {}, {}, {}
  for key, failure in pairs(failures or {}) do
    if type(failure) ~= "table" or failure.message == nil then
      core.misuse "twilio.summary takes the failures that twilio.map returned, got a table without them"
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, by_key)
  for _, key in ipairs(keys) do add_failure(rows, by_cause, key, failures[key]) end
  table.sort(rows, by_count)
  return setmetatable(rows, meta)
end

return summary
