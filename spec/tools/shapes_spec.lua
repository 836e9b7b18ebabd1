package.path = "./tools/?.lua;" .. package.path

local shapes = require "shapes"

-- Returns the text of a schema's type, with the types and fields that it refers to.
local function type_of(schema, components)
  local seen = shapes.new()
  local number = seen:body({ name = "test", root = { components = components } }, schema)
  return seen.types[number], seen
end

local function text(schema, components) return (type_of(schema, components)) end

describe("the text of a type", function()
  it("has one letter for a simple type, and ? if it may be null", function()
    assert.equal("s", text { type = "string" })
    assert.equal("s?", text { type = "string", nullable = true })
    assert.equal("t", text { type = "string", format = "date-time" })
    assert.equal("r", text { type = "string", format = "date-time-rfc-2822" })
    assert.equal("d", text { type = "string", format = "date" })
    assert.equal("u", text { type = "string", format = "uri" })
    assert.equal("p", text { type = "string", format = "phone-number" })
    assert.equal("s", text { type = "string", format = "currency" })
    assert.equal("b", text { type = "boolean" })
    assert.equal("n", text { type = "number" })
    assert.equal("a", text {})
    assert.equal("o", text { type = "object" })
  end)

  it("has the least number above 0", function()
    assert.equal("i", text { type = "integer", minimum = 0 })
    assert.equal("i:1", text { type = "integer", minimum = 1 })
  end)

  it("has the strings of an enum, also of one that is written as a pattern", function()
    assert.equal("=busy|no-answer", text { type = "string", enum = { "busy", "no-answer" } })
    assert.equal("=TEXT|JSON", text { type = "string", pattern = "^(TEXT|JSON)$" })
  end)

  it("has the prefix of a SID, and the length of another identifier", function()
    assert.equal("~CA", text { type = "string", pattern = "^CA[0-9a-fA-F]{32}$" })
    assert.equal("~AC", text { type = "string", pattern = "AC[0-9a-f]{32}" })
    assert.equal("~SM|MM", text { type = "string", pattern = "^(SM|MM)[0-9a-fA-F]{32}$" })
    assert.equal("~?", text { type = "string", pattern = "^[a-zA-Z]{2}[0-9a-fA-F]{32}$", nullable = true })
    assert.equal("~mem_store_|mem_service_:26", text { type = "string", pattern = "^mem_(store|service)_[0-7][0-9a-z]{25}$" })
    assert.equal("~aia_asst_:26", text { type = "string", pattern = "^aia_asst_.+$" })
    assert.equal("s", text { type = "string", pattern = "^[a-zA-Z0-9 _.-]+$" })
  end)

  it("refers to the type of an array's elements", function()
    local array, seen = type_of { type = "array", items = { type = "string" } }
    assert.equal("[1", array)
    assert.same({ "s", "[1" }, seen.types)
    assert.equal("[1:2", text { type = "array", items = { type = "string" }, minItems = 2 })
  end)

  it("refers to the fields of an object, sorted by name", function()
    local object, seen = type_of { type = "object", properties = { b = { type = "string" }, a = { type = "boolean" } } }
    assert.equal("{1 2", object)
    assert.same({ "a 1", "b 2" }, seen.fields)
    assert.same({ "b", "s", "{1 2" }, seen.types)
  end)

  it("follows references, merges the parts of allOf, and takes the first alternative", function()
    local components = { schemas = {
      Base = { type = "object", properties = { sid = { type = "string" } } },
      Other = { type = "object", properties = { id = { type = "integer" } } },
    } }
    local base, other = { ["$ref"] = "#/components/schemas/Base" }, { ["$ref"] = "#/components/schemas/Other" }
    assert.equal("{1", text(base, components))
    local _, seen = type_of({ allOf = { base, other } }, components)
    assert.same({ "id 1", "sid 2" }, seen.fields)
    _, seen = type_of({ oneOf = { other, base } }, components)
    assert.same({ "id 1" }, seen.fields)
  end)

  it("is kept once", function()
    local seen, document = shapes.new(), { name = "test", root = {} }
    assert.equal(1, seen:body(document, { type = "string" }))
    assert.equal(2, seen:body(document, { type = "boolean" }))
    assert.equal(1, seen:body(document, { type = "string" }))
  end)
end)

describe("the type of a parameter", function()
  local function of(param)
    local seen = shapes.new()
    return seen.types[seen:param(param)]
  end

  it("is that of its values", function()
    assert.equal("i", of { type = "integer", class = "integer" })
    assert.equal("=a|b", of { type = "string", class = "scalar", enum = { "a", "b" } })
    assert.equal("[1", of { type = "array", class = "array", items = { type = "string" } })
  end)

  it("is any value if the parameter holds JSON", function()
    assert.equal("a", of { type = "string", class = "json" })
    assert.equal("o", of { type = "object", class = "object" })
  end)
end)
