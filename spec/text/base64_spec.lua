local core = require "twilio.core"

describe("core.base64", function()
  it("writes the texts of RFC 4648", function()
    local texts = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy" }
    for bytes, text in pairs(texts) do
      assert.equal(text, core.base64(bytes))
      assert.equal(bytes, core.base64_decode(text))
    end
    assert.equal("+/+/", core.base64 "\251\255\191")
  end)

  it("encodes and decodes all bytes, at all lengths", function()
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local all = table.concat(bytes)
    for length = 0, #all do assert.equal(all:sub(1, length), core.base64_decode(core.base64(all:sub(1, length)))) end
    local large = all:rep(4000)
    assert.equal(large, core.base64_decode(core.base64(large)))
  end)

  it("decodes only what it writes", function()
    local texts = {
      "Z", "Zg", "Zg=", "Zm9", "====", "=", "Zg=a", "Z===", "Zm9v\n", "Zm9 ", " Zm9v", "Zm9-", "Zm9_", "Zm9v====", "Zh==", "Zm9=", "Zm\0v", "é00=",
    }
    for _, text in ipairs(texts) do
      assert.equal(0, select("#", core.base64_decode(text)), text)
    end
  end)
end)
