-- Nothing is used after it was freed: with finalizers that run in the middle of a call, coroutines
-- that share an iterator, and two copies of the module. Most errors appear only with sanitizers or
-- valgrind.
local core = require "twilio.core"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

-- Returns a value with the finalizer f.
local function when_collected(f)
  if newproxy then
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = f
    return proxy
  end
  return setmetatable({}, { __gc = f })
end

describe("lifetimes", function()
  -- Runs the finalizers here. Otherwise they would run in a later spec file, while it loads the
  -- library.
  after_each(function()
    collectgarbage()
    collectgarbage()
  end)

  it("a finalizer that closes a client does not free the strings of a call in progress", function()
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

  it("a finalizer that closes an iterator does not free the page of a record that is being created", function()
    local body = '{"calls":[' .. ('{"sid":"CA1","to":"x"},'):rep(200) .. '{"sid":"CA2"}]}'
    local client = support.client({}, { status = 200, body = body })
    for _ = 1, 20 do
      local it = client.calls:iter()
      when_collected(function() it:close() end)
      for call in it do assert.is_truthy(call.sid) end
    end
  end)

  -- Runs a program in a new process. Its allocator overwrites freed memory, and the garbage
  -- collector runs all the time. The program finds `when_collected`, and `client`, which gets
  -- `body` as every response.
  local function with_finalizers(body, program)
    return support.run(([[
      local support = require "spec.support.client"
      local function when_collected(f)
        if not newproxy then return setmetatable({}, { __gc = f }) end
        local proxy = newproxy(true)
        getmetatable(proxy).__gc = f
        return proxy
      end
      collectgarbage("setpause", 0)
      collectgarbage("setstepmul", 100000)
      local client = support.client({}, { status = 200, body = %q })
    ]]):format(body) .. program, { MALLOC_PERTURB_ = "165" })
  end

  it("a finalizer that closes an iterator does not free a record that is being copied", function()
    local body = '{"calls":[' .. ('{"sid":"CA1","to":"xxxxxxxxxxxxxxxxxxxx"},'):rep(50) .. '{"sid":"CA2","to":"xxxxxxxxxxxxxxxxxxxx"}]}'
    assert.equal("read\n", with_finalizers(body, [[
      for _ = 1, 100 do
        local it = client.calls:iter()
        for call in it do
          assert(call.to == "xxxxxxxxxxxxxxxxxxxx", call:json())
          when_collected(function()
            it()
            it:close()
          end)
        end
      end
      print "read"
    ]]))
  end)

  it("a finalizer that closes an iterator does not free a response that is being checked", function()
    -- The name in meta.key becomes a Lua string before the records are found. This may run a
    -- finalizer.
    local body = '{"meta":{"key":"services","next_token":null},"services":[{"sid":"VA1"},{"sid":"VA2"}]}'
    assert.equal("read\n", with_finalizers(body, [[
      for _ = 1, 500 do
        local it = client.verify.v2.services:iter { limit = 100 }
        for _ = 1, 20 do
          when_collected(function()
            it()
            it:close()
          end)
          local service = it()
          assert(not service or service.sid:find "^VA[12]$", service)
        end
      end
      print "read"
    ]]))
  end)

  it("with finalizers that read from an iterator, each record is read once", function()
    assert.equal("0\n", with_finalizers("", [[
      local function answer(request)
        local page = tonumber(request.url:match "Page=(%d+)") or 0
        local next_page = page < 30 and ('"/2010-04-01/Accounts/x/Calls.json?Page=%d"'):format(page + 1) or "null"
        return { status = 200, body = ('{"next_page_uri":%s,"calls":[{"sid":"CA%d"},{"sid":"CA%d"}]}'):format(next_page, page * 2, page * 2 + 1) }
      end
      local wrong = 0
      for _ = 1, 20 do
        local it, seen = support.client({}, answer).calls:iter(), {}
        local function read()
          local call = it()
          if call then seen[call.sid] = (seen[call.sid] or 0) + 1 end
          return call
        end
        repeat when_collected(read) until not read()
        for i = 0, 61 do wrong = wrong + (seen["CA" .. i] == 1 and 0 or 1) end
      end
      print(wrong)
    ]]))
  end)

  it("a finalizer that stores an access token does not wipe the response that is being read", function()
    local client = support.client({ client_id = "OQ1", client_secret = "s" })
    for i = 1, 300 do
      local request = core.request(client.oauth.v2.token, "create", { grant_type = "client_credentials" })
      request:identify()
      request:answer { status = 200, body = ('{"access_token":"%s","expires_in":3600}'):format(("t"):rep(i)) }
      when_collected(function() request:take_token() end)
      assert.is_true((request:take_token()))
      collectgarbage "step"
    end
  end)

  it("a finalizer that ends a request does not free the response of a result that is being created", function()
    local client = support.client()
    for _ = 1, 300 do
      local request = core.raw(client, { path = "/x" })
      request:answer { status = 200, headers = { a = "b" }, body = '{"a":[1,2,3]}' }
      when_collected(function() request:give_up() end)
      collectgarbage "step"
      local answer, _, err = request:result()
      if answer then
        assert.same({ 200, "b", { 1, 2, 3 } }, { answer.status, answer.headers.a, answer.json.a })
      else
        assert.equal("cancelled", err.kind)
      end
    end
  end)

  it("a finalizer may use an iterator and a canceller that were collected earlier: reading raises", function()
    local said = {}
    for _, reads in ipairs { 0, 1, 2 } do
      local box = {}
      box.first = when_collected(function() -- older than the request, and so finalized after it
        local ok, problem = pcall(box.it)
        said[#said + 1] = ok and "a record of a page that is gone" or problem
        box.canceller:cancel()
        box.it:close()
        said[#said + 1] = tostring(box.it() == nil)
      end)
      local client = support.client({}, { status = 200, body = '{"next_page_uri":"/2010-04-01/x?Page=1","calls":[{"sid":"CA1"},{"sid":"CA2"}]}' })
      box.canceller = twilio.canceller()
      box.it = client.calls:iter({}, { cancel = box.canceller })
      for _ = 1, reads do box.it() end
    end
    collectgarbage()
    collectgarbage()
    assert.equal(6, #said)
    for i = 1, 6, 2 do
      assert.truthy(said[i]:find("collected before this finalizer", 1, true) or said[i]:find("the client is closed", 1, true), said[i])
      assert.equal("true", said[i + 1])
    end
  end)

  it("a finalizer that refreshes a record does not free fields that are being read", function()
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

  it("a new response replaces the JSON index of the previous response", function()
    local client = support.client()
    local request = core.request(client.calls, "list", {})
    request:answer { status = 200, body = '{"calls":[{"sid":"CA1"},{"sid":"CA2"}]}' }
    assert.is_true((request:check()))
    request:answer { status = 200, body = "x" }
    assert.is_nil(request:record(1))
    request:release()
    assert.is_nil(request:record(2 ^ 32))
  end)

  it("several coroutines may read one iterator, and each record is read once", function()
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
        local call = it() -- Lua 5.1 cannot suspend within the iterator of a `for`
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

  it("a second copy of the module in the same Lua state does not affect the first copy", function()
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
