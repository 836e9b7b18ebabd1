local cjson = require "cjson"
local support = require "spec.support.client"
local texts = require "twilio.twiml_text"
local twilio = require "twilio"

local twiml = twilio.twiml

local function voice(...) return twiml.voice(...) end

-- Returns the document without declaration and root.
local function inside(r) return (tostring(r):match "^<%?.-%?><Response>(.*)</Response>$") end

-- The message of the error that f raises with a new document. Checks that the position is in this file.
local function refused(f)
  local message, position = support.misuse(function() f(voice()) end)
  assert.matches("twiml_text_spec.lua", position, 1, true)
  return message
end

describe("the Lua name of an element or an attribute", function()
  it("is in snake_case, with an underscore after reserved words", function()
    local expected = {
      Say = "say", ConversationRelay = "conversation_relay", WhatsApp = "whats_app", ["say-as"] = "say_as", ["break"] = "break_", s = "s",
      numDigits = "num_digits", hangupOnStar = "hangup_on_star", ["xml:lang"] = "xml_lang", ["for"] = "for_", from = "from",
    }
    for wire, name in pairs(expected) do assert.equal(name, texts.lua_name(wire)) end
  end)
end)

describe("the text of an element", function()
  it("is a string, a number or an integer of any size", function()
    local r = voice()
    r:dial():number(15558675310)
    r:say(0.5)
    r:say(1e15)
    r:say(twilio.integer "12345678901234567890123")
    assert.equal("<Dial><Number>15558675310</Number></Dial><Say>0.5</Say><Say>1000000000000000</Say><Say>12345678901234567890123</Say>", inside(r))
  end)

  it("raises for other values", function()
    assert.equal("the text of <Say> is a string, got boolean", refused(function(r) r:say(true) end))
    assert.equal("the text of <Say> is a string, got null", refused(function(r) r:say(twilio.null) end))
    assert.equal("the text of <Say> is not a finite number", refused(function(r) r:say(0 / 0) end))
    assert.equal("the text of <Say> is a string, got nil", refused(function(r) r:say():text(nil) end))
    assert.equal("the text of <Say> is a string, got table", refused(function(r) r:say():text {} end))
  end)

  it("is escaped", function()
    local r = voice()
    r:say "a & b < c > d \"e\" 'f' ]]> é\r\n"
    assert.equal("<Say>a &amp; b &lt; c &gt; d \"e\" 'f' ]]&gt; é&#13;\n</Say>", inside(r))
    assert.equal("a & b < c > d \"e\" 'f' ]]> é\r\n", r:children()[1]:text())
  end)

  it("raises for characters that XML forbids, with the position of the byte", function()
    assert.equal("the text of <Say> has the character U+0000 at byte 3, which XML forbids", refused(function(r) r:say "ab\0" end))
    assert.equal("the text of <Say> has the character U+FFFF at byte 1, which XML forbids", refused(function(r) r:say "\239\191\191" end))
    assert.equal("the text of <Say> must be UTF-8, but its byte 4 is invalid", refused(function(r) r:say "abc\255" end))
    assert.equal("attribute 'voice' of <Say> must be UTF-8, but its byte 1 is invalid", refused(function(r) r:say("x", { voice = "\192" }) end))
    assert.equal("attribute 'language' of <Say> has the character U+001B at byte 2, which XML forbids",
      refused(function(r) r:say("x", { voice = "a", language = "\n\27" }) end))
    assert.equal("a comment of <Response> has the character U+0007 at byte 1, which XML forbids", refused(function(r) r:comment "\7" end))
  end)

  it("raises for elements that take no text", function()
    assert.equal("<Gather> takes no text", refused(function(r) r:gather "x" end))
    assert.equal("<Response> takes no text", refused(function(r) r:text "x" end))
    assert.equal("<Hangup> takes no text", refused(function(r) r:hangup(5) end))
  end)

  it("may be mixed with child elements", function()
    local r = voice()
    local say = r:say "One "
    assert.equal(say, say:text "two ")
    say:emphasis("three", { level = "strong" })
    say:text " four"
    assert.equal('<Say>One two <emphasis level="strong">three</emphasis> four</Say>', inside(r))
    assert.equal("One two  four", say:text())
  end)

  it("of a task may be a table, which is encoded as JSON", function()
    local r = voice()
    local enqueue = r:enqueue { workflow_sid = "WW1" }
    enqueue:task { name = "Ada & Co", list = twilio.array(), none = twilio.null }
    enqueue:task({ a = 1 }, { priority = 5 })
    enqueue:task(nil, { priority = 6 })
    enqueue:task("{}", { priority = 7 })
    local tasks = enqueue:children "Task"
    assert.equal('{"list":[],"name":"Ada & Co","none":null}', tasks[1]:text())
    assert.same({ a = 1 }, cjson.decode(tasks[2]:text()))
    assert.same({ priority = "5" }, tasks[2]:attributes())
    assert.equal('<Task priority="6"/>', tostring(tasks[3]))
    assert.equal('<Task priority="7">{}</Task>', tostring(tasks[4]))
    assert.equal("JSON cannot hold a function", refused(function(d) d:enqueue():task { f = print } end))
  end)
end)

describe("an attribute", function()
  local function attributes_of(make)
    local r = voice()
    local node = make(r)
    return tostring(node):match "^<[%w-]+ ?(.-)/?>"
  end

  local function say(attributes) return attributes_of(function(r) return r:say("x", attributes) end) end

  it("has its name in snake_case or as in TwiML", function()
    for _, name in ipairs { "num_digits", "numDigits" } do
      assert.equal('numDigits="1"', attributes_of(function(r) return r:gather { [name] = 1 } end))
    end
    local odd = {
      { "hangup_on_star", 'hangupOnStar="true"', function(r, a) return r:dial(a) end },
      { "xml_lang", 'xml:lang="true"', function(r, a) return r:say():lang("x", a) end },
      { "xml:lang", 'xml:lang="true"', function(r, a) return r:say():lang("x", a) end },
      { "interpret_as", 'interpret-as="true"', function(r, a) return r:say():say_as("x", a) end },
      { "interpret-as", 'interpret-as="true"', function(r, a) return r:say():say_as("x", a) end },
      { "for_", 'for="true"', function(r, a) return r:pay():prompt(a) end },
      { "for", 'for="true"', function(r, a) return r:pay():prompt(a) end },
      { "background_noise_reduction", 'backgroundNoiseReduction="true"', function(r, a) return r:connect():conversation_relay(a) end },
      { "from", 'from="true"', function(r, a) return r:sms("x", a) end },
    }
    for _, row in ipairs(odd) do
      assert.equal(row[2], attributes_of(function(r) return row[3](r, { [row[1]] = true }) end))
    end
    assert.equal('<break strength="weak"/>', tostring(voice():say():break_ { strength = "weak" }))
  end)

  it("is written as text: booleans in lower case, numbers without exponent, arrays with spaces", function()
    assert.equal('loop="1000000000000000"', say { loop = 1e15 })
    assert.equal('loop="0.25"', say { loop = 0.25 })
    assert.equal('loop="false"', say { loop = false })
    assert.equal('loop="12345678901234567890123"', say { loop = twilio.integer "12345678901234567890123" })
    assert.equal('voice="&amp;&lt;&gt;&quot;\'&#10;&#9;&#13;é"', say { voice = "&<>\"'\n\t\ré" })
    assert.equal('statusCallbackEvent="initiated ringing"',
      attributes_of(function(r) return r:dial():number("+1", { status_callback_event = { "initiated", "ringing" } }) end))
    assert.equal('input="dtmf 1 true"', attributes_of(function(r) return r:gather { input = { "dtmf", 1, true } } end))
    assert.equal('voice=""', say { voice = "" })
    assert.equal('voice=""', say { voice = {} })
  end)

  it("named hints has commas between its values, because a hint may be a phrase", function()
    assert.equal('hints="sales,technical support"', attributes_of(function(r) return r:gather { hints = { "sales", "technical support" } } end))
    assert.equal('hints="a, b"', attributes_of(function(r) return r:gather { hints = "a, b" } end))
  end)

  it("raises for values that have no text", function()
    local function refuse(value) return refused(function(r) r:say("x", { voice = value }) end) end
    assert.equal("attribute 'voice' of <Say> is not a finite number", refuse(1 / 0))
    assert.equal("attribute 'voice' of <Say> cannot be null: leave it out", refuse(twilio.null))
    assert.equal("attribute 'voice' of <Say> cannot be a function", refuse(print))
    assert.equal("attribute 'voice' of <Say> must be a single value or an array of values", refuse { a = 1 })
    assert.equal("attribute 'voice' of <Say> must be a single value or an array of values", refuse { "a", nil, "c" })
    assert.equal("attribute 'voice' of <Say> must be a single value or an array of values", refuse(voice()))
    assert.equal("attribute 'voice' of <Say> has a table in its array", refuse { "a", {} })
  end)

  it("that the library does not know is written, with its name as in TwiML", function()
    assert.equal('newThing="1"', say { new_thing = 1 })
    assert.equal('newThing="1"', say { newThing = 1 })
    assert.equal('end="1"', say { end_ = 1 })
    assert.equal('aBCDd1="1"', say { a_b_c_dd_1 = 1 })
    assert.equal('x-y="1" x:z="2"', say { ["x-y"] = 1, ["x:z"] = 2 })
    for _, name in ipairs { "", "a b", 'a="', "1", "a>", "é" } do
      assert.equal(("'%s' cannot be the name of an attribute"):format(name), refused(function(r) r:say("x", { [name] = 1 }) end))
    end
  end)

  it("that is given twice raises", function()
    local message = "attribute 'numDigits' of <Gather> is given twice"
    assert.equal(message, refused(function(r) r:gather { num_digits = 1, numDigits = 2 } end))
    assert.equal(message, refused(function(r) r:gather { num_digits = 1, numDigits = 2, action = "/" } end))
    assert.equal(message, refused(function(r) r:gather { num_digits = 1, numDigits = 2, action = "/", timeout = 1, method = "GET" } end))
    assert.equal("attribute 'newThing' of <Gather> is given twice", refused(function(r) r:gather { new_thing = 1, newThing = 2 } end))
    local unclear = refused(function(r) r:gather { num_Digits = 1 } end)
    assert.matches("^<Gather> has no attribute 'num_Digits' %(did you mean 'num_?[dD]igits'%?%)$", unclear)
  end)

  it("has the same position in every document", function()
    local all = { "action", "method", "timeout", "finish_on_key", "num_digits", "zeta", "alpha" }
    local wire = { "action", "method", "timeout", "finishOnKey", "numDigits" }
    for count = 1, #all do
      local expected = {}
      for i = 1, math.min(count, #wire) do expected[i] = wire[i] .. '="v"' end
      if count == 7 then expected[6] = 'alpha="v"' end
      if count >= 6 then expected[#expected + 1] = 'zeta="v"' end
      for shift = 1, count do
        local attributes = {}
        for i = 0, count - 1 do attributes[all[(i + shift) % count + 1]] = "v" end
        assert.equal(table.concat(expected, " "), attributes_of(function(r) return r:gather(attributes) end))
      end
    end
  end)

  it("must be known in a strict document", function()
    local r = voice { strict = true }
    local gather = r:gather { num_digits = 1, numDigits = nil, action = "/", hints = { "a" }, timeout = 3 }
    gather:say("x", { voice = "a" })
    assert.equal("<Gather> has no attribute 'num_digit' (did you mean 'num_digits'?)", refused(function() r:gather { num_digit = 1 } end))
    assert.equal("<Say> has no attribute 'voise' (did you mean 'voice'?)", refused(function() gather:say("x", { voise = 1, loop = 2 }) end))
    assert.equal("<Response> has no child <Sayy> (did you mean 'Say'?)", refused(function() r:child "Sayy" end))
    r:child("Say", "x")
    assert.equal('<Gather numDigit="1"/>', tostring(voice { strict = false }:gather { num_digit = 1 }))
  end)
end)
