-- What `make coverage` asks of specs that compile and run programs. Without `make coverage` it changes nothing.
local coverage = {}

local programs = os.getenv "COVERAGE_PROGRAMS" -- the directory of their counts

local FLAGS = "-fno-sanitize=all --coverage -O0 -DCURL_DISABLE_TYPECHECK -D_exit=coverage_exit $PWD/spec/support/coverage_exit.c -dumpdir %s/"

--- Returns the compiler flags and sources with which the C program of a source counts, or "". They follow the
-- other flags. Sanitizers are off, because they add branches. Each program has a directory of its own for its counts.
function coverage.flags(source)
  if not programs then return "" end
  local pipe = io.popen(("mktemp -d %s/%s.XXXXXX"):format(programs, source:match "([%w_]+)%.c$"))
  local directory = pipe:read "*l"
  pipe:close()
  return FLAGS:format(directory)
end

--- The environment variables with which a Lua program counts.
coverage.variables = programs and { "LUA_INIT", "COVERAGE_OUT" } or {}

--- Returns the output of a program without the complaints of processes that may not write their counts.
function coverage.output(text)
  return programs and text:gsub("profiling:[^\n]*\n", "") or text
end

return coverage
