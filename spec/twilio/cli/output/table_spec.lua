local cjson = require "cjson"
local core = require "twilio.core"
local support = require "spec.support.client"
local tables = require "twilio.cli.output.table"

local function calls_of(...)
  return assert(support.client(nil, { status = 200, body = cjson.encode { calls = { ... } } }).calls:list())
end

-- Returns what is written of pages of records.
local function written(context, ...)
  local parts = {}
  context.writer = {
    columns = context.width, write = function(_, text) parts[#parts + 1] = text end, bold = function(_, text) return text end,
  }
  if context.has_header == nil then context.has_header = true end
  context.resource = context.resource or core.describe "calls"
  local output = tables.new(context)
  for _, page in ipairs { ... } do
    for _, record in ipairs(page) do output:record(record) end
    output:page()
  end
  output:finish()
  return table.concat(parts)
end

describe("twilio.cli.output.table", function()
  it("aligns texts to the left and numbers to the right, without blanks at the ends of lines", function()
    local page = calls_of({ sid = "CA1", duration = 5, from = "alice" }, { sid = "CA22", duration = 120, from = "bo" })
    assert.equal("FROM   DURATION  SID\nalice         5  CA1\nbo          120  CA22\n",
      written({ is_list = true, columns = { "from", "duration", "sid" } }, page))
  end)

  it("shows dates in a short form, in UTC", function()
    local page = calls_of { sid = "CA1", start_time = "Sun, 13 Mar 2011 07:06:40 +0000", date_created = "no date" }
    assert.equal("START TIME           DATE CREATED\n2011-03-13 07:06:40  no date\n",
      written({ is_list = true, columns = { "start_time", "date_created" } }, page))
  end)

  it("cuts long texts, but no SIDs, numbers and dates", function()
    local page = calls_of { sid = "CA0123456789abcdef0123456789abcdef", caller_name = ("word "):rep(20) }
    local output = written({ is_list = true, width = 60, columns = { "sid", "caller_name" } }, page)
    local header, row = output:match "^([^\n]*)\n([^\n]*)\n$"
    assert.equal("SID                                 CALLER NAME", header)
    assert.matches("^CA0123456789abcdef0123456789abcdef  word word", row)
    assert.equal(60, require("twilio.cli.text").width(row))
    assert.matches(("word "):rep(19) .. "word", written({ is_list = true, columns = { "sid", "caller_name" } }, page), 1, true) -- no terminal
  end)

  it("leaves out the last columns of a narrow terminal, unless the user has chosen the columns", function()
    local page = calls_of { sid = "CA0123456789abcdef0123456789abcdef", status = "completed", from = "+15017122661", to = "+15558675310" }
    assert.matches("^SID +STATUS +FROM\n", written({ is_list = true, width = 60 }, page))
    assert.matches("^SID +STATUS\n", written({ is_list = true, width = 10 }, page)) -- two columns stay
    local chosen = written({ is_list = true, width = 10, columns = { "sid", "status", "from", "to" } }, page)
    assert.matches("+15558675310\n", chosen, 1, true)
  end)

  it("has the widths of the first page, and writes the records after it at once", function()
    local first, second = calls_of { sid = "CA1", from = "bo" }, calls_of { sid = "CA2", from = "alexander" }
    local output = written({ is_list = true, columns = { "from", "sid" } }, first, second)
    assert.equal("FROM  SID\nbo    CA1\nalexander  CA2\n", output)
  end)

  it("has no header without records, or if it is not wanted", function()
    assert.equal("", written({ is_list = true }))
    assert.equal("CA1\n", written({ is_list = true, has_header = false, columns = { "sid" } }, calls_of { sid = "CA1" }))
  end)

  it("takes the fields of the first record if they are not documented", function()
    assert.equal("VALUE\nUS1\nUS2\n", written({ is_list = true, resource = { name = "", fields = {} } }, { "US1", "US2" }))
  end)

  it("is a list of the fields of a single record, with long objects cut on a terminal", function()
    local call = calls_of { sid = "CA1", from = "a\nb", subresource_uris = { a = ("x"):rep(100) } }
    local columns = { "sid", "from", "price", "subresource_uris" }
    assert.equal('sid               CA1\nfrom              a b\nprice\nsubresource_uris  {"a":"' .. ("x"):rep(100) .. '"}\n',
      written({ columns = columns }, call))
    local last = written({ columns = columns, width = 60 }, call):match "([^\n]*)\n$"
    assert.equal(60, require("twilio.cli.text").width(last))
  end)
end)
