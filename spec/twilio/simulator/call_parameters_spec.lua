require "spec.support.without_http"
local call_parameters = require "twilio.simulator.call_parameters"

local function by_name(list)
  local values = {}
  for _, pair in ipairs(list) do values[pair[1]] = pair[2] end
  return values
end

describe("the parameters of a call", function()
  local call = { sid = "CA1", account_sid = "AC1", from = "+15017122661", to = "+351210000000", status = "ringing", direction = "inbound" }

  it("have the country of a number, by the longest prefix", function()
    assert.equal("US", call_parameters.country "+15017122661")
    assert.equal("PT", call_parameters.country "+351210000000")
    assert.equal("ES", call_parameters.country "+34910000000")
    assert.equal("", call_parameters.country "+99900000")
    assert.equal("", call_parameters.country "client:joe")
  end)

  it("are those that Twilio sends with every webhook", function()
    local values = by_name(call_parameters.of(call, { { "Digits", "1" } }))
    assert.same({ "CA1", "AC1", "+15017122661", "+351210000000", "ringing", "2010-04-01", "inbound", "1" }, {
      values.CallSid, values.AccountSid, values.From, values.Called, values.CallStatus, values.ApiVersion, values.Direction, values.Digits,
    })
    assert.same({ "US", "PT", "" }, { values.CallerCountry, values.ToCountry, values.FromCity })
    assert.is_nil(values.ParentCallSid)
  end)

  it("have a place only for phone numbers, and further facts if they are known", function()
    local values = by_name(call_parameters.of {
      sid = "CA1", account_sid = "AC1", from = "client:joe", to = "+15017122661", status = "completed", direction = "inbound",
      parent_call_sid = "CA0", forwarded_from = "+1", caller_name = "Joe", application_sid = "AP1", answered_by = "human",
    })
    assert.is_nil(values.FromCountry)
    assert.same({ "US", "CA0", "+1", "Joe", "AP1", "human" }, {
      values.ToCountry, values.ParentCallSid, values.ForwardedFrom, values.CallerName, values.ApplicationSid, values.AnsweredBy,
    })
  end)
end)
