local command_line = require "spec.support.command_line"
local shell = require "spec.support.shell"

describe("twilio-lua simulate", function()
  local run, path
  before_each(function()
    run = command_line.new()
    path = run.home .. "/bin"
    shell.must(("mkdir -p %s; cp bin/twilio-lua %s/twilio-lua; ln -s $(pwd)/lua %s/lua; ln -s $(pwd)/build %s/build"):format(path, path, run.home,
      run.home))
  end)
  after_each(function() run.stop() end)

  -- Writes a program that writes its arguments and ends with an exit code.
  local function program(place, code)
    shell.write(place, ("#!/bin/sh\nprintf '%%s|' \"$0\" \"$@\"\nexit %d\n"):format(code))
    shell.must("chmod +x " .. place)
  end

  local function command(env, ...) return (run.command({ ... }, env):gsub("bin/twilio%-lua", path .. "/twilio-lua")) end

  it("runs the program next to twilio-lua, with its arguments and exit code", function()
    program(path .. "/twilio-simulator", 7)
    assert.equal(path .. "/twilio-simulator|--port|0|it's|--help|7\n",
      shell.must(command(nil, "simulate", "--port", "0", "it's", "--help") .. "; echo $?"))
  end)

  it("runs the program of the PATH if there is none next to twilio-lua", function()
    shell.must(("mkdir %s/other"):format(run.home))
    program(run.home .. "/other/twilio-simulator", 0)
    local env = { PATH = run.home .. "/other:" .. os.getenv "PATH" }
    assert.equal(run.home .. "/other/twilio-simulator|", shell.must(command(env, "simulate")))
  end)

  it("says that the program is not installed", function()
    local _, output = shell.run(command({ PATH = "/bin:/usr/bin" }, "simulate") .. "; echo $?")
    assert.equal("twilio-lua: twilio-simulator is not installed\n1\n", output)
  end)

  it("must be the first word, because it does not know the options that follow", function()
    run.fails(2, "simulate must be the first word", { "--debug", "simulate" })
  end)
end)
