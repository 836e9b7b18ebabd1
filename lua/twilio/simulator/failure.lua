--- Errors that a handler raises. The service converts them to Twilio's error body.
local render = require "twilio.simulator.render"

local failure = {}

--- Returns the end of a message about a value: a hint if the value is a number whose + was lost, because a + in a
-- form is a space.
function failure.hint_of_number(value)
  return value:find "^ %d" and ". Write the + as %2B" or ""
end

--- Ends the handling of a request.
-- @param status the HTTP status
-- @param code Twilio's error code
function failure.raise(status, code, message)
  error({ status = status, code = code, message = message }, 0)
end

function failure.body(status, code, message)
  return render.json { code = code, message = message, more_info = "https://www.twilio.com/docs/errors/" .. code, status = status }
end

return failure
