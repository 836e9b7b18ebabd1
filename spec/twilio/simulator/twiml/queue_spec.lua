local simulated = require "spec.support.simulated"

local on, at, advance = simulated.on, simulated.at, simulated.advance
local twiml, places, fields_of = simulated.twiml, simulated.places, simulated.fields_of

describe("<Enqueue> and <Queue> in the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)
  before_each(function()
    simulated.reset()
    on("/done", twiml "<Say>thanks</Say>")
    on("/status", "")
  end)

  it("is connected with the first call of a queue", function()
    on("/wait", twiml "<Say>Please wait a moment</Say>")
    local waiting = places "<Enqueue waitUrl='/wait' action='/done'>support</Enqueue>"
    local wait = fields_of "/wait"
    assert.equal("1", wait.QueuePosition)
    advance(10)
    on("/voice2", twiml "<Dial action='/agent'><Queue>support</Queue></Dial>")
    on("/agent", twiml "")
    local agent = simulated.call { Url = at "/voice2" }
    advance(3)
    assert.equal("Enqueue", simulated.server:get("/_/calls/" .. waiting.sid).verb)
    simulated.server:post("/_/calls/" .. agent.sid .. "/hangup")
    local result = fields_of "/done"
    assert.equal("bridged", result.QueueResult)
    assert.matches("^QU%x+$", result.QueueSid)
  end)

  it("leaves a queue by <Leave> and when the caller hangs up", function()
    on("/wait", twiml "<Leave/>")
    local call = places "<Enqueue waitUrl='/wait'>support</Enqueue><Say>left</Say>"
    assert.equal("Say: left", simulated.heard(call.sid)[3])
    on("/wait", twiml "<Pause length='60'/>")
    call = places "<Enqueue waitUrl='/wait' action='/done'>support</Enqueue>"
    simulated.server:post("/_/calls/" .. call.sid .. "/hangup")
    assert.equal("hangup", fields_of("/done").QueueResult)
  end)

  it("tells the caller the place in the queue, over and over", function()
    on("/wait", twiml "<Pause length='5'/>")
    places "<Enqueue waitUrl='/wait'>support</Enqueue>"
    places "<Enqueue waitUrl='/wait'>support</Enqueue>"
    simulated.app:post "/_/reset"
    on("/wait", twiml "<Pause length='5'/>")
    advance(5)
    local seen = {}
    for _, request in ipairs(simulated.requests()) do seen[#seen + 1] = request.fields.QueuePosition .. " of " .. request.fields.CurrentQueueSize end
    table.sort(seen)
    assert.equal("1 of 2", seen[1])
    assert.equal("2 of 2", seen[#seen])
  end)

  it("has nobody for a call that dials it until its timeout", function()
    places "<Dial action='/done' timeout='10'><Queue>empty</Queue></Dial>"
    assert.is_nil(fields_of "/done")
    advance(10)
    assert.equal("no-answer", fields_of("/done").DialCallStatus)
  end)
end)
