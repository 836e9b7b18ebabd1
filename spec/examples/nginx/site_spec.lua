-- The phone menu and the auto-responder of examples/nginx from end to end: the simulator calls, signs its
-- webhooks, and follows the TwiML of the site.
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"

local problem = nginx.problem()

local function needs_nginx(name, f)
  it(name, function()
    if problem then return pending(problem) end
    f()
  end)
end

local SHOP, SALES, CALLER = "+15017122661", "+15558675310", "+15551234567"

describe("examples/nginx", function()
  local site, twilio, client, url

  -- Starts the simulator and the site, and gives the site the number SHOP. `before` is more configuration
  -- of nginx.
  local function start(before)
    twilio = servers.twilio {}
    url = "http://127.0.0.1:" .. nginx.free_port()
    site = nginx.start {
      environment = {
        TWILIO_ACCOUNT_SID = twilio.account_sid, TWILIO_AUTH_TOKEN = twilio.auth_token, TWILIO_BASE_URL = twilio.url, TWILIO_FROM = SHOP,
        IVR_SALES = SALES, SHOP_PHONE = SALES, SITE_SECRET = "5ecret",
      },
      example = true, port = url:match "%d+$", before = before,
    }
    client = require("twilio").client { account_sid = twilio.account_sid, auth_token = twilio.auth_token, base_url = twilio.url }
    local number = assert(client.incoming_phone_numbers:list { phone_number = SHOP })[1]
    assert(client.incoming_phone_numbers(number.sid):update {
      voice_url = url .. "/ivr/answer", status_callback = url .. "/ivr/status#rc=2&rp=5xx", sms_url = url .. "/messages",
    })
  end

  after_each(function()
    if not site then return end
    client:close()
    site:stop()
    assert.equal("", twilio:stop())
    site = nil
  end)

  local function list(name) return (site:get("/ivr/" .. name, "--cookie session=alice:5ecret")) end

  -- Somebody calls the shop. Returns the call.
  local function call() return twilio:post("/_/calls", { From = CALLER, To = SHOP }) end

  local function act(sid, action, form) return twilio:post(("/_/calls/%s/%s"):format(sid, action), form) end

  local function look(sid) return twilio:get("/_/calls/" .. sid) end

  local function wait(seconds) twilio:post("/_/clock", { Seconds = seconds }) end

  -- Moves the clock until the call follows a verb, or has ended. Returns the call.
  local function until_verb(sid, verb)
    for _ = 1, 120 do
      local seen = look(sid)
      if seen.verb == verb then return seen end
      wait(1)
    end
    error("the call does not come to " .. verb .. ", but to " .. tostring(look(sid).verb), 2)
  end

  -- Whether the caller has heard a text.
  local function has_heard(sid, text)
    for _, entry in ipairs(look(sid).heard) do
      if entry.text and entry.text:find(text, 1, true) then return true end
    end
    return false
  end

  local function recordings() return assert(client.recordings:list()) end

  needs_nginx("takes a voicemail, and lists it", function()
    start()
    local sid = call().sid
    assert.is_true(has_heard(sid, "To leave a message, press 2."))
    act(sid, "digits", { Digits = "2" })
    until_verb(sid, "Record")
    act(sid, "speech", { Speech = "This is Alice. Please call me back." })
    act(sid, "digits", { Digits = "#" })
    assert.is_true(has_heard(sid, "Thank you."))
    until_verb(sid, nil)
    assert.equal("completed", look(sid).status)
    local recording = recordings()[1]
    assert.equal(("%s %s %ss\n"):format(recording.sid, sid, recording.duration), list "voicemails")
    assert.equal(sid .. " completed\n", list "calls")
  end)

  needs_nginx("keeps the voicemail of a caller who hangs up", function()
    start()
    local sid = call().sid
    act(sid, "digits", { Digits = "2" })
    until_verb(sid, "Record")
    act(sid, "speech", { Speech = "Call me" })
    assert.equal("completed", act(sid, "hangup").status)
    assert.equal(1, #recordings())
    assert.matches("^" .. recordings()[1].sid .. " " .. sid, list "voicemails")
    assert.equal(sid .. " completed\n", list "calls")
  end)

  needs_nginx("a caller who hangs up early leaves nothing but the state of the call", function()
    start()
    local sid = call().sid
    act(sid, "hangup")
    assert.equal(sid .. " completed\n", list "calls")
    assert.equal("\n", list "voicemails")
    assert.same({}, recordings())
  end)

  needs_nginx("connects the caller with sales by a spoken word", function()
    start()
    local sid = call().sid
    assert.equal("Dial", act(sid, "speech", { Speech = "Sales, please" }).verb)
    wait(3)
    local child = assert(client.calls:list { to = SALES })[1]
    assert.same({ "in-progress", sid }, { child.status, child.parent_call_sid })
    act(child.sid, "hangup")
    assert.equal("completed", look(sid).status)
    assert.same({}, recordings())
  end)

  needs_nginx("takes a voicemail if sales does not answer", function()
    start()
    local sid = call().sid
    act(sid, "digits", { Digits = "1" })
    act(assert(client.calls:list { to = SALES })[1].sid, "next", { Status = "busy" })
    assert.is_true(has_heard(sid, "Nobody can answer now."))
    until_verb(sid, "Record")
  end)

  needs_nginx("offers the menu again after a wrong digit, and hangs up on a silent caller", function()
    start()
    local sid = call().sid
    act(sid, "digits", { Digits = "9" })
    assert.is_true(has_heard(sid, "Sorry, I did not understand."))
    until_verb(sid, "Gather")
    until_verb(sid, nil)
    assert.is_true(has_heard(sid, "Goodbye."))
    assert.equal(sid .. " completed\n", list "calls")
  end)

  needs_nginx("lets callers wait until support calls", function()
    start()
    local sid = call().sid
    act(sid, "digits", { Digits = "3" })
    assert.is_true(has_heard(sid, "You are number 1 in the queue."))
    local support = assert(client.calls:make { to = "+15550001111", from = SHOP, url = url .. "/ivr/support" })
    wait(3)
    assert.equal("Queue", look(support.sid).verb)
    act(support.sid, "hangup")
    assert.equal("completed", look(sid).status)
  end)

  needs_nginx("places a call that follows the menu", function()
    start()
    local placed = assert(client.calls:make {
      to = CALLER, from = SHOP, url = url .. "/ivr/answer", status_callback = url .. "/ivr/status",
      status_callback_event = { "initiated", "ringing", "answered", "completed" },
    })
    assert.equal("\n", list "calls")
    wait(3)
    assert.equal(placed.sid .. " in-progress\n", list "calls")
    act(placed.sid, "digits", { Digits = "2" })
    until_verb(placed.sid, "Record")
    act(placed.sid, "hangup")
    assert.equal(placed.sid .. " completed\n", list "calls")
  end)

  needs_nginx("gets a callback again that it has answered with 500", function()
    start [[
      location = /ivr/status {
        access_by_lua_block {
          if ngx.shared.ivr:incr("attempts", 1, 0) < 3 then return ngx.exit(500) end
        }
        content_by_lua_block { require("ivr").serve() }
      }
    ]]
    local sid = call().sid
    act(sid, "hangup")
    assert.equal(sid .. " completed\n", list "calls")
    local statuses = {}
    for _, webhook in ipairs(twilio:get "/_/webhooks") do
      for _, attempt in ipairs(webhook.kind == "voice.status_callback" and webhook.attempts or {}) do
        statuses[#statuses + 1] = attempt.status
      end
    end
    assert.same({ 500, 500, 204 }, statuses)
  end)

  needs_nginx("answers messages, and obeys STOP and START", function()
    start()
    local function text(body)
      local replies = twilio:post("/_/messages", { From = CALLER, To = SHOP, Body = body }).replies
      return replies[1] and replies[1].body, #replies
    end
    assert.equal("Thank you. We will answer soon.", (text "Are you open?"))
    assert.equal(CALLER .. ": Are you open?", assert(client.messages:list { to = SALES })[1].body)
    text "STOP"
    assert.equal(0, (select(2, text "Hello?")))
    text "START"
    assert.equal(1, (select(2, text "Hello?")))
  end)
end)
