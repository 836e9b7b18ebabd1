-- fake:record: records whose methods ask the double.
local support = require "spec.support.client"
local testing = require "twilio.testing"

describe("a record of a fake", function()
  local fake

  before_each(function() fake = testing.new { now = 1300000000 } end)

  it("has the given fields, and plausible ones", function()
    local call = fake:record("call", { status = "completed", to = "+15558675310" })
    assert.same({ "completed", "+15558675310" }, { call.status, call.to })
    assert.equal(1300000000, call:time "start_time")
    assert.matches("^CA%x+$", call.sid)
    assert.matches(call.sid, call.uri, 1, true)
    assert.equal("Call " .. call.sid .. " completed", tostring(call))
    assert.same({}, fake:requests())
  end)

  it("has methods that send requests to the fake", function()
    local call = fake:record("call", { sid = testing.sid("CA", 7), status = "in-progress" })
    fake:expect { "POST", "Calls/" .. testing.sid("CA", 7), params = { status = "completed" } }
    assert(call:hangup())
    assert.equal("completed", call.status)
    fake:expect("GET", "Calls/" .. testing.sid("CA", 7), { status = "failed" })
    assert(call:refresh())
    assert.equal("failed", call.status)
    fake:verify()
  end)

  it("raises in a method that nobody expects", function()
    local call = fake:record "call"
    assert.matches("a request came that was not expected\n  POST ", (support.misuse(call.hangup, call)), 1, true)
  end)

  it("may be of any resource, by one name or another", function()
    for name, shown in pairs {
      message = "^Message SM", messages = "^Message SM", conference = "^Conference CF", balance = "^Balance", token = "^Token",
      ["calls.recording"] = "^Recording RE", ["conferences.participants"] = "^Participant CA", ["lookups.v2.phone_number"] = "^Phone number %+",
      ["verify.v2.services.verification_checks"] = "^Verification check VE", ["video.v1.room"] = "^Room RM",
    } do
      assert.matches(shown, tostring(fake:record(name)), nil, name)
    end
  end)

  it("may be of a resource of a client, with the SIDs of its parents", function()
    local client, service = fake:client(), testing.sid("VA", 3)
    local verification = fake:record(client.verify.v2.services(service).verifications, { status = "pending" })
    assert.equal(service, verification.service_sid)
    fake:expect("POST", "verify/v2/Services/" .. service .. "/Verifications/" .. verification.sid, { status = "canceled" })
    assert.equal("canceled", verification:update({ status = "canceled" }).status)
  end)

  it("raises for a name, a field or a value that does not exist", function()
    assert.matches("has no 'cll'", (support.misuse(fake.record, fake, "cll")), 1, true)
    assert.matches("has no 'verificatons' (did you mean", (support.misuse(fake.record, fake, "verify.v2.services.verificatons")), 1, true)
    assert.matches("has no field 'stauts' (did you mean 'status'?)", (support.misuse(fake.record, fake, "call", { stauts = "x" })), 1, true)
    assert.matches("cannot be bussy", (support.misuse(fake.record, fake, "call", { status = "bussy" })), 1, true)
    assert.matches("the name of a resource, or a resource, got nil", (support.misuse(fake.record, fake)), 1, true)
    assert.matches("the fields of a record are a table, got string", (support.misuse(fake.record, fake, "call", "busy")), 1, true)
    local _, position = support.misuse(function() fake:record("call", { stauts = "x" }) end)
    assert.matches("records_spec", position)
  end)
end)
