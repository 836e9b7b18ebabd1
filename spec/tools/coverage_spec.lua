-- tools/coverage_hook.c counts the lines that run, and tools/coverage.lua sums up what did not, and what of it has no
-- explanation: in a small tree with one C file and one Lua file.
local headers = require "spec.support.headers"
local shell = require "spec.support.shell"

-- The hook is built for Lua 5.4. gcov may be missing where another compiler builds the library.
local can_count = _VERSION == "Lua 5.4" and shell.has "gcov" and shell.has "luac5.4"
local describe_tree = can_count and describe or pending

local C = [[
static int twice(int n) {
  if (n > 1000) return -1;
  return 2 * n;
}
int never(void) { return 0; }
int main(int n, char **v) {
  (void)v;
  if (n > 1)
    return 3;
  return n == 0 ? 1 : twice(n) - 2;
}
]]
local LUA = [[
local a = {}
function a.run()
  a.n = 1
end
function a.never()
  a.n = 2
  a.n = 3
end
return a
]]

describe_tree("make coverage", function()
  local root, tools

  setup(function()
    root, tools = shell.directory(), shell.must("pwd"):gsub("\n", "") .. "/tools/"
    shell.must(("${CC:-cc} -std=c99 -D_GNU_SOURCE -shared -fPIC %s -o %s/coverage_hook.so %scoverage_hook.c -lpthread")
      :format(headers.cflags(), root, tools))
    shell.must(("cd %s && mkdir -p src/x objects/x programs/p lua/twilio out/lua"):format(root))
    shell.write(root .. "/src/x/a.c", C)
    shell.write(root .. "/lua/twilio/a.lua", LUA)
    shell.write(root .. "/main.lua", 'local a = require "twilio.a"\ncoroutine.wrap(function() a.run() end)()\nos.exit(0)\n')
    shell.must(("cd %s && gcc --coverage -c -o objects/x/a.o src/x/a.c && gcc --coverage -o a objects/x/a.o && ./a"):format(root))
    local init = ("package.loadlib('%s/coverage_hook.so', 'luaopen_coverage_hook')()"):format(root)
    shell.must(("cd %s && LUA_PATH='lua/?.lua' LUA_INIT=%s COVERAGE_OUT=out/lua %s main.lua")
      :format(root, shell.quote(init), shell.interpreter()))
  end)
  teardown(function() shell.run("rm -r " .. root) end)

  -- Sums up with these explanations, which are Lua text. Returns whether all is explained, what was printed after the
  -- sums, and the list of unexplained places.
  local function sum_up(explained)
    shell.write(root .. "/explained.lua", explained)
    local ok, printed = shell.run(("cd %s && LUA_INIT= lua5.4 %scoverage.lua out explained.lua objects programs"):format(root, tools))
    return ok, printed:gsub("^.-has the files\n", ""), shell.must("cat " .. root .. "/out/unexplained.txt")
  end

  local NEVER_C = '["never: int never"] = "for the linker"'
  local BRANCHES = '["main: if (n > 1)"] = "one argument", ["main: return n == 0"] = "one argument"'
  local NEVER_LUA = '["lua/twilio/a.lua"] = { ["a.n = 2\\n"] = "Untested: for later" }'
  local RULE = '{ pattern = "^twice: if %(n > %d+%)", why = "too large" }'

  it("counts the lines and branches of C and Lua that ran, also in coroutines", function()
    shell.write(root .. "/explained.lua", "return { rules = {}, texts = {} }")
    local _, printed = shell.run(("cd %s && lua5.4 %scoverage.lua out explained.lua objects programs"):format(root, tools))
    assert.matches("^C: 6 of 8 lines ran %(75.0 %%%)\nC: 3 of 6 branches were taken %(50.0 %%%)\nLua: 7 of 9 lines ran %(77.8 %%%)\n", printed)
    local summary = shell.must("cat " .. root .. "/out/summary.md")
    assert.matches("| src/x/a.c | 8 | 2 | 75.0 % | 6 | 3 | 50.0 % |\n", summary, 1, true)
    assert.matches("| lua/twilio/a.lua | 9 | 2 | 77.8 % |\n", summary, 1, true)
  end)

  it("fails for each uncovered place without an explanation: functions, branches, rows of lines of Lua", function()
    local ok, printed, unexplained = sum_up "return { rules = {}, texts = {} }"
    assert.is_false(ok)
    assert.equal("5 places are uncovered: 0 explained, of which 0 lack only a spec, and 5 unexplained, listed in out/unexplained.txt\n", printed)
    assert.equal([[
src/x/a.c:2: twice: if (n > 1000) return -1; (branch 0 of 2)
src/x/a.c:5: never: int never(void) { return 0; } (is never called)
src/x/a.c:8: main: if (n > 1) (branch 0 of 2)
src/x/a.c:10: main: return n == 0 ? 1 : twice(n) - 2; (branch 1 of 2)
lua/twilio/a.lua:6: a.n = 2 (did not run, until line 7)
]], unexplained)
  end)

  it("succeeds if all places are explained by the text of their line or by a rule", function()
    local ok, printed, unexplained = sum_up(("return { rules = { %s }, texts = { ['src/x/a.c'] = { %s, %s }, %s } }")
      :format(RULE, NEVER_C, BRANCHES, NEVER_LUA))
    assert.is_true(ok)
    assert.equal("5 places are uncovered: 5 explained, of which 1 lack only a spec, and 0 unexplained, listed in out/unexplained.txt\n", printed)
    assert.equal("", unexplained)
  end)

  it("reports the explanations of nothing", function()
    local ok, printed, unexplained = sum_up(("return { rules = { %s, { pattern = 'malloc', why = 'x' } }, texts = { ['src/x/a.c'] = { %s }, "
      .. "['src/x/b.c'] = { ['if (n > 1)'] = 'x' }, ['lua/twilio/a.lua'] = { ['a.n = 1'] = 'it runs', "
      .. "['return a'] = 'Timing: some runs' } } }"):format(RULE, NEVER_C))
    assert.is_false(ok)
    assert.equal([[
stale, explains nothing: lua/twilio/a.lua: a.n = 1
stale, explains nothing: rule: malloc
stale, explains nothing: src/x/b.c: if (n > 1)
5 places are uncovered: 2 explained, of which 0 lack only a spec, and 3 unexplained, listed in out/unexplained.txt
]], printed)
    assert.equal([[
src/x/a.c:8: main: if (n > 1) (branch 0 of 2)
src/x/a.c:10: main: return n == 0 ? 1 : twice(n) - 2; (branch 1 of 2)
lua/twilio/a.lua:6: a.n = 2 (did not run, until line 7)
]], unexplained)
  end)

  it("adds up the counts of all programs that were compiled with a source", function()
    shell.must(("cd %s && gcc --coverage -o more src/x/a.c -dumpdir programs/p/ && { ./more 1 2 || true; }"):format(root))
    local _, _, unexplained = sum_up "return { rules = {}, texts = {} }"
    shell.must(("rm -r %s/programs"):format(root))
    assert.is_nil(unexplained:find("main: if (n > 1)", 1, true))
    assert.is_truthy(unexplained:find("twice: if (n > 1000)", 1, true))
  end)
end)
