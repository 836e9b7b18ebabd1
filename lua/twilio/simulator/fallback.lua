--- Requests that no handler of the simulator takes: generic.lua answers them.
local cjson = require "cjson"
local failure = require "twilio.simulator.failure"
local http = require "twilio.simulator.http"

local unpack = table.unpack or unpack

local fallback = {}

local FORM = "application/x-www-form-urlencoded"

-- The operations that make and delete keys, whose secrets are credentials from then on
local MAKES_KEY = { ["api_v2010.CreateNewKey"] = true, ["api_v2010.CreateNewSigningKey"] = true, ["iam_v1.CreateNewKey"] = true }
local DELETES_KEY = { ["api_v2010.DeleteKey"] = true, ["api_v2010.DeleteSigningKey"] = true, ["iam_v1.DeleteKey"] = true }

-- Loaded when a request first needs it, because it reads a large table.
local function generic() return require "twilio.simulator.generic" end

-- Returns the parameters of the query and of the form, as arrays of { name, value }.
local function pairs_of(request)
  local _, query_in_order = http.form(request.query)
  local _, form_in_order = http.form((request.headers["content-type"] or ""):find(FORM, 1, true) and request.body or "")
  return query_in_order, form_in_order
end

-- Returns the product of a request, or nil, and the text that precedes the path: "/verify" or "". The product
-- precedes the path, or is the first label of the host `verify.twilio.com`.
local function product_of(request)
  local first = request.path:match "^/([^/]+)/"
  if first and generic().has_product(first) then return first, "/" .. first end
  local label = (request.headers.host or ""):match "^([%w-]+)%.[%w.-]*twilio%.com%f[:%z]"
  return label and generic().has_product(label) and label or nil, ""
end

--- Compares the parameters of a request with those of the operation that its handler carries out. Raises a
-- failure as the answer from the types does. The documents lack some operations: the handler decides then.
-- @param host the product of the handler
-- @param path the path without the product
function fallback.check(request, host, path)
  generic().check(host, path, request, pairs_of(request))
end

--- Creates a record for an upload, which the documents lack: see generic.upload.
-- @param context that of the handler
-- @param host the product whose documents have the record
function fallback.upload(context, host, path, given, content)
  return generic().upload({
    store = context.store, caller = context.caller, path = context.path,
    base = "http://" .. (context.request.headers.host or "127.0.0.1") .. "/" .. host, exists = function() return nil end,
  }, host, path, given, content)
end

--- Finds the operation of a request.
-- @param arguments the arguments of the path for the request's handler; nil if no handler takes the request.
-- A path with a name wins over one with a parameter: `IncomingPhoneNumbers/Local.json` is no number with the
-- SID `Local`.
-- @return a route for fallback.answer, and the product that precedes the path, such as "/verify" or "". Nil if
-- the handler takes the request, or if no operation has the path. Raises a failure if several products have it.
function fallback.find(request, arguments)
  local last = arguments and arguments[#arguments]
  if arguments and (not last or last:find "^%u%u%x+$") then return nil end
  local named, before = product_of(request)
  local route, several = generic().find(named, request.path:sub(#before + 1))
  if route and (not arguments or #route.arguments < #arguments) then return route, before end
  if several and not arguments then
    failure.raise(404, 20404, ("Several products have the path %s. Write one before it: /%s%s (with this library: base_url ends in /{product})")
      :format(request.path, several[1], request.path))
  end
  return nil
end

-- Whether a record of a handler exists: nil if no handler fetches the path.
local function exists(service, request, path, host, inside)
  local handlers, arguments, product = inside.find(service, "/" .. host .. path)
  local handler = handlers and handlers.GET
  if not handler then return nil end
  local context = {
    service = service, store = service.store, request = { method = "GET", path = path, headers = request.headers, query = "" }, query = {},
    caller = inside.authenticate(service, request.headers, handler.who), prefix = "/" .. product, path = path, form = {}, form_in_order = {},
  }
  local fine, problem = pcall(handler.run, context, unpack(arguments))
  if fine then return true end
  if type(problem) ~= "table" then error(problem, 0) end
  return false
end

-- Accepts the credentials of a key that was made, and no longer those of a key that was deleted.
local function follow_key(service, operation, caller, arguments, body)
  if MAKES_KEY[operation] then
    local key = cjson.decode(body)
    local account = operation:find "^api" and service.store.accounts[arguments[1]] or caller
    service:admit(key.sid, key.secret, account)
  elseif DELETES_KEY[operation] then
    service:revoke(arguments[#arguments])
  end
end

--- Answers a request.
-- @param route, before see fallback.find
-- @param inside { find, authenticate }: functions of service.lua
-- @return the status, the body, and an array of headers
function fallback.answer(service, request, route, before, inside)
  local caller = inside.authenticate(service, request.headers, generic().who(route, request.method))
  local path = request.path:sub(#before + 1)
  local query_in_order, form_in_order = pairs_of(request)
  local operation = route.node.operations[request.method]
  local status, body, headers = generic().answer(route, {
    secret = operation and MAKES_KEY[operation.name] and service.store:hex() or nil,
    store = service.store, caller = caller, method = request.method, headers = request.headers, body = request.body,
    query_in_order = query_in_order, form_in_order = form_in_order, path = path,
    base = "http://" .. (request.headers.host or "127.0.0.1") .. before,
    account = function(sid) return service:account({ path = path, request = request, caller = caller }, sid) end,
    exists = function(host, record_path) return exists(service, request, record_path, host, inside) end,
  })
  follow_key(service, operation.name, caller, route.arguments, body)
  return status, body, headers
end

return fallback
