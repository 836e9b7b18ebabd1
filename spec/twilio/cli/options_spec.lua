local options = require "twilio.cli.options"
local refused = require "spec.support.stopped"

local function option(name) return options.find(options.all, name) end

describe("twilio.cli.options", function()
  it("finds options by their names and short names, which are unique", function()
    assert.equal(option "output", option "o")
    assert.is_nil(option "outptu")
    local seen = {}
    for _, each in ipairs(options.all) do
      for _, name in ipairs { each.name, each.short } do
        assert.is_nil(seen[name], name)
        seen[name] = true
      end
    end
  end)

  it("turns texts into numbers", function()
    assert.same({ 0, 20, 0.5, 0.25 }, {
      options.number(option "limit", "0"), options.number(option "limit", "20"), options.number(option "timeout", "0.5"),
      options.number(option "timeout", ".25"),
    })
    for _, text in ipairs { "-1", "1.5", "x", "", "0x10", "1e3", " 1" } do
      assert.equal(("--limit takes a whole number, zero or more, got '%s'"):format(text), (refused(options.number, option "limit", text)))
    end
    for _, text in ipairs { "-1", "x", "", "nan", "inf", "1." } do
      assert.equal(("--timeout takes a number, zero or more, got '%s'"):format(text), (refused(options.number, option "timeout", text)))
    end
  end)

  it("checks values that an option has", function()
    assert.equal("jsonl", options.value(option "output", "jsonl"))
    assert.same({ "--output has no value 'jsno' (did you mean 'json'?)", "one of table, json, jsonl, csv, tsv, none", 2 },
      { refused(options.value, option "output", "jsno") })
    assert.equal("--output has no value 'xml'", (refused(options.value, option "output", "xml")))
  end)

  it("stores values, arrays of values and flags", function()
    local given = {}
    options.set(given, option "limit", "3")
    options.set(given, option "extra", "a=1")
    options.set(given, option "extra", "b=2")
    options.set(given, option "debug", true)
    options.set(given, option "debug", true)
    assert.same({ limit = 3, extra = { "a=1", "b=2" }, debug = true }, given)
    assert.equal("--limit is given twice", (refused(options.set, given, option "limit", "4")))
  end)

  it("lists the options that a command takes, in their order", function()
    local function names(...)
      local list = {}
      for i, each in ipairs(options.taken { ... }) do list[i] = each.name end
      return table.concat(list, " ")
    end
    assert.equal("help version", names())
    assert.equal("output file help version", names("file", "output"))
    assert.equal("profile account region edge base-url timeout retries debug help version", names "client")
  end)

  it("suggests the option that is meant", function()
    local own = { { name = "status" }, { name = "to" } }
    assert.equal("status", options.nearest("statsu", { own, options.all }))
    assert.is_nil(options.nearest("completely-different", { own, options.all }))
    assert.same({ "calls list: unknown option --statsu (did you mean '--status'?)", "twilio-lua calls list --help", 2 },
      { refused(options.unknown, "statsu", "--statsu", { own, options.all }, "calls list") })
    assert.same({ "unknown option -z", "twilio-lua --help", 2 }, { refused(options.unknown, "z", "-z", { options.all }) })
  end)

  it("knows secrets, which are no options", function()
    for _, name in ipairs { "auth-token", "api_key", "bearer-token", "password", "sip-auth-password", "client_secret", "private-key" } do
      assert.is_truthy(options.is_secret(name), name)
    end
    assert.is_false(options.is_secret "to")
    local message, hint = refused(options.unknown, "auth-token", "--auth-token", { options.all })
    assert.equal("--auth-token is no option: a secret on the command line can be read in the list of processes", message)
    assert.equal("set it in the environment or in a profile: twilio-lua profiles --help", hint)
  end)
end)
