-- Makes the records on the path of an operation, so that it can be called.
local api = require "twilio.simulator.generic.api"
local cjson = require "cjson"
local identifiers = require "twilio.simulator.generic.identifiers"
local names = require "twilio.simulator.generic.names"
local operations = require "spec.support.operations"
local resources = require "twilio.simulator.generic.resources"

local operation_records = {}

local Builder = {}
Builder.__index = Builder

--- Returns a builder of records.
-- @param send function(request) that sends a request, and returns the status, the decoded body and the text
-- @param account_sid the account of the credentials
-- @param hooks nil, or { seed = function() that makes calls, conferences and recordings, and returns the SID
-- of a call; advance = function(seconds) that moves the clock }
function operation_records.builder(send, account_sid, hooks)
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
    if SEEDED[segment] and segment ~= "Accounts" then return true end
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
  -- Calls and recordings are complete then, and conferences have lost their participants.
  if operation.kind == "delete" and operation.host == "api" and operation.name ~= "api_v2010.DeleteParticipant" then self.hooks.advance(100) end
  return arguments
end

return operation_records
