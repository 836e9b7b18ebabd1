-- The facts of the simulator, from the small documents of spec/support/openapi.
package.path = "./tools/?.lua;" .. package.path

local openapi = require "openapi"
local simulator = require "simulator"
local sources = require "sources"

local FIXTURES = "spec/support/openapi"

local function write()
  local own = sources.read_json(FIXTURES .. "/own.json")
  return simulator.write(openapi.read(sources.read_documents(FIXTURES), own.documents))
end

local function load_text(text) return assert((loadstring or load)(text))() end -- luacheck: ignore

describe("tools/simulator.lua", function()
  local facts
  setup(function() facts = load_text(write()) end)

  local function lines_after(line)
    return facts.operations:match("\n" .. line:gsub("%p", "%%%0") .. "[^\n]*\n([^\n]+)")
  end

  it("writes a line for each document, path and operation", function()
    assert.matches("* fruit_v1 fruit-stand\n/v1/Kiosks\nGET ListKiosk 200 0\n", facts.operations, 1, true)
    local operations = 0
    for line in facts.operations:gmatch "[^\n]+" do
      if line:find "^%u" then operations = operations + 1 end
    end
    local own = sources.read_json(FIXTURES .. "/own.json")
    assert.equal(#openapi.read(sources.read_documents(FIXTURES), own.documents), operations)
  end)

  it("writes the status, the list key and the parameters of an operation", function()
    assert.matches("^GET ListShop 200 %d+=shops", lines_after "/v1/Shops")
  end)

  it("refers to types, fields and parameters that exist", function()
    local counts = {}
    for _, name in ipairs { "types", "fields", "params" } do
      counts[name] = select(2, facts[name]:gsub("[^\t\n]+", ""))
      assert.is_true(counts[name] > 0)
    end
    for field in facts.fields:gmatch "[^\t\n]+" do assert.is_true(tonumber(field:match " (%d+)$") <= counts.types) end
    for param in facts.params:gmatch "[^\t\n]+" do assert.is_true(tonumber(param:match " (%d+)$") <= counts.types) end
    for object in facts.types:gmatch "{([%d ]+)" do
      for number in object:gmatch "%d+" do assert.is_true(tonumber(number) <= counts.fields) end
    end
  end)

  it("writes the same text each time", function()
    assert.equal(write(), write())
  end)
end)
