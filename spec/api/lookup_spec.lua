-- Lookups in the API table: src/api/lookup.c, compared with a plain reading of the whole table.
package.path = "./tools/?.lua;" .. package.path

local c_module = require "spec.support.c_module"
local dump = require "dump"
local names = require "names"
local shell = require "spec.support.shell"

if not shell.has(os.getenv "CC" or "cc") then
  describe("lookups in the API table", function()
    it("need a C compiler", function() pending "no cc" end)
  end)
  return
end

describe("lookups in the API table", function()
  local t, lookup
  setup(function()
    t = dump.read "."
    lookup = c_module("lookup_probe",
      "src/api/lookup.c src/api/api.c src/text/wire_text.c src/support/ascii.c src/support/misuse.c src/support/redact.c src/support/buffer.c")
  end)

  local function find(path)
    local node = 0
    for name in path:gmatch "[^.]+" do node = assert(lookup.child(node, name), path) end
    return node
  end

  local function op_of(path, kind, sids)
    return assert(dump.operation(t, t.nodes[find(path)], kind, sids)).index
  end

  describe("of children", function()
    it("find every child of every node by its name", function()
      for i = 0, #t.nodes do
        local node = t.nodes[i]
        for child = node.first_child, node.first_child + node.n_children - 1 do
          assert.equal(child, (lookup.child(i, t.nodes[child].name)), t.nodes[child].full)
        end
      end
    end)

    it("find nodes below transparent children, as a linear search does", function()
      local all = {}
      for i = 1, #t.nodes do all[t.nodes[i].name] = true end
      for i = 0, #t.nodes do
        local last = t.nodes[t.nodes[i].first_child + t.nodes[i].n_children - 1]
        if t.nodes[i].n_children > 0 and last.transparent then
          for name in pairs(all) do
            local expected, own = dump.find(t, t.nodes[i], name)
            local found, account = lookup.child(i, name)
            if (expected and expected.index) ~= found or (own or false) ~= (account ~= nil) then error(t.nodes[i].full .. " " .. name) end
          end
        end
      end
    end)

    it("return the node of the client's own account", function()
      local _, account = lookup.child(0, "calls")
      assert.equal(find "api.v2010.accounts", account)
      local _, none = lookup.child(0, "verify")
      assert.is_nil(none)
    end)

    it("find a name with an underscore at its end", function()
      assert.equal(find "calls", (lookup.child(0, "calls_")))
      assert.is_nil((lookup.child(0, "calls__")))
    end)

    it("refuse unknown, empty and very long names", function()
      for _, name in ipairs { "", "_", "call", "callss", ("calls"):rep(100), "\255" } do assert.is_nil((lookup.child(0, name)), name) end
    end)
  end)

  it("list the ancestors of a node", function()
    assert.same({ "recordings", "calls", "accounts", "v2010", "api" }, lookup.ancestry(find "calls.recordings"))
    assert.same({}, lookup.ancestry(0))
  end)

  it("find every field of every node, but no prefix of a field's name and no longer name", function()
    for i = 0, #t.nodes do
      local known = {}
      for _, name in ipairs(t.nodes[i].fields) do known[name] = true end
      for name in pairs(known) do
        for _, wanted in ipairs { name, name .. "x", name:sub(1, -2), "a", "zzz", "" } do
          if (known[wanted] or false) ~= lookup.has_field(i, wanted) then error(t.nodes[i].full .. " " .. wanted) end
        end
      end
      if not next(known) then assert.is_true(lookup.has_field(i, "anything")) end
    end
  end)

  describe("of operations", function()
    local KINDS = { list = 0, create = 1, fetch = 2, update = 3, delete = 4, patch = 5 }

    it("visit the operations of a node, all of them or those of a kind", function()
      for i = 0, #t.nodes do
        local all, by_kind = {}, {}
        for op = t.nodes[i].first_op, t.nodes[i].first_op + t.nodes[i].n_ops - 1 do
          local kind = KINDS[t.ops[op].kind]
          by_kind[kind] = by_kind[kind] or {}
          all[#all + 1] = op
          table.insert(by_kind[kind], op)
        end
        assert.same(all, lookup.operations(i, -1))
        for _, kind in pairs(KINDS) do assert.same(by_kind[kind] or {}, lookup.operations(i, kind)) end
      end
    end)

    it("find the node that has an operation", function()
      for i = 0, #t.ops do
        local node, has = lookup.op_node(i, 0)
        assert.is_true(has)
        assert.equal(t.ops[i].node, t.nodes[node].full)
        assert.equal(node, (lookup.op_node(i, node)))
      end
    end)

    it("find the operation that addresses a record", function()
      assert.equal(op_of("calls", "fetch", 2), lookup.instance_op(find "calls", 2))
      assert.equal(op_of("taskrouter.workspaces.workers.statistics", "fetch", 1),
        lookup.instance_op(find "taskrouter.workspaces.workers.statistics", 1))
      assert.is_nil(lookup.instance_op(find "api", 0))
    end)

    it("know the kind of each verb", function()
      for verb, kind in pairs {
        list = "list", iter = "list", stream = "list", count = "list", page = "list", csv = "list", create = "create", make = "create",
        fetch = "fetch", get = "fetch", update = "update", delete = "delete", patch = "patch",
      } do
        assert.equal(KINDS[kind], lookup.kind(verb))
      end
      assert.is_nil(lookup.kind "hangup")
    end)
  end)

  describe("of verbs", function()
    it("find every verb of every node", function()
      local order = {}
      for i, verb in ipairs(t.verbs) do
        local op, fixed = lookup.verb(verb.node, verb.name)
        assert.same({ verb.op, verb.fixed }, { op, fixed })
        order[i] = verb.name
      end
      assert.same(order, lookup.verb_names())
    end)

    it("find no verb of another node", function()
      assert.is_nil((lookup.verb(find "messages", "hangup")))
      assert.is_nil((lookup.verb(#t.nodes, "hangup")))
      assert.is_nil((lookup.verb(0, "hangup")))
    end)

    it("distinguish the verbs of a list from those of a record", function()
      local function verbs(name) return { lookup.has_verb(find "calls", name) } end
      assert.same({ true, false }, verbs "create")
      assert.same({ true, false }, verbs "iter")
      assert.same({ true, true }, verbs "get")
      assert.same({ true, true }, verbs "hangup")
      assert.same({ false, false }, verbs "patch")
      assert.same({ false, false }, verbs "sing")
    end)

    it("know the lists that consist of other lists", function()
      assert.same({ "transcriptions" }, lookup.fans(find "calls.transcriptions"))
      assert.same({}, lookup.fans(find "calls"))
      assert.same({ true, false }, { lookup.has_verb(find "calls.transcriptions", "list") })
    end)
  end)

  describe("of parameters", function()
    it("find every parameter of every operation by each of its names", function()
      for i = 0, #t.ops do
        for _, param in ipairs(t.ops[i].params) do
          local spellings = names.spellings(param.name)
          spellings[#spellings + 1] = param.name
          for _, name in ipairs(spellings) do
            local found, found_reserved = lookup.parameter(i, name), lookup.parameter(i, name .. "_")
            if found ~= param.name or found_reserved ~= param.name then error(t.ops[i].path .. " " .. name) end
          end
        end
      end
    end)

    it("find no parameter by a name that is nearly right", function()
      local list = op_of("calls", "list", 1)
      for _, name in ipairs {
        "", "_", "Start_Time<", "starttime<", "StartTime<x", "start_time_less", "start_time_below", "start_time_before__", "STATUS", "statu",
        "status_callback", "page_size_less_than", "_less_than", "_greater_than", "_before", ("a"):rep(63) .. "_less_than", ("b"):rep(500),
        ("B"):rep(500), "\255", "to\1",
      } do
        assert.is_nil(lookup.parameter(list, name), name)
      end
    end)

    it("find parameters by aliases, but not by the names of reroutes", function()
      assert.equal("StartTime<", lookup.parameter(op_of("calls", "list", 1), "before"))
      assert.equal("EndTime>", lookup.parameter(op_of("calls", "list", 1), "ended_after"))
      assert.equal("StatusCallbackMethod", lookup.parameter(op_of("calls", "create", 1), "status_method"))
      assert.equal("CallSid", lookup.parameter(op_of("recordings", "list", 1), "call"))
      assert.is_nil(lookup.parameter(op_of("notifications", "list", 1), "call"))
      assert.is_nil(lookup.parameter(op_of("messages", "list", 1), "before"))
    end)

    it("visit the aliases of an operation", function()
      assert.same({ call = true }, lookup.aliases(op_of("notifications", "list", 1)))
      assert.same({ status_method = false }, lookup.aliases(op_of("calls", "create", 1)))
      assert.same({}, lookup.aliases(op_of("messages", "create", 1)))
    end)

    local PERSONAL, HARMLESS = 0x80, 0x100
    local function has(traits, bit) return math.floor(traits / bit) % 2 == 1 end

    it("find the traits of an operation's parameter by its wire name, in upper or lower case", function()
      local create = op_of("calls", "create", 1)
      for _, name in ipairs { "StatusCallbackMethod", "statuscallbackmethod", "STATUSCALLBACKMETHOD" } do
        local some, all = lookup.traits(create, name)
        assert.equal(some, all)
        assert.is_true(has(all, HARMLESS))
      end
      assert.is_true(has((lookup.traits(create, "To")), PERSONAL) or not has((lookup.traits(create, "To")), HARMLESS))
      assert.is_nil(lookup.traits(create, "NoSuchParameter"))
      assert.is_nil(lookup.traits(create, "T"))
      assert.is_nil(lookup.traits(create, ""))
    end)

    it("combine the traits of all parameters of a name if the operation has no such parameter", function()
      local expected = {}
      for i = 0, #t.ops do
        for _, param in ipairs(t.ops[i].params) do
          local known = expected[param.name:lower()] or { some = false, all = true }
          known.some, known.all = known.some or param.personal, known.all and param.harmless
          expected[param.name:lower()] = known
        end
      end
      for name, known in pairs(expected) do
        local some, all = lookup.traits(nil, name)
        assert.same(known, { some = has(some, PERSONAL), all = has(all, HARMLESS) }, name)
      end
    end)
  end)

  describe("of paths", function()
    it("visit the segments of every path", function()
      for i = 0, #t.ops do
        local expected = {}
        for segment in (t.ops[i].path:gsub("%.json$", "")):gmatch "[^/]+" do
          local name = segment:match "^{(.+)}$"
          expected[#expected + 1] = name and { name } or segment
        end
        assert.same(expected, lookup.path(i))
      end
    end)

    it("find each placeholder by its number", function()
      for i = 0, #t.ops do
        local number = 0
        for name in t.ops[i].path:gmatch "{(%w+)}" do
          assert.equal(name, lookup.placeholder(i, number))
          number = number + 1
        end
        assert.is_nil(lookup.placeholder(i, number))
      end
    end)
  end)

  describe("of the operation that fetches a path", function()
    it("find each operation by a path with SIDs, and return the SIDs", function()
      for i = 0, #t.ops do
        if t.ops[i].kind == "fetch" then
          local number, sids = 0, {}
          local path = t.ops[i].path:gsub("{%w+}", function()
            number = number + 1
            sids[number] = "XX" .. number
            return sids[number]
          end)
          for _, rest in ipairs { "", "?a=/b", "#c" } do
            local op, found = lookup.fetch_op(i, path .. rest)
            assert.equal(t.ops[i].path, t.ops[op].path)
            assert.same(sids, found)
          end
        end
      end
    end)

    it("prefer the template with fewer placeholders", function()
      local own = op_of("taskrouter.workspaces", "fetch", 1)
      local op, sids = lookup.fetch_op(own, "/v1/Workspaces/WS1/Workers/Statistics")
      assert.equal("/v1/Workspaces/{WorkspaceSid}/Workers/Statistics", t.ops[op].path)
      assert.same({ "WS1" }, sids)
    end)

    it("find nothing for another path or product, for encoded SIDs and for too many", function()
      local own = op_of("calls", "fetch", 2)
      local path = "/2010-04-01/Accounts/AC1/Calls/CA1"
      assert.equal(own, (lookup.fetch_op(own, path .. ".json")))
      for _, other in ipairs {
        path, path .. "/", path .. ".json/", path .. "/.json", path .. ".jsonx", "/2010-04-01/Accounts/AC1/Calls/.json",
        "/2010-04-01//AC1/Calls/CA1.json",
        "2010-04-01/Accounts/AC1/Calls/CA1.json", "", "/", ".json", "/2010-04-01/Accounts/AC1/Calls/C%41.json", "/v1/Services/IS1",
        ("/a"):rep(100) .. ".json",
      } do
        assert.is_nil((lookup.fetch_op(own, other)), other)
      end
      assert.is_nil((lookup.fetch_op(own, path .. ".json", 1)))
    end)
  end)

  describe("of near matches", function()
    it("offer the children of a node, also below transparent children", function()
      assert.equal("calls", lookup.nearest("children", 0, "cals"))
      assert.equal("recordings", lookup.nearest("children", find "calls", "recording"))
      assert.equal("", lookup.nearest("children", find "calls.recordings", "recordings"))
    end)

    it("offer the fields of a record", function()
      assert.equal("direction", lookup.nearest("fields", find "calls", "diretcion"))
      assert.equal("", lookup.nearest("fields", 0, "sid"))
    end)

    it("offer verbs, and for a record only those of a record", function()
      assert.equal("hangup", lookup.nearest("verbs", find "calls", "hang_up", true))
      assert.equal("create", lookup.nearest("verbs", find "calls", "creat"))
      assert.equal("", lookup.nearest("verbs", find "calls", "creat", true))
      assert.equal("list", lookup.nearest("verbs", find "calls.transcriptions", "lsit"))
    end)

    it("offer parameters by their Lua names, and aliases", function()
      assert.equal("start_time_before", lookup.nearest("parameters", op_of("calls", "list", 1), "start_time_befor"))
      assert.equal("started_before", lookup.nearest("parameters", op_of("calls", "list", 1), "startd_before"))
    end)
  end)
end)
