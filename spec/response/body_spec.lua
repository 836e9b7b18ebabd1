-- Finds the records of a list in a response.
local support = require "spec.support.client"

local function answering(body, status)
  return support.client(nil, { status = status or 200, body = body, headers = { ["content-type"] = "application/json" } })
end

local function list(body)
  return answering(body).calls:list()
end

-- A list with links in `meta`.
local function services(body)
  return answering(body).verify.v2.services:list()
end

describe("the records of a list", function()
  it("are in the field that meta.key names", function()
    local page = assert(services [[{"services":[{"sid":"VA1"}],"others":[{"sid":"XX"}],"meta":{"key":"services"}}]])
    assert.equal(1, #page)
    assert.equal("VA1", page[1].sid)
    page = assert(services [[{"meta":{"key":"ser\u0076ices"},"others":[],"services":[{"sid":"VA1"}]}]])
    assert.equal("VA1", page[1].sid)
  end)

  it("are in Resources (SCIM)", function()
    local page = assert(services [[{"schemas":["urn:x"],"Resources":[{"id":"1"},{"id":"2"}],"totalResults":2}]])
    assert.equal(2, #page)
    assert.equal("2", page[2].id)
    assert.equal(0, #assert(services [[{"schemas":["urn:x"],"totalResults":0}]]))
    assert.equal("decode", select(3, services [[{"schemas":["urn:x"],"totalResults":3}]]).kind)
    assert.equal("decode", select(3, services [[{"schemas":["urn:x"],"totalResults":"0"}]]).kind)
    assert.equal("decode", select(3, services [[{"schemas":["urn:x"],"totalResults":0,"Resources":null}]]).kind)
  end)

  it("are in the only array", function()
    assert.equal("CA1", assert(list [[{"page":0,"calls":[{"sid":"CA1"}],"end":0}]])[1].sid)
    -- A key that names no array is ignored.
    for _, meta in ipairs { "null", "1", '"x"', "[]", "{}" } do
      local client = answering('{"page":3,"services":[{"sid":"VA1"}],"meta":' .. meta .. "}")
      if meta ~= "[]" then assert.equal("VA1", assert(client.verify.v2.services:list())[1].sid) end
    end
    for _, key in ipairs { '"nothing"', '"page"', "null", "1", "[1]" } do
      local page, message = services('{"meta":{"key":' .. key .. '},"page":3,"services":[{"sid":"VA1"}]}')
      assert.equal("VA1", assert(page, message)[1].sid)
    end
  end)

  it("are not read from a response with several arrays or none", function()
    for _, body in ipairs { '{"a":[],"b":[]}', '{"a":{}}', "{}", '{"Resources":{}}' } do
      local nothing, message, err = list(body)
      assert.is_nil(nothing)
      assert.equal("decode", err.kind)
      assert.matches("no list of records", message, 1, true)
    end
  end)

  it("must be objects", function()
    for _, element in ipairs { "1", "null", '"x"', "[]", "true" } do
      local nothing, message, err = list('{"calls":[{"sid":"CA1"},' .. element .. "]}")
      assert.is_nil(nothing)
      assert.equal("decode", err.kind)
      assert.matches("an element that is not a record", message, 1, true)
    end
  end)

  it("are strings, with any content, if the list is a list of strings", function()
    local function stores(body) return answering(body).memory.v1.stores:list() end
    local page = assert(stores [[{"stores":["mem_1","","a\u00e9\n\"b\"\u0000c"],"meta":{"key":"stores"}}]])
    assert.same({ "mem_1", "", 'a\195\169\n"b"\0c' }, { page[1], page[2], page[3] })
    assert.equal(3, #page)
    assert.equal(0, #assert(stores '{"stores":[]}'))
    for _, element in ipairs { "1", "null", "{}", "[]", "true", '["x"]' } do
      local nothing, message, err = stores('{"stores":["mem_1",' .. element .. "]}")
      assert.is_nil(nothing)
      assert.equal("decode", err.kind)
      assert.matches("the list in the response has an element that is not a string", message, 1, true)
    end
  end)

  it("may be empty objects, and may be at any position in the response; the list may be empty", function()
    assert.same({ 2, "{}", "{ }" }, (function(page) return { #page, page[1]:json(), page[2]:json() } end)(list '{"calls":[{},{ }]}'))
    assert.equal(0, #list '{"calls":[]}')
    -- Twilio's lists never have an empty body. If it were accepted, a walk could end early without
    -- an error.
    local nothing, _, err = answering("", 204).calls:list()
    assert.same({ nil, "decode" }, { nothing, err.kind })
    local page = list [[ { "calls" : [ { "a" : { "b" : [ { } , 1 ] } , "sid" : "CA1" } , {"sid":"CA2"} ] , "z" : { } } ]]
    assert.equal(2, #page)
    assert.equal("CA1", page[1].sid)
    assert.same({ b = { {}, 1 } }, page[1].a)
    assert.equal("CA2", page[2].sid)
  end)
end)
