-- Writes the call log as CSV (RFC 4180).
--
--   lua5.4 examples/export_calls.lua [SINCE [FILE]]
--
-- SINCE is a day in UTC, such as 2026-01-31. Only calls that started on or after that day are
-- written. Without FILE the calls are written to the standard output.
-- The credentials are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. TWILIO_BASE_URL names another
-- server instead of Twilio's.
local twilio = require "twilio"

local since, name = arg[1], arg[2]

local function is_day(text)
  local year, month, day = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  return year and os.date("%Y-%m-%d", os.time { year = year, month = month, day = day, hour = 12 }) == text -- rejects February 30
end

if since and not is_day(since) or #arg > 2 then
  io.stderr:write("usage: ", arg[0], " [SINCE [FILE]] (SINCE: 2026-01-31)\n")
  os.exit(2)
end

local COLUMNS = { "sid", "start_time", "end_time", "direction", "from", "to", "status", "duration", "price", "price_unit", "caller_name" }
local TIMES = { start_time = true, end_time = true }

local function field(call, column)
  local seconds = TIMES[column] and call:time(column)
  local text = seconds and os.date("!%Y-%m-%dT%H:%M:%SZ", seconds) or call[column] or ""
  return text:find '[",\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text
end

local function main()
  local client = twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }
  local calls = client.calls:iter { start_time_after = since }
  local call = calls() -- before the file is opened, so that a failure does not overwrite it
  local out = name and assert(io.open(name, "w")) or io.stdout
  local function write(fields) assert(out:write(table.concat(fields, ","), "\r\n")) end
  write(COLUMNS)
  while call do
    local fields = {}
    for i, column in ipairs(COLUMNS) do fields[i] = field(call, column) end
    write(fields)
    call = calls()
  end
  assert(out:flush()) -- a full disk may only be reported here
end

local ok, problem = pcall(main)
if not ok then
  io.stderr:write(problem, "\n")
  os.exit(1)
end
