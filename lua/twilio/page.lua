--- One page of a list: an array of records with a metatable.

local core = require "twilio.core"
core.keep(...)
local send = require "twilio.send"

local page = {}

-- Catches a common mistake: `for call in client.calls:list() do`.
local function refuse_call()
  core.misuse "a page is not an iterator: loop over it with ipairs(page), or over all pages with :iter() instead of :list()"
end

-- The paging fields of all APIs. A page has some of them, and the last page of a list has fewer.
-- Reading a missing one returns nil, and reading any other name raises.
local fields_of_any_page = {
  __index = core.index("a page", "key page page_size per_page start end uri url first_page_uri next_page_uri previous_page_uri last_page_uri "
    .. "first_page_url next_page_url previous_page_url next_token previous_token nextToken previousToken pageSize total num_pages current_page "
    .. "has_next has_prev total_pages total_elements totalResults itemsPerPage startIndex"),
}

local result

--- Makes a page of an array of records. The methods and the paging fields (page_size, next_page_uri,
-- …) are in the metatable's __index, so that pairs(page) finds records only.
-- The arguments after the request are what send.result has returned. `resource` is the resource of
-- the list. A link is nil if there is no next or no previous page.
function page.new(request, records, fields, next_link, previous_link, resource)
  local function follow_link(name, link, self, options, ...)
    if self ~= records then core.misuse(("call '%s' on a page, with ':'"):format(name)) end
    if select("#", ...) > 0 then core.misuse(("too many arguments to '%s'"):format(name)) end
    if not link then return nil end
    return result(request:follow(link, options))
  end

  --- page:next(options): fetches the next page, with the options of this page unless others are
  -- given. Returns a page; nil at the end; or nil, message, err.
  function fields.next(...)
    return follow_link("next", next_link, ...)
  end

  --- page:previous(options): fetches the previous page, with the options of this page unless others
  -- are given. Returns a page; nil at the beginning; or nil, message, err.
  function fields.previous(...)
    return follow_link("previous", previous_link, ...)
  end

  local meta = { __index = setmetatable(fields, fields_of_any_page), __name = "twilio.page", __metatable = "twilio.page", __call = refuse_call }

  function meta.__tostring(self)
    local n = #self
    return ("twilio.page of %s: %d record%s"):format(tostring(resource):gsub("^twilio%.resource ", ""), n, n == 1 and "" or "s")
  end

  return setmetatable(records, meta)
end

-- Sends the request for a page. Returns the page; or nil, message, err.
function result(request)
  local records, fields, next_link, previous_link, resource = send.result(request)
  if not records then return nil, fields, next_link end -- nil, message, err
  return page.new(request, records, fields, next_link, previous_link, resource)
end

-- Returns all records of a list of lists as one page, which has no next and no previous page.
local function gather_pages(resource, ...)
  local iterator, records = require("twilio.iterator").over(resource, ...), {}
  while true do
    local record, message, err = iterator:advance()
    if message then return nil, message, err end
    if not record then break end
    records[#records + 1] = record
  end
  return page.new(nil, records, {}, nil, nil, resource)
end

--- resource:list(SIDs…, params, options): fetches one page of the list.
-- The option `limit` is the page size, unless the parameter `page_size` is given. The page size is
-- at most Twilio's maximum.
-- Returns a page; or nil, message, err.
function page.list(resource, ...)
  if core.fan(resource, ...) then return gather_pages(resource, ...) end
  return result((core.request(resource, "list", ...)))
end

--- resource:page(url, options): fetches the page of the list at a URL, for example a next_page_uri
-- that the program has stored.
-- Returns a page; or nil, message, err. If the URL is neither on a host of Twilio nor below
-- base_url, err.kind is "untrusted" and no request is sent.
function page.at(resource, url, options, ...)
  if type(url) ~= "string" then core.misuse(("the URL of a page must be a string, got %s"):format(type(url))) end
  return result(core.request(resource, "page", nil, options, ...):follow(url))
end

return page
