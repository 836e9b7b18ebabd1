-- Finalizers that run in the middle of a call, coroutines that share an iterator, copies of the module: nothing is
-- used after it has gone. Most of this shows only under the sanitizers or valgrind.
local core = require "twilio.core"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

-- Calls f when the collector comes.
local function when_collected(f)
  if newproxy then
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = f
    return proxy
  end
  return setmetatable({}, { __gc = f })
end

describe("lifetimes", function()
  -- here, not in another file of specs, while that loads the library anew
  after_each(function()
    collectgarbage()
    collectgarbage()
  end)

  it("a finalizer that closes a client does not take its texts away from a call in progress", function()
    for _ = 1, 200 do
      local client = support.client({ user_agent = ("u"):rep(100) }, { status = 200, body = '{"sid":"CA1"}' })
      when_collected(function() client:close() end)
      local ok, problem = pcall(function()
        for _ = 1, 100 do
          local _, _ = client.account_sid, client.calls
          local call, message, err = client.calls:get "CA1"
          assert(call or err.kind == "cancelled", message)
        end
      end)
      assert.is_true(ok or problem:find("the client is closed", 1, true) ~= nil, problem)
    end
  end)

  it("a finalizer that closes an iterator does not take the page away from a record in the making", function()
    local body = '{"calls":[' .. ('{"sid":"CA1","to":"x"},'):rep(200) .. '{"sid":"CA2"}]}'
    local client = support.client({}, { status = 200, body = body })
    for _ = 1, 20 do
      local it = client.calls:iter()
      when_collected(function() it:close() end)
      for call in it do assert.is_truthy(call.sid) end
    end
  end)

  it("a finalizer that renews a record does not take its fields away from their reader", function()
    local fields = {}
    for i = 1, 200 do fields[i] = ('"f%d":"%s"'):format(i, ("v"):rep(50)) end
    local client = support.client({}, { status = 200, body = '{"sid":"CA1",' .. table.concat(fields, ",") .. "}" })
    local call = client.calls:get "CA1"
    for _ = 1, 50 do
      when_collected(function() call:refresh() end)
      assert.equal("CA1", call:to_table().sid)
      for name, value in call:each() do assert.is_truthy(name and value) end
    end
  end)

  it("an index goes with its answer", function()
    local client = support.client()
    local request = core.request(client.calls, "list", {})
    request:answer { status = 200, body = '{"calls":[{"sid":"CA1"},{"sid":"CA2"}]}' }
    assert.is_true((request:check()))
    request:answer { status = 200, body = "x" }
    assert.is_nil(request:record(1))
    request:release()
    assert.is_nil(request:record(2 ^ 32))
  end)

  it("several coroutines may read one iterator: each record is read once", function()
    local server = servers.twilio {}
    server:post("/_/seed", { Calls = 101 })
    local client = twilio.client {
      account_sid = server.account_sid,
      auth_token = server.auth_token,
      base_url = server.url,
      wait = function() coroutine.yield() end,
    }
    local it, seen, read, workers = client.calls:iter { page_size = 4 }, {}, 0, {}
    for i = 1, 3 do
      workers[i] = coroutine.create(function()
        local call = it() -- Lua 5.1 cannot suspend within the iterator of a for
        while call do
          read, seen[call.sid] = read + 1, true
          coroutine.yield()
          call = it()
        end
      end)
    end
    local live = 3
    while live > 0 do
      live = 0
      for _, worker in ipairs(workers) do
        if coroutine.status(worker) ~= "dead" then
          assert(coroutine.resume(worker))
          live = live + 1
        end
      end
    end
    server:stop()
    local distinct = 0
    for _ in pairs(seen) do distinct = distinct + 1 end
    assert.same({ 101, 101 }, { read, distinct })
  end)

  it("a program may forbid undefined globals", function()
    assert.equal("true\n", support.run [[
      setmetatable(_G, { __index = function(_, name) error("undefined global " .. name, 2) end })
      local ok, problem = pcall(require("twilio").client, { account_sid = "AC1", auth_token = "t" })
      print(ok or problem)
    ]])
  end)

  it("a second copy of the module in the same state leaves the first alone", function()
    local copy = os.tmpname()
    shell.must("cp " .. shell.quote(shell.find_module "twilio.core") .. " " .. shell.quote(copy))
    local client = support.client({}, { status = 200, body = '{"sid":"CA1"}' })
    local call = client.calls:get "CA1"
    assert(package.loadlib(copy, "luaopen_twilio_core"))()
    os.remove(copy)
    assert.equal("CA1", call:refresh().sid)
    assert.equal("CA1", client.calls:get("CA1").sid)
    assert.equal(200, client:request({ path = "/x" }).status)
  end)
end)
