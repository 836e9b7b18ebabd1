local parser = require "twilio.twiml_parser"

local read = parser.read

-- RANDOM_SCALE=1 reads texts that are ten times as long.
local SCALE = tonumber(os.getenv "RANDOM_SCALE") or 0.1

local function scaled(count) return math.floor(count * SCALE) end

-- Returns the contents of the root.
local function inside(text)
  local root = assert(read("<Response>" .. text .. "</Response>"))
  root.name, root.at, root.attributes = nil, nil, nil
  return root
end

local function fault(text)
  local root, message = read(text)
  assert.is_nil(root)
  return message
end

describe("the parser of TwiML", function()
  it("returns elements as arrays with name and attributes", function()
    assert.same({ name = "Response", at = 1 }, read "<Response/>")
    assert.same({ name = "Response", at = 1, attributes = { a = "1", b = "2" } }, read "<Response a='1'\n\tb = \"2\" />")
    assert.same({ { name = "A" }, "x", { name = "B", at = 16, "y" } }, inside "<A/>x<B>y</B>")
    assert.same({ name = "Response", at = 1 }, read "<Response></Response>")
  end)

  it("skips a declaration, comments and instructions around the root", function()
    local prologs = {
      '<?xml version="1.0" encoding="UTF-8"?>', "<?xml version='1.0'?>\n",
      '<?xml version="1.0" encoding="utf-8" standalone="yes" ?>', '<?xml version="1.1"?>',
      "<!-- a -->", " \n<?pi?> <!----> ", "\239\187\191", '\239\187\191<?xml version="1.0" encoding="US-ASCII"?>',
    }
    for _, prolog in ipairs(prologs) do assert.equal("Response", (assert(read(prolog .. "<Response/>\n <!-- b --> <?c d?>\n"))).name) end
  end)

  it("joins texts, entities and CDATA sections", function()
    assert.same({ "a&<>\"'b" }, inside "a&amp;&lt;&gt;&quot;&apos;b")
    assert.same({ "a<b>&amp;]]c" }, inside "a<![CDATA[<b>&amp;]]]]>c")
    assert.same({ "xy" }, inside "<![CDATA[x]]><![CDATA[]]><?skip this?>y")
    assert.same({ "]]>" }, inside "]]&gt;")
    assert.same({}, inside "<![CDATA[]]>")
  end)

  it("decodes character references", function()
    assert.same({ "A\195\169\226\130\172\240\157\132\158\t\n\r" }, inside "&#65;&#xe9;&#x20AC;&#119070;&#9;&#xA;&#13;")
    assert.same({ "A\244\143\191\191" }, inside "&#00000000000065;&#x10FFFF;")
    local references = {
      "&#0;", "&#x0;", "&#8;", "&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#x110000;", "&#99999999999;", "&#;", "&#x;", "&#-1;", "&#1e3;", "&#x1g;",
    }
    for _, reference in ipairs(references) do
      assert.matches("^line 1, column 11: unknown entity '&#", fault("<Response>" .. reference .. "</Response>"))
    end
  end)

  it("refuses all other entities", function()
    assert.equal("line 1, column 12: unknown entity '&nbsp;'", fault "<Response>x&nbsp;</Response>")
    assert.equal("line 1, column 12: '&' is not followed by an entity: write &amp;", fault "<Response>x& y</Response>")
    assert.equal("line 1, column 14: unknown entity '&x;'", fault '<Response a="&x;"/>')
    assert.equal("line 1, column 11: unknown entity '&" .. ("a"):rep(20) .. ";'", fault("<Response>&" .. ("a"):rep(1000) .. ";</Response>"))
  end)

  it("returns comments", function()
    assert.same({ "a", { comment = " <b>&c; " }, "d" }, inside "a<!-- <b>&c; -->d")
  end)

  it("reads line ends as XML demands", function()
    assert.same({ "a\nb\nc\nd" }, inside "a\r\nb\rc\nd")
    assert.same({ a = "x y z w" }, read "<Response a='x\r\ny\tz\nw'/>".attributes)
    assert.same({ a = "\n\r\t" }, read "<Response a='&#10;&#13;&#9;'/>".attributes)
  end)

  it("returns the line and the column of a mistake", function()
    local faults = {
      [""] = "line 1, column 1: the document has no element",
      [" \n "] = "line 2, column 2: the document has no element",
      ["x<Response/>"] = "line 1, column 1: text before the first element",
      ["<Response/>x"] = "line 1, column 12: text after the root element",
      ["<Response/><Response/>"] = "line 1, column 12: text after the root element",
      ["<response/>"] = "line 1, column 1: the root element is <response>, not <Response>",
      ["<Response>"] = "line 1, column 1: <Response> is not closed",
      ["<Response>\n<Say>é</Response>"] = "line 2, column 7: expected </Say>, the end of the element that begins in line 2",
      ["<Response></Response"] = "line 1, column 11: expected </Response>, the end of the element that begins in line 1",
      ["<Response></>"] = "line 1, column 11: expected </Response>, the end of the element that begins in line 1",
      ["<Response"] = "line 1, column 1: the tag <Response is not closed",
      ["<Response/"] = "line 1, column 10: white space is expected in the tag <Response>",
      ["<"] = "line 1, column 1: '<' does not begin a tag: write &lt;",
      ["<Response>a < b</Response>"] = "line 1, column 13: '<' does not begin a tag: write &lt;",
      ["<Response a/>"] = "line 1, column 12: '=' is expected after the attribute 'a'",
      ["<Response a=1/>"] = "line 1, column 13: the value of the attribute 'a' has no quotes",
      ["<Response a='1/>"] = "line 1, column 13: the value of an attribute is not closed",
      ["<Response a='1'b='2'/>"] = "line 1, column 16: white space is expected in the tag <Response>",
      ["<Response a='1' a='2'/>"] = "line 1, column 17: the attribute 'a' occurs twice",
      ["<Response a='<'/>"] = "line 1, column 14: '<' in the value of an attribute: write &lt;",
      ["<Response =/>"] = "line 1, column 11: an attribute or '>' is expected in <Response>",
      ["<Response><!-- a"] = "line 1, column 11: a comment is not closed",
      ["<Response><!-- a -- b --></Response>"] = "line 1, column 18: a comment contains '--'",
      ["<Response><![CDATA[x"] = "line 1, column 11: a CDATA section is not closed",
      ["<Response>]]></Response>"] = "line 1, column 11: ']]>' in a text: write ]]&gt;",
      ["<Response><?a"] = "line 1, column 11: a processing instruction is not closed",
      ["<Response><?xml version='1.0'?></Response>"] = "line 1, column 11: an XML declaration is allowed only at the start of the document",
      [" <?xml version='1.0'?><Response/>"] = "line 1, column 2: an XML declaration is allowed only at the start of the document",
      ["<?xml?><Response/>"] = "line 1, column 1: an XML declaration is allowed only at the start of the document",
      ["<?xml encoding='UTF-8'?><Response/>"] = "line 1, column 1: the XML declaration has no version 1.0",
      ["<?xml version='1.0' encoding='latin1'?><Response/>"] = "line 1, column 1: the encoding 'latin1' is not supported: write UTF-8",
      ["<?xml version='1.0'"] = "line 1, column 1: the XML declaration is not closed",
      ["<!DOCTYPE Response><Response/>"] = "line 1, column 1: a DOCTYPE is not allowed",
      ["<!ENTITY a 'b'><Response/>"] = "line 1, column 1: '<' does not begin a tag: write &lt;",
      ["<Response><!DOCTYPE a></Response>"] = "line 1, column 11: a declaration is not allowed in the document",
      ["<Response>\n\255</Response>"] = "line 2, column 1: the text is not UTF-8",
      ["<Response>é\0</Response>"] = "line 1, column 12: a character that XML forbids",
      ["<Response>\239\191\191</Response>"] = "line 1, column 11: a character that XML forbids",
    }
    for text, message in pairs(faults) do assert.equal(message, fault(text), text) end
  end)

  it("refuses a DTD that would expand entities", function()
    local text = '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>\n<Response><Say>&c;</Say></Response>'
    assert.equal("line 2, column 1: a DOCTYPE is not allowed", fault(text))
  end)

  it("has limits for depth, attributes and number of elements", function()
    assert.is_table(read("<Response>" .. ("<a>"):rep(99) .. ("</a>"):rep(99) .. "</Response>"))
    assert.matches("elements are nested more than 100 deep", fault("<Response>" .. ("<a>"):rep(scaled(1e6))))
    local attributes = {}
    for i = 1, 101 do attributes[i] = ("a%d='x'"):format(i) end
    assert.matches("an element has more than 100 attributes", fault("<Response " .. table.concat(attributes, " ") .. "/>"))
    attributes[101] = nil
    assert.is_table(read("<Response " .. table.concat(attributes, " ") .. "/>"))
    assert.matches("more than 100000 elements and texts", fault("<Response>" .. ("<a/>"):rep(2e5)))
    assert.matches("more than 100000 elements and texts", fault(("<!---->"):rep(2e5)))
    assert.matches("more than 100000 elements and texts", fault(("<?a?>"):rep(2e5)))
    assert.matches("more than 100000 elements and texts", fault("<Response>" .. ("<![CDATA[x]]>"):rep(2e5)))
  end)

  -- A quadratic parser would run for hours.
  it("reads hostile text in linear time", function()
    local hostile = {
      "<", ">", "&", "&a", "<a ", "<!--", "<!---", "-", "]]>", "<![CDATA[", "<?", "'", '"', "=", " ", "\n", "\r", "a", "</", "<a a='",
      "&#", "&#x1", ";", "\195\169", "\255", "\0",
    }
    for _, piece in ipairs(hostile) do
      local long = piece:rep(scaled(5e5 / #piece))
      for _, prefix in ipairs { "", "<Response>", "<Response a='", "<Response><!--", "<Response><![CDATA[" } do
        local root, message = read(prefix .. long)
        assert.is_nil(root)
        assert.matches("^line %d+, column %d+: ", message)
        assert.is_true(#message < 200)
      end
    end
    assert.is_table(read("<Response>" .. ("x"):rep(scaled(1e7)) .. "</Response>"))
    assert.is_table(read("<Response>" .. ("&amp;"):rep(scaled(2e6)) .. "</Response>"))
    assert.is_table(read("<Response a='" .. ("&lt;"):rep(scaled(2e6)) .. "'/>"))
    assert.is_table(read(("<Response" .. (" "):rep(scaled(1e7)) .. "/>")))
  end)

  it("never raises for random texts", function()
    local seed = os.time()
    math.randomseed(seed)
    local random = math.random
    local pieces = {
      "<Response>", "</Response>", "<Say", ">", "/>", "</Say>", " a='1'", ' b="', '"', "'", "&amp;", "&#65;", "&", ";", "<!--", "-->", "<![CDATA[",
      "]]>", "<?", "?>", "<!DOCTYPE", "\r\n", " ", "é", "\255", "\0", "x", "=", "<", "[", "-", "]", "<?xml version='1.0'?>",
    }
    for _ = 1, scaled(20000) do
      local parts = { random(2) == 1 and "<Response>" or "" }
      for i = 2, random(12) do parts[i] = random(10) == 1 and string.char(random(0, 255)) or pieces[random(#pieces)] end
      local text = table.concat(parts)
      local ok, root, message = pcall(read, text)
      assert.is_true(ok, ("seed %d: %q: %s"):format(seed, text, tostring(root)))
      assert.is_true(type(root) == "table" or root == nil and type(message) == "string")
    end
  end)
end)
