--- Ends the command with an exit code, a message of one line, and a hint.

local stop = {}

--- The exit codes of twilio-lua. doc/guides/command-line.md describes them.
stop.codes = { failed = 1, usage = 2, api = 3, not_found = 4, credentials = 5, network = 6, timeout = 7, answer = 8, file = 9 }

-- The names of the exit codes for the kinds of errors. Other kinds have the code `failed`.
local KINDS = {
  api = "api", network = "network", tls = "network", timeout = "timeout", decode = "answer", too_large = "answer",
  untrusted = "answer", file = "file",
}

-- twilio.cli.connect sets stop.server to what names another server than Twilio's, such as TWILIO_BASE_URL.

local Stop = {}

--- Raises. `name` is a key of stop.codes. `hint` may be nil.
function stop.with(name, message, hint)
  error(setmetatable({ code = stop.codes[name], message = message, hint = hint }, Stop), 0)
end

function stop.usage(message, hint) stop.with("usage", message, hint) end

--- Whether an error value was raised by this module.
function stop.is(value) return getmetatable(value) == Stop end

local function name_of(err)
  if err.kind == "api" and err.status == 404 then return "not_found" end
  if err.kind == "api" and (err.status == 401 or err.status == 403) then return "credentials" end
  return KINDS[err.kind] or "failed"
end

local function hint_of(err)
  if err.code then return ("twilio-lua explain %s"):format(err.code) end
  if err.kind == "network" and err.sent == "no" and stop.server then
    return ("is the server of %s running? twilio-lua simulate starts a simulator"):format(stop.server)
  end
  if err.sent == "maybe" then return "Twilio may have carried out the request" end
end

--- Raises for the failure of a call: the results `message` and `err`.
function stop.failure(message, err)
  stop.with(name_of(err), tostring(message), hint_of(err))
end

--- Returns its arguments unless the first one is nil. For nil, message, err raises like stop.failure.
function stop.check(result, ...)
  if result == nil then stop.failure(...) end
  return result, ...
end

return stop
