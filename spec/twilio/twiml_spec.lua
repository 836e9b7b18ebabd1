local cjson = require "cjson"
local core = require "twilio.core"
local elements = require "twilio.twiml_elements"
local support = require "spec.support.client"
local twilio = require "twilio"

local twiml = twilio.twiml
local DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

local function voice(...) return twiml.voice(...) end

-- Returns the document without declaration and root.
local function inside(r) return (tostring(r):sub(#DECLARATION + 1):gsub("^<Response>(.*)</Response>$", "%1")) end

-- The message of the error that f raises with a new document. Checks that the position is in this file.
local function refused(f, r)
  local message, position = support.misuse(function() f(r or voice()) end)
  assert.matches("twiml_spec.lua", position, 1, true)
  return message
end

describe("twilio.twiml", function()
  it("is loaded when a program first uses it", function()
    local output = support.run [[
      local twilio = require "twilio"
      print(package.loaded["twilio.twiml"], rawget(twilio, "twiml"))
      print(twilio.twiml == require "twilio.twiml", rawget(twilio, "twiml") == twilio.twiml)
    ]]
    assert.equal("nil\tnil\ntrue\ttrue\n", output)
  end)

  it("raises for unknown names", function()
    assert.equal("twilio has no 'twlm' (did you mean 'twiml'?)", (support.misuse(function() return twilio.twlm end)))
    assert.equal("twilio.twiml has no 'voise' (did you mean 'voice'?)", (support.misuse(function() return twiml.voise end)))
  end)

  it("makes documents of three kinds", function()
    for _, kind in ipairs { "voice", "messaging", "fax" } do assert.equal(DECLARATION .. "<Response/>", tostring(twiml[kind]())) end
    twiml.messaging():message "x"
    twiml.fax():receive()
    assert.equal("<Response> has no 'say'", refused(function(r) r:say "x" end, twiml.messaging()))
  end)

  it("writes nested elements with attributes and texts", function()
    local r = voice()
    local gather = r:gather { num_digits = 1, action = "/menu" }
    gather:say("Press 1 for sales", { voice = "Polly.Joanna" })
    r:redirect "/voice"
    assert.equal(DECLARATION .. '<Response><Gather action="/menu" numDigits="1"><Say voice="Polly.Joanna">Press 1 for sales</Say></Gather>'
      .. "<Redirect>/voice</Redirect></Response>", tostring(r))
    assert.equal('<Say voice="Polly.Joanna">Press 1 for sales</Say>', tostring(gather:children()[1]))
  end)

  it("refuses unknown options and options of wrong types", function()
    assert.equal("unknown option 'strikt' (did you mean 'strict'?)", refused(function() voice { strikt = true } end))
    assert.equal("option 'strict' is true or false, got string", refused(function() voice { strict = "yes" } end))
    assert.equal("the options of a TwiML document are a table, got string", refused(function() voice "strict" end))
  end)
end)

describe("an element", function()
  it("of every kind is made by the method of its parent, with all its attributes", function()
    local made = 0
    -- Reaches each element on the shortest way from the root.
    for kind, facts in pairs(elements) do
      local waiting, seen = { { twiml[kind](), "Response" } }, { Response = true }
      while #waiting > 0 do
        local node, key = waiting[1][1], waiting[1][2]
        table.remove(waiting, 1)
        for child in (facts[key].children or ""):gmatch "%S+" do
          local fact, attributes, expected = facts[child], {}, {}
          for name in (fact.attributes or ""):gmatch "%S+" do
            local snake = name:gsub("(%l)(%u)", "%1_%2"):lower():gsub("[-:]", "_")
            attributes[snake == "for" and "for_" or snake], expected[name] = "v" .. name, "v" .. name
          end
          local name = fact.element or child
          local method = name:gsub("(%l)(%u)", "%1_%2"):lower():gsub("-", "_")
          if method == "break" then method = "break_" end
          local made_node = node[method](node, fact.text and "text" or nil, attributes)
          assert.equal(name, made_node.name)
          assert.same(expected, made_node:attributes())
          assert.equal(fact.text and "text" or "", made_node:text())
          assert.equal(made_node, node:child(name, fact.text and "text" or nil, expected))
          made = made + 1
          if not seen[child] then
            seen[child] = true
            waiting[#waiting + 1] = { made_node, child }
          end
        end
      end
      for key in pairs(facts) do assert.is_true(seen[key], key) end
    end
    assert.is_true(made >= 139, made)
  end)

  it("takes a text, attributes and a function, and any of them alone", function()
    local r = voice()
    r:say()
    r:say "a"
    r:say { loop = 2 }
    r:say(function(say) say:text "b" end)
    r:say("c", { loop = 3 })
    r:say("d", function(say) say:break_() end)
    r:say({ loop = 4 }, function(say) say:text "e" end)
    r:say("f", { loop = 5 }, function(say) say:text "g" end)
    r:say(nil, nil, function(say) say:text "h" end)
    r:say(nil, { loop = 6 })
    r:say("", {})
    assert.equal('<Say/><Say>a</Say><Say loop="2"/><Say>b</Say><Say loop="3">c</Say><Say>d<break/></Say><Say loop="4">e</Say>'
      .. '<Say loop="5">fg</Say><Say>h</Say><Say loop="6"/><Say/>', inside(r))
  end)

  it("raises for arguments in another order", function()
    local order = "<Say> takes a text, a table of attributes and a function, in this order"
    for _, f in ipairs {
      function(r) r:say({ loop = 1 }, { loop = 2 }) end, function(r) r:say(function() end, { loop = 1 }) end,
      function(r) r:say("a", function() end, {}) end, function(r) r:say({}, function() end, 1) end, function(r) r:say("a", {}, "b") end,
    } do
      assert.equal(order, refused(f))
    end
    assert.equal("the attributes of <Say> are a table, got a string", refused(function(r) r:say("a", "b") end))
    assert.equal("the name of an attribute of <Say> must be a string, got a number", refused(function(r) r:say { "a" } end))
    assert.equal("the name of an attribute of <Say> must be a string, got a number", refused(function(r) r:say("a", r) end))
  end)

  it("is not appended if its arguments are wrong", function()
    local r = voice()
    assert.is_false(pcall(r.say, r, "a", { loop = print }))
    assert.is_false(pcall(r.say, r, "\0"))
    assert.equal("<Response/>", inside(r))
  end)

  it("raises for an unknown child, with the nearest name or the right parent", function()
    assert.equal("<Response> has no 'sai' (did you mean 'say'?)", refused(function(r) r:sai "x" end))
    assert.equal("<Response> has no 'Say' (did you mean 'say'?)", refused(function(r) r:Say "x" end))
    assert.equal("<Say> has no 'break' (did you mean 'break_'?)", refused(function(r) r:say()["break"]() end))
    assert.equal("<Dial> has no 'WhatsApp' (did you mean 'whats_app'?)", refused(function(r) r:dial():WhatsApp "x" end))
    assert.equal("<Response> has no 'number', which is a child of <Dial>", refused(function(r) r:number "+1" end))
    assert.equal("<Pause> has no 'say', which is a child of <Gather>, <Prompt>, <Response>", refused(function(r) r:pause():say "x" end))
    assert.equal("<Say> has no 'comments' (did you mean 'comment'?)", refused(function(r) r:say():comments "x" end))
    assert.equal("<Say> has no 'zzz'", refused(function(r) return r:say().zzz end))
    assert.is_nil(voice().__index)
    assert.is_nil(voice()[17])
  end)

  it("raises for a method that is called without a colon", function()
    assert.equal("call 'say' on a <Response>, with ':'", refused(function(r) r.say "x" end))
    assert.equal("call 'say' on a <Response>, with ':'", refused(function(r) r.say() end))
    assert.equal("call 'say' on a <Response>, with ':'", refused(function(r) r.say(r:gather(), "x") end))
    for _, method in ipairs { "text", "comment", "attributes", "children", "contents", "pretty", "child" } do
      assert.equal(("call '%s' on a TwiML element, with ':'"):format(method), refused(function(r) r[method] "x" end))
      assert.equal(("call '%s' on a TwiML element, with ':'"):format(method), refused(function(r) r[method]() end))
    end
  end)

  it("named <Sip> takes a text, and below <Dial> also <Headers>", function()
    local r = voice()
    r:refer():sip "sip:a@b"
    r:dial():sip "sip:a@b" :headers():header { name = "X", value = "1" }
    assert.equal('<Refer><Sip>sip:a@b</Sip></Refer><Dial><Sip>sip:a@b<Headers><Header name="X" value="1"/></Headers></Sip></Dial>', inside(r))
    assert.equal("<Sip> has no 'headers', which is a child of <Sip>", refused(function(d) d:refer():sip "x" :headers() end))
  end)

  it("that the library does not know is appended by 'child'", function()
    local r = voice()
    local new = r:child("NewVerb", "a&b", { new_attribute = 1, Other = true, ["x-y"] = "<" }, function(child) child:child("Inner"):text "t" end)
    assert.equal('<NewVerb Other="true" newAttribute="1" x-y="&lt;">a&amp;b<Inner>t</Inner></NewVerb>', inside(r))
    assert.equal("NewVerb", new.name)
    assert.equal("an unknown element has no 'say', which is a child of <Gather>, <Prompt>, <Response>",
      refused(function() new:say "x" end))
    assert.equal("<A/>", tostring(r:child("A", {})))
    assert.equal('<A b="1" c="2" d="3">t</A>', tostring(r:child("A", "t", { d = 3, c = 2, b = 1 })))
    assert.equal("<A><B/></A>", tostring(r:child("A", function(a) a:child "B" end)))
    r:gather():child("Number", "+1", { status_callback = "/x" }) -- known, at a new place
    assert.matches('<Gather><Number statusCallback="/x">+1</Number></Gather>', inside(r), 1, true)
    for _, name in ipairs { "", "a b", "<", "1a", "a>" } do
      assert.equal("the first argument of 'child' is the name of an element", refused(function() r:child(name) end))
    end
    assert.equal("the first argument of 'child' is the name of an element", refused(function() r:child() end))
  end)
end)

describe("a comment", function()
  it("is written as it is", function()
    local r = voice()
    assert.equal(r, r:comment " a & b < c ")
    r:say "x" :comment "-é"
    assert.equal("<!-- a & b < c --><Say>x<!---é--></Say>", inside(r))
    local comment = r:contents()[1]
    assert.equal("#comment", comment.name)
    assert.equal(" a & b < c ", comment:text())
    assert.equal("<!-- a & b < c -->", tostring(comment))
    assert.equal("call 'text' on a comment, with ':'", refused(function() comment.text() end))
    assert.equal("a comment has no 'txt' (did you mean 'text'?)", refused(function() return comment.txt end))
  end)

  it("raises for a text that would end the comment", function()
    for _, text in ipairs { "a--b", "a-", "-->", "--", "\r" } do
      assert.equal("an XML comment must not contain '--' or a carriage return, and must not end with '-'", refused(function(r) r:comment(text) end))
    end
    assert.equal("a comment is a string, got nil", refused(function(r) r:comment() end))
  end)
end)

describe("a node", function()
  it("can be inspected", function()
    local r = voice()
    r:say("a<b", { voice = "x & \"y\"", loop = 2 }):comment("c"):break_()
    r:pause()
    r:say "d"
    assert.equal("Response", r.name)
    assert.same({}, r:attributes())
    local children = r:children()
    assert.equal(3, #children)
    assert.equal("Pause", children[2].name)
    assert.equal(2, #r:children "Say")
    assert.same({}, r:children "Dial")
    assert.same({ voice = 'x & "y"', loop = "2" }, children[1]:attributes())
    local contents = children[1]:contents()
    assert.equal("a<b", contents[1])
    assert.equal("c", contents[2]:text())
    assert.equal("break", contents[3].name)
    assert.equal(3, #contents)
  end)

  it("returns new tables from attributes, children and contents", function()
    local r = voice()
    local say = r:say("a", { loop = 1 })
    say:attributes().loop = "2"
    r:children()[1] = nil
    say:contents()[1] = "b"
    assert.equal('<Say loop="1">a</Say>', inside(r))
  end)

  it("equals a node with the same text", function()
    local a, b = voice(), voice { strict = true }
    a:say("x", { voice = "v", loop = 1 })
    b:say("", { loop = 1, voice = "v" }):text "x"
    assert.is_true(a == b)
    b:pause()
    assert.is_false(a == b)
    assert.is_false(a == 1)
  end)

  it("may be nested 100 deep", function()
    local r = voice()
    local node = r:say()
    for _ = 1, 98 do node = node:emphasis() end
    node:text "x"
    assert.equal(r, assert(twiml.parse(tostring(r))))
    node:emphasis "y"
    assert.equal("TwiML is nested more than 100 deep", refused(function() return tostring(r) end))
    assert.equal("TwiML is nested more than 100 deep", refused(function() return r:pretty() end))
    for _ = 1, 100000 do node = node:emphasis() end
    assert.equal("TwiML is nested more than 100 deep", refused(function() return tostring(r) end))
    local deep = voice()
    node = deep
    for _ = 1, 101 do node = node:child("Gather") end
    node:child "Gather"
    assert.equal("TwiML is nested more than 100 deep", refused(function() return deep:pretty() end))
  end)

  it("may be filled after its siblings", function()
    local r = voice()
    local first = r:gather()
    r:pause()
    first:say "x"
    assert.equal("<Gather><Say>x</Say></Gather><Pause/>", inside(r))
  end)

  it("is written with line breaks by pretty, and its texts are unchanged", function()
    local r = voice()
    r:gather({ num_digits = 1 }, function(gather)
      gather:say("Press  1", function(say) say:break_() end)
      gather:pause()
    end)
    r:comment "c"
    r:enqueue():task "{}"
    assert.equal(DECLARATION .. [[

<Response>
  <Gather numDigits="1">
    <Say>Press  1<break/></Say>
    <Pause/>
  </Gather>
  <!--c-->
  <Enqueue>
    <Task>{}</Task>
  </Enqueue>
</Response>
]], r:pretty())
    assert.matches("\n    <Gather", r:pretty(4), 1, true)
    assert.matches("\n<Gather", r:pretty(0), 1, true)
    assert.equal("<Pause/>\n", voice():pause():pretty())
    assert.equal(r, twiml.parse(r:pretty()))
    assert.equal("the indent is a number of spaces, got string", refused(function() r:pretty "\t" end))
  end)
end)

describe("a parameter", function()
  local document = voice()
  document:say "Hello & <you>"
  local text = tostring(document)

  local function sent(make)
    local client, requests = support.client()
    make(client)
    return requests[1].body
  end

  it("named twiml takes a document", function()
    local as_text = sent(function(c) c.calls:make { to = "+1", from = "+2", twiml = text } end)
    assert.matches("Twiml=%3C%3Fxml", as_text, 1, true)
    assert.equal(as_text, sent(function(c) c.calls:make { to = "+1", from = "+2", twiml = document } end))
    assert.equal(as_text, sent(function(c) c.calls:create { to = "+1", from = "+2", Twiml = document } end))
    assert.equal(sent(function(c) c.calls:update("CA1", { twiml = text }) end), sent(function(c) c.calls:update("CA1", { twiml = document }) end))
    assert.equal(sent(function(c) c.calls("CA1"):update { twiml = text } end), sent(function(c) c.calls("CA1"):update { twiml = document } end))
  end)

  it("of a raw request and of 'extra' takes a document", function()
    local as_text = sent(function(c) c:request { method = "POST", path = "/x", form = { Twiml = text } } end)
    assert.equal(as_text, sent(function(c) c:request { method = "POST", path = "/x", form = { Twiml = document } } end))
    as_text = sent(function(c) c.calls:update("CA1", nil, { extra = { Twiml = text } }) end)
    assert.equal(as_text, sent(function(c) c.calls:update("CA1", nil, { extra = { Twiml = document } }) end))
    local json = sent(function(c) c:request { method = "POST", path = "/x", json = { twiml = document } } end)
    assert.same({ twiml = text }, cjson.decode(json))
  end)

  it("raises for an element that is not a document; a parameter other than twiml raises for a document", function()
    local client, requests = support.client()
    local function refuse(f) return (support.misuse(function() f(client) end)) end
    local inner = document:children()[1]
    assert.equal("parameter 'twiml' takes a TwiML document, got an element inside of one",
      refuse(function(c) c.calls:make { to = "+1", from = "+2", twiml = inner } end))
    assert.equal("parameter 'url' takes no TwiML document", refuse(function(c) c.calls:make { to = "+1", from = "+2", url = document } end))
    assert.equal("parameter 'status_callback_event' takes no TwiML document",
      refuse(function(c) c.calls:make { to = "+1", from = "+2", url = "x", status_callback_event = document } end))
    assert.equal("parameter 'documents' takes no TwiML document",
      refuse(function(c)
        c.numbers.v1.porting_port_ins:create { account_sid = "AC1", documents = document, losing_carrier_information = { a = 1 } }
      end))
    assert.equal("JSON can hold a TwiML document, but not an element inside of one",
      refuse(function(c) c:request { method = "POST", path = "/x", json = { twiml = inner } } end))
    assert.equal(0, #requests)
  end)

  it("raises at the caller's line for a document that is nested too deeply", function()
    local r = voice()
    local node = r:say()
    for _ = 1, 100 do node = node:emphasis() end
    node:text "x"
    local client = support.client()
    local message, position = support.misuse(function() client.calls:make { to = "+1", from = "+2", twiml = r } end)
    assert.equal("TwiML is nested more than 100 deep", message)
    assert.matches("twiml_spec.lua", position, 1, true)
  end)
end)

describe("twilio.twiml.parse", function()
  local function parse(text, kind) return assert(twiml.parse(text, kind)) end

  it("returns a document that can be extended", function()
    local r = parse '<Response><Gather numDigits="1"><Say>x</Say></Gather></Response>'
    r:children "Gather"[1]:pause { length = 1 }
    r:hangup()
    assert.equal('<Gather numDigits="1"><Say>x</Say><Pause length="1"/></Gather><Hangup/>', inside(r))
  end)

  it("detects the kind of document by its verbs", function()
    parse "<Response/>":say "x"
    parse "<Response><Redirect>/x</Redirect></Response>":say "x"
    parse "<Response><Redirect>/x</Redirect><Message>x</Message></Response>":message "y"
    parse "<Response><Receive/></Response>":receive()
    parse "<Response><Unknown/><Message/></Response>":message "y"
    parse("<Response/>", "messaging"):message "x"
    assert.equal("unknown kind of TwiML 'mesaging' (did you mean 'messaging'?)", refused(function() parse("<Response/>", "mesaging") end))
    assert.equal("twilio.twiml.parse takes a string, got nil", refused(function() twiml.parse() end))
  end)

  it("keeps unknown elements and attributes with their spelling", function()
    local text = '<Response><New some_thing="1" numDigits="2">t<Inner/></New><Gather num_digits="1" new="&lt;"/></Response>'
    assert.equal('<New numDigits="2" some_thing="1">t<Inner/></New><Gather new="&lt;" num_digits="1"/>', inside(parse(text)))
    assert.equal("New", parse(text):children()[1].name)
  end)

  it("drops white space between elements, but not in texts and SSML", function()
    local text = "<Response>\n  <Dial>\n <Number> 1 </Number>\n</Dial> <Say> <break/> </Say><Play> </Play></Response>\n"
    assert.equal("<Dial><Number> 1 </Number></Dial><Say> <break/> </Say><Play> </Play>", inside(parse(text)))
  end)

  it("returns nil and a message with line and column", function()
    local r, message = twiml.parse "<Response>\n  <Say>é</Sai></Response>"
    assert.is_nil(r)
    assert.equal("line 2, column 9: expected </Say>, the end of the element that begins in line 2", message)
  end)

  it("reads the documents that tostring writes", function()
    local seed = os.time()
    math.randomseed(seed)
    local random = math.random
    local texts = { "a", "&<>\"'", "é€\240\157\132\158", "]]>", "\r\n\t x", "--", "&amp;", "1", "<!-- -->" }
    local function any_text() return texts[random(#texts)] .. texts[random(#texts)] end
    local function fill(node, facts, key, depth)
      local fact = facts[key]
      local children = {}
      for child in (fact.children or ""):gmatch "%S+" do children[#children + 1] = child end
      for _ = 1, random(0, 4) do
        local dice = random(6)
        if dice == 1 then
          node:comment "a comment"
        elseif dice == 2 and fact.text then
          node:text(any_text())
        elseif #children > 0 and depth < 12 then
          local child = children[random(#children)]
          local attributes = {}
          for name in (facts[child].attributes or ""):gmatch "%S+" do
            if random(3) == 1 then attributes[name] = any_text() end
          end
          if random(5) == 1 then attributes["new" .. random(3)] = any_text() end
          local made = node:child(facts[child].element or child, facts[child].text and random(2) == 1 and any_text() or nil, attributes)
          fill(made, facts, child, depth + 1)
        elseif dice == 3 then
          fill(node:child("Unknown" .. random(3)), { x = { text = true } }, "x", depth + 1)
        end
      end
    end
    for kind, facts in pairs(elements) do
      for _ = 1, 60 do
        local r = twiml[kind]()
        fill(r, facts, "Response", 1)
        local again = parse(tostring(r), kind)
        assert.equal(tostring(r), tostring(again), "seed " .. seed)
        assert.is_true(r == again)
        assert.equal(tostring(r), tostring(parse(r:pretty(), kind)), "seed " .. seed)
      end
    end
  end)
end)

describe("core.misuse", function()
  it("adds the nearest name to the message", function()
    assert.equal("x (did you mean 'voice'?)", (support.misuse(function() core.misuse("x", "voise", { voice = 1, other = 2 }) end)))
    assert.equal("x", (support.misuse(function() core.misuse("x", "zzz", { voice = 1 }) end)))
    assert.equal("x", (support.misuse(function() core.misuse "x" end)))
  end)
end)
