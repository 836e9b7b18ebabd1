-- Calls a function that must end the command twilio-lua, see twilio.cli.stop.
--
--   local stopped = require "spec.support.stopped"
--   local message, hint, code = stopped(f, ...)
local assert = require "luassert"
local stop = require "twilio.cli.stop"

return function(f, ...)
  local ok, problem = pcall(f, ...)
  assert.is_false(ok)
  assert.is_true(stop.is(problem), tostring(problem))
  return problem.message, problem.hint, problem.code
end
