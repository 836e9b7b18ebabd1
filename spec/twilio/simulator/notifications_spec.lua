local api = require "spec.support.simulator_api"

local get, call_path, make_call = api.get, api.call_path, api.make_call
local advance, count_keys, root = api.advance, api.count_keys, api.root
local server

describe("notifications", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("report a URL that cannot be fetched", function()
    local call = make_call { Url = "http://nowhere.invalid/call.xml" }
    make_call()
    advance(3)
    local list = get(root .. "/Notifications.json").notifications
    assert.equal(1, #list)
    assert.equal("11210", list[1].error_code)
    assert.equal("http://nowhere.invalid/call.xml", list[1].request_url)
    assert.equal(14, count_keys(list[1]))
    assert.same(list, get(call_path(call, "/Notifications")).notifications)
    assert.equal(17, count_keys(get(list[1].uri)))
    assert.equal(list[1].sid, get(call_path(call, "/Notifications/" .. list[1].sid)).sid)
  end)

  it("are filtered", function()
    server:post("/_/seed", { Calls = 2, Notifications = 3 })
    assert.equal(6, #get(root .. "/Notifications.json").notifications)
    assert.equal(6, #get(root .. "/Notifications.json?Log=0").notifications)
    assert.equal(0, #get(root .. "/Notifications.json?Log=1").notifications)
    assert.equal(6, #get(root .. "/Notifications.json?MessageDate=2011-03-13").notifications)
    assert.equal(0, #get(root .. "/Notifications.json?MessageDate%3E=2011-03-14").notifications)
  end)
end)
