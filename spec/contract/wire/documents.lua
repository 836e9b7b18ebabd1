-- Reads Twilio's OpenAPI documents into a list of operations. The code shares nothing with tools/, because
-- it checks the results of tools/. operations.jsonl has the accessor of each operation.
--
-- Operation:
--   name, root                     "api_v2010.CreateCall", and the document
--   method, host, path, kind, accessor, path_names
--   params    { name, place ("query", "header" or "body"), required, schema } for each parameter
--   body      nil, "form", or the media type of the JSON body
--   open      whether the JSON body may have any keys
--   scheme    the authentication: "basic", "oauth2" or nil
--   answers   { status, media, schema, examples } for each response
local cjson = require "cjson"

local documents = {}

local METHODS = { "get", "post", "put", "patch", "delete" }
local FORM, JSON, SCIM = "application/x-www-form-urlencoded", "application/json", "application/scim+json"

local function read_all(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- Resolves a $ref.
function documents.resolve(root, thing)
  while thing["$ref"] do
    local found = root
    for name in thing["$ref"]:gmatch "[^#/]+" do found = found[name] end
    thing = assert(found, thing["$ref"])
  end
  return thing
end

local resolve = documents.resolve

-- Resolves a schema and the schema of its items.
local function resolved(root, schema)
  schema = resolve(root, schema)
  for _, part in ipairs(not schema.type and schema.allOf or {}) do
    if resolve(root, part).type then schema = resolve(root, part) end
  end
  if schema.items then schema.items = resolve(root, schema.items) end
  return schema
end

--- Returns the properties of an object and of its alternatives, and the set of those that are always
--- required.
function documents.properties(root, schema)
  schema = resolve(root, schema)
  local found, required = {}, {}
  for _, part in ipairs(schema.allOf or {}) do
    local more, needed = documents.properties(root, part)
    for name, property in pairs(more) do found[name] = property end
    for name in pairs(needed) do required[name] = true end
  end
  for _, choice in ipairs(schema.oneOf or {}) do
    for name, property in pairs(documents.properties(root, choice)) do found[name] = property end
  end
  for name, property in pairs(schema.properties or {}) do found[name] = resolved(root, property) end
  for _, name in ipairs(schema.required or {}) do required[name] = true end
  return found, required
end

-- Maps "api_v2010 post /2010-04-01/Accounts.json" to its line.
local function read_lines(path)
  local lines = {}
  for text in io.lines(path) do
    local line = cjson.decode(text)
    lines[line.doc .. " " .. line.method:lower() .. " " .. line.path] = line
  end
  return lines
end

local function add_params(operation, list)
  for _, source in ipairs(list or {}) do
    source = resolve(operation.root, source)
    if source["in"] ~= "path" then
      operation.params[#operation.params + 1] =
        { name = source.name, place = source["in"], required = source.required == true, schema = resolved(operation.root, source.schema) }
    end
  end
end

local function add_body(operation, body)
  if not body then return end
  local content = resolve(operation.root, body).content
  operation.body = content[FORM] and "form" or content[SCIM] and SCIM or JSON
  local properties, required = documents.properties(operation.root, (content[FORM] or content[SCIM] or content[JSON]).schema)
  operation.open = operation.body ~= "form" and next(properties) == nil
  for name, schema in pairs(properties) do
    operation.params[#operation.params + 1] = { name = name, place = "body", required = required[name] or false, schema = schema }
  end
end

local function scheme_of(root, source)
  local wanted = source.security or root.security or {}
  if not wanted[1] then return nil end
  local scheme = root.components.securitySchemes[next(wanted[1])]
  return scheme.scheme or scheme.type
end

local function answers_of(root, source)
  local answers = {}
  for status, answer in pairs(source.responses) do
    answer = resolve(root, answer)
    local media = next(answer.content or {})
    local content = media and answer.content[media] or {}
    answers[#answers + 1] = { status = tonumber(status), media = media, schema = content.schema, examples = content.examples }
  end
  table.sort(answers, function(a, b) return a.status < b.status end)
  return answers
end

local function new_operation(document, method, path, item, line)
  local source = item[method]
  local operation = {
    name = document.name .. "." .. source.operationId, root = document.root, method = method:upper(), path = path,
    host = document.root.servers[1].url:match "^https://([^/]+)$", kind = source.operationId:match("^%u%l+"):lower(), accessor = line.accessor,
    path_names = {}, params = {}, scheme = scheme_of(document.root, source), answers = answers_of(document.root, source),
  }
  for name in path:gmatch "{(.-)}" do table.insert(operation.path_names, name) end
  add_params(operation, item.parameters)
  add_params(operation, source.parameters)
  add_body(operation, source.requestBody)
  table.sort(operation.params, function(a, b) return a.place .. " " .. a.name < b.place .. " " .. b.name end)
  return operation
end

--- Returns all operations of the documents in a directory, sorted by name.
function documents.read(directory, lines_path)
  local lines, operations = read_lines(lines_path), {}
  local listing = assert(io.popen(("ls '%s'/twilio_*.json"):format(directory)))
  for file in listing:lines() do
    local document = { name = file:match "twilio_([%w_]+)%.json$", root = cjson.decode(read_all(file)) }
    for path, item in pairs(document.root.paths) do
      for _, method in ipairs(METHODS) do
        local line = item[method] and assert(lines[document.name .. " " .. method .. " " .. path], "no accessor is known of " .. path)
        if line then operations[#operations + 1] = new_operation(document, method, path, item, line) end
      end
    end
  end
  listing:close()
  table.sort(operations, function(a, b) return a.name < b.name end)
  return operations
end

return documents
