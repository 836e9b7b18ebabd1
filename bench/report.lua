--- Writes the results of `make bench` as Markdown.

local report = {}

local chart = require "chart"
local shell = require("site").shell

function report.load()
  local file = io.open("/proc/loadavg")
  if not file then return nil end
  local load = file:read("*l"):match("^%S+")
  file:close()
  return load
end

local function number(n)
  if not n then return "–" end
  return (n >= 99.95 and "%.0f" or n >= 9.995 and "%.1f" or "%.2f"):format(n)
end

local function first_line(command)
  local _, text = shell(command)
  return text:match("[^\n]*")
end

-- Returns the part of the command's first line that matches, such as "Lua 5.4.4".
local function version(command, pattern)
  return first_line(command):match(pattern) or "unknown"
end

local function package(name)
  local fine, text = shell("dpkg-query -W -f='${Version}' " .. name)
  return fine and text or "unknown"
end

local function versions(run)
  local list = {
    "this library " .. version(run.lua .. [[ -e 'package.path="lua/?.lua;" package.cpath="build/]] .. run.lua:match("[^/]+$")
      .. [[/?.so;"; print(require("twilio").VERSION)']], "^[%w.%-]+"),
    version(run.lua .. " -v", "^(%S+ %S+)"), version("luajit -v", "^(%S+ %S+)"), version("lua5.1 -v", "^(%S+ %S+)"),
    version(run.programs .. "/floor version - - 0", "^(.*)"),
    version("PATH=$PATH:/usr/sbin nginx -v", "nginx/[%d.]+"),
  }
  for _, c in ipairs(run.contestants) do
    if c == run.hand and not c.missing then
      list[#list + 1] = "lua-curl " .. package("lua-curl") .. " with " .. version([[lua5.1 -e 'print(require("curl").version())']], "^(%S+ %S+)")
      list[#list + 1] = "lua-cjson " .. package("lua-cjson")
    elseif c.name == "python" and not c.missing then
      list[#list + 1] = version(run.python .. " --version", "^(%S+ %S+)") .. " with twilio "
        .. version(run.python .. " -c 'import twilio; print(twilio.__version__)'", "^[%d.]+")
    elseif c.name == "node" and not c.missing then
      list[#list + 1] = "node " .. version("node --version", "v([%d.]+)") .. " with twilio "
        .. version("NODE_PATH=" .. run.programs .. "/node_modules node -p 'require(\"twilio/package.json\").version'", "^[%d.]+")
    end
  end
  return table.concat(list, ", ")
end

local function add_row(out, cells)
  out[#out + 1] = "| " .. table.concat(cells, " | ") .. " |"
end

local function ratio(a, b)
  if not a or not b then return "–" end
  return ("%.2f"):format(a / b)
end

local function row_cells(run, row, pick, unit, title)
  local cells = { title or row.title, unit or row.unit }
  local values = {}
  for _, c in ipairs(run.contestants) do
    local result = row.result[c]
    values[c] = result and pick(result)
    cells[#cells + 1] = number(values[c])
  end
  cells[#cells + 1] = ratio(values[run.here], values[run.floor])
  cells[#cells + 1] = ratio(values[run.here], values[run.hand])
  return cells
end

local function add_table(run, out)
  local head, line = { "task", "unit" }, { "---", "---" }
  for _, c in ipairs(run.contestants) do
    head[#head + 1], line[#line + 1] = c.name, "--:"
  end
  for _, text in ipairs { "÷ libcurl alone", "÷ by hand" } do
    head[#head + 1], line[#line + 1] = text, "--:"
  end
  add_row(out, head)
  add_row(out, line)
  for _, row in ipairs(run.rows) do
    add_row(out, row_cells(run, row, function(r) return r.value end))
    if row.cpu then add_row(out, row_cells(run, row, function(r) return r.cpu end, "ms", "– CPU time of this process")) end
    if row.peak then add_row(out, row_cells(run, row, function(r) return r.peak end, "MiB", "– peak memory of the process")) end
  end
end

-- ---- targets ----

local function targets(run)
  local by_key = {}
  for _, row in ipairs(run.rows) do by_key[row.key] = row end
  local function value(key, c)
    local result = by_key[key].result[c]
    return result and result.value
  end
  local function against(key, other)
    local a, b = value(key, run.here), value(key, other)
    return a and b and a / b
  end
  local once, guarded = run.retry_cost.get_once, run.retry_cost.get_deadline
  local worst = 0
  for _, stall in ipairs(run.late) do worst = math.max(worst, stall.worst) end
  return {
    { "GET, HTTPS", "≤ 1.15 × libcurl alone", against("get_https", run.floor), 1.15 },
    { "POST with 10 parameters, HTTPS", "≤ 1.15 × libcurl alone", against("create_https", run.floor), 1.15 },
    { "creates over HTTP/2, 100 at a time", "≤ 1.15 × libcurl alone", against("together", run.floor), 1.15 },
    { "walk, three fields, per record", "≤ 3 × libcurl alone, which only receives", against("walk", run.floor), 3 },
    { "walk, peak memory of the process", "≤ 16 MiB", by_key.walk.result[run.here].peak, 16,
      (" (libcurl alone %s)"):format(number(by_key.walk.result[run.floor].peak)) },
    { "walk with 100 ms of pause and 50 ms of work per page", "≤ 1.1 × libcurl alone", against("busy", run.floor), 1.1 },
    { "process that creates a client", "≤ 1.2 × libcurl alone", against("ready", run.floor), 1.2 },
    { "process that fetches one call over HTTPS, the system's trust store", "≤ 1.2 × libcurl alone", against("system", run.floor), 1.2 },
    { "a TwiML document with 20 verbs", "≤ 25 µs", value("twiml", run.here), 25 },
    { "an access token with a voice grant", "≤ 10 µs", value("token", run.here), 10 },
    { "`require` in a new Lua state, libcurl already loaded", "≤ 0.25 ms of CPU", value("states", run.here), 0.25 },
    { "Lua heap that the library keeps after `require`", "≤ 60 KiB", run.heap, 60 },
    { "growth of the Lua heap by a GET", "< 1 byte", run.growth, 0.99 },
    { "size of the library's files, without simulator, command line, double and symbols", "≤ 860 KiB", run.installed, 860 },
    { "GET with retries and a deadline, nothing fails", "≤ 1.05 × the instructions without these options",
      once.instructions and guarded.instructions / once.instructions, 1.05, (" (CPU %s)"):format(ratio(guarded.cpu, once.cpu)) },
    { "delay of a stalled call after its deadline", "≤ 50 ms, longest", worst, 50 },
  }
end

local function add_targets(run, out)
  add_row(out, { "task", "target", "measured", "result" })
  add_row(out, { "---", "---", "--:", "---" })
  for _, target in ipairs(targets(run)) do
    local measured, limit = target[3], target[4]
    add_row(out, { target[1], target[2], measured and ("%.2f"):format(measured) .. (target[5] or "") or "–",
      not measured and "not measured here" or measured <= limit and "met" or "**not met**" })
  end
end

local function add_instructions(run, out)
  if not run.instructions then return end
  out[#out + 1] = "\n## Instructions of one HTTP request, without the kernel (callgrind)\n"
  add_row(out, { "task", "libcurl alone", run.here.name, run.hand.name, "÷ libcurl alone", "÷ by hand" })
  add_row(out, { "---", "--:", "--:", "--:", "--:", "--:" })
  for _, each in ipairs { { "get", "fetch one call" }, { "create", "create with 10 parameters" } } do
    local function of(c) return run.instructions[c] and run.instructions[c][each[1]] end
    local function count(n) return n and ("%.0f"):format(n) or "–" end
    add_row(out, { each[2], count(of(run.floor)), count(of(run.here)), count(of(run.hand)), ratio(of(run.here), of(run.floor)),
      ratio(of(run.here), of(run.hand)) })
  end
end

-- Shows which libraries a request spends its instructions in.
local function add_profile(run, out)
  if not run.instructions then return end
  out[#out + 1] = "\nWhere these instructions are, for libcurl alone and for " .. run.here.name .. ":\n"
  add_row(out, { "library", "fetch: libcurl alone", "fetch", "create: libcurl alone", "create" })
  add_row(out, { "---", "--:", "--:", "--:", "--:" })
  local floor, here = run.instructions[run.floor].parts, run.instructions[run.here].parts
  local names = {}
  for name, count in pairs(here.get) do if count >= 1000 then names[#names + 1] = name end end
  table.sort(names, function(a, b) return here.get[a] > here.get[b] end)
  for _, name in ipairs(names) do
    local function count(parts) return ("%.0f"):format(parts[name] or 0) end
    add_row(out, { name == "core.so" and "this library's core" or name, count(floor.get), count(here.get), count(floor.create),
      count(here.create) })
  end
end

local function add_retries(run, out)
  out[#out + 1] = "\n## Retries and deadlines, " .. run.here.name .. "\n"
  add_row(out, { "fetch one call, HTTP, nothing fails", "CPU, µs", "instructions" })
  add_row(out, { "---", "--:", "--:" })
  for _, each in ipairs { { "retries = 0", "get_once" }, { "retries = 3, deadline = 30", "get_deadline" } } do
    local cost = run.retry_cost[each[2]]
    add_row(out, { each[1], number(cost.cpu), cost.instructions and ("%.0f"):format(cost.instructions) or "–" })
  end
  out[#out + 1] = ""
  add_row(out, { "deadline of 100 ms; the server sends", "delay in ms, median", "delay in ms, longest of 30" })
  add_row(out, { "---", "--:", "--:" })
  for _, stall in ipairs(run.late) do add_row(out, { stall.title, ("%.2f"):format(stall.median), ("%.2f"):format(stall.worst) }) end
end

-- Shows how much the rounds differ. A difference between two ratios that is smaller than this range
-- means nothing.
local function add_spread(run, out)
  out[#out + 1] = "\n## Lowest and highest round\n"
  add_row(out, { "task", "unit", "libcurl alone", run.here.name, run.hand.name })
  add_row(out, { "---", "---", "--:", "--:", "--:" })
  for _, row in ipairs(run.rows) do
    local function range(c)
      local result = row.result[c]
      return result and number(result.low) .. " – " .. number(result.high) or "–"
    end
    add_row(out, { row.title, row.unit, range(run.floor), range(run.here), range(run.hand) })
  end
end

-- ---- pictures ----

local function kind(run, c) return c == run.floor and "floor" or (c == run.here or c == run.jit) and "ours" or nil end

-- Returns the bars of the contestants that have the value. `pick` returns the value, and the lowest and
-- the highest value of the rounds.
local function bars(run, results, pick)
  local list = {}
  for _, c in ipairs(run.contestants) do
    if results[c] then
      local value, low, high = pick(results[c])
      if value then list[#list + 1] = { name = c.name, value = value, low = low, high = high, kind = kind(run, c) } end
    end
  end
  return list
end

local function medians_chart(run)
  local groups = {}
  local function add(title, unit, row, pick) groups[#groups + 1] = { title = title, unit = unit, bars = bars(run, row.result, pick) } end
  for _, row in ipairs(run.rows) do
    add(row.title, row.unit, row, function(r) return r.value, r.low, r.high end)
    if row.peak then add(row.title .. ": peak memory of the process", "MiB", row, function(r) return r.peak end) end
  end
  return chart.bars("make bench: medians", "Shorter is better. The line on a bar reaches from the lowest to the highest round.", groups)
end

local function instructions_chart(run)
  local groups = {}
  for _, each in ipairs { { "get", "fetch one call" }, { "create", "create with 10 parameters" } } do
    groups[#groups + 1] = { title = each[2], unit = "", bars = bars(run, run.instructions, function(counts) return counts[each[1]] end) }
  end
  return chart.bars("make bench: instructions of one HTTP request", "Shorter is better. Without the kernel.", groups)
end

local function deadlines_chart(run)
  local list = {}
  for i, stall in ipairs(run.late) do
    list[i] = { name = stall.title, value = stall.median, low = stall.median, high = stall.worst, kind = "ours" }
  end
  local group = { title = "A deadline of 100 ms. The server sends:", unit = "ms", bars = list }
  local title, note = "make bench: delay of a stalled call after its deadline", "Medians of 30 calls. The line reaches to the longest delay."
  return chart.bars(title, note, { group })
end

--- Returns the pictures of the page: arrays of a name, a description and the SVG.
function report.charts(run)
  local list = { { "medians", "Medians of all contestants, as bars", medians_chart(run) } }
  if run.instructions then list[#list + 1] = { "instructions", "Instructions of one request, as bars", instructions_chart(run) } end
  list[#list + 1] = { "deadlines", "Delays after a deadline, as bars", deadlines_chart(run) }
  return list
end

--- Returns the whole page. `pictures` is the name of the files of its pictures, without "-NAME.svg".
function report.make(run, pictures)
  local out = {
    "# Results of `make bench`\n",
    ("%s, %s cores, load %s before and %s after. `make bench` writes this page. README.md describes the tasks.\n"):format(
      os.date("!%Y-%m-%d"), first_line("nproc"), run.load or "unknown", report.load() or "unknown"),
    versions(run) .. ".\n",
    "## Targets\n",
  }
  add_targets(run, out)
  out[#out + 1] = "\n## Medians\n\nThe figures are CPU time (user and system) of the contestant's process, unless the row says otherwise. "
    .. "Rows that begin with \"process\" are the wall-clock time of a whole process, from its start to its end. The last two columns are "
    .. "ratios of " .. run.here.name .. ".\n"
  add_table(run, out)
  if run.default_trust then
    out[#out + 1] = ("\nIn the row of the system's trust store, libcurl alone uses only the hashed directory. With libcurl's default settings, "
      .. "which also read the bundle, it takes %s ms. node uses its own store with our CA instead."):format(number(run.default_trust))
  else
    out[#out + 1] = "\nThe row of the system's trust store is empty, because the store could not be replaced on this machine (see README.md)."
  end
  add_instructions(run, out)
  add_profile(run, out)
  add_retries(run, out)
  add_spread(run, out)
  out[#out + 1] = "\n## Pictures\n"
  for _, picture in ipairs(report.charts(run)) do out[#out + 1] = ("![%s](%s-%s.svg)\n"):format(picture[2], pictures, picture[1]) end
  return table.concat(out, "\n") .. "\n"
end

return report
