-- Classes of ASCII characters. They must not depend on the locale.

local c_module = require "spec.support.c_module"
local shell = require "spec.support.shell"

if not shell.has(os.getenv "CC" or "cc") then
  describe("ASCII classes", function()
    it("need a C compiler", function() pending "no cc" end)
  end)
  return
end

-- The characters of each class.
local CLASSES = {
  UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", LOWER = "abcdefghijklmnopqrstuvwxyz", DIGIT = "0123456789",
  HEX_UPPER = "ABCDEF", HEX_LOWER = "abcdef", MARK = "-._~",
}

describe("ascii_span", function()
  local ascii
  setup(function() ascii = c_module("ascii_probe", "src/support/ascii.c") end)

  it("knows the classes of all 256 bytes", function()
    for name, members in pairs(CLASSES) do
      for byte = 0, 255 do
        local character = string.char(byte)
        local is_member = members:find(character, 1, true) ~= nil
        assert.equal(is_member and 1 or 0, ascii.span(character, ascii[name]), name .. " " .. byte)
      end
    end
  end)

  it("stops at the first character of another class, and at the end", function()
    assert.equal(3, ascii.span("123a5", ascii.DIGIT))
    assert.equal(5, ascii.span("123a5", ascii.DIGIT + ascii.HEX_LOWER))
    assert.equal(0, ascii.span("", ascii.DIGIT))
    assert.equal(2, ascii.span("12\0003", ascii.DIGIT))
  end)
end)
