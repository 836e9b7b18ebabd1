local json = require "twilio.cli.output.json"
local progress = require "twilio.cli.progress"
local support = require "spec.support.client"
local text = require "twilio.cli.text"

describe("twilio.cli.text", function()
  it("counts the columns of wide, combining and plain characters", function()
    for s, width in pairs { [""] = 0, abc = 3, ["é"] = 1, ["e\204\129"] = 1, ["日本"] = 4, ["👍"] = 2, ["…"] = 1, ["가"] = 2, ["Ω"] = 1 } do
      assert.equal(width, text.width(s), s)
    end
  end)

  it("cuts a text to a width, and never within a character", function()
    local program = "local t = require 'twilio.cli.text' print(t.cut('abcdef', 4), t.cut('日本語', 5), t.cut('日本語', 4), t.cut('abc', 3), t.cut('x', 0))"
    assert.equal("abc…\t日本…\t日…\tabc\t…\n", support.run(program, { LC_ALL = "C.UTF-8" }))
    assert.equal("abc~\t日本~\t日~\tabc\t~\n", support.run(program, { LC_ALL = "C" }))
  end)

  it("makes one printable line of any bytes", function()
    assert.equal("a b ?[31mc", text.printable "a\r\n\tb \27[31mc")
    assert.equal("a?b?", text.printable "a\255b\194")
    assert.equal("a?b é", text.printable "a\194\155b é") -- a C1 control character, which begins a sequence in some terminals
  end)

  it("fills lines with phrases, and breaks none", function()
    assert.same({ "  aa, bb,", "  cc dd" }, text.paragraph({ "aa", "bb", "cc dd" }, ", ", 10))
    assert.same({ "  a-very-long-phrase,", "  b" }, text.paragraph({ "a-very-long-phrase", "b" }, ", ", 10))
    assert.same({}, text.paragraph({}, ", ", 10))
  end)
end)

describe("twilio.cli.output.json", function()
  local CASES = {
    '{"a":[],"b":{},"c":[1,{"d":"x,:{}[]\\"\\\\"}],"e":-1.50e+3,"f":null,"g":true}', "[]", '"text"', "12345678901234567890", '[[[]]]',
  }

  it("indents, and compacts to the same text again", function()
    for _, compact in ipairs(CASES) do
      local indented = json.format(compact, "  ")
      assert.equal(compact, json.format(indented))
      assert.equal(indented, json.format(indented, "  "))
    end
    assert.equal('{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}', json.format('{"a" : [1, 2],"b":{ }}', "  "))
  end)
end)

describe("twilio.cli.progress", function()
  it("has the count, the rate and the time", function()
    assert.equal("1,234,567 records  617,283/s  2.0 s", progress.line("records", 1234567, 2))
    assert.equal("10 of 1,000 bytes  0/s  0.0 s", progress.line("bytes", 10, 0, 1000))
  end)

  it("breaks a text at blanks", function()
    assert.same({ "one two", "three", "four" }, text.wrap("one two  three four", 7))
    assert.same({ "längere", "Wörter" }, text.wrap("längere Wörter", 8))
    assert.same({ "unbreakable", "x" }, text.wrap("unbreakable x", 5))
    assert.same({}, text.wrap("", 5))
  end)
end)
