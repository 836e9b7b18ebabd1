local api = require "spec.support.simulator_api"

local ask, get, post, assert_error = api.ask, api.get, api.post, api.assert_error
local server

describe("applications", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  local all = api.root .. "/Applications.json"

  it("are created with POST as their methods, and listed", function()
    local made, answer = post(all, { FriendlyName = "Shop", VoiceUrl = "http://a/voice", SmsStatusCallback = "http://a/status" })
    assert.equal(201, answer.status)
    assert.matches("^AP%x+$", made.sid)
    assert.same({ "Shop", "http://a/voice", "POST", "http://a/status", "2010-04-01" }, {
      made.friendly_name, made.voice_url, made.voice_method, made.sms_status_callback, made.uri:match "^/([^/]*)",
    })
    post(all, { FriendlyName = "Other" })
    assert.same({ made.sid }, api.sids(get(all .. "?FriendlyName=Shop").applications))
    assert.same(made, get(made.uri))
  end)

  it("are changed and deleted", function()
    local made = post(all, { FriendlyName = "Shop", VoiceUrl = "http://a/voice" })
    local changed = post(made.uri, { VoiceUrl = "http://b/voice", VoiceMethod = "GET" })
    assert.same({ "Shop", "http://b/voice", "GET" }, { changed.friendly_name, changed.voice_url, changed.voice_method })
    assert.equal(204, select(2, ask("DELETE", made.uri)).status)
    assert_error(404, 20404, get(made.uri))
  end)

  it("give their addresses to a number that names them", function()
    local made = post(all, { SmsUrl = "http://127.0.0.1:1/sms" })
    local number = get(api.root .. "/IncomingPhoneNumbers.json").incoming_phone_numbers[1]
    post(number.uri, { SmsApplicationSid = made.sid })
    server:post("/_/messages", { From = "+14155551234", To = number.phone_number, Body = "Hi" })
    assert.equal("http://127.0.0.1:1/sms", server:get("/_/webhooks")[1].url)
  end)
end)
