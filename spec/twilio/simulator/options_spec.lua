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

describe("twilio-simulator as a program", function()
  local root

  before_each(function() root = shell.directory() end)
  after_each(function() shell.must("rm -rf " .. root) end)

  it("says what to paste, and ends quietly with SIGTERM", function()
    local output = shell.must(([[
      %s --port 0 --ready %s/port >%s/out 2>&1 &
      pid=$!
      while ! [ -s %s/port ]; do sleep 0.05; done
      curl -s http://127.0.0.1:$(cat %s/port)/
      kill $pid
      wait $pid
      echo "exit $?"
      cat %s/out
    ]]):format(PROGRAM, root, root, root, root, root))
    assert.matches("<title>twilio-simulator</title>", output, 1, true)
    assert.matches("exit 0", output, 1, true)
    assert.matches("listens on http://127.0.0.1:%d+\n", output)
    assert.matches("export TWILIO_ACCOUNT_SID=AC0123456789abcdef0123456789abcdef\n", output, 1, true)
    assert.matches("export TWILIO_AUTH_TOKEN=fedcba9876543210fedcba9876543210\n", output, 1, true)
  end)

  it("says what is missing without lua-http", function()
    local fine, output = shell.run(("lua5.1 -e 'package.preload[\"http.h1_connection\"] = function() error \"none\" end' %s 2>&1"):format(PROGRAM))
    assert.is_false(fine)
    assert.matches("twilio-simulator needs lua-http and lua-cjson. Lua 5.1 lacks: http\n", output, 1, true)
    assert.matches("apt-get install", output, 1, true)
  end)

  it("reports a port in use", function()
    local server = servers.twilio {}
    local fine, output = shell.run(("%s --port %d 2>&1"):format(PROGRAM, server.port))
    server:stop()
    assert.is_false(fine)
    assert.matches(("twilio-simulator: port %d is in use: choose another with --port\n"):format(server.port), output, 1, true)
  end)

  it("runs from another directory, and through a link", function()
    shell.must(("ln -s \"$PWD/%s\" %s/simulator"):format(PROGRAM, root))
    assert.matches("usage: twilio-simulator", shell.must(("cd / && %s/simulator --help"):format(root)), 1, true)
  end)

  it("logs requests, webhooks and errors", function()
    local server = servers.twilio { log = root .. "/log" }
    servers.curl {
      method = "POST", url = server.url .. "/2010-04-01/Accounts/" .. server.account_sid .. "/Calls.json",
      user = server.account_sid .. ":" .. server.auth_token, form = { To = "+15558675310", From = "+15017122661", Url = "http://127.0.0.1:1/voice" },
    }
    server:post("/_/clock", { Seconds = 3 })
    server:stop()
    local text = shell.must("cat " .. root .. "/log")
    assert.matches("Z POST /2010%-04%-01/Accounts/AC%x+/Calls.json 201\n", text)
    assert.matches("Z webhook voice.request POST http://127.0.0.1:1/voice ", text, 1, true)
    assert.matches("Z error 11205 of CA%x+", text)
  end)

  it("makes the records of a seed file, also after a reset", function()
    shell.write(root .. "/seed.json", [[{
      "numbers": [{ "phone_number": "+15550001111", "voice_url": "http://127.0.0.1:1/voice" }], "services": [{ "friendly_name": "Shop" }],
      "keys": [{ "sid": "SK1", "secret": "s" }], "messages": [{ "to": "+15558675310", "from": "+15550001111", "body": "A & B" }]
    }]])
    local server = servers.twilio { ["seed-file"] = root .. "/seed.json" }
    server:post "/_/reset"
    local function get(path) return servers.curl({ url = server.url .. path, user = "SK1:s" }).body end
    local base = "/2010-04-01/Accounts/" .. server.account_sid
    local numbers, messages, services = get(base .. "/IncomingPhoneNumbers.json"), get(base .. "/Messages.json"), get "/verify/v2/Services"
    server:stop()
    assert.matches('"voice_url":"http://127.0.0.1:1/voice"', numbers:gsub("\\/", "/"), 1, true)
    assert.matches('"body":"A & B"', messages, 1, true)
    assert.matches('"friendly_name":"Shop"', services, 1, true)
  end)

  it("refuses a wrong seed file, and says why", function()
    for message, text in pairs {
      ["is no JSON object"] = "[", ["unknown kind 'number'"] = '{"number":[]}', ["PhoneNumber or AreaCode is required"] = '{"numbers":[{}]}',
    } do
      shell.write(root .. "/seed.json", text)
      local fine, output = shell.run(("%s --port 0 --seed-file %s/seed.json 2>&1"):format(PROGRAM, root))
      assert.is_false(fine)
      assert.matches("twilio-simulator: the seed file", output, 1, true)
      assert.matches(message, output, 1, true)
    end
  end)
end)
