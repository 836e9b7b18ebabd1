local simulated = require "spec.support.simulated"

local on, at = simulated.on, simulated.at

describe("the replay of a webhook", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/voice", "<Response><Pause length='60'/></Response>")
    on("/sms", "<Response><Message>Hello</Message></Response>")
  end)

  local function replay(number) return simulated.server:post("/_/webhooks/" .. number .. "/replay") end

  local function call(method)
    simulated.configure { VoiceUrl = at "/voice?shop=1", VoiceMethod = method }
    return simulated.server:post("/_/calls", { From = simulated.CALLER, To = simulated.NUMBER })
  end

  for _, method in ipairs { "POST", "GET" } do
    it("sends a " .. method .. " again with the same parameters, signed, under another token", function()
      call(method)
      local again = replay(1)
      assert.same({ 2, 1, 200, method }, { again.number, again.replay_of, again.status, again.method })
      local first, second = simulated.requests()[1], simulated.requests()[2]
      assert.equal(method, second.method)
      assert.same(first.fields, second.fields)
      assert.is_true(second.signed)
      assert.not_equal(first.token, second.token)
    end)
  end

  it("shows the answer of now, which no call follows and which sends no message", function()
    local sid = call "POST".sid
    on("/voice", "<Response><Hangup/></Response>")
    assert.equal("<Response><Hangup/></Response>", replay(1).body)
    assert.equal("in-progress", simulated.fetch(sid).status)
    simulated.configure { SmsUrl = at "/sms" }
    simulated.server:post("/_/messages", { From = simulated.CALLER, To = simulated.NUMBER, Body = "Hi" })
    local before = #simulated.ask("GET", "/Messages.json").messages
    assert.equal("<Response><Message>Hello</Message></Response>", replay(3).body)
    assert.equal(before, #simulated.ask("GET", "/Messages.json").messages)
  end)

  it("can be replayed, and names the webhook that was replayed", function()
    call "POST"
    replay(1)
    assert.equal(2, replay(2).replay_of)
  end)

  it("of an unknown webhook is refused", function()
    local fine, problem = pcall(replay, 7)
    assert.is_false(fine)
    assert.matches("there is no webhook 7", problem)
  end)
end)
