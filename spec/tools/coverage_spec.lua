-- tools/coverage_hook.lua counts the lines that run, and tools/coverage.lua sums up what did not: in a small
-- tree with one C file and one Lua file.
local shell = require "spec.support.shell"

describe("make coverage", function()
  local root, tools

  setup(function()
    root, tools = shell.directory(), shell.must("pwd"):gsub("\n", "") .. "/tools/"
    shell.must(("cd %s && mkdir -p src/x objects/x lua/twilio build/coverage/lua"):format(root))
    shell.write(root .. "/src/x/a.c", "int main(int n, char **v) {\n  (void)v;\n if (n > 1)\n  return 3;\n  return 0;\n}\n")
    shell.write(root .. "/lua/twilio/a.lua", "local a = {}\nfunction a.run()\n  a.n = 1\nend\nfunction a.never()\n  a.n = 2\nend\nreturn a\n")
    shell.write(root .. "/main.lua", 'local a = require "twilio.a"\ncoroutine.wrap(function() a.run() end)()\n')
    shell.must(("cd %s && ${CC:-cc} --coverage -c -o objects/x/a.o src/x/a.c && ${CC:-cc} --coverage -o a objects/x/a.o && ./a"):format(root))
    local hook = ("LUA_PATH='lua/?.lua' LUA_INIT=@%scoverage_hook.lua COVERAGE_OUT=build/coverage/lua"):format(tools)
    shell.must(("cd %s && env %s lua5.4 main.lua"):format(root, hook))
  end)
  teardown(function() shell.run("rm -r " .. root) end)

  it("lists the lines and branches that did not run, in C and in Lua, also in coroutines", function()
    local printed = shell.must(("cd %s && lua5.4 %scoverage.lua objects build/coverage"):format(root, tools))
    assert.equal("C: 3 of 4 lines ran (75.0 %)\nC: 1 of 2 branches were taken (50.0 %)\nLua: 7 of 8 lines ran (87.5 %)\n"
      .. "build/coverage/summary.md has the files\n", printed)
    local summary = shell.must("cat " .. root .. "/build/coverage/summary.md")
    assert.matches("| src/x/a.c | 4 | 1 | 75.0 % | 2 | 1 | 50.0 % |\n", summary, 1, true)
    assert.matches("| lua/twilio/a.lua | 8 | 1 | 87.5 % |\n", summary, 1, true)
    assert.equal("lua/twilio/a.lua: 6\n", shell.must("cat " .. root .. "/build/coverage/lua.txt"))
  end)
end)
