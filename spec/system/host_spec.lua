-- A process with many threads and a new Lua state for each run of a script, as in FreeSWITCH. No
-- script may leak, however it ends. `make HOST_RUNS=1000 …` runs more scripts per thread.
local new_host = require "spec.support.host"
local servers = require "spec.support.servers"

local THREADS = 8

-- The actions of the scripts. Each run takes the next one.
local SCRIPT = [[
local twilio = require "twilio"
local url, ca = os.getenv "HOST_URL", os.getenv "HOST_CA"
local function connect(options)
  local all = { account_sid = os.getenv "HOST_SID", auth_token = os.getenv "HOST_TOKEN", base_url = url, ca_file = ca, retries = 0 }
  all.timeout, all.connect_timeout = 100, 100 -- enough for the TLS handshakes of eight threads under valgrind
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.client(all)
end
local client = connect()
local mine = "+1555" .. ("%07d"):format(host.thread * 100000 + host.run)

local function make()
  local call = assert(client.calls:make { to = mine, from = "+15017122661", url = "http://foo.com/call.xml" })
  assert(call.to == mine, "another's answer")
  return call
end

local function abandon(c)
  local request = require("twilio.core").request(c.calls, "list", {})
  request:hooks().engine:submit(request)
end

local deeds = {
  make,
  function() client.calls:iter { page_size = 2 }() end, -- the next page is in flight
  function() abandon(client) end,
  function() make() error "on purpose" end,
  function() os.exit() make() end,
  function()
    local suspended = connect { wait = coroutine.yield }
    kept = coroutine.create(function() return suspended.calls:list {} end) -- a global, so that it is collected when the state closes
    assert(coroutine.resume(kept))
  end,
  function()
    local _, _, err = connect({ base_url = "https://127.0.0.1:1" }).calls:list {}
    assert(err.kind == "network" and err.sent == "no")
  end,
  function()
    local _, _, err = client.calls:list({}, { timeout = 0.0001 })
    assert(not err or err.kind == "timeout")
  end,
  function()
    local _, _, err = connect({ ca_file = "/dev/null" }).calls:list {}
    assert(err.kind == "tls", "a kept connection was trusted for another client")
  end,
  function() client:close() end,
  function()
    abandon(client)
    kept = setmetatable({}, { __gc = function() client:close() end }) -- runs when the state closes, perhaps after the engine was collected
  end,
}

if host.round then
  make()
  host.meet()
else
  deeds[(host.run * 7 + host.thread) % #deeds + 1]()
end
]]

-- The server closes the connection after each response.
local RESUME = [[
local client = require("twilio").client {
  account_sid = "AC1", auth_token = "t", base_url = os.getenv "HOST_URL" .. "/close_idle", ca_file = os.getenv "HOST_CA", timeout = 100,
}
assert(client.calls:get "CA1")
host.meet()
]]

-- Each state has different credentials.
local LEFTOVER = [[
local client = require("twilio").client {
  account_sid = "AC" .. host.run, auth_token = "t" .. host.run, base_url = os.getenv "HOST_URL" .. "/leftover/json/answer",
  ca_file = os.getenv "HOST_CA", timeout = 100,
}
local call
if host.run % 2 == 0 then
  call = assert(client.calls:get "CA0123456789abcdef0123456789abcdef")
else
  call = assert(client.calls:create { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" })
end
assert(call.sid == "CA0123456789abcdef0123456789abcdef", call.sid)
]]

describe("a host with many Lua states", function()
  local host, server, runs

  setup(function()
    host = new_host()
    runs = tonumber(os.getenv "HOST_RUNS") or (host.instrumented and 10 or 125)
    server = servers.twilio { tls = host.directory .. "/ca.pem", keep = "10" }
    host:write("script.lua", SCRIPT)
    host:write("resume.lua", RESUME)
    host:write("leftover.lua", LEFTOVER)
  end)

  teardown(function()
    server:stop()
    host:remove()
  end)

  for _, mode in ipairs { "kept", "fresh" } do
    it(("leaks nothing when the states close, in threads that are %s"):format(mode), function()
      local variables = { HOST_URL = server.url, HOST_CA = server.trust, HOST_SID = server.account_sid, HOST_TOKEN = server.auth_token }
      local said = host:run("script.lua", { threads = THREADS, runs = runs, mode = mode, variables = variables })
      assert.equal(0, said.failures[1], said.output)
      assert.equal(said.descriptors[1], said.descriptors[2], said.output)
      if host.instrumented then return end
      -- A leak of one small block per script exceeds the limit. The memory of libcurl and OpenSSL
      -- per connection varies a little.
      local states = THREADS * runs
      assert.is_true(said.allocated[2] - said.allocated[1] <= 8 * states + 65536, said.output)
      assert.is_true(said.resident[2] - said.resident[1] <= 256 * states + 8 * 1024 * 1024, said.output) -- memory fragmentation
    end)
  end

  it("never gives a state the rest of another state's response on a shared connection", function()
    local faults = servers.fault { tls = true }
    local said = host:run("leftover.lua", {
      threads = 1, runs = 6, variables = { HOST_URL = faults:secure_url "good", HOST_CA = faults.authority },
    })
    local stats = faults:get "/_/stats"
    faults:stop()
    assert.equal(0, said.failures[1], said.output)
    assert.is_true(stats.requests > 5)
    assert.equal(stats.requests, stats.connections)
  end)

  it("resumes the TLS sessions of states that have closed", function()
    local faults = servers.fault { tls = true }
    local said = host:run("resume.lua", {
      threads = 1, runs = 5, variables = { HOST_URL = faults:secure_url "tls12", HOST_CA = faults.authority },
    })
    local seen = faults:post("/_/handshakes").tls12
    faults:stop()
    assert.equal(0, said.failures[1], said.output)
    assert.is_true(seen.tried > 5)
    assert.equal(seen.tried - 1, seen.resumed)
  end)
end)
