--- One page of a list: a plain array of records with a metatable.

local core = require "twilio.core"
core.keep(...)
local send = require "twilio.send"

local page = {}

-- Programs write `for call in client.calls:list() do`.
local function refuse_loop()
  core.misuse "a page is no iterator: loop over it with ipairs(page), or over all pages with :iter() in the place of :list()"
end
-- Each kind of list has some of these paging fields, and the last page has fewer.
local names = {
  __index = core.index("a page", "key page page_size per_page start end uri url first_page_uri next_page_uri previous_page_uri last_page_uri "
    .. "first_page_url next_page_url previous_page_url next_token previous_token nextToken previousToken total num_pages current_page "
    .. "has_next has_prev total_pages total_elements totalResults itemsPerPage startIndex"),
}

-- The methods and the paging fields (page, page_size, next_page_uri, …) are
-- found through the metatable, so that the table itself holds records alone.
-- `place` is the resource whose page it is.
local function set_fields(records, fields, place, request, next_link, previous_link)
  local function follow(name, link, self, options, ...)
    if self ~= records then core.misuse(("call '%s' on a page, with ':'"):format(name)) end
    if select("#", ...) > 0 then core.misuse(("too many arguments to '%s'"):format(name)) end
    if not link then return nil end
    return page.result(request:follow(link, options))
  end

  --- page:next(options) → the next page; nil at the end; nil, message, err on failure. Without options it has those of this page.
  function fields.next(...)
    return follow("next", next_link, ...)
  end

  --- page:previous(options) → the page before; nil at the beginning; nil, message, err on failure.
  function fields.previous(...)
    return follow("previous", previous_link, ...)
  end

  local meta = { __index = setmetatable(fields, names), __name = "twilio.page", __metatable = "twilio.page", __call = refuse_loop }

  function meta.__tostring(self)
    local n = #self
    return ("twilio.page of %s: %d record%s"):format(tostring(place):gsub("^twilio%.resource ", ""), n, n == 1 and "" or "s")
  end

  return setmetatable(records, meta)
end

--- Sends the request and returns what the call returns: for a list a page, else as send.result does.
function page.result(request)
  local result, fields, next_link, previous_link, place = send.result(request)
  if not result then return nil, fields, next_link end
  if fields then return set_fields(result, fields, place, request, next_link, previous_link) end
  return result
end

-- The lists of several records as one page.
local function gather(place, ...)
  local walk, records = require("twilio.iterator").walk(place, ...), {}
  while true do
    local record, message, err = walk:advance()
    if message then return nil, message, err end
    if not record then break end
    records[#records + 1] = record
  end
  return set_fields(records, {}, place) -- no page follows, and none came before
end

--- resource:list(SIDs…, params, options): one page of the list; `limit` is its size where `page_size` is not given.
-- Returns the page; or nil, message, err.
function page.list(place, ...)
  if core.fan(place, ...) then return gather(place, ...) end
  return page.result((core.request(place, "list", ...)))
end

--- resource:page(url, options): the page of the list that lies at a URL, such as one kept from page.next_page_uri.
-- Returns the page; or nil, message, err: of the kind `untrusted` where the URL is neither Twilio's nor below base_url.
function page.at(place, url, options, ...)
  if type(url) ~= "string" then core.misuse(("the URL of a page must be a string, got %s"):format(type(url))) end
  return page.result(core.request(place, "page", nil, options, ...):follow(url))
end

return page
