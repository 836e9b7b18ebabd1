local program = require "twilio.simulator.program"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("a server program", function()
  it("reports wrong options and exits", function()
    local fine, problem = pcall(servers.twilio, { bogus = "1" })
    assert.is_false(fine)
    assert.matches("twilio%-simulator did not start: .*%-%-bogus", problem)
  end)

  it("names a wrong option, the option that was meant, and itself", function()
    for arguments, message in pairs {
      ["--stat x"] = "twilio-simulator: unknown option --stat. Did you mean '--state'?\n", ["x"] = "twilio-simulator: unexpected 'x'\n",
      ["--bogus"] = "twilio-simulator: unknown option --bogus.\n", ["--port"] = "twilio-simulator: --port needs a value\n",
    } do
      local fine, output = shell.run("bin/twilio-simulator " .. arguments .. " 2>&1")
      assert.is_false(fine)
      assert.equal(message, output:sub(1, #message))
    end
  end)

  it("exits when the program that started it has exited", function()
    local other = servers.twilio()
    assert.equal(200, servers.curl({ url = other.url .. "/_/stats" }).status)
    other:stop()
    local answer, problem = servers.curl { url = other.url .. "/_/stats" }
    assert.is_nil(answer)
    assert.matches("onnect", problem)
  end)

  it("reads options and flags", function()
    local given = program.options({ "--port", "1", "--stay" }, { port = true, stay = "flag", keep = true }, { keep = "9" })
    assert.same({ "1", true, "9" }, { given.port, given.stay, given.keep })
    assert.is_nil(rawget(given, "keep"))
  end)

  it("numbers connections in the order of their first requests", function()
    local number_of, count = program.numbering()
    local first, second = {}, {}
    assert.same({ 1, 2, 1, 2 }, { number_of(first), number_of(second), number_of(first), count() })
  end)

  it("announces its port in a file", function()
    local name = os.tmpname()
    program.announce(name, 8080)
    assert.equal("8080", io.lines(name)())
    os.remove(name)
  end)
end)
