--- One page of a list: a plain array of records with a metatable.

local core = require "twilio.core"
local send = require "twilio.send"
local iterator = require "twilio.iterator"

local page = {}

local new_page

-- The methods and the paging fields (page, page_size, next_page_uri, …) are
-- found through the metatable, so that the table itself holds records alone.
local function follow(request, link)
  if not link then return nil end
  return new_page(request:follow(link))
end

local function set_fields(records, fields, request)
  local next_link, previous_link = request:link("next"), request:link("previous")
  request:release()

  --- page:next() → the next page; nil at the end; nil, message, err on failure.
  function fields.next()
    return follow(request, next_link)
  end

  --- page:previous() → the page before; nil at the beginning; nil, message, err on failure.
  function fields.previous()
    return follow(request, previous_link)
  end

  return setmetatable(records, { __index = fields, __name = "twilio.page", __metatable = "twilio.page" })
end

function new_page(request)
  send.start(request)
  send.finish(request)
  local records, fields, err = request:result()
  if not records then return nil, fields, err end
  return set_fields(records, fields, request)
end

-- The lists of several records as one page.
local function gather(walk)
  local records = {}
  while true do
    local record, message, err = walk:advance()
    if message then return nil, message, err end
    if not record then break end
    records[#records + 1] = record
  end
  local function none() return nil end
  return setmetatable(records, { __index = { next = none, previous = none }, __name = "twilio.page", __metatable = "twilio.page" })
end

--- resource:list(params, options): one page of the list.
-- Returns the page; or nil, message, err.
function page.list(place, ...)
  if core.fan(place, (...)) then return gather(iterator.walk(place, ...)) end
  return new_page((core.request(place, "list", ...)))
end

return page
