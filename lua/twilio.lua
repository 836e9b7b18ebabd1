--- Twilio's REST API: `local client = require "twilio".client()`.
--
-- The C core makes requests and reads answers; this layer waits between the
-- two, because a wait may suspend a coroutine and LuaJIT and Lua 5.1 cannot
-- suspend one across C.

local found, core = pcall(require, "twilio.core")
if not found then
  -- A module for another Lua needs functions that this Lua does not have, or its check of the version fails.
  local text = tostring(core)
  if text:find("undefined symbol: _?lua") or text:find "symbol not found.*_lua" or text:find "version mismatch" then
    text = text .. "\ntwilio.core does not fit this Lua, " .. (rawget(_G, "jit") and "LuaJIT" or _VERSION)
      .. ". It was built for another one: build it for this one, and make package.cpath lead there first."
      .. " Otherwise the program that embeds Lua hides Lua's functions from modules"
  end
  error(text, 0)
end
local send = require "twilio.send"
local page = require "twilio.page"

-- A function of a module that many programs never use: it is loaded when it is called. A host with a Lua state for each
-- script reads these files for each script.
local function later(name, what)
  return function(...) return require(name)[what](...) end
end

local twilio = {
  VERSION = core.version,

  -- The states of a call
  QUEUED = "queued",
  RINGING = "ringing",
  IN_PROGRESS = "in-progress",
  COMPLETED = "completed",
  FAILED = "failed",
  BUSY = "busy",
  NO_ANSWER = "no-answer",
  CANCELED = "canceled",

  GET = "GET",
  POST = "POST",

  --- A canceller for the option `cancel`: `canceller:cancel()` ends the calls that it was given to.
  canceller = later("twilio.canceller", "new"),

  --- twilio.map(items, limit, f), twilio.all{ f1, f2, … }: many calls at once. Return results, failures.
  map = later("twilio.map", "map"),
  all = later("twilio.map", "all"),

  --- JSON's null, for values that are JSON on the wire; the same as cjson.null and ngx.null.
  null = core.null,
  --- twilio.array{…}: a table that is a JSON array even when it is empty.
  array = later("twilio.json", "array"),
  --- twilio.integer(digits): a whole number of any size, for parameters and in JSON.
  -- A number if Lua can hold it exactly, otherwise a userdata that keeps the digits.
  integer = core.integer,
}

--- A client: `twilio.client{ account_sid =, auth_token =, … }`.
-- Options: account_sid, auth_token, api_key, api_secret (else TWILIO_ACCOUNT_SID,
-- TWILIO_AUTH_TOKEN, TWILIO_API_KEY, TWILIO_API_SECRET), client_id and client_secret
-- (OAuth: access tokens are asked for as they are needed), bearer_token (one from
-- elsewhere), region, edge (else TWILIO_REGION, TWILIO_EDGE), base_url, timeout and
-- connect_timeout (seconds; 30 and 5), low_speed_time and low_speed_limit (seconds;
-- bytes a second; none and 1), allow_http, max_response (bytes of an answer's body; 32 MiB), proxy, ca_file,
-- user_agent (added to ours), retries (3), max_retry_wait and deadline (seconds; 30
-- and none), wait(engine, seconds), ready(), grace (seconds; none), transport(request),
-- log(level, message, fields).
-- Raises for unknown options and missing credentials.
function twilio.client(...)
  return core.client(...)
end

local iter = later("twilio.iterator", "iter")

-- Methods of resources and records by name. Those that the API's data names
-- (hangup, mute, …) are made when they are first asked for.
local verbs = setmetatable({
  iter = iter,
  stream = iter,
  count = later("twilio.iterator", "count"),
  list = page.list,
  page = page.at,
}, {
  __index = function(self, name)
    local function verb(place, ...)
      return page.result((core.request(place, name, ...)))
    end
    self[name] = verb
    return verb
  end,
})

--- client:request{ method =, url = or product =, path =, query =, form =, json =,
-- headers = }, options: any request, with the client's credentials.
-- Returns { status, headers, body, json }; or nil, message, err.
function core.client_methods:request(...)
  return send.result((core.raw(self, ...)))
end

--- record:refresh(): fetches it again, in place.
core.record_methods.refresh = verbs.fetch

setmetatable(core.engine_methods, { __index = core.index "an engine" })
setmetatable(twilio, { __index = core.index "twilio" })
core.setup(twilio.client, later("twilio.json", "encode"), verbs)

return twilio
