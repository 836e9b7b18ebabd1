-- The control paths of the simulator: wrong requests, and requests of other sites.
local cjson = require "cjson"
local servers = require "spec.support.servers"

describe("the control paths", function()
  local server
  setup(function() server = servers.twilio {} end)
  teardown(function() server:stop() end)

  local function ask(request)
    local answer = assert(servers.curl {
      method = request.method, url = server.url .. request.path, form = request.form, body = request.body, headers = request.headers,
    })
    return answer.status, cjson.decode(answer.body)
  end

  it("answer 400 for wrong values, without a position in the source", function()
    for name, form in pairs { Seconds = { Seconds = "abc" }, Now = { Now = "soon" }, Ringing = { Ringing = "x" } } do
      local status, body = ask { method = "POST", path = "/_/clock", form = form }
      assert.equal(400, status)
      assert.equal(("the field '%s' is '%s': expected a number."):format(name, form[name]), body.error)
    end
    local status, body = ask { method = "POST", path = "/_/messages", form = {} }
    assert.equal(400, status)
    assert.is_nil(body.error:find(".lua:", 1, true), body.error)
  end)

  it("refuse unknown fields of a form, a query and a JSON object", function()
    local json = { "Content-Type: application/json" }
    for _, request in ipairs {
      { method = "POST", path = "/_/calls", form = { Form = "+1" } }, { method = "GET", path = "/_/verifications?Form=1" },
      { method = "POST", path = "/_/calls", headers = json, body = '{"Form":"+1"}' },
    } do
      local status, body = ask(request)
      assert.equal(400, status)
      assert.matches("unknown field 'Form'", body.error, 1, true)
    end
    for text, message in pairs {
      ['{"Seconds":{"a":1}}'] = "the field 'Seconds' is an object", ['{"Seconds":[1,2]}'] = "takes one value", ["[1]"] = "is no JSON object",
      ["nonsense"] = "is no JSON object",
    } do
      local status, body = ask { method = "POST", path = "/_/clock", headers = json, body = text }
      assert.equal(400, status)
      assert.matches(message, body.error, 1, true)
    end
    assert.equal(200, (ask { method = "POST", path = "/_/clock", headers = json, body = '{"Seconds":1,"Now":null}' }))
  end)

  it("answer 404 for an unknown path, with the method and the path", function()
    local status, body = ask { method = "GET", path = "/_/clok" }
    assert.equal(404, status)
    assert.matches("there is no GET /_/clok. Did you mean '/_/clock'?", body.error, 1, true)
    status, body = ask { method = "POST", path = "/_/state" }
    assert.equal(404, status)
    assert.matches("there is no POST /_/state. Did you mean 'GET /_/state'?", body.error, 1, true)
    assert.matches("Did you mean '/_/calls/{}/digits'?", select(2, ask { method = "POST", path = "/_/calls/CA1/digit" }).error, 1, true)
  end)

  it("reject wrong requests", function()
    assert.has_error(function() server:post("/_/clock", { Seconds = -1 }) end)
    assert.has_error(function() server:post("/_/seed", { Calls = "many" }) end)
    assert.has_error(function() server:post("/_/seed", { Calls = 1, Status = "odd" }) end)
    assert.has_error(function() server:get("/_/nothing") end)
  end)

  it("are listed with their fields", function()
    local status, body = ask { method = "GET", path = "/_/" }
    assert.equal(200, status)
    assert.equal("a number", body["POST /_/clock"].Seconds)
    assert.same({}, body["GET /_/state"])
    local text, places = servers.curl({ url = server.url .. "/_/" }).body, {}
    assert.matches('\n "GET /_/verifications": {"To": "a text"},\n', text, 1, true)
    assert.matches('\n "POST /_/chaos": {"Rate": "a number from 0 to 1", "Seed": "a number", "Wait": "one of true, false"},\n', text, 1, true)
    assert.matches("}\n}\n$", text)
    for place in text:gmatch '\n "([^"]*)": {' do places[#places + 1] = place end
    local sorted = { (table.unpack or unpack)(places) }
    table.sort(sorted)
    assert.same(sorted, places)
    local guide = io.open "doc/simulator.md"
    local described = guide:read "*a"
    guide:close()
    for _, place in ipairs(places) do
      local shown = place:gsub("/webhooks/{}", "/webhooks/{number}"):gsub("{}", "{sid}")
      assert.matches("`" .. shown .. "`", described, 1, true)
    end
  end)

  it("name a + that was lost in the number of a verification", function()
    local status, body = ask { method = "GET", path = "/_/verifications?To=+15551112222" }
    assert.same({ 400, "no verification has the number  15551112222. Write the + as %2B" }, { status, body.error })
    assert.same({ 200, {} }, { ask { method = "GET", path = "/_/verifications?To=%2B15551112222" } })
  end)

  it("write empty arrays as arrays", function()
    local function body_of(path, form)
      return assert(servers.curl { method = form and "POST" or "GET", url = server.url .. path, form = form }).body
    end
    local text = body_of("/_/messages", { From = "+14155551234", To = "+15017122661", Body = "Hi" })
    assert.matches('"replies":[]', text, 1, true)
    assert.matches('"replies":[]', body_of("/_/messages/" .. cjson.decode(text).sid), 1, true)
    local account = "/2010-04-01/Accounts/" .. server.account_sid
    local function ask_api(form, path)
      return cjson.decode(assert(servers.curl {
        method = "POST", url = server.url .. account .. path, form = form, user = server.account_sid .. ":" .. server.auth_token,
      }).body)
    end
    local call = ask_api({ From = "+15017122661", To = "+15558675310", Url = "http://shop.example/voice" }, "/Calls.json")
    assert.matches('"heard":[]', body_of("/_/calls/" .. call.sid), 1, true)
    ask_api({ From = "+15017122661", To = "+15558675310", Body = "Hi", StatusCallback = "http://shop.example/status" }, "/Messages.json")
    body_of("/_/clock", { Seconds = 3 })
    assert.matches('"attempts":[]', body_of "/_/webhooks", 1, true)
  end)

  it("refuse the requests of web pages of other sites", function()
    local port = server.url:match ":(%d+)$"
    for origin, host in pairs {
      ["http://evil.example"] = "127.0.0.1:" .. port, ["null"] = "127.0.0.1:" .. port, ["http://evil.example:" .. port] = "evil.example:" .. port,
    } do
      local status = ask { method = "POST", path = "/_/clock", form = { Seconds = 5 }, headers = { "Origin: " .. origin, "Host: " .. host } }
      assert.equal(403, status, origin)
    end
    for _, host in ipairs { "127.0.0.1:" .. port, "localhost:" .. port } do
      local headers = { "Origin: http://" .. host, "Host: " .. host }
      assert.equal(200, (ask { method = "POST", path = "/_/clock", form = { Seconds = 5 }, headers = headers }))
    end
  end)
end)
