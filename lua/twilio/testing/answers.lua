--- The bodies that a double answers, made from the types of Twilio's documents.

local core = require "twilio.core"
core.keep(...)
local descriptions = require "twilio.testing.request"
local json = require "twilio.json"
local plausible = require "twilio.simulator.generic.plausible"
local values = require "twilio.simulator.generic.values"

local answers = {}

local FIRST_PAGE = { size = 50, number = 0 }

--- Whether the value is a twilio.record.
function answers.is_record(value)
  return type(value) == "userdata" and (pcall(core.record_methods.json, value))
end

-- ---- operations ----

local operation_of = descriptions.operation

-- Returns the type of the records that the operation answers. It is a type without fields if the
-- documents do not describe them.
local function type_of(operation)
  local body = operation.answer
  if body and operation.list_key then body = body.by_name[operation.list_key].items end
  return body or { kind = "map" }
end

local function shown(operation) return ("%s %s"):format(operation.method, operation.path) end

-- ---- records ----

local function check_value(operation, name, of, value)
  if values.convert(of, value) ~= nil or value == core.null then return end
  local meant = of.choices and type(value) == "string" and core.nearest(value, of.choices)
  local choices = meant and (" (did you mean '%s'?)"):format(meant) or of.choices and ": " .. table.concat(of.choices, ", ") or ""
  core.misuse(("the field '%s' of the answer to %s cannot be %s. Its type is %s%s"):format(name, shown(operation), tostring(value), of.kind, choices))
end

-- Raises for a field that Twilio's documents do not know, and for a value that it cannot have.
local function check_fields(operation, of, fields)
  for name, value in pairs(fields) do
    if type(name) ~= "string" then core.misuse "the fields of a record have names. For a list reply with fake:list{ … }" end
    local known = of.by_name and of.by_name[name]
    if of.by_name and not known then core.misuse(("the answer to %s has no field '%s'"):format(shown(operation), name), name, of.by_name) end
    if known then check_value(operation, name, known, value) end
  end
end

local function refuse_fields(operation)
  core.misuse(("%s answers a list: reply with fake:list{ … }"):format(shown(operation)))
end

--- Raises for fields that the answer to an operation does not have, and for values that they cannot have.
function answers.check(operation, fields)
  if operation.list_key then refuse_fields(operation) end
  check_fields(operation, type_of(operation), fields)
end

-- Returns what is known about the fields of a record: its parameters, the SIDs of its path, and
-- what the program gave. The latter win.
local function given_by(request, operation, arguments, fields)
  local given = {}
  for name, value in next, request.params do given[name] = value end
  for i, argument in ipairs(operation.arguments) do given[argument.name] = arguments[i] end
  given = plausible.folded(given)
  for name, value in pairs(plausible.folded(fields)) do given[name] = value end
  return given
end

-- Sets the address that the record would have at Twilio.
local function set_address(record, of, request, operation)
  local is_below = operation.kind == "list" or operation.kind == "create"
  local tail = is_below and "/" .. tostring(record.sid or record.id) or ""
  local function address(of_request)
    local path, suffixes = of_request:gsub("%.json$", "")
    return path .. tail .. (suffixes == 1 and ".json" or "")
  end
  if of.by_name.uri then record.uri = address(request.path) end
  if of.by_name.url then record.url = address((request.url:gsub("%?.*$", ""))) end
end

-- Sets the address of a recording's file, which record:save fetches.
local function set_media_url(record, of)
  local path = of.by_name.media_url and type(record.uri) == "string" and record.uri:match "^(.*/Recordings/.*)%.json$"
  if path then record.media_url = "https://api.twilio.com" .. path end
end

-- What plausible.value needs to know. Each record has other SIDs.
local function about(fake, operation, given)
  return {
    seed = operation.name .. fake:next_number "record", given = given, own = plausible.own(operation), full = operation.kind ~= "create",
    now = fake.now, created = fake.now, updated = fake.now,
  }
end

-- Returns the JSON text of a record: what the program gave, otherwise what the request says,
-- otherwise a plausible value.
local function record_text(fake, request, operation, arguments, fields)
  if answers.is_record(fields) then return fields:json() end
  if type(fields) ~= "table" or not operation then return json.encode(fields) end
  local of = type_of(operation)
  check_fields(operation, of, fields)
  if of.kind ~= "object" then return json.encode(fields) end
  local given = given_by(request, operation, arguments, fields)
  given.accountsid = given.accountsid or fake.account_sid
  given.direction = given.direction or "outbound-api" -- of calls and messages, which the program makes
  local record = plausible.fields(of, about(fake, operation, given))
  if fields.uri == nil and fields.url == nil then set_address(record, of, request, operation) end
  if fields.media_url == nil then set_media_url(record, of) end
  return values.text(of, record)
end

--- Returns status and JSON text of the answer that has one record.
-- @param fields the program's fields, a twilio.record, or nil
function answers.one(fake, request, fields)
  local operation, arguments = operation_of(request)
  if not operation then return 200, record_text(fake, request, nil, nil, fields or {}) end
  if operation.list_key then
    if fields then refuse_fields(operation) end
    return 200, answers.list(fake, request, {}, FIRST_PAGE)
  end
  if not operation.answer and not fields then return operation.status, nil end
  return operation.status, record_text(fake, request, operation, arguments, fields or {})
end

-- ---- lists ----

local escape = descriptions.escape

-- Returns the query of a request with other values of the parameters in `changed`.
local function query_with(request, changed)
  local all, parts = {}, {}
  for name, value in next, request.params do all[name] = value end
  for name, value in pairs(changed) do all[name] = value end
  for name, value in pairs(all) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do parts[#parts + 1] = escape(name) .. "=" .. escape(tostring(one)) end
  end
  table.sort(parts)
  return table.concat(parts, "&")
end

-- The fields of a page in the API 2010-04-01, without its records.
local function old_page(page, count, url, next_url)
  local function path(link) return link and link:gsub("^https?://[^/]*", "") or core.null end
  local first = page.number * page.size
  return {
    page = page.number, page_size = page.size, start = first, ["end"] = first + math.max(count - 1, 0),
    uri = path(url), first_page_uri = path(url), next_page_uri = path(next_url), previous_page_uri = core.null,
  }
end

-- The fields of a page in the other APIs, without its records.
local function new_page(page, _, url, next_url, key)
  local meta = { key = key, page = page.number, page_size = page.size, url = url, first_page_url = url }
  meta.next_page_url, meta.previous_page_url = next_url or core.null, core.null
  return { meta = meta }
end

--- Returns the JSON text of one page.
-- @param page { size =, number = from 0, token = of the next page or nil }
function answers.list(fake, request, records, page)
  local operation, arguments = operation_of(request)
  if operation and not operation.list_key then
    core.misuse(("%s answers no list: reply with a table of fields"):format(shown(operation)))
  end
  local url = request.url:gsub("%?.*$", "")
  local next_url = page.token and ("%s?%s"):format(url, query_with(request, { Page = page.number + 1, PageSize = page.size, PageToken = page.token }))
  local make, key = request.path:find "^/2010%-04%-01/" and old_page or new_page, operation and operation.list_key or "records"
  local texts = {}
  for i, record in ipairs(records) do texts[i] = record_text(fake, request, operation, arguments, record) end
  local rest = json.encode(make(page, #records, url, next_url, key)):sub(2)
  return ('{%s:[%s],%s'):format(json.encode(key), table.concat(texts, ","), rest)
end

--- Returns a SID for the record that a request fetches, or another value that its path ends with:
-- the program's, or a plausible one.
function answers.sid(fake, request, fields)
  local operation = operation_of(request)
  if not operation then return nil end
  local of, argument = type_of(operation).by_name or {}, operation.arguments[#operation.arguments]
  local name = of.sid and "sid" or argument and descriptions.snake(argument.name)
  if not name or fields[name] ~= nil then return name and fields[name] end
  return of[name] and plausible.value(of[name], name, about(fake, operation, {}))
end

--- Returns status and JSON text of an answer with one record, which may be a list of one record.
function answers.record(fake, request, fields)
  local operation = operation_of(request)
  if operation and operation.list_key then return 200, answers.list(fake, request, { fields }, FIRST_PAGE) end
  return answers.one(fake, request, fields)
end

return answers
