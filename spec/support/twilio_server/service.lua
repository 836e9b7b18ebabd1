--- Finds the handler of a request, checks the credentials, and returns the response.
local basexx = require "basexx"
local failure = require "twilio_server.failure"
local http = require "twilio_server.http"

local unpack = table.unpack or unpack

local service = {}
local Service = {}
Service.__index = Service

-- The default product of each first path segment. In a request, a name in KNOWN may precede the
-- path.
local PRODUCTS = { ["2010-04-01"] = "api", v1 = "numbers", v2 = "verify" }
local KNOWN = { api = true, numbers = true, verify = true, lookups = true, oauth = true, ["preview-iam"] = true }

function service.new(store)
  return setmetatable({ store = store, routes = {}, callers = {}, tokens = {}, apps = {}, answered = 0 }, Service)
end

--- Adds a handler for a method and a path.
-- @param path such as "2010-04-01/Accounts/{}/Calls/{}.json"; each {} is an argument of the handler
-- @param handler function(context, ...) that returns a status and a body as text, or raises a
-- failure. The context is { service, store, request, query = its values, caller = the account of
-- the credentials, prefix = "/product" or "", path = the path without the prefix, form = the values
-- of the body, form_in_order = an array of { name, value } }.
-- @param product the product of the path, if it is not the default of the first segment
-- @param who "anybody": no credentials are needed; "bearer": only an access token is accepted; nil:
-- an access token or HTTP Basic
function Service:route(method, path, handler, product, who)
  local node = self.routes
  for segment in path:gmatch("[^/]+") do
    node[segment] = node[segment] or {}
    node = node[segment]
  end
  node.handlers = node.handlers or {}
  node.handlers[method] = { run = handler, who = who }
  node.product = product or PRODUCTS[path:match("^[^/]+")]
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
  if not caller and who ~= "anybody" then failure.raise(401, 20003, "Authenticate") end
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

local function read_form(request)
  if request.body == "" then return {}, {} end
  local kind = (request.headers["content-type"] or ""):match("^[^;%s]*"):lower()
  if kind ~= FORM then failure.raise(415, 20001, "Unsupported content type: " .. kind) end
  return http.form(request.body)
end

-- Loaded when a request first needs it, because it reads a large table.
local function generic() return require "twilio.simulator.generic" end

local exists

-- Answers a request that no handler takes.
local function handle_generic(self, request, route, prefix)
  local caller = authenticate(self, request.headers, generic().who(route, request.method))
  local _, query_in_order = http.form(request.query)
  local _, form_in_order = http.form((request.headers["content-type"] or ""):find(FORM, 1, true) and request.body or "")
  local path = request.path:sub(#prefix + 1)
  local context = {
    store = self.store, caller = caller, method = request.method, headers = request.headers, body = request.body,
    query_in_order = query_in_order, form_in_order = form_in_order, path = path,
    base = "http://" .. (request.headers.host or "127.0.0.1") .. prefix,
  }
  function context.account(sid) return self:account({ path = path, request = request, caller = caller }, sid) end
  function context.exists(host, record_path) return exists(self, request, host, record_path) end
  return generic().answer(route, context)
end

-- Whether a record of a handler exists: nil if no handler fetches the path.
function exists(self, request, host, path)
  local handlers, arguments, product = find(self, "/" .. host .. path)
  local handler = handlers and handlers.GET
  if not handler then return nil end
  local context = {
    service = self, store = self.store, request = { method = "GET", path = path, headers = request.headers, query = "" }, query = {},
    caller = authenticate(self, request.headers, handler.who), prefix = "/" .. product, path = path, form = {}, form_in_order = {},
  }
  local fine, problem = pcall(handler.run, context, unpack(arguments))
  if fine then return true end
  if type(problem) ~= "table" then error(problem, 0) end
  return false
end

-- Returns the product that precedes the path of a request, or nil, and the text that precedes the path.
local function product_of(path)
  local first = path:match "^/([^/]+)/"
  if first and generic().has_product(first) then return first, "/" .. first end
  return nil, ""
end

-- Finds the operation of a request that no handler takes, and what precedes its path. A path with a name
-- wins over one with a parameter: `IncomingPhoneNumbers/Local.json` is no number with the SID `Local`.
local function find_generic(request, arguments)
  local last = arguments and arguments[#arguments]
  if arguments and (not last or last:find "^%u%u%x+$") then return nil end
  local named, prefix = product_of(request.path)
  local route, several = generic().find(named, request.path:sub(#prefix + 1))
  if route and (not arguments or #route.arguments < #arguments) then return route, prefix end
  if several and not arguments then
    failure.raise(404, 20404, ("Several products have the path %s. Write one before it: /%s%s"):format(request.path, several[1], request.path))
  end
  return nil
end

local function handle(self, request)
  local handlers, arguments, product = find(self, request.path)
  local handler = handlers and handlers[request.method]
  local route, prefix = find_generic(request, handler and arguments)
  if route then return handle_generic(self, request, route, prefix) end
  local caller = authenticate(self, request.headers, handler and handler.who)
  if not handlers then failure.raise(404, 20404, "The requested resource " .. request.path .. " was not found") end
  if not handler then failure.raise(405, 20004, "Method not allowed") end
  prefix = product and "/" .. product or ""
  local context = {
    service = self, store = self.store, request = request, query = http.form(request.query), caller = caller, prefix = prefix,
    path = request.path:sub(#prefix + 1),
  }
  context.form, context.form_in_order = read_form(request)
  return handler.run(context, unpack(arguments))
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
