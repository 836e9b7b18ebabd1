local core = require "twilio.core"

describe("core.json_decode", function()
  it("returns the value of any JSON text", function()
    assert.same({ a = { 1, "x", true } }, core.json_decode '{"a":[1,"x",true]}')
    assert.equal("é", core.json_decode '"\\u00e9"')
    assert.equal(3, core.json_decode " 3 ")
    assert.is_false(core.json_decode "false")
    assert.same({ n = 1 }, { n = select("#", core.json_decode "null") })
  end)

  it("keeps integers exact and nulls of arrays", function()
    assert.equal("12345678901234567890", tostring(core.json_decode('[12345678901234567890]')[1]))
    for _, text in ipairs { "12345678901234567890.5", "12345678901234567890e1", "12345678901234567890E1" } do
      assert.equal(tonumber(text), core.json_decode("[" .. text .. "]")[1])
    end
    assert.equal(core.null, core.json_decode("[null]")[1])
  end)

  it("returns nil and the position of a mistake", function()
    for text, message in pairs {
      ["{"] = "unexpected end of the text at byte 2",
      [""] = "unexpected end of the text at byte 1",
      ["[1] x"] = "unexpected text after the value at byte 5",
    } do
      assert.same({ false, message }, { core.json_decode(text) or false, (select(2, core.json_decode(text))) })
    end
    assert.is_nil((core.json_decode(("["):rep(100000))))
  end)

  it("raises for values that are not strings", function()
    assert.error(function() core.json_decode() end)
    assert.error(function() core.json_decode {} end)
  end)
end)
