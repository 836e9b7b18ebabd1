-- The public interface of the library: an example program, and each rule in a few lines.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local twilio = require "twilio"

local ACCOUNT = servers.account_sid
local START = 1300000000 -- Sun, 13 Mar 2011 07:06:40 +0000

local server, client

local function connect(options)
  local all = { account_sid = ACCOUNT, auth_token = server.auth_token, base_url = server.url }
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.client(all)
end

-- Returns a client that sends nothing, and the list of its requests. `answer` is the response, or a
-- function(request) that returns the response.
local function noting(answer, options)
  local requests = {}
  local all = { account_sid = "AC1", auth_token = "secret" }
  for name, value in pairs(options or {}) do all[name] = value end
  function all.transport(request)
    requests[#requests + 1] = request
    if type(answer) == "function" then return answer(request) end
    return answer or { status = 200, headers = {}, body = "{}" }
  end
  return twilio.client(all), requests
end

local function seed(form) return server:post("/_/seed", form) end

local function one_call(status) return seed({ Calls = 1, Status = status or "in-progress" }).first end

-- Returns the requests that the stand-in received, such as "POST Status=completed" or "GET".
local function seen()
  local lines = {}
  for i, request in ipairs(server:get "/_/log") do lines[i] = request.method .. (request.body ~= "" and " " .. request.body or "") end
  return lines
end

-- Returns the message that a call raises.
local function mistake(f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  return message
end

-- Returns the output of a program in a new process, with these environment variables and the module
-- paths of this process.
local function output_of(program, variables)
  local unset = "unset TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_API_KEY TWILIO_API_SECRET LUA_INIT"
  local command = ("%s; %s LUA_PATH=%s LUA_CPATH=%s %s -e %s 2>&1"):format(
    unset, variables or "", shell.quote(package.path), shell.quote(package.cpath), shell.interpreter(), shell.quote(program))
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function sids(records)
  local all = {}
  for i, record in ipairs(records) do all[i] = record.sid end
  return all
end

describe("the interface", function()
  setup(function() server = servers.twilio { now = START } end)
  teardown(function() assert.equal("", server:stop()) end)

  before_each(function()
    server:post "/_/reset"
    client = connect()
  end)
  after_each(function() client:close() end)

  describe("in the example program", function()
    it("places a call", function()
      local call = assert(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" })
      assert.matches("^CA%x+$", call.sid)
      assert.equal("queued", call.status)
    end)

    it("returns the reason if a call was not placed", function()
      local call, message, err = client.calls:make { to = "+15005550001", from = "+15017122661", url = "http://foo.com/call.xml" }
      assert.is_nil(call)
      assert.matches("error 21217", message, 1, true)
      assert.same({ 400, 21217, "https://www.twilio.com/docs/errors/21217" }, { err.status, err.code, err.more_info })
    end)

    it("redirects a live call and hangs it up", function()
      local call = client.calls:get(one_call())
      server:post "/_/forget"
      assert(call:route("http://foo.com/new.xml", "POST"))
      assert(call:hangup())
      assert.equal("completed", call.status)
      assert.same({ "POST Method=POST&Url=http%3A%2F%2Ffoo.com%2Fnew.xml", "POST Status=completed" }, seen())
    end)

    it("hangs up all calls in progress", function()
      seed { Calls = 3, Status = "in-progress" }
      seed { Calls = 2, Status = "ringing" }
      for call in client.calls:iter { status = twilio.IN_PROGRESS } do assert(call:hangup()) end
      assert.equal(3, client.calls:count { status = "completed" })
      assert.equal(2, client.calls:count { status = "ringing" })
    end)

    it("redirects and hangs up a call by its SID, without fetching it", function()
      local sid = one_call()
      assert(client.calls:route(sid, "http://foo.com/new.xml"))
      assert(client.calls:update(sid, { url = "http://foo.com/new.xml", method = "POST" }))
      assert(client.calls:hangup(sid))
      local route = "POST Method=POST&Url=http%3A%2F%2Ffoo.com%2Fnew.xml"
      assert.same({ route, route, "POST Status=completed" }, seen())
    end)

    it("fetches a call, and walks its recordings and notifications", function()
      local sid = seed({ Calls = 1, Status = "in-progress", Recordings = 3, Notifications = 2 }).first
      local call = assert(client.calls:get(sid))
      assert.equal(sid, call.sid)
      assert.equal(sid, client.calls(sid):fetch().sid)
      local recordings, texts = 0, 0
      for recording in call.recordings:iter() do recordings = recordings + (recording.call_sid == sid and 1 or 0) end
      for notification in client.notifications:iter { call = sid } do texts = texts + (notification.message_text and 1 or 0) end
      assert.same({ 3, 2 }, { recordings, texts })
    end)

    it("sends a verification", function()
      local service = assert(client.verify.v2.services:create { friendly_name = "Shop" })
      local verification = assert(client.verify.v2.services(service.sid).verifications:create { to = "+15558675310", channel = "sms" })
      assert.equal("pending", verification.status)
    end)
  end)

  it("hangs up 250 calls one by one while it walks them in pages of 50", function()
    seed { Calls = 250, Status = "in-progress" }
    for call in client.calls:iter { status = "in-progress", page_size = 50 } do assert(call:hangup()) end
    assert.equal(250, client.calls:count { status = "completed" })
    assert.equal(0, client.calls:count { status = "in-progress" })
  end)

  describe("1. misuse raises, and failures are returned:", function()
    it("a missing, unknown or misspelt name raises an error at the caller's line", function()
      local line = debug.getinfo(1, "l").currentline + 1
      local message = mistake(function() client.calls:make { from = "+15017122661", url = "http://foo.com/" } end)
      assert.matches(":" .. line .. ": missing required parameter 'to'", message, 1, true)
      message = mistake(function() client.calls:make { to = "1", from = "2", statuscallbak = "http://foo.com/" } end)
      assert.matches("unknown parameter 'statuscallbak' (did you mean 'status_callback'?)", message, 1, true)
      message = mistake(function() client.calls:list({}, { timeot = 1 }) end)
      assert.matches("unknown option 'timeot' (did you mean 'timeout'?)", message, 1, true)
      assert.matches("did you mean 'calls'?", mistake(function() return client.cals end), 1, true)
      assert.matches("did you mean 'hangup'?", mistake(function() client.calls:hangop "CA1" end), 1, true)
      assert.matches("needs a SID", mistake(function() client.calls:get() end), 1, true)
      assert.same({}, server:get "/_/log")
    end)

    it("an error of Twilio is returned as nil, a message of one line, and a table", function()
      local none, message, err = client.calls:get "CA00000000000000000000000000000000"
      assert.is_nil(none)
      assert.matches("^GET /2010%-04%-01/Accounts/AC%x+/Calls/CA0+%.json: 404, error 20404: [^\n]*$", message)
      assert.same({ "api", 404, 20404, "GET", "yes", 1 }, { err.kind, err.status, err.code, err.method, err.sent, err.attempts })
      assert.matches("^https://www", err.more_info)
      assert.matches("was not found", err.message, 1, true)
      assert.matches("^RQ", err.request_id)
      assert.equal(server.url .. "/2010-04-01/Accounts/" .. ACCOUNT .. "/Calls/CA00000000000000000000000000000000.json", err.url)
      assert.matches('"code":20404', err.body, 1, true)
      assert.is_nil(message:find(server.auth_token, 1, true))
    end)

    it("`kind` says what failed, and `sent` whether the request may have reached Twilio", function()
      local params = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/" }
      local function failing(answer, options)
        local _, _, err = noting(answer, options).calls:make(params)
        return { err.kind, err.sent }
      end
      local _, _, refused = connect({ base_url = "http://127.0.0.1:1" }).calls:make(params)
      assert.same({ "network", "no" }, { refused.kind, refused.sent })
      assert.same({ "network", "maybe" }, failing(function() return nil, "connection lost" end))
      assert.same({ "decode", "yes" }, failing { status = 201, headers = {}, body = '{"sid":' })
      assert.same({ "untrusted", "yes" }, failing { status = 301, headers = { location = "http://elsewhere.example/" }, body = "" })
      assert.same({ "too_large", "yes" }, failing({ status = 201, headers = {}, body = (" "):rep(100) .. "{}" }, { max_response = 50 }))
      client.calls:count() -- opens a connection
      server:post("/_/fault", { Delay = 60 })
      local _, _, err = client.calls:make(params, { timeout = 0.2 })
      assert.same({ "timeout", "maybe" }, { err.kind, err.sent })
    end)

    it("an iterator raises the message, and stores the table in `error`", function()
      local it = connect({ auth_token = "wrong" }).calls:iter {}
      local ok, message = pcall(function() for _ in it do error "never reached" end end)
      assert.is_false(ok)
      assert.equal("string", type(message))
      assert.matches("401, error 20003: Authenticate", message, 1, true)
      assert.same({ "api", 401, 20003 }, { it.error.kind, it.error.status, it.error.code })
    end)

    it("an iterator that fails at a later page raises", function()
      seed { Calls = 4 }
      server:post("/_/fault", { Skip = 1, Status = 503, Body = "" })
      local it, n = client.calls:iter({ page_size = 2 }, { retries = 0 }), 0
      assert.is_false(pcall(function() for _ in it do n = n + 1 end end))
      assert.same({ 2, 503 }, { n, it.error.status })
    end)
  end)

  describe("2. the calls and what they return:", function()
    it("Twilio's parameters are in the first table, and the library's options in the second", function()
      local recorded, requests = noting()
      recorded.calls:make({ to = "1", from = "2", url = "http://foo.com/", timeout = 60 }, { timeout = 5 })
      assert.matches("Timeout=60", requests[1].body, 1, true)
      assert.equal(5, requests[1].timeout)
    end)

    it("make and create return a record", function()
      local params = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/" }
      assert.matches("^Call CA%x+ queued$", tostring(client.calls:make(params)))
      assert.matches("^Call CA%x+ queued$", tostring(client.calls:create(params)))
    end)

    it("list returns one page, iter and stream walk all pages, and count returns a number", function()
      seed { Calls = 120 }
      assert.equal(50, #client.calls:list())
      local walked = { 0, 0 }
      for _ in client.calls:iter() do walked[1] = walked[1] + 1 end
      for _ in client.calls:stream {} do walked[2] = walked[2] + 1 end
      assert.same({ 120, 120 }, walked)
      assert.equal(120, client.calls:count())
    end)

    it("get, fetch, update and delete take the SID as argument or from the resource", function()
      local sid = one_call()
      assert.equal(sid, client.calls:get(sid).sid)
      assert.equal(sid, client.calls:fetch(sid).sid)
      assert.equal(sid, client.calls(sid):get().sid)
      assert.equal("completed", client.calls(sid):update({ status = "completed" }).status)
      assert.is_true(client.calls:delete(sid))
      assert.is_true(client.calls(one_call "completed"):delete())
      assert.equal(404, select(3, client.calls:delete(sid)).status)
    end)

    it("hangup, cancel and route send one POST each, and return the record", function()
      local live, queued = one_call(), one_call "queued"
      assert.equal("in-progress", client.calls:cancel(live).status)
      assert.equal("in-progress", client.calls(live):route("http://foo.com/", "GET").status)
      assert.equal("completed", client.calls(live):hangup().status)
      assert.equal("canceled", client.calls:hangup(queued).status)
      local route = "POST Method=GET&Url=http%3A%2F%2Ffoo.com%2F"
      assert.same({ "POST Status=canceled", route, "POST Status=completed", "POST Status=completed" }, seen())
    end)

    it("a successful call returns one value", function()
      local sid = one_call()
      local call = client.calls:get(sid)
      local function values(...) return select("#", ...) end
      local made = values(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/" })
      assert.same({ 1, 1, 1 }, { made, values(client.calls:list()), values(client.calls:count()) })
      assert.same({ 1, 1, 1 }, { values(client.calls:get(sid)), values(call:hangup()), values(call:delete()) })
      assert.equal(1, values(client:request { path = "/2010-04-01/Accounts.json" }))
    end)

    it("hangup of an ended call returns Twilio's error", function()
      local _, _, err = client.calls:hangup(one_call "completed")
      assert.same({ 400, 21220 }, { err.status, err.code })
    end)

    it("methods of a record take no SID, and update the record in place", function()
      local call = client.calls:get(one_call "queued")
      server:post("/_/clock", { Seconds = 3 })
      assert.equal(call, call:refresh())
      assert.equal("in-progress", call.status)
      assert.equal(call, call:route "http://foo.com/")
      assert.equal(call, call:update { status = "completed" })
      assert.equal("completed", call.status)
      assert.is_true(call:delete())
    end)

    it("a raw request returns status, headers, body and json", function()
      local answer = client:request { path = "/2010-04-01/Accounts/" .. ACCOUNT .. "/Calls.json", query = { PageSize = 1 } }
      assert.equal(200, answer.status)
      assert.equal("application/json", answer.headers["content-type"])
      assert.equal("{", answer.body:sub(1, 1))
      assert.same({}, answer.json.calls)
      answer = client:request { product = "verify", path = "/v2/Services", method = "POST", form = { FriendlyName = "Shop" } }
      assert.same({ 201, "Shop" }, { answer.status, answer.json.friendly_name })
      assert.equal(404, select(3, client:request { url = server.url .. "/nowhere" }).status)
    end)

    it("parameters are accepted in snake_case and by their wire names", function()
      local recorded, requests = noting { status = 200, headers = {}, body = '{"calls":[]}' }
      recorded.calls:list { start_time_before = "2009-07-06" }
      recorded.calls:list { start_time_less_than = "2009-07-06" }
      recorded.calls:list { before = "2009-07-06" }
      recorded.calls:list { ["StartTime<"] = "2009-07-06" }
      for i = 1, 4 do assert.matches("%?StartTime%%3C=2009%-07%-06$", requests[i].url) end
      recorded.calls:list { start_time_after = "2009-07-06", end_time_greater_than = "2009-07-07", from_ = "+1" }
      assert.matches("?EndTime%3E=2009-07-07&From=%2B1&StartTime%3E=2009-07-06", requests[5].url, 1, true)
      recorded.calls:make { To = "1", from_ = "2", Url = "http://foo.com/" }
      assert.equal("From=2&To=1&Url=http%3A%2F%2Ffoo.com%2F", requests[6].body)
    end)

    it("`extra` sends parameters that the library does not know", function()
      local recorded, requests = noting()
      recorded.calls:make({ to = "1", from = "2", url = "x" }, { extra = { NewParam = "x" } })
      assert.matches("&NewParam=x$", requests[1].body)
    end)

    it("values are not validated, but control characters cannot enter a URL or a header", function()
      local recorded, requests = noting()
      recorded.calls:make { to = "\r\n", from = "", timeout = "soon" }
      assert.equal("From=&Timeout=soon&To=%0D%0A", requests[1].body)
      recorded.calls:get "../../Accounts?x#y"
      assert.matches("/Calls/..%2F..%2FAccounts%3Fx%23y.json", requests[2].url, 1, true)
      local function refuses(f) assert.matches("contains? control characters", mistake(f)) end
      refuses(function() recorded.calls:get "CA1\r\nX: y" end)
      refuses(function() twilio.client { account_sid = "AC1", auth_token = "a\nb" } end)
      refuses(function() recorded:request { path = "/", headers = { ["X-Y"] = "a\r\nb: c" } } end)
      assert.equal(2, #requests)
    end)
  end)

  describe("3. values:", function()
    it("booleans, numbers and arrays", function()
      local recorded, requests = noting()
      recorded.calls:make { to = 15558675310, from = "2", record = true, timeout = 60.0, status_callback_event = { "ringing", "answered" } }
      local events = "StatusCallbackEvent=ringing&StatusCallbackEvent=answered"
      assert.equal("From=2&Record=true&" .. events .. "&Timeout=60&To=15558675310", requests[1].body)
    end)

    it("dates: seconds, a table, or a string, which is not changed", function()
      local recorded, requests = noting { status = 200, headers = {}, body = '{"calls":[]}' }
      recorded.calls:list { start_time = START }
      recorded.calls:list { start_time = os.date("!*t", START) }
      recorded.calls:list { start_time = "2011-03-13" }
      assert.matches("?StartTime=2011-03-13T07%3A06%3A40Z", requests[1].url, 1, true)
      assert.matches("?StartTime=2011-03-13T07%3A06%3A40Z", requests[2].url, 1, true)
      assert.matches("?StartTime=2011-03-13", requests[3].url, 1, true)
    end)

    it("JSON: as text in a form, or within a JSON body", function()
      local recorded, requests = noting()
      recorded.sync.v1.services("IS1").documents:create { data = { list = twilio.array {}, none = twilio.null, n = 9007199254740991 } }
      assert.equal("Data=%7B%22list%22%3A%5B%5D%2C%22n%22%3A9007199254740991%2C%22none%22%3Anull%7D", requests[1].body)
      recorded.sync.v1.services("IS1").documents("ET1"):update { data = { a = 1 }, if_match = "3" }
      assert.equal("3", requests[2].headers["if-match"])
      recorded.content.v1.contents:create { friendly_name = "x", language = "en", types = { ["twilio/text"] = { body = "hi" } } }
      assert.equal("application/json", requests[3].headers["content-type"])
      assert.matches('"friendly_name":"x"', requests[3].body, 1, true)
    end)
  end)

  describe("4. records:", function()
    it("fields are read as record.name", function()
      local call = client.calls:get(seed({ Calls = 1, Status = "completed", To = "+15550001111" }).first)
      assert.equal("+15017122661", call.from)
      assert.equal("+15017122661", call.from_)
      assert.equal("30", call.duration)
      assert.is_nil(call.price) -- null
      assert.matches("has no 'statsu' %(did you mean 'status'%?%)", mistake(function() return call.statsu end))
      assert.equal("table", type(call.subresource_uris))
      assert.equal(START - 30, call:time "start_time")
      assert.matches("^Call CA%x+ completed$", tostring(call))
      assert.matches("read%-only", mistake(function() call.status = "x" end))
    end)

    it("integers are exact, and `time` reads both date formats", function()
      local recorded = noting { status = 200, headers = {}, body = '{"n":9007199254740991,"when":"2010-08-31T20:36:28Z","big":1e400}' }
      local record = recorded.calls:get "CA1"
      assert.equal(9007199254740991, record.n)
      if math.type then assert.equal("integer", math.type(record.n)) end
      assert.equal(math.huge, record.big)
      assert.equal(1283286988, record:time "when")
    end)

    it("each and to_table work on every Lua, and pairs on Lua 5.2 and later", function()
      local recorded = noting { status = 200, headers = {}, body = '{"sid":"CA1","price":null,"status":"queued"}' }
      local call, seen_fields = recorded.calls:get "CA1", {}
      for name, value in call:each() do seen_fields[#seen_fields + 1] = name .. "=" .. value end
      assert.same({ "sid=CA1", "status=queued" }, seen_fields)
      assert.same({ sid = "CA1", status = "queued" }, call:to_table())
      assert.equal('{"sid":"CA1","price":null,"status":"queued"}', call:json())
      if _VERSION ~= "Lua 5.1" then
        local names = {}
        for name in pairs(call) do names[#names + 1] = name end
        assert.same({ "sid", "status" }, names)
      end
    end)

    it("meta returns facts about the response", function()
      local meta = client.calls:get(one_call()):meta()
      assert.same({ 200, 1, "number" }, { meta.status, meta.attempts, type(meta.concurrent_requests) })
      assert.matches("^RQ", meta.request_id)
    end)

    it("a record has its sub-resources and the URLs of its media", function()
      local call = client.calls:get(seed({ Calls = 1, Status = "completed", Recordings = 1, Transcriptions = 2 }).first)
      local recording = call.recordings:list()[1]
      assert.matches("^http.*/Recordings/" .. recording.sid .. "%.wav$", recording.formats.wav)
      assert.matches("^http.*/Recordings/" .. recording.sid .. "%.mp3$", recording.formats.mp3)
      assert.equal(2, client.recordings:list({ call = call.sid })[1].transcriptions:count())
    end)
  end)

  describe("5. pages:", function()
    it("a page is an array with the methods next and previous", function()
      seed { Calls = 5 }
      local first = client.calls:list { page_size = 2 }
      local second = first:next()
      local third = second:next()
      assert.same({ 2, 2, 1 }, { #first, #second, #third })
      assert.same(sids(first), sids(second:previous()))
      assert.same({ 1, nil }, { select("#", third:next()), (third:next()) })
      assert.same({ 1, nil }, { select("#", first:previous()), (first:previous()) })
      assert.same({ 2, 0 }, { first.page_size, first.page })
      local n = 0
      for i, call in ipairs(first) do n = n + i * (call.sid and 1 or 0) end
      assert.equal(3, n)
    end)

    it("a page that cannot be fetched is returned as nil, message, err", function()
      seed { Calls = 3 }
      local page = client.calls:list({ page_size = 2 }, { retries = 0 })
      server:post("/_/fault", { Status = 503, Body = "" })
      local none, message, err = page:next()
      assert.is_nil(none)
      assert.equal("string", type(message))
      assert.equal(503, err.status)
    end)

    it("iter requests pages as large as `limit` or 1000, and list requests Twilio's default size", function()
      local recorded, requests = noting { status = 200, headers = {}, body = '{"calls":[]}' }
      for _ in recorded.calls:iter() do error "none" end
      for _ in recorded.calls:iter({}, { limit = 7 }) do error "none" end
      for _ in recorded.calls:iter { limit = 7, page_size = 3 } do error "none" end
      recorded.calls:list()
      local sizes = {}
      for i, request in ipairs(requests) do sizes[i] = request.url:match "PageSize=(%d+)" or "none" end
      assert.same({ "1000", "7", "3", "none" }, sizes)
    end)

    it("`limit` ends a walk", function()
      seed { Calls = 10 }
      local n = 0
      for _ in client.calls:iter { limit = 7, page_size = 3 } do n = n + 1 end
      assert.equal(7, n)
    end)

    it("the next page is prefetched from the second page on, always, or never", function()
      seed { Calls = 6 }
      local engine
      local watched = connect { wait = function(it, seconds)
        engine = it
        engine:poll(seconds)
      end }
      server:post("/_/fault", { Delay = 0.01 }) -- makes the call wait, so that `engine` is set
      watched.calls:count()
      -- Returns the number of requests in flight after this record was read. The response with the
      -- next page is delayed.
      local function flying_at_record(record, prefetch)
        server:post("/_/fault", { Skip = math.ceil(record / 2), Delay = 60 })
        local it = watched.calls:iter({ page_size = 2 }, { prefetch = prefetch })
        for _ = 1, record do it() end
        local flying = engine:flying()
        it:close()
        assert.equal(0, engine:flying())
        server:post "/_/reset"
        seed { Calls = 6 }
        return flying
      end
      assert.same({ 0, 1 }, { flying_at_record(1), flying_at_record(3) })
      assert.same({ 1, 0 }, { flying_at_record(1, true), flying_at_record(3, false) })
      if _VERSION >= "Lua 5.4" then
        server:post("/_/fault", { Skip = 1, Delay = 60 })
        for _ in watched.calls:iter({ page_size = 2 }, { prefetch = true }) do break end -- luacheck: ignore 512
        assert.equal(0, engine:flying())
      end
    end)

    it("count returns the total of the first page, if there is one", function()
      local recorded, requests = noting { status = 200, headers = {}, body = '{"calls":[{}],"total":12345,"next_page_uri":"/x"}' }
      assert.equal(12345, recorded.calls:count())
      assert.equal(1, #requests)
    end)
  end)

  describe("6. the accessor tree:", function()
    it("consists of product, version and resource; the version and an empty call may be omitted", function()
      local names = {
        [client.calls] = 'api.v2010.accounts("' .. ACCOUNT .. '").calls',
        [client.api.calls] = 'api.v2010.accounts("' .. ACCOUNT .. '").calls',
        [client.api.v2010.account.calls] = 'api.v2010.accounts("' .. ACCOUNT .. '").calls',
        [client.api.v2010.accounts("AC2").calls] = 'api.v2010.accounts("AC2").calls',
        [client.accounts("AC2").calls] = 'api.v2010.accounts("AC2").calls',
        [client.calls("CA1").recordings] = 'api.v2010.accounts("' .. ACCOUNT .. '").calls("CA1").recordings',
        [client.verify.services("VA1").verifications] = 'verify.v2.services("VA1").verifications',
        [client.verify.v2.services()("VA1")] = 'verify.v2.services("VA1")',
        [client.accounts.credentials] = "accounts.v1.credentials",
        [client.flex_api.web_channels] = "flex_api.v2.web_channels",
        [client.available_phone_numbers("US").local_] = 'api.v2010.accounts("' .. ACCOUNT .. '").available_phone_numbers("US").local',
      }
      for resource, name in pairs(names) do assert.equal("twilio.resource " .. name, tostring(resource)) end
    end)

    it("client.accounts is the resource of accounts", function()
      assert.equal(ACCOUNT, client.accounts:get(ACCOUNT).sid)
      local sub = assert(client.accounts:create { friendly_name = "Sub" })
      assert.same({ sub.sid, ACCOUNT }, sids(client.accounts:list()))
      assert.equal(2, client.accounts:count())
      local n = 0
      for _ in client.accounts:iter() do n = n + 1 end
      assert.equal(2, n)
      assert.equal("Other", client.accounts:update(sub.sid, { friendly_name = "Other" }).friendly_name)
      assert.equal("suspended", client.accounts:suspend(sub.sid).status)
      assert.equal("active", client.accounts(sub.sid):activate().status)
      assert.equal("closed", sub:close().status)
    end)

    it("has the verbs and names of the first Lua library for Twilio", function()
      local recorded, requests = noting(function(request)
        return { status = request.method == "DELETE" and 204 or 200, headers = {}, body = request.method == "GET" and '{"x":[]}' or "{}" }
      end)
      local participants, numbers, texts = recorded.conferences("CF1").participants, recorded.phone_numbers, recorded.sms_messages
      local calls = {
        { recorded.caller_ids.validate, recorded.caller_ids, { phone_number = "+1" }, "POST /OutgoingCallerIds.json PhoneNumber=%2B1" },
        { numbers.purchase, numbers, { phone_number = "+1" }, "POST /IncomingPhoneNumbers.json PhoneNumber=%2B1" },
        { texts.make, texts, { to = "1", from = "2", body = "hi" }, "POST /SMS/Messages.json Body=hi&From=2&To=1" },
        { recorded.sandboxes.get, recorded.sandboxes, nil, "GET /Sandbox.json" },
        { participants.mute, participants, "CA1", "POST /Conferences/CF1/Participants/CA1.json Muted=true" },
        { participants.unmute, participants, "CA1", "POST /Conferences/CF1/Participants/CA1.json Muted=false" },
        { participants.kick, participants, "CA1", "DELETE /Conferences/CF1/Participants/CA1.json" },
        { recorded.notifications.list, recorded.notifications, { call = "CA1" }, "GET /Calls/CA1/Notifications.json" },
        { recorded.recordings.list, recorded.recordings, { call = "CA1" }, "GET /Recordings.json?CallSid=CA1" },
      }
      for i, call in ipairs(calls) do
        assert(call[1](call[2], call[3]))
        local path = requests[i].url:match "/2010%-04%-01/Accounts/AC1(.*)"
        assert.equal(call[4], requests[i].method .. " " .. path .. (requests[i].body and " " .. requests[i].body or ""))
      end
      recorded.calls:make { to = "1", from = "2", url = "x", status_method = "GET", if_machine = "Hangup" }
      assert.equal("From=2&IfMachine=Hangup&StatusCallbackMethod=GET&To=1&Url=x", requests[#requests].body)
    end)

    it("a search for numbers returns a page, like other lists", function()
      local body = '{"available_phone_numbers":[{"phone_number":"+1"}],"next_page_uri":"/x"}'
      local recorded, requests = noting { status = 200, headers = {}, body = body }
      local found = recorded.phone_numbers:search("US", { area_code = "510" })
      assert.same({ 1, "+1" }, { #found, found[1].phone_number })
      assert.equal(1, #found:next())
      local root = "https://api.twilio.com"
      assert.same(
        { root .. "/2010-04-01/Accounts/AC1/AvailablePhoneNumbers/US/Local.json?AreaCode=510", root .. "/x" },
        { requests[1].url, requests[2].url })
    end)

    it("the transcriptions of a call are the transcriptions of all its recordings", function()
      local sid = seed({ Calls = 1, Status = "completed", Recordings = 2, Transcriptions = 2 }).first
      seed { Calls = 1, Status = "completed", Recordings = 1, Transcriptions = 1 }
      local n = 0
      for transcription in client.transcriptions:iter { call = sid } do n = n + (transcription.transcription_text and 1 or 0) end
      assert.equal(4, n)
      assert.equal(4, client.calls:get(sid).transcriptions:count())
      assert.equal(4, #client.calls(sid).transcriptions:list())
      assert.equal(5, client.transcriptions:count())
    end)

    it("the module has constants for statuses and methods", function()
      assert.same(
        { "queued", "ringing", "in-progress", "completed", "failed" },
        { twilio.QUEUED, twilio.RINGING, twilio.IN_PROGRESS, twilio.COMPLETED, twilio.FAILED })
      assert.same(
        { "busy", "no-answer", "canceled", "GET", "POST" },
        { twilio.BUSY, twilio.NO_ANSWER, twilio.CANCELED, twilio.GET, twilio.POST })
    end)
  end)

  describe("7. hosts:", function()
    it("are Twilio's, those of the region and the edge, or the base URL", function()
      local function url_of(options)
        local recorded, requests = noting(nil, options)
        recorded.verify.services:get "VA1"
        recorded.calls:get "CA1"
        return requests[1].url:match "^(.-)/v2", requests[2].url:match "^(.-)/2010"
      end
      assert.same({ "https://verify.twilio.com", "https://api.twilio.com" }, { url_of() })
      local there = { region = "ie1", edge = "dublin" }
      assert.same({ "https://verify.dublin.ie1.twilio.com", "https://api.dublin.ie1.twilio.com" }, { url_of(there) })
      assert.same({ "https://verify.sydney.us1.twilio.com", "https://api.sydney.us1.twilio.com" }, { url_of { edge = "sydney" } })
      assert.same({ "http://localhost:1/verify", "http://localhost:1/api" }, { url_of { base_url = "http://localhost:1/{product}" } })
      assert.same({ "http://localhost:1/x", "http://localhost:1/x" }, { url_of { base_url = "http://localhost:1/x/" } })
    end)

    it("a link to another host is refused", function()
      local function following(link, base_url)
        local body = '{"calls":[],"next_page_uri":"' .. link .. '"}'
        local recorded, requests = noting({ status = 200, headers = {}, body = body }, { base_url = base_url })
        local _, _, err = recorded.calls:list():next()
        return requests[2] and requests[2].url or err.kind
      end
      assert.equal("https://api.twilio.com/x?Page=1", following "/x?Page=1")
      assert.equal("http://localhost:1/x?Page=1", following("https://api.twilio.com/x?Page=1", "http://localhost:1"))
      assert.equal("http://localhost:1/api/x?Page=1", following("https://api.ie1.twilio.com/x?Page=1", "http://localhost:1/{product}"))
      assert.equal("untrusted", following "https://elsewhere.example/x")
      assert.equal("untrusted", following "http://api.twilio.com/x")
      assert.equal("untrusted", following "https://api.twilio.com.example/x")
      assert.equal("untrusted", following "https://u@api.twilio.com/x")
    end)
  end)

  describe("8. credentials", function()
    -- Runs a client in a new process with these environment variables. Returns the header
    -- Authorization and the account of its URL, or the error message.
    local function with_environment(variables, options)
      local program = [[
        local twilio, options = require "twilio", ]] .. options .. [[

        options.retries = 0
        function options.transport(request) print(request.headers.authorization, request.url:match "Accounts/(%w+)") end
        local ok, client = pcall(twilio.client, options)
        if ok then client.calls:list() else print(client) end
      ]]
      return output_of(program, variables)
    end
    local ENV = "TWILIO_ACCOUNT_SID=AC1 TWILIO_AUTH_TOKEN=env "

    local function basic(text) -- computes the expected header with another program
      return "Basic " .. shell.must("printf %s " .. shell.quote(text) .. " | base64 -w0")
    end

    it("come from the environment, or as a set from the options", function()
      assert.equal(basic "AC1:env" .. "\tAC1\n", with_environment(ENV, "{}"))
      assert.equal(basic "AC2:own" .. "\tAC2\n", with_environment(ENV, '{ account_sid = "AC2", auth_token = "own" }'))
      assert.equal(basic "AC1:env" .. "\tAC1\n", with_environment(ENV, '{ account_sid = "AC1" }'))
    end)

    it("of different accounts are never combined", function()
      assert.matches("no credentials for account AC2", with_environment(ENV, '{ account_sid = "AC2" }'), 1, true)
    end)

    it("may be an API key, which is preferred to the auth token", function()
      assert.equal(basic "SK1:key" .. "\tAC1\n", with_environment(ENV .. "TWILIO_API_KEY=SK1 TWILIO_API_SECRET=key", "{}"))
      assert.matches("an API key also needs the account SID", with_environment("", '{ api_key = "SK1", api_secret = "key" }'), 1, true)
    end)

    it("are required, and the message mentions nginx's `env` directive", function()
      assert.matches("no credentials: .*env TWILIO_ACCOUNT_SID;", with_environment("", "{}"))
    end)
  end)

  describe("9. clients:", function()
    it("log their requests, without secrets", function()
      local lines = {}
      local talking = connect { log = function(level, message, fields) lines[#lines + 1] = { level, message, fields } end }
      talking.calls:list { to = "+15558675310" }
      talking.calls:get "CA1"
      assert.same({ "info", "warn" }, { lines[1][1], lines[2][1] })
      assert.matches("^GET /2010%-04%-01/Accounts/AC%x+/Calls%.json: 200 ", lines[1][2])
      assert.same({ "GET", 404, 1 }, { lines[2][3].method, lines[2][3].status, lines[2][3].attempts })
    end)

    it("are independent of each other", function()
      local other = connect { base_url = server.url .. "/{product}" }
      local sid = one_call()
      assert.equal(client.calls:get(sid).sid, other.calls:get(sid).sid)
      other:close()
      assert.equal(sid, client.calls:get(sid).sid)
    end)

    it("of sub-accounts use the credentials of their client, and are closed with it", function()
      local sub = assert(client.accounts:create {})
      local account = client:account(sub.sid)
      assert.equal(sub.sid, account.account_sid)
      local call = account.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/" }
      assert.equal(sub.sid, call.account_sid)
      assert.equal(0, client.calls:count())
      client:close()
      assert.matches("the client is closed", mistake(function() return account.calls:list() end), 1, true)
      assert.matches("the client is closed", mistake(function() call:hangup() end), 1, true)
    end)

    it("may be closed twice, and tostring shows no secret", function()
      assert.equal("twilio.client " .. ACCOUNT, tostring(client))
      client:close()
      client:close()
      assert.equal("twilio.client (closed)", tostring(client))
    end)

    it("need no globals, and require prints nothing", function()
      assert.equal("done\n", output_of [[
        local before = {}
        for name in pairs(_G) do before[name] = true end
        require "twilio"
        for name in pairs(_G) do if not before[name] then print(name) end end
        print "done"
      ]])
    end)
  end)
end)
