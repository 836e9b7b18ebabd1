-- What a double answers: fields, lists, errors, failures of the network, responses, functions.
local support = require "spec.support.client"
local testing = require "twilio.testing"
local twilio = require "twilio"

local SID = testing.sid("CA", 9)

describe("a reply", function()
  local fake, client

  before_each(function()
    fake = testing.new()
    client = fake:client { retries = 0 }
  end)

  local function get(reply)
    fake:on("GET", "Calls/*", reply)
    return client.calls:get(SID)
  end

  it("may be a function of the request", function()
    local function reply(request) return { to = "+1555" .. #request.path, status = request.method == "GET" and "busy" or "failed" } end
    assert.equal("busy", get(reply).status)
    assert.equal(21211, select(3, get(function() return fake:fail(400, 21211) end)).code)
    assert.equal("failed", get(function() return function() return { status = "failed" } end end).status)
    assert(get(function() return nil end))
  end)

  it("may be a record", function()
    assert.equal("busy", get(fake:record("call", { sid = SID, status = "busy" })).status)
    fake:on("GET", "Calls", fake:list { fake:record("call", { status = "busy" }), { status = "failed" } })
    local page = client.calls:list()
    assert.same({ "busy", "failed" }, { page[1].status, page[2].status })
  end)

  it("of another type raises when the rule is made, or when a function returns it", function()
    for _, reply in ipairs { true, 1, "queued", io.stdout } do
      assert.matches("a reply is a table of fields, a record, a function", (support.misuse(get, reply)), 1, true)
      assert.matches("a reply is a table of fields", (support.misuse(get, { {}, reply })), 1, true)
    end
    assert.matches("a reply is a table", (support.misuse(get, function() return 5 end)), 1, true)
    assert.matches("a function returns one reply", (support.misuse(get, function() return { {}, {} } end)), 1, true)
  end)

  it("may be a response as it is", function()
    fake:on("GET", "https://api.twilio.com/x", fake:response { status = 201, headers = { ["X-A"] = 5 }, body = "text" })
    local response = client:request { path = "/x" }
    assert.same({ status = 201, headers = { ["x-a"] = "5" }, body = "text" }, response)
    fake:on("GET", "https://api.twilio.com/x", fake:response { json = { a = twilio.array {} } })
    response = client:request { path = "/x" }
    assert.equal('{"a":[]}', response.body)
    assert.equal("application/json", response.headers["content-type"])
    assert.equal("decode", select(3, get(fake:response { body = "no JSON" })).kind)
  end)

  it("that is no response raises", function()
    for problem, fields in pairs {
      ["takes a table, got string"] = "x", ["has no 'stauts' (did you mean 'status'?)"] = { stauts = 1 }, ["200 to 599, got 99"] = { status = 99 },
      ["the body or the json"] = { body = "x", json = 1 }, ["the body of a response is a string, got table"] = { body = {} },
    } do
      assert.matches(problem, (support.misuse(fake.response, fake, fields)), 1, true)
    end
  end)

  it("may be an error of Twilio", function()
    local _, message, err = get(fake:fail(429, 20429, { retry_after = 2 }))
    assert.matches("429, error 20429: ", message, 1, true)
    assert.equal(twilio.explain(20429).title, err.message)
    assert.equal(2, err.retry_after)
    assert.equal("https://www.twilio.com/docs/errors/20429", err.more_info)
    _, _, err = get(fake:fail(400, 99999999, { message = "no", details = { a = 1 } }))
    assert.same({ "no", 1, 99999999 }, { err.message, err.details.a, err.code })
    _, message, err = get(fake:fail(502))
    assert.is_nil(err.code)
    assert.matches("502, with an empty body", message, 1, true)
  end)

  it("that is no error raises", function()
    assert.matches("400 to 599, got 200", (support.misuse(fake.fail, fake, 200)), 1, true)
    assert.matches("a number such as 20404, got string", (support.misuse(fake.fail, fake, 404, "20404")), 1, true)
    assert.matches("has no 'retry_afer' (did you mean", (support.misuse(fake.fail, fake, 429, 20429, { retry_afer = 1 })), 1, true)
    assert.matches("are a table, got number", (support.misuse(fake.fail, fake, 429, 20429, 1)), 1, true)
  end)

  it("may be a failure of the network", function()
    local expected = {
      timeout = "timeout maybe", connect_timeout = "timeout no", reset = "network maybe", refused = "network no",
      unresolved = "network no", tls = "tls no",
    }
    for name, wanted in pairs(expected) do
      local _, _, err = get(fake:fault(name))
      assert.equal(wanted, err.kind .. " " .. err.sent, name)
    end
    client = fake:client { timeout = 7, retries = 0 }
    assert.matches("timed out after 7000 milliseconds .*%(option timeout%)$", (select(2, get(fake:fault "timeout"))))
    assert.matches("fake:fault has no 'timout' (did you mean 'timeout'?)", (support.misuse(fake.fault, fake, "timout")), 1, true)
    assert.matches("takes a name", (support.misuse(fake.fault, fake)), 1, true)
  end)
end)

describe("a list", function()
  local fake, client

  before_each(function()
    fake = testing.new()
    client = fake:client()
  end)

  local function sids_of(n)
    local records = {}
    for i = 1, n do records[i] = { sid = testing.sid("CA", i) } end
    return records
  end

  it("has pages, which are walked", function()
    fake:expect { "GET", "Calls", params = { status = "busy" }, reply = fake:list(sids_of(5), { page_size = 2 }) }
    local found = {}
    for call in client.calls:iter { status = "busy" } do found[#found + 1] = call.sid end
    assert.same({ testing.sid("CA", 1), testing.sid("CA", 2), testing.sid("CA", 3), testing.sid("CA", 4), testing.sid("CA", 5) }, found)
    local requests = fake:requests()
    assert.equal(3, #requests)
    assert.same({ "busy", "busy" }, { requests[2].params.status, requests[3].params.status })
    assert.same({ "1", "2" }, { requests[2].params.page, requests[3].params.page })
    fake:verify()
  end)

  it("has the page size of the request, or 50", function()
    fake:on("GET", "Calls", fake:list(sids_of(7)))
    assert.equal(3, #client.calls:list { page_size = 3 })
    assert.equal(7, #client.calls:list())
    assert.is_nil(client.calls:list():next())
    assert.equal(7, client.calls:count())
  end)

  it("has pages in the APIs with meta, too", function()
    local records = { { friendly_name = "a" }, { friendly_name = "b" }, { friendly_name = "c" } }
    fake:expect("GET", "verify/v2/Services", fake:list(records, { page_size = 1 }))
    local names = {}
    for service in client.verify.v2.services:iter() do names[#names + 1] = service.friendly_name end
    assert.same({ "a", "b", "c" }, names)
  end)

  it("may fail on a further page", function()
    fake:on("GET", "Calls", fake:list(sids_of(3), { page_size = 2 }))
    fake:on { "GET", "Calls", params = { page = "1" }, reply = fake:fail(500) }
    local it = client.calls:iter()
    local count = 0
    assert.has_error(function() for _ in it do count = count + 1 end end)
    assert.same({ 2, 500 }, { count, it.error.status })
  end)

  it("may be empty", function()
    fake:on("GET", "Calls", fake:list {})
    assert.equal(0, client.calls:count())
  end)

  it("that is none raises", function()
    assert.matches("takes an array of records, got nil", (support.misuse(fake.list, fake)), 1, true)
    assert.matches("has no 'size'", (support.misuse(fake.list, fake, {}, { size = 1 })), 1, true)
    assert.matches("whole number from 1", (support.misuse(fake.list, fake, {}, { page_size = 0 })), 1, true)
    assert.matches("whole number from 1", (support.misuse(fake.list, fake, {}, { page_size = "2" })), 1, true)
  end)
end)
