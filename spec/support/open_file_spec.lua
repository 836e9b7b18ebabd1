local core = require "twilio.core"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

describe("core.terminal", function()
  local root
  setup(function() root = shell.directory() end)
  teardown(function() shell.must("rm -rf " .. root) end)

  it("returns the number of columns of a terminal", function()
    shell.write(root .. "/program.lua", "print('columns ' .. tostring(require('twilio.core').terminal(io.stdout)))")
    local output = shell.must(("LUA_CPATH=%s script -qc %s /dev/null"):format(shell.quote(package.cpath),
      shell.quote(("stty cols 97; %s %s/program.lua"):format(shell.interpreter(), root))))
    assert.matches("columns 97", output, 1, true)
  end)

  it("returns nil for a pipe and for a file", function()
    assert.equal("nil\n", support.run "print((require('twilio.core').terminal(io.stdout)))")
    local file = assert(io.open(root .. "/file", "w"))
    assert.is_nil(core.terminal(file))
    file:close()
  end)

  it("raises for a value that is not a file", function()
    assert.is_false((pcall(core.terminal, 1)))
  end)
end)

describe("core.is_private", function()
  it("is false as soon as the group or others have a permission", function()
    local path = os.tmpname()
    finally(function() os.remove(path) end)
    for mode, expected in pairs { ["600"] = true, ["400"] = true, ["640"] = false, ["604"] = false, ["660"] = false, ["602"] = false } do
      shell.must(("chmod %s %s"):format(mode, path))
      local file = assert(io.open(path, "r"))
      assert.equal(expected, core.is_private(file), mode)
      file:close()
    end
  end)

  it("is false for a file of another user", function()
    local file = assert(io.open("/proc/1/comm", "r"))
    finally(function() file:close() end)
    assert.is_false(core.is_private(file)) -- mode 0644
  end)
end)
