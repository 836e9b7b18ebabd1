--- Finds the handler of a request, checks the credentials, and returns the response.
local basexx = require "basexx"
local failure = require "twilio.simulator.failure"
local fallback = require "twilio.simulator.fallback"
local http = require "twilio.simulator.http"

local unpack = table.unpack or unpack

local service = {}
local Service = {}
Service.__index = Service

-- The default product of each first path segment. In a request, a name in KNOWN may precede the
-- path.
local PRODUCTS = { ["2010-04-01"] = "api", v1 = "numbers", v2 = "verify" }
local KNOWN = {
  ["serverless-upload"] = true, api = true, memory = true, numbers = true, verify = true, lookups = true, oauth = true, ["preview-iam"] = true,
}

function service.new(store)
  return setmetatable({ store = store, routes = {}, callers = {}, tokens = {}, apps = {}, answered = 0 }, Service)
end

--- Adds a handler for a method and a path.
-- @param path such as "2010-04-01/Accounts/{}/Calls/{}.json"; each {} is an argument of the handler
-- @param handler function(context, ...) that returns a status, a body as text and perhaps headers, such as
-- { "Content-Type: audio/x-wav" }, or raises a failure. It returns nil to leave the request to generic.lua.
-- The context is { service, store, request, query = its values, caller = the account of the credentials, prefix =
-- "/product" or "", path = the path without the prefix, form = the values of the body, form_in_order = an array of
-- { name, value } }.
-- @param product the product of the path, if it is not the default of the first segment
-- @param who "anybody": no credentials are needed; "bearer": only an access token is accepted; nil:
-- an access token or HTTP Basic
-- @param media the type of a body that the handler reads itself, if it is no form
function Service:route(method, path, handler, product, who, media)
  local node = self.routes
  for segment in path:gmatch("[^/]+") do
    node[segment] = node[segment] or {}
    node = node[segment]
  end
  node.handlers = node.handlers or {}
  node.product = product or PRODUCTS[path:match("^[^/]+")]
  node.handlers[method] = { run = handler, who = who, product = node.product, media = media }
end

local function step(node, segment, arguments)
  if node[segment] then return node[segment] end
  local suffixed = segment:match("^(.*)%.json$")
  if suffixed and node["{}.json"] then
    arguments[#arguments + 1] = suffixed
    return node["{}.json"]
  end
  arguments[#arguments + 1] = segment
  return node["{}"]
end

local function find(self, path)
  local node, arguments, product = self.routes, {}, nil
  for segment in path:gmatch("[^/]+") do
    if node == self.routes and not product and KNOWN[segment] then
      product = segment
    else
      node = step(node, segment, arguments)
      if not node then return nil end
    end
  end
  if product and node.product ~= product then return nil end
  return node.handlers, arguments, product
end

--- Accepts a user name and a password for an account. The user name is the SID of the account or of
-- an API key.
function Service:admit(user, password, account)
  self.callers[basexx.to_base64(user .. ":" .. password)] = account
end

--- Refuses a user name from now on.
function Service:revoke(user)
  for credentials in pairs(self.callers) do
    if basexx.from_base64(credentials):match "^[^:]*" == user then self.callers[credentials] = nil end
  end
end

--- Accepts an access token for an account until the given time.
function Service:admit_bearer(token, account, time)
  self.tokens[token] = { account = account, ends = time }
end

--- Returns the account of a request's credentials.
-- @param who see Service:route
local function authenticate(self, headers, who)
  local scheme, text = (headers.authorization or ""):match("^(%a+)%s+(%S+)$")
  scheme = (scheme or ""):lower()
  local token = scheme == "bearer" and self.tokens[text]
  local caller = scheme == "basic" and who ~= "bearer" and self.callers[text]
  if token and token.ends > self.store.now then caller = token.account end
  if not caller and scheme == "basic" and self.newcomer then caller = self.newcomer(basexx.from_base64(text) or "") end
  if not caller and who ~= "anybody" then
    failure.raise(401, 20003, "Authenticate. twilio-simulator shows its credentials when it starts, and accepts all with --auth any")
  end
  return caller
end

--- Returns the account of a path: the caller's account or one of its sub-accounts.
-- @param whatever_status true: accepts changes of an account that is not active
function Service:account(context, sid, whatever_status)
  local account = self.store.accounts[sid]
  if not account then failure.raise(404, 20404, "The requested resource " .. context.path .. " was not found") end
  if account ~= context.caller and account.owner_account_sid ~= context.caller.sid then failure.raise(401, 20003, "Authenticate") end
  if context.request.method ~= "GET" and account.status ~= "active" and not whatever_status then
    failure.raise(403, 20005, "Account not active")
  end
  return account
end

local FORM = "application/x-www-form-urlencoded"

local function read_form(request, media)
  local kind = (request.headers["content-type"] or ""):match("^[^;%s]*"):lower()
  if request.body == "" or kind == media then return {}, {} end
  if kind ~= FORM then failure.raise(415, 20415, "Unsupported content type: " .. kind) end
  return http.form(request.body)
end

-- What fallback.lua needs of this file.
local INSIDE = { find = find, authenticate = authenticate }

local function handle(self, request)
  local handlers, arguments, product = find(self, request.path)
  local handler = handlers and handlers[request.method]
  local route, before = fallback.find(request, handler and arguments)
  if route then return fallback.answer(self, request, route, before, INSIDE) end
  local caller = authenticate(self, request.headers, handler and handler.who)
  if not handlers then
    local hint = find(self, request.path .. ".json") and (". Did you mean %s.json?"):format(request.path) or ""
    failure.raise(404, 20404, "The requested resource " .. request.path .. " was not found" .. hint)
  end
  if not handler then failure.raise(405, 20004, "Method not allowed") end
  local prefix = product and "/" .. product or ""
  local context = {
    service = self, store = self.store, request = request, query = http.form(request.query), caller = caller, prefix = prefix,
    path = request.path:sub(#prefix + 1),
  }
  fallback.check(request, handler.product, context.path)
  context.form, context.form_in_order = read_form(request, handler.media)
  local status, body, more = handler.run(context, unpack(arguments))
  if status then return status, body, more end
  route, before = fallback.find(request)
  return fallback.answer(self, request, route, before, INSIDE)
end

--- Returns the response to an API request.
function Service:answer(request)
  self.answered = self.answered + 1
  local fine, status, body, more = pcall(handle, self, request)
  if not fine then
    local problem = status
    if type(problem) ~= "table" then
      io.stderr:write(request.method, " ", request.target, ": ", tostring(problem), "\n")
      problem = { status = 500, code = 20500, message = tostring(problem) }
    end
    status, body = problem.status, failure.body(problem.status, problem.code, problem.message)
  end
  request.carried_out = status
  local headers = self:headers(request)
  if more and more[1] and more[1]:find "^Content%-Type:" then table.remove(headers, 1) end
  for _, header in ipairs(more or {}) do headers[#headers + 1] = header end
  return { status = status, body = body or "", headers = headers }
end

--- Returns the headers of the response to a request.
function Service:headers(request)
  return {
    "Content-Type: application/json",
    string.format("Twilio-Request-Id: RQ%032x", self.answered),
    "Twilio-Concurrent-Requests: " .. request.concurrent,
  }
end

return service
