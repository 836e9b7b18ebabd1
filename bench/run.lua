--- `make bench`: compares this library with libcurl alone, with hand-written Lua and with Twilio's
-- libraries, in one run. README.md describes the contestants and the tasks.
--
--   lua bench/run.lua LUA RESULTS     (from the top directory)
--
-- LUA is the interpreter that runs this library. RESULTS is the file for the page of results.

package.path = "bench/?.lua;" .. package.path
local site = require "site"
local report = require "report"

local lua, results = arg[1] or "lua5.4", arg[2] or "bench/RESULTS.md"
local programs = "build/bench"

local function quoted(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

-- ---- contestants ----

local function ours(interpreter)
  local name = interpreter:match("[^/]+$")
  return {
    name = "this library, " .. name,
    command = interpreter .. " bench/ours.lua",
    twiml = interpreter .. " bench/twiml.lua",
    together = interpreter .. " bench/together.lua",
    environment = "LUA_PATH='lua/?.lua;;' LUA_CPATH='build/" .. name .. "/?.so;;'",
    states = programs .. "/states-" .. name .. " %d twilio",
  }
end

-- Only Debian's own Python finds Debian's packages, so that Python is tried first.
local function python()
  for _, program in ipairs { "/usr/bin/python3", "python3" } do
    if site.shell(program .. " -c 'import twilio.rest'") then return program end
  end
  return "python3"
end

local floor = { name = "libcurl alone", command = programs .. "/floor" }
local here = ours(lua)
local jit = lua:find("jit", 1, true) and { name = "luajit", missing = true } or ours("luajit")
local hand = {
  name = "Lua by hand, lua5.1",
  command = "lua5.1 bench/by_hand.lua",
  environment = "",
  states = programs .. "/states-lua5.1 %d curl cjson",
}
local py = { name = "python", command = python() .. " bench/official.py", states = python() .. " bench/import.py %d", official = true,
  twiml = python() .. " bench/twiml.py" }
local node = {
  name = "node",
  command = "node bench/official.js",
  twiml = "node bench/twiml.js",
  environment = "NODE_PATH=" .. programs .. "/node_modules",
  trust = "TWILIO_CA_BUNDLE",
  store = "NODE_EXTRA_CA_CERTS", -- node does not use the system's trust store
  official = true,
}
local contestants = { floor, here, jit, hand, py, node }

-- ---- one measurement ----

local environment -- the environment variables of all contestants
local placed = "" -- the prefix of a command that chooses its CPU

-- Runs a command, and reads the "name value" lines that it prints. The command does not get the
-- user's environment, because a proxy or a trust store there would change the results.
local function run(command, extra, before)
  local errors = site.directory .. "/errors"
  local whole = ("env -i %s %s %s%s%s/measure %s </dev/null 2>%s"):format(environment, extra or "", placed, before or "", programs,
    command, errors)
  local pipe, values = assert(io.popen(whole, "r")), {}
  for line in pipe:lines() do
    local name, value = line:match("^(%S+)%s+(.+)$")
    if name then values[name] = tonumber(value) or value end
  end
  pipe:close()
  local file = assert(io.open(errors))
  values.errors = file:read("*a")
  file:close()
  return values
end

local function work(contestant, name, url, ca, count, before)
  local extra = contestant.environment or ""
  if contestant.trust and ca ~= "-" then extra = extra .. " " .. contestant.trust .. "=" .. ca end
  if contestant.store and before then extra = extra .. " " .. contestant.store .. "=" .. site.ca end
  return run(("%s %s %s %s %d"):format(contestant.command, name, url, ca, count), extra, before), extra
end

local heap -- the KiB of the Lua heap that the library keeps
local growth -- the bytes by which a GET makes the Lua heap grow

-- ---- rows ----

-- A row is a task that each contestant does once per round:
--   measure(contestant)        runs the contestant, and returns the values that it printed. nil: it
--                              does not take part
--   expect(contestant)         the value that it must have printed as "check"
--   value(contestant, values)  the figure of the row, in `unit`
--   place                      the CPUs of client and server, see site.place
--   rounds, official_rounds    the number of rounds, and of those with Twilio's libraries
--   cpu, peak                  adds a row for the CPU time or the peak memory of the process
local rows = {}

local function request_row(key, title, name, base, place)
  local counts = { [floor] = 5000, [here] = 5000, [jit] = 5000, [hand] = 5000, [py] = 400, [node] = 800 }
  rows[#rows + 1] = {
    key = key, title = title, unit = "µs", rounds = place == "shared" and 7 or 5, official_rounds = 5, place = place,
    measure = function(c)
      local values = work(c, name, site[base], base == "https" and site.ca or "-", counts[c])
      if c == here and key == "get_http" then growth = values.growth end
      return values
    end,
    expect = function(c) return counts[c] * (c == floor and site.one_bytes or site.one_check) end,
    value = function(c, values) return values.cpu / counts[c] * 1e6 end,
  }
end

-- Makes access tokens: no request is sent. Lua by hand has no HMAC.
local function token_row()
  local counts = { [floor] = 50000, [here] = 50000, [jit] = 50000, [py] = 10000, [node] = 1000 }
  rows[#rows + 1] = {
    key = "token", title = "make an access token with a voice grant", unit = "µs", rounds = 7, official_rounds = 5,
    measure = function(c) return counts[c] and work(c, "token", site.http, "-", counts[c]) end,
    expect = function(c) return counts[c] end,
    value = function(c, values) return values.cpu / counts[c] * 1e6 end,
  }
end

-- Places calls with 100 requests in flight, over HTTP/2. libcurl alone is together.c here.
local function together_row()
  local count = 5000
  rows[#rows + 1] = {
    key = "together", title = "create 5,000 calls over HTTP/2, 100 at a time, per call: CPU time of the process", unit = "µs", rounds = 5,
    place = "apart",
    measure = function(c)
      local program = c == floor and programs .. "/together" or c.together
      return program and run(("%s %s %s %d 100"):format(program, site.http2, site.ca, count), c.environment)
    end,
    expect = function() return count end,
    value = function(_, values) return values.process_cpu / count * 1e6 end,
  }
end

local function walk_row(key, title, name, sum, rounds, official_rounds)
  rows[#rows + 1] = {
    key = key, title = title, unit = "µs", rounds = rounds, official_rounds = official_rounds, peak = true, place = "apart",
    measure = function(c) return work(c, c == floor and "walk" or name, site.http, "-", site.pages) end,
    expect = function(c)
      if c == floor then return site.expected.bytes end
      return ("%d:%d"):format(site.pages * site.page_size, site.expected[sum])
    end,
    value = function(_, values) return values.cpu / (site.pages * site.page_size) * 1e6 end,
  }
end

local function process_row(key, title, name, ca, before)
  rows[#rows + 1] = {
    key = key, title = title, unit = "ms", rounds = 15, official_rounds = 3, cpu = true,
    measure = function(c)
      if before and not before() then return nil end
      return work(c, name, site.https, ca(c), 1, before and before())
    end,
    expect = name == "first" and function(c) return c == floor and site.one_bytes or site.one_check end or nil,
    value = function(_, values) return values.process_wall * 1e3 end,
  }
end

local function twiml_row()
  local counts = { [here] = 20000, [jit] = 20000, [py] = 4000, [node] = 4000 }
  local length = 1094 -- of a document; that of Python has a blank in each of its five empty tags
  rows[#rows + 1] = {
    key = "twiml", title = "a TwiML document with 20 verbs", unit = "µs", rounds = 7,
    measure = function(c) return c.twiml and run(c.twiml .. " " .. counts[c], c.environment) end,
    expect = function(c) return counts[c] * (length + (c == py and 5 or 0)) end,
    value = function(c, values) return values.cpu / counts[c] * 1e6 end,
  }
end

local function list_rows()
  request_row("get_http", "fetch one call, HTTP", "get", "http", "shared")
  request_row("get_https", "fetch one call, HTTPS", "get", "https", "shared")
  request_row("create_http", "create with 10 parameters, HTTP", "create", "http", "shared")
  request_row("create_https", "create with 10 parameters, HTTPS", "create", "https", "shared")
  request_row("get_apart", "fetch one call, HTTPS, server on another CPU", "get", "https", "apart")
  request_row("create_apart", "create with 10 parameters, HTTPS, server on another CPU", "create", "https", "apart")
  together_row()
  token_row()
  walk_row("walk", "walk 100,000 calls, three fields, per record", "walk", "three", 7, 2)
  walk_row("fields", "walk 100,000 calls, all fields, per record", "fields", "all", 3, 2)

  rows[#rows + 1] = {
    key = "busy", title = "walk 20 pages, 100 ms of pause and 50 ms of work per page: wall-clock time per page", unit = "ms", rounds = 3,
    measure = function(c)
      if c.official then return nil end
      return work(c, c == floor and "walk" or "busy", site.slow_url, "-", site.slow_pages)
    end,
    expect = function(c)
      if c == floor then return site.slow_expected.bytes end
      return ("%d:%d"):format(site.slow_pages * site.page_size, site.slow_expected.sids)
    end,
    value = function(_, values) return values.process_wall / site.slow_pages * 1e3 end,
  }

  twiml_row()
  local function ca_file() return site.ca end
  local function system(c) return c == floor and "directory" or "-" end
  process_row("ready", "process that creates a client", "ready", ca_file)
  process_row("first", "process that fetches one call over HTTPS, CA in a file", "first", ca_file)
  process_row("system", "process that fetches one call over HTTPS, the system's trust store", "first", system,
    function() return site.in_store end)

  local count = { [here] = 200, [jit] = 200, [hand] = 20, [py] = 1 }
  rows[#rows + 1] = {
    key = "states", title = "`require` in a new Lua state (python: `import` in a new process), CPU", unit = "ms", rounds = 5,
    measure = function(c)
      local values = c.states and run(c.states:format(count[c]), c.environment)
      if c == here and values then heap = values.heap end
      return values or nil
    end,
    expect = function(c) return count[c] end,
    value = function(c, values) return values.cpu / count[c] * 1e3 end,
  }
end

-- ---- rounds ----

local function median(list)
  table.sort(list)
  local middle = math.floor(#list / 2)
  return #list % 2 == 1 and list[middle + 1] or (list[middle] + list[middle + 1]) / 2
end

local function check(row, c, values)
  local expected = row.expect and row.expect(c)
  if not values.process_wall then error(c.name .. " did not run: " .. values.errors, 0) end
  if row.expect and values.check ~= expected then
    error(("%s, %s: the check is %s, %s was expected\n%s"):format(c.name, row.title, values.check, expected, values.errors), 0)
  end
  if not row.expect and values.errors ~= "" then error(c.name .. ": " .. values.errors, 0) end
end

-- In each round all contestants take turns. Each round begins with another contestant.
local function run_row(row)
  local samples = {}
  placed = site.place(row.place or "all")
  for round = 1, row.rounds do
    for turn = 1, #contestants do
      local c = contestants[(turn + round - 2) % #contestants + 1]
      local skipped = c.missing or c.official and round > (row.official_rounds or row.rounds)
      local values = not skipped and row.measure(c)
      if values then
        check(row, c, values)
        local s = samples[c] or { value = {}, cpu = {}, peak = {} }
        samples[c] = s
        s.value[#s.value + 1] = row.value(c, values)
        s.cpu[#s.cpu + 1] = values.process_cpu * 1e3
        s.peak[#s.peak + 1] = values.process_peak / 1024
      end
    end
  end
  row.result = {}
  for c, s in pairs(samples) do
    local middle = median(s.value) -- sorts
    row.result[c] = { value = middle, cpu = median(s.cpu), peak = median(s.peak), low = s.value[1], high = s.value[#s.value] }
  end
end

-- ---- further measurements ----

-- Measures libcurl alone with its default trust settings, which read the bundle and the directory.
-- In the row "system", libcurl alone uses only the directory.
local function run_default_trust()
  if not site.in_store then return nil end
  local list = {}
  for i = 1, 15 do
    local values = work(floor, "first", site.https, "-", 1, site.in_store)
    if values.check ~= site.one_bytes then error("libcurl alone, system trust: " .. values.errors, 0) end
    list[i] = values.process_wall * 1e3
  end
  return median(list)
end

-- Adds up a profile of callgrind by library: { ["libcurl.so"] = instructions, ... }. A name without the
-- version, "others" for code whose library is unknown.
local function by_library(profile)
  local _, text = site.shell("callgrind_annotate --threshold=100 --auto=no " .. profile)
  local sums = {}
  for count, place in text:gmatch "\n *([%d,]+) %([ %d.]+%%%) +([^\n]+)" do
    local library = place:match "%[[^%]]-([^/%]]+)%]$"
    library = library and (library:match "^.-%.so" or library) or place ~= "PROGRAM TOTALS" and place:find ":" and "others"
    if library then sums[library] = (sums[library] or 0) + tonumber((count:gsub(",", ""))) end
  end
  return sums
end

-- Returns the instructions of one request: the difference between runs of 1100 and of 100 requests,
-- divided by 1000. Also returns them by library.
local function instructions(c, name)
  local function profile(count)
    local file = site.directory .. "/profile"
    local command = ("valgrind --tool=callgrind --callgrind-out-file=%s %s"):format(file, c.command)
    local values = work({ command = command, environment = c.environment }, name, site.http, "-", count)
    return tonumber(values.errors:match("Collected : (%d+)")) or error("callgrind: " .. values.errors, 0), by_library(file)
  end
  local few, few_parts = profile(100)
  local many, parts = profile(1100)
  for library, count in pairs(parts) do parts[library] = (count - (few_parts[library] or 0)) / 1000 end
  return (many - few) / 1000, parts
end

local function run_instructions()
  if not site.shell("command -v valgrind") then return nil end
  local counted = {}
  placed = site.place("all")
  for _, c in ipairs { floor, here, hand } do
    if not c.missing then
      local counts = { parts = {} }
      for _, name in ipairs { "get", "create" } do counts[name], counts.parts[name] = instructions(c, name) end
      counted[c] = counts
    end
  end
  return counted
end

-- Measures the cost of retries and of a deadline when nothing fails. Sends GETs with and without
-- these options in turns. Also counts the instructions.
local function run_retry_cost()
  local samples, cost = { get_once = {}, get_deadline = {} }, {}
  placed = site.place("shared")
  for round = 1, 14 do
    local name = round % 2 == 1 and "get_once" or "get_deadline"
    local values = work(here, name, site.http, "-", 5000)
    if values.check ~= 5000 * site.one_check then error(name .. ": " .. values.errors, 0) end
    table.insert(samples[name], values.cpu / 5000 * 1e6)
  end
  for name, list in pairs(samples) do cost[name] = { cpu = median(list) } end
  if site.shell("command -v valgrind") then
    placed = site.place("all")
    for name in pairs(samples) do cost[name].instructions = instructions(here, name) end
  end
  return cost
end

-- Returns the size of the installed files in KiB. The module has no symbols.
local function installed()
  local root = site.directory .. "/installed"
  local install = ("make --no-print-directory LUA=%s DESTDIR=%s install && find %s -name '*.so' -exec strip {} +"):format(lua, root, root)
  if not site.shell(install) then return nil end
  local find = "find %s -type f ! -path '*/simulator*' ! -path '*/cli*' ! -path '*/testing*' ! -path '*/bin/*' -printf '%%s\n'"
  local bytes = tonumber((select(2, site.shell((find .. " | awk '{ n += $1 } END { print n }'"):format(root)))))
  if bytes == 0 then error("nothing was installed below " .. root, 0) end
  return bytes / 1024
end

-- The ways in which the server stalls: title, path, scheme. `run_late` measures how long after its
-- deadline a call then returns.
local stalls = {
  { "no response", "/stall" }, { "half a response", "/stall_body" }, { "no TLS handshake", "", "https" },
  { "a 503, and no response to the retry", "/busy_stall" },
}

local function run_late()
  local list = {}
  placed = site.place("all")
  for i, stall in ipairs(stalls) do
    local url = site.slow_url .. stall[2]
    if stall[3] then url = url:gsub("^http:", "https:") end
    local values = work(here, "late", url, "-", 30)
    if values.check ~= 30 then error("late, " .. stall[1] .. ": " .. values.errors, 0) end
    list[i] = { title = stall[1], median = values.late, worst = values.latest }
  end
  return list
end

local function unescape(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local form = {
  To = "+15558675310", From = "+15017122661", Url = "http://foo.com/call.xml", Method = "GET",
  StatusCallback = "http://foo.com/events?kind=call&of=bench", StatusCallbackMethod = "POST", Timeout = "25", Record = "true",
  MachineDetection = "Enable", CallerId = "+15017122661",
}

-- Checks that the contestant sends the credentials and exactly the ten parameters of `form`.
local function check_requests(c)
  site.requests()
  local values = work(c, "create", site.slow_url, "-", 1)
  local sent = site.requests()
  if values.check ~= (c == floor and site.one_bytes or 34) then error(c.name .. " did not create: " .. values.errors, 0) end
  if not sent:lower():find("\nauthorization: basic " .. site.basic:lower(), 1, true) then
    error(c.name .. " sends no credentials: " .. sent .. values.errors, 0)
  end
  local body, seen = sent:match("\r\n\r\n([^\r\n]*)"), 0
  for name, value in body:gmatch("([^&=]+)=([^&]*)") do
    value = unescape(value)
    if name == "Record" then value = value:lower() end -- Python says "True"
    if form[name] ~= value then error(("%s sends %s=%s"):format(c.name, name, value), 0) end
    seen = seen + 1
  end
  if seen ~= 10 then error(c.name .. " sends another form: " .. body, 0) end
end

-- Finds the contestants that cannot run on this machine. Their columns show "–". The library and
-- libcurl alone must run.
local function find_missing()
  for _, c in ipairs(contestants) do
    if not c.missing then
      local values = work(c, "ready", site.http, "-", 1)
      c.missing = not values.process_wall or values.errors ~= ""
      if c.missing and (c == floor or c == here) then error(c.name .. " does not run: " .. values.errors, 0) end
      if c.missing then io.stderr:write(c.name, " is left out: ", values.errors:match("[^\n]*"), "\n") end
    end
  end
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function main()
  io.stderr:write("bench: writing the responses, starting nginx\n")
  site.start(programs)
  local function of_user(name) return name .. "=" .. quoted(os.getenv(name) or "") end
  site.basic = select(2, site.shell(("printf %%s '%s:%s' | openssl base64 -A"):format(site.account_sid, site.auth_token)))
  environment = table.concat({
    of_user "PATH", of_user "HOME", "LC_ALL=C.UTF-8", "TWILIO_ACCOUNT_SID=" .. site.account_sid, "TWILIO_AUTH_TOKEN=" .. site.auth_token,
    "BENCH_CALL=" .. site.call_sid, "BENCH_BASIC=" .. quoted(site.basic),
  }, " ")
  find_missing()
  for _, c in ipairs(contestants) do if not c.missing then check_requests(c) end end
  list_rows()
  local load = report.load()
  for _, row in ipairs(rows) do
    io.stderr:write("bench: ", row.title, "\n")
    run_row(row)
  end
  io.stderr:write("bench: libcurl's own trust settings, instructions, retries, deadlines\n")
  local figures = {
    rows = rows, contestants = contestants, floor = floor, here = here, jit = jit, hand = hand, load = load, site = site, lua = lua,
    default_trust = run_default_trust(), instructions = run_instructions(), retry_cost = run_retry_cost(), late = run_late(),
    heap = heap, growth = growth, installed = installed(),
    python = python(), programs = programs,
  }
  local stem = results:gsub("%.md$", "")
  local text = report.make(figures, stem:match "[^/]*$")
  write(results, text)
  for _, picture in ipairs(report.charts(figures)) do write(("%s-%s.svg"):format(stem, picture[1]), picture[3]) end
  io.write(text)
end

local fine, problem = xpcall(main, function(message)
  return type(message) == "string" and message:find("^%S+:%d+:") and debug.traceback(message) or message
end)
site.stop()
if not fine then
  io.stderr:write("bench: ", tostring(problem), "\n")
  os.exit(1)
end
