local servers = require "spec.support.servers"

describe("the certificate of --tls", function()
  local server, file

  setup(function()
    file = os.tmpname()
    server = servers.twilio { tls = file }
  end)

  teardown(function()
    assert.equal("", server:stop())
    os.remove(file)
  end)

  it("is written to the file, and a client that trusts it is answered", function()
    assert.equal("-----BEGIN CERTIFICATE-----", io.lines(file)())
    assert.matches("^https://127%.0%.0%.1:%d+$", server.url)
    assert.equal(200, servers.curl({ url = server.url .. "/_/stats", trust = file }).status)
  end)

  it("is not trusted by others", function()
    local answer, problem = servers.curl { url = server.url .. "/_/stats" }
    assert.is_nil(answer)
    assert.matches("certificate", problem)
  end)
end)
