local probe = require "spec.support.probe"

describe("descriptors", function()
  it("are exhausted at the limit of open files, and not below it", function()
    assert.equal("ok\n", probe("spec/support/descriptors_probe.c", ""))
  end)
end)
