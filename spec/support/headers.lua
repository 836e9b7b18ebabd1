-- Compiler and linker flags for the C code of specs. The code is built for the Lua that runs the
-- specs. As in the Makefile, these environment variables replace the values of pkg-config:
--
-- * LUA_INCDIR is the directory of Lua's headers.
-- * LUA_CFLAGS are the compiler flags.
-- * LUA_LIBS are the linker flags. Without LUA_LIBS, Lua's library is searched for in LUA_INCDIR,
--   as in a source tree, and in LUA_INCDIR/../lib, as after an installation.
local shell = require "spec.support.shell"

local headers = {}

local function pkg_config(what)
  local version = _VERSION:match "%d%.%d"
  local names = rawget(_G, "jit") and "luajit" or ("lua%s lua-%s lua%s lua"):format(version, version, (version:gsub("%.", "")))
  for name in names:gmatch "%S+" do
    local ok, flags = shell.run(("pkg-config %s %s"):format(what, name))
    if ok then return (flags:gsub("%s+$", "")) end
  end
  error("pkg-config does not know " .. _VERSION .. ": set LUA_INCDIR to the directory of its headers", 0)
end

-- Code that was compiled for another Lua would crash this one.
local function check(flags)
  local version = shell.must(("printf '#include <lua.h>\\nLUA_VERSION_NUM\\n' | ${CC:-cc} -E -P %s - | tail -n 1"):format(flags))
  local major, minor = _VERSION:match "(%d)%.(%d)"
  if version ~= major .. "0" .. minor .. "\n" then error(("%s has headers of another Lua than %s"):format(flags, _VERSION), 0) end
  return flags
end

function headers.cflags()
  local flags, directory = os.getenv "LUA_CFLAGS", os.getenv "LUA_INCDIR"
  if flags then return check(flags) end
  return check(directory and directory ~= "" and "-I" .. shell.quote(directory) or pkg_config "--cflags")
end

function headers.libs()
  local directory = os.getenv "LUA_INCDIR"
  if os.getenv "LUA_LIBS" then return os.getenv "LUA_LIBS" end
  if not directory or directory == "" then return pkg_config "--libs" end
  return ("-L%s -L%s -llua -lm -ldl"):format(shell.quote(directory), shell.quote(directory .. "/../lib"))
end

return headers
