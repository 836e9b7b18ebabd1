--- The paths below /_/, with which a spec controls the stand-in:
--   POST /_/clock   Seconds=N or Now=EPOCH moves the clock forward. Ringing=, Answered=, Completed=
--                   (of calls), Sent= and Delivered= (of messages) set the seconds from the
--                   creation of a record to this status. Returns { "now" }.
--   POST /_/reset   restores the state of the start, including the clock and the sequence of SIDs
--   POST /_/seed    makes records: Calls=N Status= To= From=, Recordings=N and Notifications=N per
--                   call, Transcriptions=N per recording, Messages=N, Conferences=N,
--                   Participants=N per conference, PortIns=N, Stores=N, Revisions=N, Account=SID.
--                   Ended calls are one minute apart. Returns { "first", "last", "conference" }: the SIDs of the first
--                   call, the last call and the last conference.
--   POST /_/key     Sid=SK... Secret=... [Account=SID]: adds an API key
--   POST /_/app     ClientId=OQ... ClientSecret=... [Lifetime=SECONDS] [Account=SID]: adds an OAuth
--                   app. Lifetime is the lifetime of its access tokens.
--   POST /_/fault   adds a fault for the next matching requests, see `faults.lua`
--   POST /_/chaos   switches random faults on or off; GET /_/chaos counts them, see `chaos.lua`
--   GET  /_/log     lists the API requests that were read, oldest first: method, target, headers,
--                   body, connection. `carried_out` is the status of the API, unless a fault kept
--                   the request from the API. `status` is the status of a complete response.
--   POST /_/forget  empties the log
--   GET  /_/stats   returns { "connections", "requests" } since the start or the last reset,
--                   without requests to paths below /_/
local cjson = require "cjson"
local http = require "twilio.simulator.http"
local oauth = require "twilio.simulator.oauth"
local seed = require "twilio.simulator.seed"

local control = {}

local EMPTY_ARRAY = "[]"

local function clock(world, form)
  local store = world.service.store
  for name in pairs(store.times) do
    if form[name] then store.times[name] = assert(tonumber(form[name]), name .. " is no number") end
  end
  local now = form.Now and tonumber(form.Now) or store.now + (tonumber(form.Seconds) or 0)
  assert(now >= store.now, "the clock cannot go back")
  store:advance(now)
  return { now = now }
end

local function reset(world)
  world:reset()
  return { now = world.service.store.now }
end

local function key(world, form)
  local account = assert(world.service.store.accounts[form.Account or world.options.account], "no such account")
  world.service:admit(assert(form.Sid, "Sid is missing"), assert(form.Secret, "Secret is missing"), account)
  return { sid = form.Sid }
end

local function app(world, form)
  local account = assert(world.service.store.accounts[form.Account or world.options.account], "no such account")
  assert(form.ClientId and form.ClientSecret, "ClientId and ClientSecret are needed")
  oauth.add(world.service, form.ClientId, form.ClientSecret, account, tonumber(form.Lifetime))
  return { client_id = form.ClientId }
end

local function fault(world, form, in_order)
  world.faults:add(form, in_order)
  return { faults = #world.faults }
end

local function set_chaos(world, form)
  world.chaos:set(form)
  return {}
end

local function look_at_chaos(world)
  return { faults = world.chaos.faults, kinds = world.chaos.kinds, in_hand = http.in_hand() - 1 }
end

local function log(world)
  local entries = {}
  for index, request in ipairs(world.log) do
    entries[index] = {
      method = request.method, target = request.target, headers = request.headers, body = request.body, connection = request.connection,
      carried_out = request.carried_out, status = request.status,
    }
  end
  return #entries > 0 and entries or EMPTY_ARRAY
end

local function forget(world)
  world.log = {}
  return {}
end

local function stats(world)
  return { connections = world.connections(), requests = world.requests }
end

local PATHS = {
  ["POST /_/clock"] = clock, ["POST /_/reset"] = reset, ["POST /_/seed"] = seed, ["POST /_/key"] = key, ["POST /_/app"] = app,
  ["POST /_/fault"] = fault, ["POST /_/chaos"] = set_chaos, ["GET /_/chaos"] = look_at_chaos,
  ["GET /_/log"] = log, ["POST /_/forget"] = forget, ["GET /_/stats"] = stats,
}

--- Returns the response to a request below /_/. A wrong request gets a 400 with { "error": … }.
function control.answer(world, request)
  local handler = PATHS[request.method .. " " .. request.path]
  local status, body = 404, { error = "no such control path" }
  if handler then
    local fine, result = pcall(handler, world, http.form(request.body))
    status, body = fine and 200 or 400, fine and result or { error = tostring(result) }
  end
  local text = type(body) == "string" and body or cjson.encode(body)
  return { status = status, body = text, headers = { "Content-Type: application/json" } }
end

return control
