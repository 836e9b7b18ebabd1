-- Operations and our own document -> the accessor tree, in the order in which src/api/api.c lists it: { nodes, ops, verbs,
-- aliases, fans }.
--
-- A node: name, full ("api.v2010.accounts.calls"), index, parent, children (sorted), ops (sorted), arity, called,
-- transparent, own_account, version, and for another name of a node: target, whose children and operations it shares.
local names = require "names"

local tree = {}

local KIND_ORDER = { list = 1, create = 2, fetch = 3, update = 4, delete = 5, patch = 6 }

-- What every place answers to already; neither a child nor a verb of ours may take such a name.
local VERBS = {}
for verb in ("list iter stream count page create make fetch get update delete patch"):gmatch("%a+") do VERBS[verb] = true end

local function fail(...) error(string.format(...), 0) end

local function new_node(parent, name)
  local full = parent and parent.parent and parent.full .. "." .. name or name
  return { name = name, full = full, parent = parent, by_name = {}, children = {}, ops = {}, arity = 0 }
end

local function add_child(parent, name)
  if VERBS[name] then fail("%s.%s: the name of a verb", parent.full, name) end
  local node = new_node(parent, name)
  parent.by_name[name] = node
  parent.children[#parent.children + 1] = node
  return node
end

local function place_operation(root, op)
  local node = root
  for _, step in ipairs(op.accessor) do
    node = node.by_name[step.name] or add_child(node, step.name)
    node.version = node.version or step.version
    if #step.args > 2 then fail("%s.%s: a call with %d SIDs, more than 2", op.document, op.id, #step.args) end
    if #step.args > node.arity then node.arity = #step.args end
  end
  op.node = node
  node.ops[#node.ops + 1] = op
end

local function find(root, full)
  local node = root
  for name in full:gmatch("[^.]+") do node = node.by_name[name] or fail("our own document: no node %s", full) end
  return node
end

-- The nodes of our own document: other names of a node, and nodes that stand for another when called with SIDs.
local function add_own_nodes(root, rows)
  for _, row in ipairs(rows or {}) do
    local target = find(root, row.same_as or row.called)
    local node
    if row.same_as then
      local above, name = row.node:match("^(.*)%.([^.]+)$")
      local parent = above and find(root, above) or root
      if parent.by_name[name or row.node] then fail("our own document: node %s is there already", row.node) end
      node = add_child(parent, name or row.node)
      node.target = target
    else
      node = find(root, row.node)
      if #node.ops > 0 or node.arity > 0 then fail("our own document: node %s has operations of its own", row.node) end
    end
    node.called, node.shares_ops = target, target
    node.arity = row.own_account and 0 or target.arity
    if row.own_account then node.own_account, node.transparent = true, true end
  end
end

local function version_number(node) return tonumber(node.name:match("^v(%d+)$")) end

-- Ordinary children by name; behind them the transparent ones in the order in which names are looked up below them:
-- the default version, then the others ascending.
local function sort_children(node, default)
  local function rank(child)
    if not child.transparent then return 0 end
    if child.name == default then return 1 end
    return 2 + (version_number(child) or 0)
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
      fail("%s: %s and %s are the same call", node.full, a.document .. "." .. a.id, b.document .. "." .. b.id)
    end
  end
end

-- Numbers nodes level by level, so that children stand together, and operations in the order of their nodes.
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
    if found[id] then fail("operation %s is there twice", id) end
    found[id] = op
  end
  return function(id) return found[id] or fail("our own document: no operation %s", id) end
end

local function position_of(op, wire)
  for i, param in ipairs(op.params) do
    if param.name == wire then return i - 1 end
  end
  fail("our own document: %s.%s has no parameter %s", op.document, op.id, wire)
end

local function check_wire_names(op, text, separator)
  for item in text:gmatch("[^" .. separator .. "]+") do position_of(op, item:match("^[^=]+")) end
end

-- The verbs of a node are those of its other names too. `bearers`: nodes by the node that they stand for.
local function read_verbs(root, own, operation)
  local verbs, bearers = {}, {}
  for _, row in ipairs(own.nodes or {}) do
    local target = row.same_as or row.called
    bearers[target] = bearers[target] or {}
    table.insert(bearers[target], find(root, row.node))
  end
  for _, full in ipairs(names.sorted_keys(own.verbs or {})) do
    for _, name in ipairs(names.sorted_keys(own.verbs[full])) do
      local row, node = own.verbs[full][name], find(root, full)
      local op = operation(row.operation)
      if VERBS[name] or node.by_name[name] then fail("our own document: %s has a %s already", full, name) end
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
      if spelling == name then fail("our own document: %s.%s has a parameter %s already", op.document, op.id, name) end
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
      if #reroute.path_params ~= #op.path_params + 1 then fail("our own document: %s does not take one SID more than %s", other, id) end
      aliases[#aliases + 1] = { op = op, name = name, reroute = reroute }
    end
  end
  table.sort(aliases, function(a, b)
    if a.op ~= b.op then return a.op.index < b.op.index end
    return a.name < b.name
  end)
  for i = 2, #aliases do
    local a, b = aliases[i - 1], aliases[i]
    if a.op == b.op and a.name == b.name then fail("our own document: two aliases %s of %s.%s", a.name, a.op.document, a.op.id) end
  end
  return aliases
end

local function list_of(node)
  for _, op in ipairs(node.ops) do
    if op.kind == "list" then return op end
  end
  fail("our own document: %s has no list", node.full)
end

local function read_fans(root, own)
  local fans = {}
  for _, row in ipairs(own.fans or {}) do
    local outer = find(root, row.outer)
    position_of(list_of(outer), row.through)
    list_of(outer.by_name[row.inner] or fail("our own document: %s has no child %s", row.outer, row.inner))
    fans[#fans + 1] = { node = find(root, row.node), param = row.param or "", outer = outer, through = row.through, inner = row.inner }
  end
  return fans
end

-- Sets the parameters that the example of an operation shows, with their values or "".
local function set_examples(own, operation)
  for id, text in pairs(own.examples or {}) do
    local op = operation(id)
    check_wire_names(op, text, " ")
    op.example = {}
    for wire, value in text:gmatch("([^%s=]+)=?(%S*)") do op.example[wire] = value end
  end
end

-- The tree of the operations (see openapi.lua) with what our own document adds. Sets node and index of each operation.
function tree.build(operations, own)
  local root = new_node(nil, "")
  for _, op in ipairs(operations) do place_operation(root, op) end
  add_own_nodes(root, own.nodes)
  mark_transparent(root, own)
  sort_tree(root, own.default_versions or {})
  local nodes, ops = number(root)
  local operation = by_id(ops)
  set_examples(own, operation)
  return {
    nodes = nodes, ops = ops,
    verbs = read_verbs(root, own, operation),
    aliases = read_aliases(own, operation),
    fans = read_fans(root, own),
  }
end

return tree
