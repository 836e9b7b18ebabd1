local api = require "spec.support.simulator_api"

local get, post, assert_error, root = api.get, api.post, api.assert_error, api.root
local server

describe("retired resources", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("have the sandbox of an account, and keep its addresses", function()
    assert.same({ "66528411", "POST" }, { get(root .. "/Sandbox.json").pin, get(root .. "/Sandbox.json").voice_method })
    local changed = post(root .. "/Sandbox.json", { VoiceUrl = "http://a/voice", SmsMethod = "GET" })
    assert.same({ "http://a/voice", "GET", root .. "/Sandbox.json" }, { changed.voice_url, changed.sms_method, changed.uri })
    assert.same(changed, get(root .. "/Sandbox.json"))
  end)

  it("have SMS messages, which are messages too", function()
    local path = root .. "/SMS/Messages"
    local text, answer = post(path .. ".json", { To = "+15558675310", From = "+15017122661", Body = "Hello" })
    assert.same({ 201, "Hello", path .. "/" .. text.sid .. ".json" }, { answer.status, text.body, text.uri })
    api.advance(3)
    assert.equal("delivered", get(text.uri).status)
    assert.same({ text.sid }, api.sids(get(path .. ".json?To=%2B15558675310").sms_messages))
    assert.equal("Hello", get(root .. "/Messages/" .. text.sid .. ".json").body)
    assert_error(400, 21602, post(path .. ".json", { To = "+15558675310", From = "+15017122661" }))
  end)
end)
