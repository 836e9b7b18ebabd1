local messages = require "twilio.websocket_messages"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("websocket_messages.decode", function()
  it("returns the object of a JSON text", function()
    assert.same({ a = "x", b = { c = true } }, messages.decode '{"a":"x","b":{"c":true}}')
  end)

  it("returns nil and a message for other texts", function()
    local faults = {
      [""] = "the message is not JSON, or is nested too deeply", ["{"] = "the message is not JSON, or is nested too deeply",
      ['{"a":NaN}'] = "the message is not JSON, or is nested too deeply", ['{"a":"\255"}'] = "the message is not UTF-8",
      ["[1]"] = "the message is not a JSON object", ['"a"'] = "the message is not a JSON object", ["null"] = "the message is not a JSON object",
      [('{"a":'):rep(30) .. "1" .. ("}"):rep(30)] = "the message is not JSON, or is nested too deeply",
      [("["):rep(1e6)] = "the message is not JSON, or is nested too deeply",
    }
    for text, expected in pairs(faults) do
      local object, message = messages.decode(text)
      assert.is_nil(object)
      assert.equal(expected, message, text:sub(1, 20))
    end
  end)

  it("raises for a value that is not a string", function()
    local message, position = support.misuse(function() messages.decode {} end)
    assert.equal("a message is a string, got table", message)
    assert.matches("websocket_messages_spec.lua", position, 1, true)
  end)

  it("does not change the settings of the program's lua-cjson", function()
    messages.decode "{}"
    assert.is_table(require "cjson".decode(('{"a":'):rep(30) .. "1" .. ("}"):rep(30)))
  end)
end)

describe("websocket_messages.read", function()
  local function read(object, kinds, out) return messages.read(object, kinds, out or {}, "it") end

  it("copies fields under their Lua names, without nulls", function()
    assert.same({ stream_sid = "MZ", a = 1 }, read({ streamSid = "MZ", a = 1, b = twilio.null }, {}))
    assert.same({ a = 1, b = 2 }, read({ a = 5, b = 2 }, {}, { a = 1 }))
  end)

  it("reads whole numbers from numbers and texts", function()
    assert.same({ a = 5, b = 7, c = 0 }, read({ a = "5", b = 7.0, c = "000" }, { a = "integer", b = "integer", c = "integer" }))
    assert.equal("7", tostring(read({ a = 7.0 }, { a = "integer" }).a)) -- not 7.0
    for _, value in ipairs { "", "-1", "1.5", "1e3", "0x1", "1 ", ("9"):rep(16), -1, 1.5, 1e15, 1 / 0, 0 / 0, true, {} } do
      assert.same({ nil, "it has a field 'a' of a wrong type" }, { read({ a = value }, { a = "integer" }) })
    end
  end)

  it("checks the types of values", function()
    local good = { string = "", boolean = false, strings = { "a", "b" }, object = { a = 1 } }
    local bad = {
      string = { 1, true, {} }, boolean = { "true", 0 }, strings = { "a", { 1 }, { a = "b" } }, object = { "a", { 1 } },
    }
    for kind, value in pairs(good) do assert.same({ a = value }, read({ a = value }, { a = kind })) end
    for kind, values in pairs(bad) do
      for _, value in ipairs(values) do assert.same({ nil, "it has a field 'a' of a wrong type" }, { read({ a = value }, { a = kind }) }) end
    end
  end)

  it("requires required fields, and objects in place of arrays", function()
    assert.same({ nil, "it has no field 'stream_sid'" }, { read({ a = 1 }, { stream_sid = "string!" }) })
    assert.same({ nil, "it has no field 'a'" }, { read({ a = twilio.null }, { a = "string!" }) })
    assert.same({ nil, "it has an array in place of an object" }, { read({ 1 }, {}) })
  end)
end)

describe("websocket_messages.add_options", function()
  it("adds known options, and raises for others", function()
    local types = { loop = { "loop", "number" }, tts_language = { "ttsLanguage", "string" } }
    assert.same({ a = 1 }, messages.add_options({ a = 1 }, nil, types))
    assert.same({ loop = 2, ttsLanguage = "en" }, messages.add_options({}, { loop = 2, tts_language = "en" }, types))
    local function refused(options) return (support.misuse(function() messages.add_options({}, options, types) end)) end
    assert.equal("unknown option 'lop' (did you mean 'loop'?)", refused { lop = 1 })
    assert.equal("unknown option '1'", refused { 1 })
    assert.equal("option 'loop' is a number, got string", refused { loop = "1" })
    assert.equal("option 'loop' is a number, got null", refused { loop = twilio.null })
    assert.equal("the options argument is a table, got string", refused "x")
  end)
end)
