-- The API as a program sees it, for types.lua, reference.lua and examples.lua.
--
-- Resource: a node of the accessor tree (see tree.lua). A node that is reached both from a list and
-- from a record is two resources.
--   name         "api.v2010.accounts.calls"
--   node         the node of the tree
--   above        the accessor of the parent; nil for the client
--   sids, most   the names of the SIDs that a call takes, and their number
--   empty_call   whether the resource may be called without SIDs
--   ops          its operations
--   fields       the fields of its records
--   accessors    accessors[n] is the accessor with n SIDs; accessors[0] and accessors[most] always exist
--
-- Accessor: the object that a program holds: client.calls, or client.calls(sid).
--   resource, given   its resource, and the number of SIDs of the call
--   children          { name, accessor }, in the order of lookup
--   names             the children, and the names that transparent nodes add
--   calls             { sids, accessor }: the calls that lead to other accessors
--   methods           see below
--
-- Method:
--   name, op      "fetch", and its operation
--   sids          the names of the SIDs that the method takes as arguments
--   result        "page", "iterator", "number", "true" or "record"
--   of            the resource of the result
--   group         the kind of the operation, or the name of the verb. Methods of one group follow one
--                 another and differ only in the result. The method `page` takes a URL.
--   verb          for a verb: its row of the tree
--
-- Parameter of an operation (op.named): name, param (see openapi.lua), required, and alias = true if
-- the name is not the first one of the parameter.
local names = require "names"

local surface = {}

local METHODS = {
  list = { "list", "iter", "stream", "count", "csv" }, create = { "create", "make" }, fetch = { "fetch", "get" },
  update = { "update" }, delete = { "delete" }, patch = { "patch" },
}
local RESULTS = { list = "page", iter = "iterator", stream = "iterator", count = "number", csv = "number" }
local KIND_RESULTS = { list = "page", delete = "true" }

-- The reserved words of Lua. They are no names after a dot or in a table constructor. The library
-- accepts them with a trailing underscore.
surface.KEYWORDS = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch("%a+") do
  surface.KEYWORDS[word] = true
end

-- Appends the underscore to a reserved word.
function surface.safe_name(name) return surface.KEYWORDS[name] and name .. "_" or name end

-- ---- resources and accessors ----

local function accessor_at(resource, given)
  local accessor = resource.accessors[given]
  if not accessor then
    accessor = { resource = resource, given = given, children = {}, calls = {}, methods = {} }
    resource.accessors[given] = accessor
  end
  return accessor
end

-- Returns the resource of a node below an accessor, and creates it if necessary.
local function enter(all, above, node)
  for _, child in ipairs(above and above.children or {}) do
    if child.accessor.resource.node == node then return child.accessor.resource end
  end
  local name = node.full
  if all[name] then name = above.resource.name .. ".Item." .. node.name end
  if all[name] then error("two resources " .. name, 0) end
  local resource = { name = name, node = node, above = above, sids = {}, most = 0, ops = {}, accessors = {} }
  all[name], all[#all + 1] = resource, resource
  accessor_at(resource, 0)
  if above then above.children[#above.children + 1] = { name = node.name, accessor = resource.accessors[0] } end
  return resource
end

local function snakes(wires)
  local out = {}
  for i, wire in ipairs(wires) do out[i] = names.snake(wire) end
  return out
end

local function add_operation(all, root, op)
  local accessor, node = root, root.resource.node
  for i, step in ipairs(op.accessor) do
    node = node.by_name[step.name]
    local resource = enter(all, accessor, node)
    if #step.args > resource.most then resource.sids, resource.most = snakes(step.args), #step.args end
    if step.called and #step.args == 0 then resource.empty_call = true end
    accessor = accessor_at(resource, #step.args)
    if i == #op.accessor then
      op.resource, op.own_sids = resource, #step.args
      resource.ops[#resource.ops + 1] = op
    end
  end
end

local function resources_of(all, node)
  local found = {}
  for _, resource in ipairs(all) do
    if resource.node == node then found[#found + 1] = resource end
  end
  return found
end

-- Adds the nodes of own.json: other names, and nodes whose call leads to another node.
local function add_other_names(all, nodes)
  for _, node in ipairs(nodes) do
    if node.target then
      local target = resources_of(all, node.target)[1]
      local above = node.parent == node.target.parent and target.above or resources_of(all, node.parent)[1].accessors[0]
      local accessor = target.accessors[node.own_account and target.most or 0]
      above.children[#above.children + 1] = { name = node.name, accessor = accessor, node = node }
      if node.own_account then accessor.is_own_account = true end
    elseif node.called then
      local resource = resources_of(all, node)[1]
      resource.stands_for = resources_of(all, node.called)[1]
      resource.sids, resource.most = resource.stands_for.sids, resource.stands_for.most
    end
  end
end

local function add_calls(resource)
  local first = resource.accessors[0]
  if resource.empty_call then first.calls[1] = { sids = {}, accessor = first } end
  for given = 1, resource.most do
    local target = (resource.stands_for or resource).accessors[given]
    if target then
      local sids = {}
      for i = 1, given do sids[i] = resource.sids[i] end
      first.calls[#first.calls + 1] = { sids = sids, accessor = target }
    end
  end
end

-- Sorts the children in the order of lookup, which is the order of the tree.
local function order_children(accessor)
  local node = accessor.resource.node
  local position = {}
  for i, child in ipairs(node.children) do position[child.name] = i end
  table.sort(accessor.children, function(a, b) return position[a.name] < position[b.name] end)
end

-- Collects the names that lookup finds: the children, then the names below transparent children.
local function found_below(accessor, into)
  for _, child in ipairs(accessor.children) do
    if not into[child.name] then
      into[child.name], into[#into + 1] = true, { name = child.name, accessor = child.accessor }
    end
  end
  for _, child in ipairs(accessor.children) do
    if (child.node or child.accessor.resource.node).transparent then found_below(child.accessor, into) end
  end
  return into
end

-- ---- methods ----

local function add_methods(accessor, op, of, sids, kind)
  for _, name in ipairs(METHODS[kind]) do
    accessor.methods[#accessor.methods + 1] = {
      name = name, op = op, sids = sids, of = of, result = RESULTS[name] or KIND_RESULTS[kind] or "record", group = kind,
    }
  end
end

local function add_page(accessor, op)
  accessor.methods[#accessor.methods + 1] = { name = "page", op = op, sids = {}, of = op.resource, result = "page", group = "page" }
end

local function rest(list, from)
  local out = {}
  for i = from, #list do out[#out + 1] = list[i] end
  return out
end

local function add_kinds(accessor)
  local resource = accessor.resource
  for _, op in ipairs((resource.stands_for or resource).ops) do
    if op.own_sids >= accessor.given then
      local own = snakes(op.accessor[#op.accessor].args)
      add_methods(accessor, op, op.resource, rest(own, accessor.given + 1), op.kind)
      if op.kind == "list" and op.own_sids == accessor.given then add_page(accessor, op) end
    end
  end
end

-- The number of SIDs in the expression that leads to the accessor.
local function sids_at(accessor)
  local n = 0
  while accessor do
    n, accessor = n + accessor.given, accessor.resource.above
  end
  return n
end

-- The SIDs that the path of a verb's operation takes in addition to those of the accessor.
local function missing_sids(verb, accessor)
  local wires = {}
  for i, param in ipairs(verb.op.path_params) do wires[i] = param.name end
  return snakes(rest(wires, sids_at(accessor) + 1)), #wires >= sids_at(accessor)
end

-- A verb with an operation of another resource is a method of the list, not of a record.
local function add_verbs(accessor, verbs)
  local resource = accessor.resource
  local own = resource.stands_for or resource
  for _, verb in ipairs(verbs) do
    if verb.node == resource.node and (verb.op.resource == own or accessor.given == 0) then
      local sids, fits = missing_sids(verb, own.accessors[accessor.given])
      if fits then
        accessor.methods[#accessor.methods + 1] = {
          name = verb.name, op = verb.op, verb = verb, of = verb.op.resource, result = KIND_RESULTS[verb.op.kind] or "record", group = verb.name,
          sids = sids,
        }
      end
    end
  end
end

local function remove_methods(accessor, group)
  for i = #accessor.methods, 1, -1 do
    if accessor.methods[i].group == group then table.remove(accessor.methods, i) end
  end
end

-- A fan without a parameter replaces the list of its node. A fan with a parameter adds the parameter.
local function add_fans(all, fans)
  for _, fan in ipairs(fans) do
    local inner = resources_of(all, fan.outer.by_name[fan.inner])[1]
    local list
    for _, op in ipairs(inner.ops) do
      if op.kind == "list" then list = op end
    end
    for _, resource in ipairs(resources_of(all, fan.node)) do
      if fan.param == "" then
        remove_methods(resource.accessors[0], "list")
        remove_methods(resource.accessors[0], "page")
        add_methods(resource.accessors[0], list, inner, {}, "list")
      else
        for _, op in ipairs(resource.ops) do
          if op.kind == "list" then op.fan_param = fan.param end
        end
      end
    end
  end
end

-- ---- parameters ----

local STRING = { type = "string", class = "scalar" }

local function compare_names(a, b) return a.name < b.name end

local function set_params(op, aliases)
  local list = {}
  for _, param in ipairs(op.params) do
    for i, name in ipairs(names.spellings(param.name)) do
      list[#list + 1] = { name = name, param = param, required = param.required and i == 1, alias = i > 1 }
      if surface.KEYWORDS[name] then list[#list + 1] = { name = name .. "_", param = param, alias = true } end
    end
  end
  for _, alias in ipairs(aliases) do
    if alias.op == op then
      list[#list + 1] = { name = alias.name, param = not alias.reroute and op.params[alias.target + 1] or STRING, alias = not alias.reroute }
    end
  end
  if op.fan_param then list[#list + 1] = { name = op.fan_param, param = STRING } end
  table.sort(list, compare_names)
  op.named = list
end

-- ---- records ----

local function merge_property(fields, property)
  local field = fields[property.name]
  if not field then
    field = { name = property.name, count = 0, property = property, nullable = false }
    fields[property.name], fields[#fields + 1] = field, field
  end
  if field.property.type ~= property.type then field.property = { type = "any" } end
  field.count, field.nullable = field.count + 1, field.nullable or property.nullable == true
end

-- Merges the response fields of all operations. A field that is missing in some responses is optional.
-- The SIDs that lead to a record are never optional.
local function set_fields(resource)
  local fields, answers, leading = {}, 0, { sid = true }
  for _, op in ipairs(resource.ops) do
    if op.kind ~= "delete" and #op.response.properties > 0 then
      answers = answers + 1
      for _, property in ipairs(op.response.properties) do merge_property(fields, property) end
    end
    for _, sid in ipairs(snakes(op.accessor[#op.accessor].args)) do leading[sid] = true end
  end
  for _, field in ipairs(fields) do
    field.optional = (field.nullable or field.count < answers) and not leading[names.snake(field.name)]
  end
  table.sort(fields, compare_names)
  resource.fields = fields
end

-- ---- results ----

-- built: the result of tree.build. Returns { resources, root }: all resources sorted by name, and the
-- accessor of the client.
function surface.build(built)
  local all = {}
  local root = enter(all, nil, built.nodes[1]).accessors[0]
  for _, op in ipairs(built.ops) do add_operation(all, root, op) end
  add_other_names(all, built.nodes)
  for _, resource in ipairs(all) do
    add_calls(resource)
    set_fields(resource)
    for _, accessor in pairs(resource.accessors) do
      order_children(accessor)
      add_kinds(accessor)
      add_verbs(accessor, built.verbs)
    end
  end
  add_fans(all, built.fans)
  for _, op in ipairs(built.ops) do set_params(op, built.aliases) end
  for _, resource in ipairs(all) do
    for _, accessor in pairs(resource.accessors) do accessor.names = found_below(accessor, {}) end
  end
  table.sort(all, compare_names)
  return { resources = all, root = root }
end

-- A resource of the client's own account is found below the client, unless a product has its name.
local function prefix_of(s, resource, sid_text)
  local above = resource.above
  if not above then return "client" end
  for _, found in ipairs(above.is_own_account and s.root.names or {}) do
    if found.accessor.resource == resource and found.name == resource.node.name then return "client" end
  end
  return surface.expression(s, above, sid_text)
end

local function sid_name(resource, i) return resource.sids[i] end

-- Returns the Lua expression of an accessor: "client.calls(sid).recordings". sid_text(resource, i)
-- returns the text of a SID; the default is its name. The SIDs are requested from left to right.
function surface.expression(s, accessor, sid_text)
  local resource, sids = accessor.resource, {}
  if not resource.above then return "client" end
  local prefix = prefix_of(s, resource, sid_text)
  for i = 1, accessor.given do sids[i] = (sid_text or sid_name)(resource, i) end
  return prefix .. "." .. surface.safe_name(resource.node.name) .. (sids[1] and "(" .. table.concat(sids, ", ") .. ")" or "")
end

-- Returns the Lua expression of a resource under another name.
function surface.renamed(s, resource, name) return prefix_of(s, resource) .. "." .. surface.safe_name(name) end

-- Returns the products: name, top (the resource of the product), resources (top and all resources below
-- it, sorted by name).
function surface.products(s)
  local products, by_name = {}, {}
  for _, resource in ipairs(s.resources) do
    local name = resource.name:match("^[^.]+")
    if name and not by_name[name] then
      by_name[name] = { name = name, top = resource, resources = {} }
      products[#products + 1] = by_name[name]
    end
    if name then table.insert(by_name[name].resources, resource) end
  end
  return products
end

return surface
