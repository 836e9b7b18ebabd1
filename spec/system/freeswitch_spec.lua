-- The scripts of examples/freeswitch/, with a stub of FreeSWITCH's Lua API.
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

  local function hang_up(...)
    return freeswitch.run("hangup_leg", globals, nil, ...)
  end

  local function posts()
    local list = {}
    for _, request in ipairs(server:get "/_/log") do
      if request.method == "POST" then list[#list + 1] = request end
    end
    return list
  end

  -- Changes the channel once the server has received the request for the leg. Nothing is read from
  -- the network meanwhile.
  local function on_the_way(event)
    return function(session)
      if #posts() > 0 then session[event](session) end
    end
  end

  describe("place_leg.lua", function()
    it("places the leg, and sets the hook that hangs it up", function()
      local session = freeswitch.session()
      assert.same({}, place(session))
      local sid = session.variables.twilio_call_sid
      assert.matches("^CA%x+$", sid)
      assert.equal("luarun hangup_leg.lua " .. sid, session.variables.api_hangup_hook)
      assert.same({ { "info", "leg " .. sid .. " is canceled\n" } }, hang_up(sid))
    end)

    it("hangs up the leg of a caller who hung up while the request was in flight", function()
      server:post("/_/fault", { Method = "POST", Path = "Calls", Delay = 0.2 })
      local session = freeswitch.session(on_the_way "hang_up")
      assert.same({}, place(session))
      assert.equal("CS_HANGUP", session.state)
      local sent = posts()
      assert.equal(2, #sent)
      assert.equal("Status=completed", sent[2].body)
      assert.matches(session.variables.twilio_call_sid, sent[2].target, 1, true)
    end)

    it("keeps the leg of a caller who was transferred while the request was in flight, until the call ends", function()
      server:post("/_/fault", { Method = "POST", Path = "Calls", Delay = 0.2 })
      local session = freeswitch.session(on_the_way "transfer")
      assert.same({}, place(session))
      assert.equal("CS_ROUTING", session.state)
      local sid = session.variables.twilio_call_sid
      assert.equal(1, #posts())
      session:hang_up()
      assert.same({ { "info", "leg " .. sid .. " is canceled\n" } }, freeswitch.execute(globals, session.variables.api_hangup_hook))
    end)

    it("hangs up the leg of a caller who hung up after the response had arrived", function()
      local session = freeswitch.session()
      function session:setVariable(name, value)
        self.variables[name] = value
        self:hang_up()
      end
      assert.same({}, place(session))
      assert.equal("Status=completed", posts()[2].body)
    end)

    it("sends nothing for a caller who has already hung up", function()
      for _, event in ipairs { "hang_up", "transfer" } do
        local session = freeswitch.session()
        session[event](session)
        local log = place(session)
        assert.equal(1, #log)
        assert.matches("the function 'ready' returned false", log[1][2], 1, true)
        assert.same({}, posts())
      end
    end)

    it("warns when the leg may have been placed", function()
      server:post("/_/fault", { Method = "POST", Handle = "true", Close = "instead" })
      local session = freeswitch.session()
      local log = place(session)
      assert.is_nil(session.variables.twilio_call_sid)
      assert.matches("^POST /2010%-04%-01/Accounts/", session.variables.twilio_failure)
      assert.same({ "err", session.variables.twilio_failure .. "\n" }, log[1])
      assert.same({ "warning", "a leg to +15558675310 may have been placed\n" }, log[2])
    end)

    it("adds every leg of a channel to the hook", function()
      local session, sids = freeswitch.session(), {}
      for i = 1, 2 do
        assert.same({}, place(session))
        sids[i] = session.variables.twilio_call_sid
      end
      local log = freeswitch.execute(globals, session.variables.api_hangup_hook)
      assert.same({ { "info", "leg " .. sids[1] .. " is canceled\n" }, { "info", "leg " .. sids[2] .. " is canceled\n" } }, log)
    end)

    it("warns when it replaces another hook", function()
      local session = freeswitch.session()
      session.variables.api_hangup_hook = "luarun bill.lua 1"
      assert.same({ { "warning", "place_leg.lua replaces the channel's api_hangup_hook: luarun bill.lua 1\n" } }, place(session))
      assert.equal("luarun hangup_leg.lua " .. session.variables.twilio_call_sid, session.variables.api_hangup_hook)
    end)

    it("logs that it could not hang up a leg", function()
      server:post("/_/fault", { Path = "Calls/", Status = 403, Body = '{"code":20003,"message":"no"}' })
      server:post("/_/fault", { Method = "POST", Path = "Calls", Delay = 0.2 })
      local log = place(freeswitch.session(on_the_way "hang_up"))
      assert.equal(1, #log)
      assert.equal("err", log[1][1])
      assert.matches("403, error 20003", log[1][2])
    end)
  end)

  it("log the errors of Twilio", function()
    globals.twilio_auth_token = "wrong"
    local session = freeswitch.session()
    local log = place(session)
    assert.equal(1, #log)
    assert.matches("401, error 20003: Authenticate", session.variables.twilio_failure, 1, true)
    assert.matches("401, error 20003: Authenticate", hang_up("CA0123456789abcdef0123456789abcdef")[1][2], 1, true)
  end)

  it("hangup_leg.lua ignores a leg that had ended already", function()
    local session = freeswitch.session()
    place(session)
    local sid = session.variables.twilio_call_sid
    server:post("/_/clock", { Seconds = 600 })
    assert.same({ { "info", "leg " .. sid .. " had ended already\n" } }, hang_up(sid))
  end)

  it("hangup_leg.lua treats an unknown leg as ended, and goes on with the others", function()
    local session, sid = freeswitch.session(), "CA0123456789abcdef0123456789abcdef"
    place(session)
    local leg = session.variables.twilio_call_sid
    assert.same({ { "notice", "no leg " .. sid .. "\n" }, { "info", "leg " .. leg .. " is canceled\n" } }, hang_up(sid, leg))
  end)

  it("send_message.lua sends the words of its arguments", function()
    local log = freeswitch.run("send_message", globals, nil, "+15558675310", "+15017122661", "We", "called", "you")
    assert.matches("^message SM%x+ is queued\n$", log[1][2])
    local sent = server:get "/_/log"
    assert.matches("Body=We%%20called%%20you", sent[1].body)
  end)

  describe("missed_call.lua", function()
    local function hook(headers)
      local event = {
        ["Call-Direction"] = "inbound", ["Caller-Channel-Answered-Time"] = "0", ["Caller-Caller-ID-Number"] = "+15558675310",
      }
      for name, value in pairs(headers) do event[name] = value end
      return select(2, freeswitch.run("missed_call", globals, event))
    end

    before_each(function() globals.twilio_from = "+15017122661" end)

    it("sends the message in another thread", function()
      local commands = hook {}
      assert.equal(1, #commands)
      assert.same({}, posts())
      assert.matches("^message SM%x+ is queued\n$", freeswitch.execute(globals, commands[1])[1][2])
      assert.matches("To=%2B15558675310", posts()[1].body, 1, true)
    end)

    it("ignores answered calls, outgoing calls and callers without a number", function()
      assert.same({}, hook { ["Call-Direction"] = "outbound" })
      assert.same({}, hook { ["Caller-Channel-Answered-Time"] = "1300000000000000" })
      for _, caller in ipairs { "", "anonymous", "+1555'); os.execute('x", "+1555 8675310" } do
        assert.same({}, hook { ["Caller-Caller-ID-Number"] = caller })
      end
      globals.twilio_from = nil
      assert.same({}, hook {})
    end)
  end)

  describe("twilio_account.lua", function()
    it("reads the client's options from FreeSWITCH's global variables", function()
      globals.twilio_auth_token = nil
      globals.twilio_api_key, globals.twilio_api_secret = "SK0123456789abcdef0123456789abcdef", "secret"
      assert.matches("401, error 20003", hang_up("CA0123456789abcdef0123456789abcdef")[1][2], 1, true)
      local _, _, username = server:get("/_/log")[1].headers.authorization:find "^Basic (.*)"
      assert.equal("U0swMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpzZWNyZXQ=", username)
    end)

    it("passes invalid values on, for which twilio.client raises", function()
      for name, value in pairs { timeout = "soon", connect_timeout = "0", region = "Ireland!", base_url = "example.com" } do
        local before = globals["twilio_" .. name]
        globals["twilio_" .. name] = value
        assert.has_error(function() hang_up "CA1" end)
        local _, message = pcall(hang_up, "CA1")
        assert.matches(name, message, 1, true)
        globals["twilio_" .. name] = before
      end
      globals.twilio_timeout, globals.twilio_proxy, globals.twilio_ca_file = "5.5", "", ""
      assert.matches("no leg", hang_up("CA0123456789abcdef0123456789abcdef")[1][2], 1, true)
    end)
  end)
end)
