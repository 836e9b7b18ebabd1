--- Checks that the C sources keep to their layers: lua tools/check_layers.lua ROOT OBJECTS
--
-- ROOT is the repository. OBJECTS is the directory of the compiled object files, which mirrors
-- ROOT/src. Prints one line for each violation, and exits with 1 when there is any:
--
--   * a file of src/ that is in no layer
--   * an include that does not name its layer, or that points to a higher layer
--   * a Lua header that transport/ includes, directly or through another header
--   * a call from an object file to one in a higher layer
--   * a cycle of includes, or a cycle of calls, among the files of src/

-- The layers, from the lowest to the highest. A file may use its own layer and lower layers.
local LAYERS = { "support", "text", "api", "transport", "client", "request", "response", "call", "module" }
local WITHOUT_LUA = "transport"
local LUA_HEADERS = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true, ["luaconf.h"] = true, ["luajit.h"] = true }

local root, objects = arg[1], arg[2]
if not objects then
  io.stderr:write "usage: lua tools/check_layers.lua ROOT OBJECTS\n"
  os.exit(2)
end

local violations = {}

local function report(...)
  violations[#violations + 1] = string.format(...)
end

local rank = {}
for i, layer in ipairs(LAYERS) do rank[layer] = i end

-- "response/record.c" is in the layer response, "module.c" in the layer module.
local function rank_of(path)
  return rank[path:match "^(%w+)/" or path:match "^(%w+)%.%w+$" or ""]
end

-- Runs a command and returns its output as a list of lines. Raises when the command fails.
local function lines_of(command)
  local pipe = assert(io.popen(command .. " && echo complete"))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  if table.remove(lines) ~= "complete" then error("this command failed: " .. command, 0) end
  return lines
end

local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

-- Returns the files below a directory with one of the endings, relative to the directory.
local function find(directory, endings)
  return lines_of(("cd %s && find . -type f -name '*.[%s]' | sed 's|^\\./||' | LC_ALL=C sort"):format(quoted(directory), endings))
end

-- A source file and its header are one unit, named without the ending.
local function unit_of(file)
  return (file:gsub("%.[cho]$", ""))
end

-- A graph maps a unit to the set of the units that it uses.
local function add_edge(graph, from, to)
  graph[from] = graph[from] or {}
  if from ~= to then graph[from][to] = true end
end

local function sorted_keys(set)
  local keys = {}
  for key in pairs(set or {}) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Reports each cycle that a depth-first search closes. `path` holds the units that are being visited.
local function report_cycles(graph, kind)
  local state, path = {}, {}
  local function visit(unit)
    state[unit] = "open"
    path[#path + 1] = unit
    for _, used in ipairs(sorted_keys(graph[unit])) do
      if state[used] == "open" then
        local first = #path
        while path[first] ~= used do first = first - 1 end
        report("cycle of %s: %s -> %s", kind, table.concat(path, " -> ", first), used)
      elseif not state[used] then
        visit(used)
      end
    end
    path[#path] = nil
    state[unit] = "closed"
  end
  for _, unit in ipairs(sorted_keys(graph)) do
    if not state[unit] then visit(unit) end
  end
end

-- ---- includes ----

-- Maps a file to the list of its includes: { name, is_own }. is_own is true for a header in quotes.
local function read_includes()
  local includes = {}
  for _, file in ipairs(find(root .. "/src", "ch")) do
    includes[file] = {}
    for line in io.lines(root .. "/src/" .. file) do
      local mark, name = line:match '^%s*#%s*include%s*([<"])([^>"]+)[>"]'
      if mark then table.insert(includes[file], { name = name, is_own = mark == '"' }) end
    end
  end
  return includes
end

local function check_include(includes, file, name)
  local from, to = rank_of(file), name:find("/", 1, true) and rank_of(name)
  if not to then
    report("%s includes \"%s\", which names no layer", file, name)
  elseif not includes[name] then
    report("%s includes \"%s\", which does not exist", file, name)
  elseif from and to > from then
    report("%s includes \"%s\" of a higher layer", file, name)
  end
end

-- Whether the file includes a header of Lua. `seen` ends the search in a cycle.
local function reaches_lua(includes, file, seen)
  if seen[file] or not includes[file] then return false end
  seen[file] = true
  for _, include in ipairs(includes[file]) do
    if LUA_HEADERS[include.name:match "[^/]*$"] then return true end
    if include.is_own and reaches_lua(includes, include.name, seen) then return true end
  end
  return false
end

local function check_includes()
  local includes, graph = read_includes(), {}
  for _, file in ipairs(sorted_keys(includes)) do
    if not rank_of(file) then report("%s lies in no layer", file) end
    if rank_of(file) == rank[WITHOUT_LUA] and reaches_lua(includes, file, {}) then report("%s includes Lua", file) end
    for _, include in ipairs(includes[file]) do
      if include.is_own then
        check_include(includes, file, include.name)
        add_edge(graph, unit_of(file), unit_of(include.name))
      end
    end
  end
  report_cycles(graph, "includes")
  return #sorted_keys(includes)
end

-- ---- calls, by the symbols of the object files ----

-- Returns two maps: from an object file to the set of its undefined symbols, and from a symbol to the
-- object file that defines it.
local function read_symbols()
  local undefined, definer = {}, {}
  for _, object in ipairs(find(objects, "o")) do
    undefined[object] = {}
    for _, line in ipairs(lines_of("nm -P " .. quoted(objects .. "/" .. object))) do
      local symbol, type = line:match "^(%S+) (%a)"
      if type == "U" then
        undefined[object][symbol] = true
      elseif type and type:match "%u" then
        definer[symbol] = object
      end
    end
  end
  if not next(undefined) then error("there are no object files in " .. objects, 0) end
  return undefined, definer
end

local function check_calls()
  local undefined, definer = read_symbols()
  local graph = {}
  for _, object in ipairs(sorted_keys(undefined)) do
    for _, symbol in ipairs(sorted_keys(undefined[object])) do
      local used = definer[symbol]
      if used then
        add_edge(graph, unit_of(object), unit_of(used))
        if (rank_of(used) or 0) > (rank_of(object) or #LAYERS) then
          report("%s calls %s of %s, in a higher layer", unit_of(object), symbol, unit_of(used))
        end
      end
    end
  end
  report_cycles(graph, "calls")
end

local n_files = check_includes()
check_calls()
for _, violation in ipairs(violations) do print(violation) end
if #violations > 0 then os.exit(1) end
print(("%d files in %d layers, no violation"):format(n_files, #LAYERS))
