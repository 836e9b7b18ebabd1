-- Reads the tables of src/api/api.c into Lua tables, for checks. It compiles and runs
-- spec/support/api_dump.c, which prints them.
local names = require "names"

local dump = {}

local KINDS = { [0] = "list", "create", "fetch", "update", "delete", "patch" }
local CONTENTS = { [0] = "none", "form", "json", "scim" }
local AUTHS = { [0] = "basic", "oauth", "none" }
local LOCATIONS = { [0] = "query", "body", "header" }
local CLASSES = { [0] = "scalar", "boolean", "integer", "date", "date_time", "json", "array", "json_array", "map", "object", "numbered" }

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Runs a command and returns its standard output and standard error. Raises if it fails.
function dump.run(command)
  -- A sanitizer that is preloaded into the Lua of the specs must not be loaded into the compiler.
  local pipe = assert(io.popen("unset LD_PRELOAD; " .. command .. " 2>&1; echo status=$?"))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.*)status=(%d+)%s*$")
  if status ~= "0" then error(command .. "\n" .. (text or output), 0) end
  return text
end

-- Calls use(directory) with a new temporary directory. Removes the directory afterwards, even if
-- `use` raises.
function dump.in_directory(use)
  local directory = dump.run("mktemp -d"):match("^[^\n]+")
  local ok, result = pcall(use, directory)
  dump.run("rm -rf " .. quoted(directory))
  if not ok then error(result, 0) end
  return result
end

local function compile_and_run(root, api)
  return dump.in_directory(function(directory)
    local program = quoted(directory .. "/api_dump")
    dump.run(string.format("%s -std=c99 -I %s -o %s %s %s", os.getenv("CC") or "cc", quoted(root .. "/src"), program,
      quoted(root .. "/spec/support/api_dump.c"), quoted(api)))
    return dump.run(program)
  end)
end

local function fields_of(line)
  local fields = {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = field end
  return fields
end

local readers = {}

function readers.node(t, f)
  local flags = tonumber(f[12])
  t.nodes[tonumber(f[2])] = {
    index = tonumber(f[2]), full = f[3], name = f[4], parent = tonumber(f[5]), called = tonumber(f[6]), first_child = tonumber(f[7]),
    n_children = tonumber(f[8]), first_op = tonumber(f[9]), n_ops = tonumber(f[10]), arity = tonumber(f[11]),
    transparent = flags % 2 == 1, own_account = flags >= 2, fields = {},
  }
end

function readers.field(t, f) table.insert(t.nodes[tonumber(f[2])].fields, f[3]) end

-- A field whose name is the snake_case of a parameter's wire name.
function readers.parameter_field(t, f) table.insert(t.nodes[tonumber(f[2])].fields, names.snake(f[3])) end

-- Converts bits to a set of positions: the bits 0 and 2 to { [1] = true, [3] = true }.
local function positions_of(bits)
  local found, position = {}, 1
  while bits > 0 do
    if bits % 2 == 1 then found[position] = true end
    bits, position = math.floor(bits / 2), position + 1
  end
  return found
end

function readers.op(t, f)
  t.ops[tonumber(f[2])] = {
    index = tonumber(f[2]), node = f[3], kind = KINDS[tonumber(f[4])], method = f[5], host = f[6], path = f[7], n_path = tonumber(f[8]),
    content = CONTENTS[tonumber(f[9])], auth = AUTHS[tonumber(f[10])], open = f[11] == "1",
    scim = f[12] == "1", max_page = tonumber(f[13]), repeats = positions_of(tonumber(f[14])), strings = f[15] == "1",
    idempotent = f[16] == "1", params = {},
  }
end

function readers.param(t, f)
  local params = t.ops[tonumber(f[2])].params
  params[#params + 1] = {
    name = f[3], location = LOCATIONS[tonumber(f[4])], class = CLASSES[tonumber(f[5])], required = f[6] == "1", personal = f[7] == "1",
    harmless = f[8] == "1",
  }
end

function readers.verb(t, f)
  t.verbs[#t.verbs + 1] = { node = tonumber(f[2]), name = f[3], op = tonumber(f[4]), fixed = f[5], positional = f[6] }
end

function readers.alias(t, f)
  t.aliases[#t.aliases + 1] = { op = tonumber(f[2]), name = f[3], target = tonumber(f[4]), reroute = f[5] == "1" }
end

function readers.fan(t, f)
  t.fans[#t.fans + 1] = { node = tonumber(f[2]), param = f[3], outer = tonumber(f[4]), through = f[5], inner = f[6] }
end

-- root: the repository. api: the file to read, src/api/api.c by default. Nodes and operations are
-- indexed from 0, as in C.
function dump.read(root, api)
  local t = { nodes = {}, ops = {}, verbs = {}, aliases = {}, fans = {} }
  for line in compile_and_run(root, api or root .. "/src/api/api.c"):gmatch("[^\n]+") do
    local fields = fields_of(line)
    readers[fields[1]](t, fields)
  end
  return t
end

local function child(t, node, name)
  for i = node.first_child, node.first_child + node.n_children - 1 do
    if t.nodes[i].name == name then return t.nodes[i] end
  end
end

-- Looks up a name below a node as the library does: among the children, then below transparent children.
-- The second result is true if the node is found below the client's own account.
function dump.find(t, node, name)
  local found = child(t, node, name)
  if found then return found, found.own_account end
  for i = node.first_child, node.first_child + node.n_children - 1 do
    if t.nodes[i].transparent then
      local below, own = dump.find(t, t.nodes[i], name)
      if below then return below, own or t.nodes[i].own_account end
    end
  end
end

-- Returns the operation of a node with this kind and number of SIDs, or nil.
function dump.operation(t, node, kind, sids)
  for i = node.first_op, node.first_op + node.n_ops - 1 do
    if t.ops[i].kind == kind and t.ops[i].n_path == sids then return t.ops[i] end
  end
end

return dump
