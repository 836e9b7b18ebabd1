--- Common parts of the resources of the 2010-04-01 API: paths, pages, dates, fetch and delete.
local failure = require "twilio.simulator.failure"
local filters = require "twilio.simulator.filters"
local render = require "twilio.simulator.render"

local unpack = table.unpack or unpack

local v2010 = {}

v2010.VERSION = "2010-04-01"
v2010.ROOT = "/2010-04-01/Accounts/"

--- Returns a function(record) that returns the path of a record, without ".json".
function v2010.path(kind)
  return function(record) return v2010.ROOT .. record.account_sid .. "/" .. kind .. "/" .. record.sid end
end

--- Returns a `uri` field.
function v2010.uri(path)
  return { "uri", function(_, record) return '"' .. path(record) .. '.json"' end }
end

v2010.date_created = { "date_created", render.rfc2822 }
v2010.date_updated = { "date_updated", render.rfc2822 }
v2010.api_version = { "api_version", render.constant(v2010.VERSION) }

local function text_or_null(text)
  return text and '"' .. text .. '"' or "null"
end

--- Returns the response with a page of a collection.
-- @param key the name of the array
-- @param write function(record) that returns JSON
-- @param tests the filters of the list
function v2010.list(context, collection, key, write, tests)
  local path = context.path
  local page = filters.page(collection, context.request.query, tests or {})
  local records = {}
  for index, record in ipairs(page.records) do records[index] = write(record) end
  local start = page.page * page.size
  local parts = {
    '{"first_page_uri":"', path, page.first, '","end":', start + math.max(#records, 1) - 1,
    ',"previous_page_uri":', text_or_null(page.previous and path .. page.previous),
    ',"', key, '":[', table.concat(records, ","), '],"uri":"', path, page.own,
    '","page_size":', page.size, ',"start":', start,
    ',"next_page_uri":', text_or_null(page.next and path .. page.next), ',"page":', page.page, "}",
  }
  return 200, table.concat(parts)
end

--- Returns what precedes a path in absolute links: the address that the client used.
function v2010.base(context)
  return "http://" .. (context.request.headers.host or "127.0.0.1") .. context.prefix
end

--- Returns the response with a page of a collection as newer APIs have it: the links are absolute, in `meta`.
function v2010.list_with_meta(context, collection, key, write)
  local url, page, records = v2010.base(context) .. context.path, filters.page(collection, context.request.query, {}), {}
  for index, record in ipairs(page.records) do records[index] = write(record) end
  local function link(query) return render.plain(query and url .. query) end
  return 200, table.concat {
    '{"meta":{"key":"', key, '","page":', page.page, ',"page_size":', page.size, ',"first_page_url":', link(page.first),
    ',"next_page_url":', link(page.next), ',"previous_page_url":', link(page.previous), ',"url":', link(page.own), '},"', key, '":[',
    table.concat(records, ","), "]}",
  }
end

function v2010.not_found(context)
  failure.raise(404, 20404, "The requested resource " .. context.path .. " was not found")
end

--- Returns the record with a SID. Raises the failure 20404 if there is no such record.
function v2010.find(context, collection, sid)
  return collection:get(sid) or v2010.not_found(context)
end

--- Returns a handler that fetches a record.
-- @param collection_of function(context, ...) that returns a collection. Its arguments are the SIDs
-- of the path, except the last.
function v2010.fetching(collection_of, write)
  return function(context, ...)
    local sids = { ... }
    local sid = table.remove(sids)
    return 200, write(v2010.find(context, collection_of(context, unpack(sids)), sid))
  end
end

--- Returns a handler that lists records.
function v2010.listing(collection_of, key, write, tests)
  return function(context, ...) return v2010.list(context, collection_of(context, ...), key, write, tests) end
end

--- Sets the fields of a record from a form.
-- @param settable maps the name of a parameter to the name of a field
function v2010.set(record, settable, form)
  for parameter, field in pairs(settable) do record[field] = form[parameter] or record[field] end
end

--- Returns a handler that sets fields of a record.
function v2010.updating(collection_of, settable, write)
  return function(context, ...)
    local sids = { ... }
    local sid = table.remove(sids)
    local record = v2010.find(context, collection_of(context, unpack(sids)), sid)
    v2010.set(record, settable, context.form)
    v2010.touch(record, context.store.now)
    return 200, write(record)
  end
end

--- Returns a handler that deletes a record.
function v2010.deleting(collection_of)
  return function(context, ...)
    local sids = { ... }
    local sid = table.remove(sids)
    local all = collection_of(context, unpack(sids))
    v2010.find(context, all, sid)
    all:remove(sid)
    return 204
  end
end

--- Returns a function(context, account_sid) that returns the account's collection of a kind.
function v2010.of_account(kind)
  return function(context, account_sid)
    local account = context.service:account(context, account_sid)
    return context.store:collection(account.sid, kind)
  end
end

function v2010.require_done(done)
  if not done then failure.raise(409, 20009, "Cannot delete this resource before it is complete") end
end

--- Sets the time of a record's last change.
function v2010.touch(record, now)
  record.date_updated = now
end

return v2010
