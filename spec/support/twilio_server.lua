--- A stand-in for Twilio, for specs and examples: an HTTP server on the loopback interface.
--
--   lua5.1 spec/support/twilio_server.lua [--port N] [--ready FILE] [--account SID] [--token TOKEN]
--                                         [--client ID] [--secret SECRET] [--now EPOCH]
--                                         [--seed TEXT] [--tick SECONDS] [--log N] [--tls FILE]
--                                         [--stay]
--
-- The server needs lua-http and lua-cjson for Lua 5.1, 5.2 or LuaJIT. When it accepts connections,
-- it writes its port as one line to the file of --ready, which may be a FIFO, or to standard
-- output. The server exits at the end of its standard input, and therefore with the program that
-- started it. --stay makes it ignore its standard input.
--
-- With --tls, the server uses HTTPS with a self-signed certificate for 127.0.0.1, and writes the
-- certificate to FILE. --log limits the log to N requests.
--
-- http://127.0.0.1:PORT serves the paths of api, verify, lookups, numbers, oauth and
-- preview-iam.twilio.com. The product may precede the path, as in
-- http://127.0.0.1:PORT/api/2010-04-01.
--
-- The clock stands still until POST /_/clock moves it (twilio_server/control.lua). With --tick, it
-- advances by SECONDS per real second.
-- * A new call is queued. It rings after 1 second, is answered after 3, and is completed after 60.
-- * A call to +15005551001 ends busy, to +15005551002 no-answer, to +15005551003 failed.
-- * A message to +15005551003 is undelivered.
-- * The code of a verification is its CustomCode, or the first digits of 1234567890.
-- * SIDs depend only on the seed, and on the number of SIDs made before.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. here .. "/../../lua/?.lua;" .. package.path

local cqueues = require "cqueues"
local accounts = require "twilio_server.accounts"
local chaos = require "twilio_server.chaos"
local control = require "twilio_server.control"
local faults = require "twilio_server.faults"
local http = require "twilio_server.http"
local numbers = require "twilio_server.numbers"
local oauth = require "twilio_server.oauth"
local program = require "twilio_server.program"
local service = require "twilio_server.service"
local store = require "twilio_server.store"
local tls = require "twilio_server.tls"

local RESOURCES = {
  accounts, numbers, require "twilio_server.calls", require "twilio_server.recordings", require "twilio_server.notifications",
  require "twilio_server.messages", require "twilio_server.verify", require "twilio_server.applications",
  require "twilio_server.available", require "twilio_server.conferences", require "twilio_server.porting", require "twilio_server.retired",
  require "twilio_server.lookups", require "twilio_server.memory", oauth,
}

local KNOWN = {
  port = true, ready = true, account = true, token = true, client = true, secret = true,
  now = true, seed = true, tick = true, log = true, tls = true, stay = "flag",
}
local DEFAULTS = {
  port = "0", account = "AC" .. ("0123456789abcdef"):rep(2), token = ("fedcba9876543210"):rep(2), seed = "", log = "10000",
  client = "OQ" .. ("0123456789abcdef"):rep(2), secret = "secret of the OAuth app",
}

local World = {}
World.__index = World

local function new_world(options)
  local world = setmetatable({
    options = options, most_logged = tonumber(options.log), start = tonumber(options.now) or os.time(),
  }, World)
  world:reset()
  return world
end

--- Restores the state of the start.
function World:reset()
  self.log, self.requests, self.faults, self.chaos = {}, 0, faults.new(), chaos.new()
  self.connection_number, self.connections = program.numbering()
  self.started = cqueues.monotime()
  self.service = service.new(store.new(self.start, self.options.seed))
  for _, resource in ipairs(RESOURCES) do resource.routes(self.service) end
  local account = accounts.add(self.service, self.options.account, self.options.token, nil, "The stand-in's account")
  oauth.add(self.service, self.options.client, self.options.secret, account)
  numbers.provide(self.service.store, account)
end

--- With --tick, moves the clock forward by the time since the last request.
local function follow_tick(world)
  local tick = tonumber(world.options.tick)
  if not tick then return end
  local now = world.start + math.floor((cqueues.monotime() - world.started) * tick)
  if now > world.service.store.now then world.service.store:advance(now) end
end

--- Adds a request to the log. Drops the older half of a full log.
local function note(world, request)
  local log = world.log
  if #log == world.most_logged then
    local kept = {}
    for index = math.ceil(#log / 2) + 1, #log do kept[#kept + 1] = log[index] end
    log, world.log = kept, kept
  end
  request.connection = world.connection_number(request.link)
  log[#log + 1] = request
end

local function answer(world, request)
  follow_tick(world)
  if request.path:sub(1, 3) == "/_/" then return control.answer(world, request) end
  world.requests = world.requests + 1
  note(world, request)
  local disorder = world.chaos.rate > 0 and world.chaos or world.faults
  local given = disorder:answer(world.service, request)
  request.status = given.close ~= "instead" and not given.cut and given.status or nil
  return given
end

local options = program.options(arg, KNOWN, DEFAULTS)
local world = new_world(options)
local queue = cqueues.new()
local context = options.tls and tls.context(options.tls)
local function answer_to(request) return answer(world, request) end
local function admit(connection) return world.chaos:admit(connection) end
local port = http.listen(queue, tonumber(options.port), answer_to, admit, context)
program.run(queue, port, options.ready, options.stay)
