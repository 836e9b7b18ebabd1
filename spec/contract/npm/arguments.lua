-- Prints the calls for capture.js, one JSON line for each operation of Twilio's documents:
--   lua5.4 spec/contract/npm/arguments.lua DIRECTORY operations.jsonl
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/?.lua;" .. package.path

local cjson = require "cjson"
local operations = require "operations"

-- cjson cannot tell an empty list from an empty object.
local function list_or_null(list) return list[1] ~= nil and list or cjson.null end

for _, operation in ipairs(operations.read(arg[1], arg[2])) do
  local params = {}
  for i, param in ipairs(operations.params(operation)) do
    params[i] = { name = param.name, place = param.place, value = param.value, date = param.is_date }
  end
  print(cjson.encode {
    name = operation.name, kind = operation.kind, accessor = operation.accessor, sids = list_or_null(operations.sids(operation)),
    params = list_or_null(params), json = operation.body ~= nil and operation.body ~= "form",
  })
end
