-- The JSON encoder for parameters and bodies.
local support = require "spec.support.client"
local twilio = require "twilio"

local encode = require "twilio.json".encode

describe("the JSON encoder", function()
  it("encodes scalars", function()
    assert.equal('"text"', encode "text")
    assert.equal('""', encode "")
    assert.equal("true", encode(true))
    assert.equal("false", encode(false))
    assert.equal("null", encode(twilio.null))
    assert.equal("null", encode(require "cjson".null))
  end)

  it("encodes numbers without losing digits", function()
    assert.equal("0", encode(0))
    assert.equal("-17", encode(-17))
    assert.equal("1.5", encode(1.5))
    assert.equal("0.1", encode(0.1))
    assert.equal("3", encode(3.0))
    assert.equal("9007199254740992", encode(2 ^ 53))
    assert.equal(0.1 + 0.2, tonumber(encode(0.1 + 0.2)))
    assert.equal(1e300, tonumber(encode(1e300)))
    assert.equal("1" .. ("0"):rep(22), encode(1e22))
    if math.type then
      assert.equal("9007199254740993", encode(math.tointeger(2 ^ 53) + 1))
      assert.equal("9223372036854775807", encode(math.maxinteger))
      assert.equal("-9223372036854775808", encode(math.mininteger))
    end
  end)

  it("escapes strings so that other decoders read them unchanged", function()
    local cjson = require "cjson"
    for _, text in ipairs { 'quote " and \\', "line\nfeed", "nul \0 byte", "caf\195\169", "</script>", "\127", "\1\31" } do
      assert.equal(text, cjson.decode("[" .. encode(text) .. "]")[1])
    end
    assert.equal('"caf\195\169"', encode "caf\195\169")
  end)

  it("encodes arrays and objects, with sorted names", function()
    assert.equal("[1,2,3]", encode { 1, 2, 3 })
    assert.equal('[[],{},[{"a":[]}]]', encode { twilio.array(), {}, { { a = twilio.array {} } } })
    assert.equal('{"B":4,"a":1,"b":2,"c":{"x":null}}', encode { b = 2, a = 1, c = { x = twilio.null }, B = 4 })
    assert.equal('{"1":"text"}', encode { ["1"] = "text" })
    assert.equal('{"":0,"\\"":1}', encode { [""] = 0, ['"'] = 1 })
    assert.equal("[null,false]", encode { twilio.null, false })
    assert.equal('["x"]', encode(twilio.array { "x" }))
  end)

  it("recognises the array markers of lua-cjson and dkjson", function()
    assert.equal("[]", encode(setmetatable({}, { __jsontype = "array" })))
    assert.equal("{}", encode(setmetatable({}, { __jsontype = "object" })))
    assert.equal("{}", encode(setmetatable({}, { __metatable = "locked" })))
    local cjson = package.loaded.cjson
    local array_mt, empty = {}, {}
    package.loaded.cjson = { encode = cjson.encode, array_mt = array_mt, empty_array = empty }
    local texts = { encode(setmetatable({}, array_mt)), encode { a = empty }, encode {} }
    package.loaded.cjson = cjson
    assert.same({ "[]", '{"a":[]}', "{}" }, texts)
  end)

  it("twilio.array marks a table and returns it", function()
    local t = { 1 }
    assert.equal(t, twilio.array(t))
    assert.same({}, twilio.array())
  end)
end)

describe("a value that JSON cannot represent", function()
  local wrong = {
    ["cannot hold a function"] = print,
    ["cannot hold a thread"] = coroutine.create(function() end),
    ["cannot hold a userdata"] = io.stdout,
    ["no infinite numbers"] = math.huge,
    ["no NaN"] = 0 / 0,
    ["number key in addition to other keys"] = { 1, 2, x = 3 },
    ["a table with the number key 2, but not all of 1 to n, is neither a JSON array nor an object"] = { [2] = "x" },
    ["a string for JSON must be UTF-8, but its byte 4 is invalid"] = "caf\233",
    ["a string for JSON must be UTF-8, but its byte 1 is invalid"] = { ["\255"] = 1 },
    ["boolean key"] = { [true] = 1 },
    ["neither a JSON array nor an object"] = { [1] = "a", [3] = "c" },
    ["has gaps, or keys"] = twilio.array { 1, a = 2 },
    ["has gaps"] = twilio.array { [3] = 1 },
  }

  for text, value in pairs(wrong) do
    it("raises: " .. text, function()
      assert.matches(text, (support.misuse(function() encode(value) end)), 1, true)
      assert.matches(text, (support.misuse(function() encode { a = { value } } end)), 1, true)
    end)
  end

  it("raises: a string that is not UTF-8, wherever the invalid byte is", function()
    local invalid = {
      "\128", "\191", "\192\128", "\193\191", "\194", "\194a", "\223\255", "\224\159\191", "\225\128", "\237\160\128", "\237\191\191",
      "\240\143\191\191", "\241\128\128", "\244\144\128\128", "\245\128\128\128", "\255", "\226\130\172\226\130",
    }
    for _, text in ipairs(invalid) do
      assert.matches("must be UTF-8", (support.misuse(function() encode(text) end)), 1, true)
      assert.matches("must be UTF-8", (support.misuse(function() encode { a = { "x", text .. "x" } } end)), 1, true)
    end
    local valid = {
      "a", "\194\128", "\223\191", "\224\160\128", "\237\159\191", "\238\128\128", "\239\191\191", "\240\144\128\128", "\244\143\191\191",
    }
    for _, text in ipairs(valid) do assert.matches(text .. '"$', encode(text)) end
  end)

  it("raises: no value", function()
    assert.matches("cannot hold a nil", (support.misuse(encode)), 1, true)
  end)

  it("raises: a table that contains itself or is nested too deeply", function()
    local circle = {}
    circle.a = { circle }
    assert.matches("nested more than 100 deep, or contains itself", (support.misuse(function() encode(circle) end)), 1, true)
    local nested = {}
    for _ = 1, 100 do nested = { nested } end
    assert.matches("^%[+{}%]+$", encode(nested))
    assert.matches("nested more than 100", (support.misuse(function() encode { nested } end)), 1, true)
  end)

  it("raises with the line of the program that passed the value", function()
    local client, requests = support.client()
    local line = debug.getinfo(1, "l").currentline + 2
    local message, position = support.misuse(function()
      return (client:request { method = "POST", path = "/x", json = { a = { print } } })
    end)
    assert.matches("JSON cannot hold a function", message, 1, true)
    assert.matches("json_spec.lua:" .. line .. ":", position, 1, true)
    assert.equal(0, #requests)
  end)
end)

describe("an encoded value", function()
  it("is sent as the parameter's value", function()
    local client, requests = support.client()
    assert(client:request { method = "POST", path = "/x", json = { a = { 1, 2 ^ 53, twilio.null }, b = twilio.array() } })
    assert.equal('{"a":[1,9007199254740992,null],"b":[]}', requests[1].body)
    assert.equal("application/json", requests[1].headers["content-type"])
  end)
end)

-- JSON texts with sorted names, as the encoder writes them.
local ROUND_TRIPS = {
  '{"a":[],"b":{},"c":[[],{},[[]]],"d":{"e":[]}}',
  '{"a":null,"b":{"c":null},"d":[null,{"e":null},null],"f":1}',
  '[null]', '[]', '{}', '{"only":null}',
  '{"i":9007199254740993,"j":-9007199254740993,"k":[9223372036854775807,-9223372036854775808]}',
  '{"i":9223372036854775808,"j":[-9223372036854775809,18446744073709551615,123456789012345678901234567890]}',
  '{"b":true,"f":0.1,"n":-3,"s":"caf\195\169","t":false,"u":"\\u0001"}',
}

local function read(text)
  local client = support.client(nil, { status = 200, headers = { ["content-type"] = "application/json" }, body = text })
  return assert(client:request { path = "/x" }).json
end

describe("decoded JSON", function()
  it("is encoded to the same text", function()
    for _, text in ipairs(ROUND_TRIPS) do assert.equal(text, encode(read(text))) end
  end)

  it("is encoded with the program's changes", function()
    local value = read '{"a":[1],"big":12345678901234567890,"gone":null,"ids":[12345678901234567890,12345678901234567891],"n":null,"set":null}'
    value.a[1] = nil
    value.gone = nil
    value.set = "x"
    value.new = read "[]"
    table.remove(value.ids, 1)
    value.moved = value.big
    assert.equal('{"a":[],"big":12345678901234567890,"ids":[12345678901234567891],"moved":12345678901234567890,"n":null,"new":[],"set":"x"}',
      encode(value))
    value.n = nil
    value.set = nil
    assert.equal('{"a":[],"big":12345678901234567890,"ids":[12345678901234567891],"moved":12345678901234567890,"new":[]}', encode(value))
  end)

  it("consists of plain tables", function()
    local value = read '{"a":[1,2],"n":null,"o":{"p":null}}'
    assert.is_nil(value.n)
    assert.is_nil(value.o.p)
    assert.same({ a = { 1, 2 }, o = {} }, value)
    assert.equal("1,2", table.concat(value.a, ","))
    local names = {}
    for name in pairs(value) do names[#names + 1] = name end
    table.sort(names)
    assert.same({ "a", "o" }, names)
  end)

  it("raises if an array has a named field or a gap", function()
    local value = read "[1,2,3]"
    value[2] = nil
    assert.matches("has gaps", (support.misuse(function() encode(value) end)), 1, true)
    value = read "[]"
    value.name = "x"
    assert.matches("has gaps, or keys that are not positions", (support.misuse(function() encode(value) end)), 1, true)
  end)
end)
