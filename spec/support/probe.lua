-- Builds spec/support/engine_probe.c, which exercises the engine without Lua, and runs it.
local shell = require "spec.support.shell"

local SOURCES = "spec/support/engine_probe.c src/engine.c src/handle.c src/watch.c src/process.c src/buffer.c"

-- Raises what the compiler or the probe says; `flags` choose a variant.
return function(flags)
  local directory = shell.directory()
  local built, output = shell.run(("${CC:-cc} -std=c99 -D_GNU_SOURCE -g %s -Isrc -o %s/probe %s -lcurl -lcrypto -lpthread -ldl")
    :format(flags, directory, SOURCES))
  if built then built, output = shell.run(directory .. "/probe") end
  shell.run("rm -rf " .. directory)
  if not built then error(output, 2) end
  return output
end
