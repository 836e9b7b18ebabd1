--- The paths of rules: how programs write them, and which paths of requests they match.

local core = require "twilio.core"
core.keep(...)
local api = require "twilio.simulator.generic.api"
local descriptions = require "twilio.testing.request"

local paths = {}

local ANY = "*" -- a segment that matches every segment

local ACCOUNT = { "2010-04-01", "Accounts", ANY }

-- Replaces names in braces, such as {Sid}.
local function with_wildcards(segments)
  for i, segment in ipairs(segments) do segments[i] = segment:find "^{.*}$" and ANY or segment end
  return segments
end

-- ---- the operations of Twilio ----

local operations -- { { host, method, segments, operation } }, made for the first rule

local function all_operations()
  if operations then return operations end
  operations = {}
  for i, operation in ipairs(api.operations) do
    local segments = with_wildcards(descriptions.segments(operation.path))
    operations[i] = { host = operation.host, method = operation.method, segments = segments, operation = operation }
  end
  return operations
end

-- Whether some path fits both patterns.
local function do_overlap(a, b)
  if #a ~= #b then return false end
  for i, segment in ipairs(a) do
    if segment ~= ANY and b[i] ~= ANY and segment ~= b[i] then return false end
  end
  return true
end

-- Returns a path as a program would write it.
local function written(host, segments)
  local is_of_account = host == "api" and segments[2] == "Accounts" and segments[3] == ANY and #segments > 3
  if is_of_account then return table.concat(segments, "/", 4) end
  return host:gsub("-", "_") .. "/" .. table.concat(segments, "/")
end

-- Raises for a path that Twilio does not have, or not with this method.
local function refuse(method, path, methods)
  local others, names = {}, {}
  for other in pairs(methods) do others[#others + 1] = other end
  table.sort(others)
  for _, one in ipairs(all_operations()) do
    if one.method == method then names[written(one.host, one.segments)] = true end
  end
  if #others > 0 then core.misuse(("Twilio has no %s %s, only %s"):format(method, path, table.concat(others, ", "))) end
  core.misuse(("Twilio's documents have no %s %s. For another path pass the whole URL"):format(method, path), path, names)
end

-- Returns Twilio's operations for the method and the path. Raises if there is none.
local function operations_of(method, path, segments, product)
  local host, methods, found = product:gsub("_", "-"), {}, {}
  for _, one in ipairs(all_operations()) do
    if one.host == host and do_overlap(segments, one.segments) then
      methods[one.method] = true
      if one.method == method then found[#found + 1] = one.operation end
    end
  end
  if #found == 0 then refuse(method, path, methods) end
  return found
end

-- ---- rules ----

--- Reads the path of a rule. The path has one of four forms:
--   Messages                     a resource of the account
--   verify/v2/Services/*         a product, and the path in it
--   /2010-04-01/Accounts/*       a path of any product
--   https://verify.twilio.com/v2/Services/*
-- Raises for a path in one of the first two forms that no operation has.
-- @return the segments, the product or nil, and the operations with this path or nil
function paths.read(method, path)
  if path:find "%?" then core.misuse "the path of a rule has no query: pass its parameters as params" end
  local host, rest = path:match "^https://([%w-]+)[%w.-]*%.twilio%.com(/.*)$"
  if host then return with_wildcards(descriptions.segments(rest)), (host:gsub("%-", "_")) end
  if path:find "^%a+://" then core.misuse "the URL of a rule is on twilio.com: a client with a base_url is matched by the path" end
  local segments, product = with_wildcards(descriptions.segments(path)), "api"
  if path:sub(1, 1) == "/" then return segments end
  if path:find "^%l" then
    product = table.remove(segments, 1)
  else
    for i, segment in ipairs(ACCOUNT) do table.insert(segments, i, segment) end
  end
  return segments, product, operations_of(method, path, segments, product)
end

--- Whether the segments of a request match those of a rule.
function paths.matches(wanted, segments)
  if #wanted ~= #segments then return false end
  for i, segment in ipairs(wanted) do
    if segment ~= ANY and segment ~= segments[i] then return false end
  end
  return true
end

--- Returns a number that is larger for segments that are less like those of a rule.
function paths.distance(wanted, segments)
  local cost = 0
  for i = 1, math.max(#segments, #wanted) do
    if wanted[i] ~= segments[i] and not (wanted[i] == ANY and segments[i]) then cost = cost + 1 end
  end
  return cost
end

return paths
