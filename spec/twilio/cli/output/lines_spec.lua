local core = require "twilio.core"
local lines = require "twilio.cli.output.lines"
local support = require "spec.support.client"

-- Returns what is written of records.
local function written(context, records)
  local parts = {}
  context.writer = { write = function(_, text) parts[#parts + 1] = text end }
  context.resource = context.resource or core.describe "calls"
  if context.has_header == nil then context.has_header = true end
  local output = lines.new(context)
  for _, record in ipairs(records) do output:record(record) end
  output:page()
  output:finish()
  return table.concat(parts)
end

describe("twilio.cli.output.lines", function()
  local body = [[{"calls":[{"sid":"CA1","duration":30,"price":null,"from":"a\tb\nc\\d\re"},{"sid":"CA2","from":"x, \"y\""}]}]]
  local calls = assert(support.client(nil, { status = 200, body = body }).calls:list())

  it("separates the cells of tsv with tabs, and escapes those of the values", function()
    assert.equal("sid\tduration\tfrom\nCA1\t30\ta\\tb\\nc\\\\d\\re\nCA2\t\tx, \"y\"\n",
      written({ format = "tsv", columns = { "sid", "duration", "from" } }, calls))
  end)

  it("quotes cells of csv where RFC 4180 wants it", function()
    assert.equal("sid,from\r\nCA1,\"a\tb\nc\\d\re\"\r\nCA2,\"x, \"\"y\"\"\"\r\n", written({ format = "csv", columns = { "sid", "from" } }, calls))
  end)

  it("has the usual columns with tsv, and all with csv", function()
    assert.matches("^sid\tstatus\tfrom\tto\tdirection\tstart_time\tduration\nCA1\t", written({ format = "tsv" }, calls))
    local header = written({ format = "csv" }, calls):match "^[^\r]*"
    assert.equal(table.concat(core.describe("calls").fields, ","), header)
  end)

  it("has a header without records too, unless it is not wanted", function()
    assert.equal("sid\n", written({ format = "tsv", columns = { "sid" } }, {}))
    assert.equal("", written({ format = "tsv", columns = { "sid" }, has_header = false }, {}))
    assert.equal("CA1\nCA2\n", written({ format = "tsv", columns = { "sid" }, has_header = false }, calls))
  end)

  it("takes the fields of the first record if they are not documented", function()
    local resource = { name = "", fields = {} }
    assert.equal("", written({ format = "tsv", resource = resource }, {}))
    assert.equal("value\nUS1\nUS2\n", written({ format = "tsv", resource = resource }, { "US1", "US2" }))
  end)
end)
