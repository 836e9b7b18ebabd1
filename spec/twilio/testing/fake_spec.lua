-- The double of Twilio: clients, expectations, retries, and what is left over at the end.
local cjson = require "cjson"
local nginx = require "spec.support.nginx"
local support = require "spec.support.client"
local testing = require "twilio.testing"
local twilio = require "twilio"

local SID = testing.sid("CA", 9)
local CALL = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }

-- Returns the message that fake:verify() raises; nil if it does not raise.
local function verified(fake)
  local ok, problem = pcall(fake.verify, fake)
  return not ok and problem or nil
end

describe("the client of a fake", function()
  it("needs no credentials, and ignores those of the environment", function()
    local output = support.run([[
      local client = require "twilio.testing".new():client()
      print(client.account_sid)
    ]], { TWILIO_ACCOUNT_SID = "AC99999999999999999999999999999999", TWILIO_AUTH_TOKEN = "x", TWILIO_API_KEY = "SK9", TWILIO_API_SECRET = "y" })
    assert.equal("AC00000000000000000000000000000001\n", output)
  end)

  it("has the account that the program passes", function()
    local fake = testing.new()
    fake:on("GET", "Calls/*")
    assert(fake:client({ account_sid = testing.sid("AC", 5) }).calls:get(SID))
    assert.matches(testing.sid("AC", 5), fake:requests()[1].path, 1, true)
    assert.equal(fake.account_sid, fake:client({ auth_token = "secret" }).account_sid)
    assert(fake:client({ api_key = "SK1", api_secret = "secret", account_sid = testing.sid("AC", 5) }).calls:get(SID))
  end)

  it("takes the options of twilio.client", function()
    local fake, lines = testing.new(), {}
    fake:on("GET", "Calls/*", fake:fail(503))
    local client = fake:client {
      account_sid = "AC00000000000000000000000000000007", auth_token = "secret", retries = 1,
      log = function(_, message) lines[#lines + 1] = message end,
    }
    assert.equal(2, select(3, client.calls:get(SID)).attempts)
    assert.equal(2, #lines)
    assert.matches("/Accounts/AC00000000000000000000000000000007/", fake:requests()[1].path, 1, true)
    assert.matches("unknown option 'retrys'", (support.misuse(function() fake:client { retrys = 1 } end)), 1, true)
    assert.matches("sets the option transport", (support.misuse(function() fake:client { transport = print } end)), 1, true)
    assert.matches("are a table, got string", (support.misuse(function() fake:client "AC1" end)), 1, true)
  end)

  it("still raises for misuse, and sends nothing", function()
    local fake = testing.new()
    assert.matches("unknown parameter 'too'", (support.misuse(function() fake:client().calls:make { too = "+1" } end)), 1, true)
    assert.same({}, fake:requests())
  end)

  it("works with OAuth without a rule for the token", function()
    local fake = testing.new()
    fake:on("GET", "Calls/*")
    local client = fake:client { client_id = "OQ1", client_secret = "secret of the app", account_sid = fake.account_sid }
    assert(client.calls:get(SID))
    assert.equal(1, #fake:requests())
    assert.matches("^Bearer ", fake:requests()[1].headers.authorization)
  end)

  it("works with a base_url, with and without {product}", function()
    local fake = testing.new()
    fake:on("GET", "Calls/*", { status = "busy" })
    fake:on("POST", "verify/v2/Services", { friendly_name = "Shop" })
    for _, base_url in ipairs { "http://127.0.0.1:9", "http://127.0.0.1:9/{product}" } do
      local client = fake:client { base_url = base_url }
      assert.equal("busy", client.calls:get(SID).status)
      assert.equal("Shop", client.verify.v2.services:create({ friendly_name = "x" }).friendly_name)
    end
  end)

  it("works in twilio.map, and in a coroutine of cqueues", function()
    local fake = testing.new()
    fake:expect { "GET", "Calls/*", times = 20, reply = { status = "busy" } }
    local client = fake:client()
    local sids = {}
    for i = 1, 10 do sids[i] = testing.sid("CA", i) end
    local function status_of(sid) return client.calls:get(sid).status end
    assert.equal(("busy "):rep(10), table.concat((twilio.map(sids, 3, status_of)), " ") .. " ")
    local has_cqueues, cqueues = pcall(require, "cqueues")
    local function walk()
      for _, sid in ipairs(sids) do assert(status_of(sid) == "busy") end
    end
    if has_cqueues then assert(cqueues.new():wrap(walk):loop()) else walk() end
    fake:verify()
  end)
end)

describe("an expectation", function()
  local fake, client

  before_each(function()
    fake = testing.new()
    client = fake:client()
  end)

  it("is met once by default", function()
    fake:expect("POST", "Calls")
    assert.matches("an expected request did not come", verified(fake), 1, true)
    assert(client.calls:make(CALL))
    assert.is_nil(verified(fake))
    assert.matches("it came more often than expected:\n  POST Calls", (support.misuse(client.calls.make, client.calls, CALL)), 1, true)
  end)

  it("is met as often as times says", function()
    fake:expect { "POST", "Calls", times = { 1, 2 } }
    assert.matches("expected 1 to 2 times, asked never", verified(fake), 1, true)
    assert(client.calls:make(CALL))
    assert.is_nil(verified(fake))
    assert(client.calls:make(CALL))
    assert.has_error(function() client.calls:make(CALL) end)
  end)

  it("may be without limit, or forbid the request", function()
    fake:on("POST", "Calls")
    fake:expect { "POST", "Calls", params = { to = "+15558675310" }, times = 0 }
    fake:expect { "GET", "Calls/*", times = { 2, math.huge } }
    assert(client.calls:make { to = "+1", from = "+2", url = "http://a.b/" })
    assert.matches("expected never, asked never", (support.misuse(client.calls.make, client.calls, CALL)), 1, true)
    client.calls:get(SID)
    assert.matches("expected at least twice, asked once", verified(fake), 1, true)
    for _ = 1, 3 do client.calls:get(SID) end
  end)

  it("wins over on(), and on() does not take its requests when it is met", function()
    fake:expect { "POST", "Calls", params = { to = "+1" }, reply = { status = "failed" } }
    fake:on("POST", "Calls", { status = "busy" })
    assert.equal("busy", client.calls:make(CALL).status)
    assert.equal("failed", client.calls:make({ to = "+1", from = "+2", url = "http://a.b/" }).status)
    assert.has_error(function() client.calls:make { to = "+1", from = "+2", url = "http://a.b/" } end)
  end)

  it("is met in any order, and the first one that takes the request is met first", function()
    fake:expect("POST", "Calls", { status = "ringing" })
    fake:expect("GET", "Calls/*")
    fake:expect("POST", "Calls", { status = "busy" })
    assert(client.calls:get(SID))
    assert.equal("ringing", client.calls:make(CALL).status)
    assert.equal("busy", client.calls:make(CALL).status)
    fake:verify()
  end)

  it("is met in its order with in_order", function()
    fake = testing.new { in_order = true }
    client = fake:client()
    fake:expect("GET", "Calls/*")
    fake:expect("POST", "Calls")
    fake:on("GET", "Calls", fake:list {})
    assert.equal(0, client.calls:count())
    local problem = support.misuse(client.calls.make, client.calls, CALL)
    assert.matches("another request was expected before it:\n  GET Calls/*", problem, 1, true)
    assert(client.calls:get(SID))
    assert(client.calls:make(CALL))
  end)

  it("matches the product", function()
    fake:expect("GET", "messaging/v1/Services", fake:list {})
    assert.has_error(function() client.verify.v2.services:list() end)
    assert.equal(0, #client.messaging.v1.services:list())
    fake:expect("GET", "/v2/Services", fake:list {})
    assert.equal(0, #client.verify.v2.services:list())
  end)
end)

describe("on()", function()
  it("answers any number of requests, and the last rule wins", function()
    local fake = testing.new()
    fake:on("GET", "Calls/*", { status = "busy" })
    assert.equal("busy", fake:client().calls:get(SID).status)
    fake:on("GET", "Calls/" .. SID, { status = "failed" })
    for _ = 1, 3 do assert.equal("failed", fake:client().calls:get(SID).status) end
    assert.equal("busy", fake:client().calls:get(testing.sid("CA", 1)).status)
    fake:verify()
  end)

  it("with an array of replies gives one to each request, and leaves the next ones to earlier rules", function()
    local fake, statuses = testing.new(), {}
    fake:on("GET", "Calls/*", { status = "completed" })
    fake:on("GET", "Calls/*", { { status = "queued" }, { status = "ringing" } })
    for i = 1, 4 do statuses[i] = fake:client().calls:get(SID).status end
    assert.same({ "queued", "ringing", "completed", "completed" }, statuses)
  end)
end)

describe("a retry", function()
  local fake, client

  before_each(function()
    fake = testing.new()
    client = fake:client()
  end)

  it("gets the next reply of an array, and counts", function()
    fake:expect("POST", "Calls", { fake:fail(429, 20429), fake:fault "refused", { status = "ringing" } })
    local call = client.calls:make(CALL)
    assert.equal("ringing", call.status)
    assert.equal(3, call:meta().attempts)
    assert.equal(3, #fake:requests())
    assert.equal(2, fake:requests()[2].attempt)
    fake:verify()
  end)

  it("gets the last reply again, and does not count", function()
    fake:expect { "GET", "Calls/*", reply = fake:fail(500), times = 2 }
    assert.equal(4, select(3, client.calls:get(SID)).attempts)
    assert.matches("expected twice, asked once", verified(fake), 1, true)
    assert.equal(4, select(3, client.calls:get(SID)).attempts)
    fake:verify()
    assert.equal(8, #fake:requests())
  end)

  it("follows what the library does with a real server", function()
    fake:on("POST", "Calls", fake:fail(500))
    assert.equal(1, select(3, client.calls:make(CALL)).attempts)
    fake:on("POST", "Calls", fake:fault "reset")
    assert.equal(1, select(3, client.calls:make(CALL)).attempts)
    fake:on("GET", "Calls/*", fake:fault "reset")
    assert.equal(4, select(3, client.calls:get(SID)).attempts)
  end)

  it("of another call with the same request takes the replies of its own call", function()
    fake:on("GET", "Calls/*", { fake:fail(503), { status = "busy" }, { status = "failed" } })
    assert.equal("busy", client.calls:get(SID).status)
    assert.equal("failed", client.calls:get(SID).status)
  end)
end)

describe("a request that nobody expects", function()
  it("raises in the call, and again in verify, if the program catches it", function()
    local fake = testing.new()
    local problem = support.misuse(function() fake:client().calls:get(SID) end)
    assert.matches("^twilio.testing: a request came that was not expected\n  GET /2010%-04%-01/", problem)
    assert.matches("nothing is expected: use fake:expect or fake:on", problem, 1, true)
    assert.matches(problem, verified(fake), 1, true)
  end)

  it("ends an iterator with the error, which an added rule heals", function()
    local fake = testing.new()
    local it = fake:client().calls:iter()
    assert.has_error(function() it() end)
    fake:on("GET", "Calls", fake:list { { sid = SID } })
    assert.equal(SID, it().sid)
  end)
end)

describe("requests()", function()
  it("returns all requests, or those of a rule", function()
    local fake = testing.new()
    fake:on("POST", "Calls")
    fake:on("POST", "Messages")
    local client = fake:client()
    client.calls:make(CALL)
    client.messages:create { to = "+1", from = "+2", body = "a" }
    client.messages:create { to = "+3", from = "+2", body = "b" }
    assert.equal(3, #fake:requests())
    assert.equal(2, #fake:requests("POST", "Messages"))
    assert.equal("b", fake:requests("POST", "Messages", { to = "+3" })[1].params.body)
    assert.same({ To = "+15558675310", From = "+15017122661", Url = "http://foo.com/call.xml" }, fake:requests()[1].params)
    assert.equal("api", fake:requests()[1].product)
    assert.has_error(function() fake:requests("POST", "Mesages") end)
  end)
end)

describe("install()", function()
  it("makes twilio.client return clients of the fake, until uninstall()", function()
    local original, fake = twilio.client, testing.new()
    finally(function() fake:uninstall() end)
    fake:install()
    fake:expect("GET", "Calls/*")
    assert(twilio.client({ retries = 0 }).calls:get(SID))
    assert.equal(fake.account_sid, twilio.client().account_sid)
    fake:verify()
    fake:uninstall()
    fake:uninstall()
    assert.equal(original, twilio.client)
  end)

  it("does not change the clients of another fake", function()
    local first, second = testing.new(), testing.new()
    finally(function() first:uninstall() end)
    first:install()
    second:on("GET", "Calls/*")
    assert(second:client().calls:get(SID))
    assert.equal(1, #second:requests())
  end)

  it("raises while another fake is installed, and names the place", function()
    local first, second = testing.new(), testing.new()
    finally(function() first:uninstall() end)
    first:install()
    assert.matches("a fake is installed already, by .*fake_spec.lua:%d+: call its uninstall", (support.misuse(second.install, second)))
    second:uninstall()
    assert.matches("installed already", (support.misuse(second.install, second)), 1, true)
  end)
end)

describe("a fake", function()
  it("checks its options and its callers", function()
    assert.matches("has no 'in_oder' (did you mean 'in_order'?)", (support.misuse(testing.new, { in_oder = true })), 1, true)
    assert.matches("now must be a number", (support.misuse(testing.new, { now = "today" })), 1, true)
    assert.matches("a table, got number", (support.misuse(testing.new, 1)), 1, true)
    assert.matches("call 'on' on a fake, with ':'", (support.misuse(testing.new().on, "POST", "Calls")), 1, true)
    assert.matches("a fake has no 'expects' (did you mean 'expect'?)", (support.misuse(function() return testing.new().expects end)), 1, true)
  end)

  it("shares nothing with another one", function()
    local first, second = testing.new(), testing.new()
    first:on("GET", "Calls/*")
    first:client().calls:get(SID)
    assert.same({}, second:requests())
    assert.has_error(function() second:client().calls:get(SID) end)
    assert.is_nil(verified(first))
  end)

  it("gives equal answers to equal programs", function()
    local function bodies()
      local fake = testing.new { now = 1300000000 }
      fake:on("POST", "Calls")
      return cjson.encode { fake:client().calls:make(CALL).sid, fake:client().calls:make(CALL).sid }
    end
    assert.equal(bodies(), bodies())
  end)
end)

describe("a fake in nginx", function()
  local problem = nginx.problem()
  if problem then return it("answers calls", function() pending(problem) end) end

  it("answers calls, retries and lists in the content phase and in a timer", function()
    local server = nginx.start {
      http = 'init_by_lua_block { testing = require "twilio.testing" }',
      server = [[
        location / {
          content_by_lua_block {
            local function run()
              local fake = testing.new()
              fake:expect("GET", "Calls/*", { fake:fail(429, 20429), { status = "busy" } })
              fake:expect("GET", "Calls", fake:list({ {}, {}, {} }, { page_size = 2 }))
              local client = fake:client()
              local call = assert(client.calls:get(testing.sid("CA", 1)))
              local text = call.status .. " " .. call:meta().attempts .. " " .. client.calls:count()
              fake:verify()
              return text
            end
            local result
            ngx.say(run())
            ngx.timer.at(0, function() result = select(2, pcall(run)) end)
            while not result do ngx.sleep(0.001) end
            ngx.say(result)
          }
        }
      ]],
    }
    local body = server:get "/"
    assert.equal("busy 2 3\nbusy 2 3\n", body, server:stop())
  end)
end)
