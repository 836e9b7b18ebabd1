local answer_check = require "spec.support.answer_check"
local cjson = require "cjson"
local api = require "twilio.simulator.generic.api"
local plausible = require "twilio.simulator.generic.plausible"
local values = require "twilio.simulator.generic.values"

local function message(...)
  local fine, text = pcall(plausible.record, ...)
  assert.is_false(fine)
  return text
end

describe("plausible.record", function()
  it("has a value in each field that the documents have", function()
    local call = plausible.record("call", nil, { now = 1796027405 })
    assert.matches("^CA%x+$", call.sid)
    assert.matches("^AC%x+$", call.account_sid)
    assert.equal("queued", call.status)
    assert.equal("Mon, 30 Nov 2026 08:30:05 +0000", call.date_created)
    assert.equal("+15558675310", call.to)
    assert.equal("outbound-api", call.direction)
    assert.equal("2010-04-01", call.api_version)
    assert.equal(("/2010-04-01/Accounts/%s/Calls/%s.json"):format(call.account_sid, call.sid), call.uri)
    assert.equal(values.null, call.parent_call_sid)
  end)

  it("has the values that the program gives, in the format of their fields", function()
    local call = plausible.record("call", { status = "completed", sid = "CA1", end_time = 1796027405, duration = 12, price = values.null })
    assert.same({ "completed", "CA1", "Mon, 30 Nov 2026 08:30:05 +0000", "12", values.null },
      { call.status, call.sid, call.end_time, call.duration, call.price })
    assert.matches("/Calls/CA1%.json$", call.uri)
  end)

  it("finds records by product, by document and by operation", function()
    assert.matches("^VA", plausible.record("verify.service").sid)
    assert.matches("^https://verify%.twilio%.com/v2/Services/VA", plausible.record("verify_v2.service").url)
    assert.matches("^IS", plausible.record("sync.service").sid)
    assert.matches("^MG", plausible.record("messaging_v1.FetchService").sid)
    assert.matches("^PN", plausible.record("IncomingPhoneNumber").sid)
  end)

  it("has other SIDs with another seed, and the same with the same seed", function()
    local first, second = plausible.record("call", nil, { seed = "1" }), plausible.record("call", nil, { seed = "2" })
    assert.not_equal(first.sid, second.sid)
    assert.equal(first.sid, plausible.record("call", nil, { seed = "1" }).sid)
  end)

  it("raises for a record that no product has, or that several have", function()
    assert.equal("there is no record 'cal' (did you mean 'call'?)", message "cal")
    assert.matches("several APIs have a record 'service': .*verify_v2%.service", message "service")
    assert.equal("the operation 'api_v2010.DeleteCall' has no record", message "api_v2010.DeleteCall")
  end)

  it("raises for a field that the record lacks, and for a value that the field cannot have", function()
    assert.equal("a record 'call' has no field 'statuss' (did you mean 'status'?)", message("call", { statuss = "completed" }))
    assert.equal("the field 'status' of a record 'call' cannot be lost: its type is enum", message("call", { status = "lost" }))
    assert.equal("the field 'sid' of a record 'call' cannot be SM1: its type is id", message("call", { sid = "SM1" }))
  end)

  it("is allowed by the documents, for every operation with a record", function()
    local count = 0
    for _, operation in ipairs(api.operations) do
      local of = plausible.record_type(operation)
      if of then
        local body = cjson.decode(plausible.json(operation.name))
        assert.same({}, answer_check.check(of, body, true), operation.name)
        count = count + 1
      end
    end
    assert.is_true(count > 1300, count)
  end)
end)

describe("plausible.json", function()
  it("is the text of the record, with null, empty arrays and objects", function()
    local text = plausible.json("verify_v2.verification", { to = "+15558675310", send_code_attempts = {} })
    assert.matches('"to":"+15558675310"', text, 1, true)
    assert.matches('"send_code_attempts":[]', text, 1, true)
    assert.matches('"payee":null', text, 1, true)
  end)
end)

describe("plausible.value", function()
  local about = { seed = "", now = 0, created = 0, updated = 0, given = {}, own = {} }

  local function enum(...) return { kind = "enum", choices = { ... } } end

  it("takes the first value of an enum at which a record is alive", function()
    assert.equal("queued", plausible.value(enum("failed", "queued", "delivered"), "status", about))
    assert.equal("POST", plausible.value(enum("HEAD", "GET", "POST"), "method", about))
    assert.equal("completed", plausible.value(enum("completed"), "status", about))
  end)

  it("completes an object of which the program gave some fields", function()
    local text = { kind = "string" }
    local of = { kind = "object", fields = { { name = "first", type = text }, { name = "second_name", type = text } } }
    local value = plausible.value(of, "it", setmetatable({ given = { it = { secondName = "2" } } }, { __index = about }))
    assert.same({ first = "example", second_name = "2" }, value)
  end)

  it("leaves out an absent value, or makes it null", function()
    local absent = setmetatable({ given = { it = plausible.absent } }, { __index = about })
    assert.is_nil(plausible.value({ kind = "string" }, "it", absent))
    assert.equal(values.null, plausible.value({ kind = "string", nullable = true }, "it", absent))
  end)
end)
