-- The module's table, and the methods that every resource has.
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"

describe("require 'twilio'", function()
  it("returns a table and sets no global", function()
    assert.is_table(twilio)
    assert.matches("^%d+%.%d+%.%d+", twilio.VERSION)
    local output = support.run [[
      local before = {}
      for name in pairs(_G) do before[name] = true end
      local twilio = require "twilio"
      assert(twilio == require "twilio" and type(twilio) == "table")
      for name in pairs(_G) do assert(before[name], "a global: " .. tostring(name)) end
      assert(not package.loaded.cjson, "lua-cjson is loaded before it is needed")
      print "fine"
    ]]
    assert.equal("fine\n", output)
  end)

  it("uses at most 60 KB of Lua's heap, or 68 KB on Lua 5.1 to 5.3", function()
    -- The same code needs more memory on Lua 5.1 to 5.3.
    local most = (_VERSION == "Lua 5.4" or rawget(_G, "jit")) and 60 or 68
    local output = support.run [[
      local function used()
        collectgarbage()
        collectgarbage()
        return collectgarbage "count"
      end
      local before = used()
      require "twilio"
      io.write(("%.1f"):format(used() - before))
    ]]
    assert.is_true(assert(tonumber(output), output) <= most, output .. " KB")
  end)

  it("adds rarely used functions to the core, and loads pages, when they are first used", function()
    local output = support.run [[
      require "twilio"
      local core = package.loaded["twilio.core"]
      print(rawget(core, "hmac"), package.loaded["twilio.page"], core.no_such_function, core[1])
      print(core.hmac == core.hmac, core.hmac == rawget(core, "hmac"), type(core.hmac("sha256", "key", "text")))
    ]]
    assert.equal("nil\tnil\tnil\tnil\ntrue\ttrue\tstring\n", output)
  end)

  it("has the states of a call and the HTTP methods", function()
    local expected = {
      QUEUED = "queued", RINGING = "ringing", IN_PROGRESS = "in-progress", COMPLETED = "completed", FAILED = "failed", BUSY = "busy",
      NO_ANSWER = "no-answer", CANCELED = "canceled", GET = "GET", POST = "POST",
    }
    for name, value in pairs(expected) do assert.equal(value, twilio[name], name) end
  end)

  it("raises for an unknown name", function()
    local message, position = support.misuse(function() return twilio.IN_PROGRES end)
    assert.equal("twilio has no 'IN_PROGRES' (did you mean 'IN_PROGRESS'?)", message)
    assert.matches("twilio_spec.lua", position, 1, true)
    assert.equal("twilio has no 'clinet' (did you mean 'client'?)", (support.misuse(function() return twilio.clinet end)))
    assert.equal("twilio has no 'sms'", (support.misuse(function() return twilio.sms end)))
    for _, name in ipairs { 1, true, "__call", "__name" } do assert.is_nil(twilio[name]) end
    for name in pairs(twilio) do assert.is_string(name) end
  end)

  it("has null, which equals that of lua-cjson, and array", function()
    assert.equal(require "cjson".null, twilio.null)
    assert.is_table(twilio.array())
    local message, position = support.misuse(function() return (twilio.array(1)) end)
    assert.equal("twilio.array takes a table, got number", message)
    assert.matches("twilio_spec.lua", position, 1, true)
    local marked = {}
    assert.equal(marked, twilio.array(marked))
  end)

  it("twilio.array raises for a table with a protected metatable, with the caller's line", function()
    local client = support.client()
    for _, protected in ipairs { setmetatable({}, { __metatable = false }), setmetatable({}, { __metatable = "x" }), client.calls:list() } do
      local message, position = support.misuse(function() return (twilio.array(protected)) end)
      assert.equal("twilio.array cannot mark a table whose metatable is protected: pass a copy of the table", message)
      assert.matches("twilio_spec.lua", position, 1, true)
    end
  end)

  it("creates clients that are independent of one another", function()
    local one, other = support.client(), support.client { account_sid = "AC2" }
    assert.not_equal(one, other)
    assert.equal("AC2", other.account_sid)
    assert.equal(support.account_sid, one.account_sid)
    one:close()
    assert(other.calls:get(SID))
    other:close()
  end)
end)

describe("a method", function()
  it("is the same function for all resources", function()
    local client = support.client()
    assert.equal(client.calls.list, client.messages.list)
    assert.equal(client.calls.iter, client.calls.stream)
    assert.equal(client.calls.hangup, client.calls.hangup)
  end)

  it("that a resource does not have raises an error with the resource and a suggestion", function()
    local client = support.client()
    local message, position = support.misuse(function() return client.calls.hangups end)
    assert.matches("calls has no 'hangups' (did you mean 'hangup'?)", message, 1, true)
    assert.matches("twilio_spec.lua", position, 1, true)
    local verifications = client.verify.v2.services("VA1").verifications
    assert.matches("has no 'delete'", (support.misuse(function() return verifications.delete end)), 1, true)
  end)

  it("must be called with a colon", function()
    local client, requests = support.client()
    for _, verb in ipairs { "list", "iter", "count", "get", "make", "update", "delete", "hangup" } do
      local message, position = support.misuse(function() return (client.calls[verb]()) end)
      assert.matches("with ':'; got n", message, 1, true)
      assert.matches("twilio_spec.lua", position, 1, true)
    end
    assert.equal(0, #requests)
  end)

  it("sends one request and returns its result", function()
    local client, requests = support.client(nil, function(request)
      return { status = request.method == "DELETE" and 204 or 200, body = request.method ~= "DELETE" and '{"sid":"CA1","calls":[]}' or nil }
    end)
    local to = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
    local done = {
      { client.calls:make(to), "POST", "/Calls.json" },
      { client.calls:create(to), "POST", "/Calls.json" },
      { client.calls:get(SID), "GET", "/Calls/" .. SID .. ".json" },
      { client.calls(SID):fetch(), "GET", "/Calls/" .. SID .. ".json" },
      { client.calls:update(SID, { status = "completed" }), "POST", "/Calls/" .. SID .. ".json" },
      { client.calls:hangup(SID), "POST", "/Calls/" .. SID .. ".json" },
      { client.calls:cancel(SID), "POST", "/Calls/" .. SID .. ".json" },
      { client.calls:route(SID, "http://x"), "POST", "/Calls/" .. SID .. ".json" },
      { client.calls:delete(SID), "DELETE", "/Calls/" .. SID .. ".json" },
    }
    assert.equal(#done, #requests)
    for i, expected in ipairs(done) do
      assert.is_truthy(expected[1])
      assert.equal(expected[2], requests[i].method)
      assert.equal(support.account_url .. expected[3], requests[i].url)
    end
    assert.equal("Status=completed", requests[6].body)
    assert.equal("Status=canceled", requests[7].body)
    assert.equal("Method=POST&Url=http%3A%2F%2Fx", requests[8].body)
  end)

  it("named refresh fetches a record again", function()
    local n = 0
    local client, requests = support.client(nil, function()
      n = n + 1
      return { status = 200, body = ('{"sid":"CA1","n":%d}'):format(n) }
    end)
    local call = assert(client.calls:get "CA1")
    assert.equal(call, assert(call:refresh()))
    assert.equal(2, call.n)
    assert.equal(requests[1].url, requests[2].url)
    assert.equal("GET", requests[2].method)
    assert.matches("unknown parameter 'x'", (support.misuse(function() return (call:refresh { x = 1 }) end)), 1, true)
    assert(call:refresh(nil, { timeout = 3 }))
    assert.equal(3, requests[3].timeout)
  end)
end)

describe("client:request", function()
  it("sends any request and returns status, headers, body and json", function()
    local client, requests = support.client(nil, { status = 200, headers = { x = "1" }, body = '{"a":1}' })
    local answer = assert(client:request { method = "POST", path = "/2010-04-01/New.json", form = { A = 1 } })
    assert.same({ status = 200, headers = { x = "1" }, body = '{"a":1}', json = { a = 1 } }, answer)
    assert.equal("https://api.twilio.com/2010-04-01/New.json", requests[1].url)
    assert.equal("A=1", requests[1].body)
  end)

  it("returns nil, message, err for a status of 300 or more", function()
    local client = support.client(nil, { status = 404, body = '{"code":20404,"message":"Not found"}' })
    local nothing, message, err = client:request { path = "/x" }
    assert.is_nil(nothing)
    assert.equal("GET /x: 404, error 20404: Not found", message)
    assert.equal(20404, err.code)
  end)
end)
