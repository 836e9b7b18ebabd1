-- Form-urlencoded text, and the text of a form that Twilio signs.
local core = require "twilio.core"

describe("core.form", function()
  it("decodes names and values", function()
    assert.same({ From = "+1555", ["a b"] = "c d", ["é"] = "ü&=" }, core.form "From=%2B1555&a+b=c%20d&%C3%A9=%c3%bc%26%3D")
    assert.same({ a = "b=c" }, core.form "a=b=c")
    assert.same({ ["a\0"] = "\0" }, core.form "a%00=%00")
  end)

  it("keeps empty values and names, and skips empty fields", function()
    assert.same({ a = "", b = "", [""] = "x" }, core.form "a=&b&=x")
    assert.same({}, core.form "")
    assert.same({ a = "1" }, core.form "&&a=1&&")
    assert.same({ [""] = "" }, core.form "=")
  end)

  it("has an array for a name that occurs several times, in the order of the text", function()
    assert.same({ a = { "2", "1", "2" }, b = "x" }, core.form "a=2&b=x&%61=1&a=2")
    assert.same({ a = { "", "" } }, core.form "a&a=")
  end)

  it("keeps a percent sign that is not followed by two hexadecimal digits", function()
    assert.same({ a = "100%", b = "%4", c = "%zz", d = "%%41" }, core.form "a=100%&b=%4&c=%zz&d=%%2541")
  end)

  it("accepts long texts and many fields", function()
    local parts = {}
    for i = 1, 20000 do parts[i] = "name" .. i .. "=" .. i end
    local fields = core.form(table.concat(parts, "&"))
    assert.equal("20000", fields.name20000)
    assert.equal(100000, #core.form("a=" .. ("%41"):rep(100000)).a)
    assert.equal(50000, #core.form(("a=1&"):rep(50000)).a)
  end)
end)

describe("core.form_signed", function()
  it("sorts the names by their bytes, and writes each before its value", function()
    assert.equal("AAccbB1ab2", core.form_signed "ab=2&B=1&AA=ccb")
    assert.equal("Digits1Digits22Sid3SidA4", core.form_signed "SidA=4&Sid=3&Digits2=2&Digits=1")
    assert.equal("z1é2", core.form_signed "%C3%A9=2&z=1")
  end)

  it("sorts the values of a name, and writes equal values once", function()
    assert.equal("Digits1234Digits5678", core.form_signed "Digits=5678&Digits=1234&Digits=1234")
    assert.equal("aa1a10a2", core.form_signed "a=10&a=2&a=1&a=")
  end)

  it("decodes before it sorts", function()
    assert.equal("ABc d", core.form_signed "%41B=c+d")
    assert.equal("", core.form_signed "")
    assert.equal("a", core.form_signed "a&a=")
  end)

  it("returns nil for more than 10,000 fields", function()
    assert.equal(10000, #core.form_signed(("a&"):rep(9999) .. "b") + 9998)
    assert.is_nil(core.form_signed(("a&"):rep(10001)))
  end)

  it("is the same in any order of the fields", function()
    local fields = {}
    for i = 1, 60 do fields[i] = ("k%d=%d"):format(i % 17, i * 7919 % 23) end
    local expected = core.form_signed(table.concat(fields, "&"))
    local seed = 1
    for _ = 1, 50 do
      for i = #fields, 2, -1 do
        seed = (seed * 1103515245 + 12345) % 2147483648
        local j = seed % i + 1
        fields[i], fields[j] = fields[j], fields[i]
      end
      assert.equal(expected, core.form_signed(table.concat(fields, "&")))
    end
  end)
end)

describe("core.form_is_signed", function()
  local function mac(url, text) return core.hmac("sha1", "token", url, core.form_signed(text)) end

  it("agrees with core.hmac and core.form_signed", function()
    for _, text in ipairs { "", "a=1", "b=2&a=1&b=1", ("x=%41&"):rep(500), ("y"):rep(3000) } do
      assert.is_true(core.form_is_signed("token", mac("http://x/", text), "http://x/", text))
      assert.is_false(core.form_is_signed("tokem", mac("http://x/", text), "http://x/", text))
      assert.is_false(core.form_is_signed("token", mac("http://x/", text), "http://y/", text))
      assert.is_false(core.form_is_signed("token", mac("http://x/", text .. "&z"), "http://x/", text))
    end
  end)

  it("returns false for a code of another length and for too many fields", function()
    assert.is_false(core.form_is_signed("token", "", "u", "a"))
    assert.is_false(core.form_is_signed("token", mac("u", "a"):sub(1, 19), "u", "a"))
    assert.is_false(core.form_is_signed("token", mac("u", "a") .. "x", "u", "a"))
    assert.is_false(core.form_is_signed("token", core.hmac("sha1", "token", "u", "a"), "u", ("a&"):rep(10001)))
  end)
end)
