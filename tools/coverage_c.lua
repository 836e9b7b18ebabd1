-- Reads the counts of gcc --coverage, for tools/coverage.lua.
--
-- A source is compiled several times: for the module, and for C programs of spec/support/. The counts of all
-- builds are added up. A build whose flags give a line other branches counts for lines only.
local c = {}

local function lines_of(command)
  local pipe, list = assert(io.popen(command)), {}
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local function source_of(files, name)
  name = name:match "src/[%w_/]+%.c$"
  if not name or name == "src/api/api.c" then return nil end
  files[name] = files[name] or { name = name, text = {}, at = {} }
  return files[name]
end

-- Adds the branches that gcov has listed below a line.
local function add_branches(line, branches)
  if #branches == 0 then return end
  if not line.branches then
    line.branches = branches
  elseif #line.branches == #branches then
    for i, count in ipairs(branches) do line.branches[i] = line.branches[i] + count end
  end
end

-- Adds the text that gcov has written about one build of sources.
local function read(files, text)
  local file, line, branches, name
  local function end_line()
    if line then add_branches(line, branches) end
    line, branches = nil, {}
  end
  end_line()
  for _, written in ipairs(text) do
    local count, number, code = written:match "^%s*([^:]+):%s*(%d+):(.*)$"
    local branch = written:match "^branch%s+%d+ (.*)$"
    if number == "0" then
      end_line()
      if code:find "^Source:" then file = source_of(files, code:sub(8)) end
    elseif number and file and count ~= "-" then
      end_line()
      number = tonumber(number)
      line = file.at[number] or { number = number, ran = 0, text = code:match "^%s*(.-)%s*$", name = name or "" }
      file.at[number] = line
      line.ran = line.ran + (tonumber((count:gsub("%*", ""))) or 0)
      if name then
        line.is_function, name = name, nil
      end
    elseif branch then
      branches[#branches + 1] = tonumber(branch:match "taken (%d+)") or 0
    elseif written:find "^function " then
      end_line()
      name = written:match "^function (%S+)"
    end
  end
  end_line()
end

-- Returns the lines of a file in order. Each gets the name of its function.
local function in_order(file)
  local lines, name = {}, ""
  for _, line in pairs(file.at) do lines[#lines + 1] = line end
  table.sort(lines, function(a, b) return a.number < b.number end)
  for _, line in ipairs(lines) do
    name = line.is_function or name
    line.name = name
  end
  return lines
end

-- Appends what of a line is uncovered. Branches of a line that did not run follow from those of an earlier line.
local function add_uncovered(list, file, line, missing)
  local where
  if line.is_function and line.ran == 0 then
    where = "is never called"
  elseif line.ran > 0 and #missing > 0 then
    where = ("branch %s of %d"):format(table.concat(missing, " "), #line.branches)
  end
  if where then list[#list + 1] = { file = file.name, line = line.number, text = line.name .. ": " .. line.text, where = where } end
end

local function sum_up(file, uncovered)
  local sum = { name = file.name, lines = 0, missed = 0, branches = 0, untaken = 0 }
  for _, line in ipairs(in_order(file)) do
    local missing = {}
    for i, count in ipairs(line.branches or {}) do
      if count == 0 then missing[#missing + 1] = i - 1 end
    end
    sum.lines, sum.missed = sum.lines + 1, sum.missed + (line.ran == 0 and 1 or 0)
    sum.branches, sum.untaken = sum.branches + #(line.branches or {}), sum.untaken + #missing
    add_uncovered(uncovered, file, line, missing)
  end
  return sum
end

--- Reads all .gcno files in these directories, and the counts beside them. Returns a list of the sums of sources,
-- sorted by name: { name, lines, missed, branches, untaken }. Returns also a list of what is uncovered: functions
-- that were never called, and lines with branches that were not taken: { file, line, text, where }.
function c.read(directories)
  local files, sums, uncovered, names = {}, {}, {}, {}
  for _, notes in ipairs(lines_of("find " .. table.concat(directories, " ") .. " -name '*.gcno' ! -name api.gcno 2>/dev/null | sort")) do
    read(files, lines_of("gcov -t -b -c " .. notes .. " 2>/dev/null"))
  end
  for name in pairs(files) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do sums[#sums + 1] = sum_up(files[name], uncovered) end
  return sums, uncovered
end

return c
