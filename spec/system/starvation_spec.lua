-- What `make torture` has found, and how it works. The driver (spec/torture/run.lua) preloads
-- spec/support/failing_alloc.c into processes of its own.
local shell = require "spec.support.shell"
local support = require "spec.support.client"

local problem = os.getenv "LD_PRELOAD" and "another library is preloaded (a sanitizer?)"
  or not shell.run "printf '#include <gnu/libc-version.h>' | ${CC:-cc} -E -" and "the allocator needs GNU libc and a compiler"

-- Starves a scenario in a mode, at every n. Returns the lines that name faults, and the last lines.
local function torture(scenario, mode)
  local ok, output = shell.run(("env LUA_PATH=%s LUA_CPATH=%s SCENARIOS=%s MODES=%s %s spec/torture/run.lua"):format(
    shell.quote(package.path), shell.quote(package.cpath), shell.quote(scenario), mode, shell.interpreter()))
  local faults = {}
  for line in output:gmatch "[^\n]+" do
    if line:find "FAULT" then faults[#faults + 1] = line end
  end
  return faults, ok and output:match "(%d+) starved, [^\n]*\ntorture: ok\n$" or output
end

local function assert_unharmed(scenario, mode, at_least)
  if problem then return pending(problem) end
  local faults, starved = torture(scenario, mode)
  assert.same({}, faults)
  assert.is_true((tonumber(starved) or 0) >= at_least, starved)
end

describe("without memory", function()
  it("a failed allocation of libcurl does not crash a later request", function()
    assert_unharmed("request", "c-once", 50)
  end)

  it("an HTTP/2 connection on which TLS could not write or read is not used again", function()
    assert_unharmed("http2", "c-all", 50)
  end)

  it("a download that cannot be resumed says so, and later requests work", function()
    assert_unharmed("chunks", "c-once", 50)
  end)

  it("an error response that cannot be read is not taken for that of a proxy", function()
    assert_unharmed("refused", "c-all", 50)
  end)

  it("a response of client:request that cannot be read is not taken for one without JSON", function()
    assert_unharmed("upload", "c-once", 50)
  end)

  it("a journal raises for lack of memory, not for a missing value", function()
    assert_unharmed("journal", "c-all", 8)
  end)

  it("a signature that cannot be computed leaves no error in libcrypto's queue", function()
    assert_unharmed("webhook", "c-once", 3)
  end)
end)

describe("the first signature of a process", function()
  local directory

  setup(function()
    directory = shell.directory()
    if not problem then shell.must("${CC:-cc} -std=c99 -O1 -shared -fPIC -o " .. directory .. "/alloc.so spec/support/failing_alloc.c -ldl") end
  end)
  teardown(function() shell.run("rm -r " .. directory) end)

  it("fails for lack of memory, and a later one does not", function()
    if problem then return pending(problem) end
    for n = 1, 15 do
      local output = support.run(([[
        local core, control = require "twilio.core", os.getenv
        core.sha256 "" -- initialises libcrypto
        control "alloc:of=c"
        control "alloc:fail=%d"
        pcall(core.hmac, "sha1", "key", "text")
        control "alloc:stop"
        print(#core.hmac("sha1", "key", "text"))
      ]]):format(n), { LD_PRELOAD = directory .. "/alloc.so" })
      assert.equal("20\n", output, "n = " .. n)
    end
  end)
end)

describe("without descriptors or disk space", function()
  it("a download returns an error of the kind file, and leaves no temporary file", function()
    assert_unharmed("download", "files", 3)
    assert_unharmed("download", "size", 20)
  end)
end)

describe("the driver of make torture", function()
  it("reports a wrong result, an unknown kind, a leak, a file that is left and wrong `sent`", function()
    if problem then return pending(problem) end
    local faults = torture("selftest", "c-once")
    local all = table.concat(faults, "\n")
    for _, text in ipairs { "a wrong result", "the kind unheard", "no message of one line", "1 files are left", "blocks of memory leak",
      "descriptors leak", "the next call fails: not now", "no clear message: nothing", "nonsense", "the server got" } do
      assert.is_truthy(all:find(text, 1, true), text .. " is missing in:\n" .. all)
    end
  end)

  it("goes on after a crash, and shows where it was", function()
    if problem then return pending(problem) end
    local faults = torture("crash", "c-once")
    assert.equal(1, #faults)
    assert.matches("FAULT crash c%-once, n = 2: ", faults[1])
  end)
end)
