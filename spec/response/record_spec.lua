-- Records: the values of fields, renewed records, and what a record keeps in memory.
local cjson = require "cjson"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"

local function record_of(body, pick)
  local client, requests = support.client(nil, { status = 200, body = body, headers = { ["Twilio-Request-Id"] = "RQ1" } })
  pick = pick or function() return client.calls:get(SID) end
  return assert(pick(client)), client, requests
end

describe("a record's fields", function()
  it("are strings, integers, floats, booleans, tables or nil, as the JSON says", function()
    local call = record_of [[{"sid":"CA1","price":"-0.03000","empty":"","count":3,"negative":-7,"rate":1.5,"exponent":1e3,
      "yes":true,"no":false,"nothing":null,"list":[1,null,"x"],"map":{"a":{"b":[]}}}]]
    assert.equal("CA1", call.sid)
    assert.equal("-0.03000", call.price)
    assert.equal("", call.empty)
    assert.equal("3", tostring(call.count))
    assert.equal("-7", tostring(call.negative))
    assert.equal(1.5, call.rate)
    assert.equal(1000, call.exponent)
    assert.is_true(call.yes)
    assert.is_false(call.no)
    assert.is_nil(call.nothing)
    assert.is_nil(call.start_time)
    assert.is_nil(call[1])
    assert.is_nil(call[true])
    assert.equal(3, #call.list)
    assert.equal(twilio.null, call.list[2])
    assert.same({ a = { b = {} } }, call.map)
  end)

  it("hold large integers exactly or as floats, and are never clipped", function()
    local call = record_of [[{"big":9007199254740993,"most":9223372036854775807,"least":-9223372036854775808,"more":9223372036854775808,
      "huge":123456789012345678901234567890}]]
    if math.type then
      assert.equal("9007199254740993", tostring(call.big))
      assert.equal(math.maxinteger, call.most)
      assert.equal(math.mininteger, call.least)
      assert.equal("float", math.type(call.more))
    end
    assert.equal(9223372036854775808.0, call.more + 0.0)
    assert.equal(123456789012345678901234567890.0, call.huge)
  end)

  it("have decoded escapes, also in names, and the last of several equal names is used", function()
    local call = record_of [[{"text":"caf\u00e9 \ud83d\ude00 \"\\\/\b\f\n\r\t","s\u0069d":"CA1","twice":1,"twice":2,"gone":1,"gone":null}]]
    assert.equal("caf\195\169 \240\159\152\128 \"\\/\b\f\n\r\t", call.text)
    assert.equal("CA1", call.sid)
    assert.equal(2, call.twice)
    assert.is_nil(call.gone)
  end)

  it("may be read with an underscore at the end of the name, unless a field has that name itself", function()
    local call = record_of [[{"from":"+1","end":2,"odd_":3}]]
    assert.equal("+1", call.from_)
    assert.equal(2, call.end_)
    assert.equal(3, call.odd_)
    assert.is_nil(call.to_)
  end)

  it("are hidden by methods and verbs of the same name", function()
    local call = record_of [[{"sid":"CA1","json":"j","time":"t","update":"u","hangup":"h","list":"l","create":"c","close":"x"}]]
    assert.is_function(call.json)
    assert.is_function(call.time)
    assert.is_function(call.update)
    assert.is_function(call.hangup)
    assert.equal("j", call:to_table().json)
    assert.equal("h", call:to_table().hangup)
    -- a record has no such verbs
    assert.equal("l", call.list)
    assert.equal("c", call.create)
    assert.equal("x", call.close)
  end)

  it("cannot be assigned to", function()
    local call = record_of [[{"sid":"CA1"}]]
    local message, position = support.misuse(function() call.sid = "CA2" end)
    assert.matches("read-only", message, 1, true)
    assert.matches("record_spec.lua", position, 1, true)
    assert.equal("CA1", call.sid)
  end)

  it("may be absent: {} is a record", function()
    local call = record_of "{}"
    assert.is_nil(call.sid)
    assert.equal("{}", call:json())
    assert.same({}, call:to_table())
    assert.is_nil((call:each()()))
    assert.equal("Call", tostring(call))
  end)
end)

describe("a renewed record", function()
  local server, client

  setup(function()
    server = servers.twilio { now = 1300000000 }
    client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
  end)
  teardown(function()
    client:close()
    server:stop()
  end)

  it("is the same record with new content", function()
    local call = assert(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" })
    local sid, status, text = call.sid, call.status, call:json()
    local next_field = call:each()
    next_field()
    server:post("/_/clock", { Seconds = 3 })
    assert.equal(call, assert(call:refresh()))
    assert.equal("in-progress", call.status)
    assert.equal(sid, call.sid)
    assert.equal("queued", status)
    assert.matches('"status":"queued"', text, 1, true)
    assert.is_string((next_field()))
    assert.equal(call, assert(call:update { url = "http://foo.com/new.xml" }))
    assert.equal(call, assert(call:hangup()))
    assert.equal("completed", call.status)
    assert.equal(200, call:meta().status)
    assert.equal("Call " .. sid .. " completed", tostring(call))
    server:post("/_/clock", { Seconds = 3 })
    assert.is_true(call:delete())
    assert.equal(sid, call.sid)
  end)

  it("keeps its fields and meta() if the renewal fails", function()
    local call = assert(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" })
    server:post("/_/fault", { Status = 503, Method = "POST" })
    assert.is_nil((call:hangup()))
    assert.equal("queued", call.status)
    assert.equal(201, call:meta().status)
  end)

  it("frees its previous content", function()
    local n = 0
    local function transport()
      n = n + 1
      return { status = 200, body = ('{"sid":"CA1","n":%d,"text":"%s"}'):format(n, ("x"):rep(2000)) }
    end
    local forgetful = twilio.client { account_sid = "AC1", auth_token = "x", transport = transport }
    local call = assert(forgetful.calls:get "CA1")
    local function renew(times)
      for _ = 1, times do assert(call:refresh()) end
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    local before = renew(1000)
    local after = renew(9000)
    assert.equal(n, call.n)
    assert.is_true(after < before + 20, ("%.0f KiB became %.0f KiB"):format(before, after))
  end)

  it("keeps its fields if the response has no body", function()
    local local_client = support.client(nil, function(request)
      return { status = request.method == "GET" and 200 or 202, body = request.method == "GET" and '{"sid":"CA1","status":"queued"}' or "" }
    end)
    local call = assert(local_client.calls:get "CA1")
    assert.equal(call, assert(call:update { status = "completed" }))
    assert.equal("queued", call.status)
  end)
end)

describe("in memory, a record", function()
  it("does not keep its page alive", function()
    local records = {}
    for i = 1, 1000 do records[i] = { sid = ("CA%032d"):format(i), text = ("x"):rep(2000) } end
    local client = support.client(nil, { status = 200, body = cjson.encode { calls = records } })
    records = nil
    local function used()
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    local before = used()
    local page = assert(client.calls:list())
    assert.is_true(used() > before + 2000)
    local call = page[500]
    page = nil
    assert.is_true(used() < before + 30)
    assert.equal(("CA%032d"):format(500), call.sid)
    assert.equal(2000, #call.text)
    return records, page
  end)

  it("can be read after its client was closed and collected", function()
    local client = support.client(nil, { status = 200, body = '{"sid":"CA1","status":"queued","start_time":"2010-08-31","a":[1]}' })
    local call = assert(client.calls:get "CA1")
    client:close()
    client = nil
    collectgarbage()
    collectgarbage()
    assert.equal("CA1", call.sid)
    assert.equal("Call CA1 queued", tostring(call))
    assert.equal(1283212800, call:time "start_time")
    assert.same({ 1 }, call:to_table().a)
    for _, verb in ipairs { "hangup", "refresh", "delete", "update" } do
      local message, position = support.misuse(function() return (call[verb](call)) end)
      assert.matches("the client is closed", message, 1, true)
      assert.matches("record_spec.lua", position, 1, true)
    end
    return client
  end)
end)
