--- What the options `log` and `trace` receive after an attempt. Loaded for the first attempt of a client
-- that has one of them.

local core = require "twilio.core"
core.keep(...)
local mask = require "twilio.mask"

local report = {}

-- Returns "404, error 20404: The requested resource was not found", or why there is no response.
local function outcome_of(fields)
  if fields.reason then return fields.reason end
  local code = fields.code and ", error " .. fields.code or ""
  local message = fields.message and ": " .. fields.message or ""
  return fields.status .. code .. message
end

--- Calls the log function for an attempt that has ended. `pause` is the number of seconds until the
-- next attempt, or nil.
function report.log(log, request, pause)
  local fields = request:summary(mask.body(request))
  fields.retry_in = pause
  local failed = not fields.status or fields.status >= 400
  local again = pause and (", again in %.3f s"):format(pause) or ""
  local text = ("%s %s: %s (%.3f s%s)"):format(fields.method, fields.path, outcome_of(fields), fields.seconds, again)
  log(failed and "warn" or "info", text, fields)
end

--- Calls the trace function with the complete request and response of an attempt.
function report.trace(trace, request)
  trace(request:exchange())
end

return report
