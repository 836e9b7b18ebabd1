-- The pool of connection sets, without Lua: threads, forks, and the state that one engine leaves for
-- the next engine.
-- With Lua: TLS sessions.
local libcurl = require "spec.support.libcurl"
local probe = require "spec.support.probe"
local servers = require "spec.support.servers"

local PROBE = "spec/support/connections_probe.c"

describe("the pool of connection sets", function()
  it("passes connections on to the next engine, and nothing else", function()
    assert.equal("ok\n", probe(PROBE, ""))
  end)

  it("drops connections that were idle for too long", function()
    assert.equal("ok\n", probe(PROBE, "-DCONNECTION_SET_SECONDS=0"))
  end)

  it("works without epoll", function()
    assert.equal("ok\n", probe(PROBE, "-DENGINE_NO_EPOLL"))
  end)

  it("has no data race (thread sanitizer)", function()
    assert.equal("ok\n", probe(PROBE, "-fsanitize=thread"))
  end)

  it("uses no freed memory (address sanitizer)", function()
    assert.equal("ok\n", probe(PROBE, "-fsanitize=address,undefined"))
  end)

  describe("with TLS sessions", function()
    local faults

    setup(function() faults = servers.fault { tls = true } end)
    teardown(function() faults:stop() end)

    -- Five engines open one connection each. Returns how many connections did not resume a session
    -- and how many did.
    local function connections(flags, busy)
      local busy_url = busy and faults.url .. "/stall" or ""
      faults:post "/_/handshakes"
      probe("spec/support/session_probe.c", flags, ("%s/close_idle %s 5 %s"):format(faults:secure_url "tls12", faults.authority, busy_url))
      local seen = faults:post("/_/handshakes").tls12
      return { seen.done - seen.resumed, seen.resumed }
    end

    it("resumes the sessions of other engines", function()
      assert.same({ 1, 4 }, connections "-fsanitize=address,undefined")
      assert.same({ 1, 4 }, connections("", true))
    end)

    it("shares no sessions if libcurl is too old to compare the CA certificates", function()
      if libcurl.since "8.14.1" then return pending "libcurl 8.14.1 is not too old, and resumes sessions without our cache" end
      assert.same({ 5, 0 }, connections "-DSTARTUP_SESSIONS_SINCE=0x7fffffff -fsanitize=address,undefined")
    end)

    it("drops old sessions, and does not resume them while a transfer is in flight", function()
      local flags = "-DCONNECTION_SET_SESSION_SECONDS=-1 -fsanitize=address,undefined"
      assert.same({ 5, 0 }, connections(flags))
      assert.same({ 5, 0 }, connections(flags, true))
    end)
  end)
end)
