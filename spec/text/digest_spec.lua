-- HMAC, SHA-256, base64 and the constant-time comparison.
local core = require "twilio.core"
local shell = require "spec.support.shell"

local function hex(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

local function bytes_from(first, count)
  local list = {}
  for i = 1, count do list[i] = string.char((first + i - 1) % 256) end
  return table.concat(list)
end

describe("core.hmac", function()
  -- RFC 2202 and RFC 4231: key, text, HMAC-SHA-1, HMAC-SHA-256.
  local VECTORS = {
    { ("\11"):rep(20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { ("\170"):rep(20), ("\221"):rep(50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { bytes_from(1, 25), ("\205"):rep(50), "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
    { ("\170"):rep(80), "Test Using Larger Than Block-Size Key - Hash Key First", "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
    { ("\170"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First", nil,
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
  }

  it("agrees with the vectors of RFC 2202 and RFC 4231", function()
    for _, v in ipairs(VECTORS) do
      if v[3] then assert.equal(v[3], hex(core.hmac("sha1", v[1], v[2]))) end
      if v[4] then assert.equal(v[4], hex(core.hmac("sha256", v[1], v[2]))) end
    end
  end)

  it("reads its parts as one text", function()
    local whole = core.hmac("sha1", "k", "abcdef")
    assert.equal(whole, core.hmac("sha1", "k", "ab", "", "cd", "ef"))
    assert.equal(core.hmac("sha1", "k", ""), core.hmac("sha1", "k"))
    assert.equal(core.hmac("sha256", "k", "xxxxxxxx"), core.hmac("sha256", "k", "x", "x", "x", "x", "x", "x", "x", "x"))
    assert.error(function() core.hmac("sha256", "k", "x", "x", "x", "x", "x", "x", "x", "x", "x") end)
  end)

  it("accepts keys shorter and longer than a block, and bytes of every value", function()
    local all = bytes_from(0, 256)
    local seen = {}
    for length = 0, 130 do
      local mac = core.hmac("sha1", all:sub(1, length), all)
      assert.equal(20, #mac)
      if length ~= 1 then assert.is_nil(seen[mac]) end -- a key of one zero byte is padded like the empty key
      seen[mac] = true
    end
    assert.equal(32, #core.hmac("sha256", "", all))
  end)

  it("raises for another algorithm and for values that are not strings", function()
    assert.error(function() core.hmac("md5", "k", "x") end)
    assert.error(function() core.hmac("sha1", nil, "x") end)
    assert.error(function() core.hmac("sha1", "k", "x", {}) end)
    assert.error(function() core.hmac("sha1", "k", nil) end)
    local parts = {}
    for i = 1, 50 do parts[i] = "x" end
    assert.error_matches(function() core.hmac("sha1", "k", (table.unpack or unpack)(parts)) end, "too many parts")
  end)
end)

describe("core.sha256", function()
  it("returns 64 hexadecimal digits in lower case", function()
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", core.sha256 "")
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", core.sha256 "abc")
    assert.equal("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", core.sha256(("a"):rep(1000000)))
  end)

  it("hashes zero bytes and line ends unchanged", function()
    assert.not_equal(core.sha256 "a\r\n", core.sha256 "a\n")
    assert.not_equal(core.sha256 "a\0b", core.sha256 "a")
  end)
end)

describe("base64", function()
  local PAIRS = {
    [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy", ["\251\239\255"] = "++//",
  }

  it("agrees with the vectors of RFC 4648", function()
    for bytes, text in pairs(PAIRS) do
      assert.equal(text, core.base64(bytes))
      assert.equal(bytes, core.base64_decode(text))
    end
  end)

  it("has the alphabet of URLs and no padding as base64url", function()
    for bytes, text in pairs(PAIRS) do
      local url = text:gsub("=", ""):gsub("%+", "-"):gsub("/", "_")
      assert.equal(url, core.base64url(bytes))
      assert.equal(bytes, core.base64url_decode(url))
    end
  end)

  it("is decoded to the encoded bytes, at every length", function()
    local all = bytes_from(0, 256):rep(3)
    for length = 0, #all, 7 do
      local bytes = all:sub(1, length)
      assert.equal(bytes, core.base64_decode(core.base64(bytes)))
      assert.equal(bytes, core.base64url_decode(core.base64url(bytes)))
    end
  end)

  it("is decoded to nil if no encoder writes the text", function()
    local wrong = { "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "====", "=", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "Zm9v\0",
      "Z\2009v" }
    for _, text in ipairs(wrong) do assert.is_nil(core.base64_decode(text), text) end
    local wrong_url = { "Z", "Zg==", "Zm8=", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm9vZ", "Zm9v ", "Z\0" }
    for _, text in ipairs(wrong_url) do assert.is_nil(core.base64url_decode(text), text) end
  end)

  it("has only one text for the same bytes, and the decoder refuses every other text", function()
    local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    local accepted = 0
    for a in digits:gmatch "." do
      for b in digits:gmatch "." do
        local bytes = core.base64url_decode(a .. b)
        if bytes then
          accepted = accepted + 1
          assert.equal(a .. b, core.base64url(bytes))
        end
      end
    end
    assert.equal(256, accepted)
  end)

  it("agrees with the program base64", function()
    if not shell.has "base64" then return pending "no base64" end
    local name = os.tmpname()
    local bytes = bytes_from(7, 1000)
    shell.write(name, bytes)
    assert.equal(core.base64(bytes), (shell.must("base64 -w 0 " .. name)))
    os.remove(name)
  end)
end)

describe("core.equal", function()
  it("compares whole strings", function()
    assert.is_true(core.equal("", ""))
    assert.is_true(core.equal("a\0b", "a\0b"))
    assert.is_false(core.equal("a\0b", "a\0c"))
    assert.is_false(core.equal("a", "ab"))
    assert.is_false(core.equal("ab", "a"))
    assert.is_false(core.equal("", "a"))
    local text = ("x"):rep(100)
    for i = 1, 100 do assert.is_false(core.equal(text, text:sub(1, i - 1) .. "y" .. text:sub(i + 1))) end
  end)

  it("raises for values that are not strings", function()
    assert.error(function() core.equal("a") end)
    assert.error(function() core.equal({}, "a") end)
  end)
end)
