package.path = "./tools/?.lua;" .. package.path

local core = require "twilio.core"
local dump = require "dump"
local resolve = require "twilio.cli.resolve"
local refused = require "spec.support.stopped"

local unpack = table.unpack or unpack

local function read(...)
  local target = resolve.new()
  for _, word in ipairs { ... } do target:word(word) end
  return target
end

describe("twilio.cli.resolve", function()
  it("finds each operation of the table by words", function()
    local t = dump.read "."
    local seen = {}
    local function sids(words, n)
      for _ = 1, n do words[#words + 1] = "=SID" end
    end
    for _, node in pairs(t.nodes) do
      local own = node.full:find "^api%.v2010%.account$" or node.full:find "^api%.v2010%.account%."
      for i = node.first_op, own and 0 or node.first_op + node.n_ops - 1 do
        local op, words, at = t.ops[i], {}, 0
        local names = {}
        for name in node.full:gmatch "[^.]+" do names[#names + 1] = name end
        local path = {}
        for position, name in ipairs(names) do
          words[#words + 1], path[#path + 1] = resolve.spelling(name), name
          -- accounts(sid) leads to the accounts of api, and not to those of the product accounts.
          local is_product = position == 1 and name == "accounts"
          local arity = position < #names and not is_product and math.min(core.describe(unpack(path)).arity, op.n_path - at) or 0
          sids(words, arity)
          at = at + arity
          if arity > 0 then path[#path + 1] = true end
        end
        words[#words + 1] = op.kind
        sids(words, op.n_path - at)
        local found = read(unpack(words)):select().operation
        assert.same({ op.method, op.host, op.path }, { found.method, found.host, found.path }, table.concat(words, " "))
        seen[i] = true
      end
    end
    for i = 0, #t.ops do assert.is_true(seen[i], t.ops[i].path) end
  end)

  it("takes SIDs before and after the verb, and = before a SID that is also a name", function()
    for _, words in ipairs { { "calls", "CA1", "fetch" }, { "calls", "fetch", "CA1" }, { "calls", "=list", "fetch" } } do
      local target = read(unpack(words))
      assert.equal("/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json", target:select().operation.path)
    end
    assert.equal("=list", read("calls", "=list", "fetch").words[2])
    assert.same({ sids = { "list" } }, read("calls", "=list").steps[2])
  end)

  it("takes names with hyphens or underscores", function()
    assert.equal("incoming_phone_numbers", read("incoming-phone-numbers").resource.name)
    assert.equal("incoming_phone_numbers", read("incoming_phone_numbers").resource.name)
  end)

  it("takes the words of verbs with positional parameters", function()
    local route = read("calls", "route", "CA1", "http://example.com/")
    assert.same({ "SID", "URL", "[METHOD]" }, route:words_after(route:select()))
    assert.is_table(read("calls", "CA1", "route", "http://example.com/", "GET"):select())
    refused(function() read("calls", "CA1", "route"):select() end)
    refused(function() read("calls", "CA1", "route", "u", "GET", "more"):select() end)
  end)

  it("lists the verbs of a resource once", function()
    assert.same({ "list", "count", "create", "fetch", "update", "delete", "cancel", "hangup", "route" }, resolve.verbs(core.describe "calls"))
    assert.same({ "list", "count", "create", "update" }, resolve.verbs(core.describe("calls", true, "transcriptions")))
  end)

  it("says what is missing or too much", function()
    local function message_of(...)
      local target = read(...)
      return (refused(target.select, target))
    end
    local message, hint = refused(function() read("calls", "fetch"):select() end)
    assert.same({ "calls fetch: missing SID", "usage: twilio-lua calls fetch SID" }, { message, hint })
    assert.equal("calls route: missing SID, URL", message_of("calls", "route"))
    assert.equal("calls route: missing URL", message_of("calls", "route", "CA1"))
    assert.equal("calls CA1 fetch: unexpected 'CA2'", message_of("calls", "CA1", "fetch", "CA2"))
    assert.equal("calls list: unexpected 'a b'", message_of("calls", "list", "a", "b"))
    local target = read("calls", "update", "CA1")
    target:word("maybe", "--record")
    assert.equal("calls update: --record takes true or false, got 'maybe'", (refused(target.select, target)))
    assert.equal("calls CA1 list belongs to the list, not to one record: omit the SID", message_of("calls", "CA1", "list"))
    assert.equal("calls recordings fetch: missing the SID of the call, SID", message_of("calls", "recordings", "fetch"))
    assert.equal("calls recordings fetch: missing SID", message_of("calls", "recordings", "fetch", "CA1"))
    assert.equal("accounts v1 credentials aws fetch: missing SID", message_of("accounts", "v1", "credentials", "aws", "fetch"))
    message, hint = refused(function() read("calls"):select() end)
    assert.equal("calls: which verb?", message)
    assert.matches("one of list, count, create", hint, 1, true)
    message, hint = refused(function() read("verify", "v2"):select() end)
    assert.same({ "verify v2: which resource?", "twilio-lua verify v2 --help" }, { message, hint })
    message, hint = refused(function() read "balance":select() end)
    assert.same({ "balance: which verb?", "twilio-lua balance fetch" }, { message, hint })
  end)

  it("shows where SIDs belong that were left out before the last resource", function()
    local function stopped(...)
      local target = read(...)
      return { refused(target.select, target) }
    end
    assert.same({
      "verify services verifications create: missing the SID of the service", "usage: twilio-lua verify services SID verifications create", 2,
    }, stopped("verify", "services", "verifications", "create"))
    local buckets = "usage: twilio-lua verify services SID rate-limits %s buckets create"
    assert.same({
      "verify services rate-limits buckets create: missing the SID of the service, the SID of the rate limit", buckets:format "SID", 2,
    }, stopped("verify", "services", "rate-limits", "buckets", "create"))
    assert.same({ "verify services rate-limits RK1 buckets create: missing the SID of the service", buckets:format "RK1", 2 },
      stopped("verify", "services", "rate-limits", "RK1", "buckets", "create"))
    assert.same({ "verify services SID verifications", { 1 } }, { read("verify", "services", "verifications"):completed() })
    assert.same({ "incoming-phone-numbers local list", {} }, { read("incoming-phone-numbers", "local", "list"):completed() })
    assert.same({ "sip domains SID auth calls credential-list-mappings", { 2 } },
      { read("sip", "domains", "auth", "calls", "credential-list-mappings"):completed() })
    assert.same({ "accounts v1 credentials aws", {} }, { read("accounts", "v1", "credentials", "aws"):completed() })
    assert.same({ "verify services VA1 verifications", {} }, { read("verify", "services", "VA1", "verifications"):completed() })
  end)

  it("says that a word is empty, as that of a variable of the shell is", function()
    local message, hint = refused(read, "calls", "", "fetch")
    assert.same({ "calls: a word after it is empty", "is a variable of the shell not set?" }, { message, hint })
  end)

  it("says how a parameter and a SID are written", function()
    local message, hint = refused(function() read("calls", "list", "status=completed"):select() end)
    assert.same({ "calls list: unexpected 'status=completed'", "a parameter is written --status=completed" }, { message, hint })
    message, hint = refused(read, "CA0123456789abcdef0123456789abcdef")
    assert.same({ "a SID follows the name of its resource, got 'CA0123456789abcdef0123456789abcdef'", "twilio-lua calls CA… fetch" },
      { message, hint })
    assert.equal("usage: twilio-lua calls route SID URL [METHOD]", read("calls", "route"):usage())
    assert.is_nil(read("calls", "CA1", "list"):usage())
  end)

  it("knows which operations may follow the SIDs", function()
    local target = read("calls", "CA1")
    local accepted = {}
    for _, verb in ipairs(resolve.verbs(target.resource)) do
      if target:accepts(resolve.candidates(target.resource, verb)[1]) then accepted[#accepted + 1] = verb end
    end
    assert.same({ "fetch", "update", "delete", "cancel", "hangup", "route" }, accepted)
  end)

  it("suggests a verb for a word that was taken for a SID, but not for a SID", function()
    local function message_of(...)
      local words = { ... }
      return (refused(function() read(unpack(words)):select() end))
    end
    assert.equal("calls has no 'LIST' (did you mean 'list'?)", message_of("calls", "LIST"))
    assert.equal("calls has no 'ls' (did you mean 'list'?)", message_of("calls", "ls"))
    assert.equal("calls has no 'remove' (did you mean 'delete'?)", message_of("calls", "remove", "CA1"))
    assert.equal("twilio-lua has no 'Calls' (did you mean 'calls'?)", message_of("Calls", "list"))
    assert.equal("verify v2 services VA1 verifications has no verb 'list'", message_of("verify", "v2", "services", "VA1", "verifications", "list"))
    assert.equal("calls has no 'hangpu' (did you mean 'hangup'?)", (refused(function() read("calls", "hangpu"):select() end)))
    assert.equal("calls CA0123456789abcdef0123456789abcdef: which verb?",
      (refused(function() read("calls", "CA0123456789abcdef0123456789abcdef"):select() end)))
  end)
end)
