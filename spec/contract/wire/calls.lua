-- Calls operations with a client that records its requests.
local twilio = require "twilio"
local answers = require "answers"
local requests = require "requests"
local tree = require "tree"

local calls = {}

local unpack = table.unpack or unpack -- luacheck: ignore

--- Returns a client with the credentials of the operation, and the list of its requests.
-- respond(request, number) returns the response. `options` are further options of the client.
function calls.client(operation, respond, options)
  local sent, all = {}, { account_sid = requests.account_sid, retries = 0 }
  all[requests.credentials[operation.scheme or "basic"]] = requests.secret
  function all.transport(request)
    sent[#sent + 1] = request
    return respond(request, #sent)
  end
  for name, value in pairs(options or {}) do all[name] = value end
  return twilio.client(all), sent
end

--- Returns a client that receives the simplest response of the operation.
function calls.simple_client(operation, options)
  return calls.client(operation, function() return answers.simple(operation) end, options)
end

--- Follows an accessor: { "api", "v2010", "accounts", ":sid", … }. ":sid" is an argument of a call.
-- ":" is a call without arguments. The arguments come from `segments` (see requests.segments),
-- starting with number `used` + 1. With `leave`, the arguments of a call at the end are returned
-- instead of used.
function calls.walk(place, accessor, segments, leave, used)
  local i = 1
  used = used or 0
  while accessor[i] do
    local args, step = {}, accessor[i]
    while tree.is_argument(accessor[i]) do
      if accessor[i] ~= ":" then
        used = used + 1
        args[#args + 1] = segments[used][1]
      end
      i = i + 1
    end
    if not tree.is_argument(step) then
      place, i = place[step], i + 1
    elseif leave and not accessor[i] then
      return place, args
    else
      place = place(unpack(args))
    end
  end
  return place, {}
end

--- Calls a verb with SIDs and parameters (or nil).
function calls.invoke(place, verb, args, params)
  local all = { unpack(args) }
  all[#all + 1] = params
  return place[verb](place, unpack(all))
end

--- As the function above, but returns nil, "raised: …" if the verb raises.
function calls.try(f, ...)
  local ok, result, message, err = pcall(f, ...)
  if not ok then return nil, "raised: " .. tostring(result) end
  return result, message, err
end

return calls
