-- The options log and trace, and what happens when their functions fail.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"
local PATH = "/2010-04-01/Accounts/" .. support.account_sid .. "/Calls/" .. SID .. ".json"

-- Runs f with a replaced io.stderr, and returns the text that was written to it.
local function captured(f)
  local written, stderr = {}, io.stderr
  io.stderr = { write = function(_, ...) written[#written + 1] = table.concat { ... } end } -- luacheck: ignore
  local ok, problem = pcall(f)
  io.stderr = stderr -- luacheck: ignore
  if not ok then error(problem, 0) end
  return table.concat(written)
end

describe("a trace function", function()
  local CALL = { status = 200, headers = { ["content-type"] = "application/json" }, body = '{"sid":"CA1"}' }

  it("receives each attempt with what a transport receives, and what it returns", function()
    local traced, answers = {}, { { status = 503, headers = { x = "y" }, body = "busy" }, CALL }
    local client, requests = support.client({ retries = 1, max_retry_wait = 0.001, trace = function(...) traced[#traced + 1] = { ... } end },
      function() return table.remove(answers, 1) end)
    assert.equal("CA1", client.calls:get(SID).sid)
    assert.same(requests[1], traced[1][1])
    assert.same({ status = 503, headers = { x = "y" }, body = "busy" }, traced[1][2])
    assert.equal(2, traced[2][1].attempt)
    assert.same(CALL, traced[2][2])
    assert.equal(2, #traced)
  end)

  it("receives failures as a transport returns them", function()
    local traced
    local client = support.client({ trace = function(...) traced = { select(2, ...) } end },
      function() return nil, "too late", { kind = "timeout" } end)
    client.calls:get(SID)
    assert.same({ [2] = "too late", [3] = { kind = "timeout", sent = "maybe" } }, traced)
  end)

  it("receives what a server answered", function()
    local server, traced = servers.twilio {}, {}
    finally(function() server:stop() end)
    local client = twilio.client {
      account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url,
      trace = function(request, response) traced[#traced + 1] = request.method .. " " .. response.status .. " " .. #response.body end,
    }
    local call = assert(client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" })
    assert.same({ "POST 201 " .. #call:json() }, traced)
  end)

  it("receives no request for an access token", function()
    local traced = {}
    local client = twilio.client {
      client_id = "OQ1", client_secret = "secret of the app", account_sid = support.account_sid,
      transport = function(request) return request.url:find "oauth" and { status = 200, body = '{"access_token":"t","expires_in":60}' } or CALL end,
      trace = function(request) traced[#traced + 1] = request.url end,
    }
    assert(client.calls:get(SID))
    assert.same({ "https://api.twilio.com" .. PATH }, traced)
  end)

  it("that fails does not lose the response, and the failure is on standard error", function()
    local sid
    local written = captured(function()
      sid = support.client({ trace = function() error("oops", 0) end }, CALL).calls:get(SID).sid
    end)
    assert.equal("CA1", sid)
    assert.equal("twilio: the trace function failed: oops\n", written)
  end)
end)

describe("a log function", function()
  local function logging(answer, options)
    local lines = {}
    options = options or {}
    options.log = function(level, message, fields) lines[#lines + 1] = { level, message, fields } end
    return support.client(options, answer), lines
  end

  it("receives a line for each request", function()
    local client, lines = logging { status = 200, body = '{"sid":"CA1"}', headers = { ["twilio-request-id"] = "RQ1" } }
    assert(client.calls:get(SID))
    assert(client:account("AC2").calls:update(SID, {}))
    assert.equal(2, #lines)
    local level, message, fields = lines[1][1], lines[1][2], lines[1][3]
    assert.equal("info", level)
    assert.matches("^GET " .. PATH:gsub("%-", "%%-") .. ": 200 %(%d+%.%d%d%d s%)$", message)
    assert.same({ method = "GET", path = PATH, status = 200, seconds = fields.seconds, attempts = 1, request_id = "RQ1" }, fields)
    assert.is_number(fields.seconds)
    assert.matches("POST /2010%-04%-01/Accounts/AC2/", lines[2][2])
  end)

  it("receives failures with the level warn", function()
    local client, lines = logging { status = 404, body = "{}" }
    client.calls:get(SID)
    assert.same({ "warn", 404 }, { lines[1][1], lines[1][3].status })
    client, lines = logging(function() return nil, "no\nroute" end)
    client.calls:get(SID)
    assert.equal("warn", lines[1][1])
    assert.matches(": no route %(", lines[1][2])
    assert.equal("no route", lines[1][3].reason)
    assert.is_nil(lines[1][3].status)
  end)

  it("receives neither the auth token nor the query", function()
    local client, lines = logging { status = 200, body = '{"calls":[]}' }
    assert(client.calls:list { to = "+15558675310" })
    local seen = lines[1][2]
    for name, value in pairs(lines[1][3]) do seen = seen .. " " .. name .. "=" .. tostring(value) end
    assert.not_matches("5558675310", seen, 1, true)
    assert.not_matches(support.auth_token, seen, 1, true)
    assert.not_matches("Basic", seen, 1, true)
  end)

  it("receives a line for each page", function()
    local n = 0
    local client, lines = logging(function()
      n = n + 1
      return { status = 200, body = '{"calls":[{}],"next_page_uri":' .. (n < 3 and '"/x?Page=' .. n .. '"' or "null") .. "}" }
    end)
    assert.equal(3, client.calls:count())
    assert.equal(3, #lines)
  end)

  it("that raises is reported on the standard error, and the response is not lost", function()
    local client = support.client({ log = function() error "the disk is full" end }, { status = 200, body = '{"sid":"CA1"}' })
    local call
    local complaint = captured(function() call = client.calls:get(SID) end)
    assert.equal("CA1", call.sid)
    assert.matches("^twilio: the log function failed: .*the disk is full\n$", complaint)
    client = support.client({ log = function() error {} end }, { status = 200, body = "{}" })
    assert.matches("the log function failed: table", captured(function() assert(client.calls:get(SID)) end), 1, true)
  end)

  it("loses no response if creating the line or reporting its failure fails", function()
    local answer = { status = 200, body = '{"sid":"CA1"}' }
    local function place(log)
      local client, requests = support.client({ log = log }, answer)
      local call
      local complaint = captured(function()
        call = client.calls:make { to = "+15558675310", from = "+15017122661", url = "http://x", send_digits = "{1}" }
      end)
      assert.equal("CA1", call.sid)
      assert.equal(1, #requests)
      return complaint
    end
    local no_text = setmetatable({}, { __tostring = function() error "no text" end })
    place(function() error(no_text) end)

    local core = require "twilio.core"
    local summary = core.request_methods.summary
    core.request_methods.summary = function() error "not enough memory" end
    assert.matches("the log function failed: .*not enough memory", place(function() end))
    core.request_methods.summary = summary

    local client = support.client({ log = function() error "full" end }, answer)
    local stderr, call = io.stderr, nil
    for _, channel in ipairs { false, { write = function() error "closed" end } } do
      io.stderr = channel -- luacheck: ignore
      call = client.calls:get(SID)
    end
    io.stderr = stderr -- luacheck: ignore
    assert.equal("CA1", call.sid)
  end)

  it("receives its line without lua-cjson", function()
    local output = support.run [[
      package.preload.cjson = function() error "there is no cjson" end
      local twilio = require "twilio"
      local client = twilio.client {
        account_sid = "AC1", auth_token = "tokenhunter2", transport = function() return { status = 200, body = '{"sid":"CA1"}' } end,
        log = function(_, _, fields) print(fields.body) end,
      }
      print(client:request({ path = "/x", method = "POST", form = { A = "{1" } }).status)
      print(client:request({ path = "/x", method = "POST", form = '{"a":1}' }).status)
      print(client.calls:update("CA1", { twiml = "{" }).sid)
    ]]
    assert.equal("A=***\n200\n***\n200\nTwiml=***\nCA1\n", output)
  end)

  it("receives the duration of each step", function()
    local server = servers.fault()
    local all = {}
    local client = twilio.client {
      account_sid = "AC1", auth_token = "x", base_url = server.url,
      log = function(_, _, fields) all[#all + 1] = fields.timings or false end,
    }
    for _ = 1, 2 do assert(client:request { path = "/ok" }) end
    assert.is_true(all[1].connect > 0 and all[1].connect <= all[1].first_byte and all[1].first_byte <= all[1].total)
    assert.is_nil(all[2].connect)
    assert.is_true(all[2].first_byte > 0)
    client:close()
    server:stop()
  end)

  it("receives libcurl's message for a network failure", function()
    local server = servers.fault()
    local url = server.url
    server:stop()
    local lines = {}
    local client = twilio.client {
      account_sid = "AC1", auth_token = "x", base_url = url, log = function(...) lines[#lines + 1] = { ... } end,
    }
    assert.is_nil((client.calls:get(SID)))
    assert.equal("warn", lines[1][1])
    assert.is_string(lines[1][3].reason)
    assert.is_nil(lines[1][3].status)
    assert.is_true(lines[1][3].seconds >= 0)
    client:close()
  end)
end)
