-- Calls every operation of Twilio's OpenAPI documents with the library on the simulator, over HTTP. Checks
-- the status and the body of each answer against the documents:
--   lua5.4 spec/contract/simulator_wire.lua DIRECTORY operations.jsonl [NAME…]
--
-- Each operation is called twice: with the required parameters, and with all parameters. The records on its
-- path are created first, if an operation creates them. With NAME, only operations whose name contains a NAME
-- are called. wire/documents.lua reads the documents independently of the generator.
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/wire/?.lua;" .. here .. "/?.lua;" .. here .. "/../../?.lua;" .. package.path

local allowed = require "simulator_allowed"
local answers = require "answers"
local api = require "twilio.simulator.generic.api"
local calls = require "calls"
local cjson = require "cjson"
local documents = require "documents"
local operation_records = require "spec.support.operation_records"
local operations = require "spec.support.operations"
local schema_check = require "schema_check"
local servers = require "spec.support.servers"

-- ---- one call ----

local function params_of(operation, all, complain)
  local own, params = {}, {}
  for _, param in ipairs(api.by_name[operation.name].params) do own[param.place .. " " .. param.name] = param end
  for _, param in ipairs(operation.params) do
    local known = own[param.place .. " " .. param.name]
    if not known or known.required ~= param.required then complain("the table has another parameter " .. param.name) end
    if known then params[param.name] = operations.value(api.by_name[operation.name], known, all) end
  end
  if operation.open then params.key = "value" end
  return next(params) and params or nil
end

-- The first answer below 400, as the documents have it.
local function success(operation)
  for _, answer in ipairs(operation.answers) do
    if answer.status < 400 then return answer end
  end
end

-- Complains about a record's text. Of a list, `schema` is that of its elements.
local function check_text(operation, schema, text, complain)
  for _, problem in ipairs(schema_check.problems(operation.root, schema, cjson.decode(text))) do complain(problem) end
end

local function check_result(operation, result, complain)
  local schema = success(operation).schema
  if operation.kind == "delete" or not schema or result == true then return end
  if operation.kind ~= "list" then return check_text(operation, schema, result:json(), complain) end
  local _, item = answers.records_of(operation, schema)
  for _, record in ipairs(result) do
    check_text(operation, item, type(record) == "string" and cjson.encode(record) or record:json(), complain)
  end
end

-- A redirect to another host ends a call: the library does not follow it with credentials.
local function is_redirect(status) return status == 302 or status == 307 end

local function check_call(operation, clients, all, complain)
  local client = clients[operation.scheme == "oauth2" and "bearer" or "basic"]
  local params = params_of(operation, all, complain)
  local sids, segments = clients.builder:prepare(api.by_name[operation.name]), {}
  for i, sid in ipairs(sids) do segments[i] = { sid } end
  local result, message = calls.try(function()
    return calls.invoke(calls.walk(client, operation.accessor, segments), operation.kind, {}, params)
  end)
  local status, due = clients.status(), success(operation).status
  if status ~= due then complain(("status %s instead of %d: %s"):format(tostring(status), due, tostring(message))) end
  if result then return check_result(operation, result, complain) end
  if not is_redirect(due) then complain(tostring(message)) end
end

-- ---- all calls ----

local function is_chosen(operation, chosen)
  for _, name in ipairs(chosen) do
    if operation.name:find(name, 1, true) then return true end
  end
  return not chosen[1]
end

-- Refusals are texts without position. Any other error is a fault of this program.
local function explained(problem)
  return tostring(problem):find "^%w+_%w+%.%u" and problem or debug.traceback(problem)
end

-- Calls the chosen operations on a new simulator. Adds the complaints to `complaints`, by name.
local function run(list, all, complaints)
  local server = servers.twilio {}
  local clients = operations.connect(server)
  clients.builder = operation_records.builder(clients.send, server.account_sid, clients.hooks)
  for _, operation in ipairs(list) do
    local entry = allowed[operation.name]
    local function complain(text)
      if entry and text:find(entry.pattern) then
        entry.seen = true
        return
      end
      local of = complaints[operation.name] or {}
      complaints[operation.name] = of
      of[#of + 1] = (all and "all parameters: " or "required parameters: ") .. text
    end
    local fine, problem = xpcall(function() check_call(operation, clients, all, complain) end, explained)
    if not fine then complain(problem) end
  end
  return server:stop()
end

local function main(directory, lines, ...)
  local list, complaints, chosen = {}, {}, { ... }
  for _, operation in ipairs(documents.read(directory, lines)) do
    if is_chosen(operation, chosen) then list[#list + 1] = operation end
  end
  local errors = run(list, false, complaints) .. run(list, true, complaints)
  local good = #list
  for _, operation in ipairs(list) do
    local of, entry = complaints[operation.name], allowed[operation.name]
    if entry then print(("%s: allowed: %s"):format(operation.name, entry.reason)) end
    if entry and not entry.seen then of = { "simulator_allowed.lua expects a complaint, but there is none" } end
    if of then
      good = good - 1
      print(operation.name .. ":\n  " .. table.concat(of, "\n  "))
    end
  end
  if errors ~= "" then print("the simulator wrote: " .. errors) end
  print(("%d of %d"):format(good, #list))
  return #list > 0 and good == #list and errors == ""
end

if #arg < 2 then
  io.stderr:write "usage: lua spec/contract/simulator_wire.lua DIRECTORY operations.jsonl [NAME...]\n"
  os.exit(2)
end
local ok, result = pcall(main, (table.unpack or unpack)(arg)) -- luacheck: ignore
if not ok then io.stderr:write("simulator_wire: " .. tostring(result) .. "\n") end
os.exit(ok and result and 0 or 1, true)
