-- The committed src/api/api.c: complete, sorted, and without cost at load time. The specs need no
-- OpenAPI documents.
package.path = "./tools/?.lua;" .. package.path

local dump = require "dump"
local names = require "names"
local shell = require "spec.support.shell"

local CFLAGS = "-std=c99 -Wall -Wextra -Wpedantic -Werror"
local OPERATIONS, OWN = 1628, 16

local has_compiler = shell.has "cc"

-- A describe block that is one pending test if there is no C compiler.
local function describe_tables(what, specs)
  describe(what, function()
    if not has_compiler then
      it("needs a C compiler", function() pending "no cc" end)
    else
      specs()
    end
  end)
end

local tables
local function t()
  tables = tables or dump.read "."
  return tables
end

local function each_node(visit)
  for i = 0, #t().nodes do visit(t().nodes[i]) end
end

local function each_op(visit)
  for i = 0, #t().ops do visit(t().ops[i]) end
end

local function find(path)
  local node = t().nodes[0]
  for name in path:gmatch "[^.]+" do node = assert(dump.find(t(), node, name), path .. ": no " .. name) end
  return node
end

local function op_at(path, kind, sids) return assert(dump.operation(t(), find(path), kind, sids), path .. " " .. kind) end

-- Whether the node is another name of a node. It has the children and operations of the original node.
local function is_other_name(node) return node.called ~= node.index end

describe_tables("the object of src/api/api.c", function()
  local directory, object
  setup(function()
    directory = shell.directory()
    object = shell.quote(directory .. "/api.o")
    shell.must(("cc %s -O2 -fPIC -Isrc -c src/api/api.c -o %s"):format(CFLAGS, object))
  end)
  teardown(function() shell.must("rm -rf " .. shell.quote(directory)) end)

  it("has no relocations and no writable data", function()
    if not shell.has "readelf" then return pending "no readelf" end
    assert.matches("no relocations", shell.must("readelf -r " .. object))
    for size in shell.must("readelf -SW " .. object):gmatch "%.data%S*%s+PROGBITS%s+%x+%s+%x+%s+(%x+)" do assert.equal(0, tonumber(size, 16)) end
    for size in shell.must("readelf -SW " .. object):gmatch "%.bss%s+NOBITS%s+%x+%s+%x+%s+(%x+)" do assert.equal(0, tonumber(size, 16)) end
  end)

  it("has at most 102 KiB of constants", function()
    if not shell.has "readelf" then return pending "no readelf" end
    local total = 0
    for size in shell.must("readelf -SW " .. object):gmatch "%.rodata%S*%s+PROGBITS%s+%x+%s+%x+%s+(%x+)" do total = total + tonumber(size, 16) end
    assert.is_true(total > 0)
    assert.is_true(total <= 102 * 1024, total .. " bytes")
  end)
end)

describe_tables("the accessor tree", function()
  it("reaches every node from the client, once", function()
    local seen, count = { [0] = true }, 1
    local function visit(node)
      if node.index ~= 0 and is_other_name(node) and t().nodes[node.called].first_child == node.first_child then return end
      for i = node.first_child, node.first_child + node.n_children - 1 do
        assert.is_nil(seen[i], t().nodes[i].full)
        assert.equal(node.index, t().nodes[i].parent)
        seen[i], count = true, count + 1
        visit(t().nodes[i])
      end
    end
    visit(t().nodes[0])
    assert.equal(#t().nodes + 1, count)
  end)

  it("sorts children by name, transparent children last", function()
    each_node(function(node)
      for i = node.first_child + 1, node.first_child + node.n_children - 1 do
        local a, b = t().nodes[i - 1], t().nodes[i]
        assert.is_false(a.transparent and not b.transparent, b.full)
        if not b.transparent then assert.is_true(a.name < b.name, b.full) end
      end
    end)
  end)

  it("has names that Lua can use as field names", function()
    each_node(function(node)
      if node.index ~= 0 then assert.matches("^[%l_][%l%d_]*$", node.name) end
    end)
  end)

  it("takes at most three SIDs in a call, and other names of a node lead to the original node", function()
    each_node(function(node)
      assert.is_true(node.arity <= 3, node.full)
      assert.equal(node.called, t().nodes[node.called].called)
      if is_other_name(node) then
        assert.equal(t().nodes[node.called].first_op, node.first_op, node.full)
        assert.equal(t().nodes[node.called].n_ops, node.n_ops, node.full)
      end
    end)
  end)

  it("is not deeper than the library supports", function()
    each_node(function(node)
      local depth = 0
      while node.index ~= 0 do node, depth = t().nodes[node.parent], depth + 1 end
      assert.is_true(depth < 16)
    end)
  end)

  it("searches the default version of a product first, then the others in ascending order", function()
    local function versions(product)
      local found, node = {}, find(product)
      for i = node.first_child, node.first_child + node.n_children - 1 do
        if t().nodes[i].transparent then found[#found + 1] = t().nodes[i].name end
      end
      return table.concat(found, " ")
    end
    assert.equal("v2 v1 v3", versions "chat")
    assert.equal("v2 v1 v3", versions "numbers")
    assert.equal("v1 v2", versions "flex_api")
    assert.equal("v2", versions "verify")
    assert.equal("v1 v2 v3", versions "messaging")
    assert.equal("v1", versions "preview_iam")
    assert.equal("hosted_numbers marketplace wireless", versions "preview")
    assert.equal("v2010", versions "api")
    assert.equal("account", versions "api.v2010")
    assert.equal("chat.v3.channels", find("chat.channels").full)
    assert.equal("pricing.v1.messaging", find("pricing.messaging").full)
    assert.equal("flex_api.v2.flex_user", find("flex_api.flex_user").full)
    assert.equal("verify.v2.services", find("verify.services").full)
    assert.equal("preview.wireless.sims", find("preview.sims").full)
  end)

  it("has the default version v2 for the products of this list, and v1 for all others", function()
    local second = {
      chat = true, intelligence = true, ip_messaging = true, lookups = true, numbers = true, pricing = true, routes = true, studio = true,
      verify = true,
    }
    local root, count = t().nodes[0], 0
    for i = root.first_child, root.first_child + root.n_children - 1 do
      local product = t().nodes[i]
      for child = product.first_child, product.first_child + product.n_children - 1 do
        local version = t().nodes[child]
        if version.transparent and version.name:match "^v%d$" then
          assert.equal(second[product.name] and "v2" or "v1", version.name, product.name)
          if second[product.name] then count = count + 1 end
          break
        end
      end
    end
    assert.equal(9, count)
    assert.equal("lookups.v2.phone_numbers", find("lookups.phone_numbers").full)
  end)

  it("finds the resources of the client's own account below the client", function()
    local account, count = find "api.v2010.account", 0
    assert.is_true(account.own_account)
    for i = account.first_child, account.first_child + account.n_children - 1 do
      local found, own = dump.find(t(), t().nodes[0], t().nodes[i].name)
      assert.equal(i, found.index)
      assert.is_true(own)
      count = count + 1
    end
    assert.equal(24 + 5, count) -- five are ours: caller_ids, phone_numbers, sandbox, sandboxes, sms_messages
  end)

  it("has both the Account resources and the product in client.accounts", function()
    local accounts = find "accounts"
    assert.equal("api.v2010.accounts", t().nodes[accounts.called].full)
    assert.equal("/2010-04-01/Accounts.json", op_at("accounts", "list", 0).path)
    assert.equal("/2010-04-01/Accounts/{Sid}.json", op_at("accounts", "fetch", 1).path)
    assert.equal("accounts.v1.safelist", find("accounts.safelist").full)
  end)
end)

describe_tables("the operations", function()
  it("are exactly those of the documents and of own.json", function()
    assert.equal(OPERATIONS + OWN, #t().ops + 1)
    local kinds = {}
    each_op(function(op) kinds[op.kind] = (kinds[op.kind] or 0) + 1 end)
    assert.same({ list = 388, create = 329, fetch = 436, update = 235, delete = 241, patch = 15 }, kinds)
  end)

  it("belong to exactly one node, and differ in kind or number of SIDs", function()
    local owners = {}
    each_node(function(node)
      local seen = {}
      for i = node.first_op, node.first_op + node.n_ops - 1 do
        local call = t().ops[i].kind .. t().ops[i].n_path
        assert.is_nil(seen[call], node.full)
        seen[call] = true
        if not is_other_name(node) then
          assert.is_nil(owners[i])
          owners[i] = node.index
        end
      end
    end)
    each_op(function(op) assert.is_number(owners[op.index], op.path) end)
  end)

  it("are reached with the number of SIDs in their path", function()
    each_op(function(op)
      local node, most = find(op.node), 0
      while node.index ~= 0 do most, node = most + node.arity, t().nodes[node.parent] end
      assert.is_true(op.n_path <= most, op.path)
    end)
  end)

  it("have n_path SIDs in their path, at most 6", function()
    each_op(function(op)
      local _, count = op.path:gsub("{%w+}", "")
      assert.equal(count, op.n_path, op.path)
      assert.is_true(count <= 6)
      assert.matches("^/[%w.-]+/", op.path)
      assert.is_nil(op.path:find("//", 1, true))
      assert.is_nil(op.path:gsub("{%w+}", ""):find("[{}]"))
    end)
  end)

  it("include three lists of strings", function()
    local found = {}
    each_op(function(op)
      if op.strings then found[#found + 1] = op.node .. ":" .. op.kind end
    end)
    table.sort(found)
    assert.same({ "memory.v1.imports:list", "memory.v1.profiles:list", "memory.v1.stores:list" }, found)
  end)

  it("take three SIDs if the methods of their node take three", function()
    assert.equal("/v1/Stores/{storeId}/Profiles/{profileId}/Observations/{observationId}/Revisions", op_at("memory.revisions", "list", 3).path)
    assert.equal("/v1/Stores/{storeId}/Profiles/{profileId}/Identifiers/{idType}", op_at("memory.v1.identifiers", "patch", 3).path)
  end)

  it("are reached by the old and the new name of a renamed resource", function()
    for _, name in ipairs { "inbound", "inbound_reports" } do
      assert.equal("/v2/Voice/Reports/PhoneNumbers/Inbound", op_at("insights." .. name, "create", 0).path)
      assert.equal("/v2/Voice/Reports/PhoneNumbers/Inbound/{reportId}", op_at("insights." .. name, "list", 1).path)
    end
    assert.equal("/v2/Voice/Reports/PhoneNumbers/Outbound", op_at("insights.outbound", "create", 0).path)
    assert.equal("/v1/A2PBrandRegistrations", op_at("trusthub.a2p_brand_registrations", "create", 0).path)
    assert.equal("/v1/A2PBrandRegistrations", op_at("trusthub.a2_p_brand_registrations", "create", 0).path)
  end)

  it("have an HTTP method that matches their kind", function()
    local fitting = {
      list = { GET = true }, create = { POST = true }, fetch = { GET = true }, delete = { DELETE = true }, patch = { PATCH = true },
      update = { POST = true, PUT = true, PATCH = true },
    }
    each_op(function(op) assert.is_true(fitting[op.kind][op.method], op.path) end)
  end)

  it("have a body only if the HTTP method has one, and body parameters only with a body", function()
    each_op(function(op)
      if op.method == "GET" or op.method == "DELETE" then assert.equal("none", op.content, op.path) end
      if op.open then assert.is_true(op.content == "json" or op.content == "scim", op.path) end
      for _, param in ipairs(op.params) do
        if param.location == "body" then assert.not_equal("none", op.content, op.path) end
      end
    end)
  end)

  it("have a page size only if they are lists", function()
    each_op(function(op)
      if op.kind ~= "list" then assert.equal(0, op.max_page) end
    end)
    assert.equal(1000, op_at("calls", "list", 1).max_page)
    assert.equal(100, op_at("memory.stores", "list", 0).max_page)
    assert.equal(100, op_at("numbers.v1.porting_all_port_ins", "list", 0).max_page)
    assert.equal(0, op_at("webhooks.rules", "list", 0).max_page)
  end)

  it("have the authentication of the documents", function()
    local counts = { basic = 0, oauth = 0, none = 0 }
    each_op(function(op) counts[op.auth] = counts[op.auth] + 1 end)
    assert.same({ basic = 1608 + OWN, oauth = 11, none = 9 }, counts)
  end)

  it("have no two parameters with the same Lua name", function()
    each_op(function(op)
      local seen = {}
      for _, param in ipairs(op.params) do
        for _, name in ipairs(names.spellings(param.name)) do
          assert.is_nil(seen[name], op.path .. " " .. name)
          assert.is_true(#name < 64, name)
          seen[name] = true
        end
      end
    end)
  end)

  it("have path parameters in the order of the path", function()
    assert.equal("/v2/PhoneNumbers/{PhoneNumber}/Overrides/{Field}", op_at("lookups.lookup_overrides", "fetch", 2).path)
  end)
end)

describe_tables("fields of records", function()
  it("are sorted, unique, and the same for every name of a node", function()
    for _, node in pairs(t().nodes) do
      for i = 2, #node.fields do assert.is_true(node.fields[i - 1] < node.fields[i], node.full) end
      for _, name in ipairs(node.fields) do assert.is_true(#name < 64, name) end -- src/api/lookup.c has room for 95
      local called = t().nodes[node.called]
      if #node.fields > 0 and called.n_ops > 0 then assert.same(called.fields, node.fields, node.full) end
    end
  end)

  it("exist for every operation that returns a record", function()
    local bare = {}
    for _, node in pairs(t().nodes) do
      local answers = false
      for i = node.first_op, node.first_op + node.n_ops - 1 do answers = answers or t().ops[i].kind ~= "delete" end
      if answers and #node.fields == 0 then bare[#bare + 1] = node.full end
    end
    table.sort(bare)
    -- The fields of a receipt are unknown. The other two have only responses without a body.
    assert.same({ "comms.v1.messages.receipts", "intelligence.v3.rule_executions", "monitor.v2.status" }, bare)
  end)

  it("list the SIDs of the path that the response must repeat", function()
    local function repeats(path, kind, sids) return op_at(path, kind, sids).repeats end
    assert.same({ true, true }, repeats("calls", "fetch", 2))
    assert.same({ true }, repeats("calls", "create", 1))
    assert.same({}, repeats("calls", "list", 1))
    assert.same({ true, true, true }, repeats("conferences.participants", "update", 3))
    -- The SID of the record is `connect_app_sid`.
    assert.same({ true, true }, repeats("authorized_connect_apps", "fetch", 2))
    -- A number may move to another account.
    assert.same({ [2] = true }, repeats("incoming_phone_numbers", "update", 2))
    -- The call of a recording may be the parent of the requested call.
    assert.same({ true }, repeats("calls.recordings", "create", 2))
    assert.same({ true, [3] = true }, repeats("calls.recordings", "fetch", 3))
    -- A clone is another bundle.
    assert.same({}, repeats("numbers.v2.bundle_clone", "create", 1))
  end)
end)

describe_tables("our own additions", function()
  local function verb(path, name)
    for _, candidate in ipairs(t().verbs) do
      if candidate.node == find(path).index and candidate.name == name then return candidate, t().ops[candidate.op] end
    end
    error("no verb " .. path .. ":" .. name)
  end

  it("include operations that the documents no longer have", function()
    assert.equal("/2010-04-01/Accounts/{AccountSid}/SMS/Messages/{Sid}.json", op_at("sms_messages", "fetch", 2).path)
    assert.equal("/2010-04-01/Accounts/{AccountSid}/Sandbox.json", op_at("sandboxes", "update", 1).path)
    assert.equal(op_at("sandboxes", "fetch", 1), op_at("sandbox", "fetch", 1))
    local found
    for _, param in ipairs(op_at("calls", "create", 1).params) do found = found or param.name == "IfMachine" end
    assert.is_true(found)
  end)

  it("include verbs that set parameters of their operations only", function()
    for _, v in ipairs(t().verbs) do
      local known = {}
      for _, param in ipairs(t().ops[v.op].params) do known[param.name] = true end
      for word in v.fixed:gmatch "[^&]+" do assert.is_true(known[word:match "^[^=]+"], v.name) end
      for word in v.positional:gmatch "[^ ]+" do assert.is_true(known[word:match "^[^=]+"], v.name) end
      assert.is_nil(dump.find(t(), t().nodes[v.node], v.name))
    end
  end)

  it("include verbs to hang up, cancel and redirect calls", function()
    local hangup, op = verb("calls", "hangup")
    assert.equal(op_at("calls", "update", 2), op)
    assert.equal("Status=completed", hangup.fixed)
    assert.equal("Status=canceled", verb("calls", "cancel").fixed)
    assert.equal("Url Method=POST", verb("calls", "route").positional)
  end)

  it("include verbs for every name of a node", function()
    for _, path in ipairs { "accounts", "api.v2010.account", "api.v2010.accounts" } do assert.equal("Status=closed", verb(path, "close").fixed) end
    for _, path in ipairs { "phone_numbers", "incoming_phone_numbers" } do
      local _, op = verb(path, "purchase")
      assert.equal(op_at("incoming_phone_numbers", "create", 1), op)
    end
    for _, path in ipairs { "caller_ids", "outgoing_caller_ids" } do
      local _, op = verb(path, "validate")
      assert.equal(op_at("validation_requests", "create", 1), op)
    end
    local _, kick = verb("conferences.participants", "kick")
    assert.equal("DELETE", kick.method)
  end)

  it("include aliases and reroutes", function()
    local found = {}
    for _, alias in ipairs(t().aliases) do
      local op = t().ops[alias.op]
      found[op.node .. ":" .. op.kind .. " " .. alias.name] = alias.reroute and t().ops[alias.target].path or op.params[alias.target + 1].name
    end
    local account = "api.v2010.accounts."
    assert.same({
      [account .. "calls:list before"] = "StartTime<", [account .. "calls:list after"] = "StartTime>",
      [account .. "calls:list started_before"] = "StartTime<", [account .. "calls:list started_after"] = "StartTime>",
      [account .. "calls:list ended_before"] = "EndTime<", [account .. "calls:list ended_after"] = "EndTime>",
      [account .. "calls:create status_method"] = "StatusCallbackMethod", [account .. "calls:update status_method"] = "StatusCallbackMethod",
      [account .. "recordings:list call"] = "CallSid",
      [account .. "notifications:list call"] = "/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Notifications.json",
    }, found)
  end)

  it("include the transcriptions of a call, as a list that combines the lists of its recordings", function()
    assert.equal(2, #t().fans)
    for i, path in ipairs { "transcriptions", "calls.transcriptions" } do
      local fan = t().fans[i]
      local outer = t().nodes[fan.outer]
      assert.same({ find(path).full, i == 1 and "call" or "", "api.v2010.accounts.recordings" }, { t().nodes[fan.node].full, fan.param, outer.full })
      local takes
      for _, param in ipairs(dump.operation(t(), outer, "list", 1).params) do takes = takes or param.name == fan.through end
      assert.is_true(takes)
      assert.is_table(dump.operation(t(), dump.find(t(), outer, fan.inner), "list", 2))
    end
  end)
end)
