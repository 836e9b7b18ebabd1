--- The operations of Twilio's API with their parameters and the types of their answers, read from
-- facts.lua. Finds the operation of a request.
--
-- An operation:
--   name       "api_v2010.CreateCall"
--   document   "api_v2010"
--   kind       "list", "create", "fetch", "update", "patch" or "delete"
--   host       "flex-api"
--   method     "POST"
--   path       "/2010-04-01/Accounts/{AccountSid}/Calls.json"
--   arguments  the parameters of the path, in their order
--   params     the other parameters
--   content    "form", "json", "scim", or nil if the request has no body
--   open       true if the JSON body may have any keys
--   who        "bearer", "anybody", or nil for the usual credentials
--   status     the status of a success
--   answer     the type of the body of a success, or nil
--   list_key   the field of `answer` with the records of a list, or nil
--   node       the node of its path: see api.find
--
-- A parameter is { name, place = "path", "query", "body" or "header", required, type }.
--
-- A type:
--   kind      "string", "date_time", "rfc2822", "date", "uri", "phone", "integer", "number", "boolean",
--             "any", "map", "id", "enum", "array" or "object"
--   nullable  whether the value may be null
--   least     the smallest number, or the least number of elements, or nil
--   prefixes, length   of an id: its possible prefixes, "" for any, and the number of characters after it
--   choices   of an enum: its strings
--   items     of an array: the type of its elements
--   fields    of an object: an array of { name, type }, in which `by_name[name]` is a type too
local facts = require "twilio.simulator.generic.facts"

local api = {}

local KINDS = {
  s = "string", t = "date_time", r = "rfc2822", d = "date", u = "uri", p = "phone", i = "integer", n = "number", b = "boolean", a = "any",
  o = "map", ["~"] = "id", ["="] = "enum", ["["] = "array", ["{"] = "object",
}
local PLACES = { p = "path", q = "query", b = "body", h = "header" }
local CONTENTS = { f = "form", j = "json", s = "scim" }
local WHO = { b = "bearer", n = "anybody" }
local SID_DIGITS = 32

local function split(text, pattern)
  local list = {}
  for piece in text:gmatch(pattern) do list[#list + 1] = piece end
  return list
end

local ELEMENT = "[^\t\n]+"
local types, fields, params = split(facts.types, ELEMENT), split(facts.fields, ELEMENT), split(facts.params, ELEMENT)

local read_type

-- One function for each kind that has more than its letter.
local readers = {}

function readers.integer(text, into) into.least = tonumber(text:match "^:(.+)") end

readers.number = readers.integer

function readers.id(text, into)
  local prefixes, length = text:match "^([^:]*):?(%d*)$"
  into.prefixes, into.length = prefixes == "" and { "" } or split(prefixes, "[^|]+"), tonumber(length) or SID_DIGITS
end

function readers.enum(text, into) into.choices = split(text, "[^|]+") end

function readers.array(text, into)
  local items, least = text:match "^(%d+):?(%d*)$"
  into.items, into.least = read_type(tonumber(items)), tonumber(least)
end

function readers.object(text, into)
  into.fields, into.by_name = {}, {}
  for number in text:gmatch "%d+" do
    local name, of = fields[tonumber(number)]:match "^(%S+) (%d+)$"
    local field = { name = name, type = read_type(tonumber(of)) }
    into.fields[#into.fields + 1], into.by_name[name] = field, field.type
  end
end

-- Types are read when they are first used. No type contains itself.
local known_types = {}

function read_type(number)
  local known = known_types[number]
  if known then return known end
  local letter, rest, mark = types[number]:match "^(.)(.-)(%??)$"
  local read = { kind = KINDS[letter], nullable = mark == "?" }
  if readers[read.kind] then readers[read.kind](rest, read) end
  known_types[number] = read
  return read
end

local function read_params(numbers)
  local list = {}
  for number in numbers:gmatch "%d+" do
    local place, mark, name, of = params[tonumber(number)]:match "^(%l)(!?)(%S+) (%d+)$"
    list[#list + 1] = { name = name, place = PLACES[place], required = mark == "!", type = read_type(tonumber(of)) }
  end
  return list
end

-- The fields that are read from the text when they are first used.
local LATER = {
  params = function(operation) return read_params(operation.texts.params) end,
  arguments = function(operation)
    local list, at = read_params(operation.texts.arguments), 0
    -- The path has the name of the record's field where the documents have another name.
    for name in operation.path:gmatch "{(%w+)}" do
      at = at + 1
      list[at].name = name
    end
    return list
  end,
  answer = function(operation) return operation.texts.answer ~= "0" and read_type(tonumber(operation.texts.answer)) or nil end,
}

local Operation = {}

function Operation.__index(operation, name)
  local read = LATER[name]
  local value = read and read(operation)
  if value ~= nil then rawset(operation, name, value) end
  return value
end

-- ---- paths ----

--- The key of a node whose segment is a parameter.
api.PARAMETER = "{}"

local roots = {} -- the nodes of the first segments, by host

local function child(node, key)
  if not node.children[key] then
    node.children[key] = { key = key, parent = node, host = node.host, children = {}, operations = {} }
  end
  return node.children[key]
end

local JSON = "%.json$"

local function node_of(host, path)
  roots[host] = roots[host] or { host = host, children = {}, operations = {} }
  local node = roots[host]
  for segment in path:gsub(JSON, ""):gmatch "[^/]+" do node = child(node, segment:gsub("^{.*}$", api.PARAMETER)) end
  return node
end

-- The node below a node that the segments of a request lead to, and the arguments. Names win over parameters.
local function search(node, segments, at)
  local segment = segments[at]
  if not segment then
    if next(node.operations) then return node, {} end
    return nil
  end
  local below = node.children[segment]
  local found, arguments
  if below then found, arguments = search(below, segments, at + 1) end
  if found then return found, arguments end
  below = node.children[api.PARAMETER]
  if below then found, arguments = search(below, segments, at + 1) end
  if found then table.insert(arguments, 1, segment) end
  return found, arguments
end

local function decoded(segment)
  return (segment:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- Percent-encodes a text, for a segment of a path or for a query.
function api.encode(text)
  return (text:gsub("[^%w%-._~]", function(character) return string.format("%%%02X", character:byte()) end))
end

--- Finds the node of a path. Names win over parameters.
-- @param host such as "api"
-- @param path such as "/2010-04-01/Accounts/AC…/Calls.json", percent-encoded
-- @return the node, and the decoded arguments of the path; nil if no operation has this path. A node is
-- { host, key, parent, children = by key, operations = by method, suffix = ".json" or "" }.
function api.find(host, path)
  if not roots[host] then return nil end
  local bare, suffixes = path:gsub(JSON, "")
  local segments = split(bare, "[^/]+")
  for i, segment in ipairs(segments) do segments[i] = decoded(segment) end
  local node, arguments = search(roots[host], segments, 1)
  if node and (node.suffix ~= "") == (suffixes > 0) then return node, arguments end
  return nil
end

--- Returns the names of the hosts at which a path has operations, in alphabetical order.
function api.hosts_of(path)
  local found = {}
  for host in pairs(roots) do
    if api.find(host, path) then found[#found + 1] = host end
  end
  table.sort(found)
  return found
end

--- Returns whether there is a host of this name.
function api.has_host(host) return roots[host] ~= nil end

-- ---- operations ----

--- All operations in the order of the documents, and the same operations by name.
api.operations, api.by_name = {}, {}

local function add(document, host, path, arguments, line)
  local method, id, body, who, status, answer, key, numbers = line:match "^(%u+) (%w+) ([fjs]?o?)([bn]?)(%d+) (%d+)=?(%S*)(.*)$"
  local node = node_of(host, path)
  local operation = setmetatable({
    name = document .. "." .. id, document = document, kind = id:match "^%u%l+":lower(), host = host, method = method, path = path,
    content = CONTENTS[body:sub(1, 1)], open = body:sub(-1) == "o", who = WHO[who], status = tonumber(status),
    list_key = key ~= "" and key or nil, node = node, texts = { answer = answer, params = numbers, arguments = arguments },
  }, Operation)
  node.operations[method], node.suffix = operation, path:match(JSON) or ""
  api.operations[#api.operations + 1] = operation
  api.by_name[operation.name] = operation
end

local document, host, path, arguments
for line in facts.operations:gmatch "[^\n]+" do
  local first = line:sub(1, 1)
  if first == "*" then
    document, host = line:match "^%* (%S+) (%S+)$"
  elseif first == "/" then
    path, arguments = line:match "^(%S+)(.*)$"
  else
    add(document, host, path, arguments, line)
  end
end

return api
