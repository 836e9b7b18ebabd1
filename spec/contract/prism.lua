-- Calls every operation of an OpenAPI document with the library, on a Prism that serves the document:
--   lua5.4 spec/contract/prism.lua document.json operations.jsonl http://127.0.0.1:port < PRISM_OUTPUT
--
-- Each operation is called twice: with the required parameters, and with all parameters. Prism validates
-- the requests. Its output contains the method and path of each request, and the violations.
-- operations.jsonl has the accessor of each operation.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local cjson = require "cjson"
local twilio = require "twilio"
local samples = require "samples"
local allowed = require "allowed"

local METHODS = { "get", "post", "put", "patch", "delete" }
local UNSAFE = "[^%w%-._~]" -- characters that are encoded in a path segment

local function read_all(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

-- Maps "post /v1/Services" to { accessor, kind }, for one document.
local function read_accessors(path, name)
  local found, mark = {}, '"doc": "' .. name .. '"'
  for text in io.lines(path) do
    if text:find(mark, 1, true) then
      local line = cjson.decode(text)
      found[line.method:lower() .. " " .. line.path] = line
    end
  end
  return found
end

local function operations_of(document)
  local list = {}
  for path, item in pairs(document.paths) do
    for _, method in ipairs(METHODS) do
      local operation = item[method]
      if operation then
        local parameters = {}
        for _, from in ipairs { item.parameters or {}, operation.parameters or {} } do
          for _, parameter in ipairs(from) do parameters[#parameters + 1] = samples.resolve(document, parameter) end
        end
        local body = operation.requestBody
        list[#list + 1] = { id = operation.operationId, method = method, path = path, parameters = parameters, body = body }
      end
    end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

-- Returns the SIDs in the order of the path, and the expected path.
local function fill_path(operation, document)
  local schemas, sids = {}, {}
  for _, parameter in ipairs(operation.parameters) do
    if parameter["in"] == "path" then schemas[parameter.name] = parameter.schema end
  end
  local path = operation.path:gsub("{(.-)}", function(name)
    local sid = tostring(samples.of(schemas[name], { document = document }, #sids + 1))
    sids[#sids + 1] = sid
    return (sid:gsub(UNSAFE, function(character) return ("%%%02X"):format(character:byte()) end))
  end)
  return sids, path
end

local function add_body(params, body, options)
  if not body then return end
  local form = body.content["application/x-www-form-urlencoded"]
  local content = form or body.content["application/json"]
  options = { document = options.document, all = options.all, seconds = form ~= nil }
  for name, value in pairs(samples.of(content.schema, options)) do params[name] = value end
end

local function params_of(operation, options)
  local params = {}
  for _, parameter in ipairs(operation.parameters) do
    if parameter["in"] ~= "path" and (options.all or parameter.required) then
      params[parameter.name] = parameter.name == "Authorization" and "Basic YTpi" or samples.of(parameter.schema, options)
    end
  end
  add_body(params, operation.body, options)
  return params
end

-- Follows an accessor: { "api", "v2010", "accounts", ":sid", … }. ":sid" is an argument of a call. ":" is
-- a call without arguments.
local function walk(client, accessor, sids)
  local place, used, i = client, 0, 1
  while accessor[i] do
    if accessor[i]:sub(1, 1) ~= ":" then
      place, i = place[accessor[i]], i + 1
    else
      local first = used + 1
      while accessor[i] and accessor[i]:sub(1, 1) == ":" do
        if accessor[i] ~= ":" then used = used + 1 end
        i = i + 1
      end
      place = place(table.unpack(sids, first, used))
    end
  end
  return place
end

-- The output of Prism: a line with the method and path of a request, then lines about this request.
local Log = {}
Log.__index = Log

local function new_outcome() return { complaints = {} } end

local function new_log() return setmetatable({ outcome = new_outcome() }, Log) end

-- Reads up to the line of the latest request and returns its method and path. The lines after it belong
-- to `outcome`.
function Log:arrival(outcome)
  for line in io.lines() do
    local method, path = line:match("%[HTTP SERVER%] (%l+) (%S+) .*Request received")
    if method then
      self.outcome = outcome
      return method .. " " .. path
    end
    local complaint = line:match(" error +(.*)")
    if complaint and not complaint:find("^Request terminated") and not complaint:find("^Violation: ") then
      table.insert(self.outcome.complaints, complaint)
    end
  end
  error("Prism has ended", 0)
end

-- Whether the library reported that the response belongs to another request. The SIDs of Prism's responses
-- come from the document, not from the path.
local function is_about_another(err) return err.kind == "decode" and err.message:find("belongs to another request", 1, true) ~= nil end

-- Calls an operation. outcome.failure is the reason if Prism does not accept the request.
local function call(client, log, operation, line, options)
  local outcome = new_outcome()
  local sids, path = fill_path(operation, options.document)
  local params = params_of(operation, options)
  local ok, result, message, err = pcall(function()
    local place = walk(client, line.accessor, sids)
    if next(params) == nil then return place[line.kind](place) end
    return place[line.kind](place, params)
  end)
  if not ok then
    outcome.failure = "raised " .. tostring(result)
    return outcome
  end
  if not result and not err.status then
    -- Without a response, Prism may or may not log the request, and the next line could belong to either.
    if err.sent ~= "no" then error(message, 0) end
    outcome.failure = message
    return outcome
  end
  local arrived, wanted = log:arrival(outcome), operation.method .. " " .. path
  if not result and not is_about_another(err) then outcome.failure = message end
  if arrived ~= wanted then
    outcome.failure = "went astray"
    table.insert(outcome.complaints, ("%s arrived, not %s"):format(arrived, wanted))
  end
  return outcome
end

-- Whether the operation accepts only OAuth, according to its line in operations.jsonl.
local function takes_oauth_only(line)
  for _, alternative in ipairs(line.security) do
    if not alternative[1]:lower():find("oauth", 1, true) then return false end
  end
  return #line.security > 0
end

-- clients: { basic, bearer }, named after their credentials.
local function call_all(clients, document, lines)
  local log, results = new_log(), {}
  for _, operation in ipairs(operations_of(document)) do
    local line, outcomes = lines[operation.method .. " " .. operation.path], {}
    local client = line and takes_oauth_only(line) and clients.bearer or clients.basic
    for i, all in ipairs { false, true } do
      local options = { document = document, all = all, seconds = true }
      outcomes[i] = line and call(client, log, operation, line, options) or { failure = "no accessor is known", complaints = {} }
    end
    results[#results + 1] = { id = operation.id, outcomes = outcomes }
  end
  -- A request for an unknown path. Its line shows that all lines about the previous request were read.
  clients.basic:request { product = "api", method = "GET", path = "/the/end" }
  log:arrival(new_outcome())
  return results
end

-- Returns the failures of the calls of an operation as one text, or nil.
local function failures_of(outcomes)
  local texts = {}
  for i, outcome in ipairs(outcomes) do
    if outcome.failure then
      texts[#texts + 1] = ("  %s: %s"):format(i == 1 and "required parameters" or "all parameters", outcome.failure)
      for _, complaint in ipairs(outcome.complaints) do texts[#texts + 1] = "    " .. complaint end
    end
  end
  return texts[1] and table.concat(texts, "\n")
end

-- Whether this complaint is the only reason for the failures.
local function is_only_complaint(outcomes, complaint)
  local seen = false
  for _, outcome in ipairs(outcomes) do
    if outcome.failure then
      seen = true
      if table.concat(outcome.complaints, "\n") ~= complaint then return false end
    end
  end
  return seen
end

local function judge(name, outcomes)
  local failures, entry = failures_of(outcomes), allowed[name]
  if entry and is_only_complaint(outcomes, entry.complaint) then
    print(("%s: allowed: %s: %s"):format(name, entry.complaint, entry.reason))
    return true
  elseif entry then
    failures = ("  allowed.lua expects: %s\n%s"):format(entry.complaint, failures or "  but it is accepted")
  end
  if failures then print(name .. ":\n" .. failures) end
  return not failures
end

local function main(path, operations, url)
  local name = path:match("twilio_([^/]*)%.json$")
  local sid = "AC" .. ("0"):rep(32)
  local clients = {
    basic = twilio.client { base_url = url, account_sid = sid, auth_token = "secret" },
    bearer = twilio.client { base_url = url, account_sid = sid, bearer_token = "secret" },
  }
  local results = call_all(clients, cjson.decode(read_all(path)), read_accessors(operations, name))
  local passed = 0
  for _, result in ipairs(results) do
    if judge("twilio_" .. name .. "." .. result.id, result.outcomes) then passed = passed + 1 end
  end
  print(("%d passed, %d failed"):format(passed, #results - passed))
  return passed == #results
end

local ok, result = pcall(main, ...)
if not ok then io.stderr:write("prism: " .. tostring(result) .. "\n") end
os.exit(ok and result)
