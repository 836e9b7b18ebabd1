-- What goes on after a start from a state file.
local servers = require "spec.support.servers"
local simulated = require "spec.support.simulated"

describe("after a kill", function()
  local file

  local function restart()
    simulated.server:kill()
    simulated.server = servers.twilio { now = simulated.START, state = file }
  end

  before_each(function()
    file = os.tmpname()
    simulated.start { state = file }
  end)

  after_each(function()
    assert.equal("", simulated.stop())
    os.remove(file)
  end)

  it("the clock moves calls and messages that follow no document", function()
    local call = simulated.call { Url = "http://foo.com/call.xml" }
    local message = simulated.ask("POST", "/Messages.json", {
      To = "+15558675310", From = simulated.NUMBER, Body = "Hello", StatusCallback = simulated.at "/status",
    })
    restart()
    assert.equal("queued", simulated.fetch(call.sid).status)
    simulated.advance(3)
    assert.equal("in-progress", simulated.fetch(call.sid).status)
    assert.equal("delivered", simulated.ask("GET", "/Messages/" .. message.sid .. ".json").status)
    assert.same({ "/status", "/status" }, simulated.paths())
    simulated.advance(57)
    assert.equal("completed", simulated.fetch(call.sid).status)
  end)

  it("a call that is queued follows its document when it is answered", function()
    simulated.on("/voice", "<Response><Say>Hello</Say></Response>")
    local call = simulated.call { Url = simulated.at "/voice" }
    restart()
    simulated.advance(4)
    assert.same({ "Say: Hello" }, simulated.heard(call.sid))
    assert.equal("completed", simulated.fetch(call.sid).status)
  end)

  it("a call that follows a document has ended, with its callback and its recording", function()
    simulated.on("/voice", '<Response><Dial><Conference>Room</Conference></Dial></Response>')
    local call = simulated.call { Url = simulated.at "/voice", StatusCallback = simulated.at "/status", Record = "true" }
    simulated.advance(3)
    restart()
    assert.equal("completed", simulated.fetch(call.sid).status)
    assert.same({ "Dial: Room", "Conference: is in the conference Room" }, simulated.heard(call.sid))
    simulated.server:post "/_/settle"
    assert.equal("/status", simulated.paths()[2])
    assert.equal("completed", simulated.ask("GET", "/Recordings.json").recordings[1].status)
    assert.equal("completed", simulated.ask("GET", "/Conferences.json").conferences[1].status)
  end)

  it("nobody speaks into a recording, and a call that rings inside has failed", function()
    simulated.call { Twiml = "<Response><Record/></Response>" }
    local parent = simulated.call { Twiml = "<Response><Dial>+15550001111</Dial></Response>" }
    simulated.advance(4)
    restart()
    assert.equal("absent", simulated.ask("GET", "/Recordings.json").recordings[1].status)
    assert.equal("failed", simulated.ask("GET", "/Calls.json?ParentCallSid=" .. parent.sid).calls[1].status)
  end)

  it("a stopped recording is completed by the clock", function()
    local call = simulated.call { Url = "http://foo.com/call.xml" }
    simulated.advance(3)
    local recording = simulated.ask("POST", "/Calls/" .. call.sid .. "/Recordings.json", {})
    simulated.advance(2)
    simulated.ask("POST", ("/Calls/%s/Recordings/%s.json"):format(call.sid, recording.sid), { Status = "stopped" })
    restart()
    simulated.advance(1)
    assert.equal("completed", simulated.ask("GET", "/Recordings/" .. recording.sid .. ".json").status)
  end)

  it("a running clock is at the present, and what was due has happened at its time", function()
    local message = simulated.ask("POST", "/Messages.json", { To = "+15558675310", From = simulated.NUMBER, Body = "Hello" })
    simulated.server:kill()
    simulated.server = servers.twilio { now = simulated.START + 1000, tick = "1", state = file }
    local seen = simulated.ask("GET", "/Messages/" .. message.sid .. ".json")
    assert.same({ "delivered", "Sun, 13 Mar 2011 07:06:41 +0000" }, { seen.status, seen.date_sent })
    assert.is_true(simulated.server:get("/_/state").now >= simulated.START + 1000)
  end)

  it("a clock that stands still continues at its last time", function()
    simulated.advance(50)
    simulated.server:kill()
    simulated.server = servers.twilio { now = simulated.START + 1000, state = file }
    assert.equal(simulated.START + 50, simulated.server:get("/_/state").now)
  end)
end)
