--- Where the output goes: the standard output, or a file that gets its name when it is complete.

local core = require "twilio.core"
local stop = require "twilio.cli.stop"

local writer = {}

local Writer = {}
Writer.__index = Writer

-- Exit code of a program that SIGPIPE ended: `twilio-lua … | head` is no failure.
local BROKEN_PIPE = 141

local function fail(self, reason)
  if not self.path and tostring(reason):find "Broken pipe" then error({ quiet = BROKEN_PIPE }, 0) end
  stop.with("file", ("cannot write %s: %s"):format(self.path or "the standard output", tostring(reason)))
end

--- Returns a writer to the file `path`, or to the standard output without `path`.
-- Its fields: `path`; `columns`, the width of the terminal, or nil for another file; `is_colour`.
function writer.new(path)
  local self = setmetatable({ path = path }, Writer)
  if path then
    local file, reason = core.atomic_file(path)
    if not file then fail(self, reason) end
    self.file = file
    return self
  end
  local columns = core.terminal(io.stdout)
  self.columns = columns and (tonumber(os.getenv "COLUMNS" or "") or columns > 0 and columns or 80)
  self.is_colour = columns ~= nil and (os.getenv "NO_COLOR" or "") == "" and os.getenv "TERM" ~= "dumb"
  io.stdout:setvbuf("full", 65536)
  return self
end

--- Writes a text. Raises if it cannot be written.
function Writer:write(text)
  local ok, reason = (self.file or io.stdout):write(text)
  if not ok then fail(self, reason) end
end

--- Writes what the standard output holds. Raises if it cannot be written.
function writer.flush_output()
  local ok, reason = io.stdout:flush()
  if not ok then fail({}, reason) end
end

--- Writes a line to the standard output. print would ignore a failure.
function writer.line(text)
  local ok, reason = io.stdout:write(text, "\n")
  if not ok then fail({}, reason) end
end

--- Passes what was written to a reader of the standard output.
function Writer:flush()
  if not self.file then writer.flush_output() end
end

--- Completes the output.
function Writer:finish()
  if not self.file then return self:flush() end
  local ok, reason = self.file:commit()
  if not ok then fail(self, reason) end
end

--- Removes an incomplete file.
function Writer:abort()
  if self.file then self.file:abort() end
end

--- Calls f with a writer to the file `path`, or to the standard output without `path`, and completes the
-- output. A file stays incomplete only if f raises, and is removed.
function writer.with(path, f)
  local out = writer.new(path)
  local ok, problem = pcall(f, out)
  if not ok then
    out:abort()
    error(problem, 0)
  end
  out:finish()
end

--- Writes a text in bold, on a terminal that shows colours.
function Writer:bold(text)
  return self.is_colour and "\27[1m" .. text .. "\27[0m" or text
end

return writer
