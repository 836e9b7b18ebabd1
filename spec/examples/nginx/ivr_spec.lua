-- The phone menu of examples/nginx. Each page is requested as Twilio requests it.
local nginx = require "spec.support.nginx"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local webhooks = require "spec.support.webhooks"

local problem = nginx.problem()

local function needs_nginx(name, f)
  it(name, function()
    if problem then return pending(problem) end
    f()
  end)
end

local PUBLIC, SALES = "https://example.com", "+15558675310"
local CALL, OTHER = "CA" .. ("1"):rep(32), "CA" .. ("2"):rep(32)

describe("examples/nginx/ivr.lua", function()
  local site, server

  local function start(sales)
    site = nginx.start {
      environment = {
        TWILIO_ACCOUNT_SID = server.account_sid, TWILIO_AUTH_TOKEN = server.auth_token, TWILIO_BASE_URL = server.url,
        TWILIO_PUBLIC_URL = PUBLIC, SITE_SECRET = "5ecret", IVR_SALES = sales,
      },
      example = true,
    }
  end

  before_each(function()
    if not problem then server = servers.twilio {} end
  end)

  after_each(function()
    if site then site:stop() end
    if server then server:stop() end
    site, server = nil, nil
  end)

  -- Posts a signed webhook of the call. Returns the body and the status.
  local function post(path, values, options)
    options = options or {}
    local fields = { { "CallSid", options.call or CALL } }
    for name, value in pairs(values or {}) do fields[#fields + 1] = { name, value } end
    local signature = webhooks.sign(PUBLIC .. "/ivr/" .. path, fields, server.auth_token)
    return site:get("/ivr/" .. path, ("-H %s -H 'I-Twilio-Idempotency-Token: %s' -d %s"):format(shell.quote("X-Twilio-Signature: " .. signature),
      options.token or "", shell.quote(webhooks.encode(fields))))
  end

  local function has(text, body) assert.matches(text, body, 1, true) end

  local function list(name) return (site:get("/ivr/" .. name, "--cookie session=alice:5ecret")) end

  needs_nginx("offers the menu three times, and hangs up then", function()
    start(SALES)
    for attempt, path in ipairs { "answer", "answer?attempt=2", "answer?attempt=3" } do
      local body, status = post(path)
      assert.equal(200, status)
      has('<Gather input="dtmf speech" action="menu" timeout="5" numDigits="1" hints="sales,message,support"><Say>For sales', body)
      has(attempt < 3 and "<Redirect>answer?attempt=" .. attempt + 1 .. "</Redirect></Response>" or "<Hangup/></Response>", body)
    end
  end)

  needs_nginx("takes digits and words", function()
    start(SALES)
    for choice, values in pairs {
      ['<Dial action="dialed" timeout="20"><Number>' .. SALES] = { { Digits = "1" }, { SpeechResult = "Sales, please." } },
      ['<Record action="recorded"'] = { { Digits = "2" }, { SpeechResult = "I want to leave a message" } },
      ['<Enqueue action="dequeued" waitUrl="wait">support</Enqueue>'] = { { Digits = "3" }, { SpeechResult = "support" } },
      ['<Redirect>answer?attempt=2</Redirect>'] = { { Digits = "9" }, { SpeechResult = "hello" }, {} },
    } do
      for _, fields in ipairs(values) do has(choice, (post("menu", fields))) end
    end
  end)

  needs_nginx("takes a voicemail if nobody is there", function()
    start()
    has("Sales is closed", (post("menu", { Digits = "1" })))
    for _, status in ipairs { "busy", "no-answer", "failed", "canceled" } do
      has('<Record action="recorded"', (post("dialed", { DialCallStatus = status })))
    end
    for _, result in ipairs { "error", "queue-full", "system-error", "leave" } do
      has('<Record action="recorded"', (post("dequeued", { QueueResult = result })))
    end
    has("<Response><Hangup/></Response>", (post("dialed", { DialCallStatus = "completed" })))
    has("<Response><Hangup/></Response>", (post("dequeued", { QueueResult = "bridged" })))
    has("<Hangup/>", (post("recorded", { RecordingUrl = "https://example.com/r" })))
  end)

  needs_nginx("says their place to waiting callers, and gives support the first of them", function()
    start()
    has("You are number 3 in the queue.", (post("wait", { QueuePosition = "3" })))
    has("<Dial><Queue>support</Queue></Dial>", (post "support"))
  end)

  needs_nginx("keeps the newest state of each call, in whatever order the callbacks arrive", function()
    start()
    assert.equal(204, (select(2, post("status", { CallStatus = "ringing", SequenceNumber = "1" }))))
    assert.equal(CALL .. " ringing\n", list "calls")
    post("status", { CallStatus = "completed", SequenceNumber = "3" })
    post("status", { CallStatus = "in-progress", SequenceNumber = "2" })
    post("status", { CallStatus = "completed", SequenceNumber = "3" })
    post("status", { CallStatus = "busy", SequenceNumber = "10" }, { call = OTHER })
    assert.equal(CALL .. " completed\n" .. OTHER .. " busy\n", list "calls")
  end)

  needs_nginx("lists the voicemails among Twilio's recordings", function()
    start()
    local client = require("twilio").client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local call = assert(client.calls:make { to = SALES, from = "+15017122661", url = "http://example.com" })
    server:post("/_/clock", { Seconds = 3 })
    local voicemail, other = assert(call.recordings:create {}), assert(call.recordings:create {})
    client:close()
    post("voicemail", { RecordingSid = voicemail.sid, RecordingStatus = "completed", RecordingDuration = "7" })
    post("voicemail", { RecordingSid = other.sid, RecordingStatus = "absent" })
    assert.equal(("%s %s 7s\n"):format(voicemail.sid, CALL), list "voicemails")
    server:post("/_/fault", { Method = "GET", Status = "403", Body = "{}" })
    assert.equal("the recordings could not be listed\n", list "voicemails")
  end)

  needs_nginx("refuses everybody but Twilio and the users of the site", function()
    start()
    for _, page in ipairs { "answer", "menu", "status", "voicemail", "support" } do
      assert.same({ "Forbidden\n", 403 }, { site:get("/ivr/" .. page, "-d CallStatus=completed -d CallSid=" .. CALL) })
    end
    for _, page in ipairs { "calls", "voicemails" } do
      assert.same({ "log in first\n", 401 }, { site:get("/ivr/" .. page) })
    end
    assert.equal(404, (select(2, site:get "/ivr/other")))
  end)
end)
