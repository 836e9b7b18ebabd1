-- Twilio's OpenAPI documents + tools/own.json -> src/api.c:
--   lua5.4 tools/generate.lua SPECDIR src/api.c [OWN.json instead of tools/own.json]
-- Runs on Lua 5.1 to 5.4 and LuaJIT, with the same output byte for byte; needs lua-cjson.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local sources = require "sources"
local openapi = require "openapi"
local tree = require "tree"
local tables = require "tables"

local function summarise(built, summary)
  local own = 0
  for _, op in ipairs(built.ops) do
    if op.own then own = own + 1 end
  end
  print(string.format("%d operations (%d of the documents, %d our own), %d nodes, %d verbs, %d aliases, %d fans", #built.ops, #built.ops - own, own,
    #built.nodes, #built.verbs, #built.aliases, #built.fans))
  for _, size in ipairs(summary.sizes) do print(string.format("%7d bytes of %s", size[2], size[1])) end
  print(string.format("%7d bytes together", summary.total))
end

local function generate(directory, output, own_path)
  local own = sources.read_json(own_path or here .. "/own.json")
  local built = tree.build(openapi.read(sources.read_documents(directory), own.documents), own)
  local text, summary = tables.write(built)
  sources.write_file(output, text)
  summarise(built, summary)
end

if #arg < 2 or #arg > 3 then
  io.stderr:write("usage: lua tools/generate.lua SPECDIR OUTPUT [OWN]\n")
  os.exit(2)
end
local ok, message = pcall(generate, arg[1], arg[2], arg[3])
if not ok then
  io.stderr:write("generate: " .. tostring(message) .. "\n")
  os.exit(1)
end
