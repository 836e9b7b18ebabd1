local relaunch = require "twilio.simulator.relaunch"
local shell = require "spec.support.shell"

describe("relaunch", function()
  local root, script
  before_each(function()
    root = shell.directory()
    script = root .. "/it's"
  end)
  after_each(function() shell.must("rm -rf " .. root) end)

  local function write(text)
    shell.write(script, "#!/bin/sh\n" .. text)
    shell.must("chmod +x " .. shell.quote(script))
  end

  local function written() return shell.must(("cat %s/out"):format(root)) end

  it("runs the script with its arguments, and returns the exit code", function()
    write(("printf '%%s|' \"$@\" \"${TWILIO_SIMULATOR_LUA-none}\" >%s/out; exit 7"):format(root))
    assert.equal(7, relaunch.run(script, { "--port", "a 'b'", "$HOME" }))
    assert.equal("--port|a 'b'|$HOME|none|", written())
  end)

  it("returns the exit code of the shell if a signal ended the script", function()
    write "kill -INT $$"
    local code = ("os.exit(require('twilio.simulator.relaunch').run(%q, {}))"):format(script)
    local _, output = shell.run(("LUA_PATH='lua/?.lua;;' env --default-signal=INT %s -e %s; echo $?"):format(shell.interpreter(), shell.quote(code)))
    assert.equal("130\n", output)
  end)

  it("runs the program again with its first interpreter, unless it runs again already", function()
    write(("printf '%%s|' \"$@\" \"$TWILIO_SIMULATOR_LUA\" >%s/out"):format(root))
    assert.equal(0, relaunch.again { [-2] = "/usr/bin/lua9", [-1] = "-e x", [0] = script, "--tick" })
    assert.equal("--tick|/usr/bin/lua9|", written())
    local lua = ("TWILIO_SIMULATOR_LUA=lua LUA_PATH='lua/?.lua;;' %s -e %s"):format(shell.interpreter(), shell.quote [[
      print(require("twilio.simulator.relaunch").again { [0] = "/bin/false" })]])
    assert.equal("nil\n", shell.must(lua))
  end)

  it("ends the script after the process that started it was ended by a signal", function()
    write(("echo $$ >%s/id; exec sleep 600"):format(root))
    local code = ("require('twilio.simulator.relaunch').run(%q, {})"):format(script)
    shell.must(([[
      LUA_PATH='lua/?.lua;;' %s -e %s &
      parent=$!
      while ! [ -s %s/id ]; do sleep 0.05; done
      kill $parent
      wait $parent
      while kill -0 $(cat %s/id) 2>/dev/null; do sleep 0.05; done
    ]]):format(shell.interpreter(), shell.quote(code), root, root))
  end)
end)
