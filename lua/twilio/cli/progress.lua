--- The line on the standard error that shows how far a file is: records or bytes, their rate, the time.

local core = require "twilio.core"

local progress = {}

local INTERVAL = 0.1 -- seconds between two updates

local function grouped(n)
  local text = ("%d"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

--- Returns a line about `done` records or bytes, of `total` if it is known, after `seconds`.
function progress.line(what, done, seconds, total)
  local rate = seconds > 0 and done / seconds or 0
  local of = total and (" of %s"):format(grouped(total)) or ""
  return ("%s%s %s  %s/s  %.1f s"):format(grouped(done), of, what, grouped(math.floor(rate)), seconds)
end

--- Returns a function of the number of records or bytes and their total, and a function that ends the
-- line. They do nothing if the standard error is no terminal. `what` is "records" by default.
function progress.new(what)
  if not core.terminal(io.stderr) then return function() end, function() end end
  local start, shown_at, last = core.now(), -math.huge, nil
  local function show(done, total)
    io.stderr:write("\r", progress.line(what or "records", done, core.now() - start, total), "\27[K")
    last = done
  end
  local function update(done, total)
    if core.now() - shown_at < INTERVAL then return end
    shown_at = core.now()
    show(done, total)
  end
  local function finish(done)
    if done then show(done) end
    if last then io.stderr:write "\n" end
  end
  return update, finish
end

return progress
