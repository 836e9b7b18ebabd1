-- src/text/json.c without HTTP. It is compiled with a small Lua module, once with and once without SIMD
-- instructions.

local build = require "spec.support.json_probe"

-- Encodes UTF-8. Lua 5.1 has no \u{}.
local E_ACUTE, SMILE, REPLACEMENT = "\195\169", "\240\159\152\128", "\239\191\189"

local VALID = {
  "null", "true", "false", "0", "-0", "1", "-1", "10", "0.5", "-0.5e-7", "1E+5", "1e5", '""', '"x"', "[]", "{}", "[[]]", "[{}]", '{"":""}',
  " \t\r\n[ 1 , 2 ] \t\r\n", '{ "a" : { "b" : [ ] } , "c" : null }', '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABCD"', '"\\ud800"', '"\\udc00\\ud800"',
  '"\127"', '"\255\254"', '"' .. E_ACUTE .. '"', '{"a":1,"a":2}', "\239\187\191 [1]", "123456789012345678901234567890", "1e999",
}

-- Text, offset of the error (from 0), message.
local INVALID = {
  { "", 0, "unexpected end" }, { "  ", 2, "unexpected end" }, { "\239\187\191", 3, "unexpected end" },
  { "\239\187", 0, "expected a value" },
  { " \239\187\1911", 1, "expected a value" },
  { "nul", 3, "unexpected end" }, { "nulL", 3, "true, false or null" }, { "tru", 3, "unexpected end" },
  { "truE", 3, "true, false or null" },
  { "falsx", 4, "true, false or null" }, { "True", 0, "expected a value" }, { "NaN", 0, "expected a value" },
  { "nulll", 4, "after the value" },
  { "-", 1, "unexpected end" }, { "-x", 1, "digit" }, { "+1", 0, "expected a value" }, { "01", 1, "after the value" },
  { "-01", 2, "after the value" },
  { ".5", 0, "expected a value" }, { "1.", 2, "unexpected end" }, { "[1.]", 3, "digit" }, { "1.e5", 2, "digit" },
  { "1e", 2, "unexpected end" },
  { "[1e]", 3, "digit" }, { "1e+", 3, "unexpected end" }, { "[1e+]", 4, "digit" }, { "0x10", 1, "after the value" },
  { "[-Infinity]", 2, "digit" },
  { "1 2", 2, "after the value" }, { "{}{}", 2, "after the value" }, { "[]]", 2, "after the value" },
  { "1,", 1, "after the value" },
  { '"', 1, "unexpected end" }, { '"x', 2, "unexpected end" }, { '"\\', 2, "unexpected end" },
  { '"\\u12', 5, "unexpected end" },
  { '"\\x"', 2, "unknown escape" }, { '"\\\0"', 2, "unknown escape" }, { '"\\U0041"', 2, "unknown escape" },
  { '"\\u12g4"', 5, "hexadecimal" },
  { '"\\u123"', 6, "hexadecimal" }, { '"a\nb"', 2, "control character" }, { '"\0"', 1, "control character" },
  { '"\31"', 1, "control character" },
  { "'x'", 0, "expected a value" }, { "[", 1, "unexpected end" }, { "[1", 2, "unexpected end" },
  { "[1,", 3, "unexpected end" },
  { "[1,]", 3, "expected a value" }, { "[,1]", 1, "expected a value" }, { "[1 2]", 3, "',' or ']'" },
  { "[1}", 2, "',' or ']'" }, { "[1:2]", 2, "',' or ']'" },
  { "]", 0, "expected a value" }, { "}", 0, "expected a value" }, { "[}", 1, "expected a value" },
  { "{", 1, "unexpected end" }, { "{]", 1, "expected a key" },
  { '{"a"', 4, "unexpected end" }, { '{"a" 1}', 5, "':'" }, { '{"a":}', 5, "expected a value" },
  { '{"a":1', 6, "unexpected end" },
  { '{"a":1,}', 7, "expected a key" }, { '{"a":1,,"b":2}', 7, "expected a key" }, { "{a:1}", 1, "expected a key" },
  { "{1:1}", 1, "expected a key" },
  { '{"a":1]', 6, "',' or '}'" }, { '{"a":1 "b":2}', 7, "',' or '}'" }, { '{"a":[}', 6, "expected a value" },
  { "[1]\0", 3, "after the value" },
  { "[\0]", 1, "expected a value" }, { "[1] // no", 4, "after the value" }, { "[\t1,\v2]", 4, "expected a value" },
}

local function nested(depth, inside)
  return ("["):rep(depth) .. (inside or "") .. ("]"):rep(depth)
end

for _, variant in ipairs { { "as compiled", "" }, { "without SIMD", "-DJSON_NO_SIMD" } } do
  describe("json, " .. variant[1] .. ":", function()
    local json

    setup(function() json = build(variant[2]) end)

    describe("json_check", function()
      it("accepts what RFC 8259 allows", function()
        for _, text in ipairs(VALID) do assert.are.same({ true }, { json.check(text) }, text) end
      end)

      it("rejects any other text with the offset of the error", function()
        for _, case in ipairs(INVALID) do
          local valid, message, offset = json.check(case[1])
          assert.is_nil(valid, case[1])
          assert.are.equal(case[2], offset, case[1])
          assert.is_truthy(message:find(case[3], 1, true), ("%q: %s"):format(case[1], message))
        end
      end)

      it("rejects every truncated text", function()
        local text = '{"a":[1,-2.5e+3,null,true,false,{"b\\u00e9\\n":"' .. ("x"):rep(40) .. '"}],"c":{}}'
        assert.is_true(json.check(text))
        for length = 0, #text - 1 do
          local valid, message, offset = json.check(text:sub(1, length))
          assert.are.same({ nil, "unexpected end of the text", length }, { valid, message, offset })
        end
      end)

      it("finds an invalid byte at any position of a string", function()
        for length = 0, 50 do
          for at = 0, length do
            local before, after = ("x"):rep(at), ("\200"):rep(length - at)
            assert.is_true(json.check('"' .. before .. " " .. after .. '"'))
            assert.are.equal(at + 1, (select(3, json.check('"' .. before .. "\31" .. after .. '"'))))
            assert.are.equal(at + 2, (select(3, json.check('"' .. before .. "\\q" .. after .. '"'))))
            assert.are.equal(before .. '"' .. after, json.decode('"' .. before .. '\\"' .. after .. '"'))
          end
        end
      end)

      it("accepts 512 levels and rejects 513", function()
        assert.is_true(json.check(nested(512)))
        assert.are.same({ nil, "nested too deeply", 512 }, { json.check(nested(513)) })
        assert.is_true(json.check(('{"a":'):rep(512) .. "1" .. ("}"):rep(512)))
        assert.are.same({ nil, "nested too deeply", 512 * 5 }, { json.check(('{"a":'):rep(513) .. "1" .. ("}"):rep(513)) })
        assert.are.same({ nil, "nested too deeply", 512 }, { json.check(("["):rep(1e7)) })
      end)

      it("distinguishes arrays and objects at every level", function()
        local opening, closing = {}, {}
        for level = 1, 512 do
          local object = (level * level + level / 3) % 7 < 3
          opening[level] = object and '{"k":' or "["
          closing[513 - level] = object and "}" or "]"
        end
        local text = table.concat(opening) .. "0" .. table.concat(closing)
        assert.is_true(json.check(text))
        for at = 1, 512 do
          local right = closing[at]
          closing[at] = right == "]" and "}" or "]"
          assert.are.equal(#table.concat(opening) + at, (select(3, json.check(table.concat(opening) .. "0" .. table.concat(closing)))))
          closing[at] = right
        end
      end)

      it("replaces the result of the previous text", function()
        assert.are.same({ true, 3 }, { json.recheck("[1,2,3,4]", '{"a":1,"b":2}') })
        assert.are.same({ true, 1 }, { json.recheck("[1,2,3,4]", "5") })
        assert.are.same({ false, 0 }, { json.recheck("[1,2,3,4]", "[1,2") })
        assert.are.same({ true, 10001 }, { json.recheck("[]", "[" .. ("1,"):rep(9999) .. "1]") })
      end)
    end)

    describe("the index", function()
      it("contains the root and three levels below it, in the order of the text", function()
        local text = ' { "a" : [ 1 , { "b" : [ 2 , {} ] , "c\\u0064" : null } ] ,\n"e":"f" , "g":true, "h":false } '
        local fields = {}
        for i, f in ipairs(json.fields(text)) do fields[i] = { f.depth, f.key or "-", f.type, f.text } end
        assert.are.same({
          { 0, "-", "object", text:match("^%s*(.-)%s*$") },
          { 1, "a", "array", '[ 1 , { "b" : [ 2 , {} ] , "c\\u0064" : null } ]' },
          { 2, "-", "number", "1" },
          { 2, "-", "object", '{ "b" : [ 2 , {} ] , "c\\u0064" : null }' },
          { 3, "b", "array", "[ 2 , {} ]" },
          { 3, "cd", "null", "null" },
          { 1, "e", "string", '"f"' },
          { 1, "g", "true", "true" },
          { 1, "h", "false", "false" },
        }, fields)
      end)

      it("decodes each field separately", function()
        local values = {}
        for i, f in ipairs(json.fields('\239\187\191{"a":[1,{"b":[2]}],"c":"\\n"}')) do values[i] = f.value end
        assert.are.same({ { a = { 1, { b = { 2 } } }, c = "\n" }, { 1, { b = { 2 } } }, 1, { b = { 2 } }, { 2 }, "\n" }, values)
      end)

      it("accepts a number at the end of the text", function()
        assert.are.equal("12.5", json.fields("12.5")[1].text)
        assert.are.equal(12.5, json.decode("12.5"))
      end)

      it("accepts keys of any length", function()
        for _, length in ipairs { 0, 1, 65534, 65535, 65536, 200000 } do
          local key = ("k"):rep(length)
          assert.are.equal(key, json.fields('{"' .. key .. '":1}')[2].key)
        end
      end)
    end)

    describe("json_find", function()
      it("compares whole names", function()
        local text = '{"a":1,"ab":2,"":3,"abc":4}'
        assert.are.same({ "1", "2", "3", "4" }, { json.find(text, "a"), json.find(text, "ab"), json.find(text, ""), json.find(text, "abc") })
        assert.is_nil(json.find(text, "b"))
        assert.is_nil(json.find(text, "abcd"))
        assert.is_nil(json.find(text, "a\0"))
        assert.is_nil(json.find("{}", ""))
      end)

      it("returns the last field with a name", function()
        assert.are.equal("3", json.find('{"a":1,"a":2,"\\u0061":3,"b":4}', "a"))
        assert.are.equal("null", json.find('{"a":1,"a":null}', "a"))
      end)

      it("searches one level only", function()
        assert.are.equal("[]", json.find('{"a":{"x":1},"x":[],"b":{"x":2}}', "x"))
        assert.is_nil(json.find('{"a":{"b":1}}', "b"))
      end)

      it("does not find array elements", function()
        assert.is_nil(json.find("[1,2]", ""))
        assert.is_nil(json.find('[{"a":1}]', "a"))
      end)

      it("decodes keys with escapes", function()
        local text = '{"\\u00e9\\/":1,"\\ud83d\\ude00":2,"x\\u0000y":3,"\\ud83d":4,"a\\n":5}'
        assert.are.equal("1", json.find(text, E_ACUTE .. "/"))
        assert.are.equal("2", json.find(text, SMILE))
        assert.are.equal("3", json.find(text, "x\0y"))
        assert.are.equal("4", json.find(text, REPLACEMENT))
        assert.are.equal("5", json.find(text, "a\n"))
        assert.is_nil(json.find(text, "a"))
        assert.is_nil(json.find(text, "a\nb"))
        assert.is_nil(json.find(text, "\\ud83d"))
        assert.is_nil(json.find(text, E_ACUTE:sub(1, 1)))
      end)

      it("finds names up to 65534 bytes", function()
        local key = ("k"):rep(65534)
        assert.are.equal("1", json.find('{"' .. key .. '":1}', key))
        assert.is_nil(json.find('{"' .. key .. 'k":1}', key .. "k"))
        assert.is_nil(json.find('{"' .. key .. 'kk":1}', key .. "k"))
      end)
    end)
  end)
end
