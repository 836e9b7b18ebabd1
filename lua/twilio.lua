--- Twilio's REST API: `local client = require "twilio".client()`.
--
-- The C core builds requests and decodes responses. This Lua layer waits between the two, because a
-- wait may suspend a coroutine, and LuaJIT and Lua 5.1 cannot yield across a C function.

local is_loaded, core = pcall(require, "twilio.core")
if not is_loaded then require "twilio.core_problem"(core) end
local send = require "twilio.send"

-- Returns a function that loads its part of the module when it is first called. `what` is the name of
-- the function in that part, by default the name of the part. Some hosts create a Lua state for each
-- script. There, loading all parts at once would slow down every script.
local function lazy(part, what)
  return function(...) return require("twilio." .. part)[what or part](...) end
end

-- ---- the module ----

local twilio = {
  --- The version of the module, such as "1.0.0".
  VERSION = core.version,

  -- The states of a call.
  QUEUED = "queued",
  RINGING = "ringing",
  IN_PROGRESS = "in-progress",
  COMPLETED = "completed",
  FAILED = "failed",
  BUSY = "busy",
  NO_ANSWER = "no-answer",
  CANCELED = "canceled",

  -- The values of parameters such as status_callback_method.
  GET = "GET",
  POST = "POST",

  --- twilio.canceller(): returns a canceller for the option `cancel`. canceller:cancel() cancels
  -- every call to which the canceller was passed.
  canceller = lazy("canceller", "new"),

  --- twilio.map(items, options, f) and twilio.all{ f1, f2, … }: many calls at once.
  -- Return results, failures, stopped. See twilio.map.
  map = lazy "map",
  all = lazy("map", "all"),
  --- twilio.summary(failures): the failures of twilio.map, counted by their causes. See twilio.summary.
  summary = lazy "summary",
  --- twilio.sleep(seconds, options): sleeps while others go on. Returns true. See twilio.sleep.
  sleep = lazy "sleep",

  --- twilio.explain(code): what one of Twilio's error codes means. Sends no request.
  -- `code` is a number, its digits, or the table `err` of a failed call.
  -- Returns { code, title, product, level, url }, or nil for an unknown code.
  explain = lazy "explain",

  --- JSON's null, for JSON parameters. Equal to cjson.null and ngx.null.
  null = core.null,
  --- twilio.array{…}: marks a table as a JSON array, even when it is empty. Returns the table.
  array = lazy("json", "array"),
  --- twilio.integer(digits): an integer of any size, for parameters and in JSON.
  -- Returns a number if Lua can represent it exactly, otherwise a userdata that keeps the digits.
  integer = core.integer,
}

--- twilio.client{ account_sid =, auth_token =, … }: returns a client.
--
-- Credentials:
--   account_sid, auth_token, api_key, api_secret
--                     by default from TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_API_KEY and
--                     TWILIO_API_SECRET
--   client_id, client_secret
--                     for OAuth: the client requests access tokens as it needs them
--   bearer_token      an access token that the program has obtained
--   client_validation { key =, credential_sid = }: signs each request with an RSA key
-- Server and connection:
--   region, edge      by default from TWILIO_REGION and TWILIO_EDGE
--   base_url          the URL of another server, which is used instead of Twilio's
--   allow_http        permits a base_url without TLS
--   proxy, ca_file    a proxy's URL; a file of CA certificates
--   user_agent        appended to the library's own User-Agent
--   max_response      the largest response body in bytes (32 MiB)
-- Times in seconds, and retries:
--   timeout           for one attempt (30)
--   connect_timeout   for connecting, as part of the attempt (5)
--   low_speed_time, low_speed_limit
--                     end an attempt that transfers fewer than low_speed_limit bytes per second (1)
--                     for low_speed_time seconds (none)
--   retries           the largest number of retries (3)
--   max_retry_wait    the longest pause before a retry (30)
--   deadline          for the whole call, retries included (none)
--   grace             for the response, after `ready` has returned false (none)
-- Functions:
--   wait(engine, seconds), ready(), transport(request), log(level, message, fields),
--   trace(request, response, message, failure)
-- Raises for unknown options and for missing credentials.
function twilio.client(...)
  return core.client(...)
end

-- ---- methods of resources, records and clients ----

local iter = lazy("iterator", "iter")

-- Sends the request. Returns what send.result returns, or a page for a verb that lists, such as
-- `search`.
local function result_of(request)
  local result, fields, next_link, previous_link, resource = send.result(request)
  if not fields then return result end
  if not result then return nil, fields, next_link end -- nil, message, err
  if result == true then return true, fields end -- a deletion that ends later
  return require("twilio.page").new(request, result, fields, next_link, previous_link, resource)
end

-- The methods of all verbs. These verbs are written in Lua. The method of any other verb (create,
-- hangup, …) is added when it is first looked up.
local verbs = setmetatable({
  iter = iter,
  stream = iter,
  count = lazy("iterator", "count"),
  csv = lazy("csv.write", "csv"),
  list = lazy("page", "list"),
  page = lazy("page", "at"),
}, {
  __index = function(self, name)
    local function verb(resource, ...)
      return result_of((core.request(resource, name, ...)))
    end
    self[name] = verb
    return verb
  end,
})

--- client:request({ method =, url = or product =, path =, query =, form =, json =, headers = },
-- options): sends any request, with the client's credentials.
-- Returns { status, headers, body, json }; or nil, message, err.
function core.client_methods:request(...)
  return send.result((core.raw(self, ...)))
end

--- client:download(url, path or function, options): fetches a file. See twilio/download.lua.
core.client_methods.download = lazy "download"

--- client.jwt: the functions of twilio.jwt, with the client's credentials. See twilio/jwt.lua.
core.client_methods.jwt = { lazy("jwt", "of_client") }

--- record:refresh(): fetches the record again and replaces its fields. Returns the record; or nil,
-- message, err.
core.record_methods.refresh = verbs.fetch

--- record:save(path or function, options): fetches the file of a recording or a message. See
-- twilio/download.lua.
core.record_methods.save = lazy("download", "save")

setmetatable(core.engine_methods, { __index = core.index "an engine" })

-- The modules below twilio that are loaded when they are first used.
local PARTS = { csv = true, journal = true, jwt = true, relay = true, stream = true, testing = true, twiml = true, webhook = true }

local unknown = core.index "twilio"

-- Raises for a name that the module does not have. The suggestion may be the name of a part.
local function refuse_global(name)
  local names = {}
  for key in pairs(twilio) do names[key] = true end
  for key in pairs(PARTS) do names[key] = true end
  return unknown(names, name)
end

setmetatable(twilio, {
  __index = function(self, name)
    if not PARTS[name] then return refuse_global(name) end
    self[name] = require("twilio." .. name)
    return self[name]
  end,
})

--- record:operation(options): fetches the operation that Twilio has begun with this response, status
-- 202. Its URL is record:meta().operation.url. Returns its record; nil if there is no operation; or
-- nil, message, err.
function core.record_methods:operation(options)
  local resource, message, err = core.pending(self)
  if not resource then return nil, message, err end
  return resource:fetch(nil, options)
end

--- record:wait_for(status or list, options): fetches the record until it has a status. See
-- twilio.wait_for.
core.record_methods.wait_for = lazy "wait_for"

core.setup(twilio.client, lazy("json", "encode"), verbs, lazy("explain", "title"))

return twilio
