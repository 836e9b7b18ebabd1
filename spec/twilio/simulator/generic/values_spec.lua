local values = require "twilio.simulator.generic.values"

local function of(kind, more)
  local type = more or {}
  type.kind = kind
  return type
end

local STATUS = of("enum", { choices = { "in-progress", "completed" } })

describe("values.convert", function()
  it("turns the texts of a form into the type of the field", function()
    assert.equal(60, values.convert(of "integer", "60"))
    assert.equal(1.5, values.convert(of "number", "1.5"))
    assert.is_true(values.convert(of "boolean", "True"))
    assert.is_false(values.convert(of "boolean", "false"))
    assert.equal("completed", values.convert(STATUS, "Completed"))
    assert.equal("CA1", values.convert(of("id", { prefixes = { "CA" }, length = 32 }), "CA1"))
    assert.same({ "a", "b" }, values.convert(of("array", { items = of "string" }), { "a", "b" }))
    assert.same({ 1 }, values.convert(of("array", { items = of "integer" }), "1"))
    assert.same({ a = 1 }, values.convert(of "map", '{"a":1}'))
    assert.same({ a = 1 }, values.convert(of "any", '{"a":1}'))
    assert.equal("text", values.convert(of "any", "text"))
  end)

  it("writes dates in the format of the field", function()
    assert.equal("Mon, 30 Nov 2026 08:30:05 +0000", values.convert(of "rfc2822", "2026-11-30T08:30:05Z"))
    assert.equal("2026-11-30T08:30:05Z", values.convert(of "date_time", 1796027405))
  end)

  it("returns nil for a value that does not fit", function()
    assert.is_nil(values.convert(of "integer", "many"))
    assert.is_nil(values.convert(of "integer", 1.5))
    assert.is_nil(values.convert(of "boolean", "maybe"))
    assert.is_nil(values.convert(STATUS, "lost"))
    assert.is_nil(values.convert(of("id", { prefixes = { "CA" }, length = 32 }), "SM1"))
    assert.is_nil(values.convert(of "string", {}))
    assert.is_nil(values.convert(of "date", "soon"))
    assert.is_nil(values.convert(of("object", { fields = {} }), { 1, 2 }))
    assert.is_nil(values.convert(of("array", { items = of "integer" }), { "x" }))
  end)

  it("accepts null where the type allows it", function()
    assert.equal(values.null, values.convert(of("string", { nullable = true }), values.null))
    assert.is_nil(values.convert(of "string", values.null))
  end)
end)

describe("values.text", function()
  it("writes the fields of an object in their order, and empty arrays as arrays", function()
    local record = of("object", { fields = {
      { name = "sid", type = of "string" }, { name = "list", type = of("array", { items = of "string" }) }, { name = "count", type = of "integer" },
      { name = "links", type = of "map" }, { name = "none", type = of("string", { nullable = true }) }, { name = "absent", type = of "string" },
    } })
    assert.equal('{"sid":"a/b","list":[],"count":3,"links":{},"none":null}',
      values.text(record, { sid = "a/b", list = {}, count = 3, links = {}, none = values.null }))
  end)

  it("writes whole numbers without exponent or fraction", function()
    assert.equal("1796027405000", values.text(of "integer", 1796027405000))
    assert.equal("3", values.text(of "integer", 3.0))
  end)

  it("sorts the keys of objects without a type", function()
    assert.equal('{"a":{"c":[1],"d":{}},"b":null}', values.text(of "map", { b = values.null, a = { d = {}, c = { 1 } } }))
  end)

  it("escapes texts", function()
    assert.equal([["\"\\/\n"]], values.text(of "string", '"\\/\n'))
  end)
end)

describe("values.decode", function()
  it("returns nil for a text that is no JSON", function()
    assert.same({ 1 }, values.decode "[1]")
    assert.is_nil(values.decode "{")
  end)
end)
