-- The items of twilio.map, and their number.
local feed = require "twilio.map.feed"
local support = require "spec.support.client"

describe("the feed", function()
  it("of an array ends at the first nil, and knows its length", function()
    local of = feed.new { "a", "b", nil, "d" }
    assert.equal(2, of.total())
    assert.same({ "a", "b" }, { of.next(), (of.next()) })
    assert.is_nil(of.next())
    assert.is_nil(of.next())
  end)

  it("of an array sees items that are appended later", function()
    local items = { 1 }
    local of = feed.new(items)
    assert.equal(1, of.total())
    assert.equal(1, of.next())
    items[2] = 2
    assert.equal(2, of.total())
    assert.equal(2, of.next())
  end)

  it("of an array may have the item false", function()
    local of = feed.new { false, 1 }
    assert.equal(2, of.total())
    assert.equal(false, of.next())
    assert.equal(1, of.next())
  end)

  it("of an iterator has its first values, and no length", function()
    local n = 0
    local of = feed.new(function()
      n = n + 1
      if n <= 2 then return n, "second", "third" end
    end)
    assert.is_nil(of.total())
    assert.same({ 1, n = 1 }, { of.next(), n = select("#", "x") })
    assert.same({ 2 }, { of.next() })
    assert.is_nil(of.next())
    local callable = feed.new(setmetatable({}, { __call = function() return "x", "y" end }))
    assert.same({ "x" }, { callable.next() })
  end)

  it("of an iterator of this library returns its failure", function()
    local client = support.client({}, { status = 403, body = '{"code":20003,"message":"no"}' })
    local item, message, err = feed.new(client.calls:iter()).next()
    assert.is_nil(item)
    assert.matches("403, error 20003", message, 1, true)
    assert.equal(403, err.status)
  end)
end)
