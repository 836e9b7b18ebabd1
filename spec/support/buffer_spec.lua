-- Buffers outside the Lua heap, without Lua between.
local probe = require "spec.support.probe"

describe("buffer", function()
  it("grows, is reused, and remembers a failed allocation", function()
    assert.equal("ok\n", probe("spec/support/buffer_probe.c", ""))
  end)
end)
