-- Events: the fields of forms and JSON bodies, their names, and what logs show of them.
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

local parse = twilio.webhook.parse

describe("an event", function()
  it("has its fields under Twilio's names and under snake_case names", function()
    local event = parse "CallSid=CA1&From=%2B15551234567&CallStatus=in-progress&MessagingBinding.Address=x&A2PProfileSid=p"
    assert.same({ "CA1", "CA1" }, { event.call_sid, event.CallSid })
    assert.same({ "+15551234567", "+15551234567" }, { event.from, event.From })
    assert.same({ "x", "x" }, { event.messaging_binding_address, event["MessagingBinding.Address"] })
    assert.same({ "p", "p" }, { event.a2p_profile_sid, event.A2PProfileSid })
  end)

  it("has fields that are not documented, such as SIP headers and those of the program's URL", function()
    local event = parse "SipHeader_X-Order-Id=17&orderNumber=18&order=19"
    assert.equal("17", event["SipHeader_X-Order-Id"])
    assert.equal("17", event.sip_header_x_order_id)
    assert.same({ "18", "18", "19" }, { event.orderNumber, event.order_number, event.order })
  end)

  it("has an array for a field that occurs several times", function()
    assert.same({ "a", "b" }, parse("Tag=a&Tag=b").tag)
  end)

  it("has nil for a field that is absent, known or not", function()
    local event = parse "CallSid=CA1"
    for _, name in ipairs { "message_sid", "MessageSid", "digits", "Digits", "order", "For", "account_sid", "uid", "__name", "x.y", "" } do
      assert.is_nil(event[name], name)
    end
    assert.same({}, { event[1], event[true], event[event] })
  end)

  it("raises for another spelling of a field, which can only be a mistake", function()
    local event = parse "CallSid=CA1&orderNumber=18"
    for name, meant in pairs {
      callSid = "call_sid", callsid = "call_sid", Call_Sid = "call_sid", CALL_SID = "call_sid", ["call-sid"] = "call_sid",
      messageSid = "message_sid", from_city_ = "from_city", ordernumber = "order_number", OrderNumber = "order_number",
    } do
      local message, position = support.misuse(function() return event[name] end)
      assert.equal(("an event has no '%s' (did you mean '%s'?)"):format(name, meant), message)
      assert.matches("event_spec.lua:%d+:$", position)
    end
  end)

  it("has only Twilio's names in pairs", function()
    local seen = {}
    for name, value in pairs(parse "CallSid=CA1&To=x&NumMedia=1&MediaUrl0=u") do seen[name] = value end
    assert.same({ CallSid = "CA1", To = "x", NumMedia = "1", MediaUrl0 = "u" }, seen)
  end)

  it("has the media of a message as an array", function()
    local event = parse "NumMedia=2&MediaUrl0=http%3A%2F%2Fa&MediaContentType0=image%2Fpng&MediaUrl1=http%3A%2F%2Fb"
    assert.same({ { url = "http://a", content_type = "image/png" }, { url = "http://b" } }, event.media)
    assert.same({ "http://a", "http://b" }, { event.media_url0, event.MediaUrl1 })
    assert.same({}, parse("NumMedia=0").media)
    assert.same({ { Sid = "ME1" } }, parse("Media=%5B%7B%22Sid%22%3A%22ME1%22%7D%5D").media)
  end)

  it("has decoded JSON where Twilio sends JSON in a form", function()
    local event = parse 'TaskAttributes=%7B%22id%22%3A12345678901234567%7D&WorkerAttributes=%7B%7D&Payload={"a":[]}'
    assert.equal("12345678901234567", require("twilio.core").number(event.task_attributes.id))
    assert.same({ {}, {} }, { event.WorkerAttributes, event.payload.a })
    assert.equal("not json", parse("TaskAttributes=not+json").task_attributes)
    assert.equal("", parse("Attributes=").attributes)
    assert.equal('{"a":1}', parse('Body={"a":1}').body)
  end)
end)

describe("a JSON body", function()
  it("has fields under both spellings", function()
    local event = parse('{"uid":"EV1","account_sid":"AC1","type":"challenge.approved","n":3,"nested":{"a_b":1}}', "application/json")
    assert.same({ "AC1", "AC1", "EV1", 3, 1 }, { event.account_sid, event.AccountSid, event.uid, event.n, event.nested.a_b })
    assert.is_nil(event.events)
  end)

  it("of Event Streams is a list of CloudEvents, one or a batch", function()
    local one = '{"specversion":"1.0","id":"EZ1","type":"com.twilio.messaging.message.sent","data":{"messageSid":"SM1"}}'
    local single = parse(one, "application/cloudevents+json")
    assert.equal("EZ1", single.id)
    assert.equal(single, single.events[1])
    assert.equal(1, #single.events)
    local batch = parse("[" .. one .. "," .. one:gsub("EZ1", "EZ2") .. "]", "application/json")
    assert.equal(2, #batch.events)
    assert.same({ "EZ1", "EZ2", "SM1" }, { batch.events[1].id, batch.events[2].id, batch.events[2].data.messageSid })
    assert.same({}, parse("[]", "application/json").events)
  end)

  it("may hold nulls and empty arrays", function()
    local event = parse('{"a":null,"b":[],"c":[null]}', "application/json")
    assert.is_nil(event.a)
    assert.same({}, event.b)
    assert.equal(twilio.null, event.c[1])
  end)

  it("that is malformed or not an object returns nil and a reason", function()
    for text, reason in pairs {
      ["{"] = "the body is no JSON object: unexpected end of the text at byte 2",
      ["3"] = "the body is no JSON object: it is another value",
      ["null"] = "the body is no JSON object: it is another value",
      ["[1]"] = "element 1 of the JSON array is no object",
      ["[{},[]]"] = "element 2 of the JSON array is no object",
    } do
      local event, why = parse(text, "application/json")
      assert.same({ "nil", reason }, { tostring(event), why })
    end
  end)
end)

describe("the content type", function()
  it("decides how a body is read", function()
    assert.equal("1", parse("{a}=1", "application/x-www-form-urlencoded")["{a}"])
    assert.equal("1", parse("a=1", "Application/X-WWW-Form-Urlencoded; charset=UTF-8").a)
    assert.equal(1, parse('{"a":1}', "application/json;charset=utf-8").a)
    local event, why = parse("a=1", "text/plain")
    assert.same({ "nil", "the content type is neither a form nor JSON" }, { tostring(event), why })
    assert.is_nil((parse("x", "multipart/form-data; boundary=x")))
  end)

  it("is guessed if there is none", function()
    assert.equal(1, parse(' {"a":1}').a)
    assert.equal("1", parse("a=1", "").a)
    assert.same({}, parse(""))
    assert.same({}, parse())
  end)
end)

describe("a log line of an event", function()
  it("shows SIDs and states, and masks what is personal or unknown", function()
    local event = parse("CallSid=CA0123456789abcdef0123456789abcdef&From=%2B15551234567&To=client%3Aalice&Body=my+secret&CallStatus=in-progress"
      .. "&CallToken=abc&SipHeader_X-Id=77&mine=hidden&Digits=1234&SpeechResult=hello&MediaContentType0=image%2Fpng&ErrorMessage=a%0Ab")
    local masked = twilio.webhook.masked(event)
    assert.same({
      CallSid = "CA0123456789abcdef0123456789abcdef", From = "+*******4567", To = "***", Body = "***", CallStatus = "in-progress",
      CallToken = "***", ["SipHeader_X-Id"] = "***", mine = "***", Digits = "***", SpeechResult = "***",
      MediaContentType0 = "image/png", ErrorMessage = "***",
    }, masked)
    local line = tostring(event)
    assert.matches("^webhook Body=%*%*%* CallSid=CA0123", line)
    for _, secret in ipairs { "5551234567", "alice", "my secret", "hidden", "1234 ", "hello", "\n" } do
      assert.is_nil(line:find(secret, 1, true), secret)
    end
  end)

  it("masks numbers in names and values of any kind", function()
    local line = tostring(parse '{"specversion":"1.0","data":{"from":"+15551234567"},"+15551234567":1,"source":"+15551234567"}')
    assert.is_nil(line:find("5551234567", 1, true))
    assert.matches("data=***", line, 1, true)
  end)
end)

describe("the lists of fields", function()
  it("know every field of the reference, and no name twice", function()
    local lists, kinds = require "twilio.webhook.fields", {}
    for kind in pairs(lists) do
      for name in lists[kind]:gmatch "%S+" do
        if kind ~= "json" then
          assert.is_nil(kinds[name], name)
          kinds[name] = kind
        end
      end
    end
    local count = 0
    for line in shell.must("cat doc/reference/webhook-events.md"):gmatch "[^\n]+" do
      local snake, name, remarks = line:match "^| `([%w_*]+)` | `([%w_.*]+)` | .* | (.-) |$"
      if name then
        count = count + 1
        assert.is_truthy(kinds[name], name)
        if remarks:find "personal" then assert.equal("personal", kinds[name], name) end
        if not name:find "*" then assert.equal("v", parse(name .. "=v")[snake], name) end
      end
    end
    assert.equal(438, count)
  end)
end)
