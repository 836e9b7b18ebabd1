local overrides = require "twilio.simulator.overrides"
local webhook = require "twilio".webhook

describe("connection overrides in the simulator", function()
  it("are Twilio's without a fragment", function()
    local url, limits = overrides.split "http://h/p?q=1"
    assert.equal("http://h/p?q=1", url)
    assert.same({ connect = 5, read = 15, total = 15, retries = 1, on = { ct = true } }, limits)
  end)

  it("are read as twilio.webhook.url writes them", function()
    local text = webhook.url("http://h/p", {
      connect_timeout = 200, read_timeout = 300, total_timeout = 900, retries = 2, retry_on = { "4xx", "rt" },
    })
    local url, limits = overrides.split(text)
    assert.equal("http://h/p", url)
    assert.same({ connect = 0.2, read = 0.3, total = 0.9, retries = 2, on = { ["4xx"] = true, rt = true } }, limits)
    local _, all = overrides.split "http://h#rp=all"
    assert.same({ ["4xx"] = true, ["5xx"] = true, ct = true, rt = true }, all.on)
  end)

  it("are ignored out of their range", function()
    local _, limits = overrides.split "http://h#ct=1&rt=99999&rc=9"
    assert.same({ 5, 15, 1 }, { limits.connect, limits.read, limits.retries })
  end)
end)
