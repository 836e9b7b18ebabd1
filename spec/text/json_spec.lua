-- src/text/json.c without HTTP. It is compiled with a small Lua module, once with and once without SIMD
-- instructions.

local cjson = require "cjson"
local build = require "spec.support.json_probe"

local integers = math.type ~= nil

-- Encodes UTF-8. Lua 5.1 has no \u{}.
local E_ACUTE, EURO, SMILE, REPLACEMENT = "\195\169", "\226\130\172", "\240\159\152\128", "\239\191\189"

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

    describe("json_push", function()
      it("decodes the escapes of strings", function()
        local strings = {
          ['""'] = "", ['"x"'] = "x", ['"\\"\\\\\\/\\b\\f\\n\\r\\t"'] = '"\\/\b\f\n\r\t', ['"\\u0000"'] = "\0",
          ['"\\u007f"'] = "\127", ['"\\u0080"'] = "\194\128",
          ['"\\u07FF\\u0800\\uffff"'] = "\223\191\224\160\128\239\191\191", ['"\\u00e9\\u20AC"'] = E_ACUTE .. EURO,
          ['"\\ud83d\\ude00"'] = SMILE,
          ['"\\ud800\\udc00\\udbff\\udfff"'] = "\240\144\128\128\244\143\191\191", ['"a\255b"'] = "a\255b",
          ['"\\\\u0041"'] = "\\u0041", ['"\\\\"'] = "\\",
        }
        for text, value in pairs(strings) do assert.are.equal(value, json.decode(text), text) end
      end)

      it("decodes an unpaired surrogate as U+FFFD", function()
        local halves = {
          ['"\\ud800"'] = REPLACEMENT, ['"\\udfff"'] = REPLACEMENT, ['"\\ud83dx"'] = REPLACEMENT .. "x",
          ['"\\ud83d\\n"'] = REPLACEMENT .. "\n",
          ['"\\ud83d\\ud83d\\ude00"'] = REPLACEMENT .. SMILE, ['"\\ude00\\ud83d"'] = REPLACEMENT .. REPLACEMENT,
          ['"\\ude00\\ude00"'] = REPLACEMENT .. REPLACEMENT,
          ['"\\ud83d\\u0041"'] = REPLACEMENT .. "A",
        }
        for text, value in pairs(halves) do assert.are.equal(value, json.decode(text), text) end
      end)

      it("decodes long strings", function()
        for _, length in ipairs { 255, 256, 257, 1000, 100000 } do
          local plain = ("x"):rep(length)
          assert.are.equal(plain, json.decode('"' .. plain .. '"'))
          assert.are.equal("\n" .. plain, json.decode('"\\n' .. plain .. '"'))
          assert.are.equal(EURO:rep(length), json.decode('"' .. ("\\u20ac"):rep(length) .. '"'))
          assert.are.same({ [plain .. "\t"] = 1 }, json.decode('{"' .. plain .. '\\t":1}'))
        end
      end)

      it("decodes integers exactly if Lua has integers", function()
        for _, text in ipairs { "0", "7", "-7", "9007199254740993", "9223372036854775807", "-9223372036854775808" } do
          local value = json.decode(text)
          if integers then
            assert.are.equal("integer", math.type(value))
            assert.are.equal(text, ("%d"):format(value))
          else
            assert.are.equal(tonumber(text), value)
          end
        end
      end)

      it("decodes other numbers as floats", function()
        local floats = {
          ["1.0"] = 1, ["1e3"] = 1000, ["1E-2"] = 0.01, ["-1.5e+2"] = -150, ["9223372036854775808"] = 2 ^ 63,
          ["-9223372036854775809"] = -2 ^ 63,
          ["18446744073709551616"] = 2 ^ 64, ["99999999999999999999"] = 1e20, ["0.1"] = 0.1, ["123.456"] = 123.456,
          ["-0.03"] = -0.03, ["0e99999999999"] = 0,
          ["2.2250738585072014e-308"] = 2.2250738585072014e-308, ["5e-324"] = 5e-324,
          ["1.7976931348623157e308"] = 1.7976931348623157e308,
          ["9007199254740993.0"] = 9007199254740992, ["9007199254740993.00000000000000000000000000001"] = 9007199254740994,
          ["1e999"] = math.huge, ["-1e999"] = -math.huge, ["1e-999"] = 0, ["1e18446744073709551617"] = math.huge,
          ["1e99999999999999999999999"] = math.huge,
          ["1e-99999999999999999999999"] = 0,
        }
        for text, value in pairs(floats) do
          local decoded = json.decode(text)
          assert.are.equal(value, decoded, text)
          if integers then assert.are.equal("float", math.type(decoded), text) end
        end
      end)

      it("keeps the sign of zero", function()
        for _, text in ipairs { "-0", "-0.0", "-0e5", "-1e-999" } do assert.are.equal(-math.huge, 1 / json.decode(text), text) end
        assert.are.equal(math.huge, 1 / json.decode("0"))
      end)

      it("decodes numbers of any length", function()
        assert.are.equal(math.huge, json.decode(("9"):rep(10000)))
        assert.are.equal(1, json.decode("1" .. ("0"):rep(10000) .. "e-10000"))
        assert.are.equal(1, json.decode("0." .. ("0"):rep(10000) .. "1e10001"))
        assert.are.equal(0.5, json.decode("0.5" .. ("0"):rep(10000)))
        assert.are.equal(1000, json.decode("1e" .. ("0"):rep(10000) .. "3"))
        for length = 200, 300 do assert.are.equal(0.25, json.decode("0.25" .. ("0"):rep(length))) end
      end)

      it("does not depend on the locale of the process", function()
        local before, comma = os.setlocale(nil, "numeric"), nil
        for _, name in ipairs { "de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "fr_FR.utf8", "nl_NL.UTF-8" } do
          comma = comma or os.setlocale(name, "numeric")
        end
        if not comma then return pending("no locale with a decimal comma is installed") end
        local read = { json.decode("1.5"), json.decode("[1.25e1,-0.75]") }
        os.setlocale(before, "numeric")
        assert.are.same({ 3 / 2, { 25 / 2, -3 / 4 } }, read)
      end)

      it("decodes arrays and objects as tables", function()
        assert.are.same({}, json.decode("[]"))
        assert.are.same({}, json.decode(" { } "))
        assert.are.same({ 1, { 2, {}, { 3 } }, "x", true, false }, json.decode('[1,[2,[],[3]],"x",true,false]'))
        assert.are.same({ a = { b = { { c = 1 }, { c = 2 } } }, ["\n"] = "" }, json.decode('{ "a" : {"b":[ {"c":1} , {"c":2} ]} ,"\\n":""}'))
        assert.are.same({ { {} }, { {}, {} }, 1 }, json.decode("[[{}],[[],{}],1]"))
      end)

      it("continues the positions of an array after a nested value", function()
        local value = json.decode("[[1],[2],3,{},[4,[5],6],7]")
        assert.are.equal(6, #value)
        assert.are.same({ 4, { 5 }, 6 }, value[5])
        assert.are.equal(7, value[6])
      end)

      it("omits null from objects and keeps its position in arrays", function()
        assert.is_nil(json.decode("null"))
        assert.are.equal(1, select("#", json.decode("null")))
        local object = json.decode('{"a":null,"b":{"c":null}}')
        assert.are.same({ b = {} }, object)
        local array = json.decode("[null,1,null,[null],null]")
        assert.are.equal(5, #array)
        assert.are.equal("userdata", type(cjson.null))
        for _, null in ipairs { array[1], array[3], array[4][1], array[5] } do assert.are.equal(cjson.null, null) end
      end)

      it("keeps the digits of integers in tables that no Lua number can represent", function()
        local least = integers and "9223372036854775808" or "9007199254740993"
        local texts = { least, least .. "0", "123456789012345678901234567890", "18446744073709551615", ("9"):rep(1000) }
        for _, digits in ipairs(texts) do
          for _, text in ipairs { digits, "-" .. digits .. "1" } do
            local value = json.decode('{"a":' .. text .. ',"b":[' .. text .. "," .. text .. ' ]}')
            for _, integer in ipairs { value.a, value.b[1], value.b[2] } do
              assert.are.equal("userdata", type(integer))
              assert.are.equal(text, tostring(integer))
            end
            assert.are.equal("number", type(json.decode(text)))
          end
        end
        for _, text in ipairs { "9007199254740992", "-9007199254740992", "0", "-0", "1e30", "12345678901234567890.5", "1e400" } do
          assert.are.equal("number", type(json.decode("[" .. text .. "]")[1]), text)
        end
        if integers then
          for _, text in ipairs { "9223372036854775807", "-9223372036854775808", "9007199254740993" } do
            assert.are.equal(text, ("%d"):format(json.decode("[" .. text .. "]")[1]))
          end
        end
      end)

      it("uses the last value of a repeated key", function()
        assert.are.same({ a = 2 }, json.decode('{"a":1,"a":2}'))
        assert.are.same({}, json.decode('{"a":1,"\\u0061":null}'))
        assert.are.same({ a = 1 }, json.decode('{"a":null,"a":1}'))
        assert.are.same({ a = { 2 } }, json.decode('{"a":[1,2,3],"a":[2]}'))
      end)

      it("decodes 512 levels", function()
        local arrays, objects = json.decode(nested(512, "")), json.decode(('{"a":'):rep(512) .. '"x"' .. ("}"):rep(512))
        for _ = 1, 511 do
          assert(#arrays == 1)
          arrays = arrays[1]
        end
        assert.are.equal(0, #arrays)
        for _ = 1, 512 do objects = objects.a end
        assert.are.equal("x", objects)
      end)

      it("decodes many elements", function()
        local value = json.decode("[" .. ('{"k":"v\\n"},'):rep(20000) .. "0]")
        assert.are.equal(20001, #value)
        assert.are.equal("v\n", value[1].k)
        assert.are.equal("v\n", value[20000].k)
        assert.are.equal(0, value[20001])
      end)
    end)
  end)
end
