-- Calls every operation of the simulator's table (lua/twilio/simulator/generic/api.lua): valid parameters,
-- paths whose records exist, and a check of the answers against the documents' types.
local api = require "twilio.simulator.generic.api"
local cjson = require "cjson"
local identifiers = require "twilio.simulator.generic.identifiers"
local names = require "twilio.simulator.generic.names"
local resources = require "twilio.simulator.generic.resources"
local servers = require "spec.support.servers"
local values = require "twilio.simulator.generic.values"

local operations = {}

-- ---- parameters ----

local SAMPLES = {
  integer = function(of) return math.max(of.least or 1, 1) end, number = function(of) return of.least or 1 end, boolean = function() return true end,
  string = function() return "Ahoy" end, phone = function() return "+15558675310" end, uri = function() return "https://example.com/hook" end,
  date = function() return "2026-01-31" end, date_time = function() return "2026-01-31T12:00:00Z" end,
  rfc2822 = function() return "Sat, 31 Jan 2026 12:00:00 +0000" end,
  any = function() return { key = "value" } end, map = function() return { key = "value" } end, object = function() return { key = "value" } end,
  enum = function(of) return of.choices[1] end, id = function(of) return identifiers.make(of, "sample") end,
}

-- Values that no type shows: the resources with handlers of their own check them.
local KNOWN = {
  to = "+15558675310", from = "+15017122661", phonenumber = "+15558675310", countrycode = "US", isocountry = "US", areacode = "510",
  identity = "alice", email = "alice@example.com", channel = "sms", codelength = "6", recordingchannels = "mono", recordingtrack = "both",
}

function SAMPLES.array(of) return { operations.sample(of.items, "") } end

--- Returns a value that a type allows.
function operations.sample(of, name)
  local known = KNOWN[names.fold(name)]
  local fits = known and (of.kind == "string" or of.kind == "any" or of.kind == "integer" and tonumber(known) and #known < 5)
  return fits and known or SAMPLES[of.kind](of)
end

-- Values of parameters that the documents do not show: Twilio requires one of several, or a special value.
local GIVEN = {
  ["api_v2010.CreateCall"] = { Url = "https://example.com/voice" },
  ["api_v2010.CreateMessage"] = { From = "+15017122661", Body = "Ahoy", MediaUrl = "https://example.com/cat.png" },
  ["api_v2010.CreateIncomingPhoneNumber"] = { AreaCode = "510" },
  ["api_v2010.UpdateMessage"] = { Body = "" },
  ["lookups_v2.FetchPhoneNumber"] = { Fields = "line_type_intelligence" },
  ["oauth_v2.CreateOauth2Token"] = {
    grant_type = "client_credentials", client_id = servers.client_id, client_secret = servers.client_secret,
  },
  ["verify_v2.CreateService"] = { FriendlyName = "Shop", CustomCodeEnabled = "true" },
  ["verify_v2.CreateVerificationCheck"] = { To = "+15558675310", Code = "123456" },
}

local PAGING = { Page = true, PageToken = true, pageToken = true, Token = true, PageSize = true, pageSize = true, Size = true }

--- Returns the value of a parameter in a call of an operation, or nil if the call is without it.
-- @param all whether optional parameters are given too
function operations.value(operation, param, all)
  local given = GIVEN[operation.name]
  if given and given[param.name] then return given[param.name] end
  local optional = all and not PAGING[param.name] and param.name ~= "Authorization" -- which replaces the credentials
  return (param.required or optional) and operations.sample(param.type, param.name) or nil
end

--- Returns valid parameters of an operation by place and wire name: { query = {}, body = {}, header = {} }.
function operations.parameters(operation, all)
  local chosen = { query = {}, body = {}, header = {} }
  for _, param in ipairs(operation.params) do chosen[param.place][param.name] = operations.value(operation, param, all) end
  return chosen
end

-- ---- requests ----

-- Appends the pairs of a form: { { name, text } }.
local function add_pairs(into, params)
  for name, value in pairs(params) do
    local list = type(value) == "table" and value[1] ~= nil and value or { value }
    for _, element in ipairs(list) do
      into[#into + 1] = { name, type(element) == "table" and cjson.encode(element) or tostring(element) }
    end
  end
  return into
end

--- Returns the request of an operation: { method, host, path, query = pairs, form = pairs or nil, json = text
-- or nil, headers = by name }.
function operations.request(operation, arguments, params)
  local headers = {}
  for name, value in pairs(params.header) do headers[name] = tostring(value) end
  local request = {
    method = operation.method, host = operation.host, headers = headers, query = add_pairs({}, params.query),
    path = resources.path(operation.node, arguments) .. operation.node.suffix,
  }
  if operation.content == "form" then request.form = add_pairs({}, params.body) end
  if operation.content == "json" or operation.content == "scim" then
    request.json, request.scim = next(params.body) and cjson.encode(params.body) or "{}", operation.content == "scim"
  end
  return request
end

-- ---- records that exist ----

local Builder = {}
Builder.__index = Builder

--- Returns a builder of records.
-- @param send function(request) that sends a request, and returns the status, the decoded body and the text
-- @param account_sid the account of the credentials
-- @param hooks nil, or { seed = function() that makes calls, conferences and recordings, and returns the SID
-- of a call; advance = function(seconds) that moves the clock }
function operations.builder(send, account_sid, hooks)
  local function nothing() end
  return setmetatable({ send = send, account_sid = account_sid, hooks = hooks or { seed = nothing, advance = nothing } }, Builder)
end

-- The id of a record in an answer, perhaps one level down.
local function id_in(body, node)
  local wanted = resources.id_field(node, resources.type_of(node))
  for _, level in ipairs { body, body.rule or {} } do
    for name, value in pairs(level) do
      if names.fold(name) == wanted and value ~= cjson.null then return type(value) == "number" and ("%.14g"):format(value) or value end
    end
  end
  return nil
end

local function name_in(record) return record.uniqueName or record.displayName or record.name end

-- Creates a record of a node. Returns its id.
function Builder:create(operation, node, arguments)
  local status, body, text = self.send(operations.request(operation, arguments, operations.parameters(operation)))
  if status >= 300 then error(("%s: %d %s"):format(operation.name, status, text), 0) end
  if operation.name == "api_v2010.CreateCall" then self.hooks.advance(5) end -- until the call is in progress
  if node.key ~= api.PARAMETER then return nil end
  local id = id_in(body, node)
  if id then return id end
  local list = node.parent.operations.GET
  status, body, text = self.send(operations.request(list, arguments, operations.parameters(list)))
  local first = status == 200 and body[list.list_key][1] or error(("%s: %d %s"):format(list.name, status, text), 0)
  return type(first) == "string" and first or id_in(first, node) or name_in(first) or error(list.name .. " shows no id: " .. text, 0)
end

-- Resources of the first API that have a handler of their own, and no operation that creates their records.
local SEEDED = {
  Conferences = true, Recordings = true, Transcriptions = true, Notifications = true, Participants = true, Media = true,
  Accounts = true,
}

-- The id of the first record of a list, or nil.
function Builder:listed(node, arguments)
  local list = SEEDED[node.parent.key] and node.parent.operations.GET
  if not list or node.host ~= "api" and node.host ~= "preview-iam" then return nil end
  local status, body = self.send(operations.request(list, arguments, operations.parameters(list)))
  local first = status == 200 and body[list.list_key][1]
  return first and id_in(first, node) or nil
end

-- A new id each time, because an earlier call may have deleted the record.
function Builder:new_id(node)
  self.made = (self.made or 0) + 1
  local _, operation = next(node.operations)
  local argument = operation and operation.arguments[#operation.arguments] or { name = "", type = { kind = "string" } }
  if argument.type.kind == "id" then return identifiers.make(argument.type, tostring(self.made)) end
  local sample = tostring(operations.sample(argument.type, argument.name))
  return sample == "Ahoy" and "Ahoy" .. self.made or sample
end

-- Returns the last argument of the path of a node.
function Builder:id(node, arguments)
  if node.host == "api" and node.parent.key == "Accounts" and node ~= self.changed then return self.account_sid end
  if node.host == "api" and node.parent.key == "Calls" and self.call then return self.call end
  local operation = resources.creator(node)
  return operation and self:create(operation, node, arguments) or self:listed(node, arguments) or self:new_id(node)
end

--- Returns arguments for the path of a node. Creates the records above it that can be created.
function Builder:arguments(node)
  if not node.parent then return {} end
  local arguments = self:arguments(node.parent)
  if node.key == api.PARAMETER then arguments[#arguments + 1] = self:id(node, arguments) end
  return arguments
end

local function needs_seed(path)
  for segment in path:gmatch "[^/.]+" do
    if SEEDED[segment] then return true end
  end
  return false
end

--- Returns arguments for the path of an operation. Creates the records that it needs.
function Builder:prepare(operation)
  local seeded = operation.host == "api" and needs_seed(operation.path) and self.hooks.seed()
  self.call = operation.path:find "/Notifications" and seeded or nil
  self.changed = operation.kind == "update" and operation.node or nil -- a sub-account, not the caller's own
  local arguments, creator = self:arguments(operation.node), resources.creator(operation.node)
  if operation.node.key ~= api.PARAMETER and operation.kind ~= "list" and creator and creator ~= operation and resources.created_by(creator) then
    self:create(creator, operation.node, arguments)
  end
  if operation.name == "verify_v2.CreateVerificationCheck" then
    self:create(api.by_name["verify_v2.CreateVerification"], api.by_name["verify_v2.FetchVerification"].node, arguments)
  end
  if operation.kind == "delete" and operation.host == "api" then self.hooks.advance(100) end -- calls and recordings are complete then
  return arguments
end

-- ---- answers ----

local check

-- Functions that return whether a decoded value has the type.
local is = {
  string = function(_, value) return type(value) == "string" end,
  integer = function(of, value) return type(value) == "number" and value % 1 == 0 and value >= (of.least or value) end,
  number = function(of, value) return type(value) == "number" and value >= (of.least or value) end,
  boolean = function(_, value) return type(value) == "boolean" end,
  any = function() return true end, map = function(_, value) return type(value) == "table" end,
  enum = function(of, value)
    for _, choice in ipairs(of.choices) do
      if choice == value then return true end
    end
    return false
  end,
  id = function(of, value) return type(value) == "string" and identifiers.matches(of, value) end,
  date = function(_, value) return tostring(value):find "^%d%d%d%d%-%d%d%-%d%d$" ~= nil end,
  date_time = function(_, value) return tostring(value):find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$" ~= nil end,
  rfc2822 = function(_, value) return tostring(value):find "^%a%a%a, %d%d %a%a%a %d%d%d%d %d%d:%d%d:%d%d %+0000$" ~= nil end,
}
is.uri, is.phone, is.array, is.object = is.string, is.string, is.map, is.map

-- The last page has no links to others. Some documents do not allow null for them.
local function may_lack(name)
  local folded = names.fold(name)
  return folded:find "^next" or folded:find "^previous"
end

local function check_object(of, value, where, complain)
  for name in pairs(value) do
    if not of.by_name[name] then complain(where .. "." .. tostring(name) .. " is not documented") end
  end
  for _, field in ipairs(of.fields) do
    if value[field.name] == nil then
      if not may_lack(field.name) then complain(where .. "." .. field.name .. " is missing") end
    else
      check(field.type, value[field.name], where .. "." .. field.name, complain)
    end
  end
end

function check(of, value, where, complain)
  if value == cjson.null then
    if not of.nullable then complain(where .. " is null") end
    return
  end
  if not is[of.kind](of, value) then return complain(("%s: %s is no %s"):format(where, tostring(value), of.kind)) end
  if of.kind == "object" then check_object(of, value, where, complain) end
  if of.kind == "array" then
    if #value < (of.least or 0) then complain(where .. " has too few elements") end
    for i, element in ipairs(value) do check(of.items, element, ("%s[%d]"):format(where, i), complain) end
  end
end

--- Returns the complaints about a decoded value of a type.
function operations.check(of, value)
  local list = {}
  check(of, value, "body", function(what) list[#list + 1] = what end)
  return list
end

--- Returns the complaints about an answer: its status, and each value that the documents do not allow.
-- @param body the decoded body, or nil
function operations.complaints(operation, status, body, text)
  local list = {}
  local function complain(what) list[#list + 1] = what end
  if status ~= operation.status then
    complain(("%d instead of %d: %s"):format(status, operation.status, text))
  elseif operation.answer and status ~= 204 then
    if type(body) ~= "table" then complain("no JSON: " .. text) else check(operation.answer, body, "body", complain) end
  elseif text ~= "" then
    complain("a body: " .. text)
  end
  return list
end

operations.decode = values.decode

return operations
