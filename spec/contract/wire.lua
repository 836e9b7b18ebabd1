-- Calls every operation of Twilio's OpenAPI documents with a transport function instead of the network.
-- Compares the requests, and the results of the documented responses, with the documents:
--   lua5.4 spec/contract/wire.lua DIRECTORY operations.jsonl [NAME…]
--
-- With NAME, only operations whose name contains a NAME are called. wire/documents.lua reads the
-- documents independently of the generator, so that mistakes of the generator are found. LUA_PATH and
-- LUA_CPATH select the library under test.
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/wire/?.lua;" .. package.path

local allowed = require "allowed"
local answering = require "answering"
local documents = require "documents"
local examples = require "examples"
local fields = require "fields"
local names = require "names"
local records = require "records"
local sending = require "sending"
local tree = require "tree"

local CHECKS = { sending.check, answering.check, records.check, examples.check, names.check, fields.check }

-- The data that the checks share.
local function new_context(operations)
  local products, kinds = {}, {}
  for _, operation in ipairs(operations) do
    products[operation.accessor[1]] = true
    kinds[tree.names(operation.accessor) .. " " .. operation.kind] = true
  end
  return {
    by_key = tree.by_key(operations), versions = sending.versions(operations), products = products, kinds = kinds,
    counts = { reached = 0, examples = 0, addresses = 0, links = 0, repeated = 0 },
  }
end

-- Returns the distinct complaints about an operation.
local function complaints_about(operation, context)
  local list, seen = {}, {}
  local function complain(text)
    if not seen[text] then list[#list + 1] = text end
    seen[text] = true
  end
  for _, check in ipairs(CHECKS) do
    local ok, problem = xpcall(function() check(operation, complain, context) end, debug.traceback)
    if not ok then complain(problem) end
  end
  return list
end

-- Whether the complaints are exactly those that allowed.lua lists for the operation.
local function judge(operation, complaints)
  local entry, rest = allowed[operation.name] or {}, {}
  local left = {}
  for _, text in ipairs(entry.complaints or {}) do left[text] = true end
  for _, text in ipairs(complaints) do
    if not left[text] then rest[#rest + 1] = text end
    left[text] = nil
  end
  for text in pairs(left) do rest[#rest + 1] = "allowed.lua expects, but it is not so: " .. text end
  if entry.reason then print(("%s: allowed: %s"):format(operation.name, entry.reason)) end
  if rest[1] then print(operation.name .. ":\n  " .. table.concat(rest, "\n  ")) end
  return not rest[1]
end

local function is_chosen(operation, chosen)
  for _, name in ipairs(chosen) do
    if operation.name:find(name, 1, true) then return true end
  end
  return not chosen[1]
end

local function main(directory, lines, ...)
  local operations = documents.read(directory, lines)
  local context, chosen, good, total = new_context(operations), { ... }, 0, 0
  for _, operation in ipairs(operations) do
    if is_chosen(operation, chosen) then
      total = total + 1
      if judge(operation, complaints_about(operation, context)) then good = good + 1 end
    end
  end
  local counts = context.counts
  print(("%d times reached through a record; %d examples of answers read, with %d addresses of records and %d links to what is below them"):format(
    counts.reached, counts.examples, counts.addresses, counts.links))
  print(("%d SIDs of paths that answers repeat"):format(counts.repeated))
  print(("%d of %d"):format(good, total))
  return total > 0 and good == total
end

if #arg < 2 then
  io.stderr:write "usage: lua spec/contract/wire.lua DIRECTORY operations.jsonl [NAME...]\n"
  os.exit(2)
end
local ok, result = pcall(main, (table.unpack or unpack)(arg)) -- luacheck: ignore
if not ok then io.stderr:write("wire: " .. tostring(result) .. "\n") end
os.exit(ok and result and 0 or 1, true) -- closes the state, which must not crash
