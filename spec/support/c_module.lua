-- Compiles C code of the specs as a Lua module.
local coverage = require "spec.support.coverage"
local headers = require "spec.support.headers"
local shell = require "spec.support.shell"

--- Returns the module of spec/support/NAME.c, compiled with the sources and the flags.
return function(name, sources, flags)
  local directory = shell.directory()
  local library = directory .. "/" .. name .. ".so"
  local shared = shell.must("uname -s"):find "Darwin" and "-bundle -undefined dynamic_lookup" or "-shared"
  local compiler = (os.getenv "CC" or "cc") .. " -std=c99 -D_GNU_SOURCE -Isrc -fPIC"
  local built, output = shell.run(table.concat({
    compiler, os.getenv "CFLAGS" or "-O2", shared, headers.cflags(), "-o", shell.quote(library),
    "spec/support/" .. name .. ".c", sources, flags or "", coverage.flags(name .. ".c"),
  }, " "))
  local open, message
  if built then open, message = package.loadlib(library, "luaopen_" .. name) end
  shell.must("rm -r " .. shell.quote(directory))
  if not built then error(output, 2) end
  return assert(open, message)()
end
