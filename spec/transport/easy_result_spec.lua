-- The result of a transfer. spec/client/client_spec.lua tests the reasons that name a proxy, and
-- spec/transport/engine_spec.lua the codes.
local libcurl = require "spec.support.libcurl"
local servers = require "spec.support.servers"
local twilio = require "twilio"

describe("the result of a transfer", function()
  local faults

  setup(function() faults = servers.fault { tls = true } end)
  teardown(function() faults:stop() end)

  it("names a CA file without certificates by the path that the program passed", function()
    local path = os.tmpname()
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults:secure_url "good", ca_file = path, retries = 0 }
    local _, message, err = client.calls:get "CA1"
    os.remove(path)
    assert.equal("tls", err.kind)
    if libcurl.is_gnutls() then return pending "with GnuTLS, libcurl reads a file without certificates as an empty list of CAs" end
    assert.matches("the file of CA certificates cannot be read, or has no certificates: " .. path, message, 1, true)
  end)
end)
