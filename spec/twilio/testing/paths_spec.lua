-- The paths of rules, which must be paths of Twilio.
local paths = require "twilio.testing.paths"
local support = require "spec.support.client"

local function read(method, path)
  local segments, product = paths.read(method, path)
  return (product or "any") .. " " .. table.concat(segments, " ")
end

local function raised(method, path) return (support.misuse(paths.read, method, path)) end

describe("the path of a rule", function()
  it("is a resource of the account", function()
    assert.equal("api 2010-04-01 Accounts * Calls", read("GET", "Calls"))
    assert.equal("api 2010-04-01 Accounts * Calls CA1 Recordings", read("POST", "Calls/CA1/Recordings.json"))
    assert.equal("api 2010-04-01 Accounts * Calls *", read("DELETE", "Calls/{Sid}"))
  end)

  it("is a product and its path", function()
    assert.equal("verify v2 Services * Verifications", read("POST", "verify/v2/Services/{ServiceSid}/Verifications"))
    assert.equal("flex_api v1 Interactions", read("POST", "flex_api/v1/Interactions"))
    assert.equal("api 2010-04-01 Accounts", read("GET", "api/2010-04-01/Accounts"))
  end)

  it("is a path of any product, or a whole URL, which may be unknown", function()
    assert.equal("any v9 Things", read("GET", "/v9/Things"))
    assert.equal("new_product v9 Things *", read("GET", "https://new-product.twilio.com/v9/Things/{Sid}"))
  end)

  it("raises if Twilio has no such path, and suggests one", function()
    assert.matches("have no POST Mesages. For another path pass the whole URL (did you mean 'Messages'?)", raised("POST", "Mesages"), 1, true)
    assert.matches("have no GET verify/v2/Service. ", raised("GET", "verify/v2/Service"), 1, true)
    assert.matches("(did you mean 'verify/v2/Services'?)", raised("GET", "verify/v2/Service"), 1, true)
    assert.matches("have no GET verfy/v2/Services", raised("GET", "verfy/v2/Services"), 1, true)
  end)

  it("raises if the path has no such method, and names those it has", function()
    assert.equal("Twilio has no PUT Calls, only GET, POST", raised("PUT", "Calls"))
    assert.equal("Twilio has no DELETE Messages, only GET, POST", raised("DELETE", "Messages"))
  end)

  it("raises for a query, and for another server", function()
    assert.matches("pass its parameters as params", raised("GET", "Calls?Status=busy"), 1, true)
    assert.matches("is on twilio.com", raised("GET", "http://127.0.0.1/v2/Services"), 1, true)
  end)

  it("matches a path of as many segments, each equal or a wildcard", function()
    local wanted = paths.read("GET", "Calls/*")
    assert.is_true(paths.matches(wanted, { "2010-04-01", "Accounts", "AC1", "Calls", "CA1" }))
    assert.is_false(paths.matches(wanted, { "2010-04-01", "Accounts", "AC1", "Messages", "CA1" }))
    assert.is_false(paths.matches(wanted, { "2010-04-01", "Accounts", "AC1", "Calls" }))
    assert.is_false(paths.matches(wanted, { "2010-04-01", "Accounts", "AC1", "Calls", "CA1", "Recordings" }))
  end)

  it("is nearer to a path that has more segments in common", function()
    local wanted = paths.read("GET", "Calls/*")
    local function distance(path) return paths.distance(wanted, require "twilio.testing.request".segments(path)) end
    assert.equal(0, distance "/2010-04-01/Accounts/AC1/Calls/CA1.json")
    assert.is_true(distance "/2010-04-01/Accounts/AC1/Calls.json" < distance "/v2/Services")
  end)
end)
