--- The resources of the API in memory: creates, lists, changes and deletes records of any type.
--
-- A resource is a node of api.lua. Its records are in a collection of the store, as items:
--   id                 the last argument of the record's path
--   sid                the id in hexadecimal digits, which page tokens need
--   given              the values that requests gave to its fields, by folded names
--   seed               the text from which the other identifiers of the record are made
--   created, updated   times
--   unseen             true if no request has created or changed the record
--
-- A resource without an operation that creates records has all records: each SID of the right form has a
-- plausible one, until it is deleted. A resource with such an operation has the created records only.
local api = require "twilio.simulator.generic.api"
local identifiers = require "twilio.simulator.generic.identifiers"
local names = require "twilio.simulator.generic.names"
local plausible = require "twilio.simulator.generic.plausible"

local unpack = table.unpack or unpack

local resources = {}

-- ---- paths ----

--- Returns the path of a node for the arguments of a request, percent-encoded and without ".json".
function resources.path(node, arguments)
  local parts, used = {}, 0
  local function walk(at)
    if not at.parent then return end
    walk(at.parent)
    local segment = at.key
    if segment == api.PARAMETER then
      used = used + 1
      segment = api.encode(arguments[used])
    end
    parts[#parts + 1] = "/" .. segment
  end
  walk(node)
  return table.concat(parts)
end

--- Returns the number of parameters in the path of a node.
local function arity(node)
  local count = 0
  while node do
    if node.key == api.PARAMETER then count = count + 1 end
    node = node.parent
  end
  return count
end

resources.arity = arity

local function some_operation(node)
  for _, method in ipairs { "GET", "POST", "PUT", "PATCH", "DELETE" } do
    if node.operations[method] then return node.operations[method] end
  end
  return nil
end

local function creation(node)
  local operation = node and node.operations.POST
  return operation and operation.kind == "create" and operation or nil
end

-- The operation that creates the records of a collection: at its path, or below another name
-- (`NewFactors` for `Factors`).
local function creation_in(node)
  return creation(node) or creation(node.parent and node.parent.children["New" .. node.key])
end

--- Returns the operation that creates the records of a node, or nil. An operation whose record does not
-- show its id does not count, because no program could find the record.
function resources.creator(node)
  if node.key ~= api.PARAMETER then return creation(node) end
  local operation = creation_in(node.parent)
  return operation and next(node.operations) and resources.shows_id(node) and operation or nil
end

--- Returns the node of the records that an operation creates, or nil if it creates none that can be fetched.
-- The node is that of the operation itself for a record without SID.
function resources.created_by(operation)
  local node = operation.node
  local collection = node.parent.children[node.key:match "^New(.+)$" or ""] or node
  local record = collection.children[api.PARAMETER]
  if record and resources.creator(record) then return record end
  local reads = node.operations.GET
  local is_single = reads and reads.kind == "fetch" or node.operations.PUT or node.operations.PATCH or node.operations.DELETE
  return is_single and node or nil
end

-- ---- items ----

local function key(id)
  return (id:gsub(".", function(character) return ("%02x"):format(character:byte()) end))
end

local function owner(context) return context.caller and context.caller.sid or "anybody" end

--- Returns the collection that a node's path names.
function resources.collection(context, node, arguments)
  return context.store:collection(owner(context), node.host .. resources.path(node, arguments))
end

local function new_item(context, id, seed)
  local now = context.store.now
  return { id = id, sid = key(id), given = {}, seed = seed, created = now, updated = now }
end

local function unseen(context, node, arguments)
  local item = new_item(context, arguments[arity(node)] or "", node.host .. resources.path(node, arguments))
  item.unseen = true
  return item
end

-- Twilio accepts the unique name of many records in place of their SID.
local function by_unique_name(collection, id)
  for _, item in ipairs(collection:all()) do
    if item.given.uniquename == id then return item end
  end
  return nil
end

local function is_well_formed(node, id)
  local operation = some_operation(node)
  local of = operation and operation.arguments[#operation.arguments].type
  return not of or of.kind ~= "id" or identifiers.matches(of, id)
end

-- Returns the record of a node whose last segment is a parameter, or nil.
local function find_record(context, node, arguments)
  local id = arguments[arity(node)]
  local collection = resources.collection(context, node.parent, arguments)
  local item = collection:get(key(id)) or by_unique_name(collection, id)
  if item then return item end
  if collection.positions[key(id)] then return nil end -- deleted
  local path = resources.path(node, arguments) .. (node.suffix or "")
  local is_elsewhere = context.exists(node.host, path)
  if is_elsewhere == nil then is_elsewhere = not resources.creator(node) and is_well_formed(node, id) end
  return is_elsewhere and unseen(context, node, arguments) or nil
end

-- The key of a record without SID.
local SINGLE = "single"

-- A resource without SID, such as a balance, exists until it is deleted.
local function find_single(context, node, arguments)
  local collection = resources.collection(context, node, arguments)
  local item = collection:get(SINGLE)
  if item or collection.positions[SINGLE] or resources.creator(node) then return item end
  item = unseen(context, node, arguments)
  item.sid = SINGLE
  return item
end

--- Returns the item at a path, or nil.
function resources.find(context, node, arguments)
  local find = node.key == api.PARAMETER and find_record or find_single
  return find(context, node, arguments)
end

local function home(context, node, arguments)
  return resources.collection(context, node.key == api.PARAMETER and node.parent or node, arguments)
end

--- Stores an item, so that a later request finds it.
function resources.keep(context, node, arguments, item)
  item.unseen = nil
  local collection = home(context, node, arguments)
  if not collection:get(item.sid) then collection:add(item) end
end

function resources.remove(context, node, arguments, item)
  resources.keep(context, node, arguments, item)
  home(context, node, arguments):remove(item.sid)
end

--- Returns whether all records exist to which a path belongs.
function resources.has_parents(context, node, arguments)
  local at = node.parent
  while at do
    if at.key == api.PARAMETER and next(at.operations) and not find_record(context, at, arguments) then return false end
    at = at.parent
  end
  return true
end

-- ---- the fields of records ----

--- Returns the type of the records of a node: of its fetch, otherwise of another operation, or nil.
function resources.type_of(node)
  local fetch = node.operations.GET
  local of = fetch and plausible.record_type(fetch)
  if of then return of end
  for _, candidate in ipairs { node.parent and node.parent.operations.POST or false, node.operations.POST or false } do
    of = candidate and plausible.record_type(candidate)
    if of then return of end
  end
  return nil
end

local function has_field(of, name)
  for _, field in ipairs(of and of.fields or {}) do
    if names.fold(field.name) == name then return field.type end
  end
  return nil
end

local function is_name(name) return name:find "name$" ~= nil end

--- Returns whether the records of a node have a field with the last argument of their path.
function resources.shows_id(node)
  local of = resources.type_of(node)
  local name = resources.id_field(node, of)
  return has_field(of, name) ~= nil or is_name(name)
end

--- Returns the folded name of the field with the last argument of a record's path, and its type.
-- @param of the type of the record
function resources.id_field(node, of)
  local operation = some_operation(node)
  local argument = operation.arguments[#operation.arguments]
  for _, name in ipairs { names.fold(argument.name), "sid", "id" } do
    local type = has_field(of, name)
    if type then return name, type end
  end
  return names.fold(argument.name), argument.type
end

-- The id of a new record: a value that the request gave, otherwise an identifier of the documented form.
local function new_id(size, node, of, given, seed)
  local name, type = resources.id_field(node, of)
  if type.kind == "integer" then return tostring(given[name] or size) end
  local chosen = given[name] or is_name(name) and (given.uniquename or given.displayname or given.name)
  if chosen and not (type.kind == "id" and not identifiers.matches(type, tostring(chosen))) then return tostring(chosen) end
  local operation = some_operation(node)
  local argument = operation.arguments[#operation.arguments].type
  return identifiers.make(type.kind == "id" and type or argument.kind == "id" and argument or identifiers.ANY, seed)
end

local function refuse_second(collection, item)
  local name = item.given.uniquename
  local taken = collection:get(item.sid) and item.id or name and name ~= "" and by_unique_name(collection, name) and name
  if taken then error({ status = 409, code = 20409, message = ("There is already a record with the name '%s'"):format(taken) }, 0) end
end

--- Creates a record, and stores it. Raises { status = 409, … } if a record has its id or unique name already.
-- @param node the node of the record
-- @param arguments the arguments of the operation's path, which may lack the record's id
-- @param given the values of the request, by folded names
-- @return the item, and the arguments of its path
function resources.create(context, node, arguments, given)
  local collection, seed = home(context, node, arguments), context.store:hex()
  local item = new_item(context, "", seed)
  item.given, item.sid = given, SINGLE
  local own = { unpack(arguments) }
  if node.key == api.PARAMETER then
    item.id = own[arity(node)] or new_id(collection.size, node, resources.type_of(node), given, seed)
    item.sid, own[arity(node)] = key(item.id), item.id
  end
  if node.key == api.PARAMETER then
    refuse_second(collection, item)
  elseif collection:get(SINGLE) then
    collection:remove(SINGLE)
  end
  collection:add(item)
  return item, own
end

-- The links to the resources below a record.
local function links(context, node, path)
  local made = {}
  for name, below in pairs(node.children) do
    if name ~= api.PARAMETER then made[names.snake(name)] = context.base .. path .. "/" .. name .. (below.suffix or "") end
  end
  return made
end

--- Returns all that is known about the fields of an item, by folded names.
-- @param node the node of the item, or the node of an operation that creates no item
-- @param arguments the arguments of its path
function resources.known(context, node, arguments, item)
  local known, path = {}, resources.path(node, arguments)
  local operation = some_operation(node)
  for i, argument in ipairs(operation and operation.arguments or {}) do known[names.fold(argument.name)] = arguments[i] end
  known.accountsid = known.accountsid or context.caller and context.caller.sid
  known.accountid = known.accountsid
  known.url, known.uri = context.base .. path .. (node.suffix or ""), path .. (node.suffix or "")
  known.links = links(context, node, path)
  known.subresourceuris = known.links
  for name, value in pairs(item.given) do known[name] = value end
  if node.key == api.PARAMETER then
    known[resources.id_field(node, resources.type_of(node))] = item.id
  end
  return known
end

return resources
