-- The contestant "Lua by hand": lua-curl with one reused handle, lua-cjson, and a form encoded with
-- gsub. Debian packages lua-curl for Lua 5.1 and 5.2. README.md describes the tasks.

local work, base_url, ca, count = ...
count = tonumber(count)
local curl = require "curl"
local cjson = require "cjson"

local account, token = os.getenv "TWILIO_ACCOUNT_SID", os.getenv "TWILIO_AUTH_TOKEN"
local handle, parts = curl.easy_init(), nil
handle:setopt(curl.OPT_USERPWD, account .. ":" .. token)
handle:setopt(curl.OPT_HTTPHEADER, { "Accept: application/json" })
handle:setopt(curl.OPT_FAILONERROR, 1) -- this binding cannot read the status
if ca ~= "-" then handle:setopt(curl.OPT_CAINFO, ca) end
handle:setopt(curl.OPT_WRITEFUNCTION, function(piece)
  parts[#parts + 1] = piece
  return #piece
end)
if work == "ready" then return end

local function send(path)
  parts = {}
  handle:setopt(curl.OPT_URL, base_url .. path)
  local code, message = handle:perform()
  if code ~= 0 then error(message) end
  return cjson.decode(table.concat(parts))
end

local function escape(text)
  return (tostring(text):gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function encode(params)
  local out = {}
  for name, value in pairs(params) do out[#out + 1] = name .. "=" .. escape(value) end
  return table.concat(out, "&")
end

local calls = "/2010-04-01/Accounts/" .. account .. "/Calls"
local sid = os.getenv "BENCH_CALL"

local function get()
  local call = send(calls .. "/" .. sid .. ".json")
  return #call.sid + tonumber(call.duration)
end

local function create()
  local body = encode {
    To = "+15558675310",
    From = "+15017122661",
    Url = "http://foo.com/call.xml",
    Method = "GET",
    StatusCallback = "http://foo.com/events?kind=call&of=bench",
    StatusCallbackMethod = "POST",
    Timeout = 25,
    Record = true,
    MachineDetection = "Enable",
    CallerId = "+15017122661",
  }
  handle:setopt(curl.OPT_POSTFIELDS, body)
  return #send(calls .. ".json").sid -- libcurl reads `body` without copying it
end

if work == "first" then
  print("check", get())
  return
end

local function loop(step)
  for _ = 1, math.min(count, 100) do step() end
  local sum, start = 0, os.clock()
  for _ = 1, count do sum = sum + step() end
  print("cpu", os.clock() - start)
  print("check", sum)
end

local function walk(look)
  local sum, records, start = 0, 0, os.clock()
  local path = calls .. ".json?PageSize=1000"
  while path do
    local page = send(path)
    for _, call in ipairs(page.calls) do
      records = records + 1
      sum = sum + look(call)
    end
    path = page.next_page_uri ~= cjson.null and page.next_page_uri
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

local works = {
  get = function() loop(get) end,
  create = function() loop(create) end,
  walk = function()
    walk(function(call) return #call.sid + #call.status + tonumber(call.duration) end)
  end,
  fields = function()
    local null = cjson.null
    walk(function(call)
      local n = #call.subresource_uris.notifications
      for i = 1, #texts do
        local text = call[texts[i]]
        if text ~= null then n = n + #text end
      end
      for i = 1, #dates do
        if call[dates[i]] ~= null then n = n + 1 end
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
