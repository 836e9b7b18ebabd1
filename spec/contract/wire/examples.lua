-- Checks the library with the examples of responses in the documents, which are independent of it. The
-- library must read each example, and must request a record at its `url` and its children at its `links`.
local cjson = require "cjson"
local answering = require "answering"
local answers = require "answers"
local calls = require "calls"
local documents = require "documents"
local requests = require "requests"
local tree = require "tree"

local examples = {}

-- Returns the JSON text of an example. The schema distinguishes empty arrays from empty objects, which are
-- equal after decoding.
local function encode(root, schema, value)
  if type(value) ~= "table" then return cjson.encode(value) end
  schema = schema and documents.resolve(root, schema) or {}
  local items = {}
  if value[1] ~= nil or next(value) == nil and schema.type == "array" then
    for i, item in ipairs(value) do items[i] = encode(root, schema.items, item) end
    return "[" .. table.concat(items, ",") .. "]"
  end
  local properties = schema.properties or {}
  for name, item in pairs(value) do items[#items + 1] = cjson.encode(name) .. ":" .. encode(root, properties[name], item) end
  return "{" .. table.concat(items, ",") .. "}"
end

-- Returns the records of a page, which are its only array.
local function list_of(value)
  if type(value.Resources) == "table" then return value.Resources end
  for name, item in pairs(value) do
    if type(item) == "table" and name ~= "meta" then return item end
  end
end

local function path_of(url)
  local path = url:gsub("^https?://[^/]+", ""):gsub("%?.*$", ""):gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)
  return path
end

-- Returns the segments with which the path of the operation equals this path, or nil.
local function match(operation, path)
  local pattern = operation.path:gsub("[%-%.%+]", "%%%0"):gsub("{.-}", "([^/]+)")
  local found = { path:match("^" .. pattern .. "$") }
  if not found[1] or #found < #operation.path_names then return nil end
  for i in ipairs(operation.path_names) do found[i] = { found[i], found[i] } end
  return found
end

-- Returns the operation of a record with the path of the record's url, and its segments.
local function find_own(operation, operations, record)
  local url = type(record.url) == "string" and record.url or type(record.uri) == "string" and record.uri
  for _, candidate in ipairs(url and operations[tree.key(operation.accessor)] or {}) do
    local segments = candidate.kind ~= "list" and candidate.kind ~= "create" and match(candidate, path_of(url))
    if segments then return candidate, segments, path_of(url) end
  end
end

local function is_required(param) return param.required end

-- Returns the path that a call of the operation requests, or nil and a message.
local function asked_path(place, operation, segments, sent)
  local before = #sent
  local _, message = calls.try(calls.invoke, place, operation.kind, {}, (requests.new(operation, 1, segments, is_required)))
  if #sent == before then return nil, message end
  return path_of(sent[#sent].url)
end

-- Compares the links with the paths that calls below the record request.
local function check_links(own, operations, record, plain, segments, sent, complain)
  local checked, key = 0, tree.key(own.accessor) .. (own.accessor[#own.accessor]:sub(1, 1) == ":" and " : " or " ")
  local links = plain.links or plain.subresource_uris
  for name, link in pairs(type(links) == "table" and links or {}) do
    for _, operation in ipairs(operations[key .. name] or {}) do
      if type(link) == "string" and #operation.path_names == #segments then
        local path, message = asked_path(record[name], operation, segments, sent)
        if path ~= path_of(link) then complain(("link %s: %s instead of %s"):format(name, path or message, path_of(link))) end
        checked = checked + 1
        break
      end
    end
  end
  return checked
end

-- Calls the operation with these segments. The example is the response. Returns the result and the list of
-- requests, which grows with further calls.
local function call(operation, answer, value, segments)
  local text = encode(operation.root, answer.schema, value)
  local client, sent = calls.client(operation, function(_, number)
    return number == 1 and { status = answer.status, body = text } or { status = 404 }
  end)
  local params = requests.new(operation, 1, segments, is_required)
  local result, message = calls.try(function()
    return calls.invoke(calls.walk(client, operation.accessor, segments), operation.kind, {}, params)
  end)
  return result, result and sent or message
end

-- Compares the fields that need no conversion.
local function plain_fields(record)
  local fields = {}
  for name, value in pairs(record) do
    if value ~= cjson.null and type(value) ~= "table" then fields[name] = value end
  end
  return fields
end

-- A field that the schema calls a date is a date in any format.
local function check_times(operation, answer, record, fields, complain)
  for name, property in pairs(answers.properties(operation, answer)) do
    if type(fields[name]) == "string" and (property.format or ""):find "^date" and not record:time(name) then
      complain(("field %s is no date: %s"):format(name, fields[name]))
    end
  end
end

-- Checks the first record of a list. Returns the numbers of URLs and links that were compared.
local function check_example(operation, answer, value, operations, complain)
  local list = operation.kind == "list" and list_of(value)
  local plain = not list and value or list[1] or {}
  local own, segments, path = find_own(operation, operations, plain)
  local all = segments or requests.segments(operation, 1)
  for i = #all + 1, #operation.path_names do all[i] = { "x", "x" } end -- SIDs of another record
  local record, sent = call(operation, answer, value, all)
  if not record then return complain(sent) end
  if list and #record ~= #list then complain(("%d records instead of %d"):format(#record, #list)) end
  if list then record = record[1] end
  if record and type(plain) == "string" then answering.compare(record, plain, complain) end
  if record and type(plain) == "table" then
    answering.compare(record, plain_fields(plain), complain)
    check_times(operation, answer, record, plain, complain)
  end
  if not own then return 0, 0 end
  local got, why = asked_path(record, own, segments, sent)
  if got ~= path then complain(("its url: %s instead of %s"):format(got or why, path)) end
  return 1, check_links(own, operations, record, plain, segments, sent, complain)
end

--- context: by_key (see tree.lua), and counts, to which examples, addresses and links are added.
function examples.check(operation, complain, context)
  local counts = context.counts
  for _, answer in ipairs(operation.answers) do
    for name, example in pairs(answer.status < 400 and operation.kind ~= "delete" and answer.examples or {}) do
      if type(example.value) == "table" then
        local function complain_of_it(text) complain(("example %s: %s"):format(name, text)) end
        local addresses, links = check_example(operation, answer, example.value, context.by_key, complain_of_it)
        counts.examples = counts.examples + 1
        counts.addresses = counts.addresses + (addresses or 0)
        counts.links = counts.links + (links or 0)
      end
    end
  end
end

return examples
