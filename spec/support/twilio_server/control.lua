--- The paths below /_/, with which a test moves the clock, makes records and faults, and asks what the clients have sent.
--   POST /_/clock   Seconds=N moves the clock on, Now=EPOCH sets it forward; Ringing=, Answered=, Completed= (calls) and Sent=, Delivered=
--                   (messages) say how many seconds after its making something reaches that status. Answers { "now": ... }
--   POST /_/reset   forgets everything; the account, the clock and the SIDs are those of the start again
--   POST /_/seed    Calls=N Status= To= From= Recordings=N Notifications=N (of each call) Transcriptions=N (of each recording)
--                   Messages=N Conferences=N Participants=N (of each conference) PortIns=N Stores=N Revisions=N Account=SID; ended
--                   calls lie one minute apart. Answers { "first": SID, "last": SID } of the calls, and { "conference": SID } of the last one
--   POST /_/key     Sid=SK... Secret=... [Account=SID]: an API key
--   POST /_/app     ClientId=OQ... ClientSecret=... [Lifetime=SECONDS] [Account=SID]: an OAuth app, and how long its access tokens hold
--   POST /_/fault   what happens to requests instead of, or before, their handling; see `faults.lua`
--   POST /_/chaos   what happens to all requests, at random, and GET /_/chaos, what has happened; see `chaos.lua`
--   GET  /_/log     the requests to the API that were read, oldest first: method, target, headers, body, connection; `carried_out`, the
--                   status that the API itself gave, where a fault did not keep the request from it; `status`, that of a whole answer
--   POST /_/forget  empties the log
--   GET  /_/stats   { "connections", "requests" } since the start or the last reset, without those for /_/ itself
local cjson = require "cjson"
local http = require "twilio_server.http"
local oauth = require "twilio_server.oauth"
local seed = require "twilio_server.seed"

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

--- Answers a request below /_/. A mistake in it is a 400 with { "error": what }.
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
