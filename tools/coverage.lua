-- Writes the summary of `make coverage`: lua5.4 tools/coverage.lua OBJECTS OUT
--
-- OBJECTS is the directory with the objects and counters of gcc --coverage, OUT/lua the directory with the
-- lines that tools/coverage_hook.lua has counted. Writes OUT/c/*.gcov (the sources with counts), OUT/lua.txt, which has the numbers of
-- the lines that did not run, and OUT/summary.md. Files with the most such lines come first.
local objects, out = arg[1], arg[2]

local function lines_of(command)
  local pipe, list = assert(io.popen(command)), {}
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local function percent(part, whole)
  return whole == 0 and "" or ("%.1f %%"):format(100 * part / whole)
end

-- ---- C ----

-- Returns { name, lines, missed, branches, untaken } of a source, from what gcov prints about it.
local function c_file(source)
  local directory = objects .. "/" .. source:match "^src/(.*)/[^/]*$"
  local gcov = ("gcov -b -c -o %s %s 2>/dev/null "):format(directory, source)
  os.execute(("%s -t >%s/c/%s.gcov"):format(gcov, out, source:match "^src/(.*)%.c$":gsub("/", "_")))
  local found, here = { name = source, lines = 0, missed = 0, branches = 0, untaken = 0 }, false
  for _, line in ipairs(lines_of(gcov .. "-n")) do
    local name = line:match "^File '(.*)'"
    if name then here = name:sub(-#source) == source end
    local share, total = line:match "^Lines executed:([%d.]+)%% of (%d+)"
    if here and share then found.lines, found.missed = tonumber(total), math.floor(total * (100 - share) / 100 + 0.5) end
    share, total = line:match "^Taken at least once:([%d.]+)%% of (%d+)"
    if here and share then found.branches, found.untaken = tonumber(total), math.floor(total * (100 - share) / 100 + 0.5) end
  end
  return found
end

-- ---- Lua ----

local function seen_lines()
  local seen = {}
  for _, path in ipairs(lines_of("find " .. out .. "/lua -type f")) do
    for line in io.lines(path) do seen[line] = true end
  end
  return seen
end

-- Returns the fields of a Lua file, and the numbers of its lines that did not run. luac lists the lines that have code.
local function lua_file(path, seen)
  local found, missing, known = { name = path, lines = 0, missed = 0 }, {}, {}
  for _, text in ipairs(lines_of("luac5.4 -p -l " .. path)) do
    local line, code = text:match "^%s+%d+%s+%[(%d+)%]%s+(%S+)"
    if line and not known[line] and code ~= "VARARGPREP" then
      known[line] = true
      found.lines = found.lines + 1
      if not seen[path .. ":" .. line] then missing[#missing + 1] = tonumber(line) end
    end
  end
  table.sort(missing)
  found.missed = #missing
  return found, missing
end

-- ---- the summary ----

local function write_table(file, title, list, has_branches)
  table.sort(list, function(a, b) return a.missed > b.missed or a.missed == b.missed and a.name < b.name end)
  local total = { name = "all", lines = 0, missed = 0, branches = 0, untaken = 0 }
  for _, one in ipairs(list) do
    for key in pairs(total) do
      if key ~= "name" then total[key] = total[key] + (one[key] or 0) end
    end
  end
  file:write("## ", title, "\n\n| file | lines | did not run | ran |", has_branches and " branches | not taken | taken |" or "", "\n")
  file:write("|---|---|---|---|", has_branches and "---|---|---|" or "", "\n")
  table.insert(list, 1, total)
  for _, one in ipairs(list) do
    file:write(("| %s | %d | %d | %s |"):format(one.name, one.lines, one.missed, percent(one.lines - one.missed, one.lines)))
    if has_branches then file:write((" %d | %d | %s |"):format(one.branches, one.untaken, percent(one.branches - one.untaken, one.branches))) end
    file:write "\n"
  end
  file:write "\n"
  return total
end

os.execute("mkdir -p " .. out .. "/c")
local c_files, lua_files, seen = {}, {}, seen_lines()
for _, source in ipairs(lines_of "find src/*/ -name '*.c' ! -path src/api/api.c | sort") do c_files[#c_files + 1] = c_file(source) end
local misses = assert(io.open(out .. "/lua.txt", "w"))
for _, path in ipairs(lines_of "find lua -name '*.lua' ! -path '*/simulator*' | sort") do
  local found, missing = lua_file(path, seen)
  if found.missed < found.lines then
    lua_files[#lua_files + 1] = found
    if #missing > 0 then misses:write(path, ": ", table.concat(missing, " "), "\n") end
  end
end
misses:close()

local file = assert(io.open(out .. "/summary.md", "w"))
local c = write_table(file, "C", c_files, true)
local lua = write_table(file, "Lua (files that were loaded)", lua_files, false)
file:close()
local function share(whole, missed) return whole - missed, whole, percent(whole - missed, whole) end
print(("C: %d of %d lines ran (%s)"):format(share(c.lines, c.missed)))
print(("C: %d of %d branches were taken (%s)"):format(share(c.branches, c.untaken)))
print(("Lua: %d of %d lines ran (%s)"):format(share(lua.lines, lua.missed)))
print(out .. "/summary.md has the files")
