-- The program twilio-simulator. The specs of its parts are in simulator/.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local PROGRAM = "bin/twilio-simulator"

describe("twilio-simulator", function()
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

  it("says which numbers it has, and what it found in the state file", function()
    local function start(options)
      return shell.must(([[
        rm -f %s/port
        %s --port 0 --stepped --ready %s/port --state %s/shop.state %s >%s/out 2>&1 &
        pid=$!
        while ! [ -s %s/port ]; do sleep 0.05; done
        curl -s http://127.0.0.1:$(cat %s/port)/_/messages -d From=%%2B15551112222 -d To=%%2B15550001111 >/dev/null
        kill $pid
        wait $pid
        cat %s/out
      ]]):format(root, PROGRAM, root, root, options, root, root, root, root))
    end
    shell.write(root .. "/seed.json", '{"numbers":[{"phone_number":"+15550001111"}]}')
    local output = start("--seed-file " .. root .. "/seed.json")
    assert.matches("Its numbers are +15017122661, +15017122662, +15017122663 and +15550001111. The clock stands", output, 1, true)
    assert.is_nil(output:find("found", 1, true), output)
    output = start ""
    assert.matches("/shop.state: 4 numbers, 0 calls, 1 message found.\nIts numbers are +15017122661, +15017122662, ", output, 1, true)
  end)

  it("runs in another Lua if its own has no lua-http", function()
    local command = "lua5.1 -e 'package.preload[\"http.h1_connection\"] = function() error \"none\" end' %s --stat 2>&1"
    local fine, output = shell.run(command:format(PROGRAM))
    assert.is_false(fine)
    assert.matches("stat", output, 1, true)
    assert.not_matches("lacks", output, 1, true)
  end)

  it("says what is missing if no Lua has lua-http", function()
    local command = "TWILIO_SIMULATOR_LUA=lua5.1 lua5.1 -e 'package.preload[\"http.h1_connection\"] = function() error \"none\" end' %s 2>&1"
    local fine, output = shell.run(command:format(PROGRAM))
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
end)
