-- The results of a failed call: nil, a message of one line, and a table.
local support = require "spec.support.client"
local servers = require "spec.support.servers"
local twilio = require "twilio"

local SID = "CA00000000000000000000000000000001"
local PATH = "/2010-04-01/Accounts/" .. support.account_sid .. "/Calls/" .. SID .. ".json"

local function fail(status, body, headers, ...)
  local client = support.client(nil, { status = status, body = body, headers = headers or { ["content-type"] = "application/json" } })
  local nothing, message, err = client.calls:get(SID, ...)
  assert.is_nil(nothing)
  assert.is_string(message)
  assert.not_matches("[%z\1-\31\127]", message)
  assert.not_matches(support.auth_token, message, 1, true)
  return message, err
end

describe("Twilio's errors", function()
  it("in the format of the 2010 API", function()
    local message, err = fail(404, [[{"code":20404,"message":"Not found","status":404,
      "details":{"param":"Sid"},"more_info":"https://www.twilio.com/docs/errors/20404"}]], { ["Twilio-Request-Id"] = "RQ1" })
    assert.equal("GET " .. PATH .. ": 404, error 20404: Not found (request RQ1)", message)
    assert.same({
      kind = "api", status = 404, code = 20404, message = "Not found", more_info = "https://www.twilio.com/docs/errors/20404",
      details = { param = "Sid" }, request_id = "RQ1", method = "GET", url = "https://api.twilio.com" .. PATH, attempts = 1, sent = "yes",
      body = err.body,
    }, err)
    assert.matches('^{"code":20404', err.body)
  end)

  it("as problem details (RFC 9457)", function()
    local message, err = fail(400, [[{"type":"https://www.twilio.com/docs/errors/20001","title":"Invalid parameter",
      "status":400,"code":20001,"detail":"The value of 'to' is not valid","errors":[{"field":"to"}]}]],
      { ["content-type"] = "application/problem+json" })
    assert.matches("400, error 20001: The value of 'to' is not valid", message, 1, true)
    assert.equal("The value of 'to' is not valid", err.message)
    assert.equal("https://www.twilio.com/docs/errors/20001", err.more_info)
    assert.equal(20001, err.code)
    assert.same({ { field = "to" } }, err.details)
    assert.equal("Invalid parameter", select(2, fail(400, '{"title":"Invalid parameter","detail":null}')).message)
  end)

  it("in camel case", function()
    local message, err = fail(400, '{"code":20001,"message":"Invalid parameter","httpStatusCode":400,"params":["to"]}')
    assert.matches("400, error 20001: Invalid parameter", message, 1, true)
    assert.same({ "to" }, err.details)
    assert.equal(400, err.status)
  end)

  it("of OAuth", function()
    local _, err = fail(401, '{"error":"invalid_client","error_description":"Client authentication failed"}')
    assert.equal("Client authentication failed", err.message)
  end)

  it("as HTML from a proxy", function()
    local message, err = fail(502, "<html>Bad\nGateway</html>", { ["Content-Type"] = "text/html; charset=utf-8" })
    assert.equal("GET " .. PATH ..
      ": 502, and the body is not a JSON object (content type: text/html; charset=utf-8); is there a proxy on the way?", message)
    assert.equal("api", err.kind)
    assert.equal("<html>Bad\nGateway</html>", err.body)
    assert.equal("502, and the body is not a JSON object (content type: text/html; charset=utf-8); is there a proxy on the way?", err.message)
    assert.matches("content type: none", (fail(502, "x", {})), 1, true)
  end)

  it("with an empty body, or without the usual fields", function()
    local message, err = fail(503, "", {})
    assert.equal("GET " .. PATH .. ": 503, with an empty body", message)
    assert.is_nil(err.body)
    assert.is_nil(err.code)
    assert.equal("503, with an empty body", err.message)
    assert.matches(": 500$", (fail(500, "{}")))
    for _, body in ipairs { "[1]", "null", '{"code":1' } do assert.matches("not a JSON object", (fail(500, body)), 1, true) end
  end)

  it("with the status 304, which is not a redirect", function()
    local message, err = fail(304, "", {})
    assert.equal("GET " .. PATH .. ": 304, with an empty body", message)
    assert.equal("api", err.kind)
  end)

  it("within the object `error`", function()
    local message, err = fail(400, '{"error":{"code":20001,"message":"Invalid parameter","more_info":"https://x","details":{"a":1}}}')
    assert.matches("400, error 20001: Invalid parameter", message, 1, true)
    assert.same({ 20001, "Invalid parameter", "https://x", { a = 1 } }, { err.code, err.message, err.more_info, err.details })
    message, err = fail(400, '{"code":7,"error":{"code":8,"message":"inner","detail":"other"}}')
    assert.matches("400, error 7: inner", message, 1, true)
    assert.equal(7, err.code)
    assert.equal("400", select(2, fail(400, '{"error":{}}')).message)
    assert.equal("Inner", select(2, fail(400, '{"message":null,"error":{"x":{"message":"deep"},"title":"Inner"}}')).message)
  end)

  it("with fields of unexpected types", function()
    local message, err = fail(400, '{"code":"E17","message":{"text":"odd"},"more_info":17,"detail":"Plain"}')
    assert.matches("400, error E17: Plain", message, 1, true)
    assert.equal("E17", err.code)
    assert.equal("Plain", err.message)
    assert.is_nil(err.more_info)
    message, err = fail(400, '{"code":{"a":1},"message":null}')
    assert.matches(": 400$", message)
    assert.same({ a = 1 }, err.code)
    assert.equal("400", err.message)
  end)
end)

describe("the message", function()
  it("is one line, even if its parts contain line breaks", function()
    local message, err = fail(400, '{"code":1,"message":"one\\u007f\\ntwo\\u0000\\u001b[31mthree"}', { ["twilio-request-id"] = "RQ\27[1m" })
    assert.matches("error 1: one  two", message, 1, true)
    assert.matches("%(request RQ %[1m%)$", message)
    assert.matches("^one\127\ntwo", err.message)
  end)

  it("is cut if it is long, but not within a character", function()
    local message = fail(400, '{"message":"' .. ("\195\164"):rep(2000) .. '"}')
    assert.is_true(#message < 700)
    local text = message:match ": 400: (.*)$"
    assert.equal(("\195\164"):rep(#text / 2), text)
  end)

  it("does not contain the query, but err.url does", function()
    local client = support.client(nil, { status = 500, body = "{}" })
    local _, message, err = client.calls:list { to = "+15558675310" }
    assert.not_matches("5558675310", message, 1, true)
    assert.matches("To=%2B15558675310", err.url, 1, true)
    local _, raw = client:request { path = "/x?Secret=1", query = { To = "+15558675310" } }
    assert.not_matches("Secret", raw, 1, true)
    assert.not_matches("5558675310", raw, 1, true)
    assert.matches("GET /x: 500", raw, 1, true)
  end)

  it("is raised by assert on every Lua", function()
    local client = support.client(nil, { status = 404, body = '{"code":20404,"message":"Not found"}' })
    local ok, raised = pcall(function() return assert(client.calls:get(SID)) end)
    assert.is_false(ok)
    assert.matches("404, error 20404: Not found", raised, 1, true)
  end)
end)

describe("the error table", function()
  it("has the seconds of Retry-After in retry_after", function()
    local function retry_after(value)
      return select(2, fail(429, "", { ["Retry-After"] = value })).retry_after
    end
    assert.equal(120, retry_after "120")
    assert.equal("120", tostring(retry_after "120"))
    assert.equal(0, retry_after "0")
    assert.equal(1000000000, retry_after(("9"):rep(60)))
    assert.equal(0, retry_after "Wed, 21 Oct 2015 07:28:00 GMT")
    local later = os.time() + 1000
    local seconds = retry_after(os.date("!%a, %d %b %Y %H:%M:%S GMT", later))
    assert.is_true(seconds > 900 and seconds <= 1000)
    for _, other in ipairs { "soon", "-1", "1.5", "12 s", "" } do assert.is_nil(retry_after(other)) end
  end)

  it("returns its message from tostring, without an additional field", function()
    local message, err = fail(404, '{"code":20404,"message":"No +15558675310"}')
    assert.equal(message, tostring(err))
    assert.matches("404, error 20404: No +*******5310", tostring(err), 1, true)
    local names = {}
    for name in pairs(err) do names[#names + 1] = name end
    table.sort(names)
    assert.equal("attempts body code kind message method sent status url", table.concat(names, " "))
    local cjson = require "cjson"
    assert.same(cjson.decode(cjson.encode(err)), err)
    local raised = select(2, pcall(error, err))
    assert.equal(message, tostring(raised))
    local _, other, failure = support.client(nil, function() return nil, "no route" end).calls:get(SID)
    assert.equal(other, tostring(failure))
  end)

  it("has the target of a redirect in location", function()
    local _, err = fail(302, "", { Location = "https://other.example/x?to=+15558675310" })
    assert.equal("untrusted", err.kind)
    assert.equal("https://other.example/x?to=+15558675310", err.location)
    assert.is_nil(select(2, fail(302, "", {})).location)
    assert.is_nil(select(2, fail(404, "{}", { Location = "/x" })).location)
  end)

  it("has the first 64 KiB of a large body", function()
    local _, err = fail(500, ("x"):rep(1000000), {})
    assert.equal(("x"):rep(65536), err.body)
  end)

  it("has the nested tables and nulls of details", function()
    local _, err = fail(400, '{"code":1,"details":[null,{"a":null}]}')
    assert.equal(require "twilio".null, err.details[1])
    assert.same({}, err.details[2])
  end)
end)

describe("a failure of the network", function()
  local fault

  setup(function() fault = servers.fault() end)
  teardown(function() fault:stop() end)

  local function meet(behaviour, options)
    local all = { base_url = fault.url .. "/" .. behaviour, transport = false }
    for name, value in pairs(options or {}) do all[name] = value end
    local client = require "twilio".client {
      account_sid = support.account_sid, auth_token = support.auth_token, base_url = all.base_url, timeout = all.timeout,
      max_response = all.max_response, retries = 0,
    }
    local results = { client.calls:get(SID) }
    client:close()
    assert.is_nil(results[1])
    return results[2], results[3]
  end

  it("has the kind network, timeout, too_large or decode, and `sent`", function()
    local expected = {
      garbage = { "network", "maybe" },
      http09 = { "network", "maybe" },
      stall = { "timeout", "maybe", timeout = 0.2 },
      stall_body = { "timeout", "yes", timeout = 0.2, status = 200 },
      huge = { "too_large", "yes", max_response = 1000, status = 200 },
      html_200 = { "decode", "yes", status = 200 },
      html_502 = { "api", "yes", status = 502 },
      redirect_302 = { "untrusted", "yes", status = 302 },
    }
    for behaviour, want in pairs(expected) do
      local message, err = meet(behaviour, want)
      assert.same({ behaviour, want[1], want[2], want.status }, { behaviour, err.kind, err.sent, err.status })
      assert.equal(1, err.attempts)
      assert.equal("GET", err.method)
      assert.matches("^GET /2010%-04%-01/", message)
      assert.not_matches("\n", message)
    end
  end)

  it("has a message with method, path, status and libcurl's reason", function()
    local path = "GET /2010-04-01/Accounts/" .. support.account_sid .. "/Calls/" .. SID .. ".json: "
    local expected = {
      close_before_answer = "Empty reply from server",
      stall = "Operation timed out after %d+ milliseconds with 0 bytes received %(option timeout%)",
      stall_body = "200, but Operation timed out after %d+ milliseconds with %d+ out of %d+ bytes received %(option timeout%)",
      huge = "200, but the answer is larger than max_response, 1000 bytes",
      truncated_body = "200, but .*%d+ bytes remaining to read",
      truncated_json = "200, but the response is not JSON: .* at byte %d+",
      redirect_302 = "302, a redirect, which is not followed",
      html_502 = "502, and the body is not a JSON object %(content type: text/html%); is there a proxy on the way%?",
      error_camel = "400, error 20001: Invalid parameter",
    }
    for behaviour, text in pairs(expected) do
      local message, err = meet(behaviour, { timeout = behaviour:find "stall" and 0.2, max_response = behaviour == "huge" and 1000 or nil })
      assert.equal(path, message:sub(1, #path))
      assert.matches("^" .. text .. "$", message:sub(#path + 1))
      assert.not_matches("GET", err.message)
    end
  end)

  -- libcurl opens several descriptors. Its error depends on which of them it could not open.
  it("names missing file descriptors as the reason, whatever libcurl could not open", function()
    local program = ([[
      local left = tonumber(os.getenv "LEFT")
      local client = require "twilio".client { account_sid = "AC1", auth_token = "t", base_url = "%s/ok", retries = 0 }
      local open = {}
      repeat
        local file = io.open "/dev/null"
        open[#open + 1] = file
      until not file
      for _ = 1, left do table.remove(open):close() end
      local call, message, err = client.calls:get "CA1"
      io.write(call and "ok" or message, "|", err and err.kind .. err.sent or "")
    ]]):format(fault.url)
    local starved = 0
    for left = 0, 12 do
      local output = support.run(program, { LEFT = left }, "sh -c 'ulimit -n 64; exec \"$@\"' sh ")
      if output ~= "ok|" then
        assert.matches("Calls/CA1.json: no file descriptor is left: ", output, 1, true)
        assert.matches("|networkno$", output)
        starved = starved + 1
      end
    end
    assert.is_true(starved >= 2 and starved < 13, starved)
  end)

  it("names the time limit that has expired", function()
    local function limit(options)
      local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = fault.url .. "/stall_body", retries = 0 }
      local _, message, err = client.calls:get(SID, nil, options)
      client:close()
      assert.same({ "timeout", "yes", 1 }, { err.kind, err.sent, err.attempts })
      return message:match "%(options? (.-)%)$"
    end
    assert.equal("timeout", limit { timeout = 0.1 })
    assert.equal("deadline", limit { timeout = 10, deadline = 0.1 })
    assert.equal("low_speed_limit and low_speed_time", limit { timeout = 20, low_speed_limit = 1000, low_speed_time = 1 })
    -- An address that is reserved for documentation. No host responds, or there is no route.
    local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = "https://192.0.2.1", retries = 0, timeout = 20 }
    local _, message, err = client.calls:get(SID, nil, { connect_timeout = 0.1 })
    if err.kind == "timeout" then assert.matches("(option connect_timeout)", message, 1, true) end
    assert.equal("no", err.sent)
    client:close()
  end)

  it("by a speed limit ends the calls of a client with this option, or a single call with this option", function()
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", base_url = fault.url .. "/stall_body", low_speed_time = 1, low_speed_limit = 1000, timeout = 20,
    }
    local _, message, err = client.calls:make { to = "+1", from = "+2", url = "http://x" }
    assert.matches("200, but Operation too slow. Less than 1000 bytes/sec transferred the last 1 seconds", message, 1, true)
    assert.same({ "timeout", "yes", 1, 200 }, { err.kind, err.sent, err.attempts, err.status })
    local _, other = client.calls:get(SID, nil, { low_speed_time = 15, timeout = 0.1 })
    assert.matches("(option timeout)", other, 1, true)
    client:close()
    client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = fault.url, retries = 0 }
    assert(client:request({ path = "/ok" }, { low_speed_time = 1, low_speed_limit = 1e9 })) -- ends before libcurl checks the speed
    -- The same easy handle without the limit. Only the timeout ends this call.
    assert.matches("option timeout)", select(2, client:request({ path = "/stall" }, { timeout = 1.5 })), 1, true)
    client:close()
  end)

  it("has the durations of the steps of its attempt", function()
    local function timings(base_url, options, request)
      local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = base_url, retries = 0 }
      local _, _, err = client:request({ path = request or "/x" }, { timeout = options.timeout })
      client:close()
      return assert.is_table(err.timings) and err.timings
    end
    local function names(all)
      local list = {}
      for name, seconds in pairs(all) do
        assert.is_true(seconds > 0 and seconds <= all.total, name)
        list[#list + 1] = name
      end
      table.sort(list)
      return table.concat(list, " ")
    end
    local own = servers.fault() -- there is no connection to this server yet
    assert.equal("connect first_byte name_lookup total", names(timings(own.url .. "/stall_body", { timeout = 0.2 })))
    assert.equal("connect name_lookup total", names(timings(own.url .. "/stall", { timeout = 0.2 })))
    assert.equal("connect name_lookup total", names(timings(own.url .. "/close_before_answer", {})))
    assert.equal("connect first_byte name_lookup total", names(timings(own.url .. "/html_502", {})))
    assert.equal("first_byte total", names(timings(own.url, {}, "/say/500"))) -- on a kept connection
    assert.equal("name_lookup total", names(timings((own.url:gsub("http:", "https:")), { timeout = 0.3 })))
    own:stop()
    assert.equal("total", names(timings("https://nowhere.invalid", { timeout = 0.1 })))
    local _, _, err = support.client({}, { status = 500 }).calls:get(SID)
    assert.is_nil(err.timings)
    local canceller = twilio.canceller()
    canceller:cancel()
    assert.is_nil(select(3, support.client().calls:get(SID, nil, { cancel = canceller })).timings)
  end)

  it("is too_large if the Content-Length exceeds max_response", function()
    local _, err = meet("huge_length", { max_response = 1000 })
    assert.equal("too_large", err.kind)
  end)

  it("has sent = \"no\" if the request could not be sent", function()
    local server = servers.fault()
    local url = server.url
    server:stop()
    local client = require "twilio".client { account_sid = "AC1", auth_token = support.auth_token, base_url = url }
    local nothing, message, err = client.calls:make { to = "+1", from = "+2", url = "http://x" }
    assert.is_nil(nothing)
    assert.equal("network", err.kind)
    assert.equal("no", err.sent)
    assert.matches("^POST /2010%-04%-01/Accounts/AC1/Calls.json: ", message)
    client:close()
  end)

  it("is not returned for a redirect with redirect_to in its body: the result is a record", function()
    local client = require "twilio".client { account_sid = "AC1", auth_token = "x", base_url = fault.url .. "/redirect_307_json" }
    assert.equal("http://evil.example/elsewhere", assert(client.calls:get(SID)).redirect_to)
    client:close()
  end)
end)
