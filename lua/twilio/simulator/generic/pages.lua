--- The pages of a list, in each style of Twilio's API: `next_page_uri`, `meta.next_page_url`,
-- `meta.next_token`, `meta.nextToken`, and SCIM.
local api = require "twilio.simulator.generic.api"
local dates = require "twilio.simulator.generic.dates"
local names = require "twilio.simulator.generic.names"
local plausible = require "twilio.simulator.generic.plausible"

local pages = {}

local SIZES, TOKENS = { "PageSize", "pageSize", "Size", "pagesize" }, { "PageToken", "pageToken", "Token" }
local DEFAULT, MOST = 50, 1000

local function set(...)
  local made = {}
  for _, list in ipairs { ... } do
    for _, name in ipairs(list) do made[name] = true end
  end
  return made
end

local POSITION = set(SIZES, TOKENS, { "Page" })

local function refuse(...) error({ status = 400, code = 20001, message = string.format(...) }, 0) end

local function first_of(given, list)
  for _, name in ipairs(list) do
    if given[name] then return given[name], name end
  end
  return nil, list[1]
end

-- ---- filters ----

local COMPARE = { ["<"] = function(a, b) return a <= b end, [">"] = function(a, b) return a >= b end }

-- Whether a field has the value, or is on the right side of it for `DateCreated<` and `DateCreated>`.
local function accepts(value, filter)
  if value == nil then return true end
  local time, limit = dates.parse(tostring(value)), dates.parse(filter.text)
  if not time or not limit then return tostring(value):lower() == filter.text:lower() end
  if COMPARE[filter.side] then return COMPARE[filter.side](time, limit) end
  return filter.text:find ":" and time == limit or not filter.text:find ":" and time >= limit and time < limit + 86400
end

--- Returns the filters of a list: the parameters that the records have a field for.
-- @param of the type of a record
-- @param given the parameters, by wire name
-- @return an array of { field = folded name, side = "", "<" or ">", text }
function pages.filters(of, given)
  local list = {}
  if of.kind ~= "object" then return list end
  local fields = {}
  for _, field in ipairs(of.fields) do fields[names.fold(field.name)] = true end
  for name, value in pairs(given) do
    local plain, side = name:match "^(.-)([<>]?)$"
    local folded = names.fold(plain)
    if not POSITION[name] and type(value) == "string" and value ~= "" and fields[folded] then
      list[#list + 1] = { field = folded, side = side, text = value }
    end
  end
  return list
end

--- Returns whether all filters accept a record.
-- @param record its fields, by folded names
function pages.accepts(record, filters)
  for _, filter in ipairs(filters) do
    if not accepts(record[filter.field], filter) then return false end
  end
  return true
end

-- ---- pages ----

local function size_of(given)
  local text, name = first_of(given, SIZES)
  if not text then return DEFAULT end
  local size = text:find "^%d+$" and tonumber(text)
  if not size or size < 1 then refuse("Invalid value '%s' of the parameter '%s': expected an integer above 0", text, name) end
  return math.min(size, MOST)
end

-- Returns the link to a page: the parameters of the request, then the position of the page.
local function link(path, in_order, size, page, token)
  local parts = {}
  for _, pair in ipairs(in_order) do
    if not POSITION[pair[1]] then parts[#parts + 1] = api.encode(pair[1]) .. "=" .. api.encode(pair[2]) end
  end
  parts[#parts + 1] = ("PageSize=%d&Page=%d"):format(size, page)
  if token then parts[#parts + 1] = "PageToken=" .. token end
  return path .. "?" .. table.concat(parts, "&")
end

--- Returns the items of a page, and the fields of its body by folded names.
-- @param collection a collection of store.lua
-- @param given the parameters, by wire name
-- @param about { path = the address of the list, base = what precedes it in absolute links, key = the field
-- with the records, in_order = { { name, value } } of the query, whole = true if the list has one page }
-- @param accept function(item): whether the list has the item
function pages.page(collection, given, about, accept)
  local size, number = about.whole and math.huge or size_of(given), tonumber(given.Page) or 0
  local token, name = first_of(given, TOKENS)
  local items, older, newer = collection:page(size, token, accept)
  if not items then refuse("Invalid value '%s' of the parameter '%s': no such page", token, name) end
  local next_token = older and items[1] and "PA" .. items[#items].sid or nil
  local previous_token = newer and token and items[1] and "PB" .. items[1].sid or nil
  if about.whole then return items, pages.body(about, {}, { size = #items, number = 0, count = #items }) end
  local function uri(at, position) return link(about.path, about.in_order, size, at, position) end
  local links = {
    first = uri(0), own = uri(number, token), next = next_token and uri(number + 1, next_token),
    previous = previous_token and uri(math.max(number - 1, 0), previous_token),
  }
  return items, pages.body(about, links, { size = size, number = number, next = next_token, previous = previous_token, count = #items })
end

--- Returns the fields of the body of a page by folded names. Each style takes those that its type has.
function pages.body(about, links, page)
  local absent = plausible.absent
  local function url(text) return text and about.base .. text or absent end
  local start = page.number * page.size
  return {
    firstpageuri = links.first or absent, nextpageuri = links.next or absent, previouspageuri = links.previous or absent,
    uri = links.own, page = page.number, pagesize = page.size, start = start, ["end"] = start + math.max(page.count - 1, 0),
    meta = {
      firstpageurl = url(links.first), nextpageurl = url(links.next), previouspageurl = url(links.previous), url = url(links.own),
      key = about.key, page = page.number, pagesize = page.size, nexttoken = page.next or absent,
      previoustoken = page.previous or absent, limit = page.size,
    },
    schemas = { "urn:ietf:params:scim:api:messages:2.0:ListResponse" }, totalresults = page.count, itemsperpage = page.count, startindex = 1,
    currentpage = page.number, hasnext = page.next ~= nil, hasprev = page.previous ~= nil, perpage = page.size, totalelements = page.count,
    totalpages = 1,
  }
end

return pages
