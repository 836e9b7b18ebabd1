--- The paths below /_/, with which a test controls the simulator. The body of a request is a form or a
-- JSON object. control_fields.lua has the fields. doc/simulator.md describes the paths. In addition:
--   POST /_/clock   sets the seconds from the creation of a record to the statuses Ringing, Answered, Completed, Sent
--                   and Delivered, and moves the clock. Waits for the webhooks at each time, unless Wait=false.
--   POST /_/seed    makes numbers of records, Recordings and Notifications per call, Transcriptions per recording,
--                   Participants per conference. Ended calls are one minute apart. Returns { "first", "last",
--                   "conference" }: the SIDs of the first call, the last call and the last conference.
--   GET  /_/log     lists the API requests that were read, oldest first. `carried_out` is the status of the API,
--                   unless a fault kept the request from it. `status` is the status of a complete response.
local cjson = require "cjson"
local control_calls = require "twilio.simulator.control_calls"
local control_fields = require "twilio.simulator.control_fields"
local failure = require "twilio.simulator.failure"
local http = require "twilio.simulator.http"
local names = require "twilio.simulator.generic.names"
local oauth = require "twilio.simulator.oauth"
local render = require "twilio.simulator.render"
local seed = require "twilio.simulator.seed"
local tasks = require "twilio.simulator.tasks"
local uploads = require "twilio.simulator.uploads"

local control = {}

local EMPTY_ARRAY = "[]"

local function clock(world, form)
  local store = world.service.store
  for name in pairs(store.times) do
    store.times[name] = http.number(form, name, store.times[name])
  end
  local now = http.number(form, "Now") or store.now + http.number(form, "Seconds", 0)
  assert(now >= store.now, "the clock cannot go back")
  if form.Wait == "false" then
    store:advance(now)
  else
    world:advance(now)
  end
  world.events:publish("clock", {})
  return { now = now }
end

local function settle(world)
  return { now = world.service.store.now }
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
  oauth.add(world.service, form.ClientId, form.ClientSecret, account, http.number(form, "Lifetime"))
  return { client_id = form.ClientId }
end

local function fault(world, form, _, in_order)
  world.faults:add(form, in_order)
  return { faults = #world.faults }
end

local function list_faults(world)
  return #world.faults > 0 and world.faults:list() or EMPTY_ARRAY
end

local function clear_faults(world)
  world.faults:clear()
  return { faults = 0 }
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
  world.log, world.service.store.webhooks.log = {}, {}
  return {}
end

local function stats(world)
  return { connections = world.connections(), requests = world.requests }
end

-- ---- webhooks, verifications, events ----

local function list_webhooks(world)
  local sent = world.service.store.webhooks.log
  return #sent > 0 and sent or EMPTY_ARRAY
end

local function list_verifications(world, form)
  local hint = failure.hint_of_number(form.To or "")
  if hint ~= "" then error("no verification has the number " .. form.To .. hint, 0) end
  local found = {}
  for _, verification in ipairs(world.service.store.codes) do
    if not form.To or form.To == verification.to then
      table.insert(found, 1, {
        sid = verification.sid, service_sid = verification.service_sid, to = verification.to, channel = verification.channel,
        code = verification.code, status = verification.status,
      })
    end
  end
  return #found > 0 and found or EMPTY_ARRAY
end

local function list_uploads(world)
  local all = uploads.list(world.service.store)
  return #all > 0 and all or EMPTY_ARRAY
end

local HEARTBEAT = 15 -- seconds after which an idle stream gets a comment, so that a closed one is found

-- GET /_/events: server-sent events, from the event after Since or Last-Event-ID on. Without both, new ones only.
local function stream_events(world, form, _, _, request)
  local events = world.events
  local last = tonumber(form.Since or request.headers["last-event-id"]) or events.last
  return {
    status = 200, headers = { "Content-Type: text/event-stream", "Cache-Control: no-store" },
    stream = function(write)
      local open = write ": events of twilio-simulator\n\n"
      while open do
        local found = events:since(last)
        for _, event in ipairs(found) do
          open = open and write(("id: %d\nevent: %s\ndata: %s\n\n"):format(event.id, event.type, render.with_arrays(event)))
          last = event.id
        end
        if #found == 0 then
          events:wait(HEARTBEAT)
          if #events:since(last) == 0 then open = write ": \n\n" end
        end
      end
    end,
  }
end

-- ---- paths ----

-- A handler is function(world, form, sid, form_in_order, request). It returns the body of the response as a
-- table or text, a function that returns it after all webhooks were answered, or a response with a stream.
local PATHS = {
  ["POST /_/clock"] = clock, ["POST /_/reset"] = reset, ["POST /_/seed"] = seed, ["POST /_/key"] = key, ["POST /_/app"] = app,
  ["POST /_/fault"] = fault, ["GET /_/fault"] = list_faults, ["DELETE /_/fault"] = clear_faults,
  ["POST /_/chaos"] = set_chaos, ["GET /_/chaos"] = look_at_chaos,
  ["GET /_/log"] = log, ["POST /_/forget"] = forget, ["GET /_/stats"] = stats, ["GET /_/webhooks"] = list_webhooks,
  ["POST /_/webhooks/{}/replay"] = require "twilio.simulator.replay", ["GET /_/state"] = require "twilio.simulator.snapshot",
  ["GET /_/verifications"] = list_verifications, ["GET /_/uploads"] = list_uploads, ["GET /_/events"] = stream_events,
  ["POST /_/settle"] = function(world) return function() return settle(world) end end,
  ["POST /_/calls"] = control_calls.call, ["GET /_/calls/{}"] = control_calls.look, ["POST /_/calls/{}/digits"] = control_calls.digits,
  ["POST /_/calls/{}/speech"] = control_calls.speech, ["POST /_/calls/{}/hangup"] = control_calls.hang_up,
  ["POST /_/calls/{}/next"] = control_calls.next_of_call, ["POST /_/messages"] = control_calls.message,
  ["GET /_/messages/{}"] = control_calls.look_at_message, ["POST /_/messages/{}/next"] = control_calls.next_of_message,
}

local function sorted_keys(map)
  local list = {}
  for name in pairs(map) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- GET /_/: the paths, with the fields of each, one path in a line.
PATHS["GET /_/"] = function()
  local lines = {}
  for index, place in ipairs(sorted_keys(PATHS)) do
    local fields, types = {}, control_fields.describe(place)
    for number, name in ipairs(sorted_keys(types)) do fields[number] = render.plain(name) .. ": " .. render.plain(types[name]) end
    lines[index] = (" %s: {%s}"):format(render.plain(place), table.concat(fields, ", "))
  end
  return "{\n" .. table.concat(lines, ",\n") .. "\n}\n"
end

-- Reads a JSON object. Its arrays repeat their name, as in a form. null is an absent field. Objects stay tables,
-- which the check of the fields refuses.
local function read_json(text)
  local fine, object = pcall(cjson.decode, text)
  assert(fine and type(object) == "table" and object[1] == nil, "the body is no JSON object")
  local form, in_order = {}, {}
  for name, value in pairs(object) do
    for _, one in ipairs(type(value) == "table" and (next(value) == nil or value[1] ~= nil) and value or { value }) do
      if one ~= cjson.null then
        if type(one) ~= "table" then one = type(one) == "number" and ("%.14g"):format(one) or tostring(one) end
        form[name] = one
        in_order[#in_order + 1] = { name, one }
      end
    end
  end
  return form, in_order
end

-- Reads the query of a GET, otherwise the body as a form or as a JSON object.
local function read(request)
  if request.method == "GET" then return http.form(request.query) end
  if request.body == "" then return {}, {} end
  if (request.headers["content-type"] or ""):find "json" then return read_json(request.body) end
  return http.form(request.body)
end

-- @param path the path with {} for its SID
local function unknown(request, path)
  local paths, hint = {}, nil
  for _, place in ipairs(sorted_keys(PATHS)) do
    local method, known = place:match "^(%u+) (.*)$"
    paths[#paths + 1] = known
    if known == path then hint = (". Did you mean '%s'?"):format(method .. " " .. request.path) end
  end
  table.sort(paths)
  return 404, {
    error = ("there is no %s %s%s GET /_/ lists the control paths"):format(
      request.method, request.path, hint or names.hint(path, paths)),
  }
end

local function run(world, request)
  local path, sid = request.path:gsub("^(/_/%l+/)([%w]+)", function(start) return start .. "{}" end), request.path:match "^/_/%l+/(%w+)"
  local place = request.method .. " " .. path
  local handler = PATHS[place]
  if not handler then return unknown(request, path) end
  local form, in_order = read(request)
  control_fields.check(place, in_order)
  local result = handler(world, form, sid, in_order, request)
  if type(result) ~= "function" then return 200, result end
  if form.Wait ~= "false" then world.tasks:settle() end
  return 200, result()
end

local FOREIGN = '{"error":"the control paths are for this machine: Origin or Host is of another site"}'

-- Whether a web page of another site sends the request: its Origin is not this server, or its host name
-- was made to resolve to this machine (DNS rebinding). Programs send no Origin.
local function is_foreign(headers)
  local host, origin = headers.host or "", headers.origin
  if origin and origin:gsub("^https?://", "") ~= host then return true end
  return origin ~= nil and not (host:find "^127%.0%.0%.1:?%d*$" or host:find "^localhost:?%d*$" or host:find "^%[::1%]:?%d*$")
end

--- Returns the response to a request below /_/. A wrong request gets a 400 with { "error": … }.
function control.answer(world, request)
  if is_foreign(request.headers) then return { status = 403, body = FOREIGN, headers = { "Content-Type: application/json" } } end
  local fine, status, body = tasks.call(run, world, request)
  if not fine then status, body = 400, { error = (tostring(status):gsub("^%S+%.lua:%d+: ", "", 1)) } end
  if type(body) == "table" and body.stream then return body end
  local text = type(body) == "string" and body or render.with_arrays(body)
  return { status = status, body = text, headers = { "Content-Type: application/json" } }
end

return control
