--- Makes the records of a double: a resource of its client fetches a record, and the double
-- answers. The record therefore has all methods, and its methods send requests to the double.

local core = require "twilio.core"
core.keep(...)
local answers = require "twilio.testing.answers"
local descriptions = require "twilio.testing.request"
local replies = require "twilio.testing.replies"

local records = {}

-- Of the parents of a record, and of the record until its SID is known.
local ANY_SID = "XX00000000000000000000000000000001"

-- ---- resources by name ----

local function child(parent, name)
  local ok, found = pcall(function() return parent[name] end)
  return ok and type(found) == "userdata" and found or nil
end

-- Returns the resource below another one. The name may be singular: "call" is "calls".
local function below(parent, name)
  local has_sid, instance = pcall(function() return parent(ANY_SID) end)
  local from = has_sid and instance or parent
  return child(from, name) or child(from, name .. "s") or from[name] -- the last one raises, with a suggestion
end

-- Returns a resource of the client: "call", "calls", "verify.v2.services.verifications".
local function resource_of(client, name)
  local at = client
  for part in name:gmatch "[^.]+" do at = below(at, part) end
  return at
end

-- ---- records ----

-- Each function sends a request that is answered with one record, and returns the record. It raises
-- before it sends anything if the resource does not have the method, or takes other arguments.
local FETCHES = {
  function(resource, sid) return resource:fetch(sid) end,
  function(resource) return resource:fetch() end,
  function(resource) return resource:list()[1] end,
  function(resource) return resource:create {} end,
}

-- Calls f with a function that answers its requests in place of the rules.
local function with_answer(fake, respond, f, ...)
  function fake.injected(exported, base) return respond(descriptions.new(exported, base)) end
  local ok, result = pcall(f, ...)
  fake.injected = nil
  return ok, result
end

-- Returns the function of FETCHES that sends a request for this resource, and the request.
local function fetch_of(fake, resource)
  local sent
  local function respond(request)
    sent = request
    return nil, "not answered"
  end
  for _, fetch in ipairs(FETCHES) do
    with_answer(fake, respond, fetch, resource, ANY_SID)
    if sent then return fetch, sent end
  end
  core.misuse(("%s has no records"):format(tostring(resource)))
end

--- Returns a twilio.record.
-- @param resource the name of a resource of the client, or a resource of any client of the fake
-- @param fields the fields that the program gives
function records.new(fake, client, resource, fields)
  if type(resource) == "string" then resource = resource_of(client, resource) end
  if type(resource) ~= "userdata" then core.misuse("fake:record takes the name of a resource, or a resource, got " .. type(resource)) end
  local fetch, request = fetch_of(fake, resource)
  local function respond(asked) return replies.record(fake, asked, fields) end
  local ok, record = with_answer(fake, respond, fetch, resource, answers.sid(fake, request, fields) or ANY_SID)
  if not ok then error(record, 0) end -- it has the caller's position
  return record
end

return records
