-- Checks the requests of an operation: every parameter, in several spellings and with several values. A
-- missing parameter must prevent the request.
local calls = require "calls"
local requests = require "requests"
local tree = require "tree"

local sending = {}

local TURNS = 8

-- Makes one call and compares the request. place_of returns the resource and the SIDs for its verb.
-- `options` are those of the client.
local function check_call(operation, turn, chosen, place_of, complain, options)
  local client, sent = calls.simple_client(operation, options)
  local segments = requests.segments(operation, turn)
  local params, wanted = requests.new(operation, turn, segments, chosen)
  local result, message = calls.try(function()
    local place, args = place_of(client, segments, wanted)
    return calls.invoke(place, operation.kind, args, params)
  end)
  if not result then complain(message) end
  if #sent ~= 1 then return complain(#sent .. " requests instead of one") end
  requests.compare(sent[1], wanted, complain)
end

local function is_required(param) return param.required end

local function check_turns(operation, complain)
  for turn = 1, TURNS do
    check_call(operation, turn, nil, function(client, segments)
      return calls.walk(client, operation.accessor, segments, turn % 2 == 0)
    end, complain)
  end
  check_call(operation, 1, is_required, function(client, segments) return calls.walk(client, operation.accessor, segments) end, complain)
end

-- Hosts with the region us1, with an edge (which implies us1), with both, and with a base_url.
local HOSTS = {
  { options = { region = "us1" }, url = function(product) return "https://" .. product .. ".us1.twilio.com" end },
  { options = { edge = "sydney" }, url = function(product) return "https://" .. product .. ".sydney.us1.twilio.com" end },
  { options = { region = "au1", edge = "sydney" }, url = function(product) return "https://" .. product .. ".sydney.au1.twilio.com" end },
  { options = { base_url = "http://127.0.0.1:1/x" }, url = function() return "http://127.0.0.1:1/x" end },
  { options = { base_url = "http://127.0.0.1:1/{product}/" }, url = function(product) return "http://127.0.0.1:1/" .. product end },
}

local function check_hosts(operation, complain)
  for _, host in ipairs(HOSTS) do
    check_call(operation, 3, is_required, function(client, segments, wanted)
      wanted.url = host.url(operation.host:match "^[^.]+") .. requests.path(operation, segments)
      return calls.walk(client, operation.accessor, segments)
    end, complain, host.options)
  end
end

-- Without a required parameter, no request is sent, and the message names the parameter.
local function check_required(operation, complain)
  for _, missing in ipairs(operation.params) do
    if missing.required then
      local client, sent = calls.simple_client(operation)
      local segments = requests.segments(operation, 1)
      local params = requests.new(operation, 1, segments, function(param) return param ~= missing end)
      local place = calls.walk(client, operation.accessor, segments)
      local ok, message = pcall(calls.invoke, place, operation.kind, {}, params)
      local due = ("missing required parameter '%s'"):format(requests.snake(missing.name))
      if ok or #sent > 0 then complain("is sent without " .. missing.name) end
      if not ok and not message:find(due, 1, true) then complain(("%s instead of %s"):format(message, due)) end
    end
  end
end

-- Without the last SIDs, no request is sent, unless this is another operation.
local function check_missing_sids(operation, complain, context)
  local client, sent = calls.simple_client(operation)
  local segments = requests.segments(operation, 1)
  local place, args = calls.walk(client, operation.accessor, segments, true)
  for _, other in ipairs(context.by_key[tree.key(operation.accessor)]) do
    if other.kind == operation.kind and #other.path_names == #operation.path_names - #args then return end
  end
  local ok, message = pcall(calls.invoke, place, operation.kind, {}, (requests.new(operation, 1, segments)))
  if ok or #sent > 0 then complain "is sent without its SID" end
  local first = operation.path_names[#operation.path_names - #args + 1]
  local due = #args == 3 and "three SIDs" or #args == 2 and "two SIDs" or first:find "Sid$" and "a SID" or "the " .. requests.snake(first)
  if not ok and not message:find(" needs " .. due, 1, true) then complain(("%s instead of needs %s"):format(message, due)) end
end

-- A misspelt parameter raises with the correct name. An open body accepts it.
local function check_unknown(operation, complain)
  local param = operation.params[1 + #operation.params % 7] or operation.params[1]
  if not param or operation.open then return end
  local client, sent = calls.simple_client(operation)
  local segments = requests.segments(operation, 1)
  local params, right = requests.new(operation, 1, segments), requests.snake(param.name)
  local wrong = right:sub(1, 2) .. "q" .. right:sub(3)
  params[wrong] = "x"
  local ok, message = pcall(calls.invoke, calls.walk(client, operation.accessor, segments), operation.kind, {}, params)
  local due = ("unknown parameter '%s' (did you mean '%s'?)"):format(wrong, requests.suggested(right))
  if ok or #sent > 0 then complain("is sent with the unknown parameter " .. wrong) end
  if not ok and not message:find(due, 1, true) then complain(("%s instead of %s"):format(message, due)) end
end

-- Other expressions for the same resource.

local function tail(accessor, from)
  local steps = {}
  for i = from, #accessor do steps[#steps + 1] = accessor[i] end
  return steps
end

local function starts_with(accessor, steps)
  for i, step in ipairs(steps) do
    if accessor[i] ~= step then return false end
  end
  return true
end

-- The default version is v2 for these products and v1 for others. Other versions follow in ascending
-- order.
local V2 = {}
for product in ("chat intelligence ip_messaging lookups numbers pricing routes studio verify"):gmatch "[%w_]+" do V2[product] = true end

local function rank(product, version)
  if version == (V2[product] and "v2" or "v1") then return 0 end
  return tonumber(version:match "%d+") or 0
end

-- Returns "chat channels" and "v3", or nil for an accessor without a version.
local function version_of(operation)
  local product, version, name = operation.accessor[1], operation.accessor[2], operation.accessor[3]
  if name:sub(1, 1) ~= ":" then return product .. " " .. name, version end
end

--- Maps "chat channels" to the version that `client.chat.channels` selects.
function sending.versions(operations)
  local found = {}
  for _, operation in ipairs(operations) do
    local key, version = version_of(operation)
    local product = operation.accessor[1]
    if key and (not found[key] or rank(product, version) < rank(product, found[key])) then found[key] = version end
  end
  return found
end

local function check_without_version(operation, complain, context)
  local accessor, key, version = { operation.accessor[1] }, version_of(operation)
  if not key or context.versions[key] ~= version then return end
  for _, step in ipairs(tail(operation.accessor, 3)) do
    -- An empty call is optional. Names that are reserved words of Lua have an underscore.
    if step ~= ":" then accessor[#accessor + 1] = step == "local" and "local_" or step end
  end
  check_call(operation, 1, is_required, function(client, segments) return calls.walk(client, accessor, segments) end, complain)
end

-- The resources of an account are also found below the client and below other names. They belong to the
-- client's own account then.
local OWN = { {}, { "api" }, { "api", "account" }, { "api", "v2010", "account" }, { "api", "v2010" } }

local function check_own_account(operation, complain, context)
  if not starts_with(operation.accessor, { "api", "v2010", "accounts", ":sid" }) and
    not starts_with(operation.accessor, { "api", "v2010", "accounts", ":account_sid" }) then return end
  local below = tail(operation.accessor, 5)
  for _, start in ipairs(OWN) do
    local is_hidden = below[1] and context.products[below[1]] and #start == 0
    if below[1] and not is_hidden or start[#start] == "account" then
      check_call(operation, 3, is_required, function(client, segments, wanted)
        segments[1] = { requests.account_sid, requests.account_sid }
        wanted.url = "https://" .. operation.host .. requests.path(operation, segments)
        local place = calls.walk(client, start, segments)
        return calls.walk(place, below, segments, false, 1)
      end, complain)
    end
  end
end

-- client.accounts has the operations of the accounts, in addition to the product with this name.
local function check_accounts(operation, complain)
  local below = starts_with(operation.accessor, { "api", "v2010", "accounts" }) and tail(operation.accessor, 3)
  if not below then return end
  check_call(operation, 2, is_required, function(client, segments) return calls.walk(client, below, segments) end, complain)
end

--- context: by_key (see tree.lua), versions (see above), products (a set of names).
function sending.check(operation, complain, context)
  check_turns(operation, complain)
  check_hosts(operation, complain)
  check_required(operation, complain)
  check_missing_sids(operation, complain, context)
  check_unknown(operation, complain)
  check_without_version(operation, complain, context)
  check_own_account(operation, complain, context)
  check_accounts(operation, complain)
end

return sending
