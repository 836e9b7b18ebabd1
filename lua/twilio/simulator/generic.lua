--- Answers every operation of Twilio's API that has no handler of its own: compares the request with the
-- table of operations, remembers what was created, and answers with records of the documents' types.
--
-- generic/resources.lua says which records exist. generic/requests.lua says what is refused.
local api = require "twilio.simulator.generic.api"
local identifiers = require "twilio.simulator.generic.identifiers"
local names = require "twilio.simulator.generic.names"
local pages = require "twilio.simulator.generic.pages"
local plausible = require "twilio.simulator.generic.plausible"
local requests = require "twilio.simulator.generic.requests"
local resources = require "twilio.simulator.generic.resources"
local values = require "twilio.simulator.generic.values"

local unpack = table.unpack or unpack

local generic = {}

-- Where the operations with a redirect lead to, such as the content of media.
local MEDIA = "https://media.twiliocdn.com/"

local CREATED, ACCEPTED = 201, 202

local function refuse(status, code, message) error({ status = status, code = code, message = message }, 0) end

local function not_found(context) refuse(404, 20404, "The requested resource " .. context.path .. " was not found") end

-- ---- the body ----

-- Returns what plausible.value needs for an item.
local function about(context, operation, item, known)
  return {
    seed = item.seed, now = context.store.now, created = item.created, updated = item.updated, given = known, full = item.unseen,
    own = plausible.own(operation), ended = operation.node.parent.key == "Operations" and item.unseen,
  }
end

-- Some answers have the record in a field: { operation = …, rule = { … } }.
local function nest(of, known, id_name)
  if not id_name then return known end
  local inside = {}
  for _, field in ipairs(of.fields or {}) do
    if names.fold(field.name) == id_name then return known end
    for _, inner in ipairs(field.type.fields or {}) do
      if names.fold(inner.name) == id_name then inside[names.fold(field.name)] = known end
    end
  end
  return setmetatable(inside, { __index = known })
end

local function body(context, operation, item, known, id_name)
  local of = operation.answer
  if not of or operation.status == 204 then return "" end
  if of.kind ~= "object" then return values.text(of, plausible.value(of, "", about(context, operation, item, known))) end
  return values.text(of, plausible.fields(of, about(context, operation, item, nest(of, known, id_name))))
end

-- ---- operations that end later ----

-- The resource with the operation that a 202 begins: of the same document, with the longest common path.
local function operations_of(operation)
  local best, most = nil, -1
  for _, candidate in ipairs(api.operations) do
    if candidate.document == operation.document and candidate.kind == "fetch" and candidate.path:find "/Operations/{%w+}$" then
      local common = 0
      while candidate.path:byte(common + 1) == operation.path:byte(common + 1) do common = common + 1 end
      if common > most then best, most = candidate, common end
    end
  end
  return best
end

-- Adds the operation to the fields of an answer. Returns the headers with its address.
local function begin(context, operation, known)
  local pending = operation.status == ACCEPTED and operations_of(operation)
  if not pending then return {} end
  local of = pending.arguments[1].type
  local id = identifiers.make(of.kind == "id" and of or identifiers.ANY, context.store:hex())
  local url = context.base .. resources.path(pending.node, { id })
  known.statusurl, known.operationid = url, id
  return { "Location: " .. url, "Operation-Id: " .. id }
end

-- ---- kinds ----

local answers = {}

-- Returns the answer about an item.
-- @param id_name the field with the item's id, which may be one level down in the answer; nil if it is not
local function finish(context, operation, item, known, id_name)
  local headers = begin(context, operation, known)
  return operation.status, body(context, operation, item, known, id_name), headers
end

-- An operation that creates nothing which can be fetched, such as a check: its answer repeats the request.
local function answer_once(context, operation, arguments, given)
  local item = { id = "", given = given, seed = context.store:hex(), created = context.store.now, updated = context.store.now }
  return finish(context, operation, item, resources.known(context, operation.node, arguments, item))
end

function answers.create(context, operation, arguments, given)
  local node = resources.created_by(operation)
  if not node then return answer_once(context, operation, arguments, given) end
  local item, own = resources.create(context, node, arguments, given)
  local id_name = node.key == api.PARAMETER and resources.id_field(node, resources.type_of(node)) or nil
  return finish(context, operation, item, resources.known(context, node, own, item), id_name)
end

local function find(context, operation, arguments)
  return resources.find(context, operation.node, arguments) or not_found(context)
end

function answers.fetch(context, operation, arguments, given)
  local item = find(context, operation, arguments)
  local known = resources.known(context, operation.node, arguments, item)
  for name, value in pairs(given) do
    if known[name] == nil then known[name] = value end
  end
  local headers = operation.status >= 300 and { "Location: " .. MEDIA .. identifiers.digits(item.seed, 32, "0123456789abcdef") } or {}
  return operation.status, body(context, operation, item, known), headers
end

function answers.update(context, operation, arguments, given)
  local item = find(context, operation, arguments)
  for name, value in pairs(given) do item.given[name] = value end
  item.updated = context.store.now
  resources.keep(context, operation.node, arguments, item)
  return finish(context, operation, item, resources.known(context, operation.node, arguments, item))
end

answers.patch = answers.update

function answers.delete(context, operation, arguments)
  local item = find(context, operation, arguments)
  resources.remove(context, operation.node, arguments, item)
  return finish(context, operation, item, resources.known(context, operation.node, arguments, item))
end

-- ---- lists ----

-- Returns the plausible record of a list whose records no operation creates, or nil. The filters accept it.
local function unseen_item(context, node, arguments, collection, filters)
  local record = node.children[api.PARAMETER]
  if collection.size > 0 or node.operations.POST or record and resources.creator(record) then return nil end
  local now, seed = context.store.now, node.host .. resources.path(node, arguments)
  local item = { id = "", given = {}, seed = seed, created = now, updated = now, unseen = true }
  for _, filter in ipairs(filters) do item.given[filter.field] = filter.text end
  if record and next(record.operations) then
    local name, of = resources.id_field(record, resources.type_of(record))
    local value = plausible.value(of, name, { seed = seed, now = now, given = {}, full = true, own = { [name] = true } })
    item.id = item.given[name] or value ~= values.null and tostring(value) or "example"
  end
  return item
end

local function record_of(context, operation, arguments, of, item)
  if of.kind ~= "object" then
    return plausible.value(of, "id", about(context, operation, item, { id = item.id ~= "" and item.id or nil }))
  end
  local node = operation.node.children[api.PARAMETER]
  local known
  if node and next(node.operations) then
    local own = { unpack(arguments) }
    own[#own + 1] = item.id
    known = resources.known(context, node, own, item)
  else
    known = resources.known(context, operation.node, arguments, item)
  end
  return plausible.fields(of, about(context, operation, item, known))
end

function answers.list(context, operation, arguments, _, raw)
  local container = operation.answer
  local of = container.by_name[operation.list_key].items
  local collection = resources.collection(context, operation.node, arguments)
  local filters = pages.filters(of, raw)
  local function accept(item)
    if not item or not filters[1] then return item and true end
    return pages.accepts(plausible.folded(record_of(context, operation, arguments, of, item)), filters)
  end
  local items, fields = pages.page(collection, raw, {
    path = context.path, base = context.base, key = operation.list_key, in_order = context.query_in_order,
    whole = not container.by_name.next_page_uri and not container.by_name.meta,
  }, accept)
  if not items[1] then
    items[1] = unseen_item(context, operation.node, arguments, collection, filters)
    fields.totalresults, fields.itemsperpage, fields.totalelements = #items, #items, #items
  end
  local records = {}
  for i, item in ipairs(items) do records[i] = record_of(context, operation, arguments, of, item) end
  local item = { seed = "", created = context.store.now, updated = context.store.now }
  local page = plausible.fields(container, about(context, operation, item, fields))
  page[operation.list_key] = records
  return operation.status, values.text(container, page), {}
end

-- ---- routing ----

--- Finds the operations of a request.
-- @param host the product of the request, such as "flex-api", or nil if it does not say
-- @param path its path without the product
-- @return a route for generic.answer; nil if no operation has this path; nil and a list of products if
-- several have it
function generic.find(host, path)
  if not host then
    local hosts = api.hosts_of(path)
    if #hosts ~= 1 then return nil, hosts[2] and hosts end
    host = hosts[1]
  end
  local node, arguments = api.find(host, path)
  return node and { node = node, arguments = arguments }
end

--- Returns whether there is a product of this name.
generic.has_product = api.has_host

--- Returns who may send a request: "anybody", "bearer" or nil for the usual credentials.
function generic.who(route, method)
  local operation = route.node.operations[method]
  return operation and operation.who
end

-- The account of a path of the first API, which must be the caller's own or one of its sub-accounts.
local function check_account(context, route)
  local top = route.node
  while top.parent and top.parent.key ~= "Accounts" do top = top.parent end
  if route.node.host == "api" and top.parent and top.key == api.PARAMETER then context.account(route.arguments[1]) end
end

local KEY = "Idempotency-Key"

-- Returns the SID under which the answer to a request with an idempotency key is kept, or nil if the operation
-- does not honour such keys.
local function place_of_answer(operation, context)
  for _, param in ipairs(operation.params) do
    if param.name == KEY and param.place == "header" and context.headers[KEY:lower()] then
      return table.concat({ context.caller and context.caller.sid or "", operation.name, context.path, context.headers[KEY:lower()] }, " ")
    end
  end
  return nil
end

-- A request that is repeated with its idempotency key gets the first answer again, and has no second effect.
local function answer_first(operation, context, answer)
  local place, store = place_of_answer(operation, context), context.store
  if not place then return answer() end
  local all = store:collection("generic", "answers")
  local known = all:get(place)
  if not known then
    local status, text, headers = answer()
    known = { sid = place, answer_status = status, text = text, headers = headers }
    all:add(known)
  end
  return known.answer_status, known.text, known.headers
end

--- Raises { status, code, message } unless the operation of a path takes the parameters of a request. Does nothing
-- if the documents have no such operation.
-- @param query_in_order, form_in_order arrays of { name, value }
function generic.check(host, path, request, query_in_order, form_in_order)
  local node = api.find(host, path)
  local operation = node and node.operations[request.method]
  if not operation then return end
  requests.read(operation, {
    headers = request.headers, body = request.body, query_in_order = query_in_order, form_in_order = form_in_order,
  })
end

--- Creates a record in a list whose creation the documents lack.
-- @param path the path of the list
-- @param given the fields of the record, by folded names
-- @param content the text of the record's resource "Content", if it has one
-- @return the status, the body, and the id of the record
function generic.upload(context, host, path, given, content)
  local node, arguments = api.find(host, path)
  if not resources.has_parents(context, node, arguments) then not_found(context) end
  local record = node.children[api.PARAMETER]
  local item, own = resources.create(context, record, arguments, given)
  if record.children.Content then resources.create(context, record.children.Content, own, { content = content }) end
  return CREATED, body(context, record.operations.GET, item, resources.known(context, record, own, item)), item.id
end

--- Answers a request.
-- @param route see generic.find
-- @param context {
--   store             the store of the simulator: now, hex, collection
--   caller            the account of the credentials, or nil
--   method, headers, body
--   query_in_order, form_in_order   arrays of { name, value }
--   path              the path without the product
--   base              what precedes a path in the absolute links of the answer
--   secret            the secret of a new key, or nil
--   account           function(sid), which raises unless the caller may use the account
--   exists            function(host, path): whether a record with a handler of its own exists; nil if
--                     the path has no such handler }
-- @return the status, the body, and an array of headers. Raises { status, code, message } for a refusal.
function generic.answer(route, context)
  local operation = route.node.operations[context.method]
  if not operation then refuse(405, 20004, "Method not allowed") end
  check_account(context, route)
  local raw = requests.read(operation, context)
  if not resources.has_parents(context, route.node, route.arguments) then not_found(context) end
  return answer_first(operation, context, function()
    local given = plausible.folded(raw)
    given.secret = given.secret or context.secret
    return answers[operation.kind](context, operation, route.arguments, given, raw)
  end)
end

--- A record of a type of Twilio's documents: see plausible.record.
generic.record = plausible.record

--- The JSON text of a record: see plausible.json.
generic.json = plausible.json

return generic
