--- The line on the standard error that shows how far a file is: records, records per second, time.

local core = require "twilio.core"

local progress = {}

local INTERVAL = 0.1 -- seconds between two updates

local function grouped(n)
  local text = ("%d"):format(n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

--- Returns a line about `done` records after `seconds`.
function progress.line(done, seconds)
  local rate = seconds > 0 and done / seconds or 0
  return ("%s record%s  %s/s  %.1f s"):format(grouped(done), done == 1 and "" or "s", grouped(math.floor(rate)), seconds)
end

--- Returns a function of the number of records, and a function that ends the line. They do nothing if
-- the standard error is no terminal.
function progress.new()
  if not core.terminal(io.stderr) then return function() end, function() end end
  local start, shown_at, last = core.now(), -math.huge, nil
  local function show(done)
    io.stderr:write("\r", progress.line(done, core.now() - start), "\27[K")
    last = done
  end
  local function update(done)
    if core.now() - shown_at < INTERVAL then return end
    shown_at = core.now()
    show(done)
  end
  local function finish(done)
    if done then show(done) end
    if last then io.stderr:write "\n" end
  end
  return update, finish
end

return progress
