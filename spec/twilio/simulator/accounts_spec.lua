local api = require "spec.support.simulator_api"

local get, post, assert_error, count_keys = api.get, api.post, api.assert_error, api.count_keys
local root = api.root
local server

describe("accounts", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("have sub-accounts, and access to them", function()
    local account, answer = post("/2010-04-01/Accounts.json", { FriendlyName = "Branch" })
    assert.equal(201, answer.status)
    assert.equal(server.account_sid, account.owner_account_sid)
    assert.equal(10, count_keys(account))
    assert.equal(2, #get("/2010-04-01/Accounts.json").accounts)
    assert.equal(1, #get("/2010-04-01/Accounts.json?FriendlyName=Branch").accounts)
    local path = "/2010-04-01/Accounts/" .. account.sid
    local call = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
    assert.equal(account.sid, post(path .. "/Calls.json", call).account_sid)
    assert.equal(0, #get(root .. "/Calls.json").calls)
    local own = { user = account.sid .. ":" .. account.auth_token }
    assert.equal(1, #get(path .. "/Calls.json", own).calls)
    assert.equal(1, #get("/2010-04-01/Accounts.json", own).accounts)
    assert_error(401, 20003, get(root .. ".json", own))
    assert_error(404, 20404, get("/2010-04-01/Accounts/AC" .. ("0"):rep(32) .. ".json"))
  end)

  it("are suspended, activated and closed", function()
    local account = post("/2010-04-01/Accounts.json", {})
    local call = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
    local calls = "/2010-04-01/Accounts/" .. account.sid .. "/Calls.json"
    assert.equal("suspended", post(account.uri, { Status = "suspended" }).status)
    assert_error(403, 20005, post(calls, call))
    assert.equal(1, #get("/2010-04-01/Accounts.json?Status=suspended").accounts)
    assert.equal("active", post(account.uri, { Status = "active" }).status)
    assert.equal(201, select(2, post(calls, call)).status)
    assert.equal("Other", post(account.uri, { FriendlyName = "Other" }).friendly_name)
    assert.equal("closed", post(account.uri, { Status = "closed" }).status)
    assert_error(400, 20001, post(account.uri, { Status = "active" }))
    assert_error(400, 20001, post(root .. ".json", { Status = "closed" }))
  end)
end)
