-- The generator, with the small documents of spec/support/openapi. They contain the special cases of
-- Twilio's documents.
package.path = "./tools/?.lua;" .. package.path

local dump = require "dump"
local names = require "names"
local openapi = require "openapi"
local shell = require "spec.support.shell"
local sources = require "sources"
local tables = require "tables"
local tree = require "tree"

local FIXTURES = "spec/support/openapi"

-- Reads the documents and own.json anew, because a test may change them.
local function fixtures()
  local documents = sources.read_documents(FIXTURES)
  local by_name = {}
  for _, document in ipairs(documents) do by_name[document.name] = document.root end
  return documents, sources.read_json(FIXTURES .. "/own.json"), by_name
end

local function build(change)
  local documents, own, by_name = fixtures()
  if change then change(by_name, own) end
  return tree.build(openapi.read(documents, own.documents), own)
end

local function operation(built, id)
  for _, op in ipairs(built.ops) do
    if op.document .. "." .. op.id == id then return op end
  end
end

local function node(built, full)
  for _, candidate in ipairs(built.nodes) do
    if candidate.full == full then return candidate end
  end
end

local function accessor(op)
  local steps = {}
  for i, step in ipairs(op.accessor) do steps[i] = step.name .. (step.called and "(" .. table.concat(step.args, ", ") .. ")" or "") end
  return table.concat(steps, ".")
end

local function param(op, name)
  for _, candidate in ipairs(op.params) do
    if candidate.name == name then return candidate end
  end
end

local function listed(items, key)
  local out = {}
  for i, item in ipairs(items) do out[i] = item[key] end
  return out
end

describe("names", function()
  it("are snake_case of the wire name", function()
    local expected = {
      StatusCallback = "status_callback", A2PProfileBundleSid = "a2p_profile_bundle_sid", ["Parameter1.Name"] = "parameter1_name",
      ["X-Twilio-Webhook-Enabled"] = "x_twilio_webhook_enabled", SIP = "sip", OAuthApps = "o_auth_apps", friendlyName = "friendly_name",
      grant_type = "grant_type", ["StartTime<"] = "start_time_before", ["StartTime>"] = "start_time_after", MmsV2Url = "mms_v2_url",
    }
    for wire, snake in pairs(expected) do assert.equal(snake, names.snake(wire)) end
  end)

  it("have two forms for an inequality", function()
    assert.same({ "start_time_before", "start_time_less_than" }, names.spellings "StartTime<")
    assert.same({ "start_time_after", "start_time_greater_than" }, names.spellings "StartTime>")
    assert.same({ "to" }, names.spellings "To")
  end)
end)

describe("the model of the documents", function()
  local built
  setup(function() built = build() end)

  it("has every operation once, with an accessor from its parents, mount name and path type", function()
    local found = {}
    for _, op in ipairs(built.ops) do found[op.document .. "." .. op.id] = accessor(op) end
    assert.same({
      ["fruit_v1.ListShop"] = "fruit_stand.v1.shops",
      ["fruit_v1.CreateShop"] = "fruit_stand.v1.shops",
      ["fruit_v1.FetchShop"] = "fruit_stand.v1.shops(Sid)",
      ["fruit_v1.UpdatePrices"] = "fruit_stand.v1.shops(Sid).price_list()",
      ["fruit_v1.DeleteCrate"] = "fruit_stand.v1.shops(Sid).a2p_crates(Row, Place)",
      ["fruit_v1.UpdateBulk"] = "fruit_stand.orders(ShopSid).bulk",
      ["fruit_v1.ListKiosk"] = "fruit_stand.v1.kiosks",
      ["fruit_v2.ListShop"] = "fruit_stand.v2.shops",
      ["fruit_v2.FetchBerry"] = "fruit_stand.v2.berries()",
      ["garden.ListTree"] = "garden.back_yard.trees",
    }, found)
  end)

  it("uses the mount name of an operation if own.json gives no accessor", function()
    local plain = build(function(_, own) own.documents.fruit_v1.paths["/v1/Orders/{ShopSid}/Bulk"] = nil end)
    assert.equal("fruit_stand.v1.bulk_orders(ShopSid)", accessor(operation(plain, "fruit_v1.UpdateBulk")))
  end)

  it("keeps path parameters in the order of the path", function()
    assert.same({ "ShopSid", "Row", "Place" }, listed(operation(built, "fruit_v1.DeleteCrate").path_params, "name"))
  end)

  it("sorts parameters by their Lua names", function()
    assert.same({ "Day", "Fresh", "GradesData", "Opened>", "Opened<", "PageSize", "Tags", "X-Shop-Version" },
      listed(operation(built, "fruit_v1.ListShop").params, "name"))
  end)

  it("gives each parameter the class of its encoding", function()
    local found = {}
    for _, id in ipairs { "fruit_v1.ListShop", "fruit_v1.CreateShop" } do
      for _, p in ipairs(operation(built, id).params) do found[p.name] = p.class end
    end
    assert.same({
      Day = "date", Fresh = "boolean", GradesData = "map", ["Opened<"] = "date_time", ["Opened>"] = "date_time", PageSize = "integer", Tags = "array",
      ["X-Shop-Version"] = "scalar", Motto = "scalar", Owner = "scalar", Plan = "json", Shelves = "json_array",
      Tickets = "json_array", Yard = "object", ContentVariables = "numbered", Size = "integer",
      ["Window.Open"] = "boolean", Wishes = "json", Words = "scalar",
    }, found)
  end)

  it("marks required parameters, and parameters that are personal here or in the response", function()
    local create = operation(built, "fruit_v1.CreateShop")
    assert.is_true(param(create, "Owner").required)
    assert.is_true(param(create, "Owner").personal)
    assert.is_nil(param(create, "Size").required)
    assert.is_nil(param(create, "Size").personal)
  end)

  it("marks booleans, numbers and dates as harmless", function()
    local found = {}
    for _, id in ipairs { "fruit_v1.ListShop", "fruit_v1.CreateShop" } do
      for _, p in ipairs(operation(built, id).params) do
        if p.harmless then found[#found + 1] = p.name end
      end
    end
    table.sort(found)
    assert.same({ "Day", "Fresh", "Opened<", "Opened>", "PageSize", "Size", "Window.Open" }, found)
  end)

  it("names the SID of a record as own.json says", function()
    local changed = build(function(_, own) own.documents.fruit_v1.paths["/v1/Shops/{Sid}"] = { ["x-twilio"] = { sid = "shopCode" } } end)
    assert.equal("/v1/Shops/{shopCode}", operation(changed, "fruit_v1.FetchShop").path)
    assert.equal("/v1/Shops/{ShopSid}/Prices", operation(changed, "fruit_v1.UpdatePrices").path)
  end)

  it("merges the alternatives of a body, and requires none of their properties", function()
    local update = operation(built, "fruit_v1.UpdatePrices")
    assert.same({ "grams", "pieces", "unit" }, listed(update.params, "name"))
    assert.is_nil(param(update, "unit").required)
  end)

  it("distinguishes form, JSON, SCIM and empty bodies", function()
    local function content(id) return operation(built, id).content, operation(built, id).open end
    assert.same({ "form" }, { content "fruit_v1.CreateShop" })
    assert.same({ "json" }, { content "fruit_v1.UpdatePrices" })
    assert.same({ "scim", true }, { content "fruit_v1.UpdateBulk" })
    assert.same({ "none" }, { content "fruit_v1.FetchShop" })
  end)

  it("inherits the authentication of the document", function()
    assert.equal("basic", operation(built, "fruit_v1.ListShop").auth)
    assert.equal("none", operation(built, "fruit_v1.FetchShop").auth)
    assert.equal("oauth", operation(built, "fruit_v1.UpdatePrices").auth)
  end)

  it("has the largest page size", function()
    assert.equal(50, operation(built, "fruit_v1.ListShop").max_page)
  end)

  it("describes responses, and one record of a list response", function()
    local response = operation(built, "fruit_v1.ListShop").response
    assert.equal("shops", response.list_key)
    assert.same({ "kind", "opened", "owner", "sid" }, listed(response.properties, "name"))
    assert.same({ "stall", "store" }, response.properties[1].enum)
    assert.equal("date-time", response.properties[2].format)
    assert.equal(201, operation(built, "fruit_v1.CreateShop").response.status)
  end)

  it("records which SIDs of the path the response repeats", function()
    assert.same({ true }, operation(built, "fruit_v1.FetchShop").repeats)
    assert.same({}, operation(built, "fruit_v1.ListShop").repeats)
    assert.same({}, operation(built, "fruit_v1.CreateShop").repeats)
    local function fetch(change) return operation(build(change), "fruit_v1.FetchShop").repeats end
    -- A parameter with the same name may change the SID.
    assert.same({}, fetch(function(documents)
      table.insert(documents.fruit_v1.paths["/v1/Shops/{Sid}"].get.parameters, { name = "sid", ["in"] = "query", schema = { type = "string" } })
    end))
    -- own.json says that the SID may differ.
    assert.same({}, fetch(function(_, own) own.documents.fruit_v1.paths["/v1/Shops/{Sid}"] = { ["x-twilio"] = { differs = { "Sid" } } } end))
    assert.same({}, fetch(function(documents) documents.fruit_v1.components.schemas.shop.properties.sid = nil end))
  end)

  it("marks additions of own.json", function()
    assert.is_true(operation(built, "fruit_v1.ListKiosk").own)
    assert.is_nil(operation(built, "fruit_v1.ListShop").own)
    assert.is_true(param(operation(built, "fruit_v1.CreateShop"), "Motto").own)
    assert.is_nil(param(operation(built, "fruit_v1.CreateShop"), "Owner").own)
  end)

  it("gives the parameters of a path item to all its operations, which may replace them", function()
    local changed = build(function(documents)
      local item = documents.fruit_v1.paths["/v1/Shops/{Sid}"]
      item.parameters, item.get.parameters = item.get.parameters, nil
      table.insert(item.parameters, { name = "Depth", ["in"] = "query", schema = { type = "integer" } })
      table.insert(item.parameters, { name = "View", ["in"] = "query", schema = { type = "integer" } })
      item.get.parameters = { { name = "View", ["in"] = "query", required = true, schema = { type = "string" } } }
    end)
    local fetch = operation(changed, "fruit_v1.FetchShop")
    assert.same({ "Sid" }, listed(fetch.path_params, "name"))
    assert.same({ "Depth", "View" }, listed(fetch.params, "name"))
    assert.same({ "integer", "scalar" }, listed(fetch.params, "class"))
    assert.is_true(param(fetch, "View").required)
  end)

  it("merges the parts of allOf, with their required properties", function()
    local changed = build(function(documents)
      local content = documents.fruit_v1.paths["/v1/Shops"].post.requestBody.content["application/x-www-form-urlencoded"]
      local name = { type = "object", properties = { Name = { type = "string" } } }
      content.schema = { allOf = { content.schema, name, { required = { "Name" } } } }
    end)
    local create = operation(changed, "fruit_v1.CreateShop")
    assert.is_true(param(create, "Name").required)
    assert.is_true(param(create, "Owner").required)
    assert.is_nil(param(create, "Size").required)
  end)

  it("knows lists of strings, and refuses lists of other values", function()
    local function with_items(items)
      return build(function(documents)
        local answer = documents.fruit_v1.paths["/v1/Shops"].get.responses["200"].content["application/json"]
        answer.schema = { type = "object", properties = { shops = { type = "array", items = items } } }
      end)
    end
    local response = operation(with_items { type = "string" }, "fruit_v1.ListShop").response
    assert.is_true(response.strings)
    assert.same({}, response.properties)
    assert.is_nil(operation(with_items { type = "object" }, "fruit_v1.ListShop").response.strings)
    assert.is_nil(operation(built, "fruit_v1.ListShop").response.strings)
    for _, kind in ipairs { "integer", "boolean", "array" } do
      local ok, why = pcall(with_items, { type = kind, items = {} })
      assert.is_false(ok)
      assert.matches("fruit_v1%.ListShop: the elements of shops are neither records nor strings, but of the type " .. kind, why)
    end
  end)

  it("has the largest page size under each of its names, and for lists only", function()
    for _, name in ipairs { "PageSize", "pageSize", "Size" } do
      local changed = build(function(documents)
        for _, path in ipairs { "/v1/Shops", "/v1/Shops/{Sid}" } do
          local parameters = documents.fruit_v1.paths[path].get.parameters
          for i = #parameters, 1, -1 do
            if parameters[i].name == "PageSize" then table.remove(parameters, i) end
          end
          table.insert(parameters, { name = name, ["in"] = "query", schema = { type = "integer", maximum = 25 } })
        end
      end)
      assert.equal(25, operation(changed, "fruit_v1.ListShop").max_page)
      assert.is_nil(operation(changed, "fruit_v1.FetchShop").max_page)
    end
  end)

  it("names a resource after its first parameter if its path has parameters only", function()
    local changed = build(function(documents)
      local parameters = {}
      for i, name in ipairs { "Colour", "Id" } do parameters[i] = { name = name, ["in"] = "path", required = true, schema = { type = "string" } } end
      documents.fruit_v1.paths["/v1/Crops/{Colour}/{Id}"] = { get = { operationId = "FetchCrop", parameters = parameters, responses = {} } }
    end)
    assert.equal("fruit_stand.v1.colour(Colour, Id)", accessor(operation(changed, "fruit_v1.FetchCrop")))
  end)

  it("compares a SID of the path with the response although a read-only parameter has its name", function()
    local function repeats(schema)
      return operation(build(function(documents)
        table.insert(documents.fruit_v1.paths["/v1/Shops/{Sid}"].get.parameters, { name = "sid", ["in"] = "query", schema = schema })
      end), "fruit_v1.FetchShop").repeats
    end
    assert.same({ true }, repeats { type = "string", readOnly = true })
    assert.same({}, repeats { type = "string" })
  end)

  it("takes documents of our own, unless Twilio has a document of that name", function()
    local documents, own = fixtures()
    local function add(name, marked)
      local root = sources.read_json(FIXTURES .. "/twilio_garden.json")
      root["x-experimental"] = marked
      root.servers[1].url = "https://" .. name .. ".twilio.com"
      documents[#documents + 1] = { name = name, root = root, own = true }
    end
    add("garden", true)
    add("meadow", true)
    local with_own = tree.build(openapi.read(documents, own.documents), own)
    local theirs, ours = operation(with_own, "garden.ListTree"), operation(with_own, "meadow.ListTree")
    assert.same({ "garden", nil, nil }, { theirs.host, theirs.own, theirs.experimental })
    assert.same({ "meadow", true, true }, { ours.host, ours.own, ours.experimental })
  end)

  it("separates the suffix .json", function()
    assert.equal("/v2/Berries", operation(built, "fruit_v2.FetchBerry").path)
    assert.equal(".json", operation(built, "fruit_v2.FetchBerry").suffix)
  end)
end)

describe("the accessor tree", function()
  local built
  setup(function() built = build() end)

  it("sorts children by name, then transparent children with the default version first", function()
    assert.same({ "garden", "fruit_stand" }, listed(built.nodes[1].children, "name"))
    assert.same({ "orders", "v2", "v1" }, listed(node(built, "fruit_stand").children, "name"))
    assert.is_true(node(built, "garden.back_yard").transparent)
    assert.is_nil(node(built, "fruit_stand.orders").transparent)
  end)

  it("uses the first version by default", function()
    local plain = build(function(_, own) own.default_versions = nil end)
    assert.same({ "orders", "v1", "v2" }, listed(node(plain, "fruit_stand").children, "name"))
  end)

  it("sorts versions as numbers", function()
    local ten = build(function(documents)
      local paths = documents.fruit_v2.paths
      paths["/v10/Shops"], paths["/v2/Shops"] = paths["/v2/Shops"], nil
    end)
    assert.same({ "orders", "v2", "v1", "v10" }, listed(node(ten, "fruit_stand").children, "name"))
  end)

  it("has the number of SIDs that a call takes", function()
    assert.equal(1, node(built, "fruit_stand.v1.shops").arity)
    assert.equal(0, node(built, "fruit_stand.v1.shops.price_list").arity)
    assert.equal(2, node(built, "fruit_stand.v1.shops.a2p_crates").arity)
  end)

  it("gives another name of a node the same verbs", function()
    assert.same({ "open_up", "open_up" }, listed(built.verbs, "name"))
    assert.same({ "fruit_stand.v1.shops", "fruit_stand.v1.stores" }, { built.verbs[1].node.full, built.verbs[2].node.full })
  end)
end)

-- dump.lua compiles the generated api.c and reads it back.
describe("the tables", function()
  local t
  setup(function()
    if not shell.has "cc" then return end
    t = dump.in_directory(function(directory)
      sources.write_file(directory .. "/api.c", (tables.write(build())))
      return dump.read(".", directory .. "/api.c")
    end)
  end)

  local function find(...)
    local found = t.nodes[0]
    for _, name in ipairs { ... } do found = assert(dump.find(t, found, name), name) end
    return found
  end

  it("mark the operations with the header Idempotency-Key", function()
    if not t then return pending "no C compiler" end
    local text = tables.write(build(function(d)
      local function add(path, method, location)
        local parameters = d.fruit_v1.paths[path][method].parameters or {}
        d.fruit_v1.paths[path][method].parameters = parameters
        table.insert(parameters, { name = "Idempotency-Key", ["in"] = location, schema = { type = "string" } })
      end
      add("/v1/Shops", "post", "header")
      add("/v1/Shops", "get", "query")
    end))
    dump.in_directory(function(directory)
      sources.write_file(directory .. "/api.c", text)
      local marked = {}
      local all = dump.read(".", directory .. "/api.c").ops
      for i = 0, #all do
        if all[i].idempotent then marked[#marked + 1] = all[i].method .. " " .. all[i].path end
      end
      assert.same({ "POST /v1/Shops" }, marked)
    end)
    for i = 0, #t.ops do assert.is_false(t.ops[i].idempotent) end
  end)

  it("contain the properties of an operation", function()
    if not t then return pending "no C compiler" end
    local op = dump.operation(t, find("fruit_stand", "v1", "shops"), "list", 0)
    assert.same({ "GET", "fruit-stand", "/v1/Shops", "none", "basic", 50, false },
      { op.method, op.host, op.path, op.content, op.auth, op.max_page, op.scim })
    assert.is_true(dump.operation(t, find("fruit_stand", "orders", "bulk"), "update", 1).scim)
    assert.same({ name = "Opened>", location = "query", class = "date_time", required = false, personal = false, harmless = true }, op.params[4])
    assert.same({
      name = "X-Shop-Version", location = "header", class = "scalar", required = false, personal = false, harmless = false,
    }, op.params[8])
    local create = dump.operation(t, find("fruit_stand", "v1", "shops"), "create", 0)
    assert.same({ name = "Owner", location = "body", class = "scalar", required = true, personal = true, harmless = false }, create.params[3])
  end)

  it("find names below transparent nodes, the default version first", function()
    if not t then return pending "no C compiler" end
    assert.equal("fruit_stand.v2.shops", find("shops").full)
    assert.equal("fruit_stand.v1.kiosks", find("fruit_stand", "kiosks").full)
    assert.equal("garden.back_yard.trees", find("garden", "trees").full)
    assert.is_nil(dump.find(t, t.nodes[0], "trees"))
  end)

  it("mark lists of strings, and contain calls with three SIDs", function()
    if not t then return pending "no C compiler" end
    local changed = dump.in_directory(function(directory)
      sources.write_file(directory .. "/api.c", (tables.write(build(function(documents)
        local paths = documents.fruit_v1.paths
        paths["/v1/Shops"].get.responses["200"].content["application/json"].schema.properties.shops.items = { type = "string" }
        local parameters = {}
        for i, name in ipairs { "A", "B", "C" } do parameters[i] = { name = name, ["in"] = "path", required = true, schema = { type = "string" } } end
        paths["/v1/Wide/{A}/{B}/{C}"] = { delete = { operationId = "DeleteWide", parameters = parameters, responses = {} } }
      end))))
      return dump.read(".", directory .. "/api.c")
    end)
    local version = dump.find(changed, dump.find(changed, changed.nodes[0], "fruit_stand"), "v1")
    assert.is_true(dump.operation(changed, dump.find(changed, version, "shops"), "list", 0).strings)
    assert.is_false(dump.operation(t, find("fruit_stand", "v1", "shops"), "list", 0).strings)
    local wide = dump.find(changed, version, "b")
    assert.equal(3, wide.arity)
    assert.equal("/v1/Wide/{A}/{B}/{C}", dump.operation(changed, wide, "delete", 3).path)
  end)

  it("give another name of a node the same operations and children", function()
    if not t then return pending "no C compiler" end
    local shops, stores = find("fruit_stand", "v1", "shops"), find("fruit_stand", "v1", "stores")
    assert.not_equal(shops.index, stores.index)
    assert.same({ shops.index, shops.first_op, shops.n_ops, shops.first_child, shops.n_children, shops.arity },
      { stores.called, stores.first_op, stores.n_ops, stores.first_child, stores.n_children, stores.arity })
  end)

  it("contain the field names of a record for every name of its node", function()
    if not t then return pending "no C compiler" end
    local names_of_shops = { "kind", "opened", "owner", "sid" }
    assert.same(names_of_shops, find("fruit_stand", "v1", "shops").fields)
    assert.same(names_of_shops, find("fruit_stand", "v1", "stores").fields)
    assert.same({}, find("fruit_stand", "v1").fields)
  end)

  it("contain the SIDs that a response repeats", function()
    if not t then return pending "no C compiler" end
    assert.same({ true }, dump.operation(t, find("fruit_stand", "v1", "shops"), "fetch", 1).repeats)
    assert.same({}, dump.operation(t, find("fruit_stand", "v1", "shops"), "list", 0).repeats)
  end)

  it("contain aliases and reroutes", function()
    if not t then return pending "no C compiler" end
    assert.equal(2, #t.aliases)
    local before, shop = t.aliases[1], t.aliases[2]
    assert.same({ "before", false, "Opened<" }, { before.name, before.reroute, t.ops[before.op].params[before.target + 1].name })
    assert.same({ "shop", true, "/v1/Shops/{Sid}" }, { shop.name, shop.reroute, t.ops[shop.target].path })
    assert.same({ "Window.Open=true", "Size=1" }, { t.verbs[1].fixed, t.verbs[1].positional })
  end)
end)

describe("the command", function()
  local function generate(arguments)
    return shell.run(("LUA_PATH= %s tools/generate.lua %s"):format(shell.interpreter(), arguments))
  end

  -- Generates into directory/name and returns that path.
  local function output(interpreter, directory, name)
    local path = directory .. "/" .. name
    shell.must("mkdir -p " .. shell.quote(path .. "/src"))
    shell.must(("%s tools/generate.lua %s %s %s/own.json"):format(interpreter, FIXTURES, shell.quote(path), FIXTURES))
    return path
  end

  it("writes the same bytes every time, with every installed Lua", function()
    dump.in_directory(function(directory)
      local first = output(shell.interpreter(), directory, "first")
      local function is_first(path) return (shell.run(("diff -r %s %s"):format(shell.quote(first), shell.quote(path)))) end
      assert.equal(sources.read_file(first .. "/src/api/api.c"), (tables.write(build())))
      assert.is_false((shell.run(("grep -r %s %s"):format(shell.quote(directory), shell.quote(first)))))
      for _, other in ipairs { shell.interpreter(), "lua5.1", "luajit", "lua5.4" } do
        if shell.has(other) and shell.run(other .. " -e 'require \"cjson\"'") then
          assert.is_true(is_first(output(other, directory, "second")), other)
        end
      end
    end)
  end)

  it("writes the table, types and reference, and removes its older files", function()
    dump.in_directory(function(directory)
      local function files() return shell.lines(shell.must(("cd %s && find . -type f"):format(shell.quote(directory)))) end
      output(shell.interpreter(), directory, "")
      local first = files()
      assert.same({
        "./doc/reference/README.md", "./doc/reference/fruit_stand.md", "./doc/reference/garden.md",
        "./lua/twilio/simulator/generic/facts.lua", "./src/api/api.c", "./types/twilio.lua", "./types/twilio/fruit_stand.lua",
        "./types/twilio/garden.lua",
      }, first)
      for _, path in ipairs(first) do assert.matches("tools/generate%.lua", sources.read_file(directory .. "/" .. path):sub(1, 300)) end
      local move = "mv types/twilio/garden.lua types/twilio/fungi.lua && mv doc/reference/garden.md doc/reference/fungi.md"
      shell.must(("cd %s && %s"):format(directory, move))
      sources.write_file(directory .. "/types/own.lua", "not generated")
      output(shell.interpreter(), directory, "")
      assert.equal("not generated", sources.read_file(directory .. "/types/own.lua"))
      os.remove(directory .. "/types/own.lua")
      assert.same(first, files())
    end)
  end)

  it("prints what it wrote", function()
    dump.in_directory(function(directory)
      shell.must(("mkdir %s/src"):format(directory))
      local ok, said = generate(("%s %s %s/own.json"):format(FIXTURES, directory, FIXTURES))
      assert.is_true(ok)
      assert.matches("10 operations %(9 of Twilio's documents, 1 of our own%)", said)
      assert.matches("%d+ bytes in total", said)
      assert.matches("%d+ bytes of types in 3 files", said)
      assert.matches("%d+ bytes of reference in 3 files", said)
    end)
  end)

  it("fails with a status and a message, and writes no file", function()
    dump.in_directory(function(directory)
      local ok, said = generate(("%s %s"):format(directory, directory))
      assert.is_false(ok)
      assert.matches("generate: no twilio_%*%.json in ", said)
      assert.same({}, shell.lines(shell.must("ls " .. directory)))
    end)
    local ok, said = generate(FIXTURES .. " /dev/null/nowhere " .. FIXTURES .. "/own.json")
    assert.is_false(ok)
    assert.matches("/dev/null/nowhere/src/api", said, 1, true)
    assert.is_false((generate ""))
  end)
end)

describe("a document that the tables cannot represent", function()
  local function refused(message, change)
    local ok, why = pcall(function() return tables.write(build(change)) end)
    assert.is_false(ok)
    assert.matches(message, why)
  end

  local function list_params(documents) return documents.fruit_v1.paths["/v1/Shops"].get.parameters end

  local function add_query(documents, name, schema)
    table.insert(list_params(documents), { name = name, ["in"] = "query", schema = schema or { type = "string" } })
  end

  local function add_path(documents, path, id, method)
    local parameters = {}
    for name in path:gmatch "{(%w+)}" do
      parameters[#parameters + 1] = { name = name, ["in"] = "path", required = true, schema = { type = "string" } }
    end
    documents.fruit_v1.paths[path] = { [method or "get"] = { operationId = id, parameters = parameters, responses = {} } }
  end

  it("is refused for an unknown type", function()
    refused("fruit_v1%.ListShop: parameter Odd: unknown type tuple", function(d) add_query(d, "Odd", { type = "tuple" }) end)
    refused("parameter Odd: an array of the unknown type array",
      function(d) add_query(d, "Odd", { type = "array", items = { type = "array", items = { type = "string" } } }) end)
  end)

  it("is refused for a map with an unexpected name", function()
    refused("parameter Odd: a map with the prefix Foo must have the name FooData",
      function(d) add_query(d, "Odd", { type = "object", format = "prefixed-collapsible-map-Foo" }) end)
  end)

  it("is refused for an unknown location of a parameter", function()
    refused("parameter Biscuit: unknown location cookie", function(d)
      table.insert(list_params(d), { name = "Biscuit", ["in"] = "cookie", schema = { type = "string" } })
    end)
  end)

  it("is refused for two parameters with the same Lua name", function()
    refused("parameters Fresh and fresh have the same Lua name fresh", function(d) add_query(d, "fresh") end)
    refused("the same Lua name opened_less_than", function(d) add_query(d, "OpenedLessThan") end)
  end)

  it("is refused for too many parameters", function()
    refused("258 parameters, more than 255", function(d)
      for i = 1, 250 do add_query(d, "Extra" .. i) end
    end)
  end)

  it("is refused for too many fields", function()
    refused("fruit_stand%.v1%.shops: 259 fields, more than 255", function(d)
      for i = 1, 255 do d.fruit_v1.components.schemas.shop.properties["extra" .. i] = { type = "string" } end
    end)
  end)

  it("is refused for too many parameters in a path or in one call", function()
    refused("7 parameters in the path, more than 6", function(d) add_path(d, "/v1/Deep/{A}/{B}/{C}/{D}/{E}/{F}/{G}", "FetchDeep") end)
    refused("a call with 4 SIDs, more than 3", function(d) add_path(d, "/v1/Wide/{A}/Too/{B}/{C}/Far/{D}", "FetchWide") end)
  end)

  it("is refused for a segment of a path that is a parameter only in part", function()
    refused("segment {Sid}:peel of the path is a parameter only in part", function(d) add_path(d, "/v1/Shops/{Sid}:peel", "FetchPeel") end)
    refused("segment v{Sid} of the path is a parameter only in part", function(d) add_path(d, "/v1/Shops/v{Sid}", "FetchPeel") end)
  end)

  it("is refused if a path and its declared parameters differ", function()
    refused("parameter Sid is not declared", function(d) d.fruit_v1.paths["/v1/Shops/{Sid}"].get.parameters = nil end)
    refused("parameter ShopSid is not in the path", function(d)
      table.insert(list_params(d), { ["$ref"] = "#/components/parameters/Shop" })
    end)
  end)

  it("is refused for an operation of an unknown kind", function()
    refused("fruit_v1%.PeelShop: unknown kind", function(d) d.fruit_v1.paths["/v1/Shops"].get.operationId = "PeelShop" end)
  end)

  it("is refused for two operations of a node with the same kind and number of SIDs", function()
    refused("fruit_stand%.v1%.shops: .*ListShop.* have the same kind and number of SIDs", function(d)
      add_path(d, "/v1/Other/Shops", "ListOtherShop")
      d.fruit_v1.paths["/v1/Other/Shops"]["x-twilio"] = { mountName = "shops" }
    end)
  end)

  it("is refused for more page sizes than an operation can refer to", function()
    refused("17 page sizes, more than 16", function(d)
      for i = 1, 15 do
        add_path(d, "/v1/Sizes" .. i, "ListSize" .. i)
        local size = { name = "PageSize", ["in"] = "query", schema = { type = "integer", maximum = i } }
        table.insert(d.fruit_v1.paths["/v1/Sizes" .. i].get.parameters, size)
      end
    end)
  end)

  it("is refused for a resource whose name is not a Lua name", function()
    refused('fruit_stand%.v1: the name "odd!" of a resource is no Lua name', function(d)
      add_path(d, "/v1/Odd", "ListOdd")
      d.fruit_v1.paths["/v1/Odd"]["x-twilio"] = { mountName = "odd!" }
    end)
  end)

  it("is refused for a resource with the name of a method", function()
    refused("fruit_stand%.v1%.create: this is the name of a method", function(d) add_path(d, "/v1/Create", "ListCreate") end)
  end)

  it("is refused for an unknown host, media type or security scheme", function()
    refused("server https://fruit%.example is not a host of twilio%.com", function(d) d.fruit_v1.servers[1].url = "https://fruit.example" end)
    refused("unknown media type text/csv", function(d)
      d.fruit_v1.paths["/v1/Shops"].post.requestBody.content["text/csv"] = { schema = {} }
    end)
    refused("unknown security scheme ticket", function(d) d.fruit_v1.paths["/v1/Shops"].get.security = { { ticket = {} } } end)
  end)

  it("is refused for a missing or circular reference", function()
    refused("unresolved reference #/components/schemas/gone", function(d) add_query(d, "Odd", { ["$ref"] = "#/components/schemas/gone" }) end)
    refused("circular reference", function(d)
      d.fruit_v1.components.schemas.ring = { ["$ref"] = "#/components/schemas/ring" }
      add_query(d, "Odd", { ["$ref"] = "#/components/schemas/ring" })
    end)
  end)

  it("is refused for more strings than offsets can reach", function()
    refused("%d+ bytes of strings, more than 655%d%d", function(d)
      for i = 1, 200 do add_path(d, "/v1/" .. ("Long"):rep(50) .. i, "List" .. i) end
    end)
  end)

  it("is refused for text that is not ASCII", function()
    refused("is not printable ASCII", function(d) add_query(d, "Caf\195\169") end)
  end)
end)

describe("own.json", function()
  local function refused(message, change)
    local ok, why = pcall(build, function(_, own) change(own) end)
    assert.is_false(ok)
    assert.matches(message, why)
  end

  it("may have optional names of nodes, which are left out if the documents lack the node", function()
    local function with(row) return build(function(_, own) table.insert(own.nodes, row) end) end
    local found = with { node = "fruit_stand.v1.booths", same_as = "fruit_stand.v1.kiosks", optional = true }
    assert.equal(node(found, "fruit_stand.v1.kiosks"), node(found, "fruit_stand.v1.booths").target)
    local left_out = with { node = "fruit_stand.v1.booths", same_as = "fruit_stand.v1.huts", optional = true }
    assert.is_nil(node(left_out, "fruit_stand.v1.booths"))
    local ok, why = pcall(with, { node = "fruit_stand.v1.booths", same_as = "fruit_stand.v1.huts" })
    assert.is_false(ok)
    assert.matches("no node fruit_stand%.v1%.huts", why)
  end)

  it("is refused if it does not match the documents", function()
    refused("own%.json: no document plant_v1", function(own) own.documents.plant_v1 = {} end)
    refused("no node fruit_stand%.v3", function(own) own.default_versions.fruit_stand = "v3" end)
    refused("node fruit_stand%.v1%.kiosks already exists", function(own) own.nodes[1].node = "fruit_stand.v1.kiosks" end)
    refused("no operation fruit_v1%.PeelShop", function(own) own.aliases["fruit_v1.PeelShop"] = { a = "b" } end)
    refused("ListShop has no parameter Closed", function(own) own.aliases["fruit_v1.ListShop"].shut = "Closed" end)
    refused("ListShop already has a parameter fresh", function(own) own.aliases["fruit_v1.ListShop"].fresh = "Day" end)
    refused("ListShop already has a parameter opened_less_than", function(own) own.aliases["fruit_v1.ListShop"].opened_less_than = "Day" end)
    refused("two aliases shop of fruit_v1%.ListShop", function(own) own.aliases["fruit_v1.ListShop"].shop = "Day" end)
    refused("does not take one SID more", function(own) own.reroutes["fruit_v1.ListShop"].shop = "fruit_v1.DeleteCrate" end)
    refused("CreateShop has no parameter Colour", function(own) own.verbs["fruit_stand.v1.shops"].open_up.fixed = "Colour=red" end)
    refused("CreateShop has no parameter Colour", function(own) own.verbs["fruit_stand.v1.shops"].open_up.positional = "Size Colour=red" end)
    refused("CreateShop has no parameter Colour", function(own) own.examples = { ["fruit_v1.CreateShop"] = "Size Colour=red" } end)
    refused("fruit_stand%.v1%.shops already has a fetch",
      function(own) own.verbs["fruit_stand.v1.shops"].fetch = { operation = "fruit_v1.FetchShop" } end)
    refused("accessor orders%.bulk does not have the parameters of the path",
      function(own) own.documents.fruit_v1.paths["/v1/Orders/{ShopSid}/Bulk"]["x-twilio"].accessor = "orders.bulk" end)
    refused("fruit_stand%.v1%.shops has no child price_tags", function(own)
      own.fans = { { node = "fruit_stand.v1.kiosks", outer = "fruit_stand.v1.shops", through = "Day", inner = "price_tags" } }
    end)
  end)
end)
