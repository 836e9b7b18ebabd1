local cjson = require "cjson"
local json = require "twilio.cli.output.json"
local support = require "spec.support.client"

local function records_of(body)
  return assert(support.client(nil, { status = 200, body = body }).calls:list())
end

-- Returns what is written of records.
local function written(context, records)
  local parts = {}
  context.writer = { columns = context.width, write = function(_, text) parts[#parts + 1] = text end }
  local output = json.new(context)
  for _, record in ipairs(records) do output:record(record) end
  output:page()
  output:finish()
  return table.concat(parts)
end

describe("twilio.cli.output.json", function()
  local calls = records_of '{"calls":[{"sid":"CA1","duration":30,"price":null,"tags":[]},{"sid":"CA2","big":12345678901234567890}]}'

  it("writes an array of the records as Twilio has sent them, one a line", function()
    assert.equal('[\n{"sid":"CA1","duration":30,"price":null,"tags":[]},\n{"sid":"CA2","big":12345678901234567890}\n]\n',
      written({ format = "json", is_list = true }, calls))
    assert.equal("[]\n", written({ format = "json", is_list = true }, {}))
  end)

  it("writes an object for a single record, and an object on each line with jsonl", function()
    assert.equal('{"sid":"CA1","duration":30,"price":null,"tags":[]}\n', written({ format = "json" }, { calls[1] }))
    assert.equal('{"sid":"CA1","duration":30,"price":null,"tags":[]}\n{"sid":"CA2","big":12345678901234567890}\n',
      written({ format = "jsonl", is_list = true, width = 80 }, calls))
    assert.equal("", written({ format = "jsonl", is_list = true }, {}))
  end)

  it("writes the chosen columns in their order, with null for those that are absent", function()
    assert.equal('[\n{"duration":30,"sid":"CA1","price":null},\n{"duration":null,"sid":"CA2","price":null}\n]\n',
      written({ format = "json", is_list = true, columns = { "duration", "sid", "price" } }, calls))
  end)

  it("indents on a terminal", function()
    assert.equal('[\n  {\n    "sid": "CA1",\n    "tags": []\n  }\n]\n',
      written({ format = "json", is_list = true, width = 80, columns = { "sid", "tags" } }, { calls[1] }))
  end)

  it("writes strings in place of records", function()
    assert.equal('[\n"US1",\n"a \\"b\\""\n]\n', written({ format = "json", is_list = true }, { "US1", 'a "b"' }))
  end)

  it("formats text without changing strings and numbers", function()
    local text = '{"a":[1.50,-2e3,{"b":"x,{}[]: \\" \\\\"}],"c":{},"d":[ ],"e":null}'
    local formatted = json.format(text, "  ")
    assert.equal('{\n  "a": [\n    1.50,\n    -2e3,\n    {\n      "b": "x,{}[]: \\" \\\\"\n    }\n  ],\n  "c": {},\n  "d": [],\n  "e": null\n}',
      formatted)
    assert.equal(text:gsub("%[ %]", "[]"), json.format(formatted))
    assert.same(cjson.decode(text), cjson.decode(formatted))
    assert.equal('"x"', json.format(' "x" ', "  "))
  end)
end)
