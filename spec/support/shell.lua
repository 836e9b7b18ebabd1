-- Runs other programs for specs: make, luarocks, a second Lua.
local coverage = require "spec.support.coverage"

local shell = {}

function shell.quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

-- Removes environment variables that are set for the run of the specs.
local clean = coverage.variables[1] and "env" or "env -u LUA_INIT"
for name in ("LD_PRELOAD LUA_PATH LUA_CPATH LUA_PATH_5_4 LUA_CPATH_5_4 MAKEFLAGS MFLAGS MAKELEVEL GC SAN"):gmatch "%S+" do
  clean = clean .. " -u " .. name
end

-- Runs a command line in a clean environment. Returns whether it succeeded, and its output,
-- standard output and standard error.
function shell.run(command)
  local pipe = assert(io.popen(("{ %s sh -c %s; } 2>&1 </dev/null; echo \"status $?\""):format(clean, shell.quote(command))))
  local output, status = pipe:read("*a"):match "^(.*)status (%d+)\n$"
  pipe:close()
  return status == "0", coverage.output(output)
end

-- Runs a command line as shell.run does. Raises an error if the command fails.
function shell.must(command)
  local ok, output = shell.run(command)
  if not ok then error(command .. "\n" .. output, 2) end
  return output
end

function shell.has(program)
  return (shell.run("command -v " .. program))
end

-- Creates a temporary directory. Its path has no symbolic links.
function shell.directory()
  return (shell.must 'cd "$(mktemp -d)" && pwd -P':gsub("\n", ""))
end

-- Returns the path of the Lua interpreter that runs this spec.
function shell.interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

-- Returns the beginning of a command line that runs a program with this interpreter and the module
-- paths of this process. Keeps what LD_PRELOAD adds to this process, which the sanitizers need.
function shell.interpreter_here()
  return ("LD_PRELOAD=%s LUA_PATH=%s LUA_CPATH=%s %s"):format(shell.quote(os.getenv "LD_PRELOAD" or ""), shell.quote(package.path),
    shell.quote(package.cpath), shell.interpreter())
end

function shell.write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- Returns the file from which this Lua loads a C module.
function shell.find_module(name)
  for template in package.cpath:gmatch "[^;]+" do
    local path = template:gsub("%?", (name:gsub("%.", "/")))
    local file = io.open(path, "rb")
    if file then
      file:close()
      return path
    end
  end
  error("no module " .. name .. " in " .. package.cpath, 2)
end

-- Returns the sorted lines of a text, without empty lines.
function shell.lines(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  table.sort(lines)
  return lines
end

-- Returns the exported symbols of a shared library.
function shell.exports(path)
  local names = {}
  for line in shell.must("nm -D --defined-only " .. shell.quote(path)):gmatch "[^\n]+" do
    local name = line:match "(%S+)$"
    if not name:find "^__odr_asan" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

return shell
