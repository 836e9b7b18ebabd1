--- The requests that a double has received, as programs compare them.

local core = require "twilio.core"
core.keep(...)
local api = require "twilio.simulator.generic.api"
local event = require "twilio.webhook.event"

local request = {}

-- ---- names of parameters ----

local SUFFIXES = { [">"] = "_after", ["<"] = "_before" } -- StartTime> is start_time_after

--- Returns the snake_case name of a parameter.
function request.snake(name) return event.snake((name:gsub("[<>]$", SUFFIXES))) end

--- Returns the key of the table of parameters that the name means: its wire name, or its name in
-- snake_case. Returns nil if the request does not have the parameter.
function request.find(params, name)
  if rawget(params, name) ~= nil then return name end
  for wire in next, params do
    if type(wire) == "string" and request.snake(wire) == name then return wire end
  end
end

local Params = {}

function Params.__index(self, name)
  local wire = type(name) == "string" and request.find(self, name)
  return wire and rawget(self, wire) or nil
end

-- ---- URLs ----

--- Percent-decodes a text.
function request.decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- Percent-encodes a text.
function request.escape(text)
  return (text:gsub("[^%w%-._~]", function(character) return ("%%%02X"):format(character:byte()) end))
end

--- Splits a path into its decoded segments. A ".json" at the end is not part of the path.
function request.segments(path)
  local list = {}
  for segment in path:gsub("%.json$", ""):gmatch "[^/]+" do list[#list + 1] = request.decode(segment) end
  return list
end

-- Returns the product and the path with the query. `base` is the option base_url of the client, or
-- nil. The URL of another server has a product only if its path begins with one, as a base_url with
-- {product} makes it.
local function split(url, base)
  local product, rest = url:match "^https://([%w-]+)[%w.-]*%.twilio%.com(/.*)$"
  if product then return product:gsub("%-", "_"), rest end
  base = base and base:gsub("/*{product}/*$", ""):gsub("/$", "")
  rest = base and base ~= "" and url:sub(1, #base) == base and url:sub(#base + 1) or url:match "^%a+://[^/]*(/.*)$" or url
  local first, tail = rest:match "^/(%l[%w-]*)(/v?%d.*)$"
  if first and api.has_host(first) then return first:gsub("%-", "_"), tail end
  return nil, rest
end

-- ---- operations ----

--- Finds the node of a path: see api.find in twilio.simulator.generic.api. Without a product, the
-- path may be one of any product.
-- @return the node and the arguments of the path; nil if Twilio has no such path
function request.find_node(product, path)
  local host = product and product:gsub("_", "-") or api.hosts_of(path)[1]
  if host then return api.find(host, path) end
end

--- Returns the operation of a request and the SIDs in its path; nil if Twilio has no such
-- operation.
function request.operation(self)
  local node, arguments = request.find_node(self.product, self.path)
  local operation = node and node.operations[self.method]
  if operation then return operation, arguments end
end

-- ---- requests ----

local function add(params, fields)
  for name, value in pairs(fields or {}) do params[name] = value end
end

local function has_json(exported)
  return (exported.headers["content-type"] or ""):find "json" ~= nil
end

local Request = {}

function Request.__tostring(self)
  return ("%s %s"):format(self.method, self.path)
end

--- Returns the description of a request.
-- @param exported what the option `transport` receives
-- @param base the option base_url of the client, or nil
-- @return { method, url, product, path, params, body, json, headers, attempt }. `path` has neither
--   host nor query. `params` has the query and the fields of the body, under their wire names and
--   under snake_case names. `json` is the decoded body.
function request.new(exported, base)
  local product, rest = split(exported.url, base)
  local path, query = rest:match "^([^?]*)%??(.*)$"
  local self = {
    method = exported.method, url = exported.url, product = product or nil, path = path, headers = exported.headers,
    body = exported.body, attempt = exported.attempt, params = setmetatable({}, Params),
  }
  add(self.params, core.form(query))
  if exported.body and has_json(exported) then
    self.json = core.json_decode(exported.body)
    if type(self.json) == "table" and getmetatable(self.json) ~= core.array_mark then add(self.params, self.json) end
  elseif exported.body then
    add(self.params, core.form(exported.body))
  end
  return setmetatable(self, Request)
end

--- Returns a copy of a description with another path and other parameters.
function request.with(self, path, params)
  local copy = {}
  for name, value in pairs(self) do copy[name] = value end
  copy.path, copy.params = path, setmetatable(params, Params)
  return setmetatable(copy, Request)
end

return request
