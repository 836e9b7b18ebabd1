-- What `make torture` starves. spec/torture/README.md explains the fields.
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"
local FILE = 200 * 1024 -- bytes of a download

-- Returns the results of a step that fails: nil, message, err.
local function failed(message, err) return nil, message, err end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

--- Returns the scenarios, by their names. `at` has the URLs of the fault server and a directory:
-- { url, secure, http2, authority, directory, source, feed }. A step calls at.feed(), which ends the starvation,
-- before it checks what was written.
return function(at)
  local function connect(behaviour, more)
    local options = { account_sid = "AC1", auth_token = "t", base_url = at.url .. behaviour, retries = 0, timeout = 10 }
    for name, value in pairs(more or {}) do options[name] = value end
    return twilio.client(options)
  end
  -- The server closes the connection after its response, so that each request needs a new one.
  local body = '{"sid":"' .. SID .. '","status":"queued"}'
  local closing = "/wire/close/" .. (("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
    :gsub("[^%w]", function(character) return ("%%%02X"):format(character:byte()) end))
  local path = at.directory .. "/file"
  local scenarios = {}

  scenarios.client = { step = function()
    local client = twilio.client {
      account_sid = "AC1", api_key = "SK1", api_secret = "s", auth_token = "t", region = "ie1", edge = "dublin", user_agent = "x",
      proxy = "http://127.0.0.1:1", ca_file = "/x", base_url = "http://127.0.0.1:1/{product}",
    }
    local account = client:account "AC2"
    local text = tostring(account.calls(SID).recordings) .. tostring(client)
    account:close()
    client:close()
    return #text > 0
  end }

  scenarios.request = { cold = 29, requests = 1, step = function()
    local client = connect(closing)
    local call, message, err = client.calls:make { to = "+1", from = "+2", url = "http://x?" .. ("a&"):rep(99), record = true }
    client:close()
    if not call then return failed(message, err) end
    return call.status == "queued" and call.sid == SID and call:to_table().status == "queued"
  end }

  -- The connection is reused: another part of libcurl runs than for a new connection.
  local kept
  scenarios.reuse = { requests = 1, step = function()
    kept = kept or connect "/ok"
    local call, message, err = kept.calls:get(SID)
    if not call then return failed(message, err) end
    return call.status == "queued"
  end }

  local function fetch(base_url)
    local client = connect("", { base_url = base_url, ca_file = at.authority })
    local call, message, err = client.calls:get(SID)
    client:close()
    if not call then return failed(message, err) end
    return call.status == "queued"
  end
  scenarios.tls = { is_vague = true, cold = 499, requests = 1, only = "c", every = 3, step = function() return fetch(at.secure .. closing) end }
  scenarios.http2 = { is_vague = true, requests = 1, only = "c", step = function() return fetch(at.http2 .. "/ok") end }

  scenarios.refused = { requests = 1, step = function()
    local client = connect "/problem"
    local call, message, err = client.calls:make { to = "+1", from = "+2", url = "http://x" }
    client:close()
    if not call and err.code == 20001 then return err.kind == "api" end
    return failed(message, err)
  end }

  scenarios.retry = { step = function()
    local client = connect("/reset_always", { base_url = "http://127.0.0.1:1", retries = 2, max_retry_wait = 0.001, log = function() end })
    local call, message, err = client.calls:get(SID)
    client:close()
    if not call and err.kind == "network" and err.attempts == 3 then return message ~= nil end
    return failed(message, err)
  end }

  scenarios.page = { step = function()
    local client = connect "/pages/always/ok"
    local page, message, err = client.calls:list { page_size = 3 }
    local second
    if page then second, message, err = page:next() end
    client:close()
    if not second then return failed(message, err) end
    return #page == 3 and #second == 3 and second[1].sid == "CA4"
  end }

  scenarios.iteration = { step = function()
    local client = connect "/pages/once/pages"
    local calls, n = client.calls:iter { page_size = 3, limit = 6 }, 0
    local ok, problem = pcall(function()
      for call in calls do
        n = n + 1
        if call.sid ~= "CA" .. n then error { lost = n } end
      end
    end)
    calls:close()
    client:close()
    if type(problem) == "table" then return false end
    if not ok then return failed(tostring(problem), calls.error) end
    return n == 6
  end }

  scenarios.map = { step = function()
    local client = connect "/ok"
    local results, failures = twilio.map({ 1, 2, 3 }, 2, function() return client.calls:get(SID) end)
    client:close()
    at.feed()
    for i = 1, 4 do
      local failure = failures and failures[i]
      if failure and failure.err then return failed(failure.message, failure.err) end
      if failure then return failed(failure.message) end
      if i < 4 and results[i].sid ~= SID then return false end
    end
    return results.n == 3
  end }

  scenarios.download = { requests = 1, temporary = at.directory, bytes = 4099, step = function()
    local client = connect ""
    local result, message, err = client:download(at.url .. "/file/" .. FILE .. "?length=close", path)
    client:close()
    at.feed()
    local text = read(path)
    if not result then return failed(message, err) end
    return #text == FILE and text:sub(-16) == "0123456789abcdef"
  end }

  scenarios.chunks = { requests = 1, step = function()
    local client, bytes = connect "", 0
    local result, message, err = client:download(at.url .. "/file/" .. FILE, function(chunk) bytes = bytes + #chunk end)
    client:close()
    if not result then return failed(message, err) end
    return bytes == FILE
  end }

  scenarios.upload = { step = function()
    local client = connect "/ok"
    local result, message, err = client:request {
      method = "POST", path = "/upload",
      multipart = { { name = "a", data = ("x"):rep(1000) }, { name = "b", path = at.source, filename = "b.txt", content_type = "text/plain" } },
    }
    client:close()
    if not result then return failed(message, err) end
    return result.status == 200 and result.json ~= nil and result.json.sid == SID
  end }

  scenarios.csv = { temporary = at.directory, bytes = 7, step = function()
    local client = connect "/pages/once/pages"
    local count, message, err = client.calls:csv(path, { page_size = 3, limit = 3 })
    client:close()
    at.feed()
    local rows = 0
    if count then
      for row in twilio.csv.rows(path) do rows = rows + (row.sid == "CA" .. rows + 1 and 1 or 0) end
    end
    if not count then return failed(message, err) end
    return rows == 3
  end }

  scenarios.journal = { temporary = at.directory, bytes = 97, step = function()
    local ok, done, message, err = pcall(function()
      local journal, message, err = twilio.journal.open(path)
      if not journal then return nil, message, err end
      local done
      for i = 1, 3 do
        done, message, err = journal:put("key " .. i, { text = ("x"):rep(1000), n = i })
        if not done then return nil, message, err end
      end
      journal:close()
      local again
      again, message, err = twilio.journal.open(path)
      if not again then return nil, message, err end
      local value = again:get "key 3"
      again:close()
      return value.n == 3 and #value.text == 1000
    end)
    at.feed()
    collectgarbage() -- unlocks a journal that an error left open
    os.remove(path)
    if not ok then error(done, 0) end
    if done == nil then return failed(message, err) end
    return done
  end }

  local signed = {
    auth_token = "12345", url = "https://mycompany.com/myapp.php?foo=1&bar=2",
    params = { CallSid = "CA1234567890ABCDE", Caller = "+14158675309", Digits = "1234", From = "+14158675309", To = "+18005551212" },
    headers = { ["X-Twilio-Signature"] = "RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
  }
  scenarios.webhook = { cold = 97, step = function()
    local ok, reason = twilio.webhook.verify(signed)
    if not ok then return reason:find "memory" and failed(reason) or false end -- a good signature is never refused
    local event = twilio.webhook.parse("CallSid=CA1&From=%2B1415&Body=a%20b", "application/x-www-form-urlencoded")
    return event.call_sid == "CA1" and event.Body == "a b"
  end }

  scenarios.twiml = { step = function()
    local response = twilio.twiml.voice()
    response:gather({ num_digits = 1, action = "/menu?a=1&b=2" }):say("Press <1>", { voice = "Polly.Joanna" })
    local text = tostring(response)
    local read_back = assert(twilio.twiml.parse(text))
    return tostring(read_back) == text
  end }

  scenarios.jwt = { step = function()
    local token = twilio.jwt.access_token {
      account_sid = "AC1", api_key = "SK1", api_secret = "secret", identity = "i", grants = { voice = { outgoing_application_sid = "AP1" } },
    }
    local claims, reason = twilio.jwt.verify(token, "secret")
    if not claims then return reason:find "memory" and failed(reason) or false end
    return claims.sub == "AC1" and claims.grants.identity == "i"
  end }

  scenarios.json = { step = function()
    local client = connect("", { transport = function()
      return { status = 200, headers = { a = "b" }, body = '{"sid":"CA1","n":12345678901234567890,"a":[1,{"b":"\\u00e9"}],"x":null}' }
    end })
    local call, message, err = client.calls:get "CA1"
    if not call then return failed(message, err) end
    local all = call:to_table()
    client:close()
    return all.a[2].b == "é" and tostring(all.n) == "12345678901234567890" and call:json():sub(1, 1) == "{"
  end }

  return scenarios
end
