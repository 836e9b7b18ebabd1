-- The functions of the TLS library. spec/transport/easy_callbacks_spec.lua tests them on connections.
local probe = require "spec.support.probe"

local PROBE = "spec/support/tls_probe.c"

describe("tls", function()
  it("has no functions before tls_init, and no session without a connection", function()
    local output = probe(PROBE, "-fsanitize=address,undefined")
    assert.matches("^known 0\nknown [01]\nsession 0\nHTTP/2 0 pending 0\n$", output)
  end)

  it("has no functions with a TLS library that lacks them", function()
    assert.equal("known 0\nknown 0\nsession 0\nHTTP/2 0 pending 0\n", probe(PROBE, "-DENGINE_NO_TLS"))
  end)
end)
