-- Builds the library with the API table of a few documents, for operations that Twilio's table lacks.
package.path = "./tools/?.lua;" .. package.path

local openapi = require "openapi"
local shell = require "spec.support.shell"
local tables = require "tables"
local tree = require "tree"

local FLAGS = "-std=c99 -D_GNU_SOURCE -Isrc -fPIC -fvisibility=hidden"

-- The object files of the build that this Lua uses, without those of the API table.
local function objects()
  local core = shell.find_module "twilio.core"
  local directory = core and core:match "^(.*)/twilio/core%.so$"
  local ok, list = shell.run(("find %s/objects -name '*.o' ! -path '*/api/api.o'"):format(shell.quote(directory or "")))
  return directory and ok and list ~= "" and list:gsub("\n", " ")
end

--- Returns the library, whose API table has the operations of the documents: a table from names such as
-- `jobs_v1` to OpenAPI documents. Returns nil if there is no C compiler, or if the library was not
-- built by the Makefile. The calling spec file must not use the library of Twilio's table.
return function(documents)
  local built = objects()
  if not built or not shell.has(os.getenv "CC" or "cc") then return nil end
  local list = {}
  for name, root in pairs(documents) do list[#list + 1] = { name = name, root = root } end
  local directory = shell.directory()
  shell.write(directory .. "/api.c", (tables.write(tree.build(openapi.read(list, {}), {}))))
  local library = shell.quote(directory .. "/core.so")
  shell.must(("${CC:-cc} %s ${HOST_FLAGS} -c -o %s/api.o %s/api.c"):format(FLAGS, directory, directory))
  shell.must(("${CC:-cc} -shared ${HOST_FLAGS} -o %s %s/api.o %s -lcurl -lcrypto -lpthread -ldl -lm -Wl,-z,nodelete")
    :format(library, directory, built))
  for name in pairs(package.loaded) do
    if name == "twilio" or name:find "^twilio%." then package.loaded[name] = nil end
  end
  package.preload["twilio.core"] = assert(package.loadlib(directory .. "/core.so", "luaopen_twilio_core"))
  local twilio = require "twilio"
  package.preload["twilio.core"] = nil
  shell.must("rm -r " .. shell.quote(directory))
  return twilio
end
