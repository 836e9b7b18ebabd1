-- Compares src/api/api.c with an independent description of the same API:
--   lua5.4 tools/check_api.lua operations.jsonl
--
-- Each line of the file describes an operation. Its accessor and kind must lead to an operation with the
-- same method, host, path, body, authentication and parameters. Parameters of own.json are accepted.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local cjson = require "cjson"
local dump = require "dump"
local sources = require "sources"

-- Follows an accessor: { "verify", "v2", "services", ":service_sid", "verifications" }. ":" is a call
-- without SIDs. Returns the node and the number of SIDs.
local function walk(t, accessor)
  local node, sids, args = t.nodes[0], 0, 0
  for i, step in ipairs(accessor) do
    if step:sub(1, 1) ~= ":" then
      node = dump.find(t, node, step) or error("no node " .. step, 0)
      args = 0
    elseif step ~= ":" then
      sids, args = sids + 1, args + 1
      if args > node.arity then error("no call with " .. args .. " SIDs at step " .. i, 0) end
      if (accessor[i + 1] or ""):sub(1, 1) ~= ":" then node = t.nodes[node.called] end
    end
  end
  return node, sids
end

local function expect(what, got, wanted)
  if got ~= wanted then error(string.format("%s is %s, not %s", what, tostring(got), tostring(wanted)), 0) end
end

local function class_of(param)
  if param.map then return "map" end
  if param.array then return (param.items.type == "any" or param.items.type == "object") and "json_array" or "array" end
  if param.type == "any" then return "json" end
  if param.type == "object" then return "object" end
  if param.type == "boolean" or param.type == "integer" then return param.type end
  if param.format == "date" then return "date" end
  return param.format and param.format:find("^date%-time") and "date_time" or "scalar"
end

local function content_of(line)
  local kind = line.content_type
  if kind == nil or kind == cjson.null then return "none" end
  if type(kind) == "table" then return "scim" end
  return kind:find("json") and "json" or "form"
end

-- The security schemes of the documents that are HTTP basic authentication.
local BASIC = { accountSid_authToken = true, basic_apikey_or_accountsid = true }

local function auth_of(line)
  local first = line.security[1]
  if not first then return "none" end
  return BASIC[first[1]] and "basic" or "oauth"
end

local function own_item(own, line) return ((own.documents[line.doc] or {}).paths or {})[line.path] or {} end

-- The path, with the name of the last SID from own.json.
local function path_of(own, line)
  local mark = own_item(own, line)["x-twilio"]
  return mark and mark.sid and line.path:gsub("{[^}]*}$", "{" .. mark.sid .. "}") or line.path
end

-- The names of the parameters that own.json adds to the operation.
local function own_names(own, line)
  local item = own_item(own, line)
  local body = (item[line.method:lower()] or {}).requestBody
  local found = {}
  for _, media in pairs(body and body.content or {}) do
    for name in pairs(media.schema.properties) do found[name] = true end
  end
  return found
end

-- Returns the class without the facts that only the descriptions of the documents state: a string that
-- contains JSON, and an object with numbers as keys. The lines have no descriptions.
local function plain_class(param, other)
  if other.type == "any" then return "json" end -- the lines do not look into allOf
  local is_text = other.type == "string" and not other.format and not other.enum
  if is_text and (param.class == "json" or param.class == "numbered") then return "scalar" end
  if param.class == "numbered" then return "object" end
  if param.class == "json_array" and other.items and other.items.type == "string" then return "array" end
  return param.class
end

local function check_params(op, line, extra)
  local wanted, count = {}, 0
  for location, list in pairs { query = line.query_params, header = line.header_params, body = line.body_params } do
    for _, param in ipairs(list) do
      wanted[location .. " " .. param.name] = param
      count = count + 1
    end
  end
  for _, param in ipairs(op.params) do
    local other = wanted[param.location .. " " .. param.name]
    if other then
      expect("class of " .. param.name, plain_class(param, other), class_of(other))
      expect("required of " .. param.name, param.required, other.required == true)
      count = count - 1
    elseif not extra[param.name] then
      error("unexpected parameter " .. param.name, 0)
    end
  end
  expect("number of missing parameters", count, 0)
end

local function check_line(t, own, line)
  local node, sids = walk(t, line.accessor)
  local op = dump.operation(t, node, line.kind, sids) or error("no " .. line.kind .. " with " .. sids .. " SIDs", 0)
  expect("method", op.method, line.method)
  expect("host", "https://" .. op.host .. ".twilio.com", line.server)
  expect("path", op.path, path_of(own, line))
  expect("content", op.content, content_of(line))
  expect("auth", op.auth, auth_of(line))
  expect("open", op.open, (op.content == "json" or op.content == "scim") and #line.body_params == 0)
  expect("scim", op.scim, line.response_type == "application/scim+json")
  check_params(op, line, own_names(own, line))
  return op
end

local function main(path)
  local t, own = dump.read(here .. "/.."), sources.read_json(here .. "/own.json")
  local total, good, seen = 0, 0, {}
  for text in io.lines(path) do
    local line = cjson.decode(text)
    total = total + 1
    local ok, result = pcall(check_line, t, own, line)
    if ok and not seen[result] then
      good, seen[result] = good + 1, true
    else
      print(line.doc .. "." .. line.operationId .. ": " .. (ok and "leads to the same operation as another line" or tostring(result)))
    end
  end
  print(string.format("%d of %d (and %d operations of our own)", good, total, #t.ops + 1 - total))
  return total > 0 and good == total
end

if #arg ~= 1 then
  io.stderr:write("usage: lua tools/check_api.lua operations.jsonl\n")
  os.exit(2)
end
local ok, result = pcall(main, arg[1])
if not ok then io.stderr:write("check_api: " .. tostring(result) .. "\n") end
os.exit(ok and result and 0 or 1)
