-- src/text/json_decode.c without HTTP, as in spec/text/json_spec.lua.

local cjson = require "cjson"
local build = require "spec.support.json_probe"

local integers = math.type ~= nil

-- Encodes UTF-8. Lua 5.1 has no \u{}.
local E_ACUTE, EURO, SMILE, REPLACEMENT = "\195\169", "\226\130\172", "\240\159\152\128", "\239\191\189"

local function nested(depth, inside)
  return ("["):rep(depth) .. (inside or "") .. ("]"):rep(depth)
end

for _, variant in ipairs { { "as compiled", "" }, { "without SIMD", "-DJSON_NO_SIMD" } } do
  describe("json, " .. variant[1] .. ":", function()
    local json

    setup(function() json = build(variant[2]) end)

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

      it("keeps, in tables, the digits of integers that no Lua number can represent", function()
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
