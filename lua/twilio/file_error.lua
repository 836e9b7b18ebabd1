--- Makes error tables: of the kind `file`, for a file that cannot be read or written, and those of
-- malformed CSV.

local core = require "twilio.core"
core.keep(...)

local file_error = {}

local meta = { __name = "twilio.error", __tostring = function(err) return err.message end }

--- Makes tostring(err) return the message, as for the errors of calls. Returns `err`.
function file_error.shown(err) return setmetatable(err, meta) end

--- Returns nil, message, err. `doing` is "read" or "write". `path` is nil if the program passed a
-- function. `reason` is the message of the operating system or of the program's function. `sent` is
-- "no", "maybe" or "yes", as in the errors of calls.
function file_error.new(doing, path, reason, sent)
  local target = path or "the " .. (doing == "read" and "source" or "sink")
  local message = ("cannot %s %s: %s"):format(doing, target, reason):gsub("%c", " ")
  return nil, message, file_error.shown { kind = "file", message = message, path = path, reason = reason, sent = sent }
end

return file_error
