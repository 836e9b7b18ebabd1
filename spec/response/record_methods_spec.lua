-- The names of fields, the methods of records, and children of records.
local support = require "spec.support.client"

local encode = require "twilio.json".encode

local SID = "CA00000000000000000000000000000001"

local function record_of(body, pick)
  local client, requests = support.client(nil, { status = 200, body = body, headers = { ["Twilio-Request-Id"] = "RQ1" } })
  pick = pick or function() return client.calls:get(SID) end
  return assert(pick(client)), client, requests
end

local function sorted(t)
  table.sort(t)
  return t
end

describe("reading a field of a record", function()
  local function refused(message, record, name)
    local said, position = support.misuse(function() return record[name] end)
    assert.equal(message, said)
    assert.matches("record_methods_spec.lua", position, 1, true)
  end

  it("raises if neither the response nor Twilio's documents have the field", function()
    local call = record_of '{"sid":"CA1","invented_here":1}'
    refused("a record of calls has no 'statsu' (did you mean 'status'?)", call, "statsu")
    refused("a record of calls has no 'invented_heer' (did you mean 'invented_here'?)", call, "invented_heer")
    refused("a record of calls has no 'hangpu' (did you mean 'hangup'?)", call, "hangpu")
    refused("a record of calls has no 'to_tabel' (did you mean 'to_table'?)", call, "to_tabel")
    refused("a record of calls has no 'Status' (did you mean 'status'?)", call, "Status")
    refused("a record of calls has no 'statsu_' (did you mean 'status'?)", call, "statsu_")
    refused("a record of calls has no 'xyzzy'", call, "xyzzy")
    refused("a record of calls has no ''", call, "")
    refused("a field's name contains a NUL byte", call, "sid\0")
  end)

  it("returns nil for a documented field that is absent, also if the name has an underscore at its end", function()
    local call = record_of '{"sid":"CA1"}'
    for _, name in ipairs { "status", "from", "from_", "price", "subresource_uris", "date_created" } do assert.is_nil(call[name]) end
  end)

  it("returns a field of the response, documented or not, and nil for a null", function()
    local call = record_of '{"sid":"CA1","invented_here":1,"void":null}'
    assert.equal(1, call.invented_here)
    assert.equal(1, call.invented_here_)
    assert.is_nil(call.void)
  end)

  it("knows the fields of all operations that return such a record, under every name of the resource", function()
    local function of(pick, body) return record_of(body or '{"sid":"XX1","x":[{"sid":"XX1"}]}', pick) end
    -- the list has fewer fields than the fetch
    local listed = of(function(client) return client.accounts:list()[1] end)
    assert.is_nil(listed.auth_token)
    refused("a record of accounts has no 'auth_tokn' (did you mean 'auth_token'?)", listed, "auth_tokn")
    -- another name
    assert.is_nil(of(function(client) return client.caller_ids:get "PN1" end).phone_number)
    -- camel case in the documents
    local alarm = of(function(client) return client.monitor.v2.alarms:get "x" end)
    assert.is_nil(alarm.queryType)
    refused("a record of alarms has no 'query_typ' (did you mean 'queryType'?)", alarm, "query_typ")
  end)

  it("returns nil for any name if the documents do not describe the record", function()
    assert.is_nil(record_of("{}", function(client) return client.monitor.v2.status("x"):update { enabled = true } end).anything)
  end)

  it("returns nil for names and keys that Lua tools use to find out the type of a value", function()
    local call = record_of '{"sid":"CA1"}'
    for _, name in ipairs { "__tostring", "__index", "__name", "__jsontype", 1, 0.5, true, print } do assert.is_nil(call[name]) end
    assert.is_nil(call:time "__name")
  end)
end)

describe("a whole record", function()
  local TEXT = '{"sid":"CA1","a":null,"b":{"c":[1,{"d":null}]},"t":1,"t":2,"n":1,"n":null}'

  it("is returned by json as text, by to_table as a table, and by each as names and values", function()
    local call = record_of(TEXT)
    assert.equal(TEXT, call:json())
    assert.same({ sid = "CA1", b = { c = { 1, {} } }, t = 2 }, call:to_table())
    local names, values = {}, {}
    for name, value in call:each() do
      names[#names + 1] = name
      values[name] = value
    end
    assert.same({ "sid", "b", "t" }, names)
    assert.same(call:to_table(), values)
  end)

  it("is encoded from its table to the JSON that was received", function()
    local text = '{"a":null,"b":{"c":[],"d":null,"e":{}},"big":12345678901234567890,"list":[null,[]],"sid":"CA1"}'
    local values = record_of(text):to_table()
    assert.equal(text, encode(values))
    assert.is_nil(values.a)
    values.a, values.sid = nil, nil
    assert.equal('{"b":{"c":[],"d":null,"e":{}},"big":12345678901234567890,"list":[null,[]]}', encode(values))
    assert.equal('{"c":[],"d":null,"e":{}}', encode(record_of(text).b))
    assert.equal("[null,[]]", encode(record_of(text).list))
  end)

  it("can be passed to pairs, on Luas whose pairs accepts userdata", function()
    local call = record_of(TEXT)
    local ok, iterate, state, first = pcall(pairs, call)
    if _VERSION == "Lua 5.1" and not ok then return assert.matches("table expected", iterate, 1, true) end
    local names = {}
    for name in iterate, state, first do names[#names + 1] = name end
    assert.same({ "b", "sid", "t" }, sorted(names))
  end)

  it("with many fields is read in linear time", function()
    local N = 80000
    local fields = {}
    for i = 1, N do fields[i] = ('"field_%d":%d'):format(i, i) end
    local call = record_of("{" .. table.concat(fields, ",") .. "}")
    local function seconds(f)
      collectgarbage()
      collectgarbage "stop"
      local start = os.clock()
      local n = f()
      local spent = os.clock() - start
      collectgarbage "restart"
      assert.equal(N, n)
      return spent
    end
    local function count(iterate, state, first)
      local n = 0
      for _ in iterate, state, first do n = n + 1 end
      return n
    end
    local function fill() -- the least work of one pass: creates as many strings, in a table
      local t = {}
      for i = 1, N do t["other_" .. i] = i end
      return count(pairs(t))
    end
    local readers = { each = function() return count(call:each()) end, to_table = function() return count(pairs(call:to_table())) end }
    if pcall(pairs, call) then readers.pairs = function() return count(pairs(call)) end end
    for name, read in pairs(readers) do
      local least = math.huge -- the best of three attempts, because other processes may slow one down
      for _ = 1, 3 do
        least = math.min(least, seconds(read) / seconds(fill))
        if least < 10 then break end
      end
      assert.is_true(least < 10, ("%s costs %.1f times as much as one pass"):format(name, least)) -- 50 and more if quadratic
    end
  end)

  it("continues each() with its new content if it is renewed during the loop, without hidden fields", function()
    local bodies = { '{"sid":"CA1","a":1,"b":1,"c":1}', '{"sid":"CA1","a":2,"b":2,"b":3,"c":4,"c":null}' }
    local client = support.client(nil, function() return { status = 200, body = table.remove(bodies, 1) } end)
    local call, seen = assert(client.calls:get "CA1"), {}
    for name, value in call:each() do
      seen[#seen + 1] = name .. "=" .. value
      if name == "a" then assert(call:refresh()) end
    end
    assert.same({ "sid=CA1", "a=1", "b=3" }, seen)
  end)

  it("returns status, request ID, attempts and concurrent requests of its response from meta()", function()
    local client = support.client(nil, {
      status = 201, body = "{}", headers = { ["twilio-request-id"] = "RQ1", ["twilio-concurrent-requests"] = "3" },
    })
    local call = assert(client.calls:get(SID))
    local headers = { ["twilio-request-id"] = "RQ1", ["twilio-concurrent-requests"] = "3" }
    assert.same({ status = 201, request_id = "RQ1", attempts = 1, concurrent_requests = 3, headers = headers }, call:meta())
    assert.same({ status = 200, attempts = 1, request_id = "RQ1", headers = { ["twilio-request-id"] = "RQ1" } }, (record_of "{}"):meta())
  end)

  it("has the version of its answer, which `if_match` takes", function()
    local answers = { { status = 200, headers = { ETag = '"1"', ["X-Other"] = "a" }, body = '{"sid":"ET1"}' }, { status = 412, body = "{}" } }
    local n = 0
    local client, requests = support.client(nil, function()
      n = n + 1
      return answers[n]
    end)
    local documents = client.sync.v1.services("IS1").documents
    local document = assert(documents:get "ET1")
    assert.equal('"1"', document:meta().etag)
    assert.same({ etag = '"1"', ["x-other"] = "a" }, document:meta().headers)
    local updated, _, err = document:update { data = {}, if_match = document:meta().etag }
    assert.is_nil(updated)
    assert.same({ "api", 412 }, { err.kind, err.status })
    assert.equal('"1"', requests[2].headers["if-match"])
  end)

  it("has the headers of an answer over the network, and its duration; those of a page belong to its records", function()
    local servers = require "spec.support.servers"
    local server = servers.twilio { now = 1300000000 }
    finally(function() server:stop() end)
    server:post("/_/seed", { Calls = 2 })
    local client = require "twilio".client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local page = assert(client.calls:list())
    local call = assert(client.calls:get(page[1].sid))
    for _, record in ipairs { page[2], call } do
      local meta = record:meta()
      assert.matches("^application/json", meta.headers["content-type"])
      assert.equal(meta.request_id, meta.headers["twilio-request-id"])
      assert.is_true(meta.seconds > 0)
    end
    client:close()
  end)

  it("has a tostring with its kind, its masked identity and its status", function()
    local function name(body, ask)
      return tostring((record_of(body, ask and function(client) return ask(client) end)))
    end
    local client = support.client()
    assert.equal("Call CA1 in-progress", name '{"sid":"CA1","status":"in-progress"}')
    assert.equal("Call CA1", name '{"sid":"CA1","status":null}')
    assert.equal("Call 1", name '{"sid":1}')
    assert.equal("Call", name '{"sid":{}}')
    local function named(resource, body)
      return tostring((assert(support.client(nil, { status = 200, body = body })[resource]:list())[1]))
    end
    assert.equal("Outgoing caller id PN1", named("outgoing_caller_ids", '{"x":[{"sid":"PN1"}]}'))
    local function named_by(ask, body) return tostring((assert(ask((support.client(nil, { status = 200, body = body }))))))
    end
    local call_sid = "CA0123456789abcdef0123456789abcdef"
    assert.equal("Participant " .. call_sid .. " connected",
      named_by(function(c) return c.conferences "CF1".participants:fetch(call_sid) end,
        ('{"call_sid":"%s","label":"Ada","status":"connected"}'):format(call_sid)))
    assert.equal("Phone number +*******5310",
      named_by(function(c) return c.lookups.v2.phone_numbers:fetch "+15558675310" end, '{"phone_number":"+15558675310"}'))
    assert.equal("Sync map item ***", named_by(function(c)
      return c.sync.services "IS1".sync_maps "MP1".sync_map_items:fetch "Ada Lovelace"
    end, '{"key":"Ada Lovelace"}'))
    assert.equal("Address AD1", named("addresses", '{"x":[{"sid":"AD1"}]}'))
    assert.equal("Application AP1", named("applications", '{"x":[{"sid":"AP1"}]}'))
    client:close()
  end)

  it("raises if a method is called with a dot", function()
    local call = record_of(TEXT)
    for _, method in ipairs { "json", "to_table", "each", "time", "meta" } do
      local message = support.misuse(call[method])
      assert.matches("called with '.' instead of ':'", message, 1, true)
      assert.matches("got table", (support.misuse(call[method], {})), 1, true)
    end
  end)
end)

describe("call:time", function()
  local call = record_of [[{"rfc":"Tue, 31 Aug 2010 20:36:28 +0000","zone":"Tue, 31 Aug 2010 13:36:28 -0700","iso":"2010-08-31T20:36:28Z",
    "fraction":"2010-08-31T20:36:28.123Z","day":"2010-08-31","null":null,"number":1283286988,"garbage":"yesterday","empty":"",
    "month":"2010-13-31"}]]

  it("returns seconds since the epoch", function()
    for _, name in ipairs { "rfc", "zone", "iso", "fraction" } do assert.equal(1283286988, call:time(name), name) end
    assert.equal("1283286988", tostring(call:time "iso"))
    assert.equal(1283212800, call:time "day")
  end)

  it("returns nil for a field that is not a date", function()
    for _, name in ipairs { "null", "number", "garbage", "empty", "month", "start_time" } do assert.is_nil(call:time(name), name) end
  end)

  it("raises for a field that neither the response nor the documents have", function()
    local message, position = support.misuse(function() return (call:time "strat_time") end)
    assert.equal("a record of calls has no field 'strat_time' (did you mean 'start_time'?)", message)
    assert.matches("record_methods_spec.lua", position, 1, true)
    assert.equal("a record of calls has no field 'fractoin' (did you mean 'fraction'?)",
      (support.misuse(function() return (call:time "fractoin") end)))
    assert.equal("a record of calls has no field 'meat'", (support.misuse(function() return (call:time "meat") end)))
  end)

  it("raises for a missing name", function()
    assert.matches("takes the name of a field, got no value", (support.misuse(function() call:time() end)), 1, true)
  end)
end)

describe("a record's sub-resources", function()
  it("have paths below the path of the record", function()
    local client, requests = support.client(nil, { status = 200, body = '{"records":[{"sid":"RE1"}],"sid":"CA7"}' })
    local call = assert(client.calls:get "CA7")
    assert.matches('calls%("CA7"%)%.recordings$', tostring(call.recordings))
    assert.equal("RE1", assert(call.recordings:list())[1].sid)
    assert.equal(support.account_url .. "/Calls/CA7/Recordings.json", requests[2].url)
    for _, name in ipairs { "notifications", "transcriptions", "events", "payments" } do assert.is_userdata(call[name]) end
    assert.equal("a record of calls has no 'recordngs' (did you mean 'recordings'?)",
      (support.misuse(function() return call.recordngs end)))
  end)

  it("are hidden by fields of the same name", function()
    local call = record_of [[{"sid":"CA1","recordings":"of its own","events":null}]]
    assert.equal("of its own", call.recordings)
    assert.is_nil(call.events)
  end)
end)

describe("record:meta", function()
  local HEADERS = {
    ["Twilio-Request-Id"] = "RQ1", ["Twilio-Concurrent-Requests"] = "7", ETag = '"3"', ["X-Other"] = "x", ["Content-Type"] = "application/json",
  }

  it("has the ETag and all headers", function()
    local client = support.client(nil, { status = 200, headers = HEADERS, body = '{"sid":"WT1"}' })
    local meta = assert(client.taskrouter.v1.workspaces("WS1").tasks:get "WT1"):meta()
    assert.same({ '"3"', "RQ1", 7, "x" }, { meta.etag, meta.request_id, meta.concurrent_requests, meta.headers["x-other"] })
    assert.equal('"3"', meta.headers.etag)
  end)

  it("has no etag without the header", function()
    local client = support.client(nil, { status = 200, body = '{"sid":"CA1"}' })
    local meta = assert(client.calls:get "CA1"):meta()
    assert.is_nil(meta.etag)
    assert.same({}, meta.headers)
  end)

  it("gives the value of if_match, whose failure is an api error with status 412", function()
    local client, requests = support.client(nil, function(request)
      if request.method == "GET" then return { status = 200, headers = HEADERS, body = '{"sid":"WT1","revision":"3","unique_name":"x"}' } end
      return { status = 412, headers = {}, body = '{"code":54103,"message":"The revision does not match"}' }
    end)
    local sync = client.sync.v1.services "IS1"
    for _, pick in ipairs {
      function() return client.taskrouter.v1.workspaces("WS1").tasks:get "WT1" end,
      function() return sync.documents:get "ET1" end,
      function() return client.intelligence.v2.services:get "GA1" end,
    } do
      local record = assert(pick())
      local result, _, err = record:update { if_match = record:meta().etag }
      assert.is_nil(result)
      assert.same({ "api", 412 }, { err.kind, err.status })
      assert.equal('"3"', requests[#requests].headers["if-match"])
    end
  end)
end)

describe("record:meta", function()
  it("has a header of a number as text if it is no number", function()
    for text, value in pairs { ["7"] = 7, ["7x"] = "7x", [""] = "", ["-1"] = "-1" } do
      local client = support.client(nil, { status = 200, headers = { ["Twilio-Concurrent-Requests"] = text }, body = '{"sid":"CA1"}' })
      assert.equal(value, assert(client.calls:get "CA1"):meta().concurrent_requests)
    end
  end)
end)

describe("record:refresh{ if_none_match = … }", function()
  local function fetched(second)
    local client, requests = support.client(nil, function(request)
      if request.headers["if-none-match"] then return second end
      return { status = 200, headers = { ETag = '"3"' }, body = '{"calls":[{"sid":"CA1","status":"queued"},{"sid":"CA2"}]}' }
    end)
    return assert(client.calls:list()), requests, client
  end

  it("leaves the record as it is after a 304, and says so in meta().status", function()
    local page, requests = fetched { status = 304, headers = { ETag = '"3"', ["Twilio-Request-Id"] = "RQ2" }, body = "" }
    local call = page[1]
    assert.equal(call, assert(call:refresh { if_none_match = call:meta().etag }))
    assert.equal('"3"', requests[2].headers["if-none-match"])
    assert.same({ "queued", 304, "RQ2", '"3"' }, { call.status, call:meta().status, call:meta().request_id, call:meta().etag })
    assert.equal(200, page[2]:meta().status)
    assert(call:refresh { if_none_match = '"3"' })
    assert.equal("queued", call.status)
  end)

  it("renews a record that has changed", function()
    local call = fetched({ status = 200, headers = { ETag = '"4"' }, body = '{"sid":"CA1","status":"ringing"}' })[1]
    assert(call:refresh { if_none_match = '"3"' })
    assert.same({ "ringing", 200, '"4"' }, { call.status, call:meta().status, call:meta().etag })
  end)

  it("raises for an ETag that is no text of one line", function()
    local _, requests, client = fetched {}
    for value, message in pairs {
      [""] = "is empty or contains control characters", ["a\nb"] = "is empty or contains control characters",
      [5] = "must be a string, an ETag, got number",
    } do
      assert.equal("parameter 'if_none_match' " .. message, (support.misuse(function() client.calls:get("CA1", { if_none_match = value }) end)))
    end
    assert.equal(1, #requests)
  end)

  it("is an api error with status 304 for a fetch without a record", function()
    local _, _, client = fetched { status = 304, headers = {}, body = "" }
    local result, _, err = client.calls:get("CA1", { if_none_match = '"3"' })
    assert.is_nil(result)
    assert.same({ "api", 304 }, { err.kind, err.status })
  end)

  it("raises for anything but an ETag, and is unknown to other operations", function()
    local page = fetched()
    assert.equal("parameter 'if_none_match' must be a string, an ETag, got number",
      (support.misuse(function() page[1]:refresh { if_none_match = 3 } end)))
    assert.equal("parameter 'if_none_match' is empty or contains control characters",
      (support.misuse(function() page[1]:refresh { if_none_match = "" } end)))
    assert.matches("unknown parameter 'if_none_match'", (support.misuse(function() page[1]:update { if_none_match = "x" } end)), 1, true)
  end)
end)
