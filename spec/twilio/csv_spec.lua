local twilio = require "twilio"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

local csv = twilio.csv

local function all(iterator)
  local rows = {}
  for row in iterator do rows[#rows + 1] = row end
  return rows
end

-- Returns a function that returns the text in pieces of n bytes.
local function pieces(text, n)
  local at = 1 - n
  return function()
    at = at + n
    if at <= #text then return text:sub(at, at + n - 1) end
  end
end

-- Returns the message of a malformed text, and its error.
local function problem_of(text, options)
  local it = csv.parse(text, options)
  local ok, message = pcall(all, it)
  assert.is_false(ok)
  assert.equal(it.error.message, message:match ":%d+: (.*)$" or message)
  return it.error.message, it.error
end

describe("twilio.csv", function()
  it("is loaded when it is first used, and raises for unknown names", function()
    assert.equal("nil\ttable\n", support.run [[
      local twilio = require "twilio"
      print(package.loaded["twilio.csv"], type(twilio.csv))]])
    assert.equal("twilio.csv has no 'row' (did you mean 'rows'?)", (support.misuse(function() return csv.row end)))
  end)

  it("reads rows by the names in the first row", function()
    assert.same({ { a = "1", b = "2" }, { a = "", b = "x y " } }, all(csv.parse "a,b\r\n1,2\r\n,x y \r\n"))
    assert.same({ { a = "1" } }, all(csv.parse "a\n1"))
    assert.same({ { a = "1", b = "" } }, all(csv.parse "a,b\n1,"))
    assert.same({}, all(csv.parse ""))
    assert.same({}, all(csv.parse "a,b\r\n"))
  end)

  it("reads quotes, line ends and NUL bytes in fields", function()
    local text = 'a,"b ""c"", d"\r\n"1\r\n2","x""y"\n"",\0\n'
    local name = 'b "c", d'
    local expected = { { a = "1\r\n2", [name] = 'x"y' }, { a = "", [name] = "\0" } }
    assert.same(expected, all(csv.parse(text)))
    for n = 1, #text do assert.same(expected, all(csv.rows(pieces(text, n)))) end
  end)

  it("skips a byte order mark and empty lines, but not a quoted empty field", function()
    local text = "\239\187\191\n\na\r\n\r\n1\n\n\"\"\n\n"
    for n = 1, 8 do assert.same({ { a = "1" }, { a = "" } }, all(csv.rows(pieces(text, n)))) end
    assert.same({ { a = "1" } }, all(csv.rows(coroutine.wrap(function()
      for _, piece in ipairs { "", "a\n", "", "1" } do coroutine.yield(piece) end
    end))))
  end)

  it("has an iterator with the names of the columns in order, and with the number of the current line", function()
    local it = csv.parse 'b,a\n"x\ny",2\n'
    assert.is_nil(it.header)
    it()
    assert.same({ "b", "a" }, it.header)
    assert.equal(4, it.line)
    assert.equal("twilio.csv.rows: line 4", tostring(it))
  end)

  it("raises for malformed text with the number of the line", function()
    for text, message in pairs {
      ["a,b\n1,2\n1\n"] = "line 3: the row has 1 fields, and the header has 2",
      ["a\n1,2\n"] = "line 2: the row has 2 fields, and the header has 1",
      ['a,b\n"1\n2\n3",4\n"1",2,3'] = "line 5: the row has 3 fields, and the header has 2",
      ["a,b,a\n"] = "line 1: two columns have the name 'a'",
      ['a\n"1\n2'] = "line 2: the quoted field that begins here is not closed",
      ['a\n"'] = "line 2: the quoted field that begins here is not closed",
      ['a\n"1"2\n'] = "line 2: text after the closing quote of a field",
      ['a\n1"2"\n'] = "line 2: a quote inside a field without quotes",
      ["a\r1\r"] = "line 1: a carriage return without a line feed",
      ["\255\254a\0"] = "line 1: the text is UTF-16",
    } do
      local seen, err = problem_of(text)
      assert.equal(message, seen)
      assert.equal("decode", err.kind)
      assert.equal(tonumber(message:match "%d+"), err.line)
      assert.equal(message, tostring(err))
    end
  end)

  it("raises again after an error, and returns no further row", function()
    local it = csv.parse "a\n1,2\n3\n"
    local _, first = pcall(it)
    local _, second = pcall(it)
    assert.matches("the row has 2 fields", first, 1, true)
    assert.equal(first, second)
  end)

  it("limits the bytes of a row and the number of columns", function()
    for _, text in ipairs { "a\n" .. ("x"):rep(200), 'a\n"' .. ("x\n"):rep(100) .. '"', "a\n" .. ("x,"):rep(100) } do
      local message, err = problem_of(text, { max_row = 99 })
      assert.equal("line 2: the row is larger than 99 bytes", message)
      assert.equal("too_large", err.kind)
    end
    assert.equal("line 1: the row has more than 10000 fields", (problem_of((","):rep(20000))))
    assert.same(1, #all(csv.parse("a\n" .. ("x"):rep(98), { max_row = 99 })))
  end)

  it("reads a text of any size with constant memory", function()
    local row, left = ("x"):rep(99) .. ",\"" .. ("y\n"):rep(50) .. '"\r\n', 20000
    local it = csv.rows(function()
      left = left - 1
      return left == 19999 and "a,b\n" or left > 0 and row or nil
    end)
    local n, most = 0, 0
    collectgarbage()
    local before = collectgarbage "count"
    for _ in it do
      n = n + 1
      if n % 1000 == 0 then
        collectgarbage()
        most = math.max(most, collectgarbage "count" - before)
      end
    end
    assert.equal(19998, n)
    assert.is_true(most < 200, most)
  end)

  it("reads files, and names the file in errors", function()
    local path = os.tmpname()
    shell.write(path, "a,b\n" .. ("1,2\n"):rep(50000))
    assert.equal(50000, #all(csv.rows(path)))
    shell.write(path, "a\n1,2\n")
    local it = csv.rows(path)
    assert.is_false((pcall(it)))
    assert.equal(path .. ", line 2: the row has 2 fields, and the header has 1", it.error.message)
    assert.equal(path, it.error.path)
    os.remove(path)
    it = csv.rows(path)
    local _, message = pcall(it)
    assert.matches("cannot read " .. path .. ": No such file or directory", message, 1, true)
    assert.same({ "file", path, "No such file or directory" }, { it.error.kind, it.error.path, it.error.reason })
    it = csv.rows "/tmp"
    pcall(it)
    assert.equal("cannot read /tmp: Is a directory", it.error.message)
  end)

  it("reports the failure of the program's function, and does not continue after that function has raised an error", function()
    local it = csv.rows(function() return nil, "broken pipe" end)
    pcall(it)
    assert.equal("cannot read the source: broken pipe", it.error.message)
    local n = 0
    it = csv.rows(function()
      n = n + 1
      if n == 2 then error "mine" end
      return n == 1 and "a\n1" or "\n2\n"
    end)
    assert.matches("mine$", select(2, pcall(it)))
    assert.matches("has raised an error", select(2, pcall(it)), 1, true)
    assert.matches("must return a string or nil, got number", (support.misuse(csv.rows(function() return 1 end))), 1, true)
  end)

  it("ends after close", function()
    local it = csv.parse "a\n1\n2\n"
    it()
    it:close()
    assert.is_nil(it())
    assert.equal("call 'close' on an iterator, with ':'", (support.misuse(it.close)))
  end)

  it("raises for wrong arguments", function()
    assert.equal("twilio.csv.rows takes the path of a file, or a function, got nil", (support.misuse(csv.rows)))
    assert.equal("the path of the file is empty, or contains a NUL byte", (support.misuse(csv.rows, "")))
    assert.equal("twilio.csv.parse takes a string, got table", (support.misuse(csv.parse, {})))
    assert.equal("the table of options has no 'max_rows' (did you mean 'max_row'?)", (support.misuse(csv.parse, "", { max_rows = 1 })))
    assert.equal("option 'max_row' must be a number of bytes, one or more", (support.misuse(csv.parse, "", { max_row = "1" })))
    assert.equal("the options must be a table, got number", (support.misuse(csv.parse, "", 1)))
    assert.equal("an iterator over rows has no 'eror' (did you mean 'error'?)", (support.misuse(function() return csv.parse("").eror end)))
  end)
end)
