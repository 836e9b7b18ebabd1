local core = require "twilio.core"
local twilio = require "twilio"

local xml = core.xml

describe("core.xml", function()
  it("returns a text without special characters as it is", function()
    for _, text in ipairs { "", "a", ("Hello, world; it's 10% = fine!"):rep(100), "\127", "é € \239\191\189" } do
      assert.equal(text, xml(text))
      assert.equal(text, xml(text, true))
    end
  end)

  it("escapes the special characters between tags", function()
    assert.equal("&amp;&lt;&gt;\"'\t\n&#13;", xml "&<>\"'\t\n\r")
    assert.equal("a &amp;amp; b", xml "a &amp; b")
    assert.equal("]]&gt;", xml "]]>")
  end)

  it("escapes the special characters in an attribute", function()
    assert.equal("&amp;&lt;&gt;&quot;'&#9;&#10;&#13;", xml("&<>\"'\t\n\r", true))
  end)

  it("writes numbers without exponent, and booleans in lower case", function()
    assert.equal("5", xml(5))
    assert.equal("-3", xml(-3.0))
    for n = 0, 1100 do assert.equal(("%d"):format(n), xml(n)) end
    assert.equal("0", xml(-0.0))
    assert.equal("999.5", xml(999.5))
    assert.equal("0.5", xml(0.5))
    assert.equal("1000000000000000", xml(1e15))
    assert.equal("12345678901234567890123", xml(twilio.integer "12345678901234567890123"))
    assert.equal("true", xml(true, true))
    assert.equal("false", xml(false, true))
  end)

  it("returns nil for a value that has no text", function()
    for _, value in ipairs { 1 / 0, -1 / 0, {}, print, twilio.null, io.stdout } do assert.equal(0, select("#", xml(value))) end
    assert.equal(0, select("#", xml(0 / 0)))
    assert.equal(0, select("#", xml(nil)))
  end)

  it("returns the position and the character that XML forbids", function()
    for code = 0, 31 do
      local character = string.char(code)
      if character:find "[\t\n\r]" then
        assert.is_string(xml("ab" .. character))
      else
        assert.same({ nil, 3, code }, { xml("ab" .. character .. "c") })
        assert.same({ nil, 4, code }, { xml("a&b" .. character) })
      end
    end
    assert.same({ nil, 2, 0xFFFE }, { xml "a\239\191\190" })
    assert.same({ nil, 2, 0xFFFF }, { xml("a\239\191\191b", true) })
    assert.equal("\239\191\189\239\190\190", xml "\239\191\189\239\190\190")
  end)

  it("returns the position of the first byte that is not UTF-8", function()
    local texts = {
      ["\128"] = 1, ["ab\255"] = 3, ["é\195"] = 3, ["a\237\160\128"] = 2, ["\192\175"] = 1, ["\244\144\128\128"] = 1, ["\239\191"] = 1,
    }
    for text, at in pairs(texts) do
      assert.same({ nil, at }, { xml(text) })
    end
  end)

  it("reports the first of several invalid characters", function()
    assert.same({ nil, 1, 1 }, { xml "\1\255" })
    assert.same({ nil, 1 }, { xml "\255\1" })
  end)

  it("escapes a large text in one pass", function()
    assert.equal(("&amp;é"):rep(500000), xml(("&é"):rep(500000)))
  end)
end)
