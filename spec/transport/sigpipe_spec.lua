local probe = require "spec.support.probe"

describe("sigpipe", function()
  it("discards a SIGPIPE of a write, and keeps one that was pending before", function()
    assert.equal("ok\n", probe("spec/support/sigpipe_probe.c", ""))
  end)
end)
