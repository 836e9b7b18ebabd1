--- Makes plausible records from the types of Twilio's documents.
local api = require "twilio.simulator.generic.api"
local dates = require "twilio.simulator.generic.dates"
local identifiers = require "twilio.simulator.generic.identifiers"
local names = require "twilio.simulator.generic.names"
local values = require "twilio.simulator.generic.values"

local plausible = {}

--- In place of a given value: the field is null, or is left out if it may not be null.
plausible.absent = {}

-- Values of texts, by the name of the field: see names.fold.
local TEXTS = {
  apiversion = "2010-04-01", balance = "100.00", body = "Ahoy", callercountry = "US", carrier = "Example Mobile", city = "San Francisco",
  content = "Ahoy", count = "0", country = "United States", countrycode = "US", currency = "USD", direction = "outbound-api",
  displayname = "Example", domainname = "example.sip.twilio.com", duration = "42", email = "alice@example.com", friendlyname = "Example",
  from = "+15017122661", fromformatted = "(501) 712-2661", iccid = "8988307000000000000", identity = "alice", isocountry = "US",
  isocountrycode = "US", language = "en-US", languagecode = "en-US", message = "Accepted", mimetype = "text/plain", name = "Example",
  phonenumber = "+15558675310", postalcode = "94103", price = "-0.00750", priceunit = "USD", queuetime = "0", region = "CA",
  status = "active", timezone = "UTC", title = "Example", to = "+15558675310", toformatted = "(555) 867-5310", usage = "0",
  username = "alice", version = "1",
}

-- Dates that a record has from its creation on.
local CREATED = { datecreated = true, createdat = true, datecreatedutc = true, created = true, createtime = true }
local UPDATED = { dateupdated = true, updatedat = true, dateupdatedutc = true, updated = true, updatetime = true }

local function set(text)
  local made = {}
  for word in text:gmatch "%S+" do made[word] = true end
  return made
end

-- The values of enums that a record has only at its end.
local ENDED = set [[
  archived busy canceled cancelled closed completed deactivated deleted denied disabled disconnected done ended error expired failed failure
  inactive invalid no-answer noanswer none rejected released revoked stopped suspended terminated undelivered unknown unspecified
]]
local SUCCEEDED = set "completed done succeeded success successful"

local function first_of(choices, accepts)
  for _, choice in ipairs(choices) do
    if accepts(choice:lower():gsub("_", "-")) then return choice end
  end
  return nil
end

-- The first value at which a record is alive. Of methods of HTTP, POST, which is Twilio's default.
local function of_enum(of, about)
  local chosen = about.ended and first_of(of.choices, function(word) return SUCCEEDED[word] end)
  return chosen or first_of(of.choices, function(word) return word == "post" or word == "active" end)
    or first_of(of.choices, function(word) return not ENDED[word] end) or of.choices[1]
end

local makers = { enum = function(of, _, about) return of_enum(of, about) end }

function makers.string(_, folded, about)
  if TEXTS[folded] then return TEXTS[folded] end
  if folded:find "sid$" then return identifiers.make(identifiers.ANY, about.seed .. folded) end
  return folded:find "url$" and "https://example.com/" .. folded or "example"
end

function makers.phone(_, folded) return folded:find "from" and TEXTS.from or TEXTS.to end

function makers.uri(_, folded) return "https://example.com/" .. folded end

function makers.id(of, folded, about) return identifiers.make(of, about.seed .. folded) end

function makers.integer(of) return math.max(0, of.least or 0) end

makers.number = makers.integer

function makers.boolean() return false end

function makers.any() return {} end

makers.map = makers.any

local function of_date(of, folded, about)
  return dates.text(of.kind, CREATED[folded] and about.created or UPDATED[folded] and about.updated or about.now)
end

makers.date_time, makers.rfc2822, makers.date = of_date, of_date, of_date

function makers.array(of, folded, about)
  local list = {}
  for i = 1, of.least or (about.full and 1 or 0) do
    list[i] = plausible.value(of.items, folded .. i, about)
  end
  return list
end

-- An object of which some fields are given, by folded names.
local function object(of, given, about)
  local inner = setmetatable({ given = given }, { __index = about })
  local record = {}
  for _, field in ipairs(of.fields) do record[field.name] = plausible.value(field.type, field.name, inner) end
  return record
end

function makers.object(of, _, about) return object(of, {}, about) end

-- The kinds whose value is known although it may be null.
local KNOWN = { boolean = true, enum = true, array = true }

-- Whether a field that may be null has a value.
local function has_value(of, folded, about)
  if KNOWN[of.kind] or dates.is_date(of.kind) and (CREATED[folded] or UPDATED[folded]) then return true end
  if of.kind == "id" then return about.own[folded] end
  return about.full and (of.kind ~= "string" or TEXTS[folded] ~= nil)
end

-- A given value that fits the type, with the fields that it lacks.
local function complete(of, value, about)
  if value == values.null then return value end
  if of.kind == "object" then return object(of, plausible.folded(value), about) end
  if of.kind ~= "array" then return value end
  local list = {}
  for i, element in ipairs(value) do list[i] = complete(of.items, element, about) end
  return list
end

--- Returns a value of a type.
-- @param of the type: see api.lua
-- @param name the name of the field with the value
-- @param about { seed = a text from which identifiers are made, now = seconds since the epoch, created,
-- updated = the times of these dates, given = values by folded names, which win, full = true if most fields
-- that may be null have a value, own = the folded names of identifiers that have a value although they may
-- be null, ended = true if the record has succeeded }
function plausible.value(of, name, about)
  local folded = names.fold(name)
  local given = about.given[folded]
  if given == plausible.absent then return of.nullable and values.null or nil end
  if given ~= nil then
    local fitting = values.convert(of, given)
    if fitting ~= nil then return complete(of, fitting, about) end
  end
  if of.nullable and not has_value(of, folded, about) then return values.null end
  return makers[of.kind](of, folded, about)
end

--- Returns a table with the keys folded as names.fold does.
function plausible.folded(fields)
  local folded = {}
  for name, value in pairs(fields) do folded[names.fold(name)] = value end
  return folded
end

--- Returns the fields of a record of a type, as a table. The arguments are those of plausible.value.
-- Fields that are null are values.null.
function plausible.fields(of, about)
  return object(of, about.given, about)
end

-- ---- records by name ----

-- The type of one record in the answer of an operation.
local function record_type(operation)
  local answer = operation.answer
  if not answer or answer.kind ~= "object" then return nil end
  if operation.list_key then answer = answer.by_name[operation.list_key].items end
  return answer.kind == "object" and answer or nil
end

plausible.record_type = record_type

local RANKS = { fetch = 1, list = 2, create = 3, update = 4, patch = 5 }

-- "call", "verify.service" or "verify_v2.service" -> the operation with the record. Of several products, api
-- wins. Returns nil and the names that exist in several products.
local function operation_of(name)
  local product, wanted = name:match "^([^.]*)%.(.*)$"
  wanted = names.fold(wanted or name)
  local best, rank, others = nil, nil, {}
  for _, operation in ipairs(api.operations) do
    local own = names.fold((operation.name:match "%.%u%l+(.*)$"))
    local fits = own == wanted and (not product or product == operation.document or names.fold(product) == names.fold(operation.host))
    local own_rank = fits and RANKS[operation.kind]
    if own_rank and record_type(operation) then
      own_rank = own_rank + (operation.host == "api" and 0 or 10)
      others[operation.document .. "." .. names.snake((operation.name:match "%.%u%l+(.*)$"))] = true
      if not rank or own_rank < rank then best, rank = operation, own_rank end
    end
  end
  return best, others
end

local function sorted(set_of_names)
  local list = {}
  for name in pairs(set_of_names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function all_names()
  local found = {}
  for _, operation in ipairs(api.operations) do
    if record_type(operation) and RANKS[operation.kind] then found[names.snake((operation.name:match "%.%u%l+(.*)$"))] = true end
  end
  return sorted(found)
end

--- Returns the operation with a record of this name. Raises a message without position if there is none,
-- or if several products have one.
-- @param name "call", with a product or document "verify.service" or "verify_v2.service", or the name of
-- an operation, "api_v2010.FetchCall"
function plausible.operation(name)
  local exact = api.by_name[name]
  if exact then
    if not record_type(exact) then error(("the operation '%s' has no record"):format(name), 0) end
    return exact
  end
  local operation, others = operation_of(name)
  if not operation then
    local near = names.nearest(name:match "[^.]*$", all_names())
    error(("there is no record '%s'%s"):format(name, near and (" (did you mean '%s'?)"):format(near) or ""), 0)
  end
  local list = sorted(others)
  if list[2] and operation.host ~= "api" then error(("several APIs have a record '%s': %s"):format(name, table.concat(list, ", ")), 0) end
  return operation
end

local function check_overrides(of, name, overrides)
  local known = {}
  for i, field in ipairs(of.fields) do known[i] = field.name end
  for given, value in pairs(overrides) do
    local field = of.by_name[given]
    if not field then
      local near = names.nearest(tostring(given), known)
      error(("a record '%s' has no field '%s'%s"):format(name, tostring(given), near and (" (did you mean '%s'?)"):format(near) or ""), 0)
    end
    if values.convert(field, value) == nil then
      error(("the field '%s' of a record '%s' cannot be %s: its type is %s"):format(given, name, tostring(value), field.kind), 0)
    end
  end
end

-- Returns the path of a record, from its fields.
local function path_of(operation, record)
  local by_name, last = plausible.folded(record), nil
  for name in operation.path:gmatch "{(%w+)}" do last = name end
  return (operation.path:gsub("{(%w+)}", function(name)
    local value = by_name[names.fold(name)] or name == last and (by_name.sid or by_name.id)
    return type(value) == "string" and value or nil
  end))
end

-- Sets the address of a record that the program did not give.
local function set_address(operation, record, given, of)
  local path = path_of(operation, record)
  if path:find "[{}]" then return end
  if of.by_name.uri and given.uri == nil then record.uri = path end
  if of.by_name.url and given.url == nil then record.url = ("https://%s.twilio.com%s"):format(operation.host, path) end
end

--- Returns the folded names of the identifiers of a record: its own, and those of the path.
function plausible.own(operation)
  local own = { sid = true, id = true, accountsid = true }
  for name in operation.path:gmatch "{(%w+)}" do own[names.fold(name)] = true end
  return own
end

local function account_of(seed) return identifiers.make(identifiers.ACCOUNT, "account" .. seed) end

--- Returns a record with a plausible value in each field, and its type.
-- @param name see plausible.operation
-- @param overrides the values of some fields. A date may be seconds since the epoch.
-- @param options { seed = a text: other seeds give other SIDs, now = seconds since the epoch }
-- @return a table of the fields, in which values.null stands for null; the type of the record, for
-- values.text
function plausible.record(name, overrides, options)
  overrides, options = overrides or {}, options or {}
  local operation = plausible.operation(name)
  local of, now = record_type(operation), options.now or os.time()
  check_overrides(of, name, overrides)
  local given = plausible.folded(overrides)
  given.accountsid = given.accountsid or account_of(options.seed or "")
  local about = { seed = operation.name .. (options.seed or ""), now = now, created = now, updated = now, given = given, full = true,
    own = plausible.own(operation) }
  local record = plausible.fields(of, about)
  if operation.kind == "fetch" then set_address(operation, record, given, of) end
  return record, of
end

--- Returns the JSON text of plausible.record.
function plausible.json(name, overrides, options)
  local record, of = plausible.record(name, overrides, options)
  return values.text(of, record)
end

return plausible
