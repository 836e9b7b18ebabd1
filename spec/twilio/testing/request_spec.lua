-- The requests that a double has received: product, path and parameters.
local requests = require "twilio.testing.request"

local function new(fields, base)
  local exported = { method = "GET", headers = {}, attempt = 1 }
  for name, value in pairs(fields) do exported[name] = value end
  return requests.new(exported, base)
end

local FORM = { ["content-type"] = "application/x-www-form-urlencoded" }
local JSON = { ["content-type"] = "application/json" }

describe("a request", function()
  it("has the product and the path of its URL", function()
    local function place(url, base)
      local request = new({ url = url }, base)
      return tostring(request.product) .. " " .. request.path
    end
    assert.equal("verify /v2/Services/VA1", place "https://verify.twilio.com/v2/Services/VA1?PageSize=2")
    assert.equal("api /2010-04-01/Accounts.json", place "https://api.dublin.ie1.twilio.com/2010-04-01/Accounts.json")
    assert.equal("flex_api /v1/Interactions", place "https://flex-api.twilio.com/v1/Interactions")
    assert.equal("nil /2010-04-01/Accounts.json", place "http://127.0.0.1:1234/2010-04-01/Accounts.json")
    assert.equal("nil /v2/Services", place("https://gateway.example/twilio/v2/Services", "https://gateway.example/twilio"))
    assert.equal("nil /v2/Services", place("https://gateway.example/twilio/v2/Services", "https://gateway.example/twilio/"))
    assert.equal("verify /v2/Services", place("http://127.0.0.1:1234/verify/v2/Services", "http://127.0.0.1:1234/{product}"))
  end)

  it("has the parameters of its query, its form or its JSON, under two names", function()
    local request = new { url = "https://api.twilio.com/x?StartTime%3E=2026-01-01&A=1&A=2" }
    assert.equal("2026-01-01", request.params["StartTime>"])
    assert.equal("2026-01-01", request.params.start_time_after)
    assert.same({ "1", "2" }, request.params.A)
    request = new { url = "https://api.twilio.com/x", headers = FORM, body = "StatusCallback=http%3A%2F%2Fa.b%2F&To=%2B1" }
    assert.equal("http://a.b/", request.params.status_callback)
    assert.equal("+1", request.params.To)
    assert.is_nil(request.params.from)
    request = new { url = "https://api.twilio.com/x", headers = JSON, body = '{"friendlyName":"a","n":[1,{"b":true}]}' }
    assert.equal("a", request.params.friendly_name)
    assert.equal(true, request.json.n[2].b)
  end)

  it("has no parameters of a JSON array or of a text", function()
    local array = new { url = "https://api.twilio.com/x", headers = JSON, body = '[{"a":1}]' }
    assert.is_nil(next(array.params))
    assert.equal(1, array.json[1].a)
    assert.is_nil(next(new { url = "https://api.twilio.com/x", headers = JSON, body = "no JSON" }.params))
  end)

  it("is shown as method and path", function()
    assert.equal("GET /v2/Services", tostring(new { url = "https://verify.twilio.com/v2/Services?a=b" }))
  end)
end)

describe("segments", function()
  it("are decoded, and have no .json at the end", function()
    assert.same({ "2010-04-01", "Accounts", "AC1", "Calls" }, requests.segments "/2010-04-01/Accounts/AC1/Calls.json")
    assert.same({ "v2", "PhoneNumbers", "+1555" }, requests.segments "/v2/PhoneNumbers/%2B1555")
    assert.same({ "RE1.mp3" }, requests.segments "RE1.mp3")
  end)
end)
