-- The auto-responder of examples/nginx: opt-out words, retries, and messages that the site sends.
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

local PUBLIC, SHOP, OWNER, CUSTOMER = "https://example.com", "+15017122661", "+15558675310", "+15551234567"

describe("examples/nginx/messages.lua", function()
  local site, server

  before_each(function()
    if problem then return end
    server = servers.twilio {}
    site = nginx.start {
      environment = {
        TWILIO_ACCOUNT_SID = server.account_sid, TWILIO_AUTH_TOKEN = server.auth_token, TWILIO_BASE_URL = server.url, TWILIO_FROM = SHOP,
        SHOP_PHONE = OWNER, TWILIO_PUBLIC_URL = PUBLIC, SITE_SECRET = "5ecret",
      },
      example = true,
    }
  end)

  after_each(function()
    if not site then return end
    site:stop()
    server:stop()
    site = nil
  end)

  local count = 0

  -- Sends the webhook of a message as Twilio does. Options: fields, token (of the retries), from.
  -- Returns the texts of the answer, and the status.
  local function receive(text, options)
    options = options or {}
    count = count + 1
    local fields = { { "MessageSid", ("SM%032d"):format(count) }, { "From", options.from or CUSTOMER }, { "To", SHOP }, { "Body", text } }
    for _, field in ipairs(options.fields or {}) do fields[#fields + 1] = field end
    local headers = " -H " .. shell.quote("X-Twilio-Signature: " .. webhooks.sign(PUBLIC .. "/messages", fields, server.auth_token))
      .. " -H 'I-Twilio-Idempotency-Token: " .. (options.token or "token-" .. count) .. "'"
    local body, status = site:get("/messages", "-d " .. shell.quote(webhooks.encode(fields)) .. headers)
    local texts = {}
    for message in body:gmatch "<Message>(.-)</Message>" do texts[#texts + 1] = message end
    return table.concat(texts, "|"), status
  end

  local function send(to, body)
    return site:get("/send", ("--cookie session=alice:5ecret --data-urlencode To=%s --data-urlencode Body=%s"):format(to, shell.quote(body)))
  end

  -- Returns how many messages the owner has got.
  local function forwarded()
    local client = require("twilio").client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    local list = assert(client.messages:list { to = OWNER })
    client:close()
    return #list, list[1] and list[1].body
  end

  local THANKS = "Thank you. We will answer soon."

  needs_nginx("answers a message, and sends it on to the owner once, however often Twilio sends it", function()
    assert.same({ THANKS, 200 }, { receive("Are you open <today>?", { token = "one" }) })
    assert.same({ THANKS, 200 }, { receive("Are you open <today>?", { token = "one" }) })
    assert.same({ 1, CUSTOMER .. ": Are you open <today>?" }, { forwarded() })
    assert.same({ THANKS, 200 }, { receive("Are you open <today>?", { token = "two" }) })
    assert.equal(2, (forwarded()))
  end)

  needs_nginx("takes a message again if it could not be sent on", function()
    server:post("/_/fault", { Method = "POST", Status = "400", Body = '{"code":20001,"message":"no","status":400}' })
    assert.same({ "", 500 }, { receive("Hello", { token = "one" }) })
    assert.equal(0, (forwarded()))
    assert.same({ THANKS, 200 }, { receive("Hello", { token = "one" }) })
    assert.equal(1, (forwarded()))
  end)

  needs_nginx("a number that has opted out gets no message until it opts in", function()
    assert.equal(201, (select(2, send(CUSTOMER, "News"))))
    for _, word in ipairs { "STOP", " stop. ", "Unsubscribe", "QUIT!", "end", "cancel", "stopall", "revoke", "optout" } do
      assert.equal("You get no more messages. Reply START to get messages again.", (receive(word)))
      assert.same({ "the number has opted out\n", 409 }, { send(CUSTOMER, "News") })
      assert.equal("", (receive "Hello?"))
      assert.equal(201, (select(2, send(OWNER, "News")))) -- another number
      assert.equal("You get messages again. Reply STOP to end them.", (receive "Start"))
      assert.equal(201, (select(2, send(CUSTOMER, "News"))))
    end
  end)

  needs_nginx("opting out twice is the same as once", function()
    receive("STOP", { token = "one" })
    assert.equal("You get no more messages. Reply START to get messages again.", (receive("STOP", { token = "one" })))
    receive "STOP"
    receive "UNSTOP"
    assert.equal(201, (select(2, send(CUSTOMER, "News"))))
    assert.not_matches("[error]", site:log(), 1, true)
  end)

  needs_nginx("a sentence with an opt-out word is a message", function()
    for _, text in ipairs { "Please stop calling", "STOP it", "the end", "help me", "", "yes" } do
      assert.equal(THANKS, (receive(text)))
    end
    receive "STOP"
    assert.equal("You get messages again. Reply STOP to end them.", (receive "YES"))
  end)

  needs_nginx("HELP is answered, also to a number that has opted out", function()
    assert.matches("^Example Shop", (receive "help"))
    receive "STOP"
    assert.matches("^Example Shop", (receive "INFO"))
  end)

  needs_nginx("does not answer a word that Twilio has answered", function()
    assert.equal("", (receive("ARRET", { fields = { { "OptOutType", "STOP" } } })))
    assert.equal(409, (select(2, send(CUSTOMER, "News"))))
    assert.equal("", (receive("DEBUT", { fields = { { "OptOutType", "START" } } })))
    assert.equal(201, (select(2, send(CUSTOMER, "News"))))
  end)

  needs_nginx("keeps a number that Twilio has on its list of opt-outs", function()
    server:post("/_/fault", { Method = "POST", Status = "400", Body = '{"code":21610,"message":"opted out","status":400}' })
    assert.equal(409, (select(2, send(CUSTOMER, "News"))))
    assert.equal(409, (select(2, send(CUSTOMER, "News"))))
  end)

  needs_nginx("refuses everybody but Twilio and the users of the site", function()
    assert.same({ "Forbidden\n", 403 }, { site:get("/messages", "-d Body=STOP -d From=" .. CUSTOMER) })
    assert.same({ "log in first\n", 401 }, { site:get("/send", "-d To=+15551234567 -d Body=x") })
    assert.same({ "To or Body is missing\n", 400 }, { site:get("/send", "--cookie session=alice:5ecret -d To=x") })
    assert.same({ "the message was not sent\n", 400 }, { send("nobody", "x") })
  end)
end)
