-- tools/check_layers.lua finds each kind of violation in small trees of C sources, and none in
-- src/.
local shell = require "spec.support.shell"

local has_compiler = shell.has "cc" and shell.has "nm"
local describe_trees = has_compiler and describe or pending

describe_trees("the check of layers", function()
  local root

  before_each(function() root = shell.directory() end)
  after_each(function() shell.must("rm -rf " .. root) end)

  -- Writes the sources below ROOT/src, compiles each .c file, and runs the check.
  -- Returns whether the check passed, and what it printed.
  local function check(sources)
    for path, text in pairs(sources) do
      shell.must(("mkdir -p %s/src/%s %s/objects/%s"):format(root, path:match "^(.*/)" or "", root, path:match "^(.*/)" or ""))
      shell.write(root .. "/src/" .. path, text)
    end
    for path in pairs(sources) do
      if path:find "%.c$" then
        shell.must(("cc -std=c99 -I%s/src -c -o %s/objects/%s %s/src/%s"):format(root, root, path:gsub("%.c$", ".o"), root, path))
      end
    end
    return shell.run(("%s tools/check_layers.lua %s %s/objects"):format(shell.interpreter(), root, root))
  end

  local function finds(expected, sources)
    local ok, output = check(sources)
    assert.is_false(ok)
    assert.matches(expected, output, 1, true)
  end

  it("passes a tree with includes and calls to lower layers only", function()
    local ok, output = check {
      ["support/buffer.h"] = "int buffer_new(void);",
      ["support/buffer.c"] = '#include "support/buffer.h"\nint buffer_new(void) { return 1; }',
      ["call/retry.c"] = '#include "support/buffer.h"\nint retry(void) { return buffer_new(); }',
      ["module.c"] = "int retry(void);\nint module(void) { return retry(); }",
    }
    assert.is_true(ok, output)
    assert.matches("4 files in %d+ layers, no violation", output)
  end)

  it("finds an include of a higher layer", function()
    finds('support/buffer.c includes "call/retry.h" of a higher layer', {
      ["call/retry.h"] = "",
      ["support/buffer.c"] = '#include "call/retry.h"\nint buffer;',
    })
  end)

  it("finds an include that names no layer", function()
    finds('call/retry.c includes "retry.h", which names no layer', {
      ["call/retry.h"] = "",
      ["call/retry.c"] = '#include "retry.h"\nint retry;',
    })
  end)

  it("finds a file that is in no layer", function()
    finds("other/thing.c lies in no layer", { ["other/thing.c"] = "int thing;" })
  end)

  it("finds a Lua header in transport/, also if another header includes it", function()
    finds("transport/engine.c includes Lua", {
      ["support/lua.h"] = "",
      ["support/compat.h"] = '#include "support/lua.h"',
      ["transport/engine.c"] = '#include "support/compat.h"\nint engine;',
    })
  end)

  it("finds a call of a higher layer without an include", function()
    finds("support/buffer calls retry of call/retry, in a higher layer", {
      ["call/retry.c"] = "int retry(void) { return 1; }",
      ["support/buffer.c"] = "int retry(void);\nint buffer(void) { return retry(); }",
    })
  end)

  it("finds a cycle of includes within a layer", function()
    finds("cycle of includes: call/a -> call/b -> call/a", {
      ["call/a.h"] = '#ifndef A\n#define A\n#include "call/b.h"\n#endif',
      ["call/b.h"] = '#ifndef B\n#define B\n#include "call/a.h"\n#endif',
      ["call/a.c"] = '#include "call/a.h"\nint a;',
    })
  end)

  it("finds a cycle of calls within a layer", function()
    finds("cycle of calls: call/a -> call/b -> call/a", {
      ["call/a.c"] = "int b(void);\nint a(void) { return b(); }",
      ["call/b.c"] = "int a(void);\nint b(void) { return a(); }",
    })
  end)
end)
