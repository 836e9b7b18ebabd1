local core = require "twilio.core"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

describe("core.terminal", function()
  local root
  setup(function() root = shell.directory() end)
  teardown(function() shell.must("rm -rf " .. root) end)

  it("returns the number of columns of a terminal", function()
    shell.write(root .. "/program.lua", "print('columns ' .. tostring(require('twilio.core').terminal(io.stdout)))")
    local output = shell.must(("script -qc %s /dev/null"):format(
      shell.quote(("stty cols 97; %s %s/program.lua"):format(shell.interpreter_here(), root))))
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
    local path = os.tmpname()
    if shell.run(("chmod 600 %s && chown 65534 %s"):format(path, path)) then
      local other = assert(io.open(path, "r"))
      assert.is_false(core.is_private(other))
      other:close()
    end
    os.remove(path)
  end)
end)

describe("core.lock", function()
  local path
  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  it("locks a file against other open files of this process and of others, until it is closed", function()
    local first, second = assert(io.open(path, "a+")), assert(io.open(path, "a+"))
    local program = ("local ok, reason = require('twilio.core').lock(io.open(%q, 'a+')) print(ok, reason)"):format(path)
    assert.is_true(core.lock(first))
    local ok, reason = core.lock(second)
    assert.is_nil(ok)
    assert.is_string(reason)
    assert.matches("^nil\tResource temporarily unavailable", support.run(program))
    first:close()
    assert.equal("true\tnil\n", support.run(program))
    assert.is_true(core.lock(second))
    second:close()
  end)
end)

describe("core.sync", function()
  it("writes what was buffered", function()
    local path = os.tmpname()
    finally(function() os.remove(path) end)
    local file, reader = assert(io.open(path, "a+")), assert(io.open(path, "r"))
    file:write "line\n"
    assert.is_true(core.sync(file))
    assert.equal("line\n", reader:read "*a")
    file:close()
    reader:close()
  end)

  it("accepts a directory", function()
    local directory = assert(io.open("/tmp", "r"))
    assert.is_true(core.sync(directory))
    directory:close()
  end)

  it("returns nil and the reason if the disk is full", function()
    local full = io.open("/dev/full", "w")
    if not full then return pending "no /dev/full" end
    full:write "line\n"
    local ok, reason = core.sync(full)
    assert.is_nil(ok)
    assert.equal("No space left on device", reason)
    pcall(full.close, full)
  end)
end)

describe("core.truncate", function()
  it("cuts a file", function()
    local path = os.tmpname()
    finally(function() os.remove(path) end)
    local file = assert(io.open(path, "a+"))
    file:write "one\ntw"
    file:flush()
    assert.is_true(core.truncate(file, 4))
    file:write "two\n"
    file:close()
    local reader = assert(io.open(path))
    assert.equal("one\ntwo\n", reader:read "*a")
    reader:close()
  end)

end)

describe("a closed file", function()
  it("is refused by each function of files, and is not read", function()
    for _, name in ipairs { "is_private", "lock", "sync", "truncate" } do
      local file = assert(io.tmpfile())
      file:close()
      assert.same({ nil, "Bad file descriptor" }, { core[name](file, 0) })
    end
    local file = assert(io.tmpfile())
    file:close()
    assert.is_nil((core.terminal(file)))
  end)
end)
