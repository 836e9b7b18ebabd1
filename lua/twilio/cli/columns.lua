--- Chooses the columns of a table.

local core = require "twilio.core"
local stop = require "twilio.cli.stop"

local columns = {}

-- The columns of resources that are listed most often.
local OWN = {
  calls = "sid status from to direction start_time duration",
  messages = "sid status from to body date_sent",
  recordings = "sid status call_sid duration channels date_created",
  conferences = "sid status friendly_name region date_created",
  participants = "call_sid label status muted hold",
  incoming_phone_numbers = "sid phone_number friendly_name voice_url sms_url",
  phone_numbers = "sid phone_number friendly_name voice_url sms_url valid national_format country_code line_type_intelligence", -- and of Lookup
  verifications = "sid status to channel date_created",
  usage = "category count count_unit usage usage_unit price price_unit",
}

for _, name in ipairs { "local", "mobile", "toll_free", "national", "shared_cost", "machine_to_machine", "voip" } do
  OWN[name] = "sid phone_number friendly_name locality region iso_country" -- kinds of numbers
end

-- Of another resource, the first MOST of these fields that its records have.
local USUAL = "sid id key category unique_name friendly_name display_name name identity phone_number locality region address status from to author "
  .. "direction type description body message_body count price price_unit duration start_time date_sent date_created created_at date_updated"
local MOST = 7

local function split(names, separator)
  local list = {}
  for name in names:gmatch("[^" .. separator .. "]+") do list[#list + 1] = name end
  return list
end

-- Returns the names that are fields. Returns all names if the fields are not documented.
local function among(names, fields)
  local known, list = {}, {}
  for _, field in ipairs(fields) do known[field] = true end
  for _, name in ipairs(names) do
    if known[name] and #list < MOST then list[#list + 1] = name end
  end
  return list
end

--- Returns the columns of a table of the resource's records: an array of names. It is empty if the
-- fields of the records are not documented.
function columns.usual(resource)
  local list = among(split(OWN[resource.name] or USUAL, " "), resource.fields)
  if list[2] then return list end
  local names = { list[1] }
  for _, field in ipairs(resource.fields) do
    if field ~= list[1] then names[#names + 1] = field end
  end
  return among(names, resource.fields)
end

--- Returns the names in the value of --columns. Raises for a field that the records do not have.
function columns.given(text, resource)
  local list, fields = {}, {}
  for _, field in ipairs(resource.fields) do fields[field] = true end
  for _, word in ipairs(split(text:gsub("%s", ""), ",")) do
    local name = word
    local snake = name:gsub("-", "_")
    if fields[snake] then name = snake end
    if resource.fields[1] and not fields[name] then
      local meant = core.nearest(name, resource.fields)
      stop.usage(("a record of %s has no field '%s'%s"):format(resource.name, name, meant and (" (did you mean '%s'?)"):format(meant) or ""),
        "fields: " .. table.concat(resource.fields, ", "))
    end
    list[#list + 1] = name
  end
  if not list[1] then stop.usage "--columns names no field" end
  return list
end

--- Returns the text of a field; nil if it is absent or null. Some lists have strings in place of
-- records.
function columns.text(record, name)
  if type(record) == "string" then return record end
  return core.column_text(record, name)
end

--- Returns the names of the fields of a record, in the order of Twilio's response if Lua can tell.
function columns.of_record(record)
  if type(record) == "string" then return { "value" } end
  local names = {}
  for name in record:each() do names[#names + 1] = name end
  return names
end

return columns
