-- The bodies of answers, from the types of Twilio's documents.
local answers = require "twilio.testing.answers"
local api = require "twilio.simulator.generic.api"
local cjson = require "cjson"
local requests = require "twilio.testing.request"
local support = require "spec.support.client"
local testing = require "twilio.testing"
local twilio = require "twilio"

local CALL = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }

describe("an answer", function()
  local fake, client

  before_each(function()
    fake = testing.new { now = 1300000000 }
    client = fake:client()
  end)

  it("has all documented fields, and the values of the request", function()
    fake:on("POST", "Calls")
    local call = client.calls:make(CALL)
    assert.same({ "+15558675310", "+15017122661", "queued", "outbound-api" }, { call.to, call.from, call.status, call.direction })
    assert.matches("^CA%x+$", call.sid)
    assert.equal(34, #call.sid)
    assert.equal(fake.account_sid, call.account_sid)
    assert.equal(("/2010-04-01/Accounts/%s/Calls/%s.json"):format(fake.account_sid, call.sid), call.uri)
    assert.equal(1300000000, call:time "date_created")
    assert.is_nil(call.end_time)
    local fields = cjson.decode(call:json())
    for _, name in ipairs(require "twilio.core".columns(client.calls)) do assert.is_not_nil(fields[name], name) end
  end)

  it("has the SIDs of its path", function()
    fake:on("GET", "verify/v2/Services/*/Verifications/*", { status = "pending" })
    local service, sid = testing.sid("VA", 1), testing.sid("VE", 2)
    local verification = client.verify.v2.services(service).verifications(sid):fetch()
    assert.same({ service, sid, "pending" }, { verification.service_sid, verification.sid, verification.status })
    assert.equal(("https://verify.twilio.com/v2/Services/%s/Verifications/%s"):format(service, sid), verification.url)
  end)

  it("has the fields of the program, with epoch seconds for dates", function()
    fake:on("GET", "Calls/*", { start_time = 1200000000, duration = 61, price = "-0.02", end_time = twilio.null })
    local call = client.calls:get(testing.sid("CA", 1))
    assert.same({ 1200000000, "61", "-0.02" }, { call:time "start_time", call.duration, call.price })
    assert.is_nil(call.end_time)
  end)

  it("has another SID for each new record", function()
    fake:on("POST", "Calls")
    assert.are_not.equal(client.calls:make(CALL).sid, client.calls:make(CALL).sid)
  end)

  it("has the documented status, and no body where Twilio has none", function()
    fake:on("POST", "Calls")
    fake:on("DELETE", "Calls/*")
    assert.equal(201, client.calls:make(CALL):meta().status)
    assert.is_true(client.calls:delete(testing.sid("CA", 1)))
  end)

  it("is an empty list if a rule for a list has no reply", function()
    fake:on("GET", "Calls")
    fake:on("GET", "verify/v2/Services")
    assert.equal(0, client.calls:count())
    assert.equal(0, client.verify.v2.services:count())
  end)

  it("has the address of a recording's file, so that the double can answer it", function()
    local sid, path = testing.sid("RE", 1), os.tmpname()
    finally(function() os.remove(path) end)
    fake:on("GET", "Recordings/" .. sid)
    fake:on("GET", ("/2010-04-01/Accounts/*/Recordings/%s.wav"):format(sid), fake:response { status = 200, body = "RIFF" })
    local recording = client.recordings:get(sid)
    assert.equal(("https://api.twilio.com/2010-04-01/Accounts/%s/Recordings/%s"):format(fake.account_sid, sid), recording.media_url)
    assert(recording:save(path, { format = "wav" }))
    local file = assert(io.open(path, "rb"))
    assert.equal("RIFF", file:read "*a")
    file:close()
    assert.equal("https://x.y/z", fake:record("recording", { media_url = "https://x.y/z" }).media_url)
  end)

  it("raises for a field and for a value that Twilio does not have, at the line of the rule", function()
    local function get(fields) return (support.misuse(function() fake:on("GET", "Calls/*", fields) end)) end
    assert.matches("has no field 'stauts' (did you mean 'status'?)", get { stauts = "busy" }, 1, true)
    assert.matches("'status' of the answer to GET .* cannot be bussy. Its type is enum %(did you mean 'busy'%?%)$", get { status = "bussy" })
    assert.matches("the field 'status' of the answer to GET .* cannot be x. Its type is enum: queued, ringing,", get { { status = "x" } })
    assert.matches("the field 'start_time' of the answer", get { start_time = "yesterday" }, 1, true)
    assert.matches("the fields of a record have names", get { { [2] = 1 } }, 1, true)
  end)

  it("raises for a record in place of a list, and for a list in place of a record", function()
    assert.matches("Calls.json answers a list: reply with fake:list",
      (support.misuse(function() fake:on("GET", "Calls", { status = "busy" }) end)), 1, true)
    fake:on("GET", "Calls", function() return { status = "busy" } end)
    assert.matches("Calls.json answers a list: reply with fake:list", (support.misuse(client.calls.list, client.calls)), 1, true)
    fake:on("POST", "Calls", fake:list {})
    assert.matches("Calls.json answers no list", (support.misuse(client.calls.make, client.calls, CALL)), 1, true)
  end)

  it("raises for an unknown field of a list's record", function()
    fake:on("GET", "Calls", fake:list { { stauts = "busy" } })
    assert.matches("has no field 'stauts'", (support.misuse(client.calls.list, client.calls)), 1, true)
  end)

  it("has exactly the fields of the program if Twilio's documents do not have the path", function()
    fake:on("GET", "https://api.twilio.com/v9/Things", { a = 1, b = { c = twilio.array {} } })
    assert.equal('{"a":1,"b":{"c":[]}}', client:request({ path = "/v9/Things" }).body)
  end)

  it("has the documented status and body, for each operation of Twilio", function()
    local count = 0
    for _, operation in ipairs(api.operations) do
      local path = operation.path:gsub("{(%w+)}", function(name) return name == "AccountSid" and fake.account_sid or "x" end)
      local url = "https://" .. operation.host .. ".twilio.com" .. path
      local request = requests.new { method = operation.method, url = url, headers = {}, attempt = 1 }
      local status, body = answers.one(fake, request, nil)
      assert.equal(operation.list_key and 200 or operation.status, status, operation.name)
      local decoded = body and cjson.decode(body)
      assert.equal(operation.answer ~= nil, decoded ~= nil, operation.name)
      if operation.list_key then assert.same({}, decoded[operation.list_key], operation.name) end
      for _, field in ipairs(not operation.list_key and operation.answer and operation.answer.fields or {}) do
        assert.is_not_nil(decoded[field.name], operation.name .. " " .. field.name)
      end
      count = count + 1
    end
    assert.is_true(count >= 1628, count)
  end)

  it("may be a list of strings", function()
    fake:on("GET", "memory/v1/ControlPlane/Stores", fake:list { "mem_store_1", "mem_store_2" })
    local ok, response = pcall(client.request, client, { product = "memory", path = "/v1/ControlPlane/Stores" })
    if ok then assert.matches('["mem_store_1","mem_store_2"]', response.body, 1, true) end
    assert.is_true(ok, tostring(response))
  end)
end)
