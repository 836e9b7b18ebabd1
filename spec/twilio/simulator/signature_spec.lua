local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("signatures of the simulator", function()
  it("are those of Twilio's documents and tests", function()
    local name = os.tmpname()
    finally(function() os.remove(name) end)
    shell.write(name, [[
      package.path = "lua/?.lua;" .. package.path
      local signature = require "twilio.simulator.signature"
      local parameters = { { "CallSid", "CA1234567890ABCDE" }, { "Digits", "1234" }, { "From", "+14158675309" }, { "To", "+18005551212" },
        { "Caller", "+14158675309" } }
      print(signature.of("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", parameters))
      print(signature.of("12345", "https://mycompany.com:443/myapp.php?foo=1&bar=2", parameters))
      local list = { { "B", "2" }, { "B", "1" }, { "A", "x" }, { "B", "2" } }
      print(signature.of("t", "http://h/", list) == signature.of("t", "http://h/AxB1B2", {}))
    ]])
    assert.equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=\nkvajT1Ptam85bY51eRf/AJRuM3w=\ntrue\n", shell.must(servers.interpreter .. " " .. name))
  end)
end)
