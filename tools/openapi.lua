-- Twilio's OpenAPI documents -> a plain list of operations.
--
-- An operation:
--   id, document     "ListCall", "api_v2010"
--   own              true when only our own document has it
--   kind, method     "list", "GET"
--   host, product    "flex-api", "flex_api"
--   path, suffix     "/v1/Services/{Sid}" without its ".json", which is the suffix ("" when there is none)
--   accessor         { { name = "flex_api" }, { name = "v1", version = true }, { name = "services", args = { "Sid" } } }
--   path_params      parameters in the order of the path
--   params           all others, sorted by location and name
--   content          "none", "form", "json" or "scim"; open = true: a JSON body of any names
--   auth             "basic", "oauth" or "none"
--   max_page         the largest PageSize, or nil
--   response         { status, properties, list_key }: of a list, the properties of one item
--   repeats          { [1] = true, … }: the path's parameters that the answer repeats as fields
--
-- A parameter: name, location ("path", "query", "body", "header"), class, required, personal, harmless, own, and what its
-- schema says: type, format, enum, pattern, items. A property of a response: name, type, format, enum, nullable, items,
-- personal.
local names = require "names"

local openapi = {}

local KINDS = { List = "list", Create = "create", Fetch = "fetch", Update = "update", Delete = "delete", Patch = "patch" }
local METHODS = { "get", "post", "put", "patch", "delete" }
local LOCATION_ORDER = { query = 1, body = 2, header = 3 }
local FORM, JSON, SCIM = "application/x-www-form-urlencoded", "application/json", "application/scim+json"
local MAP_FORMAT = "^prefixed%-collapsible%-map%-(.+)$"

local function fail(where, ...) error(where .. ": " .. string.format(...), 0) end

-- Follows `$ref`s within one document.
local function resolve(document, value)
  local depth = 0
  while value["$ref"] do
    local target = document.root
    for key in value["$ref"]:gsub("^#/", ""):gmatch("[^/]+") do
      target = type(target) == "table" and target[key] or fail(document.name, "unresolved reference %s", value["$ref"])
    end
    value, depth = target, depth + 1
    if depth > 32 then fail(document.name, "circular reference") end
  end
  return value
end

-- An object schema's properties and the set of required names. Of alternatives (oneOf) it is the union: which of them
-- belong together, and what each of them requires, is left to Twilio.
local function object_of(document, schema)
  schema = resolve(document, schema)
  local properties, required = {}, {}
  for name, property in pairs(schema.properties or {}) do properties[name] = property end
  for _, name in ipairs(schema.required or {}) do required[name] = true end
  for _, choice in ipairs(schema.oneOf or {}) do
    for name, property in pairs(object_of(document, choice)) do properties[name] = properties[name] or property end
  end
  return properties, required
end

local function texts(values)
  if not values then return nil end
  local out = {}
  for i, value in ipairs(values) do out[i] = type(value) == "number" and string.format("%.14g", value) or tostring(value) end
  return out
end

-- Texts that have to be JSON themselves: only the prose says so, and in some places there is none.
local HOLD_JSON = { Attributes = true, ContentVariables = true }

-- Objects whose names are the numbers of a template's placeholders.
local NUMBERED = { ContentVariables = true, variables = true }

-- What a schema says about a value, without its prose; `prose` is what stands beside the schema.
local function describe(document, schema, into, prose)
  local resolved = resolve(document, schema)
  into.type, into.format, into.pattern = resolved.type or "any", resolved.format, resolved.pattern
  into.enum, into.nullable = texts(resolved.enum), resolved.nullable == true or nil
  prose = prose or resolved.description or ""
  if into.type == "string" and not into.format and not into.enum then into.holds_json = HOLD_JSON[into.name] or prose:find "J[Ss][Oo][Nn]" ~= nil end
  if resolved.items then into.items = describe(document, resolved.items, {}, prose) end
  return into
end

local function personal(document, ...)
  for _, part in ipairs { ... } do
    local mark = part["x-twilio"] or resolve(document, part)["x-twilio"]
    if mark and mark.pii then return true end
  end
  return nil
end

local HARMLESS_TYPES = { boolean = true, integer = true, number = true }
local HARMLESS_FORMATS = { date = true, ["date-time"] = true, ["date-time-rfc-2822"] = true, ["http-method"] = true }

-- Whether the values tell nothing about a person, whatever the program sends.
local function harmless(param)
  local value = param.items or param
  return value.enum ~= nil or HARMLESS_TYPES[value.type] or HARMLESS_FORMATS[value.format] or nil
end

local SCALARS = { string = "scalar", number = "scalar", integer = "integer", boolean = "boolean" }
local STRINGS = { date = "date", ["date-time"] = "date_time", ["date-time-rfc-2822"] = "date_time" }

-- How the value of a parameter is written on the wire.
local function class_of(where, param)
  local kind, format = param.type, param.format
  if kind == "any" then return "json" end
  if NUMBERED[param.name] and (kind == "object" or param.holds_json) then return "numbered" end
  if kind == "object" then
    local prefix = format and format:match(MAP_FORMAT)
    if not prefix then return "object" end
    if param.name ~= prefix .. "Data" then fail(where, "parameter %s: a map of %s is expected to be named %sData", param.name, prefix, prefix) end
    return "map"
  end
  if kind == "array" then
    if not param.items then fail(where, "parameter %s: an array of nothing", param.name) end
    if SCALARS[param.items.type] and not param.items.holds_json then return "array" end
    if param.items.type == "any" or param.items.holds_json or param.items.type == "object" then return "json_array" end
    fail(where, "parameter %s: an array of unknown type %s", param.name, param.items.type)
  end
  if kind == "string" then return STRINGS[format] or param.holds_json and "json" or "scalar" end
  return SCALARS[kind] or fail(where, "parameter %s: unknown type %s", param.name, kind)
end

local function parameter(document, where, raw)
  local source = resolve(document, raw)
  local location = source["in"]
  if location ~= "path" and not LOCATION_ORDER[location] then
    fail(where, "parameter %s: unknown place %s", tostring(source.name), tostring(location))
  end
  local schema = source.schema or fail(where, "parameter %s: no schema", source.name)
  local about = { name = source.name, location = location, required = source.required == true or nil }
  local param = describe(document, schema, about, source.description)
  param.personal, param.own = personal(document, source, schema), source["x-own"]
  param.maximum = resolve(document, schema).maximum
  param.class, param.harmless = class_of(where, param), harmless(param)
  return param
end

local function body_params(document, where, schema, into)
  local properties, required = object_of(document, schema)
  for _, name in ipairs(names.sorted_keys(properties)) do
    local param = describe(document, properties[name], { name = name, location = "body", required = required[name] })
    param.personal, param.own = personal(document, properties[name]), properties[name]["x-own"]
    param.class, param.harmless = class_of(where, param), harmless(param)
    into[#into + 1] = param
  end
  return next(properties) ~= nil
end

-- Reads the body's media types; returns the operation's content and whether its names are open.
local function read_body(document, where, raw, params)
  if not raw.requestBody then return "none", nil end
  local content = resolve(document, raw.requestBody).content
  for media in pairs(content) do
    if media ~= FORM and media ~= JSON and media ~= SCIM then fail(where, "unknown media type %s", media) end
  end
  if content[FORM] and (content[JSON] or content[SCIM]) then fail(where, "both a form and JSON") end
  local chosen = content[FORM] or content[JSON] or content[SCIM] or fail(where, "a body without media type")
  local named = body_params(document, where, chosen.schema, params)
  if content[FORM] then return "form", nil end
  return content[SCIM] and "scim" or "json", not named or nil
end

-- "/Accounts/{Sid}.json" -> "/Accounts/{}": paths that differ only in the names of their parameters are one place.
local function anonymous(path) return (path:gsub("%.json$", ""):gsub("{[^}]*}", "{}")) end

local function path_names(path)
  local found = {}
  for name in path:gmatch("{([^}]*)}") do found[#found + 1] = name end
  return found
end

-- The segment that stands for the version: "v1", "v2010"; others name a part of the product (preview/wireless).
local function version_name(segment)
  if segment:find("^v%d+$") then return segment end
  local year = segment:match("^(%d%d%d%d)%-%d%d%-%d%d$")
  return year and "v" .. year or names.snake(segment)
end

local function has_operations(item)
  for _, method in ipairs(METHODS) do
    if item[method] then return true end
  end
  return false
end

-- A path item as a place: its parent place, its name, and whether it stands for one thing.
local function read_place(full, item)
  local version, path = full:match("^/([^/]+)(.*)$")
  local mark = item["x-twilio"] or {}
  local place = { full = full, path = path, key = anonymous(path), item = item, mark = mark, version = version_name(version) }
  place.mount = mark.mountName or place.key:gsub("/{}$", ""):match("([^/]+)$")
  if not has_operations(item) then
    place.instance = false
  elseif mark.pathType then
    place.instance = mark.pathType == "instance"
  else
    place.instance = full:find("}$") ~= nil or full:find("}%.json$") ~= nil
  end
  return place
end

-- The documented parent. A few name one that is no prefix of the path; then the parent's own list may be.
local function find_parent(places, place)
  local parent = place.mark.parent
  if not parent then return nil end
  local key = anonymous(parent)
  if place.key:sub(1, #key) ~= key then
    local list = key:gsub("/{}$", "")
    if list ~= key and place.key:sub(1, #list) == list then key = list end
  end
  local found = places[place.version .. key]
  return found ~= place and found or nil
end

-- "organization(OrganizationSid).users" in our own document says outright what names alone do not.
local function stated_accessor(place, text)
  local accessor, args = {}, {}
  for name, list in text:gmatch("([%w_]+)%(?([^).]*)%)?") do
    local own = {}
    for arg in list:gmatch("%w+") do own[#own + 1], args[#args + 1] = arg, arg end
    accessor[#accessor + 1] = { name = name, args = own, called = #own > 0 }
  end
  if table.concat(args, " ") ~= table.concat(path_names(place.full), " ") then fail(place.full, "accessor %s does not fit", text) end
  return accessor
end

local function accessor_of(places, place, mount)
  if place.mark.accessor then return stated_accessor(place, place.mark.accessor) end
  local parent = find_parent(places, place)
  local accessor = parent and accessor_of(places, parent, parent.mount) or { { name = place.version, version = true, args = {} } }
  local all, args = path_names(place.path), {}
  for i = (parent and #path_names(parent.path) or 0) + 1, #all do args[#args + 1] = all[i] end
  accessor[#accessor + 1] = { name = names.snake(mount), args = args, called = place.instance or #args > 0 }
  return accessor
end

-- Sorted by location and name; two that a program would write alike are an error.
local function check_params(where, params)
  table.sort(params, function(a, b)
    if a.location ~= b.location then return LOCATION_ORDER[a.location] < LOCATION_ORDER[b.location] end
    return a.name < b.name
  end)
  if #params > 255 then fail(where, "%d parameters, more than 255", #params) end
  local seen = {}
  for _, param in ipairs(params) do
    for _, name in ipairs(names.spellings(param.name)) do
      if seen[name] then fail(where, "parameters %s and %s are both written %s", seen[name], param.name, name) end
      seen[name] = param.name
    end
  end
end

local function read_params(document, where, raw, operation)
  local in_path = {}
  for _, source in ipairs(raw.parameters or {}) do
    local param = parameter(document, where, source)
    if param.location == "path" then
      in_path[param.name] = param
    else
      operation.params[#operation.params + 1] = param
      if param.name == "PageSize" and param.location == "query" then operation.max_page = param.maximum end
    end
  end
  for i, name in ipairs(path_names(operation.path)) do
    operation.path_params[i] = in_path[name] or fail(where, "the path's parameter %s is not declared", name)
    in_path[name] = nil
  end
  if next(in_path) then fail(where, "parameter %s is not in the path", next(in_path)) end
  if #operation.path_params > 6 then fail(where, "%d parameters in the path, more than 6", #operation.path_params) end
end

local function read_auth(document, where, raw)
  local security = raw.security or document.root.security or {}
  if #security == 0 then return "none" end
  local scheme_name = next(security[1])
  local scheme = ((document.root.components or {}).securitySchemes or {})[scheme_name] or {}
  if scheme.type == "http" and scheme.scheme == "basic" then return "basic" end
  if scheme.type == "oauth2" then return "oauth" end
  fail(where, "unknown security scheme %s", tostring(scheme_name))
end

local function properties_of(document, schema)
  local properties, out = object_of(document, schema), {}
  for i, name in ipairs(names.sorted_keys(properties)) do
    out[i] = describe(document, properties[name], { name = name, personal = personal(document, properties[name]) })
  end
  return out
end

-- The lowest status below 400 and the schema of its content, if it has any.
local function success(document, raw)
  for _, status in ipairs(names.sorted_keys(raw.responses or {})) do
    if status < "400" then
      local content = resolve(document, raw.responses[status]).content or {}
      local media = content[JSON] or content[SCIM]
      return tonumber(status), media and media.schema, content[SCIM] ~= nil and content[JSON] == nil
    end
  end
end

local function read_response(document, where, raw, operation)
  local status, schema, scim = success(document, raw)
  operation.response = { status = status, scim = scim or nil, properties = {} }
  if not schema then return end
  if operation.kind ~= "list" then
    operation.response.properties = properties_of(document, schema)
    return
  end
  local properties = object_of(document, schema)
  for _, name in ipairs(names.sorted_keys(properties)) do
    local property = resolve(document, properties[name])
    if property.type == "array" and (name == "Resources" or not properties.Resources) then
      if operation.response.list_key then fail(where, "two lists, %s and %s", operation.response.list_key, name) end
      operation.response.list_key = name
      operation.response.properties = properties_of(document, property.items)
    end
  end
end

-- The documents mark personal data mostly in answers: a parameter is personal when the property of that name is.
local function spread_personal(operation)
  local marked = {}
  for _, property in ipairs(operation.response.properties) do marked[names.snake(property.name)] = property.personal end
  for _, param in ipairs(operation.params) do param.personal = param.personal or marked[names.snake(param.name)] end
end

-- An answer that names another SID than the path belongs to another request. Notes the parameters
-- of the path that the documented answer repeats. Two kinds of fields are left out:
--   * one that a parameter of the same name changes (a number that moves to another account);
--   * one that our own document lists in `differs`: its value may be another SID.
local function set_repeated(operation, differs)
  local documented, excluded = {}, {}
  operation.repeats = {}
  if operation.kind == "list" or operation.kind == "delete" then return end
  for _, property in ipairs(operation.response.properties) do documented[property.name] = true end
  for _, param in ipairs(operation.params) do excluded[names.snake(param.name)] = true end
  for _, name in ipairs(differs or {}) do excluded[names.snake(name)] = true end
  for i, name in ipairs(path_names(operation.path)) do
    local field = names.snake(name)
    if (documented[field] or documented[name]) and not excluded[field] then operation.repeats[i] = true end
  end
end

local function read_operation(document, places, place, method)
  local raw = place.item[method]
  local id = raw.operationId or fail(document.name .. " " .. place.full, "an operation without operationId")
  local where = document.name .. "." .. id
  local mark = raw["x-twilio"] or {}
  local path = place.full:gsub("%.json$", "")
  local operation = {
    id = id, document = document.name, own = raw["x-own"], method = method:upper(),
    kind = KINDS[id:match("^%u%l+") or ""] or fail(where, "unknown kind"),
    host = document.host, product = document.product,
    path = path, suffix = place.full:sub(#path + 1),
    path_params = {}, params = {},
  }
  operation.accessor = accessor_of(places, place, mark.mountName or place.mount)
  table.insert(operation.accessor, 1, { name = document.product, args = {} })
  read_params(document, where, raw, operation)
  if place.mark.sid then operation.path = path:gsub("{[^}]*}$", "{" .. place.mark.sid .. "}") end -- the record's field, where the name does not tell
  operation.content, operation.open = read_body(document, where, raw, operation.params)
  check_params(where, operation.params)
  operation.auth = read_auth(document, where, raw)
  read_response(document, where, raw, operation)
  spread_personal(operation)
  set_repeated(operation, place.mark.differs)
  return operation
end

-- All operations of one document: { name, root } with the decoded JSON as root.
local function read_document(document, operations)
  local server = ((document.root.servers or {})[1] or {}).url or fail(document.name, "no server")
  document.host = server:match("^https://([%w%-]+)%.twilio%.com$") or fail(document.name, "server %s is no host of twilio.com", server)
  document.product = document.host:gsub("-", "_")
  local places = {}
  for full, item in pairs(document.root.paths) do
    local place = read_place(full, item)
    if places[place.version .. place.key] then fail(document.name, "%s is there twice", full) end
    places[place.version .. place.key] = place
  end
  for _, key in ipairs(names.sorted_keys(places)) do
    for _, method in ipairs(METHODS) do
      if places[key].item[method] then operations[#operations + 1] = read_operation(document, places, places[key], method) end
    end
  end
end

-- Lays our own additions over a document. What is only ours is marked `x-own`; a plain value replaces the document's.
local function overlay(base, extra)
  for key, value in pairs(extra) do
    if type(value) ~= "table" or #value > 0 then
      base[key] = value
    elseif type(base[key]) == "table" then
      overlay(base[key], value)
    else
      base[key] = value
      if key == "properties" then
        for _, property in pairs(value) do property["x-own"] = true end
      else
        value["x-own"] = true
      end
    end
  end
end

local function mark_own(root)
  for _, item in pairs(root.paths) do
    for _, method in ipairs(METHODS) do
      if item["x-own"] and item[method] then item[method]["x-own"] = true end
    end
  end
end

-- documents: list of { name = "api_v2010", root = decoded JSON }, changed in place;
-- additions: by the same names, parts of documents to lay over them. Returns the operations, in the order of names and paths.
function openapi.read(documents, additions)
  local by_name, operations = {}, {}
  for _, document in ipairs(documents) do by_name[document.name] = document end
  for _, name in ipairs(names.sorted_keys(additions)) do
    if not by_name[name] then error("additions to " .. name .. ", which is not among the documents", 0) end
    overlay(by_name[name].root, additions[name])
    mark_own(by_name[name].root)
  end
  for _, name in ipairs(names.sorted_keys(by_name)) do read_document(by_name[name], operations) end
  if #operations == 0 then error("no operations in the documents", 0) end
  return operations
end

return openapi
