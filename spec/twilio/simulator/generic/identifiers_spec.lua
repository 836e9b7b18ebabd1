local identifiers = require "twilio.simulator.generic.identifiers"

local CALL, STORE, ANY = { prefixes = { "CA" }, length = 32 }, { prefixes = { "mem_store_" }, length = 26 }, { prefixes = { "" }, length = 32 }

describe("identifiers.make", function()
  it("makes a SID with the prefix and 32 hexadecimal digits", function()
    assert.matches("^CA%x+$", identifiers.make(CALL, "1"))
    assert.equal(34, #identifiers.make(CALL, "1"))
  end)

  it("makes the other identifiers as the documents have them", function()
    assert.matches("^mem_store_0[0-9a-z]+$", identifiers.make(STORE, "1"))
    assert.equal(#"mem_store_" + 26, #identifiers.make(STORE, "1"))
    assert.matches("^XX%x+$", identifiers.make(ANY, "1"))
  end)

  it("depends on the seed alone", function()
    assert.equal(identifiers.make(CALL, "1"), identifiers.make(CALL, "1"))
    local seen = {}
    for seed = 1, 1000 do seen[identifiers.make(CALL, "seed " .. seed)] = true end
    local count = 0
    for _ in pairs(seen) do count = count + 1 end
    assert.equal(1000, count)
  end)

  it("is the same with every Lua", function()
    assert.equal("CAa000737accd5551c93bd0381162143b1", identifiers.make(CALL, "the same"))
  end)
end)

describe("identifiers.matches", function()
  it("accepts what make makes", function()
    for _, of in ipairs { CALL, STORE, ANY } do assert.is_true(identifiers.matches(of, identifiers.make(of, "1"))) end
  end)

  it("accepts each of several prefixes", function()
    local message = { prefixes = { "SM", "MM" }, length = 32 }
    assert.is_true(identifiers.matches(message, "SM1"))
    assert.is_true(identifiers.matches(message, "MM1"))
    assert.is_false(identifiers.matches(message, "CA1"))
    assert.matches("^SM", identifiers.make(message, "1"))
  end)

  it("accepts a SID of any prefix where the documents leave it open", function()
    assert.is_true(identifiers.matches(ANY, "CA" .. ("0"):rep(32)))
    assert.is_false(identifiers.matches(ANY, "CA"))
    assert.is_false(identifiers.matches(ANY, "unique name"))
  end)

  it("refuses other prefixes, no more than the prefix, and other characters", function()
    assert.is_false(identifiers.matches(CALL, "SM" .. ("0"):rep(32)))
    assert.is_false(identifiers.matches(CALL, "CA"))
    assert.is_false(identifiers.matches(CALL, "CA/1"))
  end)
end)
