-- The marks of decoded tables: arrays, and the null keys of objects. The module of
-- spec/support/jsonprobe.c reads the marks.
local build = require "spec.support.json_probe"

for _, variant in ipairs { { "as compiled", "" }, { "without SIMD", "-DJSON_NO_SIMD" } } do
  describe("json_decode, " .. variant[1] .. ":", function()
    local json

    setup(function() json = build(variant[2]) end)

    it("marks arrays, even empty ones, but not objects", function()
      local value = json.decode('{"a":[],"b":[[],{}],"c":{}}')
      for _, array in ipairs { value.a, value.b, value.b[1], json.decode("[]") } do assert.are.equal("array", json.mark(array)) end
      for _, object in ipairs { value, value.c, value.b[2], json.decode("{}") } do assert.is_nil(json.mark(object)) end
    end)

    it("records the nulls of an object until the key is assigned", function()
      local value = json.decode('{"a":null,"b":{"c":null,"d":1},"e":2,"f\\n":null,"g":null}')
      assert.are.same({ b = { d = 1 }, e = 2 }, value)
      assert.are.same({ a = true, ["f\n"] = true, g = true }, json.mark(value))
      assert.are.same({ c = true }, json.mark(value.b))
      value.a, value.g, value.new = 1, nil, 3
      assert.are.same({ ["f\n"] = true }, json.mark(value))
      assert.are.same({ a = 1, b = { d = 1 }, e = 2, new = 3 }, value)
      value.a = nil
      assert.are.same({ ["f\n"] = true }, json.mark(value))
      assert.is_true(pcall(function() value[1] = 2 end))
      assert.is_false(pcall(function() value[0 / 0] = 2 end))
      assert.is_false(pcall(function() value[nil] = 2 end))
      assert.are.same({ c = true }, json.mark(value.b))
      local other = json.decode('{"a":null}')
      assert.are.same({ a = true }, json.mark(other))
    end)
  end)
end
