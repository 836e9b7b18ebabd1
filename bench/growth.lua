--- `make bench-growth`: how the cost of one unit grows with the number of units. Prints Markdown.
--
--   lua bench/growth.lua LUA     (from the top directory)
--
-- The last column of each table compares the cost of a unit in the row with that in the first row. A
-- cost that does not grow stays near 1.

package.path = "bench/?.lua;" .. package.path
local site = require "site"

local lua = arg[1] or "lua5.4"
local name = lua:match "[^/]+$"
local ROUNDS = 3

local function middle(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

-- Runs a command with the library and the credentials. Returns what it prints.
local function output_of(command)
  local fine, text = site.shell(("env LUA_PATH='lua/?.lua;;' LUA_CPATH='build/%s/?.so;;' TWILIO_ACCOUNT_SID=%s TWILIO_AUTH_TOKEN=%s %s"):format(
    name, site.account_sid, site.auth_token, command))
  if not fine then error(text, 0) end
  return text
end

-- Runs a Lua program of this file with the arguments. Returns the numbers that it prints, by name.
local function run(program, ...)
  local path = site.directory .. "/program.lua"
  site.write(path, program)
  local text = output_of(("build/bench/measure %s %s %s"):format(lua, path, table.concat({ ... }, " ")))
  local values = {}
  for key, value in text:gmatch "([%w_]+)%s+([%d.]+)\n" do values[key] = tonumber(value) end
  return values
end

-- Prints a table. `measure(size)` returns the cost of one unit, and further figures of the row.
local function add_table(title, heads, sizes, measure)
  print("## " .. title .. "\n")
  print("| " .. table.concat(heads, " | ") .. " | ÷ first row |\n|" .. ("--:|"):rep(#heads + 1))
  local first
  for _, size in ipairs(sizes) do
    local costs, rest = {}, nil
    for i = 1, ROUNDS do
      costs[i], rest = measure(size)
    end
    local cost = middle(costs)
    first = first or cost
    print(("| %d | %.2f | %s%.2f |"):format(size, cost, rest and ("%.1f | "):format(rest) or "", cost / first))
  end
  print ""
end

local IN_FLIGHT = [[
local twilio = require "twilio"
local url, count, at_once = arg[1], tonumber(arg[2]), tonumber(arg[3])
local client = twilio.client { base_url = url }
local numbers = {}
for i = 1, count do numbers[i] = "+15558675310" end
local before = os.clock()
local _, failures = twilio.map(numbers, at_once, function(number)
  return client.calls:make { to = number, from = "+15017122661", url = "http://foo.com/call.xml" }
end)
assert(not failures, failures and select(2, next(failures)).message)
print("cpu", os.clock() - before)
]]

local WALK = [[
local twilio = require "twilio"
local url, limit, lists = arg[1], tonumber(arg[2]), tonumber(arg[3])
local client = twilio.client { base_url = url }
local before, records, sum = os.clock(), 0, 0
for _ = 1, lists do
  for call in client.calls:iter({ page_size = 1000 }, { limit = limit }) do
    records, sum = records + 1, sum + #call.sid + #call.status
  end
end
assert(records == limit * lists, records)
print("cpu", os.clock() - before)
]]

local CLIENTS = [[
local twilio = require "twilio"
local url, count = arg[1], tonumber(arg[2])
local clients = {}
collectgarbage()
local heap = collectgarbage "count"
for i = 1, count do clients[i] = twilio.client { base_url = url } end
collectgarbage()
print("heap", (collectgarbage "count" - heap) / count)
for i = 1, count do assert(clients[i].calls:get(arg[3])) end
local before = os.clock()
for i = 0, 3999 do assert(clients[i % count + 1].calls:get(arg[3])) end
print("cpu", os.clock() - before)
]]

local SCRIPT = [[
local client = require "twilio".client { base_url = os.getenv "BENCH_URL", ca_file = os.getenv "BENCH_CA" }
assert(client.calls:get(os.getenv "BENCH_SID"))
host.meet()
]]

local function microseconds(values, count) return values.cpu / count * 1e6 end

local fine, problem = pcall(function()
  site.start "build/bench"
  print "# Results of `make bench-growth`\n"
  add_table("Calls placed over HTTP by twilio.map", { "in flight", "µs of CPU for one call", "peak memory of the process, MiB" },
    { 1, 10, 100, 1000 }, function(size)
      local values = run(IN_FLIGHT, site.http, 4000, size)
      return microseconds(values, 4000), values.process_peak / 1024
    end)
  add_table("Records walked over HTTP, 1,000 on a page", { "records", "µs of CPU for one record", "peak memory of the process, MiB" },
    { 1000, 10000, 100000, 1000000 }, function(size)
      local lists = math.max(1, size / 100000) -- the server has 100 pages; a million records are ten lists
      local values = run(WALK, site.http, size / lists, lists)
      return microseconds(values, size), values.process_peak / 1024
    end)
  add_table("Clients that take turns", { "clients", "µs of CPU for one fetch over HTTP", "KiB of Lua's heap for a client" },
    { 1, 10, 100, 1000 }, function(size)
      local values = run(CLIENTS, site.http, size, site.call_sid)
      return microseconds(values, 4000), values.heap
    end)
  site.write(site.directory .. "/script.lua", SCRIPT)
  add_table("Threads that open a Lua state for each script, one HTTPS request in each", { "threads", "ms of CPU for one script" },
    { 1, 4, 16, 64 }, function(threads)
      local runs = math.ceil(320 / threads)
      local text = output_of(("env BENCH_URL=%s BENCH_CA=%s BENCH_SID=%s build/bench/host-%s %d %d kept %s/script.lua"):format(site.https, site.ca,
        site.call_sid, name, threads, runs, site.directory))
      return text:match "cpu ([%d.]+)" * 1000 / (threads * (runs + 1))
    end)
end)
site.stop()
if not fine then
  io.stderr:write("bench-growth: ", tostring(problem), "\n")
  os.exit(1)
end
