--- Requests to the API of a simulator, for the specs of its handlers.
local assert = require "luassert"
local cjson = require "cjson"
local servers = require "spec.support.servers"

local api = {}

api.START = 1300000000 -- Sun, 13 Mar 2011 07:06:40 GMT
api.root = "/2010-04-01/Accounts/" .. servers.account_sid
api.user = servers.account_sid .. ":" .. servers.auth_token

local server

--- Starts the simulator of a spec. Returns it.
function api.start(options)
  local wanted = { now = api.START }
  for name, value in pairs(options or {}) do wanted[name] = value end
  server = servers.twilio(wanted)
  return server
end

--- Sends a request to the API. Returns the decoded body, or nil for an empty body, and the response.
function api.ask(method, path, form, options)
  local request = { method = method, url = server.url .. path, form = form, user = api.user }
  for name, value in pairs(options or {}) do request[name] = value end
  local answer = assert(servers.curl(request))
  return answer.body ~= "" and cjson.decode(answer.body) or nil, answer
end

function api.get(path, options) return api.ask("GET", path, nil, options) end
function api.post(path, form, options) return api.ask("POST", path, form, options) end

--- Returns the path of a call, or of a resource below it, such as "/Recordings".
function api.call_path(call, below) return api.root .. "/Calls/" .. call.sid .. (below or "") .. ".json" end

--- Places a call. A field that is false is not sent.
function api.make_call(form)
  local wanted = { To = "+15558675310", From = "+15017122661", Url = "http://foo.com/call.xml" }
  for name, value in pairs(form or {}) do wanted[name] = value or nil end
  return api.post(api.root .. "/Calls.json", wanted)
end

function api.advance(seconds) return server:post("/_/clock", { Seconds = seconds }) end

--- Checks Twilio's error body.
-- @param body, answer see api.ask
function api.assert_error(status, code, body, answer)
  assert.equal(status, answer.status)
  assert.equal(code, body.code)
  assert.equal(status, body.status)
  assert.equal("https://www.twilio.com/docs/errors/" .. code, body.more_info)
  assert.is_string(body.message)
end

function api.count_keys(object)
  local count = 0
  for _ in pairs(object) do count = count + 1 end
  return count
end

function api.sids(records)
  local list = {}
  for index, record in ipairs(records) do list[index] = record.sid end
  return list
end

--- Walks a list by its links to the next pages. Returns all SIDs in order. `on_page` is called with each page
-- before the next page is requested.
function api.walk(path, key, on_page)
  local seen = {}
  while path ~= cjson.null do
    local page = api.get(path)
    for _, record in ipairs(page[key]) do seen[#seen + 1] = record.sid end
    if on_page then on_page(page) end
    path = page.next_page_uri
  end
  return seen
end

--- Returns the number of different elements of a list.
function api.different(list)
  local known = {}
  for _, item in ipairs(list) do known[item] = true end
  return api.count_keys(known)
end

return api
