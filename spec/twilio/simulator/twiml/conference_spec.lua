local simulated = require "spec.support.simulated"

local on, twiml, places, fields_of = simulated.on, simulated.twiml, simulated.places, simulated.fields_of

describe("<Conference> in the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/done", twiml "<Say>thanks</Say>")
    on("/status", "")
  end)

  it("joins a conference, until it ends", function()
    local room = "<Dial action='/done'><Conference statusCallback='/status' statusCallbackEvent='start end join leave'>Room 1</Conference></Dial>"
    local first, second = places(room), places(room)
    local conference = simulated.ask("GET", "/Conferences.json?FriendlyName=Room%201").conferences[1]
    assert.equal("in-progress", conference.status)
    local participants = "/Conferences/" .. conference.sid .. "/Participants"
    assert.equal(2, #simulated.ask("GET", participants .. ".json").participants)
    simulated.server:post("/_/calls/" .. first.sid .. "/hangup")
    assert.equal(1, #simulated.ask("GET", participants .. ".json").participants)
    simulated.ask("DELETE", participants .. "/" .. second.sid .. ".json")
    simulated.server:post "/_/settle"
    assert.equal("completed", simulated.ask("GET", "/Conferences/" .. conference.sid .. ".json").status)
    assert.equal(conference.sid, fields_of("/done").ConferenceSid)
    local events = {}
    for _, request in ipairs(simulated.requests()) do
      if request.path == "/status" then events[#events + 1] = request.fields.StatusCallbackEvent end
    end
    assert.same({ "conference-start", "participant-join", "participant-join", "participant-leave", "participant-leave", "conference-end" }, events)
    assert.equal("Say: thanks", simulated.heard(second.sid)[3])
  end)

  it("starts when a call with startConferenceOnEnter joins, and ends when one with endConferenceOnExit leaves", function()
    local function room(attributes)
      return places("<Dial><Conference " .. attributes .. ">Room 2</Conference></Dial>")
    end
    room "startConferenceOnEnter='false' muted='true' participantLabel='guest'"
    local function conference() return simulated.ask("GET", "/Conferences.json").conferences[1] end
    assert.equal("init", conference().status)
    local participants = simulated.ask("GET", "/Conferences/" .. conference().sid .. "/Participants.json").participants
    assert.same({ true, "guest", false }, { participants[1].muted, participants[1].label, participants[1].start_conference_on_enter })
    local host = room "endConferenceOnExit='true'"
    assert.equal("in-progress", conference().status)
    simulated.server:post("/_/calls/" .. host.sid .. "/hangup")
    assert.same({ "completed", "participant-with-end-conference-on-exit-left" }, { conference().status, conference().reason_conference_ended })
  end)
end)
