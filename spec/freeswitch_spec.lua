-- The scripts of examples/freeswitch/, with a stub of what FreeSWITCH gives them.
local freeswitch = require "spec.support.freeswitch"
local servers = require "spec.support.servers"

describe("examples/freeswitch/", function()
  local server, globals

  setup(function() server = servers.twilio { now = 1300000000 } end)
  teardown(function() server:stop() end)
  before_each(function()
    server:post "/_/reset"
    globals = { twilio_account_sid = server.account_sid, twilio_auth_token = server.auth_token, twilio_base_url = server.url }
  end)

  local function place(session)
    return freeswitch.run("place_leg", globals, session, "+15558675310", "+15017122661", "https://example.com/leg.xml")
  end

  local function hang_up(sid)
    return freeswitch.run("hangup_leg", globals, nil, sid)
  end

  it("place_leg.lua places the leg, and sees to its end", function()
    local session = freeswitch.session()
    assert.same({}, place(session))
    local sid = session.variables.twilio_call_sid
    assert.matches("^CA%x+$", sid)
    assert.equal("luarun hangup_leg.lua " .. sid, session.variables.api_hangup_hook)
    assert.same({ { "info", "leg " .. sid .. " is canceled\n" } }, hang_up(sid))
  end)

  it("place_leg.lua does not wait for an answer that its caller no longer waits for", function()
    server:post("/_/fault", { Path = "Calls", Delay = 20 })
    local session = freeswitch.session(function(asked) return asked > 3 end)
    local log = place(session)
    assert.is_nil(session.variables.twilio_call_sid)
    assert.matches("^POST /2010%-04%-01/Accounts/", session.variables.twilio_failure)
    assert.same({ "err", session.variables.twilio_failure .. "\n" }, log[1])
    assert.same({ "warning", "a leg to +15558675310 may have been placed all the same\n" }, log[2])
    assert.equal(4, session.asked)
  end)

  it("place_leg.lua hangs up the leg of a caller who went while it was placed", function()
    local placed = false
    local session = freeswitch.session(function() return placed end)
    function session:setVariable(name, value)
      self.variables[name], placed = value, true
    end
    assert.same({}, place(session))
    local log = server:get "/_/log"
    assert.equal("Status=completed", log[#log].body)
    assert.matches(session.variables.twilio_call_sid, log[#log].target, 1, true)
  end)

  it("say what Twilio refuses", function()
    globals.twilio_auth_token = "wrong"
    local session = freeswitch.session()
    local log = place(session)
    assert.equal(1, #log)
    assert.matches("401, error 20003: Authenticate", session.variables.twilio_failure, 1, true)
    assert.matches("401, error 20003: Authenticate", hang_up("CA0123456789abcdef0123456789abcdef")[1][2], 1, true)
  end)

  it("hangup_leg.lua leaves alone a leg that has ended by itself", function()
    local session = freeswitch.session()
    place(session)
    local sid = session.variables.twilio_call_sid
    server:post("/_/clock", { Seconds = 600 })
    assert.same({ { "info", "leg " .. sid .. " has ended by itself\n" } }, hang_up(sid))
  end)

  it("place_leg.lua says that it could not hang up a leg", function()
    server:post("/_/fault", { Path = "Calls/", Status = 403, Body = '{"code":20003,"message":"no"}' })
    local log = place(freeswitch.session(function() return false end))
    assert.same({}, log) -- who has gone before the leg was placed has none
    local placed = false
    local session = freeswitch.session(function() return placed end)
    function session.setVariable() placed = true end
    log = place(session)
    assert.equal("err", log[1][1])
    assert.matches("403, error 20003", log[1][2])
  end)

  it("hangup_leg.lua takes a leg that is not there for one that has ended", function()
    local sid = "CA0123456789abcdef0123456789abcdef"
    assert.same({ { "notice", "no leg " .. sid .. "\n" } }, hang_up(sid))
  end)

  it("send_message.lua sends the words of its arguments", function()
    local log = freeswitch.run("send_message", globals, nil, "+15558675310", "+15017122661", "We", "called", "you")
    assert.matches("^message SM%x+ is queued\n$", log[1][2])
    local sent = server:get "/_/log"
    assert.matches("Body=We%%20called%%20you", sent[1].body)
  end)
end)
