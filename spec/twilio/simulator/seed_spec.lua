local api = require "spec.support.simulator_api"

local get, post = api.get, api.post
local server

describe("POST /_/seed", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("makes messages and calls of a sub-account", function()
    local account = post("/2010-04-01/Accounts.json", {})
    server:post("/_/seed", { Messages = 2, Calls = 3, Status = "queued", Account = account.sid })
    assert.equal(3, #get("/2010-04-01/Accounts/" .. account.sid .. "/Calls.json?Status=queued").calls)
    assert.equal(2, #get("/2010-04-01/Accounts/" .. account.sid .. "/Messages.json").messages)
  end)
end)
