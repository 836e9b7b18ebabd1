-- SIDs: two letters and 32 hexadecimal digits.

local c_module = require "spec.support.c_module"
local shell = require "spec.support.shell"

if not shell.has(os.getenv "CC" or "cc") then
  describe("SIDs", function()
    it("need a C compiler", function() pending "no cc" end)
  end)
  return
end

local DIGITS = "0123456789abcdef0123456789abcdef"

describe("sid_is", function()
  local sid
  setup(function() sid = c_module("sid_probe", "src/text/sid.c src/support/ascii.c") end)

  it("accepts two capital letters and 32 lower-case digits", function()
    for _, letters in ipairs { "CA", "AC", "ZZ" } do assert.is_true(sid.is(letters .. DIGITS, 0)) end
  end)

  it("refuses other lengths, unless any length is accepted", function()
    for length = 0, 40 do
      local text = ("CA" .. DIGITS .. DIGITS):sub(1, length)
      assert.equal(length == 34, sid.is(text, 0), text)
      assert.equal(length > 2, sid.is(text, sid.ANY_LENGTH), text)
    end
  end)

  it("accepts digits in upper case only where the caller does", function()
    local text = "CA" .. DIGITS:upper()
    assert.is_false(sid.is(text, 0))
    assert.is_false(sid.is(text, sid.LOWER_LETTERS + sid.ANY_LENGTH))
    assert.is_true(sid.is(text, sid.UPPER_DIGITS))
  end)

  it("accepts letters in lower case only where the caller does", function()
    for _, letters in ipairs { "ca", "Ca", "cA" } do
      assert.is_false(sid.is(letters .. DIGITS, 0))
      assert.is_false(sid.is(letters .. DIGITS, sid.UPPER_DIGITS + sid.ANY_LENGTH))
      assert.is_true(sid.is(letters .. DIGITS, sid.LOWER_LETTERS))
    end
  end)

  it("accepts the identifiers of newer APIs only where the caller does", function()
    local code = "01k6fc25s7epm9qtk8rszbv3q5"
    for _, words in ipairs { "mem_store_", "conv_conversation_", "a_", "a_b_c_" } do
      assert.is_true(sid.is(words .. code, sid.TYPED), words)
      assert.is_true(sid.is(words .. code:upper(), sid.TYPED), words)
      assert.is_false(sid.is(words .. code, sid.UPPER_DIGITS + sid.LOWER_LETTERS + sid.ANY_LENGTH), words)
      assert.is_false(sid.is(words .. code:sub(2), sid.TYPED), words)
      assert.is_false(sid.is(words .. code .. "0", sid.TYPED), words)
      for _, char in ipairs { "_", "-", "@", " ", "+", "\0", "\195" } do
        assert.is_false(sid.is(words .. code:sub(2) .. char, sid.TYPED), words .. char)
      end
    end
    for _, words in ipairs { "", "_", "__", "a__", "A_", "mem_Store_", "mem1_", "mem-store_", "mem_store" } do
      assert.is_false(sid.is(words .. code, sid.TYPED), words)
    end
    assert.is_false(sid.is("", sid.TYPED))
    assert.is_true(sid.is("CA" .. DIGITS, sid.TYPED))
  end)

  it("refuses every other character at every place", function()
    local all = sid.UPPER_DIGITS + sid.LOWER_LETTERS + sid.ANY_LENGTH
    local text = "CA" .. DIGITS
    for place = 1, #text do
      for byte = 0, 255 do
        local char = string.char(byte)
        local is_fit = char:find(place <= 2 and "^[A-Za-z]$" or "^[0-9A-Fa-f]$") ~= nil
        assert.equal(is_fit, sid.is(text:sub(1, place - 1) .. char .. text:sub(place + 1), all), place .. " " .. byte)
      end
    end
  end)
end)
