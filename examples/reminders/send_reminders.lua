-- Reminds people of their appointments by SMS. The program may be killed at any moment and run again:
-- nobody is reminded twice, and nobody is left out.
--
--   lua5.4 examples/reminders/send_reminders.lua APPOINTMENTS JOURNAL
--
-- APPOINTMENTS is a CSV file with the columns id, name, phone and time. JOURNAL is a file that this
-- program writes: what became of each id.
--
-- TWILIO_FROM is the sender. The credentials are TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.
-- TWILIO_BASE_URL names another server instead of Twilio's. REMINDERS_RATE is how many reminders are
-- started per second (10). REMINDERS_WAIT is how many seconds the program waits for the delivery of a
-- message (120). REMINDERS_SETTLE is after how many seconds a request of a killed run has certainly
-- arrived (60).
local twilio = require "twilio"

local FINAL = { delivered = true, undelivered = true, failed = true, canceled = true, refused = true }
local from = os.getenv "TWILIO_FROM"
local rate = tonumber(os.getenv "REMINDERS_RATE" or 10)
local wait = tonumber(os.getenv "REMINDERS_WAIT" or 120)
local settle = tonumber(os.getenv "REMINDERS_SETTLE" or 60)

if #arg ~= 2 or not from then
  io.stderr:write("usage: TWILIO_FROM=+1… ", arg[0], " APPOINTMENTS JOURNAL\n")
  os.exit(2)
end

local client = twilio.client { base_url = os.getenv "TWILIO_BASE_URL" }
local journal = assert(twilio.journal.open(arg[2]))

local function text_of(row)
  return ("%s, we expect you on %s. Appointment %s."):format(row.name, row.time, row.id)
end

-- Looks for the message of an earlier run, which was killed after it had written its intention and
-- before it had written the SID. A queued message has no date_sent, so that a search by date would
-- not find it. Returns the message; nil if there is none; or nil, message, err.
local function find(row, entry)
  local pause = entry.at + settle - os.time()
  if pause > 0 then
    local ok, message, err = twilio.sleep(pause)
    if not ok then return nil, message, err end
  end
  local sent, message, err = client.messages:list({ to = row.phone }, { limit = 50 })
  if not sent then return nil, message, err end
  for _, sms in ipairs(sent) do
    if sms.body == text_of(row) and sms:time "date_created" >= entry.at - settle then return sms end
  end
end

-- Sends the reminder, and writes to the journal before and after. Returns the message; or nil,
-- message, err.
local function send(row)
  local ok, message, err = journal:put(row.id, { state = "sending", at = os.time() })
  if not ok then return nil, message, err end
  local sms
  sms, message, err = client.messages:create { to = row.phone, from = from, body = text_of(row) }
  if sms then return sms end
  -- Twilio has certainly not accepted the message if the request was not sent, or was refused. After any
  -- other failure, such as a lost response, the next run looks for the message.
  local is_refused = err.kind == "api" and err.status < 500
  if err.sent == "no" or is_refused then journal:put(row.id, { state = "not sent", reason = message }) end
  return nil, message, err
end

-- Returns the message of the row, which this run or an earlier one has sent; or nil, message, err.
local function message_of(row)
  local entry = journal:get(row.id)
  if entry and entry.sid then return client.messages:get(entry.sid) end
  if entry and entry.state == "sending" then
    local found, message, err = find(row, entry)
    if found or message then return found, message, err end
  end
  return send(row)
end

local function remind(row)
  local entry = journal:get(row.id)
  if entry and FINAL[entry.state] then return entry.state end
  local sms, message, err = message_of(row)
  if not sms then return nil, message, err end
  local ok
  ok, message, err = journal:put(row.id, { state = sms.status, sid = sms.sid })
  if not ok then return nil, message, err end
  ok, message, err = sms:wait_for({ "delivered" }, { timeout = wait })
  if not ok then return nil, message, err end
  ok, message, err = journal:put(row.id, { state = sms.status, sid = sms.sid })
  if not ok then return nil, message, err end
  return sms.status
end

local function progress(done, _, failed)
  io.stderr:write(("\r%d reminders, %d failed"):format(done, failed))
end

local results, failures, stopped = twilio.map(twilio.csv.rows(arg[1]), { limit = 10, rate = rate, progress = progress }, remind)
journal:close()
io.stderr:write "\n"

local counts = {}
for i = 1, results.n do
  local state = results[i]
  if state then counts[state] = (counts[state] or 0) + 1 end
end
for state, count in pairs(counts) do print(("%6d  %s"):format(count, state)) end
if failures then
  print(twilio.summary(failures))
  if stopped then io.stderr:write("stopped: ", stopped.message, "\n") end
  os.exit(1)
end
