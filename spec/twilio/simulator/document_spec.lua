local document = require "twilio.simulator.document"

local function answer(body, kind) return { headers = { ["content-type"] = kind }, body = body, url = "http://h/a.mp3" } end

describe("a document of the simulator", function()
  it("is read from TwiML, a plain text or audio", function()
    local root = document.read(answer("<Response><Say>Hi</Say></Response>", "text/xml; charset=utf-8"))
    assert.equal("Say", document.children(root)[1].name)
    root = document.read(answer("Hello", "text/plain"))
    assert.equal("Hello", document.text(document.children(root)[1]))
    root = document.read(answer("\255\251", "audio/mpeg"))
    assert.same({ "Play", "http://h/a.mp3" }, { document.children(root)[1].name, document.text(document.children(root)[1]) })
  end)

  it("is refused with Twilio's code", function()
    local function code_of(result) return (select(2, document.read(result))) end
    assert.equal(12100, code_of(answer("<Response>", "text/xml")))
    assert.equal(12100, code_of(answer("", "text/xml")))
    assert.equal(12300, code_of(answer("<Response/>")))
    assert.equal(11200, code_of { error_code = 11200 })
  end)

  it("has texts without the white space of its lines, and attributes with defaults", function()
    local root = document.parse "<Response>\n <Say a='7' b='' c='True'>\n  one <emphasis>two</emphasis>\n three </Say><!-- no -->\n</Response>"
    local say = document.children(root)[1]
    assert.equal(1, #document.children(root))
    assert.equal("one two three", document.text(say))
    assert.same({ "7", "x", "y" }, { document.attribute(say, "a"), document.attribute(say, "b", "x"), document.attribute(say, "d", "y") })
    assert.same({ 7, 3 }, { document.number(say, "a"), document.number(say, "c", 3) })
    assert.same({ true, false, true }, { document.is_true(say, "c"), document.is_true(say, "d"), document.is_true(say, "d", true) })
  end)
end)
