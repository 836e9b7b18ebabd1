-- The surface, the types, the reference and the examples, for a small document with special cases.
-- types_spec.lua compares the types of Twilio's documents with the module.
package.path = "./tools/?.lua;" .. package.path

local annotations = require "spec.support.annotations"
local examples = require "examples"
local openapi = require "openapi"
local reference = require "reference"
local sources = require "sources"
local surface = require "surface"
local tree = require "tree"
local types = require "types"

local STRING = { type = "string" }

local function operation(id, properties, query)
  local raw = { operationId = id, parameters = {}, responses = { ["200"] = { content = {} } } }
  if properties then raw.responses["200"].content["application/json"] = { schema = { type = "object", properties = properties } } end
  for i, param in ipairs(query or {}) do raw.parameters[i] = param end
  return raw
end

local function listing(id, properties, query)
  return operation(id, { items = { type = "array", items = { type = "object", properties = properties } } }, query)
end

-- Adds a path with its operations by HTTP method. Declares the parameters of the path in each of them.
local function add_path(paths, path, mark, operations)
  for _, raw in pairs(operations) do
    for name in path:gmatch "{(%w+)}" do table.insert(raw.parameters, { name = name, ["in"] = "path", schema = STRING }) end
  end
  operations["x-twilio"] = mark
  paths["/v1" .. path] = operations
end

local SAFE = {
  sid = { type = "string", nullable = true }, ["end"] = STRING, lid = { type = "string", enum = { "open", "shut" } },
  size = { type = "integer" }, meta = STRING,
}

local function bank()
  local paths = {}
  add_path(paths, "/Safes", { pathType = "list" }, {
    get = listing("ListSafe", SAFE, {
      { name = "PageSize", ["in"] = "query", schema = { type = "integer", maximum = 20 } },
      { name = "Kind", ["in"] = "query", schema = { type = "array", items = { type = "string", enum = { "a|b", "c" } } } },
    }),
    post = operation("CreateSafe", SAFE, { { name = "end", ["in"] = "query", schema = STRING } }),
  })
  add_path(paths, "/Safes/{Sid}", { pathType = "instance" }, {
    get = operation("FetchSafe", { sid = STRING, owner = STRING, size = STRING }), delete = operation "DeleteSafe",
  })
  add_path(paths, "/Safes/{SafeSid}/Audit", { pathType = "instance", parent = "/Safes/{Sid}" },
    { get = operation("FetchSafeAudit", { sum = STRING }) })
  add_path(paths, "/Safes/Audit", { pathType = "instance", parent = "/Safes" }, { get = operation("FetchAudit", { total = { type = "number" } }) })
  add_path(paths, "/Safes/{SafeSid}/Coins", { pathType = "list", parent = "/Safes/{Sid}" }, { get = listing("ListCoin", { sid = STRING }) })
  add_path(paths, "/Coins", { pathType = "list" }, { get = listing("ListAllCoin", { sid = STRING }, {
    { name = "Safe", ["in"] = "query", schema = STRING },
  }) })
  add_path(paths, "/Coins/{Sid}", { pathType = "instance" }, { get = operation("FetchCoin", { sid = STRING }) })
  add_path(paths, "/Coins/{Sid}/Marks", { pathType = "list", parent = "/Coins/{Sid}" }, { get = listing("ListMark", { text = STRING }) })
  add_path(paths, "/Countries/{Code}", { pathType = "instance" }, { get = operation("FetchCountry", { code = STRING }) })
  add_path(paths, "/Countries/{Code}/local", { pathType = "list", parent = "/Countries/{Code}" }, { get = listing("ListBranch", { name = STRING }) })
  return {
    name = "bank_v1",
    root = {
      servers = { { url = "https://bank.twilio.com" } }, security = { { key = {} } }, paths = paths,
      components = { securitySchemes = { key = { type = "http", scheme = "basic" } } },
    },
  }
end

local OWN = {
  documents = {}, transparent = { "bank" }, examples = { ["bank_v1.CreateSafe"] = "end" },
  nodes = { { node = "bank.v1.vaults", same_as = "bank.v1.safes" }, { node = "bank.v1.mine", same_as = "bank.v1.safes", own_account = true } },
  verbs = {
    ["bank.v1.safes"] = {
      burn = { operation = "bank_v1.DeleteSafe" }, branches = { operation = "bank_v1.ListBranch" },
      shut = { operation = "bank_v1.CreateSafe", fixed = "end=now" }, mint = { operation = "bank_v1.CreateSafe", positional = "end" },
    },
  },
  fans = {
    { node = "bank.v1.safes.coins", outer = "bank.v1.coins", through = "Safe", inner = "marks" },
    { node = "bank.v1.coins", param = "safe_sid", outer = "bank.v1.coins", through = "Safe", inner = "marks" },
  },
}

local function build(change)
  local document = bank()
  if change then change(document.root.paths) end
  return surface.build(tree.build(openapi.read({ document }, {}), OWN))
end

local function resource(s, name)
  for _, candidate in ipairs(s.resources) do
    if candidate.name == name then return candidate end
  end
end

local function listed(items, key)
  local out = {}
  for i, item in ipairs(items) do out[i] = item[key or "name"] end
  return out
end

local function first(n, items)
  local out = {}
  for i = 1, n do out[i] = items[i] end
  return out
end

local function method(at, name)
  for _, candidate in ipairs(at.methods) do
    if candidate.name == name then return candidate end
  end
end

local function child(at, name)
  for _, candidate in ipairs(at.names) do
    if candidate.name == name then return candidate.accessor end
  end
end

describe("the surface", function()
  local s, safes
  setup(function()
    s = build()
    safes = resource(s, "bank.v1.safes")
  end)

  it("has an accessor for the list and one for a record, each with its methods", function()
    assert.same({ "list", "iter", "stream", "count", "csv", "page", "create", "make", "fetch", "get", "delete", "branches", "burn", "mint", "shut" },
      listed(safes.accessors[0].methods))
    assert.same({ "fetch", "get", "delete", "burn" }, listed(safes.accessors[1].methods))
    assert.same({ "sid" }, method(safes.accessors[0], "fetch").sids)
    assert.same({}, method(safes.accessors[1], "fetch").sids)
    assert.same({ "page", "iterator", "iterator", "number", "number", "page", "record" }, listed(first(7, safes.accessors[0].methods), "result"))
  end)

  it("gives a verb of another resource the SIDs that its operation needs", function()
    local branches = method(safes.accessors[0], "branches")
    assert.same({ "code" }, branches.sids)
    assert.equal("page", branches.result)
    assert.equal("bank.v1.countries.local", branches.of.name)
    assert.equal("true", method(safes.accessors[1], "burn").result)
  end)

  it("distinguishes the children of the list and of a record", function()
    assert.equal("bank.v1.safes.audit", child(safes.accessors[0], "audit").resource.name)
    assert.equal("bank.v1.safes.Item.audit", child(safes.accessors[1], "audit").resource.name)
    assert.is_nil(child(safes.accessors[0], "coins"))
    assert.same({ "FetchSafeAudit" }, listed(resource(s, "bank.v1.safes.Item.audit").ops, "id"))
  end)

  it("finds names as the library does: children first, then names below transparent children", function()
    assert.same({ "v1", "coins", "countries", "safes", "vaults", "mine", "audit" }, listed(child(s.root, "bank").names))
    assert.equal(resource(s, "bank.v1.coins"), child(s.root, "coins").resource)
    assert.equal(resource(s, "bank.v1.safes.Item.audit"), child(s.root, "audit").resource)
  end)

  it("has the same accessor for another name", function()
    local v1 = resource(s, "bank.v1").accessors[0]
    assert.equal(safes.accessors[0], child(v1, "vaults"))
    assert.equal(safes.accessors[1], child(v1, "mine"))
    assert.is_true(safes.accessors[1].is_own_account)
  end)

  it("has lists that combine the lists of other records", function()
    local coins = resource(s, "bank.v1.safes.coins").accessors[0]
    assert.equal("bank.v1.coins.marks", method(coins, "iter").of.name)
    assert.same({ "safe", "safe_sid" }, listed(method(resource(s, "bank.v1.coins").accessors[0], "list").op.named))
  end)

  it("merges the fields of all responses of a resource", function()
    local found = {}
    for _, field in ipairs(safes.fields) do found[field.name] = { field.property.type, field.optional } end
    assert.same({
      sid = { "string", false }, -- needed for the path
      size = { "any", false }, -- two types in the documents
      owner = { "string", true }, lid = { "string", true }, ["end"] = { "string", true }, meta = { "string", true },
    }, found)
  end)

  it("gives reserved words of Lua a second name", function()
    assert.same({ "end", "end_" }, listed(method(safes.accessors[0], "create").op.named))
  end)
end)

local MODULE = sources.read_file "tools/types_module.lua"

local function files_of(list)
  local by_path = {}
  for _, file in ipairs(list) do by_path[file.path] = file.text end
  return by_path
end

describe("the definitions of a product", function()
  local function read(change)
    local files, all = files_of(types.write(build(change), MODULE)), annotations.new()
    for path, text in pairs(files) do annotations.read(all, text, path) end
    return all, files
  end

  local all, text
  setup(function()
    local files
    all, files = read()
    text = files["twilio/bank.lua"]
  end)

  local function has(line) assert.is_truthy(text:find("\n" .. line .. "\n", 1, true), line) end

  it("begin with the accessors of the client", function()
    local client = all.classes["twilio.Client"]
    assert.equal("twilio.bank", client.fields.bank.type.name)
    assert.equal("twilio.bank.v1.safes", client.fields.safes.type.name)
    assert.is_nil(text:find "twilio.Client")
  end)

  it("describe the call of an accessor", function()
    has "---@class twilio.bank.v1.safes\n---@overload fun(sid: string): twilio.bank.v1.safes.Item"
    has "---@class twilio.bank.v1.safes.audit\n---@overload fun(): twilio.bank.v1.safes.audit"
  end)

  it("describe the arguments and results of methods", function()
    local options = "options?: twilio.CallOptions): "
    local page, record = "twilio.bank.v1.countries.local.Page?, string, twilio.Error", "twilio.bank.v1.safes.Record?, string, twilio.Error"
    has("---@field branches fun(self: twilio.bank.v1.safes, code: string, options?: twilio.ListOptions): " .. page)
    has("---@field shut fun(self: twilio.bank.v1.safes, " .. options .. record)
    has("---@field mint fun(self: twilio.bank.v1.safes, end: twilio.Text, " .. options .. record)
    has("---@field page fun(self: twilio.bank.v1.safes, url: string, options?: twilio.RequestOptions): twilio.bank.v1.safes.Page?, "
      .. "string, twilio.Error")
    has "---@class twilio.bank.v1.safes.Iterator: twilio.Iterator\n---@overload fun(): twilio.bank.v1.safes.Record?"
    has("---@field burn fun(self: twilio.bank.v1.safes, sid: string, " .. options .. "true?, string, twilio.Error")
  end)

  it("describe the types of parameters and fields", function()
    has '---@field kind? ("a|b"|"c"|twilio.Text)[]|"a|b"|"c"|twilio.Text Kind'
    has '---@field ["end"]? string\n---@field end_? string'
    has '---@field lid? "open"|"shut"|string'
    has "---@field size any"
    has "---@field total number"
  end)

  it("omit fields that methods hide, and methods that records do not have", function()
    local record = all.classes["twilio.bank.v1.safes.Record"]
    assert.same({ "fetch", "refresh", "get", "delete", "burn", "end", "end_", "lid", "owner", "sid", "size", "audit", "coins" }, record.order)
  end)

  it("distinguish several operations of one kind", function()
    local several = read(function(paths)
      add_path(paths, "/Safes/{Sid}/All", { pathType = "instance", mountName = "safes", accessor = "v1.safes(Sid)" },
        { post = operation("CreateSafeCopy", SAFE, { { name = "Name", ["in"] = "query", schema = STRING } }) })
    end)
    assert.is_truthy(several.classes["twilio.bank.v1.safes.CreateParams"])
    assert.is_truthy(several.classes["twilio.bank.v1.safes.Create1Params"])
    local create = several.classes["twilio.bank.v1.safes"].fields.create.type
    assert.same({ "union", "params", "sid" }, { create.kind, create[1].args[2].name, create[2].args[2].name })
  end)

  it("refuse an enum value that cannot be quoted", function()
    local ok, why = pcall(read, function(paths) paths["/v1/Safes"].get.parameters[2].schema.items.enum = { 'a"b' } end)
    assert.is_false(ok)
    assert.matches('the value "a\\"b" cannot be written', why, 1, true)
  end)

  it("are refused if the module's text lacks the marker for the accessors of the client", function()
    assert.is_false((pcall(types.write, build(), (MODULE:gsub("%-%- %(the accessors of the client%)\n", "")))))
  end)
end)

describe("the reference of a product", function()
  local page, index
  setup(function()
    local files = files_of(reference.write(build()))
    page, index = files["bank.md"], files["README.md"]
  end)

  local function has(line) assert.is_truthy(page:find("\n" .. line .. "\n", 1, true), line) end

  it("is in the index and links to it", function()
    assert.is_truthy(index:find("| [`bank`](bank.md) | `v1` | 8 | 12 |\n", 1, true))
    has "[All products](README.md)"
    has "The version `v1` is optional."
  end)

  it("lists methods with their requests", function()
    has "## `client.bank.v1.safes`\n\nOther names: `client.bank.v1.vaults`.\n"
    has "```\n\n| method | arguments | request | returns |\n|---|---|---|---|"
    has "| `list`, `iter`, `stream`, `count`, `csv` | `params` | `GET /v1/Safes` | page, iterator, number |"
    has "| `burn` | `sid` | `DELETE /v1/Safes/{Sid}` | `true` |"
    has "| `shut` |  | `POST /v1/Safes` with `end=now` | record |"
    has "| `mint` | `end` | `POST /v1/Safes` | record |"
    local link = "page of [`client.bank.v1.countries(code).local_`](#clientbankv1countriescodelocal_)"
    has("| `branches` | `code` | `GET /v1/Countries/{Code}/local` | " .. link .. " |")
  end)

  it("lists parameters, their other names, and fields", function()
    has "| `kind` | list of `a\\|b`, `c` | `Kind` |"
    has "Paging parameters: `page_size` (at most 20)."
    has "Other names: `end_` for `end`."
    has "| `lid` | `open`, `shut` |"
    has "| `sid` | string |"
  end)

  it("links to the subresources", function()
    local coins = "[`client.bank.v1.safes(sid).coins`](#clientbankv1safessidcoins)" -- client.coins is another resource
    has("Subresources: [`client.bank.v1.safes.audit`](#clientbankv1safesaudit), [`client.audit`](#clientaudit), " .. coins .. ".")
  end)
end)

describe("the example of a resource", function()
  local s
  setup(function() s = build() end)

  local function example(name) return examples.of(s, resource(s, name)) end

  it("creates a record, with an underscore after reserved words of Lua", function()
    assert.equal('local safe = assert(client.bank.v1.safes:create { end_ = "example" })\nprint(safe.sid)', example "bank.v1.safes")
  end)

  it("lists or fetches records if the resource has no create", function()
    assert.equal('for branch in client.bank.v1.countries("example").local_:iter { limit = 20 } do\n  print(branch.name)\nend',
      example "bank.v1.countries.local")
    assert.equal('local country = assert(client.bank.v1.countries("example"):fetch())\nprint(country:json())', example "bank.v1.countries")
  end)

  it("is left out for a resource without operations", function()
    assert.is_nil(example "bank.v1")
  end)
end)
