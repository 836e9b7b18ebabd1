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

  describe("interrupted by Ctrl-C", function()
    local directory

    before_each(function() directory = shell.directory() end)
    after_each(function() shell.run("rm -r " .. directory) end)

    -- Runs a command whose SIGINT has the default action. Returns its exit status, and its standard error.
    local function run(command)
      local text = "env --default-signal=INT %s >%s/out 2>%s/err; echo $?"
      local _, output = shell.run(text:format(command, directory, directory))
      return tonumber(output), shell.must(("cat %s/err"):format(directory))
    end

    local function output() return shell.must(("cat %s/out"):format(directory)) end

    -- This Lua runs before the program. It sends SIGINT at the N-th line of Lua that runs, and after the
    -- banner. The main chunk of bin/twilio-simulator is left out: it only defines functions and calls xpcall.
    local INTERRUPT = [[
      local lines = %d
      local function interrupt() io.popen "kill -INT $PPID":close() end
      debug.sethook(function()
        local where = debug.getinfo(2, "S")
        if where.source:find "init.lua$" or where.what == "main" and where.source:find "bin/" then return end
        lines = lines - 1
        if lines > 0 then return end
        debug.sethook()
        interrupt()
      end, "l")
      local files = debug.getmetatable(io.stdout).__index
      local flush = files.flush
      function files.flush(file)
        local result = flush(file)
        if file == io.stdout then interrupt() end
        return result
      end
    ]]

    it("ends quietly at any moment, by the signal before the banner and with 0 after it", function()
      local lines, met = 1, {}
      repeat
        shell.write(directory .. "/init.lua", INTERRUPT:format(lines))
        local status, err = run(("LUA_INIT=@%s/init.lua %s bin/twilio-simulator"):format(directory, servers.interpreter))
        assert.equal("", err)
        local ready = output():find("Ctrl-C ends it", 1, true) ~= nil
        assert.equal(ready and 0 or 130, status, "at line " .. lines)
        met[status] = (met[status] or 0) + 1
        lines = math.ceil(lines * 1.5)
      until ready
      assert.is_true(met[130] > 10)
    end)

    it("ends quietly while it looks for a Lua with lua-http", function()
      shell.write(directory .. "/lua", "#!/bin/sh\nkill -INT $PPID $$\n")
      shell.must(("chmod +x %s/lua"):format(directory))
      assert.same({ 130, "" }, { run(("LUA=%s/lua bin/twilio-simulator"):format(directory)) })
      assert.equal("", output())
    end)
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
