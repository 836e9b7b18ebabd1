-- Writes the summary of `make coverage`: lua5.4 tools/coverage.lua OUT EXPLAINED OBJECTS...
--
-- OUT is the directory of the results. OUT/lua has the lines that tools/coverage_hook.c has counted. OBJECTS are
-- directories with the counts of gcc --coverage. EXPLAINED is a Lua file such as tools/coverage_explained.lua.
-- Writes OUT/summary.md, in which the files with the most lines that did not run come first, and OUT/unexplained.txt.
-- The exit code is 1 if something is uncovered and has no explanation.
package.path = arg[0]:match "^(.*)/" .. "/?.lua;" .. package.path
local c = require "coverage_c"

local out, explained = arg[1], dofile(arg[2])
local rules, texts = explained.rules, explained.texts

local function lines_of(command)
  local pipe, list = assert(io.popen(command)), {}
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local function percent(part, whole)
  return whole == 0 and "" or ("%.1f %%"):format(100 * part / whole)
end

-- ---- Lua ----

local function seen_lines()
  local seen = {}
  for _, path in ipairs(lines_of("find " .. out .. "/lua -type f")) do
    for line in io.lines(path) do seen[line:match "lua/twilio.*" or ""] = true end
  end
  return seen
end

-- Instructions that do not run: they are data of others.
local DATA = { VARARGPREP = true, EXTRAARG = true }

-- Returns the sorted numbers of the lines that have code, from the list that luac prints.
local function code_lines(path)
  local known, numbers = {}, {}
  for _, text in ipairs(lines_of("luac5.4 -p -l " .. path)) do
    local line, code = text:match "^%s+%d+%s+%[(%d+)%]%s+(%S+)"
    if line and not known[line] and not DATA[code] then
      known[line] = true
      numbers[#numbers + 1] = tonumber(line)
    end
  end
  table.sort(numbers)
  return numbers
end

-- Returns the sum of a Lua file. Appends each row of lines that did not run to the list: { file, line, text, where }.
local function lua_file(path, seen, uncovered)
  local sum, text, row = { name = path, lines = 0, missed = 0 }, {}, nil
  for line in io.lines(path) do text[#text + 1] = line:match "^%s*(.-)%s*$" end
  for _, number in ipairs(code_lines(path)) do
    sum.lines = sum.lines + 1
    if seen[path .. ":" .. number] then
      row = nil
    else
      sum.missed = sum.missed + 1
      if not row then
        row = { file = path, line = number, text = text[number] }
        uncovered[#uncovered + 1] = row
      end
      row.where = number == row.line and "did not run" or ("did not run, until line %d"):format(number)
    end
  end
  return sum
end

-- Files that no spec has loaded are left out.
local function lua_files(uncovered)
  local sums, seen = {}, seen_lines()
  for _, path in ipairs(lines_of "find lua -name '*.lua' ! -path '*/simulator*' ! -path '*/cli/*' ! -name 'cli*' | sort") do
    local found = {}
    local sum = lua_file(path, seen, found)
    if sum.missed < sum.lines then
      sums[#sums + 1] = sum
      table.move(found, 1, #found, #uncovered + 1, uncovered)
    end
  end
  return sums
end

-- ---- explanations ----

-- Calls f with the name and the reason of each explanation: a rule, or a file and a text.
local function each_explanation(f)
  for _, rule in ipairs(rules) do f("rule: " .. rule.pattern, rule.why) end
  for file, list in pairs(texts) do
    for text, why in pairs(list) do f(file .. ": " .. text, why) end
  end
end

-- Returns the name of the explanation of an uncovered place and the reason, or nil.
local function explanation(place)
  for text, why in pairs(texts[place.file] or {}) do
    if (place.text .. "\n"):find(text, 1, true) then return place.file .. ": " .. text, why end
  end
  for _, rule in ipairs(rules) do
    if place.text:find(rule.pattern) then return "rule: " .. rule.pattern, rule.why end
  end
end

-- Returns the places that nothing explains, the sorted names of the explanations of nothing, and how many places
-- lack only a spec.
local function compare(uncovered)
  local used, unexplained, stale, untested = {}, {}, {}, 0
  for _, place in ipairs(uncovered) do
    local name, why = explanation(place)
    if name then used[name] = true else unexplained[#unexplained + 1] = place end
    if why and why:find "^Untested:" then untested = untested + 1 end
  end
  each_explanation(function(name, why)
    if not used[name] and not why:find "^Timing:" then stale[#stale + 1] = name end
  end)
  table.sort(stale)
  return unexplained, stale, untested
end

-- ---- the summary ----

local function total_of(list)
  local total = { name = "all", lines = 0, missed = 0, branches = 0, untaken = 0 }
  for _, one in ipairs(list) do
    for key in pairs(total) do
      if key ~= "name" then total[key] = total[key] + (one[key] or 0) end
    end
  end
  return total
end

local function write_table(file, title, list, has_branches)
  local total = total_of(list)
  table.sort(list, function(a, b) return a.missed > b.missed or a.missed == b.missed and a.name < b.name end)
  table.insert(list, 1, total)
  file:write("## ", title, "\n\n| file | lines | did not run | ran |", has_branches and " branches | not taken | taken |" or "", "\n")
  file:write("|---|---|---|---|", has_branches and "---|---|---|" or "", "\n")
  for _, one in ipairs(list) do
    file:write(("| %s | %d | %d | %s |"):format(one.name, one.lines, one.missed, percent(one.lines - one.missed, one.lines)))
    if has_branches then file:write((" %d | %d | %s |"):format(one.branches, one.untaken, percent(one.branches - one.untaken, one.branches))) end
    file:write "\n"
  end
  file:write "\n"
  return total
end

local sources, uncovered = c.read { table.unpack(arg, 3) }
local modules = lua_files(uncovered)
local file = assert(io.open(out .. "/summary.md", "w"))
local c_total = write_table(file, "C", sources, true)
local lua_total = write_table(file, "Lua (files that were loaded)", modules, false)
file:close()

local unexplained, stale, untested = compare(uncovered)
file = assert(io.open(out .. "/unexplained.txt", "w"))
for _, place in ipairs(unexplained) do file:write(("%s:%d: %s (%s)\n"):format(place.file, place.line, place.text, place.where)) end
file:close()

local function share(whole, missed) return whole - missed, whole, percent(whole - missed, whole) end
print(("C: %d of %d lines ran (%s)"):format(share(c_total.lines, c_total.missed)))
print(("C: %d of %d branches were taken (%s)"):format(share(c_total.branches, c_total.untaken)))
print(("Lua: %d of %d lines ran (%s)"):format(share(lua_total.lines, lua_total.missed)))
print(out .. "/summary.md has the files")
for _, name in ipairs(stale) do print("stale, explains nothing: " .. name) end
print(("%d places are uncovered: %d explained, of which %d lack only a spec, and %d unexplained, listed in %s/unexplained.txt")
  :format(#uncovered, #uncovered - #unexplained, untested, #unexplained, out))
os.exit(#unexplained == 0 and 0 or 1)
