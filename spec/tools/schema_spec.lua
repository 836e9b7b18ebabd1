-- tools/schema.lua, and tools/own.schema.json with mistakes in a copy of tools/own.json.
package.path = "./tools/?.lua;" .. package.path

local dump = require "dump"
local schema = require "schema"
local shell = require "spec.support.shell"
local sources = require "sources"

local RULES = sources.read_json "tools/own.schema.json"
local CALLS = "api.v2010.accounts.calls"
local CALLS_PATH = "/2010-04-01/Accounts/{AccountSid}/Calls.json"

-- Changes a fresh copy of own.json and expects this message.
local function refuses(message, change)
  local own = sources.read_json "tools/own.json"
  change(own)
  local ok, why = pcall(schema.check, RULES, own)
  assert.is_false(ok)
  assert.equal(message, why)
end

describe("the schema of own.json", function()
  it("accepts own.json and the fixture of the generator's specs", function()
    schema.check(RULES, sources.read_json "tools/own.json")
    schema.check(RULES, sources.read_json "spec/support/openapi/own.json")
    schema.check(RULES, {})
  end)

  it("rejects an unknown key with its path and the known keys", function()
    refuses('verbs["api.v2010.accounts.calls"].hangup: unknown key "fixd", expected one of "fixed", "operation", "positional"',
      function(own) own.verbs[CALLS].hangup.fixd = "Status=completed" end)
    refuses('fans[2]: unknown key "parameter", expected one of "inner", "node", "outer", "param", "through"',
      function(own) own.fans[2].parameter = "call" end)
    refuses('documents.api_v2010: unknown key "path", expected one of "components", "paths"',
      function(own) own.documents.api_v2010.path = {} end)
    refuses('documents.api_v2010.paths["/2010-04-01/Accounts/{AccountSid}/Calls.json"].post: unknown key "request", '
      .. 'expected one of "operationId", "parameters", "requestBody", "responses", "security", "x-twilio"',
      function(own) own.documents.api_v2010.paths[CALLS_PATH].post.request = {} end)
    local ok, why = pcall(schema.check, RULES, { alias = {} })
    assert.is_false(ok)
    assert.matches('^the document: unknown key "alias", expected one of "aliases", ', why)
  end)

  it("rejects a missing key", function()
    refuses('verbs["api.v2010.accounts.calls"].hangup: missing key "operation"', function(own) own.verbs[CALLS].hangup = {} end)
    refuses('fans[1]: missing key "through"', function(own) own.fans[1].through = nil end)
  end)

  it("rejects a wrong type", function()
    refuses("nodes[1].own_account: expected type boolean, got string", function(own) own.nodes[1].own_account = "yes" end)
    refuses("nodes: expected type array, got object", function(own) own.nodes = { accounts = "api" } end)
    refuses("aliases: expected type object, got array", function(own) own.aliases = { "before" } end)
    refuses('aliases["api_v2010.ListCall"].before: expected type string, got number',
      function(own) own.aliases["api_v2010.ListCall"].before = 1 end)
  end)

  it("rejects an unknown value", function()
    refuses('documents.garden_v1.paths["/v1/Trees"]["x-twilio"].pathType: unknown value "tree", expected one of "list", "instance"',
      function(own) own.documents.garden_v1 = { paths = { ["/v1/Trees"] = { ["x-twilio"] = { pathType = "tree" } } } } end)
  end)

  it("requires exactly one of same_as and called", function()
    local message = 'nodes[2]: expected exactly one of the keys "same_as", "called", got '
    refuses(message .. 0, function(own) own.nodes[2].called = nil end)
    refuses(message .. 2, function(own) own.nodes[2].same_as = "api" end)
  end)
end)

describe("tools/README.md", function()
  it("explains every key of own.json", function()
    local text = sources.read_file "tools/README.md"
    local parts = { RULES, RULES.definitions.node, RULES.definitions.verb, RULES.definitions.fan }
    parts[#parts + 1] = RULES.definitions.path_item.properties["x-twilio"]
    for _, part in ipairs(parts) do
      for key in pairs(part.properties) do
        assert.is_truthy(text:find("`" .. key .. "`", 1, true) or text:find('`"' .. key .. '"', 1, true), key)
      end
    end
  end)
end)

describe("a schema", function()
  it("raises for a keyword that is not supported", function()
    assert.has_error(function() schema.check({ minProperties = 1 }, {}) end, "unsupported JSON Schema keyword minProperties")
  end)
end)

describe("the generator", function()
  it("names the file and the path of a mistake, and writes nothing", function()
    dump.in_directory(function(directory)
      local path = directory .. "/own.json"
      sources.write_file(path, '{ "nodes": [{ "node": "garden.plants", "same_ass": "garden.trees" }] }')
      local ok, output = shell.run(("%s tools/generate.lua spec/support/openapi %s %s"):format(shell.interpreter(), directory, path))
      assert.is_false(ok)
      assert.matches("generate: " .. path .. ": nodes[1]: ", output, 1, true)
      assert.same({ "own.json" }, shell.lines(shell.must("ls " .. directory)))
    end)
  end)
end)
