local simulated = require "spec.support.simulated"

local function state() return simulated.server:get "/_/state" end

describe("the snapshot of the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(simulated.reset)

  it("has the clock, the accounts and the numbers with their addresses", function()
    simulated.configure { VoiceUrl = "http://localhost/voice", SmsUrl = "http://localhost/sms" }
    local seen = state()
    assert.equal(simulated.START, seen.now)
    assert.is_nil(seen.tick)
    assert.equal(simulated.server.url, seen.url)
    assert.same({ { sid = simulated.server.account_sid, token = simulated.server.auth_token } }, seen.accounts)
    assert.equal(simulated.server.account_sid, seen.default_account)
    assert.equal(simulated.NUMBER, seen.numbers[1].phone_number)
    assert.equal("http://localhost/voice", seen.numbers[1].voice_url)
    assert.equal("http://localhost/sms", seen.numbers[1].sms_url)
    assert.is_nil(seen.calls)
    assert.is_nil(seen.messages)
  end)

  it("has the calls with their times and what they let hear, and the messages", function()
    simulated.call { Twiml = "<Response><Say>Hello you</Say></Response>" }
    simulated.ask("POST", "/Messages.json", { To = "+15005551003", From = simulated.NUMBER, Body = "Hi" })
    simulated.advance(10)
    local seen = state()
    local call, message = seen.calls[1], seen.messages[1]
    assert.equal("completed", call.status)
    assert.same({ 0, 3, 4 }, { call.created - simulated.START, call.started - simulated.START, call.ended - simulated.START })
    assert.equal("Hello you", call.heard[1].text)
    assert.same({ "undelivered", 30003, "Hi" }, { message.status, message.error_code, message.body })
  end)

  it("has the newest hundred records, the number of faults, and the last event", function()
    simulated.server:post("/_/seed", { Messages = 120 })
    simulated.server:post("/_/fault", { Status = 500 })
    local seen = state()
    assert.equal(100, #seen.messages)
    assert.equal("Message 21", seen.messages[1].body)
    assert.equal("Message 120", seen.messages[100].body)
    assert.equal(1, seen.faults)
    simulated.advance(0) -- one event
    assert.equal(seen.last + 1, state().last)
  end)
end)
