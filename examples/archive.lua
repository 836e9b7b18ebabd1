-- Archives one day: the call log as CSV, and the recordings. Made for a nightly job: the program may be
-- run again, and fetches only what is missing.
--
--   lua5.4 examples/archive.lua DIRECTORY [DAY [FORMAT]]
--
-- DIRECTORY must exist. DAY is a day in UTC, such as 2026-01-31 (yesterday). FORMAT is mp3 or wav (mp3).
-- The credentials are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. TWILIO_BASE_URL names another server
-- instead of Twilio's.
local twilio = require "twilio"

local DAY = 24 * 60 * 60
local directory, day, format = arg[1], arg[2] or os.date("!%Y-%m-%d", os.time() - DAY), arg[3] or "mp3"

-- Returns the day after a day; nil if the text is no day.
local function day_after(text)
  local year, month, number = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)$"
  local noon = year and os.time { year = year, month = month, day = number, hour = 12 }
  if not noon or os.date("%Y-%m-%d", noon) ~= text then return nil end -- rejects February 30
  return os.date("%Y-%m-%d", noon + DAY)
end

local next_day = day_after(day)
if not directory or not next_day or format ~= "mp3" and format ~= "wav" then
  io.stderr:write("usage: ", arg[0], " DIRECTORY [DAY [mp3|wav]] (DAY: 2026-01-31)\n")
  os.exit(2)
end

local client = twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }

local function fail(message)
  io.stderr:write("\n", message, "\n")
  os.exit(1)
end

-- The file appears when it is complete, so that a file that exists need not be fetched again.
local function is_there(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local calls, message = client.calls:csv(("%s/calls-%s.csv"):format(directory, day), { start_time_after = day, start_time_before = next_day }, {
  columns = { "sid", "start_time", "end_time", "direction", "from", "to", "status", "duration", "price", "price_unit" },
  progress = function(done) io.stderr:write(("\r%d calls"):format(done)) end,
})
if not calls then fail(message) end

local fetched, bytes = 0, 0

local function fetch(recording)
  local path = ("%s/%s.%s"):format(directory, recording.sid, format)
  if is_there(path) then return true end
  local file, problem, err = recording:save(path, { format = format })
  if not file then return nil, problem, err end
  fetched, bytes = fetched + 1, bytes + file.size
  return true
end

local function progress(done, _, failed)
  io.stderr:write(("\r%d calls, %d recordings, %.1f MB, %d failed"):format(calls, done, bytes / 1e6, failed))
end

local recordings = client.recordings:iter { date_created_after = day, date_created_before = next_day }
local results, failures, stopped = twilio.map(recordings, { limit = 4, progress = progress }, fetch)
io.stderr:write "\n"
print(("%d calls, %d recordings, of which %d are new"):format(calls, results.n, fetched))
if failures then
  print(twilio.summary(failures))
  fail(stopped and "stopped: " .. stopped.message or "some recordings are missing: run the program again")
end
