-- Buffers outside the Lua heap, without Lua.
local probe = require "spec.support.probe"

describe("a buffer", function()
  it("grows, can be reused, and records a failed allocation", function()
    assert.equal("ok\n", probe("spec/support/buffer_probe.c", ""))
  end)
end)
