local simulated = require "spec.support.simulated"

local on, at, advance = simulated.on, simulated.at, simulated.advance

describe("a conference of the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/status", "")
  end)

  local function add(fields)
    local form = { To = "+15558675310", From = simulated.NUMBER }
    for name, value in pairs(fields or {}) do form[name] = value end
    local participant, answer = simulated.ask("POST", "/Conferences/Room/Participants.json", form)
    assert.equal(201, answer.status)
    return participant
  end

  local function conference_of(participant)
    return simulated.ask("GET", "/Conferences/" .. participant.conference_sid .. ".json")
  end

  local function change(participant, fields)
    return (simulated.ask("POST", "/Conferences/" .. participant.conference_sid .. "/Participants/" .. participant.call_sid .. ".json", fields))
  end

  local function events()
    local list = {}
    for index, request in ipairs(simulated.requests()) do
      assert.is_true(request.signed)
      list[index] = request.fields.StatusCallbackEvent
    end
    return list
  end

  it("starts when a participant of the API answers, and reports what happens to it", function()
    local first = add { ConferenceStatusCallback = at "/status", Label = "joe" }
    assert.equal("queued", first.status)
    assert.same({}, simulated.requests())
    advance(3)
    assert.equal("in-progress", conference_of(first).status)
    assert.is_true(change(first, { Muted = "true" }).muted)
    change(first, { Muted = "true" })
    assert.is_true(change(first, { Hold = "true" }).hold)
    simulated.server:post "/_/settle"
    assert.same({ "conference-start", "participant-join", "participant-mute", "participant-hold" }, events())
    local fields = simulated.requests()[3].fields
    assert.same({ first.call_sid, "true", "false", "joe" }, { fields.CallSid, fields.Muted, fields.Hold, fields.ParticipantLabel })
  end)

  it("loses a participant whose call ends, and ends with the last", function()
    local first, second = add { ConferenceStatusCallback = at "/status", ConferenceStatusCallbackEvent = "leave end" }, add()
    advance(3)
    simulated.ask("POST", "/Calls/" .. first.call_sid .. ".json", { Status = "completed" })
    assert.equal("in-progress", conference_of(second).status)
    simulated.ask("POST", "/Calls/" .. second.call_sid .. ".json", { Status = "completed" })
    simulated.server:post "/_/settle"
    assert.equal("last-participant-left", conference_of(second).reason_conference_ended)
    assert.same({ "participant-leave", "participant-leave", "conference-end" }, events())
    assert.equal("last-participant-left", simulated.requests()[3].fields.ReasonConferenceEnded)
  end)

  it("ends with a participant that says so, and by the API, with all its calls", function()
    local first, second = add { EndConferenceOnExit = "true" }, add()
    advance(3)
    simulated.ask("DELETE", "/Conferences/" .. first.conference_sid .. "/Participants/" .. first.call_sid .. ".json")
    assert.equal("participant-with-end-conference-on-exit-left", conference_of(first).reason_conference_ended)
    assert.same({ "completed", "completed" }, { simulated.fetch(first.call_sid).status, simulated.fetch(second.call_sid).status })
    local third = add()
    assert.not_equal(first.conference_sid, third.conference_sid)
    advance(3)
    simulated.ask("POST", "/Conferences/" .. third.conference_sid .. ".json", { Status = "completed" })
    assert.equal("conference-ended-via-api", conference_of(third).reason_conference_ended)
    assert.equal("completed", simulated.fetch(third.call_sid).status)
  end)

  it("is found by its name, and created by its first participant", function()
    local path = "/Conferences/Weekly%20call/Participants.json"
    local form = { To = "+15558675310", From = simulated.NUMBER, Label = "host", Muted = "true" }
    local first = simulated.ask("POST", path, form)
    assert.same({ "host", true, "queued" }, { first.label, first.muted, first.status })
    assert.equal("queued", simulated.fetch(first.call_sid).status)
    assert.equal(first.conference_sid, simulated.ask("POST", path, form).conference_sid)
    local conference = "/Conferences/" .. first.conference_sid
    assert.equal("Weekly call", conference_of(first).friendly_name)
    assert.equal(201, select(2, simulated.ask("POST", conference .. "/Participants.json", form)).status)
    assert.equal(3, #simulated.ask("GET", conference .. "/Participants.json").participants)
    assert.equal(20404, simulated.ask("POST", "/Conferences/CF0/Participants.json", form).code)
    assert.equal(21217, simulated.ask("POST", path, { To = "nobody", From = simulated.NUMBER }).code)
    assert.equal(20001, simulated.ask("POST", path, { To = "+15558675310", From = simulated.NUMBER, Muted = "yes" }).code)
  end)
end)
