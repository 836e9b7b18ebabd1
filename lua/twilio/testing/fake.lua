--- A double of Twilio for the tests of a program. `twilio.testing.new` makes one.

local core = require "twilio.core"
core.keep(...)
local descriptions = require "twilio.testing.request"
local records = require "twilio.testing.records"
local replies = require "twilio.testing.replies"
local report = require "twilio.testing.report"
local rules = require "twilio.testing.rule"
local wait_for = require "twilio.wait_for"
local where = require "twilio.testing.where"

local fake = {}

-- Fields:
--   account_sid, now    programs may read them
--   rules, received     arrays of rules and of requests
--   unexpected          an array of { request, text }: requests that no rule took, and the messages about them
--   choices             from a request to { rule, number = of its reply }
--   pages               from a page token to a function that answers the page
--   numbers             from a name to the last number of next_number
--   is_ordered          the option in_order
--   injected            the transport, while records.lua makes a record
--   own_client          the client of records that are made by name
--   saved, installer    while the fake is installed: the original twilio.client, and who installed
local Fake = { __name = "twilio.testing.fake" }
Fake.__index = setmetatable(Fake, { __index = core.index("a fake", "own_client injected saved installer") })

-- Valid in form, so that the client's checks accept them.
local ACCOUNT_SID, AUTH_TOKEN = "AC00000000000000000000000000000001", "f1d3c5b7a9081726354453627180907f"

local function check_self(self, name)
  if getmetatable(self) ~= Fake then core.misuse(("call '%s' on a fake, with ':'"):format(name)) end
end

-- Adds a method. Calls with a dot in place of the colon raise.
local function method(name, f)
  Fake[name] = function(self, ...)
    check_self(self, name)
    return f(self, ...)
  end
end

-- ---- answering ----

-- Returns the first expectation that still takes the request; or nil, and the cause if the request
-- came too early or too often.
local function choose_expected(self, request, is_candidate)
  local first_unmet, exhausted
  for _, rule in ipairs(self.rules) do
    if rule.is_expected and is_candidate(rule) and rule:matches(request) then
      if not rule:is_used_up() then
        if self.is_ordered and first_unmet then return nil, report.too_early(first_unmet) end
        return rule
      end
      exhausted = exhausted or rule
    end
    first_unmet = first_unmet or rule.is_expected and rule:is_unmet() and rule or nil
  end
  return nil, exhausted and report.too_often(exhausted)
end

local function is_any() return true end
local function is_of_page(rule) return rule.is_of_page end

-- Returns the rule for a new call: the first expectation that still takes it, otherwise the latest
-- rule of on(). A request that came too early or too often has no rule. Returns nil without a rule,
-- and the cause if a rule matched. `is_candidate` selects rules.
local function choose(self, request, is_candidate)
  local expected, cause = choose_expected(self, request, is_candidate)
  if expected or cause then return expected, cause end
  for i = #self.rules, 1, -1 do
    local rule = self.rules[i]
    if not rule.is_expected and is_candidate(rule) and rule:matches(request) and not rule:is_used_up() then return rule end
  end
end

-- Returns the earlier attempt of the same call, if this is a retry.
local function earlier_attempt(self, request)
  if request.attempt < 2 then return nil end
  for i = #self.received, 1, -1 do
    local earlier = self.received[i]
    local is_same = earlier.method == request.method and earlier.url == request.url and earlier.body == request.body
    if is_same and earlier.attempt == request.attempt - 1 then return self.choices[earlier] end
  end
end

-- Answers the request by the reply of this number.
local function take(self, rule, request, number)
  self.choices[request] = { rule = rule, number = number }
  return replies.respond(replies.at(rule.reply, number), self, request)
end

local function count(rule)
  rule.used = rule.used + 1
  return rule.used
end

local TOKEN = '{"access_token":"the.access.token","token_type":"Bearer","expires_in":3600}'

local function is_token_request(request)
  return request.method == "POST" and request.product == "oauth" and request.path == "/v2/token"
end

local function answer(self, request)
  local page = self.pages[request.params.page_token or false]
  -- A retry gets the next reply of a sequence. After the last one, it gets the same reply again,
  -- and does not count.
  local earlier = earlier_attempt(self, request)
  if earlier then
    local has_more = replies.count(earlier.rule.reply) and not earlier.rule:is_used_up()
    return take(self, earlier.rule, request, has_more and count(earlier.rule) or earlier.number)
  end
  -- A further page belongs to the rule of the first one, unless a rule is about this page.
  local rule, cause = choose(self, request, page and is_of_page or is_any)
  if page and not rule and not cause then return page(request) end
  if rule then return take(self, rule, request, count(rule)) end
  local text = where.prefixed(report.unexpected(request, self.rules, cause))
  self.unexpected[#self.unexpected + 1] = { request = request, text = text }
  error(text, 0)
end

-- The transport of the clients. `base` is the client's base_url, or nil.
local function transport(self, exported, base)
  if self.injected then return self.injected(exported, base) end
  local request = descriptions.new(exported, base)
  request.timeout = exported.timeout
  if is_token_request(request) and not choose(self, request, is_any) then return { status = 200, headers = {}, body = TOKEN } end
  self.received[#self.received + 1] = request
  return answer(self, request)
end

-- ---- clients ----

local OTHER_CREDENTIALS = { "api_key", "api_secret", "client_id", "client_secret", "bearer_token" }

-- Adds an account SID and an auth token, unless the program passes other credentials.
local function add_credentials(self, options)
  for _, name in ipairs(OTHER_CREDENTIALS) do
    if options[name] ~= nil then return end
  end
  options.account_sid = options.account_sid or self.account_sid
  options.auth_token = options.auth_token or AUTH_TOKEN
end

--- fake:client{ … }: returns a client. Its requests come to the fake, and no network is used. Takes
-- the options of twilio.client, except `transport`. Without credentials, the client has an account
-- SID and an auth token for tests. Environment variables with credentials have no effect. The
-- pauses between retries last at most a millisecond, unless max_retry_wait is given. The pauses of
-- record:wait_for take no time.
method("client", function(self, options)
  if options ~= nil and type(options) ~= "table" then core.misuse("the options of fake:client are a table, got " .. type(options)) end
  local all = { max_retry_wait = 0.001 }
  for name, value in pairs(options or {}) do all[name] = value end
  if all.transport then core.misuse "fake:client sets the option transport: leave it out, or use twilio.client" end
  add_credentials(self, all)
  local base = all.base_url
  all.transport = function(exported) return transport(self, exported, base) end
  wait_for.instant[all.transport] = true
  return core.client(all)
end)

local installed -- the fake that replaces twilio.client

--- fake:install(): makes twilio.client{ … } return clients of this fake, for programs that create
-- their client themselves. Call fake:uninstall() at the end of the test.
method("install", function(self)
  if installed then core.misuse("a fake is installed already, by " .. (installed.installer or "another test") .. ": call its uninstall() first") end
  local twilio = require "twilio"
  self.saved, self.installer, installed = twilio.client, where.caller() or false, self
  twilio.client = function(options) return self:client(options) end
end)

--- fake:uninstall(): makes twilio.client an ordinary function again. Does nothing if the fake is
-- not installed.
method("uninstall", function(self)
  if installed ~= self then return end
  require("twilio").client, self.saved, installed = self.saved, nil, nil
end)

-- ---- rules ----

local function add(self, defaults, ...)
  local rule = rules.new(defaults, ...)
  replies.check(rule.reply, rule.operations)
  self.rules[#self.rules + 1] = rule
end

local ON = { least = 0, most = math.huge, is_expected = false, replies_of = replies.count }
local EXPECT = { least = 1, most = 1, is_expected = true, replies_of = replies.count }

--- fake:on(method, path, reply) or fake:on{ method, path, params =, reply =, … }: answers all
-- requests that match. A later rule wins over an earlier one.
method("on", function(self, ...) add(self, ON, ...) end)

--- fake:expect(method, path, reply) or fake:expect{ method, path, params =, reply =, times = }:
-- expects the request, by default once. fake:verify() raises if it has not come. An expectation
-- wins over the rules of fake:on.
method("expect", function(self, ...) add(self, EXPECT, ...) end)

--- For twilio.testing.recording: adds the rule of recorded requests. See rule.recorded.
method("replay", function(self, ...) self.rules[#self.rules + 1] = rules.recorded(...) end)

--- fake:requests(method, path, params): returns the requests that have come, in their order, each
-- with method, product, path, params, body, json, headers and attempt. The arguments, all optional,
-- select some of them, as in a rule.
method("requests", function(self, ...)
  local list = {}
  local wanted = select("#", ...) > 0 and rules.new(ON, { (...), (select(2, ...)), params = (select(3, ...)) })
  for _, request in ipairs(self.received) do
    if not wanted or wanted:matches(request) then list[#list + 1] = request end
  end
  return list
end)

--- fake:verify(): raises if an expected request has not come, and if a request came that no rule
-- matched. Such a request has already raised in its call, but the program may have caught the
-- error.
method("verify", function(self)
  local text = report.verify(self.rules, self.received, self.unexpected)
  if text then error(where.prefixed(text), 0) end
end)

-- ---- replies and records ----

--- fake:fail(status, code, { message =, retry_after =, details = }): an error of Twilio.
method("fail", function(_, ...) return replies.fail(...) end)
--- fake:list({ record, … }, { page_size = }): a list, in pages.
method("list", function(_, ...) return replies.list(...) end)
--- fake:fault(name): a failure of the network: "timeout", "connect_timeout", "reset", "refused",
-- "unresolved" or "tls".
method("fault", function(_, ...) return replies.fault(...) end)
--- fake:response{ status =, headers =, body = or json = }: a response as it is.
method("response", function(_, ...) return replies.response(...) end)

--- fake:record(resource, fields): returns a record as a call would return it, such as
-- fake:record("call", { status = "completed" }). Fields that are not given have plausible values.
-- The record's methods send requests to the fake. `resource` is a name such as "call" or
-- "verify.v2.services", or a resource of a client of the fake.
method("record", function(self, resource, fields)
  if fields ~= nil and type(fields) ~= "table" then core.misuse("the fields of a record are a table, got " .. type(fields)) end
  self.own_client = self.own_client or self:client()
  return records.new(self, self.own_client, resource, fields or {})
end)

-- ---- new fakes ----

--- Returns the next number of a name: 1, 2, …
method("next_number", function(self, name)
  self.numbers[name] = (self.numbers[name] or 0) + 1
  return self.numbers[name]
end)

local OPTIONS = setmetatable({ in_order = true, now = true }, { __index = core.index "the options of twilio.testing.new" })

--- twilio.testing.new{ in_order =, now = }: returns a fake.
--   in_order  true if expected requests must come in the order of their expectations
--   now       the time of dates in records, in seconds since the epoch; by default the current time
function fake.new(options)
  if options ~= nil and type(options) ~= "table" then core.misuse("the options of twilio.testing.new are a table, got " .. type(options)) end
  options = options or {}
  for name in pairs(options) do local _ = OPTIONS[name] end
  if options.now ~= nil and type(options.now) ~= "number" then core.misuse("now must be a number of seconds, got " .. type(options.now)) end
  return setmetatable({
    account_sid = ACCOUNT_SID, now = options.now or os.time(), is_ordered = options.in_order or false,
    rules = {}, received = {}, unexpected = {}, pages = {}, numbers = {}, choices = setmetatable({}, { __mode = "k" }),
  }, Fake)
end

return fake
