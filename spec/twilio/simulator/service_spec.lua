local api = require "spec.support.simulator_api"
local servers = require "spec.support.servers"

local ask, get, post, assert_error, root = api.ask, api.get, api.post, api.assert_error, api.root
local server

describe("the answers to requests", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("have Twilio's headers", function()
    local _, answer = get(root .. ".json")
    assert.equal("application/json", answer.headers["content-type"])
    assert.matches("^RQ%x+$", answer.headers["twilio-request-id"])
    assert.equal(34, #answer.headers["twilio-request-id"])
    assert.equal("1", answer.headers["twilio-concurrent-requests"])
  end)

  it("reject wrong credentials", function()
    assert_error(401, 20003, get(root .. ".json", { user = server.account_sid .. ":wrong" }))
    assert_error(401, 20003, get(root .. ".json", { user = "AC0:" .. server.auth_token }))
    local answer = servers.curl { url = server.url .. root .. ".json" }
    assert.equal(401, answer.status)
  end)

  it("are the same with the product before the path", function()
    assert.equal(server.account_sid, get("/api" .. root .. ".json").sid)
    assert.equal(200, select(2, get("/verify/v2/Services")).status)
    assert_error(404, 20404, get("/verify" .. root .. ".json"))
    assert_error(404, 20404, get("/api/v2/Services"))
  end)

  it("reject unknown paths, methods and content types", function()
    assert_error(404, 20404, get("/2010-04-01/Nothing.json"))
    local body, answer = get(root .. "/Calls")
    assert_error(404, 20404, body, answer)
    assert.matches("Did you mean " .. root .. "/Calls.json?", body.message, 1, true)
    assert_error(404, 20404, get(root .. "/Calls/CA" .. ("0"):rep(32) .. ".json"))
    assert_error(405, 20004, ask("DELETE", root .. "/Calls.json"))
    assert_error(415, 20415, post(root .. "/Calls.json", nil, { body = "{}", headers = { "Content-Type: application/json" } }))
  end)

  it("accept an API key", function()
    server:post("/_/key", { Sid = "SK" .. ("1"):rep(32), Secret = "hush" })
    assert.equal(server.account_sid, get(root .. ".json", { user = "SK" .. ("1"):rep(32) .. ":hush" }).sid)
  end)

  it("compare the parameters of every handler with the API table", function()
    local service = post("/v2/Services", { FriendlyName = "Shop" })
    local call = api.make_call()
    for path, form in pairs {
      ["/2010-04-01/Accounts.json"] = { FreindlyName = "x" }, [root .. "/Applications.json"] = { VoiceUlr = "http://a/" },
      [call.uri] = { Statsu = "completed" }, [root .. "/Messages.json"] = { To = "+15558675310", From = "+15017122661", Boddy = "x" },
      [root .. "/Conferences/Room/Participants.json"] = { To = "+15558675310", From = "+15017122661", Mutde = "true" },
      ["/v2/Services/" .. service.sid .. "/Verifications"] = { To = "+15558675310", Chanel = "sms" },
      [root .. "/Sandbox.json"] = { VoiceUlr = "http://a/" },
    } do
      local body, answer = post(path, form)
      assert_error(400, 20001, body, answer)
      assert.matches("^Unknown parameter '%a+' of %a+%. Did you mean '%a+'%?$", body.message)
    end
    for path in pairs {
      [root .. "/Recordings.json?CallSidd=CA1"] = true, [root .. "/Notifications.json?Logg=0"] = true, [root .. "/Queues.json?Pagesize=1"] = true,
      ["/lookups/v2/PhoneNumbers/%2B15558675310?Feilds=x"] = true, [root .. ".json?Status=x"] = true,
    } do assert_error(400, 20001, get(path)) end
  end)

  it("refuse missing parameters and wrong values with Twilio's codes", function()
    local call = api.make_call()
    assert_error(400, 21201, post(root .. "/Calls.json", { From = "+15017122661" }))
    assert_error(400, 21604, post(root .. "/Messages.json", { From = "+15017122661", Body = "x" }))
    assert_error(400, 60200, post("/v2/Services", {}))
    local body, answer = post(call.uri, { Status = "complete" })
    assert_error(400, 20001, body, answer)
    assert.matches("expected one of canceled, completed. Did you mean 'completed'?", body.message, 1, true)
    assert_error(400, 20001, get(root .. "/Calls.json?Status=done"))
    body, answer = api.make_call { StatusCallbackEvent = "anwsered" }
    assert_error(400, 21626, body, answer)
    assert.matches("'anwsered' of the parameter 'StatusCallbackEvent': .* Did you mean 'answered'%?", body.message)
    assert_error(400, 13621, api.make_call { RecordingStatusCallbackEvent = "complete" })
    assert_error(400, 20001, api.make_call { Timeout = "soon" })
  end)

  it("accept a key that was made, until it is deleted", function()
    for _, kind in ipairs { "Keys", "SigningKeys" } do
      local key = post(root .. "/" .. kind .. ".json", { FriendlyName = "mine" })
      local as_key = { user = key.sid .. ":" .. key.secret }
      assert.equal(server.account_sid, get(root .. ".json", as_key).sid)
      api.ask("DELETE", root .. "/" .. kind .. "/" .. key.sid .. ".json")
      assert_error(401, 20003, get(root .. ".json", as_key))
    end
  end)
end)
