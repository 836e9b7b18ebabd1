-- Calls the operations of the simulator's table (lua/twilio/simulator/generic/api.lua) with valid parameters.
-- operation_records.lua makes the records on their paths, and answer_check.lua checks the answers.
local cjson = require "cjson"
local identifiers = require "twilio.simulator.generic.identifiers"
local names = require "twilio.simulator.generic.names"
local resources = require "twilio.simulator.generic.resources"
local servers = require "spec.support.servers"

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
  to = "+15558675310", from = "+15017122661", countrycode = "US", isocountry = "US", areacode = "510",
  identity = "alice", email = "alice@example.com", channel = "sms", codelength = "6", recordingchannels = "mono", recordingtrack = "both",
  statuscallbackevent = "completed", recordingstatuscallbackevent = "completed", conferencestatuscallbackevent = "start",
  conferencerecordingstatuscallbackevent = "completed",
}

function SAMPLES.array(of, name) return { operations.sample(of.items, KNOWN[names.fold(name)] and name or "") } end

local made = 0

-- The formats of names that no two records may have.
local UNIQUE = { uniquename = "ahoy-%d", phonenumber = "+1555%07d" }

--- Returns a value that a type allows. Unique names differ.
function operations.sample(of, name)
  local unique = UNIQUE[names.fold(name)]
  if unique and (of.kind == "string" or of.kind == "phone") then
    made = made + 1
    return unique:format(made)
  end
  local known = KNOWN[names.fold(name)]
  local fits = known and (of.kind == "string" or of.kind == "any" or of.kind == "integer" and tonumber(known) and #known < 5)
  return fits and known or SAMPLES[of.kind](of, name)
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

-- ---- sending ----

local function encode(text)
  return (text:gsub("[^%w%-._~]", function(character) return ("%%%02X"):format(character:byte()) end))
end

local function form_text(list)
  local parts = {}
  for i, pair in ipairs(list) do parts[i] = encode(pair[1]) .. "=" .. encode(pair[2]) end
  return table.concat(parts, "&")
end

-- Sends a request with client:request.
local function send(client, request)
  if request.scim then request.headers["Content-Type"] = "application/scim+json" end
  local response, message, err = client:request {
    method = request.method, product = request.host, path = request.path, headers = request.headers, query = form_text(request.query),
    form = request.form and form_text(request.form), json = request.json and cjson.decode(request.json),
  }
  if not response then return err.status or 0, nil, message end
  return response.status, response.body ~= "" and cjson.decode(response.body) or nil, response.body
end

local SEED = {
  Calls = 1, Status = "in-progress", Recordings = 1, Transcriptions = 1, Notifications = 1, Conferences = 1, Participants = 1,
}

--- Returns what the calls of a simulator need: { basic, bearer = clients, send = function(request) that returns
-- the status, the decoded body and the text, hooks = see operation_records.lua, status = function() that returns
-- the status of the last response }.
function operations.connect(server)
  local last
  local function client(options)
    options.base_url, options.account_sid, options.retries = server.url .. "/{product}", server.account_sid, 0
    options.log = function(_, _, fields) last = fields.status end
    return require("twilio").client(options)
  end
  local basic = client { auth_token = server.auth_token }
  local bearer = client { client_id = server.client_id, client_secret = server.client_secret }
  return {
    basic = basic, bearer = bearer, status = function() return last end,
    send = function(request) return send(request.host == "preview-iam" and bearer or basic, request) end,
    hooks = {
      advance = function(seconds) server:post("/_/clock", { Seconds = seconds }) end,
      seed = function() return server:post("/_/seed", SEED).last end,
    },
  }
end

return operations
