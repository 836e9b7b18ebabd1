-- A stage of `make soak`: one Lua state sends requests for SECONDS. Memory and descriptors after the first
-- tenth of the time, and at the end, must be the same.
--
--   flat.lua URL AUTHORITY SECONDS
local at_once = require "spec.support.at_once"
local twilio = require "twilio"

local url, authority, seconds = arg[1], arg[2], tonumber(arg[3])
local SID = "CA0123456789abcdef0123456789abcdef"
local AT_ONCE, BATCH = 16, 400
local GROWTH = 4 * 1024 * 1024 -- bytes: fragmentation, and what libcurl and OpenSSL keep for connections

local function client(path, options)
  local all = { account_sid = "AC1", auth_token = "t", base_url = url .. path, ca_file = authority, wait = at_once.wait, retries = 0, timeout = 60 }
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.client(all)
end

local fast, missing, closing = client "/fast", client "/missing", client "/close"

local deeds = {
  function() assert(assert(fast.calls:get(SID)).sid == SID) end,
  function() assert(fast.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }) end,
  function() assert(#assert(fast.calls:list {}) == 1) end,
  function() assert(fast:request { path = "/x", query = { a = ("x"):rep(2000) } }) end,
  function() assert(select(3, missing.calls:get(SID)).code == 20404) end,
  function() assert(select(3, closing.calls:get(SID)).kind == "network") end,
  function()
    local own = client("/fast", { log = function() end })
    assert(own.calls:get(SID))
    own:close()
  end,
  function()
    local canceller = twilio.canceller()
    canceller:cancel()
    assert(select(3, fast.calls:get(SID, nil, { cancel = canceller })).kind == "cancelled")
  end,
}
-- Most requests succeed.
local shares = { 40, 25, 15, 10, 5, 1, 2, 2 }

local function draw_deed(number)
  local point = number * 37 % 100
  for i, share in ipairs(shares) do
    point = point - share
    if point < 0 then return deeds[i] end
  end
end

local sent = 0

local function batch()
  local operations = {}
  for i = 1, BATCH do operations[i] = { run = draw_deed(sent + i) } end
  at_once.run(operations, AT_ONCE, function(operation) return coroutine.create(operation.run) end)
  for _, operation in ipairs(operations) do assert(operation.raised == nil, operation.raised) end
  sent = sent + BATCH
end

local function measure()
  collectgarbage()
  collectgarbage()
  local file = assert(io.open "/proc/self/statm")
  local resident = tonumber(file:read "*a":match "^%d+ (%d+)") * 4096
  file:close()
  -- `ls` has its own descriptor of the directory
  local pipe = io.popen "ls /proc/$PPID/fd | wc -l"
  local descriptors = tonumber(pipe:read "*a")
  pipe:close()
  return { resident = resident, descriptors = descriptors, lua = collectgarbage "count" * 1024 }
end

local function run_until(time)
  while os.time() < time do batch() end
end

local start = os.time()
batch()
run_until(start + math.ceil(seconds / 10))
local early, early_sent = measure(), sent
run_until(start + seconds)
local late = measure()
print(("flat: %d requests; after %d and at the end: resident %.0f and %.0f KiB, Lua %.0f and %.0f KiB, descriptors %d and %d"):format(sent,
  early_sent, early.resident / 1024, late.resident / 1024, early.lua / 1024, late.lua / 1024, early.descriptors, late.descriptors))
assert(late.resident - early.resident <= GROWTH, "memory grows")
assert(late.lua - early.lua <= 64 * 1024, "Lua's memory grows")
assert(late.descriptors <= early.descriptors + AT_ONCE, "descriptors leak") -- connections come and go
