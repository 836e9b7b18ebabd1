-- Connection overrides in URLs.
local support = require "spec.support.client"
local twilio = require "twilio"

local URL = "https://example.com/voice?order=17"

describe("twilio.webhook.url", function()
  it("adds a fragment with the overrides, in a fixed order", function()
    assert.equal(URL .. "#rc=2&rp=all", twilio.webhook.url(URL, { retries = 2, retry_on = "all" }))
    assert.equal(URL .. "#ct=2000&rt=3000&tt=15000&rc=0&rp=4xx,5xx&sni=n&e=ashburn,dublin", twilio.webhook.url(URL, {
      connect_timeout = 2000, read_timeout = 3000, total_timeout = 15000, retries = 0, retry_on = { "4xx", "5xx" }, sni = false,
      edges = { "ashburn", "dublin" },
    }))
  end)

  it("accepts Twilio's names too", function()
    assert.equal(URL .. "#ct=100&rc=5&rp=rt&sni=y&e=tokyo", twilio.webhook.url(URL, { e = "tokyo", sni = true, rp = { "rt" }, rc = 5, ct = 100 }))
  end)

  it("leaves the URL as it is without overrides", function()
    assert.equal(URL, twilio.webhook.url(URL, {}))
  end)

  it("raises for values that Twilio does not accept", function()
    local function message(options, url) return (support.misuse(twilio.webhook.url, url or URL, options)) end
    assert.equal("connect_timeout must be a whole number from 100 to 10000", message { connect_timeout = 5 })
    assert.equal("ct must be a whole number from 100 to 10000", message { ct = 10001 })
    assert.equal("rt must be a whole number from 100 to 15000", message { rt = 0.5 })
    assert.equal("retries must be a whole number from 0 to 5", message { retries = 6 })
    assert.equal("retries must be a whole number from 0 to 5", message { retries = "1" })
    assert.equal("retries must be a whole number from 0 to 5", message { retries = 0 / 0 })
    assert.equal("retry_on must be 4xx, 5xx, ct, rt or all, or an array of them", message { retry_on = "404" })
    assert.equal("retry_on must not be empty", message { retry_on = {} })
    assert.equal("edges must be the name of an edge, or an array of them", message { edges = "a&b" })
    assert.equal("sni must be true or false", message { sni = "y" })
    assert.equal("retries and rc are the same override", message { retries = 1, rc = 1 })
    assert.equal("the URL has a fragment already", message({ rc = 1 }, URL .. "#rc=2"))
    assert.equal("the table of twilio.webhook.url has no 'retrys' (did you mean 'retries'?)", message { retrys = 1 })
    assert.equal("the names of overrides are strings", message { 1 })
    assert.equal("twilio.webhook.url takes a URL, got nil", (support.misuse(twilio.webhook.url)))
    assert.equal("twilio.webhook.url takes a table of overrides", (support.misuse(twilio.webhook.url, URL)))
  end)
end)
