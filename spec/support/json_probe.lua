-- Compiles src/text/json.c and the files that it needs with a small Lua module.
local headers = require "spec.support.headers"

local function run(command)
  local result = os.execute(command)
  return result == true or result == 0
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return (text:gsub("%s+$", ""))
end

--- Returns the module of spec/support/jsonprobe.c, compiled with these flags.
return function(flags)
  local directory = output("mktemp -d")
  local library = directory .. "/jsonprobe.so"
  local shared = output("uname -s") == "Darwin" and "-bundle -undefined dynamic_lookup" or "-shared"
  -- A preloaded sanitizer must not be loaded into the compiler.
  local compiler = "LD_PRELOAD= " .. (os.getenv("CC") or "cc") .. " -std=c99 -D_GNU_SOURCE -Isrc -fPIC"
  local sources = "spec/support/jsonprobe.c src/text/json.c src/text/json_mark.c src/text/integer.c src/support/userdata.c src/support/buffer.c"
  local command = table.concat({ compiler, os.getenv("CFLAGS") or "-O2", shared, flags, headers.cflags(), "-o", library, sources }, " ")
  local built = run(command)
  local open, message
  if built then open, message = package.loadlib(library, "luaopen_jsonprobe") end
  run("rm -r " .. directory)
  assert(built, command)
  return assert(open, message)()
end
