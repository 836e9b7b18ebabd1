-- Builds the accessor tree from the operations (see openapi.lua) and own.json: { nodes, ops, verbs,
-- aliases, fans }, each in the order of src/api/api.c.
--
-- A node: name, full ("api.v2010.accounts.calls"), index, parent, children (sorted), ops (sorted), arity,
-- called, transparent, own_account, version. Another name of a node has `target`, the original node.
-- The two nodes share their children and operations.
local names = require "names"

local tree = {}

local KIND_ORDER = { list = 1, create = 2, fetch = 3, update = 4, delete = 5, patch = 6 }

-- The most SIDs in one call. src/api/api.h has the same number (API_MAX_ARITY).
local MAX_ARITY = 3

-- The methods of every resource. No child and no verb may have such a name.
local VERBS = {}
for verb in ("list iter stream count page create make fetch get update delete patch"):gmatch("%a+") do VERBS[verb] = true end

local function fail(...) error(string.format(...), 0) end

local function new_node(parent, name)
  local full = parent and parent.parent and parent.full .. "." .. name or name
  return { name = name, full = full, parent = parent, by_name = {}, children = {}, ops = {}, arity = 0 }
end

local function add_child(parent, name)
  if VERBS[name] then fail("%s.%s: this is the name of a method", parent.full, name) end
  if not name:find("^[%l_][%l%d_]*$") then fail("%s: the name %q of a resource is no Lua name", parent.full, name) end
  local node = new_node(parent, name)
  parent.by_name[name] = node
  parent.children[#parent.children + 1] = node
  return node
end

local function add_operation(root, op)
  local node = root
  for _, step in ipairs(op.accessor) do
    node = node.by_name[step.name] or add_child(node, step.name)
    node.version = node.version or step.version
    if #step.args > MAX_ARITY then fail("%s.%s: a call with %d SIDs, more than %d", op.document, op.id, #step.args, MAX_ARITY) end
    if #step.args > node.arity then node.arity = #step.args end
  end
  op.node = node
  node.ops[#node.ops + 1] = op
end

local function find(root, full)
  local node = root
  for name in full:gmatch("[^.]+") do node = node.by_name[name] or fail("own.json: no node %s", full) end
  return node
end

local function exists(root, full)
  local node = root
  for name in full:gmatch("[^.]+") do node = node and node.by_name[name] end
  return node ~= nil
end

-- Whether the row is left out: another name, marked optional, of a node that the documents lack. Older
-- documents lack some resources.
local function is_left_out(root, row) return row.optional and not exists(root, row.same_as or row.called) end

local function present(root, rows)
  local list = {}
  for _, row in ipairs(rows or {}) do
    if not is_left_out(root, row) then list[#list + 1] = row end
  end
  return list
end

-- Adds the nodes of own.json: other names of nodes, and nodes whose call leads to another node.
local function add_own_nodes(root, rows)
  for _, row in ipairs(rows) do
    local target = find(root, row.same_as or row.called)
    local node
    if row.same_as then
      local above, name = row.node:match("^(.*)%.([^.]+)$")
      local parent = above and find(root, above) or root
      if parent.by_name[name or row.node] then fail("own.json: node %s already exists", row.node) end
      node = add_child(parent, name or row.node)
      node.target = target
    else
      node = find(root, row.node)
      if #node.ops > 0 or node.arity > 0 then fail("own.json: node %s has operations of its own", row.node) end
    end
    node.called, node.shares_ops = target, target
    node.arity = row.own_account and 0 or target.arity
    if row.own_account then node.own_account, node.transparent = true, true end
  end
end

local function version_number(node) return tonumber(node.name:match("^v(%d+)$")) end

-- Sorts children by name. Transparent children come last, in the order of lookup: the default version,
-- then the other versions in ascending order.
local function sort_children(node, default)
  local function rank(child)
    if not child.transparent then return 0 end
    if child.name == default then return 1 end
    return 2 + (version_number(child) or 1000)
  end
  table.sort(node.children, function(a, b)
    if rank(a) ~= rank(b) then return rank(a) < rank(b) end
    return a.name < b.name
  end)
end

local function sort_tree(node, defaults)
  sort_children(node, defaults[node.full] or "v1")
  for _, child in ipairs(node.children) do sort_tree(child, defaults) end
end

local function mark_transparent(root, own)
  for _, product in ipairs(root.children) do
    for _, child in ipairs(product.children) do child.transparent = child.transparent or child.version end
  end
  for _, full in ipairs(own.transparent or {}) do find(root, full).transparent = true end
  for name, default in pairs(own.default_versions or {}) do find(root, name .. "." .. default) end
end

local function sort_ops(node)
  table.sort(node.ops, function(a, b)
    if a.kind ~= b.kind then return KIND_ORDER[a.kind] < KIND_ORDER[b.kind] end
    if #a.path_params ~= #b.path_params then return #a.path_params < #b.path_params end
    return a.path < b.path
  end)
  for i = 2, #node.ops do
    local a, b = node.ops[i - 1], node.ops[i]
    if a.kind == b.kind and #a.path_params == #b.path_params then
      fail("%s: operations %s and %s have the same kind and number of SIDs", node.full, a.document .. "." .. a.id, b.document .. "." .. b.id)
    end
  end
end

-- Numbers the nodes level by level, so that the children of a node are consecutive. Operations are
-- numbered in the order of their nodes.
local function number(root)
  local nodes, ops, at = { root }, {}, 1
  root.index = 0
  while nodes[at] do
    local node = nodes[at]
    if #node.children > 255 then fail("%s: %d children, more than 255", node.full, #node.children) end
    for _, child in ipairs(node.children) do
      child.index = #nodes
      nodes[#nodes + 1] = child
    end
    sort_ops(node)
    for _, op in ipairs(node.ops) do
      op.index = #ops
      ops[#ops + 1] = op
    end
    at = at + 1
  end
  return nodes, ops
end

local function by_id(ops)
  local found = {}
  for _, op in ipairs(ops) do
    local id = op.document .. "." .. op.id
    if found[id] then fail("operation %s exists twice", id) end
    found[id] = op
  end
  return function(id) return found[id] or fail("own.json: no operation %s", id) end
end

local function position_of(op, wire)
  for i, param in ipairs(op.params) do
    if param.name == wire then return i - 1 end
  end
  fail("own.json: %s.%s has no parameter %s", op.document, op.id, wire)
end

local function check_wire_names(op, text, separator)
  for item in text:gmatch("[^" .. separator .. "]+") do position_of(op, item:match("^[^=]+")) end
end

-- Another name of a node has the verbs of the original node. `bearers` maps an original node to its
-- other names.
local function read_verbs(root, own, rows, operation)
  local verbs, bearers = {}, {}
  for _, row in ipairs(rows) do
    local target = row.same_as or row.called
    bearers[target] = bearers[target] or {}
    table.insert(bearers[target], find(root, row.node))
  end
  for _, full in ipairs(names.sorted_keys(own.verbs or {})) do
    for _, name in ipairs(names.sorted_keys(own.verbs[full])) do
      local row, node = own.verbs[full][name], find(root, full)
      local op = operation(row.operation)
      if VERBS[name] or node.by_name[name] then fail("own.json: %s already has a %s", full, name) end
      check_wire_names(op, row.fixed or "", "&")
      check_wire_names(op, row.positional or "", " ")
      verbs[#verbs + 1] = { node = node, name = name, op = op, fixed = row.fixed or "", positional = row.positional or "" }
      for _, bearer in ipairs(bearers[full] or {}) do
        verbs[#verbs + 1] = { node = bearer, name = name, op = op, fixed = row.fixed or "", positional = row.positional or "" }
      end
    end
  end
  table.sort(verbs, function(a, b)
    if a.node ~= b.node then return a.node.index < b.node.index end
    return a.name < b.name
  end)
  return verbs
end

local function check_alias(op, name)
  for _, param in ipairs(op.params) do
    for _, spelling in ipairs(names.spellings(param.name)) do
      if spelling == name then fail("own.json: %s.%s already has a parameter %s", op.document, op.id, name) end
    end
  end
end

local function read_aliases(own, operation)
  local aliases = {}
  for id, rows in pairs(own.aliases or {}) do
    for name, wire in pairs(rows) do
      local op = operation(id)
      check_alias(op, name)
      aliases[#aliases + 1] = { op = op, name = name, target = position_of(op, wire) }
    end
  end
  for id, rows in pairs(own.reroutes or {}) do
    for name, other in pairs(rows) do
      local op, reroute = operation(id), operation(other)
      check_alias(op, name)
      if #reroute.path_params ~= #op.path_params + 1 then fail("own.json: %s does not take one SID more than %s", other, id) end
      aliases[#aliases + 1] = { op = op, name = name, reroute = reroute }
    end
  end
  table.sort(aliases, function(a, b)
    if a.op ~= b.op then return a.op.index < b.op.index end
    return a.name < b.name
  end)
  for i = 2, #aliases do
    local a, b = aliases[i - 1], aliases[i]
    if a.op == b.op and a.name == b.name then fail("own.json: two aliases %s of %s.%s", a.name, a.op.document, a.op.id) end
  end
  return aliases
end

local function list_of(node)
  for _, op in ipairs(node.ops) do
    if op.kind == "list" then return op end
  end
  fail("own.json: %s has no list", node.full)
end

local function read_fans(root, own)
  local fans = {}
  for _, row in ipairs(own.fans or {}) do
    local outer = find(root, row.outer)
    position_of(list_of(outer), row.through)
    list_of(outer.by_name[row.inner] or fail("own.json: %s has no child %s", row.outer, row.inner))
    fans[#fans + 1] = { node = find(root, row.node), param = row.param or "", outer = outer, through = row.through, inner = row.inner }
  end
  return fans
end

-- Sets op.example: a table from the wire names that the example shows to their values, or "".
local function set_examples(own, operation)
  for id, text in pairs(own.examples or {}) do
    local op = operation(id)
    check_wire_names(op, text, " ")
    op.example = {}
    for wire, value in text:gmatch("([^%s=]+)=?(%S*)") do op.example[wire] = value end
  end
end

-- Returns the tree. Sets `node` and `index` of each operation.
function tree.build(operations, own)
  local root = new_node(nil, "")
  for _, op in ipairs(operations) do add_operation(root, op) end
  local own_nodes = present(root, own.nodes)
  add_own_nodes(root, own_nodes)
  mark_transparent(root, own)
  sort_tree(root, own.default_versions or {})
  local nodes, ops = number(root)
  local operation = by_id(ops)
  set_examples(own, operation)
  return {
    nodes = nodes, ops = ops,
    verbs = read_verbs(root, own, own_nodes, operation),
    aliases = read_aliases(own, operation),
    fans = read_fans(root, own),
  }
end

return tree
