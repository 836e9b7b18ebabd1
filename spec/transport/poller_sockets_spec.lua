local probe = require "spec.support.probe"

describe("the list of sockets", function()
  it("keeps the state of each descriptor, and refuses a connection that must not be reused", function()
    assert.equal("ok\n", probe("spec/support/poller_sockets_probe.c", "-fsanitize=address,undefined"))
  end)
end)
