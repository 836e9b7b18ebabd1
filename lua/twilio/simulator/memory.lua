--- Twilio's customer memory: a list of strings, and a list of records below three SIDs. Both page by tokens in `meta`, in lower camel case.
-- POST /_/seed makes them. Without such records, generic.lua answers, and has the records that programs create.
local failure = require "twilio.simulator.failure"
local http = require "twilio.simulator.http"
local render = require "twilio.simulator.render"

local memory = {}

local function all(record) return record ~= nil end

local function add(store, account, name, id)
  local sid = store:hex():sub(1, 26)
  store:collection(account.sid, name):add { sid = sid, id = id .. sid }
end

function memory.add_store(store, account) add(store, account, "memory_stores", "mem_store_") end

function memory.add_revision(store, account) add(store, account, "memory_revisions", "mem_observation_") end

--- A page of the collection `name` with at most `most` records, which the answer has under `key`, each as `write` writes it.
local function page(context, name, key, most, write)
  if not context.store:has(context.caller.sid, name) then return nil end
  local query = context.query
  local size = tonumber(query.pageSize) or 50
  if size < 1 or size > most then failure.raise(400, 20001, "pageSize must be from 1 to " .. most) end
  local records, older, newer = context.store:collection(context.caller.sid, name):page(size, query.pageToken, all)
  if not records then failure.raise(400, 20001, "Invalid pageToken: " .. http.encode(query.pageToken)) end
  local written = {}
  for index, record in ipairs(records) do written[index] = write(record) end
  return 200, table.concat {
    '{"', key, '":[', table.concat(written, ","), '],"meta":{"key":"', key, '","pageSize":', size,
    ',"nextToken":', render.plain(older and "PA" .. records[#records].sid or nil),
    ',"previousToken":', render.plain(newer and query.pageToken and records[1] and "PB" .. records[1].sid or nil), "}}",
  }
end

local function list_stores(context)
  return page(context, "memory_stores", "stores", 100, function(record) return render.plain(record.id) end)
end

local function list_revisions(context, store, profile, observation)
  return page(context, "memory_revisions", "revisions", 1000, function(record)
    return ('{"id":%s,"content":%s}'):format(render.plain(record.id), render.plain(table.concat({ store, profile, observation }, " ")))
  end)
end

function memory.routes(service)
  service:route("GET", "v1/ControlPlane/Stores", list_stores, "memory")
  service:route("GET", "v1/Stores/{}/Profiles/{}/Observations/{}/Revisions", list_revisions, "memory")
end

return memory
