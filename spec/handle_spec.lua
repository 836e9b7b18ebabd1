-- Easy handles: what one transfer leaves behind for the next, and the guard against sending twice, without Lua between.
local probe = require "spec.support.probe"

local PROBE = "spec/support/engine_probe.c"

describe("handle", function()
  it("serves one transfer after the other, and sends none of them twice", function()
    assert.equal("ok\n", probe(PROBE, ""))
  end)

  it("does so with a libcurl that does not ask before it sends", function()
    assert.equal("ok\n", probe(PROBE, "-DENGINE_NO_PREREQ"))
  end)
end)
