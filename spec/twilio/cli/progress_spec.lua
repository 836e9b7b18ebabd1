local core = require "twilio.core"
local progress = require "twilio.cli.progress"

describe("twilio.cli.progress", function()
  it("makes a line of number, rate and time", function()
    assert.equal("1,234,567 records  617,283/s  2.0 s", progress.line("records", 1234567, 2))
    assert.equal("512 of 4,096 bytes  1,024/s  0.5 s", progress.line("bytes", 512, 0.5, 4096))
    assert.equal("0 records  0/s  0.0 s", progress.line("records", 0, 0))
    assert.equal("100 records  100/s  1.0 s", progress.line("records", 100, 1))
  end)

  describe("on a terminal", function()
    local terminal, now, stderr = core.terminal, core.now, io.stderr
    local written, time
    before_each(function()
      written, time = {}, 100
      core.terminal = function() return 80 end
      core.now = function() return time end
      io.stderr = { write = function(_, ...) written[#written + 1] = table.concat { ... } end } -- luacheck: ignore 122
    end)
    after_each(function() core.terminal, core.now, io.stderr = terminal, now, stderr end) -- luacheck: ignore 122

    it("rewrites its line at most ten times a second, and ends it", function()
      local update, finish = progress.new()
      time = 101
      update(50)
      time = 101.05
      update(60) -- too early
      time = 101.2
      update(70)
      time = 102
      finish(80)
      assert.same({ "\r50 records  50/s  1.0 s\27[K", "\r70 records  58/s  1.2 s\27[K", "\r80 records  40/s  2.0 s\27[K", "\n" }, written)
    end)

    it("ends the line of a failure without another number, and writes nothing if there was none", function()
      local update, finish = progress.new "bytes"
      finish()
      assert.same({}, written)
      time = 101
      update(5, 10)
      finish()
      assert.same({ "\r5 of 10 bytes  5/s  1.0 s\27[K", "\n" }, written)
    end)
  end)

  it("does nothing if the standard error is no terminal", function()
    local terminal, stderr = core.terminal, io.stderr
    finally(function() core.terminal, io.stderr = terminal, stderr end) -- luacheck: ignore 122
    core.terminal = function(file)
      assert.equal(io.stderr, file)
      return nil
    end
    io.stderr = { write = function() error "written" end } -- luacheck: ignore 122
    local update, finish = progress.new()
    update(1)
    finish(1)
  end)
end)
