local random = require "twilio.simulator.random"

describe("random numbers", function()
  it("has the same sequence on every Lua", function()
    local draw = random.new(1)
    local drawn = {}
    for i = 1, 4 do drawn[i] = draw(1000) end
    assert.same({ 359, 870, 768, 39 }, drawn)
    assert.is_true(draw { true })
    assert.is_true(draw() < 1)
  end)
end)
