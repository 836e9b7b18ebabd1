-- The driver of `make torture`: starves each scenario in each way, each in a process of its own.
--
--   SCENARIOS="download csv" MODES="c-once" STEP=10 lua5.4 spec/torture/run.lua
--
-- UNDER is a command that runs the process, such as valgrind. spec/torture/README.md has the details.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local known = require "spec.torture.known"

local MODES = { "lua-all", "lua-once", "c-all", "c-once", "files", "size", "full", "cold-c-once", "cold-c-all", "cold-files" }

local every, under = tonumber(os.getenv "STEP" or "") or 1, os.getenv "UNDER" or ""
local directory = shell.directory()
local fault = servers.fault { tls = true }

-- ---- the processes ----

local function variables(name, mode, first, stride)
  return {
    NAME = name, MODE = mode, FIRST = first, EVERY = stride,
    URL = fault.url, SECURE = fault:secure_url "good",
    HTTP2 = fault:secure_url "h2", AUTHORITY = fault.authority,
    DIRECTORY = directory .. (mode == "full" and "/small" or "/out"), SOURCE = directory .. "/source",
    LD_PRELOAD = directory .. "/failing_alloc.so", LUA_PATH = package.path, LUA_CPATH = package.cpath,
  }
end

-- Runs the child from n = `first` on. Returns its lines, and whether it came to the end.
local function run(name, mode, first, stride)
  local command = { "env" }
  for variable, value in pairs(variables(name, mode, first, stride)) do command[#command + 1] = shell.quote(variable .. "=" .. value) end
  command[#command + 1] = ("%s %s spec/torture/child.lua 2>&1 </dev/null; echo \"status $?\""):format(under, shell.interpreter())
  local pipe, lines = io.popen(table.concat(command, " ")), {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines, table.remove(lines) == "status 0"
end

-- ---- reports ----

-- Splits the lines of a child into what it says of each n: { n, text }. Returns also the fields of the line
-- "end", or nil, the last n, and how many n were starved. A crash loses the fields of its process.
local function read(lines)
  local faults, totals, n, starved, current = {}, nil, 0, 0, nil
  for _, line in ipairs(lines) do
    local at, wrong = line:match "^at (%d+)", line:match "^wrong %d+: (.*)"
    if at then
      n, starved, current = tonumber(at), starved + 1, nil
    elseif wrong then
      current = { n = n, text = wrong }
      faults[#faults + 1] = current
    elseif line:find "^end " then
      totals, current = {}, nil
      for key, value in line:gmatch "(%w+)=(%d+)" do totals[key] = tonumber(value) end
      totals.last = tonumber(line:match "^end (%d+)")
    elseif not line:find "^twilio: the log function failed: .*memory$" then -- a documented warning
      if not current then
        current = { n = n, text = "" }
        faults[#faults + 1] = current
      end
      local frame = line:match "^(%S-)%(" -- frames of the allocator and of Lua say nothing
      local is_boring = frame and (frame:find(shell.interpreter(), 1, true) or frame:find "alloc%.so$")
      if not is_boring then current.text = current.text .. "\n    " .. line end
    end
  end
  return faults, totals, n, starved
end

local function report(name, mode, fault_or_skip, n, text)
  print(("  %s %s %s, n = %d: %s"):format(fault_or_skip, name, mode, n, text))
end

-- Compares the requests that the server got with what the scenario was told. `sent` must be true.
local function check_sent(got, totals)
  if got >= totals.certain and got <= totals.certain + totals.possible then return nil end
  return ("the server got %d requests, although `sent` and the results say %d, and at most %d more"):format(got, totals.certain, totals.possible)
end

-- Starves one scenario in one way. Returns the number of faults.
local function torture(name, scenario, mode, stride)
  local first, runs, found, skipped, sum, is_cold = 1, 0, 0, 0, {}, mode:find "^cold"
  local before = fault:get("/_/stats").requests
  repeat
    local lines, is_complete = run(name, mode, first, stride)
    local faults, totals, n, starved = read(lines)
    runs = runs + starved
    if not is_complete and #faults == 0 then faults[1] = { n = n, text = "the process ended: " .. tostring(lines[#lines]) } end
    if totals and scenario.requests == 1 and first == 1 and not is_cold then
      local text = check_sent(fault:get("/_/stats").requests - before, totals)
      if text then faults[#faults + 1] = { n = n, text = text } end
    end
    for _, one in ipairs(faults) do
      local reason = known(mode, one.text)
      if reason then skipped = skipped + 1 else found = found + 1 end
      report(name, mode, reason and "skipped" or "FAULT", one.n, reason or one.text)
    end
    first = n + stride -- after a crash, and in the modes cold-*, the next process goes on
    for key, value in pairs(totals or {}) do sum[key] = (key ~= "last" and sum[key] or 0) + value end
  until totals and (not is_cold or totals.over) or n == 0 or found > 20
  print(("%-10s %-8s n to %s: %s starved, %s succeeded, %s raised, sent no %s, maybe %s, yes %s; %d skipped, %d faults"):format(name, mode,
    sum.last or "?", runs, sum.ok or "?", sum.raised or "?", sum.no or "?", sum.maybe or "?", sum.yes or "?",
    skipped, found))
  return found
end

shell.must(("${CC:-cc} -std=c99 -O1 -g -shared -fPIC -o %s/failing_alloc.so spec/support/failing_alloc.c -ldl"):format(directory))
shell.write(directory .. "/source", ("y"):rep(3000))
shell.must("mkdir " .. directory .. "/out " .. directory .. "/small")
local has_small = shell.run("mount -t tmpfs -o size=512k twilio-torture " .. directory .. "/small")

local function words(variable, default)
  local list = {}
  for word in (os.getenv(variable) or ""):gmatch "%S+" do list[#list + 1] = word end
  return #list > 0 and list or default
end

-- Returns the distance of two n. Descriptors are few: each n is tried.
local function stride_of(scenario, mode)
  if mode:find "files$" then return 1 end
  if mode == "size" then return every * scenario.bytes end
  if mode:find "^cold" then return every * scenario.cold end
  return every * (scenario.every or 1)
end

local function applies(scenario, mode)
  if mode == "full" and not has_small then return false end
  if mode == "size" or mode == "full" then return scenario.bytes ~= nil end
  if mode:find "^cold" then return scenario.cold ~= nil end
  return not scenario.only or mode:sub(1, 1) == scenario.only
end

local function run_all()
  local at = { url = fault.url, secure = fault.url, http2 = fault.url, directory = directory }
  local scenarios = require "spec.torture.scenarios"(at)
  local names, found = {}, 0
  for name in pairs(scenarios) do names[#names + 1] = name end
  table.sort(names)
  for name, scenario in pairs(require "spec.torture.selftest"(at)) do scenarios[name] = scenario end
  for _, name in ipairs(words("SCENARIOS", names)) do
    local scenario = scenarios[name] or error("there is no scenario " .. name, 0)
    for _, mode in ipairs(words("MODES", MODES)) do
      if applies(scenario, mode) then found = found + torture(name, scenario, mode, stride_of(scenario, mode)) end
    end
  end
  print(found == 0 and "torture: ok" or ("torture: %d faults"):format(found))
  return found
end

local ok, problem = pcall(run_all)
if has_small then shell.run("umount " .. directory .. "/small") end
fault:stop()
shell.run("rm -rf " .. directory)
if not ok then error(problem, 0) end
os.exit(problem == 0 and 0 or 1)
