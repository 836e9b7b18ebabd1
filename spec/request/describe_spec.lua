package.path = "./tools/?.lua;" .. package.path

local core = require "twilio.core"
local dump = require "dump"
local names = require "names"

local function named(list, name)
  for _, entry in ipairs(list) do
    if entry.name == name then return entry end
  end
end

local function operation(resource, kind)
  for _, entry in ipairs(resource.operations) do
    if entry.kind == kind then return entry end
  end
end

describe("core.describe", function()
  it("describes each resource of the table: name, SIDs, operations with path and parameters", function()
    local t = dump.read "."
    local seen = 0
    for _, node in pairs(t.nodes) do
      local path = {}
      for name in node.full:gmatch "[^.]+" do path[#path + 1] = name end
      local found = core.describe((table.unpack or unpack)(path, 1, node.index == 0 and 0 or #path))
      assert.is_table(found, node.full)
      assert.equal(node.index == 0 and "" or node.name, found.name)
      assert.equal(node.arity, found.arity, node.full)
      assert.equal(node.n_ops, #found.operations, node.full)
      for i, described in ipairs(found.operations) do
        local op = t.ops[node.first_op + i - 1]
        assert.same({ op.kind, op.method, op.host, op.path, op.auth },
          { described.kind, described.method, described.host, described.path, described.auth })
        assert.equal(op.open, described.is_open)
        assert.equal(op.strings, described.has_strings)
        assert.equal(#op.params, #described.parameters)
        for j, param in ipairs(described.parameters) do
          local expected = op.params[j]
          assert.same({ names.snake(expected.name), expected.name, expected.location, expected.required, expected.personal },
            { param.name, param.wire, param.location, param.is_required, param.is_personal })
          assert.equal(expected.class, param.class)
        end
        seen = seen + 1
      end
    end
    assert.is_true(seen >= #t.ops)
  end)

  it("says which SID the client adds", function()
    assert.equal(1, core.describe("calls").given)
    assert.equal(0, core.describe("accounts", true, "calls").given)
    assert.equal(0, core.describe("verify", "v2", "services").given)
  end)

  it("lists children, and the version that may be left out", function()
    local verify = core.describe "verify"
    assert.same({ name = "v2" }, named(verify.children, "v2"))
    assert.same({ name = "services", via = "v2" }, named(verify.children, "services"))
    assert.equal("account", named(core.describe().children, "calls").via)
  end)

  it("lists verbs with their operation, and what they send", function()
    local calls = core.describe "calls"
    local hangup, route = named(calls.verbs, "hangup"), named(calls.verbs, "route")
    assert.same({ "Status=completed", "", false, "update" },
      { hangup.fixed, hangup.positional, hangup.takes_parameters, hangup.operation.kind })
    assert.same({ "", "Url Method=POST", false }, { route.fixed, route.positional, route.takes_parameters })
  end)

  it("lists fields, aliases, and the parameters of combined lists", function()
    assert.same(core.columns(require "twilio".client { account_sid = "AC1", auth_token = "t" }.calls), core.describe("calls").fields)
    assert.same({ "call" }, operation(core.describe "notifications", "list").aliases)
    assert.same({ "call" }, core.describe("transcriptions").lists)
  end)

  it("returns the name that is meant, and the number of the wrong name", function()
    local found, meant, number = core.describe "cals"
    assert.same({ nil, "calls", 1 }, { found, meant, number })
    found, meant, number = core.describe("messages", "send")
    assert.same({ nil, "create", 2 }, { found, meant, number })
    assert.same({ nil, nil, 1 }, { core.describe "qqqqqqqq" })
  end)
end)

describe("core.nearest", function()
  it("returns the nearest name, or nil if none is near", function()
    assert.equal("status", core.nearest("statsu", { "to", "status", "from" }))
    assert.is_nil(core.nearest("zzzz", { "to", "status" }))
    assert.is_nil(core.nearest("to", {}))
    assert.is_nil(core.nearest(("x"):rep(1000), { "status" }))
  end)
end)
