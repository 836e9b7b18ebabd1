-- The pool of connections that outlive Lua states, without Lua between: threads, forks, what one user leaves for the next.
local probe = require "spec.support.probe"

local PROBE = "spec/support/pool_probe.c"

describe("pool", function()
  it("hands connections on, and nothing else", function()
    assert.equal("ok\n", probe(PROBE, ""))
  end)

  it("does not hand on what has waited too long", function()
    assert.equal("ok\n", probe(PROBE, "-DPOOL_SECONDS=0"))
  end)

  it("does without epoll where there is none", function()
    assert.equal("ok\n", probe(PROBE, "-DENGINE_NO_EPOLL"))
  end)

  it("lets no two threads at the same thing", function()
    assert.equal("ok\n", probe(PROBE, "-fsanitize=thread"))
  end)

  it("uses nothing that has gone", function()
    assert.equal("ok\n", probe(PROBE, "-fsanitize=address,undefined"))
  end)
end)
