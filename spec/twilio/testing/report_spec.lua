-- The messages about unexpected requests, and about requests that did not come.
local support = require "spec.support.client"
local testing = require "twilio.testing"

local function lines_of(problem) return (problem:gsub("%([^)]*report_spec.lua:%d+%)", "(here)")) end

describe("the message", function()
  local fake, client

  before_each(function()
    fake = testing.new()
    client = fake:client()
  end)

  local function send(to)
    return lines_of(support.misuse(function() client.messages:create { to = to, from = "+15017122661", body = "Ahoy" } end))
  end

  it("about an unexpected request shows its parameters and those that differ", function()
    fake:expect { "POST", "Messages", params = { to = "+15558675310", body = "Ahoy", media_url = testing.any, from = function() return false end } }
    assert.equal([[
twilio.testing: a request came that was not expected
  POST /2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json
    Body = Ahoy
    From = +15017122661
    To = +15558675311
expected was:
  POST Messages (here), expected once, asked never
    From: expected a value that the function accepts, got +15017122661
    To: expected +15558675310, got +15558675311
    media_url: expected any value, got nothing]], send "+15558675311")
  end)

  it("shows parameters that must not come", function()
    fake:expect { "POST", "Messages", params = { to = "+1", body = testing.absent }, exact = true }
    local text = send "+1"
    assert.matches("Body: expected absent, got Ahoy", text, 1, true)
    assert.matches("From: expected nothing, got +15017122661", text, 1, true)
    fake:expect { "POST", "Messages", params = function() return false end }
    assert.matches("params: expected what the function accepts", send "+1", 1, true)
  end)

  it("shows at most three rules of the same path, or else the nearest one", function()
    for i = 1, 5 do fake:on { "POST", "Messages", params = { to = "+" .. i } } end
    fake:on("GET", "Calls")
    local text = send "+9"
    assert.matches("the nearest of the 6 expected requests:", text, 1, true)
    assert.equal(3, select(2, text:gsub("expected any number of times", "")))
    text = support.misuse(function() client.calls:get(testing.sid("CA", 1)) end)
    assert.matches("GET Calls %(.-%), expected any number of times, asked never\n    another method or path$", text)
  end)

  it("shows the product, values that are tables, and the attempt", function()
    local text = support.misuse(function() client.verify.v2.services:create { friendly_name = "Shop" } end)
    assert.matches("  POST verify/v2/Services\n    FriendlyName = Shop\n", text, 1, true)
    fake:on { "GET", "Calls/*", times = 1, reply = { fake:fail(503) } }
    fake:on { "POST", "Calls", params = { status_callback_event = { "initiated", "ringing" } } }
    local call = { to = "+1", from = "+2", url = "http://a.b/", status_callback_event = { "answered", "ringing" } }
    text = support.misuse(client.calls.make, client.calls, call)
    assert.matches('StatusCallbackEvent = ["answered","ringing"]', text, 1, true)
    assert.matches('StatusCallbackEvent: expected ["initiated","ringing"], got ["answered","ringing"]', text, 1, true)
  end)

  it("about used up replies says so", function()
    fake:on("POST", "Messages", { {} })
    assert(client.messages:create { to = "+1", from = "+2", body = "a" })
    assert.matches("its replies are used up", send "+1", 1, true)
  end)

  it("of verify shows what did not come, and what came", function()
    fake:expect { "POST", "Messages", params = { to = "+3" }, times = 2 }
    fake:expect("GET", "Calls")
    fake:on("POST", "Messages")
    client.messages:create { to = "+1", from = "+2", body = "a" }
    assert.equal([[
twilio.testing: 2 expected requests did not come
  POST Messages (here), expected twice, asked never
    to = +3
  GET Calls (here), expected once, asked never
this request came:
  POST /2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json
    Body = a
    From = +2
    To = +1]], lines_of(support.misuse(fake.verify, fake)))
  end)

  it("of verify shows each request once", function()
    fake:expect("GET", "Calls")
    local refused = "POST /2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
    local function count(text, part) return select(2, text:gsub(part:gsub("%p", "%%%0"), "")) end
    pcall(function() client.messages:create { to = "+1", from = "+2", body = "a" } end)
    local text = support.misuse(fake.verify, fake)
    assert.equal(1, count(text, refused))
    assert.not_matches("request came:", text, 1, true)
    assert.matches("a request came that was not expected", text, 1, true)

    fake:on("GET", "Messages")
    client.messages:list()
    text = support.misuse(fake.verify, fake)
    assert.matches("\nthis request came:\n  GET /2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json", text, 1, true)
    assert.equal(1, count(text, refused))
  end)

  it("of verify says if no request came at all", function()
    fake:expect("GET", "Calls")
    assert.matches("\nno request came$", (support.misuse(fake.verify, fake)))
  end)
end)
