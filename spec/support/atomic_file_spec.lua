local core = require "twilio.core"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

describe("an atomic file", function()
  local directory, path

  before_each(function()
    directory = shell.directory()
    path = directory .. "/calls.csv"
  end)
  after_each(function() shell.must("rm -rf " .. directory) end)

  local function content(name)
    local file = assert(io.open(name or path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
  end

  -- The names in the directory, also those that begin with a dot.
  local function names() return shell.lines(shell.must("ls -A " .. directory)) end

  local function mode(name) return (shell.must("stat -c %a " .. (name or path)):gsub("\n", "")) end

  local function save(text, name)
    local file = assert(core.atomic_file(name or path))
    assert.is_true(file:write(text))
    return file:commit()
  end

  -- Runs a program with the variable `path`, after commands of the shell. Returns its
  -- output. `as` begins the last command.
  local function run(program, before, as)
    local script = ('%s exec %s "$0" - < "$1"'):format(before or "", as or "")
    return support.run(("local path = %q\n"):format(path) .. program, nil, "sh -c " .. shell.quote(script) .. " ")
  end

  it("has the bytes of all writes, in order", function()
    local file = assert(core.atomic_file(path))
    local large = ("x"):rep(300000)
    for _, bytes in ipairs { "a\0b", "", large, "\r\n" } do assert.is_true(file:write(bytes)) end
    assert.is_true(file:commit())
    assert.is_true(content() == "a\0b" .. large .. "\r\n")
    assert.same({ "calls.csv" }, names())
  end)

  it("keeps the existing file until commit, and has another name until then", function()
    shell.write(path, "old")
    local file = assert(core.atomic_file(path))
    file:write "new"
    assert.equal("old", content())
    local all = names()
    assert.equal(2, #all)
    assert.matches("^%.twilio%-.*%.tmp$", all[1])
    assert.is_true(file:commit())
    assert.equal("new", content())
  end)

  it("is removed by abort, by a to-be-closed variable and by the garbage collector", function()
    shell.write(path, "old")
    local file = assert(core.atomic_file(path))
    file:write "new"
    file:abort()
    file:abort()
    assert.same({ "calls.csv" }, names())
    file = assert(core.atomic_file(path))
    debug.getmetatable(file).__close(file)
    assert.same({ "calls.csv" }, names())
    file = assert(core.atomic_file(path))
    assert.is_true(file:write "new")
    assert.equal(2, #names())
    file = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.same({ "calls.csv" }, names())
    assert.equal("old", content())
  end)

  it("raises for use after its end, and for an empty path or a path with a NUL byte", function()
    local file = assert(core.atomic_file(path))
    assert.is_true(file:commit())
    file:abort()
    assert.same({ "calls.csv" }, names())
    local ended = "the file has ended: it was committed or aborted, or a write failed"
    assert.equal(ended, (support.misuse(file.write, file, "x")))
    assert.equal(ended, (support.misuse(file.commit, file)))
    assert.equal("a twilio.atomic_file is expected, got table", (support.misuse(file.write, {}, "x")))
    assert.equal("the path of the file is empty", (support.misuse(core.atomic_file, "")))
    assert.equal("the path of the file contains a NUL byte", (support.misuse(core.atomic_file, "a\0b")))
  end)

  it("has the mode of the file that it replaces", function()
    for _, wanted in ipairs { "600", "640", "755" } do
      shell.write(path, "old")
      shell.must(("chmod %s %s"):format(wanted, path))
      assert.is_true(save "new")
      assert.equal(wanted, mode())
    end
  end)

  it("has the mode that the umask allows if it is new", function()
    for umask, wanted in pairs { ["022"] = "644", ["077"] = "600" } do
      os.remove(path)
      run("assert(require 'twilio.core'.atomic_file(path)):commit()", ("umask %s;"):format(umask))
      assert.equal(wanted, mode())
    end
  end)

  it("replaces the target of a symbolic link, and keeps the link", function()
    shell.write(directory .. "/target", "old")
    shell.must(("ln -s target %s"):format(path))
    assert.is_true(save "new")
    assert.equal("new", content(directory .. "/target"))
    shell.must("test -L " .. path)
  end)

  it("may have a relative path, and a path in another directory", function()
    -- The module is found by a relative path.
    local library = shell.must("readlink -f " .. shell.find_module "twilio.core"):gsub("\n", "")
    local printed = run(([[
      local core = assert(package.loadlib(%q, "luaopen_twilio_core"))()
      for _, name in ipairs { "plain.csv", "./dotted.csv", "../" .. path:match "([^/]+)/[^/]*$" .. "/above.csv" } do
        print(assert(core.atomic_file(name)):commit())
      end]]):format(library), ("cd %s;"):format(directory))
    assert.equal("true\ntrue\ntrue\n", printed)
    assert.same({ "above.csv", "dotted.csv", "plain.csv" }, names())
  end)

  it("returns nil and a reason for a directory, a device and a path that cannot exist", function()
    for name, reason in pairs {
      [directory] = "Is a directory", [directory .. "/"] = "Is a directory", ["/"] = "Is a directory",
      [directory .. "/none/x"] = "No such file or directory", [directory .. "/none/"] = "No such file or directory",
      ["/dev/null"] = "Not a regular file", [directory .. "/" .. ("x"):rep(300)] = "File name too long",
    } do
      local file, problem = core.atomic_file(name)
      assert.is_nil(file, name)
      assert.equal(reason, problem, name)
    end
    assert.same({}, names())
    assert.equal("No such file or directory", select(2, core.atomic_file(directory .. "/missing/")))
  end)

  it("reports a directory and a file that the user may not write", function()
    local user = shell.must "id -u":gsub("\n", "") == "0" and "setpriv --reuid 65534 --regid 65534 --clear-groups " or ""
    if user ~= "" and not shell.run(user .. "test -r lua/twilio.lua") then return pending "another user cannot read the module" end
    shell.must("chmod 555 " .. directory)
    assert.equal("nil\tPermission denied\n", run("print(require 'twilio.core'.atomic_file(path))", nil, user))
    shell.must("chmod 777 " .. directory)
    shell.write(path, "old")
    shell.must("chmod 444 " .. path)
    assert.equal("nil\tPermission denied\n", run("print(require 'twilio.core'.atomic_file(path))", nil, user))
    assert.equal("old", content())
  end)

  -- A write past the limit of a file's size fails like a write to a full disk.
  it("is removed when a write fails", function()
    shell.write(path, "old")
    local printed = run([[
      local file = assert(require "twilio.core".atomic_file(path))
      print(file:write(("x"):rep(4000)))
      print(file:write(("x"):rep(1000000)))
      print((pcall(file.commit, file)))]], "trap '' XFSZ; ulimit -f 16;")
    assert.equal("true\nnil\tFile too large\nfalse\n", printed)
    assert.equal("old", content())
    assert.same({ "calls.csv" }, names())
  end)

  it("reports a full disk", function()
    if not shell.run("mount -t tmpfs -o size=64k none " .. directory) then return pending "cannot mount" end
    shell.write(path, "old")
    local file = assert(core.atomic_file(path))
    local ok, reason = file:write(("x"):rep(100000))
    local left, kept = names(), content()
    shell.must("umount " .. directory)
    assert.is_nil(ok)
    assert.equal("No space left on device", reason)
    assert.same({ "calls.csv" }, left)
    assert.equal("old", kept)
  end)

  it("leaves the old file as it is when the process is killed", function()
    shell.write(path, "old")
    run [[
      local file = assert(require "twilio.core".atomic_file(path))
      file:write "new"
      os.execute "kill -9 $PPID"]]
    assert.equal("old", content())
    assert.equal(2, #names())
  end)

  it("is not removed by a forked child", function()
    local library = directory .. "/forking.so"
    shell.must("${CC:-cc} -std=c99 -D_GNU_SOURCE -shared -fPIC -o " .. library .. " spec/support/forking.c")
    local printed = run(([[
      local library = %q
      local fork, wait = package.loadlib(library, "forking_fork"), package.loadlib(library, "forking_wait")
      local file = assert(require "twilio.core".atomic_file(path))
      file:write "new"
      if fork(true) then
        file = nil
        collectgarbage()
        os.exit(0)
      end
      print(wait(true), file:commit())]]):format(library))
    assert.equal("true\ttrue\n", printed)
    assert.equal("new", content())
  end)

  it("reports a commit whose directory has been removed", function()
    local file = assert(core.atomic_file(path))
    shell.must("rm -r " .. directory)
    local ok, reason = file:commit()
    assert.is_nil(ok)
    assert.equal("No such file or directory", reason)
    shell.must("mkdir " .. directory)
  end)

  it("is closed on exec", function()
    local file = assert(core.atomic_file(path))
    local pipe = io.popen "ls -l /proc/self/fd"
    local open = pipe:read "*a"
    pipe:close()
    file:abort()
    assert.is_nil(open:find(directory, 1, true))
  end)
end)
