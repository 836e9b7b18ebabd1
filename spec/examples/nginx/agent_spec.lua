-- The voice agent of examples/nginx, with a WebSocket client that plays Twilio's side.
local core = require "twilio.core"
local json = require "twilio.json"
local nginx = require "spec.support.nginx"
local shell = require "spec.support.shell"
local webhooks = require "spec.support.webhooks"

local has_websocket, websocket = pcall(require, "http.websocket")
local problem = nginx.problem() or not has_websocket and "lua-http is not installed" or nil

local function needs_nginx(name, f)
  it(name, function()
    if problem then return pending(problem) end
    f()
  end)
end

local TOKEN, PUBLIC, CALL = "12345", "https://example.com", "CA" .. ("1"):rep(32)
local TIMEOUT = 30 -- seconds

describe("examples/nginx/agent.lua", function()
  local site, port

  before_each(function()
    if problem then return end
    port = nginx.free_port()
    site = nginx.start {
      environment = {
        TWILIO_ACCOUNT_SID = "AC" .. ("1"):rep(32), TWILIO_AUTH_TOKEN = TOKEN, TWILIO_PUBLIC_URL = PUBLIC, IVR_SALES = "+15558675310",
      },
      example = true, port = port,
    }
  end)

  after_each(function()
    if site then site:stop() end
    site = nil
  end)

  -- Opens the WebSocket with a signature. Returns the socket; or nil and the problem.
  local function open(signature)
    local socket = websocket.new_from_uri(("ws://127.0.0.1:%d/agent/session"):format(port))
    socket.request.headers:upsert("x-twilio-signature", signature)
    local ok, why = socket:connect(TIMEOUT)
    if not ok then return nil, why end
    return socket
  end

  local function send(socket, message) assert(socket:send(type(message) == "table" and json.encode(message) or message, "text", TIMEOUT)) end

  local function receive(socket) return core.json_decode((assert(socket:receive(TIMEOUT)))) end

  -- Returns the text of an answer, which comes in several messages, and how many messages it has.
  local function answer(socket)
    local words = {}
    repeat
      local message = receive(socket)
      assert.equal("text", message.type)
      words[#words + 1] = message.token
    until message.last
    return table.concat(words), #words
  end

  -- Opens a session. Returns its socket.
  local function session()
    local socket = assert(open(webhooks.sign("wss://example.com/agent/session", nil, TOKEN)))
    finally(function() socket:close(1000, nil, TIMEOUT) end)
    send(socket, { type = "setup", sessionId = "VX1", callSid = CALL })
    return socket
  end

  local function prompt(text, is_partial) return { type = "prompt", voicePrompt = text, lang = "en-US", last = not is_partial } end

  -- Posts a signed webhook. `fields` is a list of { name, value }.
  local function post(path, fields)
    local signature = webhooks.sign(PUBLIC .. path, fields, TOKEN)
    return site:get(path, ("-H %s -d %s"):format(shell.quote("X-Twilio-Signature: " .. signature), shell.quote(webhooks.encode(fields))))
  end

  needs_nginx("a call gets the agent", function()
    local body, status = post("/agent/answer", { { "CallSid", CALL } })
    assert.equal(200, status)
    assert.matches('<Connect action="ended"><ConversationRelay url="wss://example.com/agent/session"', body, 1, true)
    assert.equal(403, (select(2, site:get("/agent/answer", "-d CallSid=" .. CALL))))
    assert.equal(404, (select(2, post("/agent/other", {}))))
  end)

  needs_nginx("a WebSocket that Twilio has not signed is refused with 403", function()
    local upgrade = "-H 'Upgrade: websocket' -H 'Connection: Upgrade' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng=='"
    for _, signature in ipairs {
      webhooks.sign("wss://example.com/agent/session", nil, "wrong"), webhooks.sign("wss://example.com/agent/other", nil, TOKEN), "",
    } do
      assert.same({ "Forbidden\n", 403 }, { site:get("/agent/session", upgrade .. " -H " .. shell.quote("X-Twilio-Signature: " .. signature)) })
      assert.is_nil((open(signature)))
    end
    assert.same({ "Forbidden\n", 403 }, { site:get("/agent/session", upgrade) })
  end)

  needs_nginx("a signed request that opens no WebSocket is answered with 400", function()
    local signature = webhooks.sign("https://example.com/agent/session", nil, TOKEN)
    assert.equal(400, (select(2, site:get("/agent/session", "-H " .. shell.quote("X-Twilio-Signature: " .. signature)))))
  end)

  needs_nginx("the agent speaks in several messages, and repeats what the caller has said", function()
    local socket = session()
    send(socket, prompt("I would", true))
    send(socket, prompt "I would like tea")
    local text, count = answer(socket)
    assert.equal("You said: I would like tea", text)
    assert.equal(6, count)
  end)

  needs_nginx("a new prompt ends the earlier answer", function()
    local socket = session()
    send(socket, prompt(("tea "):rep(1000)))
    receive(socket)
    send(socket, prompt "coffee")
    local text = answer(socket)
    assert.matches("You said: coffee$", text)
    assert.is_true(#text < 1000)
  end)

  needs_nginx("an interrupted answer stops, and the agent knows what was heard", function()
    local socket = session()
    send(socket, prompt(("tea "):rep(1000)))
    assert.equal("You ", receive(socket).token)
    send(socket, { type = "interrupt", utteranceUntilInterrupt = "You said", durationUntilInterruptMs = 460 })
    send(socket, prompt "stop")
    local text = answer(socket)
    assert.matches("You interrupted me after: You said%. You said: stop$", text)
    assert.is_true(#text < 1000)
    send(socket, prompt "more")
    assert.equal("You said: more", (answer(socket)))
  end)

  needs_nginx("the agent hands the caller over", function()
    for said, reason in pairs { ["An operator, please"] = "operator", Goodbye = "goodbye" } do
      local socket = session()
      send(socket, prompt(said))
      local message = receive(socket)
      assert.same({ "end", { reason = reason } }, { message.type, core.json_decode(message.handoffData) })
      send(socket, prompt "Are you there?") -- gets no answer
      socket:close(1000, nil, TIMEOUT)
      local body = post("/agent/ended", { { "CallSid", CALL }, { "HandoffData", message.handoffData } })
      assert.matches(reason == "operator" and "<Number>+15558675310</Number>" or "<Hangup/>", body, 1, true)
    end
    local socket = session()
    send(socket, { type = "dtmf", digit = "0" })
    assert.equal("end", receive(socket).type)
  end)

  needs_nginx("a session without handoff data ends the call", function()
    for _, data in ipairs { "", "no JSON", "[]", "1" } do
      assert.matches("<Hangup/>", (post("/agent/ended", { { "CallSid", CALL }, { "HandoffData", data } })), 1, true)
    end
  end)

  needs_nginx("ten malformed messages in a row close the session with 1007", function()
    local socket = session()
    for _ = 1, 9 do send(socket, "no JSON") end
    send(socket, prompt "tea") -- is not malformed, so the messages are counted anew
    assert.equal("You said: tea", (answer(socket)))
    for i = 1, 10 do
      if i % 2 == 0 then assert(socket:send("\0\1", "binary", TIMEOUT)) else send(socket, '{"type":"prompt"}') end
    end
    local data = socket:receive(TIMEOUT)
    assert.is_nil(data)
    assert.equal(1007, socket.got_close_code)
    assert.matches("malformed message: the prompt message has no field", site:log(), 1, true)
  end)

  needs_nginx("messages in several frames, pings and errors are read", function()
    local socket = session()
    local text = json.encode(prompt "tea")
    assert(socket:send_frame({ FIN = false, MASK = true, opcode = 1, data = text:sub(1, 10) }, TIMEOUT))
    assert(socket:send_ping("x", TIMEOUT))
    assert(socket:send_frame({ FIN = true, MASK = true, opcode = 0, data = text:sub(11) }, TIMEOUT))
    assert.equal("You said: tea", (answer(socket)))
    send(socket, { type = "error", description = "a word was wrong" })
    send(socket, { type = "info", name = "agentSpeaking" })
    send(socket, prompt "coffee")
    assert.equal("You said: coffee", (answer(socket)))
    assert.matches("ConversationRelay: a word was wrong", site:log(), 1, true)
  end)
end)
