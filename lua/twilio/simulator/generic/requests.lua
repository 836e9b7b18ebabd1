--- Reads the parameters of a request, and compares them with those of its operation.
--
-- Twilio ignores many parameters that it does not know. The simulator refuses them with the code 20001,
-- because a developer wants to hear of a misspelt name. codes.lua has the codes for missing parameters and
-- wrong values.
local codes = require "twilio.simulator.generic.codes"
local names = require "twilio.simulator.generic.names"
local identifiers = require "twilio.simulator.generic.identifiers"
local values = require "twilio.simulator.generic.values"
local words = require "twilio.simulator.generic.words"

local requests = {}

local UNSUPPORTED = 20415

-- Parameters that every list takes.
local PAGING = {}
for name in ("Page PageSize PageToken Token pageToken pageSize Size"):gmatch "%a+" do PAGING[name] = true end

local MEDIA = {
  form = "application/x-www-form-urlencoded", json = "application/json", scim = "application/scim+json",
}

local function refuse(status, code, ...)
  error({ status = status, code = code, message = string.format(...) }, 0)
end

-- ---- values ----

-- Functions that return whether a text of a query or form has the type.
local accepts = {}

function accepts.integer(_, text) return text:find "^%-?%d+$" ~= nil end

function accepts.number(_, text) return tonumber(text) ~= nil end

function accepts.boolean(_, text) return text:lower() == "true" or text:lower() == "false" end

function accepts.enum(of, text) return values.choice(of, text) ~= nil end

accepts.id = identifiers.matches

function accepts.date(_, text) return text:find "^%d%d%d%d%-%d%d%-%d%d" ~= nil end

function accepts.date_time(_, text) return text:find "^%d%d%d%d%-%d%d%-%d%d" ~= nil or text:find "^%a%a%a, %d" ~= nil end

function accepts.uri(_, text) return text:find "^%a[%w+.-]*:" ~= nil end

function accepts.map(_, text) return type(values.decode(text)) == "table" end

local EXPECTED = {
  integer = "an integer", number = "a number", boolean = "true or false", date = "a date such as 2026-11-30",
  date_time = "a date and time such as 2026-11-30T08:00:00Z", uri = "a URL", map = "a JSON object", array = "an array", string = "a text",
}

local function expected(of)
  if of.kind == "enum" then return "one of " .. table.concat(of.choices, ", ") end
  if of.kind == "id" then
    return of.prefixes[1] == "" and "a SID" or "an identifier that begins with " .. table.concat(of.prefixes, " or ")
  end
  return EXPECTED[of.kind] or "a text"
end

local function refuse_value(operation, param, of, value)
  local text = type(value) == "number" and ("%.14g"):format(value) or tostring(value)
  local near = of.kind == "enum" and names.nearest(text, of.choices)
  refuse(400, codes.of(operation, param.name), "Invalid value '%s' of the parameter '%s': expected %s%s", text, param.name, expected(of),
    near and (". Did you mean '%s'?"):format(near) or "")
end

-- An empty text clears a field, whichever type it has.
local function check_text(operation, param, of, text)
  local known = words.of(operation, param.name)
  local wrong = known and words.wrong(known, text)
  if wrong then refuse_value(operation, param, { kind = "enum", choices = known }, wrong) end
  if text ~= "" and accepts[of.kind] and not accepts[of.kind](of, text) then refuse_value(operation, param, of, text) end
end

local JSON_TYPES = {
  integer = "number", number = "number", boolean = "boolean", map = "table", object = "table", array = "table", string = "string", uri = "string",
  enum = "string", id = "string", date = "string", date_time = "string", rfc2822 = "string", phone = "string",
}

-- Checks a value of a JSON body. The values inside objects are Twilio's to judge.
local function check_json(operation, param, of, value)
  if value == values.null then return end
  local due = JSON_TYPES[of.kind]
  if due and type(value) ~= due then refuse_value(operation, param, of, type(value) == "table" and "{}" or value) end
  if due == "string" then return check_text(operation, param, of, value) end
  if of.kind == "integer" and value % 1 ~= 0 then refuse_value(operation, param, of, value) end
  if of.kind == "array" then
    for _, element in ipairs(value) do check_json(operation, param, of.items, element) end
  end
end

-- ---- parameters ----

local sorted = setmetatable({}, { __mode = "k" }) -- by operation and place

-- The parameters of an operation for a place: by name, and the list of their names.
local function by_name(operation, place)
  sorted[operation] = sorted[operation] or {}
  local known = sorted[operation][place]
  if known then return known.found, known.list end
  local found, list = {}, {}
  for _, param in ipairs(operation.params) do
    if param.place == place then
      found[param.name] = param
      list[#list + 1] = param.name
    end
  end
  sorted[operation][place] = { found = found, list = list }
  return found, list
end

-- "AddOns.example.key" belongs to the parameter AddOnsData, a map.
local function of_map(known, name)
  local prefix = name:match "^([^.]+)%."
  return prefix and known[prefix .. "Data"]
end

local function refuse_name(name, list, operation)
  local near = names.nearest(name, list)
  local hint = near and (". Did you mean '%s'?"):format(near) or ""
  refuse(400, codes.UNKNOWN, "Unknown parameter '%s' of %s%s", name, operation.name:match "[^.]*$", hint)
end

local function add(given, param, text)
  if param.type.kind ~= "array" then
    if given[param.name] ~= nil then refuse(400, codes.UNKNOWN, "The parameter '%s' takes one value", param.name) end
    given[param.name] = text
    return
  end
  given[param.name] = given[param.name] or {}
  table.insert(given[param.name], text)
end

-- Reads the { name, value } of a query or form.
-- @param also parameters of another place that are accepted too
local function read_pairs(operation, place, in_order, given, also)
  local known, list = by_name(operation, place)
  for _, pair in ipairs(in_order) do
    local name, text = pair[1], pair[2]
    local param = known[name] or also and also[name]
    if param then
      check_text(operation, param, param.type.items or param.type, text)
      add(given, param, text)
    elseif not (operation.kind == "list" and PAGING[name]) and not of_map(known, name) then
      refuse_name(name, list, operation)
    end
  end
end

local function read_json(operation, body, given)
  local known, list = by_name(operation, "body")
  local fields = body == "" and {} or values.decode(body)
  if type(fields) ~= "table" then refuse(400, codes.of(operation), "The body is no JSON") end
  for name, value in pairs(fields) do
    local param = known[name]
    if not param and not operation.open then refuse_name(tostring(name), list, operation) end
    if param then check_json(operation, param, param.type, value) end
    given[name] = value
  end
end

local function read_headers(operation, headers)
  for _, param in ipairs(operation.params) do
    local text = param.place == "header" and headers[param.name:lower()]
    if text then check_text(operation, param, param.type, text) end
    if param.place == "header" and param.required and not text then
      refuse(400, codes.of(operation, param.name, true), "Missing required header %s", param.name)
    end
  end
end

local function check_required(operation, given)
  for _, param in ipairs(operation.params) do
    if param.required and param.place ~= "header" and given[param.name] == nil then
      local place = param.place == "query" and "query" or "post body"
      refuse(400, codes.of(operation, param.name, true), "Missing required parameter %s in the %s", param.name, place)
    end
  end
end

local function check_media(operation, request)
  local media = (request.headers["content-type"] or ""):match "^[^;%s]*":lower()
  if request.body == "" or media == MEDIA[operation.content] then return end
  if operation.content == "scim" and media == MEDIA.json then return end
  refuse(415, UNSUPPORTED, "Unsupported content type '%s': expected %s", media, MEDIA[operation.content] or "no body")
end

--- Returns the parameters of a request as a table by wire names: texts, arrays of texts, or the values of
-- a JSON body. Raises { status, code, message } unless the operation takes them.
-- @param request { headers, body, query_in_order, form_in_order }. The names of headers are in lower case.
-- The last two are arrays of { name, value }.
function requests.read(operation, request)
  local given = {}
  check_media(operation, request)
  local is_form = operation.content == "form"
  read_pairs(operation, "query", request.query_in_order, given, is_form and by_name(operation, "body") or nil)
  if is_form then
    read_pairs(operation, "body", request.form_in_order, given)
  elseif operation.content then
    read_json(operation, request.body, given)
  end
  read_headers(operation, request.headers)
  check_required(operation, given)
  return given
end

return requests
