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

local operations -- { { host, method, segments } }, made for the first rule

local function all_operations()
  if operations then return operations end
  operations = {}
  for i, operation in ipairs(api.operations) do
    operations[i] = { host = operation.host, method = operation.method, segments = with_wildcards(descriptions.segments(operation.path)) }
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

-- Raises if Twilio has no operation for the method and the path.
local function check(method, path, segments, product)
  local host, methods, names = product:gsub("_", "-"), {}, {}
  for _, operation in ipairs(all_operations()) do
    if operation.host == host and do_overlap(segments, operation.segments) then
      if operation.method == method then return end
      methods[operation.method] = true
    end
    if operation.method == method then names[written(operation.host, operation.segments)] = true end
  end
  local others = {}
  for other in pairs(methods) do others[#others + 1] = other end
  table.sort(others)
  if #others > 0 then core.misuse(("Twilio has no %s %s, only %s"):format(method, path, table.concat(others, ", "))) end
  core.misuse(("Twilio's documents have no %s %s. For another path pass the whole URL"):format(method, path), path, names)
end

-- ---- rules ----

--- Reads the path of a rule. The path has one of four forms:
--   Messages                     a resource of the account
--   verify/v2/Services/*         a product, and the path in it
--   /2010-04-01/Accounts/*       a path of any product
--   https://verify.twilio.com/v2/Services/*
-- Raises for a path in one of the first two forms that no operation has.
-- @return the segments, and the product or nil
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
  check(method, path, segments, product)
  return segments, product
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
