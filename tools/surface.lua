-- The accessor tree (see tree.lua) as a program walks it, for what is written for editors (types.lua) and for readers
-- (reference.lua).
--
-- A resource is a node as reached from one place: name ("api.v2010.accounts.calls"), node, above (that place, nil for
-- the client's), sids (the names of those a call takes), most (how many these are), empty_call (an official library
-- calls it without any), ops, fields (of its records), places (by the number of SIDs given; 0 and `most` are there).
--
-- A place is a resource with so many of its own SIDs: resource, given, children ({ name, place }, in the order of lookup,
-- those below transparent ones included), calls ({ sids, place }) and methods.
--
-- A method: name, op, sids (the names of those still to be given), result ("page", "iterator", "number", "true",
-- "record"), of (the resource whose records these are), group (the operation's kind or the name: the methods of one group
-- stand together and differ in their result at most), and for a verb `verb`, its row of the tree. The method `page`
-- takes a URL where its fellows take parameters.
--
-- A parameter of an operation: name, param (see openapi.lua), required; alias when it is another name of one.
local names = require "names"

local surface = {}

local METHODS = {
  list = { "list", "iter", "stream", "count" }, create = { "create", "make" }, fetch = { "fetch", "get" },
  update = { "update" }, delete = { "delete" }, patch = { "patch" },
}
local RESULTS = { list = "page", iter = "iterator", stream = "iterator", count = "number" }
local KIND_RESULTS = { list = "page", delete = "true" }

-- Words that no field of a table constructor can be; the library takes them with an underscore behind.
surface.KEYWORDS = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch("%a+") do
  surface.KEYWORDS[word] = true
end

-- The name as a program writes it after a dot: a word of Lua takes an underscore.
function surface.safe_name(name) return surface.KEYWORDS[name] and name .. "_" or name end

-- Places

local function place_at(resource, given)
  local place = resource.places[given]
  if not place then
    place = { resource = resource, given = given, children = {}, calls = {}, methods = {} }
    resource.places[given] = place
  end
  return place
end

-- The resource of a node below a place. A node that is reached from the list and from one record is two resources.
local function enter(all, above, node)
  for _, child in ipairs(above and above.children or {}) do
    if child.place.resource.node == node then return child.place.resource end
  end
  local name = node.full
  if all[name] then name = above.resource.name .. ".Item." .. node.name end
  if all[name] then error("two resources " .. name, 0) end
  local resource = { name = name, node = node, above = above, sids = {}, most = 0, ops = {}, places = {} }
  all[name], all[#all + 1] = resource, resource
  place_at(resource, 0)
  if above then above.children[#above.children + 1] = { name = node.name, place = resource.places[0] } end
  return resource
end

local function snakes(wires)
  local out = {}
  for i, wire in ipairs(wires) do out[i] = names.snake(wire) end
  return out
end

local function add_operation(all, root, op)
  local place, node = root, root.resource.node
  for i, step in ipairs(op.accessor) do
    node = node.by_name[step.name]
    local resource = enter(all, place, node)
    if #step.args > resource.most then resource.sids, resource.most = snakes(step.args), #step.args end
    if step.called and #step.args == 0 then resource.empty_call = true end
    place = place_at(resource, #step.args)
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

-- Other names of a node, and nodes that stand for another when called.
local function add_other_names(all, nodes)
  for _, node in ipairs(nodes) do
    if node.target then
      local target = resources_of(all, node.target)[1]
      local above = node.parent == node.target.parent and target.above or resources_of(all, node.parent)[1].places[0]
      local place = target.places[node.own_account and target.most or 0]
      above.children[#above.children + 1] = { name = node.name, place = place, node = node }
      if node.own_account then place.is_own_account = true end
    elseif node.called then
      local resource = resources_of(all, node)[1]
      resource.stands_for = resources_of(all, node.called)[1]
      resource.sids, resource.most = resource.stands_for.sids, resource.stands_for.most
    end
  end
end

local function add_calls(resource)
  local first = resource.places[0]
  if resource.empty_call then first.calls[1] = { sids = {}, place = first } end
  for given = 1, resource.most do
    local target = (resource.stands_for or resource).places[given]
    if target then
      local sids = {}
      for i = 1, given do sids[i] = resource.sids[i] end
      first.calls[#first.calls + 1] = { sids = sids, place = target }
    end
  end
end

-- The children in the order of the tree, which is that of lookup.
local function order_children(place)
  local node = place.resource.node
  local position = {}
  for i, child in ipairs(node.children) do position[child.name] = i end
  table.sort(place.children, function(a, b) return position[a.name] < position[b.name] end)
end

-- All names that are found at a place: its children's, then those below the transparent ones.
local function found_at(place, into)
  for _, child in ipairs(place.children) do
    if not into[child.name] then
      into[child.name], into[#into + 1] = true, { name = child.name, place = child.place }
    end
  end
  for _, child in ipairs(place.children) do
    if (child.node or child.place.resource.node).transparent then found_at(child.place, into) end
  end
  return into
end

-- Methods

local function add_methods(place, op, of, sids, kind)
  for _, name in ipairs(METHODS[kind]) do
    place.methods[#place.methods + 1] = {
      name = name, op = op, sids = sids, of = of, result = RESULTS[name] or KIND_RESULTS[kind] or "record", group = kind,
    }
  end
end

local function add_page(place, op)
  place.methods[#place.methods + 1] = { name = "page", op = op, sids = {}, of = op.resource, result = "page", group = "page" }
end

local function rest(list, from)
  local out = {}
  for i = from, #list do out[#out + 1] = list[i] end
  return out
end

local function add_kinds(place)
  local resource = place.resource
  for _, op in ipairs((resource.stands_for or resource).ops) do
    if op.own_sids >= place.given then
      local own = snakes(op.accessor[#op.accessor].args)
      add_methods(place, op, op.resource, rest(own, place.given + 1), op.kind)
      if op.kind == "list" and op.own_sids == place.given then add_page(place, op) end
    end
  end
end

-- The number of SIDs with which a place is reached.
local function sids_at(place)
  local n = 0
  while place do
    n, place = n + place.given, place.resource.above
  end
  return n
end

-- What the path of a verb's operation takes beyond the SIDs of the place.
local function missing_sids(verb, place)
  local wires = {}
  for i, param in ipairs(verb.op.path_params) do wires[i] = param.name end
  return snakes(rest(wires, sids_at(place) + 1)), #wires >= sids_at(place)
end

-- A verb whose operation is another resource's is asked of all, not of one.
local function add_verbs(place, verbs)
  local resource = place.resource
  local own = resource.stands_for or resource
  for _, verb in ipairs(verbs) do
    if verb.node == resource.node and (verb.op.resource == own or place.given == 0) then
      local sids, fits = missing_sids(verb, own.places[place.given])
      if fits then
        place.methods[#place.methods + 1] = {
          name = verb.name, op = verb.op, verb = verb, of = verb.op.resource, result = KIND_RESULTS[verb.op.kind] or "record", group = verb.name,
          sids = sids,
        }
      end
    end
  end
end

local function remove_methods(place, group)
  for i = #place.methods, 1, -1 do
    if place.methods[i].group == group then table.remove(place.methods, i) end
  end
end

-- Lists that are those of other records: instead of a list of the place's own, or beside it where a parameter asks for them.
local function add_fans(all, fans)
  for _, fan in ipairs(fans) do
    local inner = resources_of(all, fan.outer.by_name[fan.inner])[1]
    local list
    for _, op in ipairs(inner.ops) do
      if op.kind == "list" then list = op end
    end
    for _, resource in ipairs(resources_of(all, fan.node)) do
      if fan.param == "" then
        remove_methods(resource.places[0], "list")
        remove_methods(resource.places[0], "page")
        add_methods(resource.places[0], list, inner, {}, "list")
      else
        for _, op in ipairs(resource.ops) do
          if op.kind == "list" then op.fan_param = fan.param end
        end
      end
    end
  end
end

-- Parameters

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

-- Records

local function merge_property(fields, property)
  local field = fields[property.name]
  if not field then
    field = { name = property.name, count = 0, property = property, nullable = false }
    fields[property.name], fields[#fields + 1] = field, field
  end
  if field.property.type ~= property.type then field.property = { type = "any" } end
  field.count, field.nullable = field.count + 1, field.nullable or property.nullable == true
end

-- What the answers of a resource's operations have in common and apart. What leads to a record is always in it.
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

-- built: what tree.build returned. Returns { resources, root }: all resources in the order of their names, and the
-- client's place.
function surface.build(built)
  local all = {}
  local root = enter(all, nil, built.nodes[1]).places[0]
  for _, op in ipairs(built.ops) do add_operation(all, root, op) end
  add_other_names(all, built.nodes)
  for _, resource in ipairs(all) do
    add_calls(resource)
    set_fields(resource)
    for _, place in pairs(resource.places) do
      order_children(place)
      add_kinds(place)
      add_verbs(place, built.verbs)
    end
  end
  add_fans(all, built.fans)
  for _, op in ipairs(built.ops) do set_params(op, built.aliases) end
  for _, resource in ipairs(all) do
    for _, place in pairs(resource.places) do place.names = found_at(place, {}) end
  end
  table.sort(all, compare_names)
  return { resources = all, root = root }
end

-- What is below the own account is reached from the client by name alone, unless a product has that name.
local function prefix_of(s, resource, sid_text)
  local above = resource.above
  if not above then return "client" end
  for _, found in ipairs(above.is_own_account and s.root.names or {}) do
    if found.place.resource == resource and found.name == resource.node.name then return "client" end
  end
  return surface.accessor(s, above, sid_text)
end

local function sid_name(resource, i) return resource.sids[i] end

-- The Lua expression that leads to a place: "client.calls(sid).recordings".
-- sid_text(resource, i) returns the text for a SID, and is called in the order of the SIDs.
function surface.accessor(s, place, sid_text)
  local resource, sids = place.resource, {}
  if not resource.above then return "client" end
  local prefix = prefix_of(s, resource, sid_text)
  for i = 1, place.given do sids[i] = (sid_text or sid_name)(resource, i) end
  return prefix .. "." .. surface.safe_name(resource.node.name) .. (sids[1] and "(" .. table.concat(sids, ", ") .. ")" or "")
end

-- The same for the name that stands before it, with another name of the resource.
function surface.renamed(s, resource, name) return prefix_of(s, resource) .. "." .. surface.safe_name(name) end

-- The products: name, top (the product itself as a resource), resources (it and all below it, in the order of names).
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
