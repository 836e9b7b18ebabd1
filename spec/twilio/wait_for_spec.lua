-- record:wait_for: which requests it sends, after which pauses, and how it ends. A clock of the
-- spec replaces core.now, and a wait function moves it.
local core = require "twilio.core"
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"
local now_of_core = core.now

describe("record:wait_for", function()
  local clock

  before_each(function()
    clock = 1000
    core.now = function() return clock end
  end)
  after_each(function() core.now = now_of_core end)

  local function wait(_, seconds) clock = clock + seconds end

  -- Returns a client, the times of its requests, and the requests. The responses are the given
  -- ones, one after the other: a status, or a table with the response. The last one repeats.
  local function client_of(answers, options)
    local times = {}
    local all = { wait = wait }
    for name, value in pairs(options or {}) do all[name] = value end
    local client, requests = support.client(all, function()
      times[#times + 1] = clock
      local answer = answers[math.min(#times, #answers)]
      if type(answer) == "table" then return answer end
      return { status = 200, body = ('{"sid":"%s","status":"%s"}'):format(SID, answer) }
    end)
    return client, times, requests
  end

  -- Returns the pauses between the times, rounded to milliseconds.
  local function pauses(times)
    local list = {}
    for i = 2, #times do list[i - 1] = math.floor((times[i] - times[i - 1]) * 1000 + 0.5) / 1000 end
    return list
  end

  it("fetches the record until it has the status, and returns the record itself", function()
    local client, _, requests = client_of { "queued", "ringing", "in-progress", "completed" }
    local call = assert(client.calls:get(SID))
    assert.equal(call, call:wait_for "in-progress")
    assert.equal("in-progress", call.status)
    assert.equal(3, #requests)
    for i = 1, 3 do assert.equal(requests[1].url, requests[i].url) end
  end)

  it("accepts a list of statuses", function()
    local client = client_of { "queued", "ringing", "in-progress", "completed" }
    assert.equal("ringing", assert(client.calls:get(SID):wait_for { "completed", "ringing" }).status)
  end)

  it("sends no request if the record has the status, or a terminal one", function()
    local client, times = client_of { "busy" }
    local call = assert(client.calls:get(SID))
    assert.equal(call, call:wait_for "busy")
    assert.equal(call, call:wait_for "in-progress")
    assert.equal(1, #times)
  end)

  it("ends with a terminal status, which no later status can follow", function()
    local client = client_of { "queued", "no-answer", "completed" }
    assert.equal("no-answer", assert(client.calls:get(SID):wait_for "completed").status)
    local message = client_of { "sent", "delivered", "read" }
    assert.equal("read", assert(message.messages:get("SM1"):wait_for "read").status)
    message = client_of { "sent", "undelivered", "read" }
    assert.equal("undelivered", assert(message.messages:get("SM1"):wait_for "read").status)
    message = client_of { "sent", "read" }
    assert.equal("read", assert(message.messages:get("SM1"):wait_for "delivered").status)
  end)

  it("pauses longer and longer, and starts again after a change of the status", function()
    local client, times = client_of { "queued", "queued", "queued", "queued", "ringing", "ringing", "ringing", "completed" }
    assert(client.calls:get(SID):wait_for("completed"))
    assert.same({ 1, 1.5, 2.25, 3.375, 1, 1.5, 2.25 }, pauses(times))
  end)

  it("pauses as the options interval and max_interval say", function()
    local client, times = client_of { "queued", "queued", "queued", "queued", "completed" }
    assert(client.calls:get(SID):wait_for("completed", { interval = 2, max_interval = 4 }))
    assert.same({ 2, 3, 4, 4 }, pauses(times))
    client, times = client_of { "queued", "queued", "queued", "completed" }
    assert(client.calls:get(SID):wait_for("completed", { interval = 20 })) -- longer than max_interval
    assert.same({ 20, 20, 19 }, pauses(times))
  end)

  it("goes on after status 429, and waits as long as Retry-After says", function()
    local refused = { status = 429, headers = { ["retry-after"] = "7" }, body = '{"code":20429,"message":"Too many"}' }
    local unnamed = { status = 429, body = '{"code":20429,"message":"Too many"}' }
    local client, times = client_of { "queued", refused, unnamed, "queued", "completed" }
    assert(client.calls:get(SID):wait_for("completed"))
    assert.same({ 1, 7, 4, 6 }, pauses(times))
  end)

  it("pauses longer after a fetch that had to be repeated", function()
    local failed = { status = 503, headers = { ["retry-after"] = "0" }, body = "{}" }
    local client, times = client_of({ "queued", failed, "queued", "completed" }, { retries = 1 })
    assert(client.calls:get(SID):wait_for("completed"))
    assert.same({ 1, 0, 2 }, pauses(times))
  end)

  it("ends at the timeout with the kind timeout and the record, after a last fetch shortly before", function()
    local client, times = client_of { "queued" }
    local call = assert(client.calls:get(SID))
    local result, message, err = call:wait_for({ "completed", "busy" }, { timeout = 6 })
    assert.is_nil(result)
    assert.same({ 1, 1.5, 2.25, 0.25 }, pauses(times))
    assert.same({ "timeout", call, "yes" }, { err.kind, err.record, err.sent })
    assert.equal("Call CA00000000000000000000000000000001 queued: not completed or busy within 6 s (option timeout of wait_for)", message)
    assert.same({ message, message }, { err.message, tostring(err) })
  end)

  it("has a timeout of 60 seconds by default", function()
    local client, times = client_of { "queued" }
    assert.matches("within 60 s", select(2, client.calls:get(SID):wait_for "completed"), 1, true)
    assert.equal(1059, times[#times])
  end)

  it("ends at once if Twilio asks for a pause that ends after the timeout", function()
    local client = client_of { "queued", { status = 429, headers = { ["retry-after"] = "90" }, body = '{"code":20429,"message":"Too many"}' } }
    local result, message, err = client.calls:get(SID):wait_for "completed"
    assert.is_nil(result)
    assert.same({ "timeout", 1001 }, { err.kind, clock })
    assert.matches("and the last fetch failed: GET .*: 429, error 20429", message)
  end)

  it("returns any other failure, with the record", function()
    local client, times = client_of { "queued", { status = 404, body = '{"code":20404,"message":"gone","status":404}' } }
    local call = assert(client.calls:get(SID))
    local result, message, err = call:wait_for "completed"
    assert.is_nil(result)
    assert.matches("404, error 20404: gone", message, 1, true)
    assert.same({ "api", 404, call, 2 }, { err.kind, err.status, err.record, #times })
  end)

  it("takes no time with a transport of twilio.testing, and ends at the timeout nevertheless", function()
    core.now = now_of_core -- the double makes records with it
    local start, fake = os.time(), require("twilio.testing").new()
    local call = fake:record("call", { status = "in-progress" })
    fake:on("GET", "Calls/*", { status = "in-progress" })
    local _, message, err = call:wait_for("completed", { interval = 100, max_interval = 1000, timeout = 3600 })
    assert.same({ "timeout", call.sid }, { err.kind, err.record.sid })
    assert.matches("not completed within 3600 s", message, 1, true)
    -- Fetches after 100, 250, 475, 812, 1318, 2077 and 3077 seconds, and one in time before the timeout.
    assert.equal(8, #fake:requests("GET", "Calls/*"))
    assert.is_true(os.time() - start < 1000)
  end)

  it("ends with the kind cancelled when ready returns false, the canceller is used or the client is closed", function()
    for _, how in ipairs { "ready", "cancel", "close" } do
      local canceller, client = twilio.canceller(), nil
      local times
      local asleep = false
      client, times = client_of({ "queued" }, { wait = function(_, seconds)
        clock, asleep = clock + seconds, true
        if how == "cancel" then canceller:cancel() end
        if how == "close" then client:close() end
      end })
      local call = assert(client.calls:get(SID))
      local result, message, err = call:wait_for("completed", {
        cancel = how == "cancel" and canceller or nil, ready = how == "ready" and function() return not asleep end or nil,
      })
      assert.is_nil(result)
      assert.same({ how, "cancelled", "no", 1 }, { how, err.kind, err.sent, #times })
      assert.matches(how == "ready" and "'ready' returned false" or "cancelled", message, 1, true)
      assert.equal(call, err.record)
    end
  end)

  it("applies the other options of calls to each fetch, whose deadline begins after the pause", function()
    local client, _, requests = client_of { "queued", "queued", "completed" }
    core.now = now_of_core -- the deadline of a request has the real clock
    local slept = 0
    assert(client.calls:get(SID):wait_for("completed", { interval = 0.02, deadline = 0.01, connect_timeout = 3, wait = function(engine, seconds)
      slept = slept + seconds
      engine:poll(seconds)
    end }))
    assert.equal(3, #requests)
    assert.is_true(requests[2].timeout <= 0.01 and requests[3].timeout <= 0.01)
    assert.is_true(slept > 0)
  end)

  it("reads the status from the field that the resource has in its place", function()
    local function waited(answers, make, wanted)
      local n = 0
      local client = support.client({ wait = wait }, function()
        n = n + 1
        return { status = 200, body = answers[n] }
      end)
      return assert(make(client)):wait_for(wanted)
    end
    local task = waited({ '{"sid":"WT1","assignment_status":"pending"}', '{"sid":"WT1","assignment_status":"completed"}' },
      function(client) return client.taskrouter.v1.workspaces("WS1").tasks:get "WT1" end, "completed")
    assert.equal("completed", task.assignment_status)
    local conversation = waited({ '{"sid":"CH1","state":"active"}', '{"sid":"CH1","state":"closed"}' },
      function(client) return client.conversations.v1.conversations:get "CH1" end, "closed")
    assert.equal("closed", conversation.state)
  end)

  it("accepts statuses that Twilio does not document where its documents list none", function()
    local client = client_of { "pending", "surprising" }
    assert.equal("surprising", assert(client.verify.v2.services("VA1").verifications:get("VE1"):wait_for "surprising").status)
  end)

  describe("of an operation that ends later", function()
    local URL = "https://memory.twilio.com/v1/ControlPlane/Operations/op_1"

    -- Twilio begins an operation, and answers further requests with its states.
    local function begun(states, headers)
      local times, n = {}, 0
      local client, requests = support.client({ wait = wait }, function(request)
        times[#times + 1] = clock
        if request.method ~= "GET" then return { status = 202, headers = headers, body = "{}" } end
        n = n + 1
        return { status = 200, body = ('{"operationId":"op_1","status":"%s"}'):format(states[n]) }
      end)
      return assert(client.memory.v1.stores:create { displayName = "a" }), times, requests
    end

    it("waits for the operation, and returns its record", function()
      local answer, times, requests = begun({ "PENDING", "RUNNING", "COMPLETED" }, { location = URL, ["retry-after"] = "5" })
      local operation = assert(answer:wait_for "COMPLETED")
      assert.equal("COMPLETED", operation.status)
      assert.same({ URL, URL, URL }, { requests[2].url, requests[3].url, requests[4].url })
      assert.same({ 5, 1, 1 }, pauses(times)) -- the first pause is Twilio's
    end)

    it("ends with a terminal status of the operation", function()
      local answer = begun({ "RUNNING", "FAILED" }, { location = URL })
      assert.equal("FAILED", assert(answer:wait_for "COMPLETED").status)
    end)

    it("raises for a status that the operation does not have, before it is fetched", function()
      local answer, times = begun({ "RUNNING" }, { location = URL })
      assert.equal("operations have no status 'COMPLETE' (did you mean 'COMPLETED'?)", (support.misuse(answer.wait_for, answer, "COMPLETE")))
      assert.equal(1, #times)
    end)

    it("ends at the timeout with the record that began it, if the operation was not fetched", function()
      local answer = begun({}, { location = URL, ["retry-after"] = "90" })
      local _, _, err = answer:wait_for "COMPLETED"
      assert.same({ "timeout", answer, "no" }, { err.kind, err.record, err.sent })
    end)

    it("fails if its URL is not Twilio's", function()
      local answer, times = begun({}, { location = "https://elsewhere.example/op" })
      local result, message, err = answer:wait_for "COMPLETED"
      assert.is_nil(result)
      assert.matches("is not requested", message, 1, true)
      assert.same({ "untrusted", 1 }, { err.kind, #times })
    end)
  end)

  describe("raises, without a request,", function()
    local client, times = client_of { "queued" }
    local call = assert(client.calls:get(SID))
    local function refused(...) return (support.misuse(call.wait_for, call, ...)) end

    after_each(function() assert.equal(1, #times) end)

    it("for a status that the resource does not have", function()
      assert.equal("calls have no status 'complete' (did you mean 'completed'?)", refused "complete")
      assert.equal("calls have no status 'delivered'", refused { "busy", "delivered" })
    end)

    it("for values that are no statuses", function()
      assert.equal("wait_for takes a status or an array of statuses, got nil", refused(nil))
      assert.equal("wait_for takes a status or an array of statuses, got number", refused(5))
      assert.equal("wait_for takes a status or an array of statuses, got an empty table", refused {})
      assert.equal("wait_for takes an array of statuses, got a boolean in it", refused { "busy", true })
    end)

    it("for wrong options, and suggests a near match", function()
      assert.equal("unknown option 'intervall' (did you mean 'interval'?)", refused("busy", { intervall = 1 }))
      assert.equal("option 'interval' must be a positive number of seconds, got 0", refused("busy", { interval = 0 }))
      assert.equal("option 'timeout' must be a positive number of seconds, got \"60\"", refused("busy", { timeout = "60" }))
      assert.equal("the options must be a table, got number", refused("busy", 60))
      assert.equal("unknown option 'limit'", refused("busy", { limit = 1 }))
      assert.equal("too many arguments to 'wait_for'", refused("busy", {}, 1))
    end)

    it("for a call with '.' in place of ':'", function()
      assert.matches("^a twilio.record is expected, got string", (support.misuse(call.wait_for, "busy")))
    end)

    it("with the caller's line", function()
      assert.matches("wait_for_spec.lua", select(2, support.misuse(function() call:wait_for "bussy" end)), 1, true)
    end)
  end)

  it("raises for a record without a status, and for a record that cannot be fetched", function()
    local client = support.client({ wait = wait }, { status = 200, body = '{"sid":"SK1"}' })
    local key = assert(client.keys:get "SK1")
    assert.equal("a record of keys has no status to wait for", (support.misuse(key.wait_for, key, "active")))
    local check = assert(client.verify.v2.services("VA1").verification_checks:create { to = "+15558675310", code = "1" })
    assert.equal("verification_checks cannot be fetched one by one, so wait_for cannot wait for their status",
      (support.misuse(check.wait_for, check, "approved")))
  end)
end)

describe("record:wait_for over HTTP", function()
  local server

  setup(function() server = servers.twilio { now = 1300000000 } end)
  teardown(function() server:stop() end)
  before_each(function()
    server:post "/_/reset"
    server:post("/_/clock", { Seconds = 0, Sent = 1, Delivered = 2 })
  end)

  local function client_of(options)
    local all = { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  local function send(client)
    return assert(client.messages:create { to = "+15558675310", from = "+15017122661", body = "Hello" })
  end

  it("returns a message that was delivered meanwhile", function()
    local client = client_of()
    local sms = send(client)
    server:post("/_/clock", { Seconds = 10 })
    assert.equal(sms, assert(sms:wait_for("delivered", { interval = 0.01 })))
    assert.equal("delivered", sms.status)
    client:close()
  end)

  it("lets the other items of twilio.map go on", function()
    local client, order = client_of(), {}
    local results, failures = twilio.map({ "wait", "deliver" }, 2, function(what)
      order[#order + 1] = what
      if what == "deliver" then
        assert(client.calls:count())
        server:post("/_/clock", { Seconds = 10 })
        return true
      end
      local sms = assert(send(client):wait_for("delivered", { interval = 0.01 }))
      order[#order + 1] = "delivered"
      return sms.status
    end)
    assert.is_nil(failures)
    assert.same({ "wait", "deliver", "delivered" }, order)
    assert.equal("delivered", results[1])
    client:close()
  end)

  it("ends at the timeout while the server does not respond", function()
    local client = client_of()
    local sms = send(client)
    server:post("/_/fault", { Path = "Messages", Delay = 30 })
    local _, message, err = sms:wait_for("delivered", { interval = 0.01, timeout = 0.5 })
    assert.same({ "timeout", sms, "maybe" }, { err.kind, err.record, err.sent })
    assert.matches("within 0.5 s (option timeout of wait_for), and the last fetch failed", message, 1, true)
    client:close()
  end)

  it("ends with the kind cancelled when ready returns false", function()
    local client, asked = client_of(), 0
    local _, message, err = send(client):wait_for("delivered", { ready = function()
      asked = asked + 1
      return asked < 4
    end })
    assert.same({ "cancelled", 4 }, { err.kind, asked })
    assert.matches("the function 'ready' returned false", message, 1, true)
    client:close()
  end)
end)
