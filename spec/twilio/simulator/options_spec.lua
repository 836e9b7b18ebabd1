local options = require "twilio.simulator.options"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local PROGRAM = "bin/twilio-simulator"

local function completed(given)
  return options.complete(setmetatable(given, { __index = options.DEFAULTS }))
end

describe("options of twilio-simulator", function()
  it("have a clock that runs for people, and stands still for tests", function()
    local given = completed {}
    assert.same({ "1", "8080" }, { given.tick, given.port })
    assert.is_nil(completed { stepped = true }.tick)
    given = completed { ["until-eof"] = true }
    assert.same({ nil, "0" }, { given.tick, given.port })
    assert.equal("5", completed { ["until-eof"] = true, tick = "5" }.tick)
  end)

  it("are refused if they are wrong", function()
    for message, given in pairs {
      ["--auth is SID:TOKEN"] = { auth = "AC1:x" }, ["--port is no number"] = { port = "http" },
      ["--webhook-base is no URL such as http://localhost:3000: localhost:3000"] = { ["webhook-base"] = "localhost:3000" },
      ["--tick and --stepped exclude each other"] = { tick = "1", stepped = true },
    } do
      local none, problem = completed(given)
      assert.is_nil(none)
      assert.matches(message, problem, 1, true)
    end
    local fine, output = shell.run("lua5.1 " .. PROGRAM .. " --bogus 2>&1")
    assert.is_false(fine)
    assert.matches("--bogus", output, 1, true)
  end)

  it("are all listed by --help", function()
    local text = shell.must(PROGRAM .. " --help")
    for name in pairs(options.KNOWN) do
      if name ~= "stay" then assert.matches("--" .. name, text, 1, true) end
    end
  end)

  it("set the credentials", function()
    local account = "AC" .. ("b"):rep(32)
    local server = servers.twilio { auth = account .. ":other" }
    local answer = servers.curl { url = server.url .. "/2010-04-01/Accounts/" .. account .. ".json", user = account .. ":other" }
    server:stop()
    assert.equal(200, answer.status)
  end)

  it("accept all credentials, and make their accounts", function()
    local account = "AC" .. ("c"):rep(32)
    local server = servers.twilio { auth = "any" }
    local url = server.url .. "/2010-04-01/Accounts/" .. account .. "/IncomingPhoneNumbers.json"
    local answer = servers.curl { url = url, user = account .. ":mine" }
    local other = servers.curl { url = url, user = account .. ":not mine" }
    assert.equal("", server:stop())
    assert.equal(200, answer.status)
    assert.matches("+15017122661", answer.body, 1, true)
    assert.equal(401, other.status)
  end)
end)
