local cjson = require "cjson"
local render = require "twilio.simulator.render"

describe("a record as JSON", function()
  it("has its fields in their order, and null for absent ones", function()
    local size = render.computed(function(record) return #record.sid end)
    local write = render.object { "sid", "price", { "kind", render.constant "call" }, { "size", size } }
    assert.equal('{"sid":"CA1","price":null,"kind":"call","size":3}', write { sid = "CA1" })
  end)

  it("has escaped texts, numbers and tables", function()
    assert.equal('a"b\\\n', cjson.decode("[" .. render.plain 'a"b\\\n' .. "]")[1])
    assert.equal("plain text", cjson.decode("[" .. render.plain "plain text" .. "]")[1])
    assert.equal("12", render.plain(12))
    assert.equal("true", render.plain(true))
    assert.equal("null", render.plain(nil))
    assert.equal('{"a":1}', render.plain { a = 1 })
  end)

  it("has readable URLs", function()
    assert.equal('["http://a/b\\\\/"]', render.json { "http://a/b\\/" })
    assert.same({ "http://a/b\\/" }, cjson.decode(render.json { "http://a/b\\/" }))
  end)

  it("of the control interface has empty arrays", function()
    assert.equal('{"replies":[]}', render.with_arrays { replies = {} })
    assert.equal('[{"heard":[1]}]', render.with_arrays { { heard = { 1 } } })
    assert.equal('{"fields":{}}', render.with_arrays { fields = {} })
    local text = '"attempts":{}'
    assert.equal(text, cjson.decode(render.with_arrays { text })[1])
  end)

  it("has times in the two formats of Twilio", function()
    assert.equal('"Sun, 13 Mar 2011 07:06:40 +0000"', render.rfc2822(1300000000))
    assert.equal('"2011-03-13T07:06:40Z"', render.iso8601(1300000000))
    assert.equal("null", render.iso8601(nil))
  end)

  it("has links in alphabetical order", function()
    local write = render.links(function(record) return "/Calls/" .. record.sid end, { b = "/B", a = "/A" })
    assert.equal('{"a":"/Calls/CA1/A","b":"/Calls/CA1/B"}', write(nil, { sid = "CA1" }))
  end)
end)
