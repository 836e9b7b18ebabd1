-- twilio.integer: whole numbers that no Lua number can represent exactly.
local support = require "spec.support.client"
local twilio = require "twilio"

local encode = require "twilio.json".encode

local BIG, BIGGER = "123456789012345678901234567890", "123456789012345678901234567891"
-- The largest number up to which Lua represents every whole number, and the next one.
local MOST = math.maxinteger and "9223372036854775807" or "9007199254740992"
local NEXT = math.maxinteger and "9223372036854775808" or "9007199254740993"

describe("twilio.integer", function()
  it("returns a number if it is exact", function()
    for _, digits in ipairs { "0", "1", "-1", "42", "9007199254740992", "-9007199254740992", MOST, "-" .. MOST } do
      local value = twilio.integer(digits)
      assert.equal("number", type(value))
      assert.equal(digits, encode(value))
    end
  end)

  it("otherwise keeps the digits", function()
    for _, digits in ipairs { NEXT, "-" .. NEXT .. "0", BIG, "-" .. BIG, ("7"):rep(2000) } do
      local value = twilio.integer(digits)
      assert.equal("userdata", type(value))
      assert.equal(digits, tostring(value))
      assert.equal("<" .. digits .. ">", "<" .. value .. ">")
      assert.equal(digits .. "1", value .. 1)
      assert.equal(digits .. digits, value .. value)
      assert.equal(digits, encode(value))
      assert.equal("[" .. digits .. "]", encode { value })
    end
  end)

  it("equals another integer with the same digits, and can be a table key", function()
    local value = twilio.integer(BIG)
    assert.is_true(value == twilio.integer(BIG))
    assert.is_false(value == twilio.integer(BIGGER))
    local client = support.client(nil, { status = 200, body = ('{"list":[%s,%s,%s]}'):format(BIG, BIGGER, BIG) })
    local list = client:request { path = "/x" }.json.list
    assert.is_true(list[1] == value and list[3] == value and list[2] == twilio.integer(BIGGER))
    local seen = { [value] = true }
    collectgarbage()
    collectgarbage()
    assert.is_true(seen[twilio.integer(BIG)])
    assert.is_nil(seen[list[2]])
  end)

  it("is garbage-collected", function()
    collectgarbage()
    collectgarbage()
    local before = collectgarbage "count"
    for i = 1, 2000 do twilio.integer(BIG .. ("0"):rep(1000) .. i) end
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 1000)
  end)

  it("is the nearest float in arithmetic", function()
    local value = twilio.integer(BIG)
    local float = tonumber(BIG)
    assert.equal(float + 1, value + 1)
    assert.equal(1 + float, 1 + value)
    assert.equal(float - 2, value - "2")
    assert.equal(2 - float, 2 - value)
    assert.equal(float * 3, value * 3)
    assert.equal(float / 4, value / 4)
    assert.equal(4 / float, 4 / value)
    assert.equal(-float, -value)
    assert.equal(2 * float, value + value)
    assert.equal("number", type(value + 0))
    assert.is_true((pcall(function() return value + 0 > 1 end)))
    for _, other in ipairs { {}, true, "x" } do
      assert.matches("attempt to perform arithmetic on a " .. type(other), select(2, pcall(function() return value + other end)))
    end
  end)

  it("is compared by its digits", function()
    local ascending = { "-" .. BIGGER, "-" .. BIG, "-" .. NEXT .. "0", NEXT, NEXT .. "0", BIG, BIGGER, BIGGER .. "0" }
    for i, a in ipairs(ascending) do
      for j, b in ipairs(ascending) do
        local x, y = twilio.integer(a), twilio.integer(b)
        assert.equal(i < j, x < y)
        assert.equal(i <= j, x <= y)
        assert.equal(i > j, x > y)
      end
    end
  end)

  local mixed = pcall(function() return setmetatable({}, { __lt = function() return true end }) < 1 end)
  it("is compared with numbers", function()
    local value = twilio.integer(BIG)
    if not mixed then
      assert.is_false((pcall(function() return value < 1 end)))
      return
    end
    assert.is_true(value > 1 and 1 < value and value >= 1 and -value < 1)
    assert.is_true(twilio.integer("-" .. BIG) < 1)
    assert.is_false(value < 1)
    assert.matches("attempt to compare a number with a string", select(2, pcall(function() return value < "x" end)), 1, true)
  end)

  it("is sent as its digits", function()
    local value = twilio.integer(BIG)
    local request = support.sent(function(client) client.messages:create { to = value, body = value } end)
    assert.equal(("Body=%s&To=%s"):format(BIG, BIG), request.body)
    request = support.sent(function(client) client:request { path = "/x", query = { a = { value, 1 } } } end)
    assert.matches("?a=" .. BIG .. "&a=1", request.url, 1, true)
    request = support.sent(function(client)
      client.sync.v1.services("IS1").documents("ET1"):update { if_match = value, data = { value } }
    end)
    assert.equal(BIG, request.headers["if-match"])
    assert.equal("Data=%5B" .. BIG .. "%5D", request.body)
  end)

  it("accepts only digits", function()
    for _, text in ipairs { "", "-", "+1", "01", "-01", "-0", "1.0", "1e3", " 1", "1 ", "0x10", "1\0", "one" } do
      assert.equal("twilio.integer takes the digits of a whole number without zeros before them",
        (support.misuse(function() twilio.integer(text) end)))
    end
    assert.equal("twilio.integer takes the digits of a whole number as a string, got number",
      (support.misuse(function() twilio.integer(1) end)))
    assert.matches("got no value", (support.misuse(twilio.integer)), 1, true)
  end)

  it("hides its metatable", function()
    local value = twilio.integer(BIG)
    assert.equal("twilio.integer", getmetatable(value))
    assert.is_nil(value.digits)
    assert.is_false((pcall(function() value.x = 1 end)))
  end)
end)
