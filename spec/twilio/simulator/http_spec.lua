local api = require "spec.support.simulator_api"

local post, root, user = api.post, api.root, api.user
local server

describe("the HTTP server of the simulator", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("answers in order on one connection", function()
    local url = server.url .. root .. ".json"
    local pipe = io.popen(("env -u LD_PRELOAD curl -s --noproxy '*' -u %s %s %s"):format(user, url, url))
    pipe:read("*a")
    pipe:close()
    local log = server:get("/_/log")
    assert.same({ 1, 1 }, { log[1].connection, log[2].connection })
    assert.same({ connections = 1, requests = 2 }, server:get("/_/stats"))
  end)

  it("reads chunked bodies, and bodies after 100 Continue", function()
    local form = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
    assert.equal(201, select(2, post(root .. "/Calls.json", form, { headers = { "Transfer-Encoding: chunked" } })).status)
    assert.equal(201, select(2, post(root .. "/Calls.json", form, { headers = { "Expect: 100-continue" } })).status)
    local log = server:get("/_/log")
    assert.equal(log[2].body, log[1].body)
  end)
end)
