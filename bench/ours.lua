-- The contestant "this library". README.md describes the tasks.

local work, base_url, ca, count = ...
count = tonumber(count)
local twilio = require "twilio"

local options = { base_url = base_url, ca_file = ca ~= "-" and ca or nil }
if work == "get_once" then options.retries = 0 end
if work == "get_deadline" then options.retries, options.deadline = 3, 30 end
local client = twilio.client(options)
if work == "ready" then return end

local sid = os.getenv "BENCH_CALL"

local function get()
  local call = assert(client.calls:get(sid))
  return #call.sid + tonumber(call.duration)
end

local function create()
  local call = assert(client.calls:create {
    to = "+15558675310",
    from = "+15017122661",
    url = "http://foo.com/call.xml",
    method = "GET",
    status_callback = "http://foo.com/events?kind=call&of=bench",
    status_callback_method = "POST",
    timeout = 25,
    record = true,
    machine_detection = "Enable",
    caller_id = "+15017122661",
  })
  return #call.sid
end

local credentials = { account_sid = os.getenv "TWILIO_ACCOUNT_SID", api_key = "SK" .. ("0"):rep(32), api_secret = ("s"):rep(32) }
local token_client = work == "token" and twilio.client(credentials)

local function token()
  local text = token_client.jwt.access_token {
    identity = "alice",
    grants = { voice = { incoming_allow = true, outgoing_application_sid = "AP00000000000000000000000000000000" } },
  }
  return #text > 300 and 1 or 0
end

if work == "first" then
  print("check", get())
  return
end

local function loop(step)
  for _ = 1, math.min(count, 100) do step() end
  collectgarbage()
  collectgarbage() -- frees what finalizers have released
  local before = collectgarbage "count"
  local sum, start = 0, os.clock()
  for _ = 1, count do sum = sum + step() end
  print("cpu", os.clock() - start)
  print("check", sum)
  collectgarbage()
  collectgarbage()
  print("growth", (collectgarbage "count" - before) * 1024 / count)
end

local function walk(look)
  local sum, records, start = 0, 0, os.clock()
  for call in client.calls:iter { page_size = 1000 } do
    records = records + 1
    sum = sum + look(call)
  end
  print("cpu", os.clock() - start)
  print("check", records .. ":" .. sum)
end

local texts = {
  "sid", "parent_call_sid", "account_sid", "to", "to_formatted", "from", "from_formatted", "phone_number_sid", "status", "duration",
  "price", "price_unit", "direction", "answered_by", "api_version", "forwarded_from", "group_sid", "caller_name", "queue_time",
  "trunk_sid", "uri",
}
local dates = { "date_created", "date_updated", "start_time", "end_time" }

-- Measures how long after its deadline of 0.1 s a call returns if the server stalls. Prints the
-- median and the longest delay in milliseconds.
local function late()
  local now, list = require("twilio.core").now, {}
  local bounds = { deadline = 0.1, timeout = 30, max_retry_wait = 0.02 }
  for i = 1, count do
    local start = now()
    local call, message, err = client.calls:get(sid, nil, bounds)
    list[i] = (now() - start - bounds.deadline) * 1e3
    assert(not call and err.kind == "timeout", message)
  end
  table.sort(list)
  print("late", list[math.ceil(#list / 2)])
  print("latest", list[#list])
  print("check", count)
end

local works = {
  get = function() loop(get) end,
  get_once = function() loop(get) end,
  get_deadline = function() loop(get) end,
  late = late,
  create = function() loop(create) end,
  token = function() loop(token) end,
  walk = function()
    walk(function(call) return #call.sid + #call.status + tonumber(call.duration) end)
  end,
  fields = function()
    walk(function(call)
      local n = #call.subresource_uris.notifications
      for i = 1, #texts do
        local text = call[texts[i]]
        if text then n = n + #text end
      end
      for i = 1, #dates do
        if call[dates[i]] then n = n + 1 end
      end
      return n
    end)
  end,
  -- 50 µs of work per record, which is 50 ms per page of 1000 records
  busy = function()
    walk(function(call)
      local over = os.clock() + 50e-6
      repeat until os.clock() >= over
      return #call.sid
    end)
  end,
}

works[work]()
