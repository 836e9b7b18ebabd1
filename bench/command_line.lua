--- `make bench-command-line`: from the start of a command to the end of its output, beside twilio-cli of npm and curl.
--
--   lua bench/command_line.lua LUA       (from the top directory)
--
-- The commands list 20 calls of the stand-in for Twilio. npm installs twilio-cli below build/bench, unless it is there.
package.path = "./?.lua;" .. package.path

local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local lua, ROUNDS, CALLS = arg[1] or "lua5.4", tonumber(os.getenv "BENCH_ROUNDS" or "") or 15, 20
local PLACE, MEASURE = "build/bench", "build/bench/measure"
local TWILIO = PLACE .. "/node_modules/.bin/twilio"

local function there_is(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

if not there_is(TWILIO) and shell.has "npm" then
  shell.run(("npm install --prefix %s --no-save --no-audit --no-fund --loglevel=error twilio-cli"):format(PLACE))
end

local server = servers.twilio { now = 1300000000 }
server:post("/_/seed", { Calls = CALLS, Status = "completed" })

local ENVIRONMENT = ("env TWILIO_ACCOUNT_SID=%s TWILIO_AUTH_TOKEN=%s TWILIO_BASE_URL=%s BENCH_SERVER=%s HOME=%s/home"):format(
  server.account_sid, server.auth_token, server.url, server.url, PLACE)

local LIST = ("%s/2010-04-01/Accounts/%s/Calls.json?PageSize=%d"):format(server.url, server.account_sid, CALLS)

-- name, command, and a text that its output contains CALLS times
local CONTESTANTS = {
  { "twilio-lua, " .. lua, ("%s bin/twilio-lua calls list --limit %d"):format(lua, CALLS), "CA%x+" },
  { "curl", ("curl -s -u %s:%s '%s'"):format(server.account_sid, server.auth_token, LIST), '"sid":"CA%x+"' },
}
if there_is(TWILIO) then
  CONTESTANTS[3] = {
    "twilio-cli, node", ("node --require ./bench/redirect.js %s api:core:calls:list --limit %d -o tsv"):format(TWILIO, CALLS), "CA%x+",
  }
end

-- Runs a command. Returns the seconds of its process, those of the CPU, and its peak memory in KiB.
local function measure(contestant)
  local output = shell.must(("%s %s %s 2>/dev/null"):format(ENVIRONMENT, MEASURE, contestant[2]))
  local _, found = output:gsub(contestant[3], "")
  if found ~= CALLS then error(("%s wrote %d calls: %s"):format(contestant[1], found, output)) end
  local function value(name) return tonumber(output:match("process_" .. name .. "%s+([%d.]+)")) end
  return value "wall", value "cpu", value "peak"
end

local function middle(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

local rounds = {}
for i, contestant in ipairs(CONTESTANTS) do
  rounds[i] = { wall = {}, cpu = {}, peak = {} }
  measure(contestant) -- fills the caches
end
for _ = 1, ROUNDS do
  for i, contestant in ipairs(CONTESTANTS) do
    local wall, cpu, peak = measure(contestant)
    table.insert(rounds[i].wall, wall)
    table.insert(rounds[i].cpu, cpu)
    table.insert(rounds[i].peak, peak)
  end
end
server:stop()

print(("From the start of a command that lists %d calls to its end: medians of %d rounds.\n"):format(CALLS, ROUNDS))
print "| command | ms | CPU, ms | peak memory, MiB | time ÷ twilio-lua | CPU ÷ | memory ÷ |\n| --- | --: | --: | --: | --: | --: | --: |"
local ours
for i, contestant in ipairs(CONTESTANTS) do
  local wall, cpu, peak = middle(rounds[i].wall), middle(rounds[i].cpu), middle(rounds[i].peak)
  ours = ours or { wall, cpu, peak }
  print(("| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |"):format(
    contestant[1], wall * 1e3, cpu * 1e3, peak / 1024, wall / ours[1], cpu / ours[2], peak / ours[3]))
end
