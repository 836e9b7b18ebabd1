-- Tests voice.lua, which receives webhooks. doc/guides/testing.md says how to run it.
local testing = require "twilio.testing"
local voice = require "voice"

local TOKEN, URL = "12345", "https://example.com/voice"

describe("the menu", function()
  local fake, answer

  before_each(function()
    fake = testing.new()
    answer = voice.new(TOKEN, fake:client())
  end)
  after_each(function() fake:verify() end)

  it("offers the opening hours", function()
    local status, _, body = answer(testing.webhook { "voice", url = URL, auth_token = TOKEN })
    assert.equal(200, status)
    assert.matches("Press 1 for our opening hours", body, 1, true)
  end)

  it("sends them to the caller", function()
    fake:expect { "POST", "Messages", params = { to = "+15551234567" } }
    local _, _, body = answer(testing.webhook { "voice", url = URL, params = { digits = "1", from = "+15551234567" }, auth_token = TOKEN })
    assert.matches("We have sent you", body, 1, true)
  end)

  it("is not for strangers", function()
    assert.equal(403, (answer(testing.webhook { "voice", url = URL, auth_token = "another token" })))
  end)
end)
