-- Easy handles: nothing of one transfer may leak into the next, and no request may be sent twice.
local probe = require "spec.support.probe"

local PROBE = "spec/support/engine_probe.c"

describe("an easy handle", function()
  it("is used for one transfer after the other, and sends no request twice", function()
    assert.equal("ok\n", probe(PROBE, ""))
  end)

  it("sends no request twice without CURLOPT_PREREQFUNCTION either", function()
    assert.equal("ok\n", probe(PROBE, "-DENGINE_NO_PREREQ"))
  end)
end)
