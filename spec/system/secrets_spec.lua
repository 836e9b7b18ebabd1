-- Secrets do not appear in any value, message, log line or process argument, whatever happens.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"
local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }

-- `basic` is the Base64 form of account:token or key:secret, as it is sent.
local SETS = {
  { account_sid = "AC1", auth_token = "tokenhunter2", basic = "QUMxOnRva2VuaHVudGVyMg==" },
  { account_sid = "AC1", auth_token = "tokenhunter2", api_key = "SK1", api_secret = "secrethunter3", basic = "U0sxOnNlY3JldGh1bnRlcjM=" },
}
local SECRETS = { "hunter", "QUMxOnRva2Vu", "U0sxOnNlY3Jl", "cHJveHlodW50" } -- parts of all secrets and of their Base64 forms

describe("a secret", function()
  local main, other, seen

  setup(function() main, other = servers.fault(), servers.fault() end)
  teardown(function()
    main:stop()
    other:stop()
  end)
  before_each(function()
    seen = {}
    main:post "/_/reset"
    other:post "/_/reset"
  end)

  -- Collects all texts that a program could print from the values.
  local function look_all(...) support.collect_texts(seen, ...) end

  local function nothing_shows(least)
    assert.is_true(#seen >= (least or 1), "too few texts to check: " .. #seen)
    for _, text in ipairs(seen) do
      for _, secret in ipairs(SECRETS) do assert.is_nil(text:find(secret, 1, true), text) end
    end
  end

  local function client_of(set, options)
    local all = {
      account_sid = set.account_sid, auth_token = set.auth_token, api_key = set.api_key, api_secret = set.api_secret, max_retry_wait = 0.001,
      base_url = main.url .. "/ok", log = look_all,
    }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  -- Calls many methods of a client, and collects their results and errors.
  local function use(client)
    look_all(client, client.calls, client.calls(SID).recordings, client:account "AC2")
    look_all(client.calls:get(SID))
    look_all(client.calls:make(MAKE))
    look_all(client.calls:delete(SID))
    look_all(client.calls:list())
    look_all(client.calls:count())
    look_all(client:request { path = "/x", method = "POST", form = { a = "b" } })
    look_all(client:account("AC2").calls:get(SID))
    local it = client.calls:iter()
    look_all(it, pcall(it), it)
    look_all(pcall(it))
    local record = client.calls:get(SID)
    if record then look_all(record, record:to_table(), record:meta(), record.recordings, record:json(), record:update {}) end
  end

  local outcomes = {
    success = "ok", refused = "say/401/%7B%22code%22:20003%7D", missing = "say/404/%7B%7D", html = "html_502", redirect = "redirect_302",
    record_of_a_redirect = "redirect_307_json", wrong_next_link = "foreign_next", wrong_next_link_of_meta = "foreign_next_meta",
    network = "close_before_answer", garbage = "garbage", reset = "reset", no_json = "truncated_json", empty = "empty",
  }

  for name, behaviour in pairs(outcomes) do
    it("is not in the results of calls: " .. name, function()
      for _, set in ipairs(SETS) do use(client_of(set, { base_url = main.url .. "/" .. behaviour })) end
      nothing_shows(60)
      local sent = main:get "/_/log"
      assert.is_true(#sent > 10) -- shows that it was sent
      for _, set in ipairs(SETS) do
        local found = behaviour == "reset" -- the server does not read the headers
        for _, request in ipairs(sent) do found = found or request.headers.authorization == "Basic " .. set.basic end
        assert.is_true(found)
      end
    end)
  end

  it("is not sent to the target of a redirect or of a link, and no request is sent there", function()
    for _, set in ipairs(SETS) do
      for _, status in ipairs { 301, 302, 303, 307, 308 } do
        use(client_of(set, { base_url = ("%s/redirect_to/%d/%d"):format(main.url, status, other.port) }))
      end
      use(client_of(set, { base_url = ("%s/next_at/%d"):format(main.url, other.port) }))
      local client = client_of(set)
      look_all(pcall(client.request, client, { url = other.url .. "/ok" }))
    end
    nothing_shows(500)
    assert.is_true(main:get("/_/stats").requests > 100)
    local met = other:get "/_/stats"
    assert.same({ 0, 0 }, { met.connections, met.requests })
  end)

  it("is not in the errors for a timeout, a TLS failure or an unknown host", function()
    for _, set in ipairs(SETS) do
      for _, options in ipairs {
        { base_url = main.url .. "/stall", timeout = 0.02 }, { base_url = main.url:gsub("http:", "https:"), retries = 0, connect_timeout = 0.05 },
        { base_url = "http://127.0.0.1:1" }, { base_url = servers.nowhere, connect_timeout = 0.02 },
        { ca_file = "/no/such/file", base_url = "https://127.0.0.1:1" },
      } do
        use(client_of(set, options))
      end
    end
    nothing_shows(200)
  end)

  it("is not in the errors of a cancelled call or a closed client", function()
    for _, set in ipairs(SETS) do
      local client, canceller = client_of(set), twilio.canceller()
      look_all(canceller)
      canceller:cancel()
      look_all(canceller, client.calls:get(SID, nil, { cancel = canceller }))
      client:close()
      look_all(client, pcall(function() return client.calls end), pcall(client.request, client, { path = "/x" }))
    end
    nothing_shows(30)
  end)

  it("is not in a request or an engine", function()
    local core = require "twilio.core"
    local client = client_of(SETS[2])
    local request = core.request(client.calls, "get", SID)
    look_all(request, request:hooks())
    look_all(request:summary())
    nothing_shows(10)
  end)

  it("is not in the warning about a log function that raises an error", function()
    local stderr, written = io.stderr, {}
    io.stderr = { write = function(_, ...) written[#written + 1] = table.concat { ... } end } -- luacheck: ignore
    local ok, problem = pcall(use, client_of(SETS[1], { log = function() error "the disk is full" end }))
    io.stderr = stderr -- luacheck: ignore
    assert(ok, problem)
    assert.is_true(#written > 5)
    look_all(written)
    nothing_shows()
  end)

  it("is not in the message of a misuse error, even if it was passed as the wrong argument", function()
    local token = "tokenhunter2"
    local function refuse(f, ...)
      local ok, message = pcall(f, ...)
      assert.is_false(ok)
      look_all(message)
    end
    local good = { account_sid = "AC1", auth_token = token }
    for _, name in ipairs { "region", "edge", "base_url", "timeout", "retries", "log", "wait", "transport", "allow_http", "max_response" } do
      for _, value in ipairs { token .. " ", "http://AC1:" .. token .. "@api.twilio.com", "https://AC1:" .. token .. "@api.twilio.com" } do
        local options = { [name] = value }
        for k, v in pairs(good) do options[k] = v end
        refuse(twilio.client, options)
      end
    end
    for _, options in ipairs {
      { account_sid = token }, { auth_token = token }, { account_sid = "SK1", auth_token = token }, { account_sid = "A:C", auth_token = token },
      { account_sid = "AC1", api_secret = token }, { account_sid = "AC1", auth_token = token .. "\n" },
      { account_sid = "AC1", auth_token = { token } },
      { account_sid = "AC1", auth_token = token, authtoken = token }, { account_sid = "AC1", api_key = "SK1", auth_token = token },
    } do
      refuse(twilio.client, options)
    end
    refuse(twilio.client, token)
    refuse(twilio.client, good, token)
    local client = twilio.client(good)
    for _, raw in ipairs {
      { url = "https://AC1:" .. token .. "@api.twilio.com/x" }, { url = "https://AC1:" .. token .. "@evil.example/x?t=" .. token },
      { url = "https://evil.example/?token=" .. token }, { url = "https://evil.example/#" .. token }, { path = "x?token=" .. token },
      { path = "/x?token=" .. token .. " " }, { path = "/x", form = token .. " " }, { path = "/x", query = "token=" .. token .. " " },
      { path = "/x", headers = { Authorization = "Basic " .. token .. "\n" } }, { path = "/x", headers = { Authorization = { token } } },
      { path = "/x", form = { Password = { { token } } } }, { path = "/x", method = "GET", form = { Password = token } },
      { path = "//AC1:" .. token .. "@evil.example/" }, { path = "AC1:" .. token .. "@api.twilio.com" },
    } do
      refuse(client.request, client, raw)
    end
    refuse(client.calls.make, client.calls, { to = token, frm = token })
    refuse(client.calls.make, client.calls, token)
    refuse(client.calls.get, client.calls, SID, nil, { timeout = token })
    nothing_shows(50)
  end)

  it("is not in the errors of calls through a proxy with a password", function()
    local proxies = {
      "http://user:proxyhunter4@127.0.0.1:1", "http://user:proxyhunter4@nowhere.invalid:3128",
      "http://user:proxyhunter4@" .. servers.nowhere:match "//(.*)$", "http://user:proxyhunter4@" .. main.url:match "//(.*)$",
    }
    for _, proxy in ipairs(proxies) do
      for _, base_url in ipairs { main.url .. "/ok", servers.nowhere } do
        use(client_of(SETS[1], { proxy = proxy, base_url = base_url, retries = 0, connect_timeout = 0.02, allow_http = true }))
      end
    end
    for _, proxy in ipairs {
      "http://user:proxyhunter4@127.0.0.1:99999999", "user:proxyhunter4@[::1", "nosuch://user:proxyhunter4@127.0.0.1", "user:proxy@hunter4@127.0.0.1",
      "user:proxyhunter4#@127.0.0.1",
    } do
      local ok, message = pcall(client_of, SETS[1], { proxy = proxy })
      assert.is_false(ok)
      look_all(message)
    end
    nothing_shows(200)
  end)

  it("is not in the error of a call whose client was closed during the call", function()
    local client
    client = twilio.client {
      account_sid = "AC1", auth_token = "tokenhunter2", retries = 0,
      transport = function(request)
        client:close()
        local body = '{"message":"' .. request.headers.authorization .. ' tokenhunter2"}'
        return { status = 401, headers = { ["Twilio-Request-Id"] = "tokenhunter2" }, body = body }
      end,
    }
    local _, message, err = client.calls:get(SID)
    look_all(message, err, tostring(err))
    assert.equal(401, err.status)
    assert.matches("the client is closed", message, 1, true)
    nothing_shows(5)
  end)

  it("is not among the arguments of the process", function()
    local file = io.open("/proc/self/cmdline", "rb")
    if not file then return pending "there is no /proc/self/cmdline" end
    use(client_of(SETS[2]))
    look_all(file:read "*a")
    file:close()
    nothing_shows(60)
  end)
end)
