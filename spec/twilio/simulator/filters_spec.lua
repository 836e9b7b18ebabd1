local api = require "spec.support.simulator_api"

local get, post, make_call, advance = api.get, api.post, api.make_call, api.advance
local assert_error, walk, different, root = api.assert_error, api.walk, api.different, api.root
local START = api.START
local server

describe("lists with filters", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("have the records that match, and keep the filters in their links", function()
    server:post("/_/seed", { Calls = 2, To = "+15550000001", Status = "busy" })
    server:post("/_/seed", { Calls = 3, To = "+15550000002", From = "+15550000003" })
    local function count(query) return #get(root .. "/Calls.json?" .. query).calls end
    assert.equal(2, count "To=%2B15550000001")
    assert.equal(3, count "From=%2B15550000003")
    assert.equal(2, count "Status=busy")
    assert.equal(0, count "Status=busy&From=%2B15550000003")
    assert.equal(0, count("ParentCallSid=CA" .. ("0"):rep(32)))
    local page = get(root .. "/Calls.json?To=%2B15550000002&StartTime%3C=2011-04-01&PageSize=1")
    assert.matches("?To=%2B15550000002&StartTime%3C=2011-04-01&PageSize=1&Page=1&PageToken=PACA", page.next_page_uri, 1, true)
    assert.equal(3, different(walk(page.uri, "calls")))
  end)

  it("accept dates and times as filters", function()
    local midnight = START - 7 * 3600 - 6 * 60 - 40
    server:post("/_/clock", { Now = midnight + 86400 })
    local call = make_call()
    advance(3)
    post(call.uri, { Status = "completed" })
    local function count(query) return #get(root .. "/Calls.json?" .. query).calls end
    assert.equal(1, count "StartTime=2011-03-14")
    assert.equal(0, count "StartTime=2011-03-13")
    assert.equal(1, count "StartTime=2011-03-14T00:00:03Z")
    assert.equal(0, count "StartTime=2011-03-14T00:00:04Z")
    assert.equal(1, count "StartTime%3C=2011-03-14T00:00:03Z")
    assert.equal(0, count "StartTime%3C=2011-03-14T00:00:02Z")
    assert.equal(0, count "StartTime%3C=2011-03-14")
    assert.equal(1, count "StartTime%3C=2011-03-15")
    assert.equal(1, count "StartTime%3E=2011-03-14")
    assert.equal(1, count "StartTime%3E=2011-03-14T00:00:03Z")
    assert.equal(0, count "StartTime%3E=2011-03-14T00:00:04Z")
    assert.equal(1, count "EndTime=2011-03-14")
    assert.equal(1, count "EndTime%3E=2011-03-14&EndTime%3C=2011-03-15")
    assert_error(400, 20001, get(root .. "/Calls.json?StartTime=yesterday"))
    make_call()
    assert.equal(1, count "StartTime%3E=2011-03-14")
  end)
end)
