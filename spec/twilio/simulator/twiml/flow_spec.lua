local simulated = require "spec.support.simulated"

local on, at, advance, twiml, places = simulated.on, simulated.at, simulated.advance, simulated.twiml, simulated.places

describe("the verbs that lead elsewhere", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(simulated.reset)

  it("<Redirect> leads to another document, by relative URLs", function()
    on("/app/voice", twiml "<Redirect>../menu?from=voice</Redirect><Say>never</Say>")
    on("/menu", twiml "<Redirect method='GET'>end</Redirect>")
    on("/end", twiml "<Say>Bye</Say>")
    local call = simulated.call { Url = at "/app/voice" }
    advance(3)
    local requests = simulated.requests()
    assert.same({ "/app/voice", "/menu", "/end" }, simulated.paths())
    assert.equal("GET", requests[3].method)
    for _, request in ipairs(requests) do assert.is_true(request.signed) end
    assert.same({ "Redirect: ../menu?from=voice", "Redirect: end", "Say: Bye" }, simulated.heard(call.sid))
  end)

  it("<Reject> ends a call that comes in without answering it", function()
    on("/voice", twiml "<Reject reason='busy'/>")
    simulated.configure { VoiceUrl = at "/voice" }
    local call = simulated.server:post("/_/calls", { From = simulated.CALLER, To = simulated.NUMBER })
    assert.equal("busy", call.status)
    assert.equal("0", simulated.fetch(call.sid).duration)
  end)

  it("<Message> sends a message to the caller", function()
    on("/voice", twiml "<Message>Thanks for your call</Message>")
    simulated.configure { VoiceUrl = at "/voice" }
    simulated.server:post("/_/calls", { From = simulated.CALLER, To = simulated.NUMBER })
    local message = simulated.ask("GET", "/Messages.json").messages[1]
    assert.equal("Thanks for your call", message.body)
    assert.equal(simulated.CALLER, message.to)
    assert.equal(simulated.NUMBER, message.from)
  end)

  it("<Hangup> ends the call, and nothing follows", function()
    local call = places "<Hangup/><Say>never</Say>"
    assert.same({ "Hangup" }, simulated.heard(call.sid))
    assert.same({ "completed", "0" }, { simulated.fetch(call.sid).status, simulated.fetch(call.sid).duration })
  end)

  it("<Sms> asks its action, and needs a text", function()
    on("/sent", twiml "<Hangup/>")
    places "<Sms to='+15550002222' action='/sent'>Hello</Sms>"
    local request = simulated.requests()[2]
    local message = simulated.ask("GET", "/Messages.json").messages[1]
    assert.same({ "/sent", message.sid, "queued" }, { request.path, request.fields.MessageSid, request.fields.MessageStatus })
    assert.same({ "+15550002222", "Hello", "outbound-call" }, { message.to, message.body, message.direction })
    assert.same({ "14101" }, simulated.codes(places("<Sms/>").sid))
  end)
end)
