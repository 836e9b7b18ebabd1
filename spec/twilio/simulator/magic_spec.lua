local simulated = require "spec.support.simulated"
local servers = require "spec.support.servers"

describe("magic numbers of the simulator", function()
  setup(function() simulated.start() end)
  teardown(function() assert.equal("", simulated.stop()) end)

  local function send(path, form, headers)
    local fields = { To = "+15558675310", From = simulated.NUMBER, Body = "Hi", Url = "http://foo.com/" }
    for name, value in pairs(form) do fields[name] = value end
    if path == "/Calls.json" then fields.Body = nil else fields.Url = nil end
    return servers.curl {
      method = "POST", url = simulated.server.url .. simulated.root .. path, form = fields, headers = headers,
      user = simulated.server.account_sid .. ":" .. simulated.server.auth_token,
    }
  end

  it("refuse as Twilio's test numbers do", function()
    for number, code in pairs {
      ["+15005550001"] = 21211, ["+15005550002"] = 21612, ["+15005550003"] = 21408, ["+15005550004"] = 21610, ["+15005550009"] = 21614,
    } do
      local answer = send("/Messages.json", { To = number })
      assert.equal(400, answer.status)
      assert.matches('"code":' .. code, answer.body, 1, true)
    end
    assert.matches('"code":21606', send("/Messages.json", { From = "+15005550007" }).body, 1, true)
    assert.matches('"code":21611', send("/Messages.json", { From = "+15005550008" }).body, 1, true)
    assert.equal(201, send("/Messages.json", { From = "+15005550006" }).status)
    assert.matches('"code":21214', send("/Calls.json", { To = "+15005550002" }).body, 1, true)
    assert.matches('"code":21215', send("/Calls.json", { To = "+15005550003" }).body, 1, true)
  end)

  it("cause faults of the server, and so does a header", function()
    assert.equal(429, send("/Calls.json", { To = "+15005559429" }).status)
    assert.equal(500, send("/Messages.json", { To = "+15005559500" }).status)
    assert.equal(503, send("/Messages.json", {}, { "X-Simulator-Fault: 503" }).status)
    assert.is_nil((send("/Messages.json", {}, { "X-Simulator-Fault: drop" })))
    local function count() return #simulated.ask("GET", "/Messages.json").messages end
    local before = count()
    assert.is_nil((send("/Messages.json", { To = "+15005559000" })))
    assert.equal(before, count())
    assert.is_nil((send("/Messages.json", { To = "+15005559001" })))
    assert.equal(before + 1, count())
  end)

  it("refuse an unknown fault in the header, and name the one that was meant", function()
    local before = #simulated.ask("GET", "/Messages.json").messages
    local answer = send("/Messages.json", {}, { "X-Simulator-Fault: dorp" })
    assert.equal(400, answer.status)
    assert.matches("Unknown fault 'dorp' in the header X-Simulator-Fault. Did you mean 'drop'? Its words are 429, 500, 503,", answer.body, 1, true)
    assert.equal(before, #simulated.ask("GET", "/Messages.json").messages)
  end)
end)
