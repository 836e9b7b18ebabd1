-- Records: fields, methods, sub-resources and verbs, and what they keep in memory.
local cjson = require "cjson"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

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

describe("a record's fields", function()
  it("are strings as they came, integers, floats, booleans, tables, nil", function()
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

  it("hold integers exactly or as floats, never saturated", function()
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

  it("have decoded escapes, in keys too, and the last of equal keys counts", function()
    local call = record_of [[{"text":"caf\u00e9 \ud83d\ude00 \"\\\/\b\f\n\r\t","s\u0069d":"CA1","twice":1,"twice":2,"gone":1,"gone":null}]]
    assert.equal("caf\195\169 \240\159\152\128 \"\\/\b\f\n\r\t", call.text)
    assert.equal("CA1", call.sid)
    assert.equal(2, call.twice)
    assert.is_nil(call.gone)
  end)

  it("may be read with an underscore behind, and win over it", function()
    local call = record_of [[{"from":"+1","end":2,"odd_":3}]]
    assert.equal("+1", call.from_)
    assert.equal(2, call.end_)
    assert.equal(3, call.odd_)
    assert.is_nil(call.to_)
  end)

  it("lose to methods and verbs of the same name", function()
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

  it("may be none", function()
    local call = record_of "{}"
    assert.is_nil(call.sid)
    assert.equal("{}", call:json())
    assert.same({}, call:to_table())
    assert.is_nil((call:each()()))
    assert.equal("Call", tostring(call))
  end)
end)

describe("a field's name", function()
  local function refused(message, record, name)
    local said, position = support.misuse(function() return record[name] end)
    assert.equal(message, said)
    assert.matches("record_spec.lua", position, 1, true)
  end

  it("raises when neither the answer nor the documents have it", function()
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

  it("is nil when it is documented and absent, and with an underscore behind", function()
    local call = record_of '{"sid":"CA1"}'
    for _, name in ipairs { "status", "from", "from_", "price", "subresource_uris", "date_created" } do assert.is_nil(call[name]) end
  end)

  it("is read when the answer has it, documented or not, null or not", function()
    local call = record_of '{"sid":"CA1","invented_here":1,"void":null}'
    assert.equal(1, call.invented_here)
    assert.equal(1, call.invented_here_)
    assert.is_nil(call.void)
  end)

  it("is one of any operation that answers with such records, under every name of their place", function()
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

  it("is nil where the documents do not describe the record", function()
    assert.is_nil(record_of("{}", function(client) return client.monitor.v2.status("x"):update { enabled = true } end).anything)
  end)

  it("is nil when a tool asks what kind of value the record is", function()
    local call = record_of '{"sid":"CA1"}'
    for _, name in ipairs { "__tostring", "__index", "__name", "__jsontype", 1, 0.5, true, print } do assert.is_nil(call[name]) end
    assert.is_nil(call:time "__name")
  end)
end)

describe("a record as a whole", function()
  local TEXT = '{"sid":"CA1","a":null,"b":{"c":[1,{"d":null}]},"t":1,"t":2,"n":1,"n":null}'

  it("is a plain table, its text, a row of fields", function()
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

  it("is a table that is encoded as it came", function()
    local text = '{"a":null,"b":{"c":[],"d":null,"e":{}},"big":12345678901234567890,"list":[null,[]],"sid":"CA1"}'
    local values = record_of(text):to_table()
    assert.equal(text, encode(values))
    assert.is_nil(values.a)
    values.a, values.sid = nil, nil
    assert.equal('{"b":{"c":[],"d":null,"e":{}},"big":12345678901234567890,"list":[null,[]]}', encode(values))
    assert.equal('{"c":[],"d":null,"e":{}}', encode(record_of(text).b))
    assert.equal("[null,[]]", encode(record_of(text).list))
  end)

  it("is walked by pairs where userdata can be", function()
    local call = record_of(TEXT)
    local ok, iterate, state, first = pcall(pairs, call)
    if _VERSION == "Lua 5.1" and not ok then return assert.matches("table expected", iterate, 1, true) end
    local names = {}
    for name in iterate, state, first do names[#names + 1] = name end
    assert.same({ "b", "sid", "t" }, sorted(names))
  end)

  it("of many fields is read in one pass over them", function()
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
    local function fill() -- what one pass costs at least: as many strings, in a table
      local t = {}
      for i = 1, N do t["other_" .. i] = i end
      return count(pairs(t))
    end
    local readers = { each = function() return count(call:each()) end, to_table = function() return count(pairs(call:to_table())) end }
    if pcall(pairs, call) then readers.pairs = function() return count(pairs(call)) end end
    for name, read in pairs(readers) do
      local least = math.huge -- of a few attempts: a busy machine has slow moments
      for _ = 1, 3 do
        least = math.min(least, seconds(read) / seconds(fill))
        if least < 10 then break end
      end
      assert.is_true(least < 10, ("%s costs %.1f times as much as one pass"):format(name, least)) -- fifty and more where it is quadratic
    end
  end)

  it("is walked on with its new content when it is renewed meanwhile, without what is hidden", function()
    local bodies = { '{"sid":"CA1","a":1,"b":1,"c":1}', '{"sid":"CA1","a":2,"b":2,"b":3,"c":4,"c":null}' }
    local client = support.client(nil, function() return { status = 200, body = table.remove(bodies, 1) } end)
    local call, seen = assert(client.calls:get "CA1"), {}
    for name, value in call:each() do
      seen[#seen + 1] = name .. "=" .. value
      if name == "a" then assert(call:refresh()) end
    end
    assert.same({ "sid=CA1", "a=1", "b=3" }, seen)
  end)

  it("tells of its answer", function()
    local client = support.client(nil, {
      status = 201, body = "{}", headers = { ["twilio-request-id"] = "RQ1", ["twilio-concurrent-requests"] = "3" },
    })
    local call = assert(client.calls:get(SID))
    assert.same({ status = 201, request_id = "RQ1", attempts = 1, concurrent_requests = 3 }, call:meta())
    assert.same({ status = 200, attempts = 1, request_id = "RQ1" }, (record_of "{}"):meta())
  end)

  it("has a name that people read", function()
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

  it("refuses to be called with a dot", function()
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

  it("gives seconds since the epoch", function()
    for _, name in ipairs { "rfc", "zone", "iso", "fraction" } do assert.equal(1283286988, call:time(name), name) end
    assert.equal("1283286988", tostring(call:time "iso"))
    assert.equal(1283212800, call:time "day")
  end)

  it("gives nil for what is no date", function()
    for _, name in ipairs { "null", "number", "garbage", "empty", "month", "start_time" } do assert.is_nil(call:time(name), name) end
  end)

  it("raises for a field that there cannot be", function()
    local message, position = support.misuse(function() return (call:time "strat_time") end)
    assert.equal("a record of calls has no field 'strat_time' (did you mean 'start_time'?)", message)
    assert.matches("record_spec.lua", position, 1, true)
    assert.equal("a record of calls has no field 'fractoin' (did you mean 'fraction'?)",
      (support.misuse(function() return (call:time "fractoin") end)))
    assert.equal("a record of calls has no field 'meat'", (support.misuse(function() return (call:time "meat") end)))
  end)

  it("takes the name of a field", function()
    assert.matches("takes the name of a field, got no value", (support.misuse(function() call:time() end)), 1, true)
  end)
end)

describe("a record's verbs", function()
  it("are those of its place that are asked of one record", function()
    local call = record_of [[{"sid":"CA1"}]]
    for _, verb in ipairs { "fetch", "get", "update", "delete", "hangup", "cancel", "route", "refresh" } do
      assert.is_function(call[verb], verb)
    end
    for _, verb in ipairs { "list", "iter", "stream", "count", "make", "create", "patch", "mute", "suspend" } do
      assert.matches("has no '" .. verb .. "'", (support.misuse(function() return call[verb] end)), 1, true)
    end
  end)

  it("know their kinds", function()
    -- where a kind exists for one record it is a method of the record
    local seen = {}
    local client = support.client(nil, { status = 200, body = '{"sid":"XX1","id":"1"}' })
    for _, resource in ipairs { client.calls, client.flex_api.v1.configuration, client.verify.v2.services } do
      for _, verb in ipairs { "fetch", "get", "update", "delete", "patch" } do
        local ok, found = pcall(function() return resource[verb] end)
        if ok and type(found) == "function" then seen[verb] = true end
      end
    end
    assert.is_true(seen.fetch and seen.get and seen.update and seen.delete)
  end)

  it("take the SIDs from the record, or from where it was asked", function()
    local listed = '{"calls":[{"sid":"CA7"}]}'
    local client, requests = support.client(nil, function(request)
      if request.url:find "Calls%.json" and request.method == "GET" then return { status = 200, body = listed } end
      return { status = 200, body = '{"sid":"CA7","status":"completed"}' }
    end)
    local call = assert(client.calls:list())[1]
    assert(call:hangup())
    assert(client.calls:get "CA8":update { status = "canceled" })
    assert.equal(support.account_url .. "/Calls/CA7.json", requests[2].url)
    assert.equal("Status=completed", requests[2].body)
    -- asked for under the name it was given, though the answer has another
    assert.equal(support.account_url .. "/Calls/CA8.json", requests[4].url)
  end)

  it("need the SID", function()
    local client, requests = support.client(nil, { status = 200, body = '{"calls":[{"status":"queued"}]}' })
    local call = assert(client.calls:list())[1]
    local message, position = support.misuse(function() return (call:hangup()) end)
    assert.matches("this record has no 'sid', which leads to it", message, 1, true)
    assert.matches("record_spec.lua", position, 1, true)
    assert.matches("this record has no 'sid'", (support.misuse(function() return call.recordings end)), 1, true)
    assert.equal(1, #requests)
  end)

  it("find the SID by the path's name for it, or as sid, or as id", function()
    local function url_of(list, body, verb)
      local client, requests = support.client(nil, function(request)
        if request.method == "GET" then return { status = 200, body = body } end
        return { status = 200, body = "{}" }
      end)
      local record = assert(list(client))[1]
      assert(record[verb or "update"](record, {}))
      return requests[2].url
    end
    -- Participants/{CallSid}
    assert.equal(support.account_url .. "/Conferences/CF1/Participants/CA9.json",
      url_of(function(client) return client.conferences("CF1").participants:list() end, '{"participants":[{"call_sid":"CA9","sid":null}]}'))
    -- Maps/{MapSid}/Items/{Key}
    assert.equal("https://sync.twilio.com/v1/Services/IS1/Maps/MP1/Items/a%2Fb", url_of(function(client)
      return client.sync.services("IS1").sync_maps("MP1").sync_map_items:list()
    end, '{"items":[{"key":"a/b"}],"meta":{"key":"items"}}'))
    -- Alarms/{Sid}, of records that have no other than alertConfigSid
    local function alarms(client) return client.monitor.v2.alarms:list() end
    assert.equal("https://monitor.twilio.com/v2/Alarms/AL1", url_of(alarms, '{"alarms":[{"alertConfigSid":"AL1"}]}', "delete"))
    -- a number
    assert.equal(support.account_url .. "/Calls/17.json", url_of(function(client) return client.calls:list() end, '{"calls":[{"id":17}]}'))
  end)

  describe("of a record that was addressed by a name", function()
    local DIGITS = "0123456789abcdef0123456789abcdef"

    -- Returns the path of a call of the method `refresh` of the record that `call` returns.
    local function refreshed(body, call)
      local client, requests = support.client(nil, { status = 200, body = body })
      local record = assert(call(client))
      local name = tostring(record)
      assert(record:refresh())
      assert(record:refresh())
      assert.equal(name, tostring(record))
      assert.equal(requests[#requests - 1].url, requests[#requests].url)
      return (requests[#requests].url:gsub("^" .. support.account_url:gsub("%W", "%%%0"), "~"))
    end

    it("use the SID that the answer has", function()
      local call = "CA" .. DIGITS
      assert.equal(("~/Calls/%s/Recordings/RE%s.json"):format(call, DIGITS), refreshed(('{"sid":"RE%s","call_sid":"%s"}'):format(DIGITS, call),
        function(client) return client.calls(call).recordings:update("Twilio.CURRENT", { status = "paused" }) end))
      assert.equal(("~/Conferences/CF1/Participants/%s.json"):format(call), refreshed(('{"call_sid":"%s","label":"boss"}'):format(call),
        function(client) return client.conferences("CF1").participants:get "boss" end))
      assert.equal("https://sync.twilio.com/v1/Services/IS1/Documents/ET" .. DIGITS, refreshed(('{"sid":"ET%s","unique_name":"mine"}'):format(DIGITS),
        function(client) return client.sync.services("IS1").documents:get "mine" end))
    end)

    it("keep the name if the answer has no SID for this place", function()
      local function current(client) return client.calls("CA1").recordings:update("Twilio.CURRENT", { status = "paused" }) end
      for _, body in ipairs {
        "{}", '{"sid":null}', '{"sid":"RE1"}', '{"sid":17}', ('{"call_sid":"CA%s"}'):format(DIGITS), ('{"sid":"%s"}'):format(DIGITS),
      } do
        assert.equal("~/Calls/CA1/Recordings/Twilio.CURRENT.json", refreshed(body, current))
      end
      assert.equal("https://lookups.twilio.com/v2/PhoneNumbers/%2B15558675310",
        refreshed('{"phone_number":"+15558675310","sid":"PN' .. DIGITS .. '"}',
        function(client) return client.lookups.v2.phone_numbers:get "+15558675310" end))
      assert.equal("https://taskrouter.twilio.com/v1/Workspaces/mine/Statistics", refreshed('{"sid":"WS' .. DIGITS .. '"}',
        function(client) return client.taskrouter.workspaces("mine").statistics:fetch() end))
    end)

    it("keep the SID that was asked for, in any case", function()
      for _, asked in ipairs { "RE" .. DIGITS, ("re" .. DIGITS):upper(), "re" .. DIGITS } do
        assert.equal("~/Recordings/" .. asked .. ".json", refreshed(('{"sid":"RE%s"}'):format(DIGITS),
          function(client) return client.recordings:get(asked) end))
      end
    end)
  end)

  it("of what was fetched without a SID need none, where others have one", function()
    local client, requests = support.client(nil, { status = 200, body = '{"account_sid":"AC1"}' })
    local workspace = client.taskrouter.workspaces("WS1")
    assert(assert(workspace.workers.statistics:fetch()):refresh())
    assert(assert(workspace.workers("WK1").statistics:fetch()):refresh())
    assert.same({ "/v1/Workspaces/WS1/Workers/Statistics", "/v1/Workspaces/WS1/Workers/WK1/Statistics" },
      { requests[2].url:match "twilio.com(.*)", (requests[4].url:match "twilio.com(.*)") })
  end)

  it("below a record that was created with its SID need no further one", function()
    local client, requests = support.client(nil, { status = 200, body = '{"friendlyName":"x"}' })
    for _, configurations in ipairs { client.voice.v2.configurations, client.voice.v2.configurations "Recording" } do
      local has_sid = tostring(configurations):find "Recording"
      local created = assert(has_sid and configurations:create {} or not has_sid and configurations:create("Recording", {}))
      assert(created.default:fetch())
    end
    for _, i in ipairs { 2, 4 } do assert.equal("https://voice.twilio.com/v2/Configurations/Recording/Default", requests[i].url) end
  end)

  it("of a notification that was listed by its call lead to that call's", function()
    local client, requests = support.client(nil, function(request)
      if request.url:find "Notifications%.json" then return { status = 200, body = '{"notifications":[{"sid":"NO1"}]}' } end
      return { status = 200, body = '{"sid":"NO1"}' }
    end)
    local notification = assert(client.notifications:list { call = SID })[1]
    assert(notification:refresh())
    assert.equal(support.account_url .. "/Calls/" .. SID .. "/Notifications/NO1.json", requests[2].url)
  end)
end)

describe("a record's sub-resources", function()
  it("are below it", function()
    local client, requests = support.client(nil, { status = 200, body = '{"records":[{"sid":"RE1"}],"sid":"CA7"}' })
    local call = assert(client.calls:get "CA7")
    assert.matches('calls%("CA7"%)%.recordings$', tostring(call.recordings))
    assert.equal("RE1", assert(call.recordings:list())[1].sid)
    assert.equal(support.account_url .. "/Calls/CA7/Recordings.json", requests[2].url)
    for _, name in ipairs { "notifications", "transcriptions", "events", "payments" } do assert.is_userdata(call[name]) end
    assert.equal("a record of calls has no 'recordngs' (did you mean 'recordings'?)",
      (support.misuse(function() return call.recordngs end)))
  end)

  it("lose to fields", function()
    local call = record_of [[{"sid":"CA1","recordings":"of its own","events":null}]]
    assert.equal("of its own", call.recordings)
    assert.is_nil(call.events)
  end)
end)

describe("recording.formats", function()
  local base = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"

  local function formats(body, ask, options)
    local client = support.client(options, { status = 200, body = body })
    return assert(ask(client)).formats
  end

  local function account(client) return client.recordings:get "RE1" end
  local function of_call(client) return client.calls("CA1").recordings:get "RE1" end

  it("are the media's URLs", function()
    local expected = { wav = base .. ".wav", mp3 = base .. ".mp3" }
    assert.same(expected, formats('{"sid":"RE1","media_url":"' .. base .. '"}', account))
    assert.same(expected, formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account))
    assert.same(expected, formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Calls/CA1/Recordings/RE1.json"}', of_call))
    assert.equal("http://127.0.0.1:1/2010-04-01/Accounts/AC1/Recordings/RE1.mp3",
      formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account, { base_url = "http://127.0.0.1:1" }).mp3)
    assert.equal("https://h/tw/2010-04-01/Accounts/AC1/Recordings/RE1.mp3",
      formats('{"sid":"RE1","uri":"/tw/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account, { base_url = "https://h/tw" }).mp3)
  end)

  it("are nil where nothing leads to the media", function()
    for _, body in ipairs { "{}", '{"uri":null}', '{"uri":"/x.json"}', '{"uri":"/Recordings/RE1/Accounts/AC1"}', '{"media_url":1}' } do
      assert.is_nil(formats(body, account))
    end
    local call = record_of '{"uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}'
    assert.equal("a record of calls has no 'formats'", (support.misuse(function() return call.formats end)))
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

  it("is what it was when the renewal fails", function()
    local call = assert(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" })
    server:post("/_/fault", { Status = 503, Method = "POST" })
    assert.is_nil((call:hangup()))
    assert.equal("queued", call.status)
    assert.equal(201, call:meta().status)
  end)

  it("does not pile up what it was", function()
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

  it("keeps what it has when the answer says nothing", function()
    local local_client = support.client(nil, function(request)
      return { status = request.method == "GET" and 200 or 202, body = request.method == "GET" and '{"sid":"CA1","status":"queued"}' or "" }
    end)
    local call = assert(local_client.calls:get "CA1")
    assert.equal(call, assert(call:update { status = "completed" }))
    assert.equal("queued", call.status)
  end)
end)

describe("in memory a record", function()
  it("keeps no page alive", function()
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

  it("can be read when its client is closed and gone", function()
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
