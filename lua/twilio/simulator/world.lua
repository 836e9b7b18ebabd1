--- Everything that a simulator knows: its API with all records, its faults, and its log of requests.
local cqueues = require "cqueues"
local accounts = require "twilio.simulator.accounts"
local chaos = require "twilio.simulator.chaos"
local control = require "twilio.simulator.control"
local events = require "twilio.simulator.events"
local faults = require "twilio.simulator.faults"
local line_log = require "twilio.simulator.line_log"
local numbers = require "twilio.simulator.numbers"
local oauth = require "twilio.simulator.oauth"
local page = require "twilio.simulator.page"
local program = require "twilio.simulator.program"
local recovery = require "twilio.simulator.recovery"
local seed_file = require "twilio.simulator.seed_file"
local service = require "twilio.simulator.service"
local state = require "twilio.simulator.state"
local store = require "twilio.simulator.store"
local tasks = require "twilio.simulator.tasks"
local webhooks = require "twilio.simulator.webhooks"

local RESOURCES = {
  accounts, numbers, oauth,
  require "twilio.simulator.applications",
  require "twilio.simulator.available",
  require "twilio.simulator.calls",
  require "twilio.simulator.conferences",
  require "twilio.simulator.lookups",
  require "twilio.simulator.memory",
  require "twilio.simulator.messages",
  require "twilio.simulator.notifications",
  require "twilio.simulator.porting",
  require "twilio.simulator.recordings",
  require "twilio.simulator.retired",
  require "twilio.simulator.uploads",
  require "twilio.simulator.verify",
}

for _, name in ipairs { "say", "gather", "record", "dial", "queue", "flow" } do require("twilio.simulator.twiml." .. name) end

local PACE = 0.1 -- seconds between two moves of the clock

local World = {}
World.__index = World

local world = {}

--- Makes a simulator's world.
-- @param options the options of the program: account, token, client, secret, now, seed, tick, keep and so on, see options.lua
-- @param queue the cqueues controller that runs the simulator
function world.new(options, queue)
  local self = setmetatable({
    options = options, most_logged = tonumber(options.keep), start = tonumber(options.now) or os.time(), queue = queue,
  }, World)
  self.tasks = tasks.new(queue, function() self:save() end)
  self.events = events.new(function() return self.service and self.service.store.now or self.start end)
  local kept
  if options.state then self.state, kept = state.open(options.state) end
  self:begin(kept)
  self.recovers = kept ~= nil
  if options.log then line_log.start(self.events, options.log) end
  if options.tick then queue:wrap(function() self:run_clock() end) end
  return self
end

-- With --auth any, the first request of an account makes the account.
local function admit_newcomer(all, credentials)
  local sid, token = credentials:match "^(AC%x+):(.+)$"
  if not sid or #sid ~= 34 or all.store.accounts[sid] then return nil end
  local account = accounts.add(all, sid, token, nil, "An account of --auth any")
  numbers.provide(all.store, account)
  return account
end

-- Makes the account of the options, unless the state file has it. The token of the options holds.
local function add_account(self)
  local options, all = self.options, self.service
  local account = all.store.accounts[options.account]
  if not account then
    account = accounts.add(all, options.account, options.token, nil, "The simulator's account")
    numbers.provide(all.store, account)
  elseif account.auth_token ~= options.token then
    account.auth_token = options.token
    all:admit(account.sid, options.token, account)
  end
  oauth.add(all, options.client, options.secret, account)
end

--- Begins with the records of a state file, or as a new simulator.
-- @param kept nil, or the transactions of the file
function World:begin(kept)
  self.log, self.requests, self.faults, self.chaos = {}, 0, faults.new(), chaos.new()
  self.connection_number, self.connections = program.numbering()
  self.started, self.ticked = cqueues.monotime(), 0
  if self.state then self.state:forget() end
  local all = store.new(self.start, self.options.seed, self.state)
  all.events, all.url = self.events, self.url
  all.webhooks = webhooks.new({ base = self.options["webhook-base"], anywhere = self.options.anywhere }, all, self.tasks, self.events)
  self.service = service.new(all)
  for _, resource in ipairs(RESOURCES) do resource.routes(self.service) end
  if kept then self.state:restore(self, kept) end
  add_account(self)
  if self.options.auth == "any" then
    self.service.newcomer = function(credentials) return admit_newcomer(self.service, credentials) end
  end
  if self.options["seed-file"] and not kept then seed_file.load(self, self.options["seed-file"]) end
  if self.state then
    local fine, problem = self.state:write_all(self)
    if not fine then error("the state file " .. self.options.state .. " cannot be written: " .. problem, 0) end
  end
end

--- Restores the state of the start, or that of a new simulator with --state.
function World:reset()
  self:begin()
  self.events:publish("reset", {})
end

--- Writes what has changed to the state file: see State:save.
function World:save(everything)
  if self.state and self.service then self.state:save(self, everything) end
end

--- Sets the address of the simulator, for URLs in webhooks. What the state file has goes on now.
function World:set_url(url)
  self.url, self.service.store.url = url, url
  if not self.recovers then return end
  recovery.resume(self.service.store)
  if self.options.tick then self.service.store:advance(math.max(self.service.store.now, self.start)) end
  self:save()
end

--- With --tick, moves the clock forward by the time that has passed.
local function follow_tick(self)
  local tick = tonumber(self.options.tick)
  if not tick then return end
  local passed = math.floor((cqueues.monotime() - self.started) * tick)
  local now = self.service.store.now + passed - self.ticked
  self.ticked = passed
  if now <= self.service.store.now then return end
  self.service.store:advance(now)
  self:save()
end

-- Runs the clock between requests, which move it too.
function World:run_clock()
  while true do
    cqueues.sleep(PACE)
    follow_tick(self)
  end
end

--- Moves the clock forward, and waits for all webhooks at each time. Yields to cqueues.
function World:advance(now)
  local all = self.service.store
  self.tasks:settle()
  repeat
    local more = all:step(now)
    self.tasks:settle()
  until not more
end

--- Adds a request to the log. Drops the older half of a full log.
local function note(self, request)
  local log = self.log
  if #log == self.most_logged then
    local kept = {}
    for index = math.ceil(#log / 2) + 1, #log do kept[#kept + 1] = log[index] end
    log, self.log = kept, kept
  end
  request.connection = self.connection_number(request.link)
  log[#log + 1] = request
end

local function answer(self, request)
  if request.path:sub(1, 3) == "/_/" then return control.answer(self, request) end
  self.requests = self.requests + 1
  note(self, request)
  local disorder = self.chaos.rate > 0 and self.chaos or self.faults
  local given = disorder:answer(self.service, request)
  request.status = given.close ~= "instead" and not given.cut and given.status or nil
  self.events:publish("request", { method = request.method, target = request.target, body = request.body, status = request.status })
  return given
end

--- Returns the response to a request, see http.lua. What the request has changed is in the state file then.
function World:answer(request)
  follow_tick(self)
  local file = page.answer(request)
  if file then return file end
  local given = answer(self, request)
  self:save(request.method == "POST" and request.path:sub(1, 3) == "/_/") -- such a request may lead a script on
  return given
end

return world
