--- The error table of the kind `file`: a file of the program cannot be read or written.

local core = require "twilio.core"
core.keep(...)

local file_error = {}

local meta = { __name = "twilio.error", __tostring = function(err) return err.message end }

--- Returns nil, message, err. `doing` is "read" or "write". `path` is nil if the program passed a
-- function. `reason` is the reason of the system. `sent` is as in all errors.
function file_error.new(doing, path, reason, sent)
  local target = path or "the " .. (doing == "read" and "source" or "sink")
  local message = ("cannot %s %s: %s"):format(doing, target, reason):gsub("%c", " ")
  local err = { kind = "file", message = message, path = path, reason = reason, sent = sent }
  return nil, message, setmetatable(err, meta)
end

return file_error
