local api = require "spec.support.simulator_api"
local cjson = require "cjson"

local ask, get, post, make_call = api.ask, api.get, api.post, api.make_call
local assert_error, sids, walk, different = api.assert_error, api.sids, api.walk, api.different
local root = api.root
local server

describe("lists of the first API", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("may be empty", function()
    local page = get(root .. "/Calls.json")
    assert.same({
      calls = {}, page = 0, page_size = 50, start = 0, ["end"] = 0, next_page_uri = cjson.null, previous_page_uri = cjson.null,
      uri = root .. "/Calls.json?PageSize=50&Page=0", first_page_uri = root .. "/Calls.json?PageSize=50&Page=0",
    }, page)
  end)

  it("have the newest record first, and links in both directions", function()
    local newest = server:post("/_/seed", { Calls = 7 }).last
    local first = get(root .. "/Calls.json?PageSize=3")
    assert.equal(newest, first.calls[1].sid)
    assert.equal(root .. "/Calls.json?PageSize=3&Page=1&PageToken=PA" .. first.calls[3].sid, first.next_page_uri)
    assert.same({ 0, 2, cjson.null }, { first.start, first["end"], first.previous_page_uri })
    local second = get(first.next_page_uri)
    assert.same({ 1, 3, 5 }, { second.page, second.start, second["end"] })
    local third = get(second.next_page_uri)
    assert.same({ 1, cjson.null }, { #third.calls, third.next_page_uri })
    assert.same(sids(second.calls), sids(get(third.previous_page_uri).calls))
    assert.same(sids(first.calls), sids(get(second.previous_page_uri).calls))
    assert.equal(cjson.null, get(second.previous_page_uri).previous_page_uri)
  end)

  it("have links without the product", function()
    server:post("/_/seed", { Calls = 2 })
    assert.matches("^/2010%-04%-01/", get("/api" .. root .. "/Calls.json?PageSize=1").next_page_uri)
  end)

  it("have at most 1000 records per page", function()
    server:post("/_/seed", { Calls = 1001 })
    local page = get(root .. "/Calls.json?PageSize=5000")
    assert.same({ 1000, 1000 }, { page.page_size, #page.calls })
    assert.equal(1001, different(walk(root .. "/Calls.json?PageSize=1000", "calls")))
  end)

  it("neither skip nor repeat records if others no longer match", function()
    server:post("/_/seed", { Calls = 10, Status = "in-progress" })
    local seen = walk(root .. "/Calls.json?PageSize=3&Status=in-progress", "calls", function(page)
      for _, call in ipairs(page.calls) do post(call.uri, { Status = "completed" }) end
    end)
    assert.same({ 10, 10 }, { #seen, different(seen) })
    assert.equal(0, #get(root .. "/Calls.json?Status=in-progress").calls)
  end)

  it("neither skip nor repeat records if others are deleted or added", function()
    server:post("/_/seed", { Calls = 10 })
    local seen = walk(root .. "/Calls.json?PageSize=3", "calls", function(page)
      for _, call in ipairs(page.calls) do ask("DELETE", call.uri) end
      make_call()
    end)
    assert.same({ 10, 10 }, { #seen, different(seen) })
  end)

  it("reject a wrong page or page token", function()
    server:post("/_/seed", { Calls = 3 })
    assert_error(400, 20001, get(root .. "/Calls.json?PageToken=PACA1"))
    assert_error(400, 20001, get(root .. "/Calls.json?PageToken=nonsense"))
    assert_error(400, 20001, get(root .. "/Calls.json?Page=1"))
    assert_error(400, 20001, get(root .. "/Calls.json?PageSize=0"))
    assert_error(400, 20001, get(root .. "/Calls.json?PageSize=many"))
  end)
end)
