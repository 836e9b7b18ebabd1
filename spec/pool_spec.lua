-- The pool of connections that outlive Lua states, without Lua between: threads, forks, what one user leaves for the next.
local probe = require "spec.support.probe"
local servers = require "spec.support.servers"

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

  describe("of TLS sessions", function()
    local faults

    setup(function() faults = servers.fault { tls = true } end)
    teardown(function() faults:stop() end)

    -- How many of five connections, of as many engines, did not and did resume one.
    local function connections(flags, busy)
      local busy_url = busy and faults.url .. "/stall" or ""
      faults:post "/_/handshakes"
      probe("spec/support/session_probe.c", flags, ("%s/close_idle %s 5 %s"):format(faults:secure_url "tls12", faults.authority, busy_url))
      local seen = faults:post("/_/handshakes").tls12
      return { seen.done - seen.resumed, seen.resumed }
    end

    it("resumes those of others", function()
      assert.same({ 1, 4 }, connections "-fsanitize=address,undefined")
      assert.same({ 1, 4 }, connections("", true))
    end)

    it("forgets old ones, or while it cannot leaves them alone", function()
      local flags = "-DPOOL_SESSION_SECONDS=-1 -fsanitize=address,undefined"
      assert.same({ 5, 0 }, connections(flags))
      assert.same({ 5, 0 }, connections(flags, true))
    end)
  end)
end)
