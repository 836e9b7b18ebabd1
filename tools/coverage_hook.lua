-- Counts the lines of lua/ that run, for `make coverage`. Loaded through LUA_INIT. Writes their numbers to a
-- file of the process in the directory of COVERAGE_OUT when the Lua state is closed.
local directory = os.getenv "COVERAGE_OUT"
if not directory then return end

local seen, names = {}, {}

-- A hook belongs to a coroutine. Each new coroutine gets it too.
local function hook(_, line)
  local source = debug.getinfo(2, "S").source
  local name = names[source]
  if name == nil then
    name = source:match "^@%.?/?(lua/twilio.*%.lua)$" or false
    names[source] = name
    if name then seen[name] = seen[name] or {} end
  end
  if name then seen[name][line] = true end
end

local create = coroutine.create
-- luacheck: push ignore 122
function coroutine.create(f)
  local thread = create(f)
  debug.sethook(thread, hook, "l")
  return thread
end

local function finish(ok, ...)
  if not ok then error(..., 0) end
  return ...
end

function coroutine.wrap(f)
  local thread = coroutine.create(f)
  return function(...) return finish(coroutine.resume(thread, ...)) end
end

-- luacheck: pop

local function write()
  debug.sethook()
  local file = assert(io.open(("%s/%s.%x"):format(directory, os.tmpname():match "[^/]*$", os.time()), "w"))
  for name, lines in pairs(seen) do
    for line in pairs(lines) do file:write(name, ":", line, "\n") end
  end
  file:close()
end

debug.getregistry()[write] = setmetatable({}, { __gc = write })
debug.sethook(hook, "l")
