-- Responses of all forms, from a transport: records, pages, empty successes, and failures.
local support = require "spec.support.client"

local SID = "CA00000000000000000000000000000001"

local function answering(status, body, headers)
  return support.client(nil, { status = status, body = body, headers = headers or { ["content-type"] = "application/json" } })
end

local function fetch(status, body, headers)
  return answering(status, body, headers).calls:get(SID)
end

describe("the response to an operation for a record", function()
  it("is a record with any status of success", function()
    for _, status in ipairs { 200, 201, 202, 203 } do
      local call = assert(fetch(status, '{"sid":"CA1"}'))
      assert.equal("CA1", call.sid)
      assert.equal(status, call:meta().status)
    end
  end)

  it("is returned as one value, so that it can be passed to another function", function()
    local records = {}
    table.insert(records, fetch(200, '{"sid":"CA1"}'))
    table.insert(records, (answering(204, ""):account("AC1").calls:delete(SID)))
    assert.equal("CA1", records[1].sid)
    assert.is_true(records[2])
    assert.equal(1, select("#", fetch(200, "{}")))
    assert.equal(1, select("#", answering(204, "").calls:delete(SID)))
    assert.equal(1, select("#", answering(200, '{"calls":[]}').calls:list()))
    assert.equal(1, select("#", answering(200, '{"calls":[]}').calls:count()))
  end)

  it("may be empty with a status that allows an empty body", function()
    for _, status in ipairs { 202, 204 } do
      local made = assert(answering(status, "").calls:make { to = "+1", from = "+2", url = "http://x" })
      assert.is_nil(made.sid)
      assert.equal("{}", made:json())
    end
    assert.is_true(answering(200, "").calls:delete(SID))
    assert.is_nil((assert(fetch(204, ""))).sid)
  end)

  it("that belongs to another request is a failure, and its content is not shown", function()
    local other = "CA00000000000000000000000000000002"
    local nothing, message, err = fetch(200, ('{"sid":"%s","from":"+15550001111"}'):format(other))
    assert.is_nil(nothing)
    assert.matches(("200, but the response belongs to another request: it is about %s, not %s"):format(other, SID), message, 1, true)
    assert.same({ "decode", 200, "maybe" }, { err.kind, err.status, err.sent })
    assert.is_nil(err.body)
    assert.not_matches("5550001111", message)
  end)

  it("must also match the account and the parents in the path", function()
    local account, call = "AC0000000000000000000000000000000f", "CA0000000000000000000000000000000f"
    local function refused(status, body, ask)
      local nothing, _, err = ask(answering(status, body))
      assert.is_nil(nothing)
      assert.same({ "decode", "maybe" }, { err.kind, err.sent })
    end
    local function create(client) return client.calls:create { to = "+1", from = "+2", url = "http://x" } end
    refused(201, ('{"sid":"CA1","account_sid":"%s"}'):format(account), create)
    refused(200, ('{"account_sid":"%s"}'):format(account), function(client) return client.calls:hangup(SID) end)
    refused(200, ('{"account_sid":"%s"}'):format(support.account_sid), function(client) return client:account(account).calls:get(SID) end)
    refused(200, ('{"call_sid":"%s"}'):format(call), function(client) return client.conferences("CF1").participants(SID):update { muted = true } end)
    refused(201, ('{"call_sid":"%s"}'):format(call), function(client) return client.calls(SID).streams:create { url = "wss://x" } end)
    local record = assert(answering(200, ('{"sid":"%s","account_sid":"%s"}'):format(SID, support.account_sid)).calls:get(SID))
    assert.equal(SID, record.sid)
  end)

  it("that belongs to another request does not change a record at refresh", function()
    local bodies = { ('{"sid":"%s","status":"queued"}'):format(SID), '{"sid":"CA00000000000000000000000000000002","status":"busy"}' }
    local n = 0
    local client = support.client(nil, function()
      n = n + 1
      return { status = 200, body = bodies[n] }
    end)
    local call = assert(client.calls:get(SID))
    local nothing, _, err = call:refresh()
    assert.is_nil(nothing)
    assert.equal("decode", err.kind)
    assert.same({ SID, "queued" }, { call.sid, call.status })
  end)

  it("is accepted if its SID cannot be compared with the path", function()
    local function taken(body, ask) assert(ask(answering(200, body))) end
    local function get(sid) return function(client) return client.messages:get(sid) end end
    local sm = "SM00000000000000000000000000000001"
    -- an SMS that became an MMS
    taken('{"sid":"MM00000000000000000000000000000002"}', get(sm))
    taken('{"sid":"sm00000000000000000000000000000001"}', get(sm))
    taken('{"sid":"SM1"}', get(sm))
    taken('{"sid":null}', get(sm))
    taken('{"sid":7}', get(sm))
    -- SIDs of another server
    taken('{"sid":"4f0a1c52-54b9-4a62-a4b4-0ad39a5e3a1c"}', get "8f0a1c52-54b9-4a62-a4b4-0ad39a5e3a1c")
    -- a unique name
    taken('{"sid":"ET00000000000000000000000000000002"}', function(client) return client.sync.v1.services("IS1").documents:get(SID) end)
    -- an update moves a number to another account
    taken('{"sid":"PN1","account_sid":"AC0000000000000000000000000000000f"}', function(client)
      return client.incoming_phone_numbers:update("PN1", { account_sid = "AC0000000000000000000000000000000f" })
    end)
    -- the recording of a call with two legs belongs to the parent call
    taken('{"sid":"RE1","call_sid":"CA0000000000000000000000000000000f"}', function(client) return client.calls(SID).recordings:create() end)
    -- the parent of an account
    taken('{"sid":"AC0000000000000000000000000000000f","owner_account_sid":"AC0000000000000000000000000000000e"}',
      function(client) return client.accounts:get "AC0000000000000000000000000000000f" end)
  end)

  it("that is empty is a failure if a record is expected", function()
    local calls = {
      get = { SID }, list = {}, hangup = { SID }, make = { { to = "+1", from = "+2", url = "http://x" } },
    }
    for call, arguments in pairs(calls) do
      local client = answering(call == "make" and 201 or 200, "")
      local nothing, message, err = client.calls[call](client.calls, arguments[1])
      assert.is_nil(nothing)
      assert.matches("the response is empty", message, 1, true)
      assert.same({ "decode", call == "make" and 201 or 200, "yes" }, { err.kind, err.status, err.sent })
    end
  end)

  it("that is not JSON is a failure with the position of the error", function()
    local nothing, message, err = fetch(200, '{"sid":"CA1","sta')
    assert.is_nil(nothing)
    assert.equal("decode", err.kind)
    assert.equal('{"sid":"CA1","sta', err.body)
    assert.equal("yes", err.sent)
    assert.matches("200, but the response is not JSON: unexpected end of the text at byte 18", message, 1, true)
    nothing, message, err = fetch(200, "<html>", { ["content-type"] = "text/html" })
    assert.is_nil(nothing)
    assert.equal("decode", err.kind)
    assert.matches("not JSON: expected a value at byte 1", message, 1, true)
    for _, body in ipairs { "  ", '{"a":1}{', "{\"a\":1,}", "nul", '{"a":01}', '{"a":"\1"}' } do
      assert.equal("decode", select(3, fetch(200, body)).kind)
    end
  end)

  it("that is not a JSON object is a failure", function()
    for _, body in ipairs { "[]", "1", '"text"', "null", "true" } do
      local nothing, message, err = fetch(200, body)
      assert.is_nil(nothing)
      assert.equal("decode", err.kind)
      assert.matches("JSON, but not an object", message, 1, true)
    end
  end)

  it("may be nested 500 levels deep, but not 10,000", function()
    local _, message, err = fetch(200, '{"a":' .. ("["):rep(10000) .. ("]"):rep(10000) .. "}")
    assert.equal("decode", err.kind)
    assert.matches("nested too deeply", message, 1, true)
    local call = assert(fetch(200, '{"a":' .. ("["):rep(500) .. ("]"):rep(500) .. "}"))
    local depth, value = 0, call.a
    while value do depth, value = depth + 1, value[1] end
    assert.equal(500, depth)
  end)

  it("that is larger than max_response has the kind too_large", function()
    local client = support.client({ max_response = 100 }, { status = 200, body = '{"a":"' .. ("x"):rep(100) .. '"}' })
    local nothing, message, err = client.calls:get(SID)
    assert.is_nil(nothing)
    assert.equal("too_large", err.kind)
    assert.matches("larger than max_response, 100 bytes", message, 1, true)
  end)
end)

describe("a redirect", function()
  it("with redirect_to in its body is a record for fetch, and is not followed", function()
    local client, requests = answering(307, '{"redirect_to":"https://elsewhere.example/file"}')
    local record = assert(client.calls:get(SID))
    assert.equal("https://elsewhere.example/file", record.redirect_to)
    assert.equal(307, record:meta().status)
    assert.equal(1, #requests)
  end)

  it("has the kind untrusted in all other cases", function()
    local redirect_to = '{"redirect_to":"https://elsewhere.example/file"}'
    local cases = {
      function(client) return client.calls:update(SID, { status = "completed" }) end,
      function(client) return client.calls:list() end,
      function(client) return client.calls:delete(SID) end,
      function(client) return client:request { path = "/x" } end,
      function(client) return client.calls:count() end,
    }
    for _, ask in ipairs(cases) do
      local client, requests = answering(302, redirect_to)
      local nothing, message, err = ask(client)
      assert.is_nil(nothing)
      assert.equal("untrusted", err.kind)
      assert.equal(302, err.status)
      assert.matches("302, a redirect, which is not followed", message, 1, true)
      assert.equal(1, #requests)
    end
    for _, body in ipairs { "", "<html>", '{"other":1}', "[]" } do
      local nothing, _, err = fetch(302, body, { location = "https://elsewhere.example/" })
      assert.is_nil(nothing)
      assert.equal("untrusted", err.kind)
    end
  end)
end)

describe("a transport", function()
  it("may return header names in upper or lower case", function()
    for _, name in ipairs { "twilio-request-id", "Twilio-Request-Id", "TWILIO-REQUEST-ID" } do
      assert.equal("RQ1", fetch(200, "{}", { [name] = "RQ1" }):meta().request_id)
    end
  end)

  it("may return headers whose names or values are no texts, which are ignored", function()
    local headers = { "x", [true] = "x", A = true, B = {}, ETag = "1" }
    local call = assert(support.client(nil, { status = 200, headers = headers, body = '{"sid":"CA1"}' }).calls:get(SID))
    assert.equal("1", call:meta().etag)
  end)

  it("may omit headers and body, and return the status as a string", function()
    local client = support.client(nil, { status = "204" })
    assert.is_true(client.calls:delete(SID))
  end)

  it("may return nil and a message, which becomes one line", function()
    local client = support.client(nil, function() return nil, "no route\r\nto host\127" end)
    local nothing, message, err = client.calls:get(SID)
    assert.is_nil(nothing)
    assert.equal("network", err.kind)
    assert.equal("maybe", err.sent)
    assert.is_nil(err.status)
    assert.matches("no route  to host ", message, 1, true)
    assert.equal("network", select(3, support.client(nil, function() return nil end).calls:get(SID)).kind)
    assert.matches("the transport failed", (select(2, support.client(nil, function() return nil end).calls:get(SID))), 1, true)
  end)

  it("may say of a failure which kind it has, and whether the request was sent", function()
    local function fail(failure)
      local _, message, err = support.client(nil, function() return nil, "no answer", failure end).calls:get(SID)
      return err.kind .. " " .. err.sent, message
    end
    assert.equal("network maybe", (fail {}))
    assert.equal("network no", (fail { sent = "no" }))
    assert.equal("timeout maybe", (fail { kind = "timeout" }))
    assert.equal("timeout no", (fail { kind = "timeout", sent = "no" }))
    assert.equal("tls no", (fail { kind = "tls" }))
    assert.matches(": no answer$", (select(2, fail { kind = "timeout" })))
  end)

  it("decides by its failure whether the call is sent again", function()
    local function attempts(failure)
      local count = 0
      local client = support.client({ retries = 2, max_retry_wait = 0.001 }, function()
        count = count + 1
        return nil, "no answer", failure
      end)
      client.calls:make { to = "+1", from = "+2", url = "http://foo.com/" }
      return count
    end
    assert.equal(3, attempts { sent = "no" })
    assert.equal(3, attempts { kind = "timeout", sent = "no" })
    assert.equal(1, attempts { sent = "maybe" })
    assert.equal(1, attempts { kind = "timeout" })
    assert.equal(1, attempts { kind = "tls" })
  end)

  it("that returns a failure which does not exist raises", function()
    local function raised(failure)
      local client = support.client(nil, function() return nil, "x", failure end)
      return (support.misuse(client.calls.get, client.calls, SID))
    end
    assert.matches("the kind 'api', which it cannot have", raised { kind = "api" }, 1, true)
    assert.matches("the sent 'boolean', which", raised { sent = true }, 1, true)
    assert.matches("not a table but a string", raised "timeout", 1, true)
  end)

  it("that returns anything else is misuse, and raises", function()
    local wrong = {
      ["got boolean"] = true,
      ["got string"] = "200",
      ["status is not a number from 200 to 999"] = { body = "{}" },
      ["status is not a number from 200 to 999 "] = { status = 0 },
      ["status is not a number from 200 to 999  "] = { status = 0 / 0 },
      ["status is not a number from 200 to 999   "] = { status = 100 },
      ["status is not a number from 200 to 999    "] = { status = 1000 },
      ["headers that are a string, not a table"] = { status = 200, headers = "x" },
      ["a body that is a table, not a string"] = { status = 200, body = {} },
    }
    for text, answer in pairs(wrong) do
      local client = support.client(nil, function() return answer end)
      local message, position = support.misuse(function() return (client.calls:get(SID)) end)
      assert.matches((text:gsub(" +$", "")), message, 1, true)
      assert.matches("result_spec.lua", position, 1, true)
    end
  end)
end)

describe("the result of a raw request", function()
  it("has status, headers, body and decoded JSON", function()
    local client = answering(200, '{"n":1,"list":[1,null]}', { ["X-One"] = "1", ["content-type"] = "application/json" })
    local answer = assert(client:request { path = "/x" })
    assert.equal(200, answer.status)
    assert.equal("1", answer.headers["x-one"])
    assert.equal('{"n":1,"list":[1,null]}', answer.body)
    assert.equal(1, answer.json.n)
    assert.equal(require "twilio".null, answer.json.list[2])
  end)

  it("need not be JSON", function()
    local answer = assert(answering(200, "plain text", {}):request { path = "/x" })
    assert.equal("plain text", answer.body)
    assert.is_nil(answer.json)
    assert.equal("", assert(answering(204, ""):request { path = "/x" }).body)
    local nothing, message = support.client(nil, function() return nil, "" end):request { path = "/x" }
    assert.is_nil(nothing)
    assert.is_string(message)
  end)
end)
