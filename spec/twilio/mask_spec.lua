-- The body of a request in the log: only values that are known to be harmless are shown.
package.path = "./tools/?.lua;" .. package.path

local dump = require "dump"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

local logged = support.logged

local function body_of(call) return logged(call).body end

describe("a body in the log", function()
  it("of a form has phone numbers and marked parameters masked", function()
    assert.equal("From=%2B*******2661&StatusCallbackEvent=***&StatusCallbackEvent=***&Timeout=60&To=%2B*******5310&Url=***",
      body_of(function(client)
        return client.calls:make {
          to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml?to=%2B15+15558675310", timeout = 60,
          status_callback_event = { "ringing", "answered" },
        }
      end))
    assert.equal("Body=***&From=%2B*******2661&To=whatsapp%3A%2B*******5310", body_of(function(client)
      return client.messages:create { to = "whatsapp:+15558675310", from = "+15017122661", body = "Your code is 1234" }
    end))
    assert.equal("To=%2B*******5310&X=***", body_of(function(client)
      return client:request { path = "/x", form = "To=%2B15558675310&X=y" }
    end))
  end)

  it("has no secret", function()
    local form = {
      Password = "hunter2", AuthToken = "hunter2", ApiKey = "hunter2", ["Binding.Secret"] = "hunter2", PrivateKey = "hunter2",
      client_secret = "hunter2", Certificate = "hunter2", VerificationCode = "hunter2", Code = "hunter2", Credentials = '{"a":"hunter2"}',
      AuthPayload = "hunter2", Config = '{"inner":[{"api_key":"hunter2"}],"n":1}',
    }
    local body = body_of(function(client) return client:request { path = "/x", form = form } end)
    assert.not_matches("hunter2", body)
    assert.matches("Password=***&", body .. "&", 1, true)
    assert.matches("***", body_of(function(client) return client:request { path = "/x", form = "hunter2" } end), 1, true)
    assert.equal("ApnCredentialSid=CR1", body_of(function(client) return client:request { path = "/x", form = { ApnCredentialSid = "CR1" } } end))
    for _, value in ipairs { '{"a":"hunter2"', "[hunter2]", "{hunter2" } do
      assert.equal("A=***", body_of(function(client) return client:request { path = "/x", form = { A = value } } end))
    end
  end)

  it("shows what the documents make harmless: enums, booleans, numbers, dates, SIDs and HTTP methods", function()
    local CA, MG, date = "CA00000000000000000000000000000001", "MG00000000000000000000000000000002", "2026-11-18T20:30:00Z"
    local function sent(form, call) return (body_of(call or function(client) return client.calls:update(CA, form) end)) end
    assert.equal("Method=PUT&Status=completed&TimeLimit=60", sent { status = "completed", time_limit = 60, method = "PUT" })
    local expected = "Body=***&MessagingServiceSid=" .. MG .. "&SendAsMms=true&SendAt=2026-11-18T20%3A30%3A00Z&To=%2B*******5310"
    assert.equal(expected, sent(nil, function(client)
      return client.messages:create { to = "+15558675310", body = MG .. " x", messaging_service_sid = MG, send_at = date, send_as_mms = true }
    end))
    assert.equal("SendAsMms=true&X=" .. CA, sent(nil, function(client)
      return client:request { path = "/x", method = "POST", form = "SendAsMms=true&X=" .. CA }
    end))
    -- an identifier of newer APIs
    local rule = "intelligence_configurationrule_01k6fc25s7epm9qtk8rszbv3q5"
    assert.equal('{"ruleId":"' .. rule .. '"}', (sent(nil, function(client)
      return client:request { path = "/x", method = "POST", json = { ruleId = rule } }
    end)))
    for _, value in ipairs { rule .. "0", rule:sub(1, -2), "alice_adams", "Intelligence_" .. rule:sub(-26) } do
      assert.equal('{"ruleId":"***"}', (sent(nil, function(client)
        return client:request { path = "/x", method = "POST", json = { ruleId = value } }
      end)))
    end
    -- the same values where the documents promise nothing of the kind
    for _, value in ipairs { "60", "true", "completed", date } do
      assert.equal("FriendlyName=***", sent(nil, function(client) return client.accounts("AC1"):update { friendly_name = value } end))
    end
    -- and other values where they do
    for _, value in ipairs { "Alice is here", "5558675310", "alice@example.com", ("x"):rep(41), "<Say>" } do
      assert.equal("Status=***", sent { status = value })
    end
  end)

  it("shows no spoken code, no name and no other words", function()
    local cases = {
      function(c) return c.calls:update("CA1", { twiml = "<Response><Say>Your code is 4 7 1 1 for Ada</Say></Response>" }) end,
      function(c)
        local variables = { ["1"] = "Ada", ["2"] = "4711" }
        return c.messages:create { to = "+15558675310", from = "+15017122661", content_sid = "HX1", content_variables = variables }
      end,
      function(c) return c.calls:make { to = "+15558675310", from = "+15017122661", url = "http://x/?pin=4711", send_digits = "4711" } end,
      function(c)
        return c.studio.v2.flows("FW1").executions:create { to = "+15558675310", from = "+15017122661", parameters = { Ada = { pin = 4711 } } }
      end,
      function(c)
        return c.verify.v2.services("VA1").verifications:create {
          to = "+15558675310", channel = "sms", custom_message = "Ada 4711", template_custom_substitutions = '{"Ada":"4711"}', custom_code = "4711",
        }
      end,
      function(c)
        return c.verify.v2.services("VA1").entities("Ada").challenges:create { factor_sid = "YF1", ["Details.Message"] = "Ada, 4711?" }
      end,
      function(c) return c.conferences("CF1").participants:create { from = "+15017122661", to = "+15558675310", label = "Ada" } end,
      function(c) return c.conversations.v1.conversations("CH1").messages:create { subject = "Ada", body = "4711", author = "Ada" } end,
      function(c)
        local json = { Content = "Ada", Subject = { "Ada", 4711 }, code = 4711, deep = { Ada = 4711 }, born = "1990-04-11" }
        return c:request { path = "/x", json = json }
      end,
      function(c) return c:request { path = "/x", form = { ["Parameter.Ada"] = 4711, ["+15558675310"] = "Ada" } } end,
    }
    for i, call in ipairs(cases) do
      local fields, message = logged(call)
      for _, shown in ipairs { assert(fields.body), fields.message, message } do
        for _, secret in ipairs { "Ada", "4711", "4 7 1 1", "8675310", "1990" } do assert.is_nil(shown:find(secret, 1, true), i .. ": " .. shown) end
      end
    end
  end)

  it("of JSON is shown where the documents make it harmless, and never below the first level", function()
    local decode = require "cjson".decode
    local body = decode(body_of(function(client)
      return client:request {
        path = "/x",
        json = {
          to = "+15558675310", limit = 3, ttl = 15558675310, list = { { phone = 15558675310 }, "x", "alice@example.com" }, on = true,
          token = { deep = { "hunter2", 7 } }, From = { name = "Alice" }, text = '{"password":"hunter2"}', none = require "twilio".null,
        },
      }
    end))
    assert.same({
      to = "+*******5310", limit = 3, ttl = "***", list = { "***", "***", "***" }, on = "***", token = "***", From = "***", text = "***",
      none = require "cjson".null,
    }, body)
    for _, value in ipairs { "+15558675310", 15558675310, { 1, 2 }, { "Ada" } } do
      assert.equal("***", body_of(function(client) return client:request { path = "/x", json = value } end))
    end
  end)

  -- Calls an operation of the table. Returns whether its SIDs fit the names that lead to it: some resources are
  -- below a record and below the list of all records.
  local function call(t, client, op, params)
    local node, place, left, steps = nil, client, op.n_path, {}
    for i = 0, #t.nodes do
      if t.nodes[i].full == op.node then node = t.nodes[i] end
    end
    while node.index ~= 0 do
      table.insert(steps, 1, node)
      node = t.nodes[node.parent]
    end
    local function sids(n)
      local list = {}
      for i = 1, n do list[i] = ("XX%032d"):format(i) end
      left = left - n
      return list
    end
    for i, step in ipairs(steps) do
      place = place[step.name]
      local takes = step.called == step.index and step.arity or 0 -- `accounts` also is a product
      local n = i == #steps and left or math.min(takes, left)
      if n > takes then return false end
      if i == #steps then
        local args = sids(n)
        args[n + 1] = params
        place[op.kind](place, (unpack or table.unpack)(args))
      elseif n > 0 then
        place = place((unpack or table.unpack)(sids(n)))
      end
    end
    return true
  end

  it("of any operation shows no value that the documents do not make harmless", function()
    if not shell.has "cc" then return pending "no cc" end
    local t, checked, secret, fields = dump.read ".", 0, "Alice Adams", nil
    local client = support.client({ log = function(_, _, all) fields = all end }, { status = 200, body = '{"sid":"XX1"}' })
    local values = {
      scalar = secret, array = { secret }, json = { key = secret }, json_array = { { key = secret } }, object = { key = secret },
      numbered = { secret }, map = { key = secret },
    }
    for i = 0, #t.ops do
      local op, params, hides = t.ops[i], {}, false
      for _, param in ipairs(op.params) do
        if not param.harmless and (param.location == "body" or param.required) then
          params[param.name], hides = values[param.class] or error(param.name), hides or param.location == "body"
        elseif param.required then
          params[param.name] = "1"
        end
      end
      if hides and op.auth ~= "oauth" and call(t, client, op, params) then
        checked = checked + 1
        assert.is_truthy(fields.body:find("***", 1, true), op.path)
        assert.is_nil(fields.body:find("Alice", 1, true), op.path)
      end
    end
    assert.is_true(checked > 450, checked .. " operations")
  end)

  it("is absent where none is sent, and made for a log function alone", function()
    assert.is_nil(body_of(function(client) return client.calls:get "CA1" end))
    assert.is_nil(body_of(function(client) return client.calls:delete "CA1" end))
    assert.is_nil(body_of(function(client) return client.calls:update("CA1", {}) end))
  end)
end)
