-- Reads Twilio's OpenAPI documents into a list of operations.
--
-- Operation:
--   id, document     "ListCall", "api_v2010"
--   own              true if own.json or a document of tools/documents adds the operation
--   experimental     true if the document is marked `x-experimental`
--   kind, method     "list", "GET"
--   host, product    "flex-api", "flex_api"
--   path, suffix     "/v1/Services/{Sid}", and ".json" or ""
--   accessor         { { name = "flex_api" }, { name = "v1", version = true }, { name = "services", args = { "Sid" } } }
--   path_params      the parameters of the path, in their order
--   params           the other parameters, sorted by Lua name
--   idempotent       whether one of them is the header Idempotency-Key
--   content          "none", "form", "json" or "scim"
--   open             true if the JSON body may have any keys
--   auth             "basic", "oauth" or "none"
--   max_page         the largest page size of a list, or nil
--   response         { status, scim, properties, list_key, strings, body }; for a list, the properties of
--                    one record. strings: the list has strings in place of records. body: the schema of
--                    the whole body and its document, as shapes.lua takes them, or nil.
--   repeats          { [1] = true, … }: the positions of path parameters that the response repeats
--
-- Parameter: name, location ("path", "query", "body", "header"), class, required, personal, harmless,
-- own, read_only. Its schema gives type, format, enum, pattern and items.
--
-- Property of a response: name, type, format, enum, nullable, items, personal.
local names = require "names"

local openapi = {}

local KINDS = { List = "list", Create = "create", Fetch = "fetch", Update = "update", Delete = "delete", Patch = "patch" }
local METHODS = { "get", "post", "put", "patch", "delete" }
local LOCATIONS = { query = true, body = true, header = true }
local FORM, JSON, SCIM = "application/x-www-form-urlencoded", "application/json", "application/scim+json"
local MAP_FORMAT = "^prefixed%-collapsible%-map%-(.+)$"

local function fail(where, ...) error(where .. ": " .. string.format(...), 0) end

--- Follows the `$ref`s of a value within its document.
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
openapi.resolve = resolve

-- Returns the properties of an object schema and the set of required names. The parts of allOf are
-- merged. Alternatives (oneOf, anyOf) are merged too, but require nothing: Twilio checks which properties
-- belong together.
local function object_of(document, schema)
  schema = resolve(document, schema)
  local properties, required = {}, {}
  for name, property in pairs(schema.properties or {}) do properties[name] = property end
  for _, name in ipairs(schema.required or {}) do required[name] = true end
  for _, part in ipairs(schema.allOf or {}) do
    local more, needed = object_of(document, part)
    for name, property in pairs(more) do properties[name] = properties[name] or property end
    for name in pairs(needed) do required[name] = true end
  end
  for _, choice in ipairs(schema.oneOf or schema.anyOf or {}) do
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

-- String parameters that must contain JSON. The documents state this only in descriptions, and the
-- descriptions of these parameters do not.
local HOLD_JSON = { Attributes = true, ContentVariables = true }

-- Objects with numbers as keys: the placeholders of a template.
local NUMBERED = { ContentVariables = true, variables = true }

-- The schema that states the type of a value: the schema itself, or a part of its allOf.
local function typed(document, schema)
  local resolved = resolve(document, schema)
  if resolved.type then return resolved end
  for _, part in ipairs(resolved.allOf or {}) do
    local found = typed(document, part)
    if found.type then return found end
  end
  return resolved
end

-- Copies what a schema says about a value into a table. `prose` is a description outside the schema.
local function describe(document, schema, into, prose)
  local resolved = typed(document, schema)
  into.type, into.format, into.pattern = resolved.type or "any", resolved.format, resolved.pattern
  into.enum, into.nullable, into.read_only = texts(resolved.enum), resolved.nullable == true or nil, resolved.readOnly == true or nil
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

-- Whether no value of the parameter can be personal data, whatever the program sends.
local function harmless(param)
  local value = param.items or param
  return value.enum ~= nil or HARMLESS_TYPES[value.type] or HARMLESS_FORMATS[value.format] or nil
end

local SCALARS = { string = "scalar", number = "scalar", integer = "integer", boolean = "boolean" }
local STRINGS = { date = "date", ["date-time"] = "date_time", ["date-time-rfc-2822"] = "date_time" }

-- The class of a parameter: the encoding of its value (enum api_class in src/api/api.h).
local function class_of(where, param)
  local kind, format = param.type, param.format
  if kind == "any" then return "json" end
  if NUMBERED[param.name] and (kind == "object" or param.holds_json) then return "numbered" end
  if kind == "object" then
    local prefix = format and format:match(MAP_FORMAT)
    if not prefix then return "object" end
    if param.name ~= prefix .. "Data" then
      fail(where, "parameter %s: a map with the prefix %s must have the name %sData", param.name, prefix, prefix)
    end
    return "map"
  end
  if kind == "array" then
    if not param.items then fail(where, "parameter %s: an array without items", param.name) end
    if SCALARS[param.items.type] and not param.items.holds_json then return "array" end
    if param.items.type == "any" or param.items.holds_json or param.items.type == "object" then return "json_array" end
    fail(where, "parameter %s: an array of the unknown type %s", param.name, param.items.type)
  end
  if kind == "string" then return STRINGS[format] or param.holds_json and "json" or "scalar" end
  return SCALARS[kind] or fail(where, "parameter %s: unknown type %s", param.name, kind)
end

local function parameter(document, where, raw)
  local source = resolve(document, raw)
  local location = source["in"]
  if location ~= "path" and not LOCATIONS[location] then
    fail(where, "parameter %s: unknown location %s", tostring(source.name), tostring(location))
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

-- Adds the parameters of the body. Returns the fields `content` and `open` of the operation.
local function read_body(document, where, raw, params)
  if not raw.requestBody then return "none", nil end
  local content = resolve(document, raw.requestBody).content
  for media in pairs(content) do
    if media ~= FORM and media ~= JSON and media ~= SCIM then fail(where, "unknown media type %s", media) end
  end
  if content[FORM] and (content[JSON] or content[SCIM]) then fail(where, "a body with both a form and JSON") end
  local chosen = content[FORM] or content[JSON] or content[SCIM] or fail(where, "a body without a media type")
  local named = body_params(document, where, chosen.schema, params)
  if content[FORM] then return "form", nil end
  return content[SCIM] and "scim" or "json", not named or nil
end

-- "/Accounts/{Sid}.json" -> "/Accounts/{}". Paths that differ only in parameter names are equal.
local function anonymous(path) return (path:gsub("%.json$", ""):gsub("{[^}]*}", "{}")) end

local function path_names(path)
  local found = {}
  for name in path:gmatch("{([^}]*)}") do found[#found + 1] = name end
  return found
end

-- The name of a version from the first segment of a path: "v1", "v2010". Other first segments are
-- parts of a product (preview/wireless).
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

-- "/Calls/{Sid}.json" -> "Calls". A path that ends with two parameters has the name of the first one:
-- "/Configurations/{Type}/{Id}" -> "Type".
local function last_name(path)
  return (path:gsub("%.json$", ""):gsub("/{[^}]*}$", ""):match("([^/]+)$"):gsub("[{}]", ""))
end

-- Reads the path, the name and the type of a path item. instance: it addresses one record.
local function read_path_item(full, item)
  local version, path = full:match("^/([^/]+)(.*)$")
  local mark = item["x-twilio"] or {}
  local path_item = { full = full, path = path, key = anonymous(path), item = item, mark = mark, version = version_name(version) }
  path_item.mount = mark.mountName or last_name(path)
  if not has_operations(item) then
    path_item.instance = false
  elseif mark.pathType then
    path_item.instance = mark.pathType == "instance"
  else
    path_item.instance = full:find("}$") ~= nil or full:find("}%.json$") ~= nil
  end
  return path_item
end

-- Returns the documented parent, or nil. Some documented parents are records whose path is no prefix
-- of this path. The list of these records is then the parent.
local function find_parent(path_items, path_item)
  local parent = path_item.mark.parent
  if not parent then return nil end
  local key = anonymous(parent)
  if path_item.key:sub(1, #key) ~= key then
    local list = key:gsub("/{}$", "")
    if list ~= key and path_item.key:sub(1, #list) == list then key = list end
  end
  local found = path_items[path_item.version .. key]
  return found ~= path_item and found or nil
end

-- Reads an accessor of own.json: "organization(OrganizationSid).users".
local function stated_accessor(path_item, text)
  local accessor, args = {}, {}
  for name, list in text:gmatch("([%w_]+)%(?([^).]*)%)?") do
    local own = {}
    for arg in list:gmatch("%w+") do own[#own + 1], args[#args + 1] = arg, arg end
    accessor[#accessor + 1] = { name = name, args = own, called = #own > 0 }
  end
  if table.concat(args, " ") ~= table.concat(path_names(path_item.full), " ") then
    fail(path_item.full, "accessor %s does not have the parameters of the path", text)
  end
  return accessor
end

local function accessor_of(path_items, path_item, mount)
  if path_item.mark.accessor then return stated_accessor(path_item, path_item.mark.accessor) end
  local parent = find_parent(path_items, path_item)
  local accessor = parent and accessor_of(path_items, parent, parent.mount) or { { name = path_item.version, version = true, args = {} } }
  local all, args = path_names(path_item.path), {}
  for i = (parent and #path_names(parent.path) or 0) + 1, #all do args[#args + 1] = all[i] end
  accessor[#accessor + 1] = { name = names.snake(mount), args = args, called = path_item.instance or #args > 0 }
  return accessor
end

-- Sorts parameters by their Lua names, as src/api/lookup.c expects. Raises if two parameters have the
-- same Lua name.
local function check_params(where, params)
  table.sort(params, function(a, b) return names.snake(a.name) < names.snake(b.name) end)
  if #params > 255 then fail(where, "%d parameters, more than 255", #params) end
  local seen = {}
  for _, param in ipairs(params) do
    for _, name in ipairs(names.spellings(param.name)) do
      if seen[name] then fail(where, "parameters %s and %s have the same Lua name %s", seen[name], param.name, name) end
      seen[name] = param.name
    end
  end
end

-- The parameters of a path item belong to all its operations. A parameter of the operation replaces the
-- one of the path item with the same name and location.
local function sources_of(document, path_item, raw)
  local own, list = {}, {}
  for _, source in ipairs(raw.parameters or {}) do
    local resolved = resolve(document, source)
    own[tostring(resolved["in"]) .. " " .. tostring(resolved.name)] = true
    list[#list + 1] = source
  end
  for _, source in ipairs(path_item.item.parameters or {}) do
    local resolved = resolve(document, source)
    if not own[tostring(resolved["in"]) .. " " .. tostring(resolved.name)] then list[#list + 1] = source end
  end
  return list
end

-- The wire names of the parameter for the size of a page.
local PAGE_SIZES = { PageSize = true, pageSize = true, Size = true }

local function read_params(document, where, path_item, raw, operation)
  local in_path = {}
  for _, source in ipairs(sources_of(document, path_item, raw)) do
    local param = parameter(document, where, source)
    if param.location == "path" then
      in_path[param.name] = param
    else
      operation.params[#operation.params + 1] = param
      if param.name == "Idempotency-Key" and param.location == "header" then operation.idempotent = true end
      local sizes_page = operation.kind == "list" and param.location == "query" and PAGE_SIZES[param.name]
      if sizes_page then operation.max_page = param.maximum end
    end
  end
  for i, name in ipairs(path_names(operation.path)) do
    operation.path_params[i] = in_path[name] or fail(where, "path parameter %s is not declared", name)
    in_path[name] = nil
  end
  if next(in_path) then fail(where, "parameter %s is not in the path", next(in_path)) end
  for segment in operation.path:gmatch "[^/]+" do
    if segment:find "[{}]" and not segment:find "^{[^{}]+}$" then fail(where, "segment %s of the path is a parameter only in part", segment) end
  end
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

-- Returns the lowest status below 400, the schema of its content or nil, and whether that is SCIM.
local function success(document, raw)
  for _, status in ipairs(names.sorted_keys(raw.responses or {})) do
    if status < "400" then
      local content = resolve(document, raw.responses[status]).content or {}
      local media = content[JSON] or content[SCIM]
      return tonumber(status), media and media.schema, content[SCIM] ~= nil and content[JSON] == nil
    end
  end
end

-- Whether the elements of a list are plain strings, not records.
local function has_strings(document, where, name, property)
  local kind = resolve(document, property.items or fail(where, "the array %s has no items", name)).type
  if kind == "string" then return true end
  if SCALARS[kind] or kind == "array" then fail(where, "the elements of %s are neither records nor strings, but of the type %s", name, kind) end
  return false
end

local function read_response(document, where, raw, operation)
  local status, schema, scim = success(document, raw)
  operation.response = { status = status, scim = scim or nil, properties = {} }
  if not schema then return end
  operation.response.body = { document = document, schema = schema }
  if operation.kind ~= "list" then
    operation.response.properties = properties_of(document, schema)
    return
  end
  local properties = object_of(document, schema)
  for _, name in ipairs(names.sorted_keys(properties)) do
    local property = resolve(document, properties[name])
    if property.type == "array" and (name == "Resources" or not properties.Resources) then
      if operation.response.list_key then fail(where, "two arrays in a list response, %s and %s", operation.response.list_key, name) end
      operation.response.list_key = name
      operation.response.strings = has_strings(document, where, name, property) or nil
      operation.response.properties = properties_of(document, property.items)
    end
  end
end

-- The documents mark personal data mostly in responses. A parameter is personal if the response property
-- with its name is personal.
local function spread_personal(operation)
  local marked = {}
  for _, property in ipairs(operation.response.properties) do marked[names.snake(property.name)] = property.personal end
  for _, param in ipairs(operation.params) do param.personal = param.personal or marked[names.snake(param.name)] end
end

-- Records which path parameters the response repeats. A response with another SID than the path belongs
-- to another request and is rejected. Two kinds of fields are excluded:
--   * a field that a parameter of the same name changes (a number that moves to another account), unless
--     the parameter is read-only
--   * a field that own.json lists in `differs`, because its value may be another SID
local function set_repeated(operation, differs)
  local documented, excluded = {}, {}
  operation.repeats = {}
  if operation.kind == "list" or operation.kind == "delete" then return end
  for _, property in ipairs(operation.response.properties) do documented[property.name] = true end
  for _, param in ipairs(operation.params) do excluded[names.snake(param.name)] = not param.read_only end
  for _, name in ipairs(differs or {}) do excluded[names.snake(name)] = true end
  for i, name in ipairs(path_names(operation.path)) do
    local field = names.snake(name)
    if (documented[field] or documented[name]) and not excluded[field] then operation.repeats[i] = true end
  end
end

local function read_operation(document, path_items, path_item, method)
  local raw = path_item.item[method]
  local id = raw.operationId or fail(document.name .. " " .. path_item.full, "operation without operationId")
  local where = document.name .. "." .. id
  local mark = raw["x-twilio"] or {}
  local path = path_item.full:gsub("%.json$", "")
  local operation = {
    id = id, document = document.name, own = raw["x-own"] or document.own, experimental = document.root["x-experimental"], method = method:upper(),
    kind = KINDS[id:match("^%u%l+") or ""] or fail(where, "unknown kind"),
    host = document.host, product = document.product,
    path = path, suffix = path_item.full:sub(#path + 1),
    path_params = {}, params = {},
  }
  operation.accessor = accessor_of(path_items, path_item, mark.mountName or path_item.mount)
  table.insert(operation.accessor, 1, { name = document.product, args = {} })
  read_params(document, where, path_item, raw, operation)
  -- The library reads the SID of a record from the field that the last parameter of the path names.
  if path_item.mark.sid then operation.path = path:gsub("{[^}]*}$", "{" .. path_item.mark.sid .. "}") end
  operation.content, operation.open = read_body(document, where, raw, operation.params)
  check_params(where, operation.params)
  operation.auth = read_auth(document, where, raw)
  read_response(document, where, raw, operation)
  spread_personal(operation)
  set_repeated(operation, path_item.mark.differs)
  return operation
end

-- Appends the operations of a document { name, root }. root is the decoded JSON.
local function read_document(document, operations)
  local server = ((document.root.servers or {})[1] or {}).url or fail(document.name, "no server URL")
  document.host = server:match("^https://([%w%-]+)%.twilio%.com$") or fail(document.name, "server %s is not a host of twilio.com", server)
  document.product = document.host:gsub("-", "_")
  local path_items = {}
  for full, item in pairs(document.root.paths) do
    local path_item = read_path_item(full, item)
    if path_items[path_item.version .. path_item.key] then fail(document.name, "path %s exists twice", full) end
    path_items[path_item.version .. path_item.key] = path_item
  end
  for _, key in ipairs(names.sorted_keys(path_items)) do
    for _, method in ipairs(METHODS) do
      if path_items[key].item[method] then operations[#operations + 1] = read_operation(document, path_items, path_items[key], method) end
    end
  end
end

-- Merges additions into a document. Objects that only own.json has are marked `x-own`. Any other value
-- replaces the value of the document.
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

-- documents: a list of { name = "api_v2010", root = decoded JSON, own = true for a document of our own }.
-- The function changes them. A document of Twilio replaces one of our own with the same name.
-- additions: maps document names to the parts that own.json adds.
-- Returns the operations, sorted by document and path.
function openapi.read(documents, additions)
  local by_name, operations = {}, {}
  for _, document in ipairs(documents) do
    local known = by_name[document.name]
    if not known or known.own then by_name[document.name] = document end
  end
  for _, name in ipairs(names.sorted_keys(additions)) do
    if not by_name[name] then error("own.json: no document " .. name, 0) end
    overlay(by_name[name].root, additions[name])
    mark_own(by_name[name].root)
  end
  for _, name in ipairs(names.sorted_keys(by_name)) do read_document(by_name[name], operations) end
  if #operations == 0 then error("no operations in the documents", 0) end
  return operations
end

return openapi
