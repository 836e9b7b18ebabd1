--- A stage of `make soak`: threads open Lua states, send requests, and close the states, as in
-- FreeSWITCH. See spec/support/host.c.
local new_host = require "spec.support.host"

local THREADS, FIRST = 4, 50

local SCRIPT = [[
local client = require("twilio").client {
  account_sid = "AC1", auth_token = "t", base_url = os.getenv "SOAK_URL" .. "/fast", ca_file = os.getenv "SOAK_CA", timeout = 100, retries = 0,
}
local SID = "CA0123456789abcdef0123456789abcdef"
assert(assert(client.calls:get(SID)).sid == SID)
if host.round then host.meet() end
local how = (host.run + host.thread) % 4
if how == 0 then
  local request = require("twilio.core").request(client.calls, "list", {})
  request:hooks().engine:submit(request) -- in flight when the state closes
elseif how == 1 then
  assert(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" })
elseif how == 2 then
  client:close()
else
  error "on purpose"
end
]]

return function(origin, seconds)
  local host, problems = new_host(), {}
  host:write("script.lua", SCRIPT)
  local function run(runs)
    return host:run("script.lua", { threads = THREADS, runs = runs, variables = { SOAK_URL = origin.url, SOAK_CA = origin.authority } })
  end
  local first = run(FIRST)
  local runs = math.max(FIRST, math.floor(FIRST * seconds / first.seconds[1]))
  local said = run(runs)
  host:remove()
  local states = THREADS * runs
  if said.failures[1] ~= 0 then problems[#problems + 1] = said.failures[1] .. " scripts failed" end
  if said.descriptors[1] ~= said.descriptors[2] then problems[#problems + 1] = "descriptors leak" end
  if said.allocated[2] - said.allocated[1] > 8 * states + 65536 then problems[#problems + 1] = "allocated memory grows" end
  local text = "states: %d in %d threads; after the first and the last: allocated %.0f and %.0f KiB, resident %.0f and %.0f KiB, "
    .. "descriptors %d and %d"
  print(text:format(states, THREADS, said.allocated[1] / 1024, said.allocated[2] / 1024, said.resident[1] / 1024, said.resident[2] / 1024,
    said.descriptors[1], said.descriptors[2]))
  return problems
end
