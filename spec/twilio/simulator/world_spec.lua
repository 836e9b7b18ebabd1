local api = require "spec.support.simulator_api"
local cjson = require "cjson"
local servers = require "spec.support.servers"

local get, make_call, root, user = api.get, api.make_call, api.root, api.user
local server

describe("a simulator", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("logs every request as it was received", function()
    get(root .. "/Calls.json?Status=busy&StartTime%3C=2011-01-01", { headers = { "X-Test: a", "X-Test: b" } })
    make_call()
    local log = server:get("/_/log")
    assert.equal(2, #log)
    assert.same({ "GET", root .. "/Calls.json?Status=busy&StartTime%3C=2011-01-01", "", 1 }, {
      log[1].method, log[1].target, log[1].body, log[1].connection,
    })
    assert.equal("a, b", log[1].headers["x-test"])
    assert.matches("^Basic ", log[1].headers.authorization)
    assert.equal(2, log[2].connection)
    assert.matches("To=%2B15558675310", log[2].body, 1, true)
    server:post("/_/forget")
    assert.equal("[]", servers.curl({ url = server.url .. "/_/log" }).body)
  end)

  it("drops the older half of a full log", function()
    local other = servers.twilio { keep = 4 }
    for index = 1, 6 do servers.curl { url = other.url .. "/" .. index } end
    local log = other:get("/_/log")
    local stats = other:get("/_/stats")
    other:stop()
    assert.is_true(#log <= 4)
    assert.equal("/6", log[#log].target)
    assert.equal(6, stats.requests)
  end)

  it("runs the clock with --tick", function()
    local other = servers.twilio { tick = 1000000 }
    local path = other.url .. "/2010-04-01/Accounts/" .. other.account_sid .. "/Calls"
    local made = servers.curl {
      method = "POST", url = path .. ".json", user = user, form = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" },
    }
    local call = cjson.decode(made.body)
    local fetched = servers.curl { url = path .. "/" .. call.sid .. ".json", user = user }
    other:stop()
    assert.equal("queued", call.status)
    assert.equal("completed", cjson.decode(fetched.body).status)
  end)

  it("accepts account, token and seed", function()
    local account = "AC" .. ("a"):rep(32)
    local other = servers.twilio { account = account, token = "secret", seed = "other" }
    local path = other.url .. "/2010-04-01/Accounts/" .. account
    local answer = servers.curl { url = path .. ".json", user = account .. ":secret" }
    assert.equal(account, cjson.decode(answer.body).sid)
    local numbers = servers.curl { url = path .. "/IncomingPhoneNumbers.json", user = account .. ":secret" }
    other:stop()
    assert.not_equal(
      get(root .. "/IncomingPhoneNumbers.json").incoming_phone_numbers[1].sid, cjson.decode(numbers.body).incoming_phone_numbers[1].sid
    )
  end)
end)
