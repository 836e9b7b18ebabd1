-- The operations of Twilio's documents, with a value for each SID and each parameter. Both libraries get
-- the same values.
package.path = (arg[0]:match "^(.*)/[^/]*$" or ".") .. "/../?.lua;" .. package.path
package.path = (arg[0]:match "^(.*)/[^/]*$" or ".") .. "/../wire/?.lua;" .. package.path

local documents = require "documents"
local samples = require "samples"

local operations = {}

local read = documents.read

--- Returns the operations: see wire/documents.lua.
function operations.read(directory, lines) return read(directory, lines) end

-- The schema of each SID of the path, by name.
local function path_schemas(operation)
  local schemas, item = {}, operation.root.paths[operation.path]
  for _, list in ipairs { item.parameters or {}, item[operation.method:lower()].parameters or {} } do
    for _, parameter in ipairs(list) do
      parameter = documents.resolve(operation.root, parameter)
      if parameter["in"] == "path" then schemas[parameter.name] = documents.resolve(operation.root, parameter.schema or {}) end
    end
  end
  return schemas
end

--- Returns the SIDs of the path. They need no escaping, because the other library does not escape them.
function operations.sids(operation)
  local schemas, sids = path_schemas(operation), {}
  for i, name in ipairs(operation.path_names) do
    local schema = schemas[name] or {}
    local value = (schema.pattern or schema.enum) and tostring(samples.of(schema, { document = operation.root }, i)) or "name" .. i
    sids[i] = value:gsub("[^%w._-]", "")
  end
  return sids
end

local function is_date(schema)
  return schema.type == "string" and (schema.format == "date" or schema.format == "date-time") and not schema.pattern
end

--- Returns { name, place, value, is_date } for each parameter. The value of a date is its text.
function operations.params(operation)
  local list = {}
  local has_form = operation.body == "form"
  for i, param in ipairs(operation.params) do
    local in_json = param.place == "body" and not has_form
    local value = param.name == "Authorization" and "Basic YTpi" or samples.of(param.schema, { document = operation.root, all = true })
    list[i] = { name = param.name, place = param.place, value = value, is_date = not in_json and is_date(param.schema) }
  end
  if operation.open then list[#list + 1] = { name = "AnyName", place = "body", value = "text", is_date = false } end
  return list
end

return operations
