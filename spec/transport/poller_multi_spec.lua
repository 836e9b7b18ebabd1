-- The implementation of the poller for systems without epoll, on Linux. connections_spec and
-- easy_callbacks_spec run further programs with it.
local probe = require "spec.support.probe"

describe("the poller without epoll", function()
  it("opens and closes sockets, and has no descriptor for event loops", function()
    assert.equal("ok\n", probe("spec/support/poller_probe.c", "-fsanitize=address,undefined -DENGINE_NO_EPOLL"))
  end)

  it("serves the engine", function()
    assert.equal("ok\n", probe("spec/support/engine_probe.c", "-DENGINE_NO_EPOLL"))
  end)
end)
