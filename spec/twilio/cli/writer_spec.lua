local core = require "twilio.core"
local shell = require "spec.support.shell"
local stopped = require "spec.support.stopped"
local writer = require "twilio.cli.writer"

describe("twilio.cli.writer", function()
  local directory
  before_each(function() directory = shell.directory() end)
  after_each(function() shell.must("rm -rf " .. directory) end)

  local function files() return shell.lines(shell.must("ls -A " .. directory)) end

  it("gives a file its name when it is complete", function()
    local out = writer.new(directory .. "/list")
    assert.is_nil(out.columns)
    out:write "a"
    out:flush()
    out:write "b"
    assert.not_same({ "list" }, files())
    out:finish()
    assert.same({ "list" }, files())
    assert.equal("ab", shell.must("cat " .. directory .. "/list"))
  end)

  it("removes an incomplete file, and keeps the one with its name", function()
    shell.write(directory .. "/list", "old")
    local out = writer.new(directory .. "/list")
    out:write "new"
    out:abort()
    assert.same({ "list" }, files())
    assert.equal("old", shell.must("cat " .. directory .. "/list"))
  end)

  it("completes the file of a function, and removes that of one which raises", function()
    writer.with(directory .. "/good", function(out) out:write "x" end)
    local problem = setmetatable({}, {})
    local ok, raised = pcall(writer.with, directory .. "/bad", function(out)
      out:write "x"
      error(problem, 0)
    end)
    assert.same({ false, true }, { ok, raised == problem })
    assert.same({ "good" }, files())
  end)

  it("says that a file cannot be written, before anything is sent", function()
    local called = false
    local message, _, code = stopped(writer.with, directory .. "/none/list", function() called = true end)
    assert.same({ 9, ("cannot write %s/none/list: No such file or directory"):format(directory), false }, { code, message, called })
  end)

  describe("on the standard output", function()
    local stdout, terminal, getenv = io.stdout, core.terminal, os.getenv
    local result, reason, columns, environment
    before_each(function()
      result, reason, columns, environment = true, nil, 100, {}
      io.stdout = { -- luacheck: ignore 122
        write = function() return result, reason end, flush = function() return result, reason end, setvbuf = function() end,
      }
      core.terminal = function() return columns end
      os.getenv = function(name) return environment[name] end -- luacheck: ignore 122
    end)
    after_each(function() io.stdout, core.terminal, os.getenv = stdout, terminal, getenv end) -- luacheck: ignore 122

    it("has the width of the terminal, or of COLUMNS", function()
      assert.equal(100, writer.new().columns)
      environment.COLUMNS = "60"
      assert.equal(60, writer.new().columns)
      environment.COLUMNS, columns = "x", 0 -- a terminal that does not tell its width
      assert.equal(80, writer.new().columns)
      columns = nil
      assert.is_nil(writer.new().columns)
    end)

    it("is bold on a terminal with colours only", function()
      assert.equal("\27[1mx\27[0m", writer.new():bold "x")
      environment.NO_COLOR = "1"
      assert.equal("x", writer.new():bold "x")
      environment.NO_COLOR, environment.TERM = "", "dumb"
      assert.equal("x", writer.new():bold "x")
      environment.TERM, columns = nil, nil
      assert.equal("x", writer.new():bold "x")
    end)

    it("ends quietly if its reader has closed it, and fails otherwise", function()
      local out = writer.new()
      result, reason = nil, "Broken pipe"
      for _, f in ipairs { function() out:write "x" end, function() out:finish() end, function() writer.line "x" end, writer.flush_output } do
        local ok, problem = pcall(f)
        assert.same({ false, { quiet = 141 } }, { ok, problem })
      end
      reason = "No space left on device"
      local message, _, code = stopped(out.write, out, "x")
      assert.same({ 9, "cannot write the standard output: No space left on device" }, { code, message })
    end)
  end)
end)
