--- Rules of a double: which requests they match, how often, and what differs.

local core = require "twilio.core"
core.keep(...)
local dates = require "twilio.simulator.generic.dates"
local descriptions = require "twilio.testing.request"
local paths = require "twilio.testing.paths"
local where = require "twilio.testing.where"

local rule = {}

local Rule = {}
Rule.__index = Rule

-- ---- matchers ----

local function matcher(text) return setmetatable({}, { __tostring = function() return text end }) end

--- Matches a parameter with any value.
rule.any = matcher "any value"
--- Matches a parameter that the request does not have.
rule.absent = matcher "absent"

-- Not with ==, because the values of programs may have __eq.
local function is_matcher(value) return rawequal(value, rule.any) or rawequal(value, rule.absent) end

-- ---- the arguments of on() and expect() ----

local FIELDS = setmetatable({}, { __index = core.index "the table of a rule" })
for name in ("method path params reply times exact"):gmatch "%S+" do FIELDS[name] = true end

local METHODS = setmetatable({ GET = true, POST = true, PUT = true, PATCH = true, DELETE = true }, { __index = core.index "HTTP" })

local EXAMPLE = [[pass the method and the path: fake:on("POST", "Messages", reply)]]

-- Returns the fields of a rule from (method, path, reply) or from one table.
local function read(...)
  local first = ...
  if type(first) ~= "table" then
    local method, path, reply = ...
    if select("#", ...) > 3 then core.misuse("too many arguments: pass one table, such as { \"POST\", \"Messages\", params = …, reply = … }") end
    return { method = method, path = path, reply = reply }
  end
  if select("#", ...) > 1 then core.misuse "too many arguments after the table of the rule" end
  local fields, positions = {}, { "method", "path", "reply" }
  for name, value in pairs(first) do
    local known = positions[name] or type(name) == "string" and FIELDS[name] and name
    if not known then core.misuse("the table of a rule has no " .. tostring(name)) end
    if fields[known] ~= nil then core.misuse(("the rule has its %s twice"):format(known)) end
    fields[known] = value
  end
  return fields
end

local function check_times(times)
  local least, most = times, times
  if type(times) == "table" then least, most = times[1], times[2] end
  local is_valid = type(least) == "number" and type(most) == "number" and least >= 0 and least <= most and least % 1 == 0
  if not is_valid then core.misuse "times is a whole number, or the least and the most number of requests, such as { 1, math.huge }" end
  return least, most
end

-- ---- values ----

-- Returns the value as it is sent in a form or a query.
local function wire(value)
  if type(value) == "number" then return core.number(value) or tostring(value) end
  if type(value) == "boolean" then return tostring(value) end
  return value
end

local is_equal

local function has_equal_fields(wanted, got)
  for key, value in pairs(wanted) do
    if not is_equal(value, got[key]) then return false end
  end
  for key in pairs(got) do
    if wanted[key] == nil then return false end
  end
  return true
end

-- Whether the text is what the library sends for the table: a TwiML document, or an object as JSON.
local function is_sent_as(wanted, text)
  local class = getmetatable(wanted)
  if type(class) == "table" and rawget(class, "__twiml") then return tostring(wanted) == text end
  local decoded = core.json_decode(text)
  return type(decoded) == "table" and has_equal_fields(wanted, decoded)
end

function is_equal(wanted, got)
  if type(wanted) == "function" then return got ~= nil and wanted(got) and true or false end
  if rawequal(wanted, rule.any) then return got ~= nil end
  if rawequal(wanted, rule.absent) then return got == nil end
  if type(wanted) == "table" and type(got) == "string" then return #wanted == 1 and is_equal(wanted[1], got) or is_sent_as(wanted, got) end
  if type(wanted) == "table" then return type(got) == "table" and has_equal_fields(wanted, got) end
  if type(wanted) == "number" and type(got) == "string" and dates.parse(got) == wanted then return true end
  return wanted == got or wire(wanted) == wire(got)
end

--- Returns a value as messages show it.
function rule.shown(value)
  if value == nil then return "nothing" end
  if type(value) == "function" then return "a value that the function accepts" end
  if type(value) ~= "table" or is_matcher(value) then return tostring(value) end
  local ok, text = pcall(require("twilio.json").encode, value)
  return ok and text or "a table with a function"
end

-- ---- pages ----

-- Parameters that the library adds to the requests of lists.
local PAGING = {}
for name in ("Page PageSize PageToken page pageSize pageToken"):gmatch "%a+" do PAGING[name] = true end

-- Whether the rule is for one page of a list.
local function mentions_page(params)
  for name in pairs(params) do
    if PAGING[name] or name == "page_token" then return true end
  end
  return false
end

-- ---- new rules ----

-- Raises for a name that is no parameter of the operations. A name in Twilio's spelling may be a parameter
-- that Twilio's documents do not have, unless it is near to one.
local function check_names(params, operations)
  local known, own = { page = true, page_size = true, page_token = true }, {}
  for name in pairs(PAGING) do own[name] = true end
  for _, operation in ipairs(operations) do
    if operation.open then return end
    for _, param in ipairs(operation.params) do known[descriptions.snake(param.name)], own[param.name] = true, true end
  end
  local list = {}
  for name in pairs(own) do list[#list + 1] = name end
  table.sort(list)
  for name in pairs(params) do
    if type(name) ~= "string" then core.misuse "the params of a rule have names" end
    local has_capitals = name:find "%u" ~= nil
    local meant = has_capitals and not own[name] and core.nearest(name, list)
    local text = ("%s has no parameter '%s'"):format(operations[1].name, name)
    if meant then core.misuse(("%s (did you mean '%s'?)"):format(text, meant)) end
    if not has_capitals and not known[name] then core.misuse(text, name, known) end
  end
end

-- Adds the known values of an operation's parameters to a table from names in snake_case. false stands for a
-- parameter that may have other values.
local function add_choices(known, operation)
  for _, param in ipairs(operation.params) do
    local of, name = param.type, descriptions.snake(param.name)
    while of and of.kind == "array" do of = of.items end
    known[name] = known[name] ~= false and of and of.choices or false
  end
end

-- Raises for a value that is near to one of those that Twilio documents for a parameter. Such a rule would
-- never match.
local function check_values(params, operations)
  local known = {}
  for _, operation in ipairs(operations) do add_choices(known, operation) end
  for name, value in pairs(params) do
    local choices = known[descriptions.snake(name)]
    local set = {}
    for _, choice in ipairs(choices or {}) do set[choice] = true end
    local meant = choices and type(value) == "string" and not set[value] and core.nearest(value, choices)
    if meant then core.misuse(("the parameter '%s' has no value '%s' (did you mean '%s'?)"):format(name, value, meant)) end
  end
end

--- Returns a rule from the arguments of fake:on and fake:expect.
-- @param defaults the rule's fields least, most and is_expected, and replies_of: a function of a
-- reply
--   that returns the number of replies in a sequence, or nil
function rule.new(defaults, ...)
  local fields = read(...)
  if type(fields.method) ~= "string" then core.misuse(EXAMPLE .. ", got a " .. type(fields.method) .. " as the method") end
  if type(fields.path) ~= "string" then core.misuse(EXAMPLE .. ", got a " .. type(fields.path) .. " as the path") end
  local capitals = fields.method:upper()
  if capitals ~= fields.method and rawget(METHODS, capitals) then core.misuse("write the method in capitals: " .. capitals) end
  local _ = METHODS[fields.method]
  local params = fields.params
  if params ~= nil and type(params) ~= "table" and type(params) ~= "function" then
    core.misuse("params must be a table or a function, got " .. type(params))
  end
  if fields.exact and type(params) ~= "table" then core.misuse "exact needs a table of params" end
  local self = setmetatable({
    method = fields.method, path = fields.path, params = params, exact = fields.exact, reply = fields.reply,
    least = defaults.least, most = defaults.most, is_expected = defaults.is_expected, used = 0, position = where.caller(),
  }, Rule)
  self.is_of_page = type(params) == "table" and mentions_page(params)
  self.segments, self.product, self.operations = paths.read(fields.method, fields.path)
  if self.operations and type(params) == "table" then
    check_names(params, self.operations)
    check_values(params, self.operations)
  end
  local count = defaults.replies_of(fields.reply)
  if fields.times ~= nil then
    self.least, self.most = check_times(fields.times)
    if count and self.most > count then
      core.misuse(("the rule has %d replies for more requests: give it one reply for each, or a function"):format(count))
    end
  elseif count then
    self.least, self.most = self.is_expected and count or 0, count
  end
  return self
end

--- Returns the rule for recorded requests that are equal. See twilio.testing.recording.
-- @param group { request, replies, position }
-- @param view function(request) that returns the masked request
function rule.recorded(group, view)
  local request, count = group.request, #group.replies
  return setmetatable({
    method = request.method, path = request.path, product = request.product, segments = descriptions.segments(request.path),
    params = request.params, exact = true, reply = group.replies, least = count, most = count, is_expected = true, used = 0,
    position = group.position, view = view,
  }, Rule)
end

-- ---- matching ----

-- Returns how the parameters differ: an array of { name, wanted, got }, sorted by name.
local function differences(self, request)
  local list, mentioned = {}, {}
  if type(self.params) == "function" then
    if not self.params(request.params) then list[1] = { name = "params", wanted = "what the function accepts", got = "what it refuses" } end
    return list
  end
  for name, wanted in pairs(self.params or {}) do
    local key = descriptions.find(request.params, name)
    local got = key and rawget(request.params, key)
    if key then mentioned[key] = true end
    if not is_equal(wanted, got) then list[#list + 1] = { name = key or name, wanted = rule.shown(wanted), got = rule.shown(got) } end
  end
  for name, got in next, request.params do
    local is_allowed = mentioned[name] or PAGING[name] and not self.view
    if self.exact and not is_allowed then list[#list + 1] = { name = name, wanted = "nothing", got = rule.shown(got) } end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

--- Compares a request with the rule, without its count.
-- Returns whether method and path are equal, and the array of the parameters that differ.
function Rule:compare(request)
  if self.view then request = self.view(request) end
  local segments = descriptions.segments(request.path)
  local is_product = not self.product or not request.product or self.product == request.product
  local is_place = is_product and self.method == request.method and paths.matches(self.segments, segments)
  return is_place, differences(self, request)
end

function Rule:matches(request)
  local is_place, differ = self:compare(request)
  return is_place and #differ == 0
end

--- Whether the rule takes no further request.
function Rule:is_used_up() return self.used >= self.most end

--- Whether too few requests have come.
function Rule:is_unmet() return self.used < self.least end

--- Returns a number that is larger for a request that is less like the rule.
function Rule:distance(request)
  local is_place, differ = self:compare(request)
  local segments = descriptions.segments((self.view and self.view(request) or request).path)
  if is_place then return #differ / 100 end
  local cost = 1 + paths.distance(self.segments, segments)
  if self.method ~= request.method then cost = cost + 1 end
  if self.product ~= request.product then cost = cost + 1 end
  return cost
end

return rule
