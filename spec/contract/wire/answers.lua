-- Minimal responses of an operation that match its schema, and the values that a program must read.
local cjson = require "cjson"
local documents = require "documents"

local answers = {}

-- Returns a value for the schema that is unique to the property and record: its JSON text, and the value
-- of the record's field, or nil if the field is not compared.
local function value_of(schema, name, number)
  if schema.enum and schema.enum[1] ~= cjson.null then return cjson.encode(schema.enum[1]), schema.enum[1] end
  if schema.type == "boolean" then return tostring(number % 2 == 0), number % 2 == 0 end
  if schema.type == "integer" then return tostring(number), number end
  if schema.type == "number" then return number .. ".5", number + 0.5 end
  if schema.type == "array" then return "[]" end
  if schema.type == "object" or not schema.type then return "{}" end
  local text = ('%s %d "\195\188\n\\'):format(name, number)
  return cjson.encode(text), text
end

--- Whether the elements of a list are strings, not records.
function answers.is_of_strings(operation)
  local answer = operation.answers[1]
  if operation.kind ~= "list" or not answer.schema then return false end
  local _, item = answers.records_of(operation, answer.schema)
  return item.type == "string"
end

--- Returns the JSON text of a record, and its fields by name. `given` has the values of some fields.
function answers.record(root, schema, number, given)
  local members, fields = {}, {}
  for name, property in pairs(documents.properties(root, schema)) do
    local text, value = value_of(property, name, number)
    if given and given[name] then text, value = cjson.encode(given[name]), given[name] end
    members[#members + 1] = ("%q:%s"):format(name, text)
    fields[name] = value
  end
  return "{" .. table.concat(members, ",") .. "}", fields
end

-- Returns the name of the member with the records of a list, and the schema of a record.
function answers.records_of(operation, schema)
  local properties, found = documents.properties(operation.root, schema), nil
  if properties.Resources then return "Resources", documents.resolve(operation.root, properties.Resources.items) end
  for name, property in pairs(properties) do
    if property.type == "array" then
      if found then error("two arrays, " .. found .. " and " .. name) end
      found = name
    end
  end
  return found, documents.resolve(operation.root, properties[found].items)
end

-- Returns the members of a list response that point to the next page and to the records, and the URL that
-- the library must request. `last`: there is no next page.
local function paging_of(operation, schema, key, url, last)
  local properties = documents.properties(operation.root, schema)
  local meta = properties.meta and documents.properties(operation.root, properties.meta) or {}
  local next_url = url .. "?PageSize=2&Page=1&PageToken=PA%20%2B%3D"
  if properties.next_page_uri then
    return { '"next_page_uri":' .. (last and "null" or cjson.encode(next_url:match "^https://[^/]+(.*)$")), '"page":0', '"page_size":2' }, next_url
  elseif meta.next_page_url then
    local link = last and "null" or cjson.encode(next_url)
    return { ('"others":[1],"meta":{"key":%q,"next_page_url":%s,"previous_page_url":null,"page":0,"page_size":2}'):format(key, link) }, next_url
  elseif meta.next_token then
    local token = last and "null" or '"PA +="'
    return { ('"meta":{"limit":2,"next_token":%s,"previous_token":null}'):format(token) }, url .. "?Token=PA%20%2B%3D"
  elseif meta.nextToken then
    local token = last and "null" or '"PA +="'
    return { ('"others":[1],"meta":{"key":%q,"nextToken":%s,"previousToken":null}'):format(key, token) }, url .. "?pageToken=PA%20%2B%3D"
  end
  return key == "Resources" and { '"schemas":["urn:x"]' } or {}, nil
end

-- Returns the text of an element of a list, and its fields or, of a string, the string.
local function element(operation, item, number, given)
  if item.type == "string" then return value_of(item, "element", number) end
  return answers.record(operation.root, item, number, given)
end

--- Returns a page of two records, numbered first and first + 1: its text, the fields of the records, and
--- the URL of the next page, or nil if the documents describe none.
function answers.page(operation, schema, url, first, last, given)
  local key, item = answers.records_of(operation, schema)
  local records, texts = {}, {}
  for i = 1, 2 do texts[i], records[i] = element(operation, item, first + i - 1, given) end
  local members, next_url = paging_of(operation, schema, key, url, last)
  members[#members + 1] = ("%q:[%s]"):format(key, table.concat(texts, ","))
  return "{" .. table.concat(members, ",") .. "}", records, next_url
end

--- Returns the text of a response with one empty record.
function answers.bare(operation, answer)
  if operation.kind ~= "list" then return "{}" end
  local key, item = answers.records_of(operation, answer.schema)
  return ("{%q:[%s]}"):format(key, item.type == "string" and '"x"' or "{}")
end

--- Returns the properties of the records in a response. The default is the first response.
function answers.properties(operation, answer)
  local schema = (answer or operation.answers[1]).schema
  if operation.kind == "list" then
    local _, item = answers.records_of(operation, schema)
    schema = item
  end
  return (documents.properties(operation.root, schema))
end

--- Returns the table that a transport function returns.
function answers.response(answer, body)
  return { status = answer.status, headers = { ["content-type"] = answer.media }, body = body or "" }
end

--- Returns a successful response. The default is the first one. `given`: see answers.record.
function answers.simple(operation, answer, given)
  answer = answer or operation.answers[1]
  if not answer.schema then return answers.response(answer) end
  if operation.kind == "list" then return answers.response(answer, (answers.page(operation, answer.schema, "", 1, true, given))) end
  return answers.response(answer, (answers.record(operation.root, answer.schema, 1, given)))
end

return answers
