-- The reading steps that src/text/json.c and src/text/json_decode.c share, through both.

local build = require "spec.support.json_probe"

for _, variant in ipairs { { "as compiled", "" }, { "without SIMD", "-DJSON_NO_SIMD" } } do
  describe("json, " .. variant[1] .. ":", function()
    local json

    setup(function() json = build(variant[2]) end)

    it("checking and decoding skip white space of every kind, at every length", function()
      for _, space in ipairs { " ", "\t", "\r", "\n" } do
        for length = 0, 40 do
          local gap = space:rep(length)
          assert.are.same({ 1, 2 }, json.decode(gap .. "[" .. gap .. "1" .. gap .. "," .. gap .. "2" .. gap .. "]" .. gap))
        end
      end
    end)

    it("checking and decoding end a run of plain bytes at the same byte, at every length", function()
      for length = 0, 40 do
        local run = ("x"):rep(length)
        assert.are.equal(run, json.decode('"' .. run .. '"'))
        assert.are.equal(run .. '"' .. run, json.decode('"' .. run .. '\\"' .. run .. '"'))
        assert.are.equal(run .. "\\" .. run, json.decode('"' .. run .. "\\\\" .. run .. '"'))
        assert.is_nil((json.check('"' .. run .. "\31" .. run .. '"')))
        assert.are.equal(run .. "\127\255", json.decode('"' .. run .. '\127\255"'))
      end
    end)

    it("checking and decoding read an escape in the same way, in a key and in a value", function()
      for escape, decoded in pairs {
        ['\\"'] = '"', ["\\\\"] = "\\", ["\\/"] = "/", ["\\b"] = "\b", ["\\f"] = "\f", ["\\n"] = "\n", ["\\r"] = "\r", ["\\t"] = "\t",
        ["\\u0000"] = "\0", ["\\u007f"] = "\127", ["\\u0080"] = "\194\128", ["\\u07ff"] = "\223\191", ["\\u0800"] = "\224\160\128",
        ["\\uFFFF"] = "\239\191\191", ["\\ud83d\\ude00"] = "\240\159\152\128", ["\\ud83d"] = "\239\191\189", ["\\ude00"] = "\239\191\189",
        ["\\ud83dxxxxxx"] = "\239\191\189xxxxxx", ["\\ud83d\\nxxxx"] = "\239\191\189\nxxxx",
        ["\\ud83d\\u0041"] = "\239\191\189A", ["\\ud83d\\uffff"] = "\239\191\189\239\191\191",
      } do
        local text = ('{"a%sb":"a%sb"}'):format(escape, escape)
        assert.are.equal("a" .. decoded .. "b", json.decode(text)["a" .. decoded .. "b"])
        assert.are.equal('"a' .. escape .. 'b"', json.find(text, "a" .. decoded .. "b"))
      end
    end)
  end)
end
