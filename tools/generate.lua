-- Generates src/api/api.c, types/, doc/reference/ and the simulator's facts.lua from Twilio's OpenAPI documents and own.json:
--   lua5.4 tools/generate.lua SPECDIR OUTPUT [OWN.json]
--
-- SPECDIR has the documents. OUTPUT is the repository. Files that an earlier run wrote to types/ and
-- doc/reference/ are removed. OWN.json replaces tools/own.json, for specs. The folder documents/ next to
-- own.json has documents of our own.
--
-- The generator needs lua-cjson. Lua 5.1 to 5.4 and LuaJIT write the same bytes.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local sources = require "sources"
local schema = require "schema"
local openapi = require "openapi"
local tree = require "tree"
local tables = require "tables"
local surface = require "surface"
local types = require "types"
local reference = require "reference"
local simulator = require "simulator"

local function summarise(built, summary)
  local own = 0
  for _, op in ipairs(built.ops) do
    if op.own then own = own + 1 end
  end
  print(string.format("%d operations (%d of Twilio's documents, %d of our own), %d nodes, %d verbs, %d aliases, %d fans",
    #built.ops, #built.ops - own, own, #built.nodes, #built.verbs, #built.aliases, #built.fans))
  for _, size in ipairs(summary.sizes) do print(string.format("%7d bytes of %s", size[2], size[1])) end
  print(string.format("%7d bytes in total", summary.total))
end

local function summarise_files(name, files)
  local total, largest = 0, files[1]
  for _, file in ipairs(files) do
    total = total + #file.text
    if #file.text > #largest.text then largest = file end
  end
  print(string.format("%7d bytes of %s in %d files, the largest %s with %d", total, name, #files, largest.path, #largest.text))
end

local function read_own(path)
  local own = sources.read_json(path)
  local ok, message = pcall(schema.check, sources.read_json(here .. "/own.schema.json"), own)
  if not ok then error(path .. ": " .. message, 0) end
  return own
end

-- Returns Twilio's documents, and our own documents about products that Twilio's documents lack.
local function read_documents(directory, own_path)
  local documents = sources.read_documents(directory)
  for _, document in ipairs(sources.find_documents((own_path:match("^(.*)/[^/]*$") or ".") .. "/documents")) do
    document.own = true
    documents[#documents + 1] = document
  end
  return documents
end

-- All texts are complete before the first file is written, so that an error leaves the files unchanged.
local function generate(directory, output, own_path)
  own_path = own_path or here .. "/own.json"
  local own = read_own(own_path)
  local operations = openapi.read(read_documents(directory, own_path), own.documents)
  local built = tree.build(operations, own)
  local text, summary = tables.write(built)
  local seen = surface.build(built)
  local definitions, pages = types.write(seen, sources.read_file(here .. "/types_module.lua")), reference.write(seen)
  local facts = simulator.write(operations)
  sources.make_directory(output .. "/src/api")
  sources.write_file(output .. "/src/api/api.c", text)
  sources.write_directory(output .. "/types", definitions)
  sources.write_directory(output .. "/doc/reference", pages)
  sources.make_directory((output .. "/" .. simulator.PATH):match "^(.*)/")
  sources.write_file(output .. "/" .. simulator.PATH, facts)
  summarise(built, summary)
  print(("%7d bytes of %s"):format(#facts, simulator.PATH))
  summarise_files("types", definitions)
  summarise_files("reference", pages)
end

if #arg < 2 or #arg > 3 then
  io.stderr:write("usage: lua tools/generate.lua SPECDIR OUTPUT [OWN.json]\n")
  os.exit(2)
end
local ok, message = pcall(generate, arg[1], arg[2], arg[3])
if not ok then
  io.stderr:write("generate: " .. tostring(message) .. "\n")
  os.exit(1)
end
