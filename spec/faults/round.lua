--- Sends requests through cutting_proxy.c to the fault server, and judges them. The program of one round:
--
--   round.lua LANE SEED REQUESTS PROXY PORT AUTHORITY
--
-- PROXY is the built cutting_proxy.c, PORT and AUTHORITY belong to the fault server. The output has a line
-- "problem CLASS TEXT" for each problem, lines "outcome NAME: COUNT", "proxy …" and "server …", and then
-- "done". A round is a process of its own, because a process that has met HTTP/1.1 and HTTP/2 on one host
-- uses HTTP/1.1 from then on.
local judge = require "spec.faults.judge"
local requests = require "spec.faults.requests"
local servers = require "spec.support.servers"

-- The port of the fault server that each lane uses.
local PORTS = { tls = "good", http2 = "record_h2", mixed = "record_mixed" }

local PERCENT = 65 -- of the connections are broken

local lane, seed, count, program, server_port, authority = (table.unpack or unpack)(arg)
local faults, port = servers.attached(server_port, authority), PORTS[lane]

faults:post("/_/effects?" .. seed)
local proxy = servers.cutting_proxy(program, ("%d %d %d %s"):format(port and faults.ports[port] or faults.port, seed, PERCENT, port and "flip" or ""))
local all = requests.new(tonumber(count), 1, tonumber(seed))
requests.run(all, { base_url = ("%s://127.0.0.1:%d/record"):format(port and "https" or "http", proxy.port), ca_file = port and authority })
local counts = proxy:stop()
local recorded = faults:post "/_/effects?0"
local problems, outcomes = judge(all, recorded.entries)

local function write(what, numbers)
  for name, number in pairs(numbers) do print(("%s %s: %d"):format(what, name, number)) end
end

for _, problem in ipairs(problems) do print(("problem %s %s"):format(problem.class, problem.text)) end
write("outcome", outcomes)
write("proxy", counts)
write("server", recorded.fates)
print "done"
