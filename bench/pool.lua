--- `make bench-pool`: measures a host that opens a Lua state for each script, as FreeSWITCH does.
-- The script makes one HTTPS request. Compares the builds with and without the pool of connections.
-- Also measures how soon a waiting call ends when its channel is hung up. Prints Markdown.
--
--   lua bench/pool.lua NAME     (from the top directory; NAME is the Lua, such as lua5.4)
--
-- The modules are in build/NAME and build/NAME-unpooled. bench.mk builds them.

package.path = "bench/?.lua;" .. package.path
local site = require "site"

local name = arg[1] or "lua5.4"

local script = [[
local twilio = require "twilio"
local client = twilio.client { base_url = os.getenv "BENCH_URL", ca_file = os.getenv "BENCH_CA" }
local call, message = client.calls:get(os.getenv "BENCH_SID")
assert(call and call.status == "busy" or call.status == "completed", message)
host.meet()
]]

-- Prints the mean and the longest time from a hang-up to the end of the waiting call, in
-- milliseconds. A waiting call calls `ready` every 10 ms. The times of the hang-ups are spread over
-- 20 ms, so that they fall on all parts of this interval.
local hangups = [[
local twilio = require "twilio"
local now = require("twilio.core").now
local client = twilio.client { base_url = os.getenv "BENCH_STALL" }
local sum, worst, count = 0, 0, 200
for i = 1, count do
  local hangup = now() + 0.04 + i / count * 0.02
  local session = { ready = function() return now() < hangup end }
  local call, message, err = client.calls:get("CA1", nil, { ready = function() return session:ready() end })
  local late = (now() - hangup) * 1000
  assert(not call and err.kind == "cancelled" and late >= 0, message)
  sum, worst = sum + late, math.max(worst, late)
end
print(("%.1f %.1f"):format(sum / count, worst))
]]

-- Runs the host once. Returns the wall-clock time and the CPU time of one script in milliseconds.
local function run(build, trust, threads, runs)
  local ca = trust.ca and "BENCH_CA='" .. trust.ca .. "' " or ""
  local fine, text = site.shell(("%senv LUA_PATH='lua/?.lua;;' LUA_CPATH='build/%s/?.so;;' TWILIO_ACCOUNT_SID=%s TWILIO_AUTH_TOKEN=%s "
    .. "BENCH_URL=%s BENCH_SID=%s %sbuild/bench/host-%s %d %d kept '%s/script.lua'"):format(trust.prefix or "", build, site.account_sid,
    site.auth_token, site.https, site.call_sid, ca, name, threads, runs, site.directory))
  if not fine then error(text, 0) end
  local scripts = threads * (runs + 1)
  return text:match "seconds ([%d.]+)" * 1000 / scripts, text:match "cpu ([%d.]+)" * 1000 / scripts
end

-- Measures both builds in turns, in three rounds. Prints the lowest time of each.
local function compare(trust, threads, runs)
  local clock, cpu = {}, {}
  for _ = 1, 3 do
    for _, build in ipairs { name, name .. "-unpooled" } do
      local a, b = run(build, trust, threads, build == name and runs or math.max(5, runs / 10))
      clock[build], cpu[build] = math.min(clock[build] or a, a), math.min(cpu[build] or b, b)
    end
  end
  local with, without = name, name .. "-unpooled"
  print(("| %s, %d at a time | %.2f | %.2f | %.1f | %.2f | %.2f | %.1f |"):format(trust.name, threads, clock[with], clock[without],
    clock[without] / clock[with], cpu[with], cpu[without], cpu[without] / cpu[with]))
end

local function run_hangups()
  local fine, text = site.shell(("env LUA_PATH='lua/?.lua;;' LUA_CPATH='build/%s/?.so;;' TWILIO_ACCOUNT_SID=%s TWILIO_AUTH_TOKEN=%s "
    .. "BENCH_STALL=%s/stall %s '%s/hangups.lua'"):format(name, site.account_sid, site.auth_token, site.slow_url, name, site.directory))
  if not fine then error(text, 0) end
  print(("\nFrom the hang-up of a channel to the end of its waiting call, 200 times: mean %s ms, longest %s ms (target: 20)"):format(
    text:match "([%d.]+) ([%d.]+)"))
end

site.pages, site.slow_pages = 1, 1
local fine, problem = pcall(function()
  site.start "build/bench"
  site.write(site.directory .. "/script.lua", script)
  site.write(site.directory .. "/hangups.lua", hangups)
  local trusts = {}
  if site.in_store then
    trusts[1] = { name = "the system's hashed directory", prefix = site.in_store }
    trusts[2] = { name = "a bundle as large as the system's", ca = site.directory .. "/certs/ca-certificates.crt" }
  end
  trusts[#trusts + 1] = { name = "one certificate in a file", ca = site.ca }
  print(("Milliseconds per script with %s. Each script has a new Lua state, a client and one HTTPS request:\n"):format(name))
  print("| trust | with the pool | without the pool | ratio | CPU with the pool | CPU without the pool | ratio of the CPU times |\n"
    .. "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
  for _, trust in ipairs(trusts) do
    for _, threads in ipairs { 1, 8 } do compare(trust, threads, 1600 / threads) end
  end
  run_hangups()
end)
site.stop()
if not fine then
  io.stderr:write("bench/pool.lua: ", tostring(problem), "\n")
  os.exit(1)
end
