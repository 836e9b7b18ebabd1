--- Errors that a handler raises. The service converts them to Twilio's error body.
local cjson = require "cjson"

local failure = {}

--- Ends the handling of a request.
-- @param status the HTTP status
-- @param code Twilio's error code
function failure.raise(status, code, message)
  error({ status = status, code = code, message = message }, 0)
end

function failure.body(status, code, message)
  return cjson.encode { code = code, message = message, more_info = "https://www.twilio.com/docs/errors/" .. code, status = status }
end

return failure
