local api = require "spec.support.simulator_api"
local servers = require "spec.support.servers"

local get, make_call, root, user = api.get, api.make_call, api.root, api.user
local server

describe("faults", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("apply to matching requests, as often as `Times` says", function()
    server:post("/_/fault", {
      { "Method", "GET" }, { "Path", "/Calls%.json$" }, { "Skip", 1 }, { "Times", 2 }, { "Status", 429 }, { "Body", "slow down" },
      { "Header", "Retry-After: 7" }, { "Header", "Content-Type: text/plain" },
    })
    local path = root .. "/Calls.json"
    assert.equal(200, select(2, get(path)).status)
    assert.equal(201, select(2, make_call()).status)
    assert.equal(200, select(2, get(root .. ".json")).status)
    for _ = 1, 2 do
      local answer = servers.curl { url = server.url .. path, user = user }
      assert.same({ 429, "slow down", "7", "text/plain" }, {
        answer.status, answer.body, answer.headers["retry-after"], answer.headers["content-type"],
      })
    end
    assert.equal(200, select(2, get(path)).status)
  end)

  it("apply to each Nth matching request with `Every`", function()
    server:post("/_/fault", { Skip = 1, Times = 2, Every = 3, Status = 503 })
    for _, status in ipairs { 200, 503, 200, 200, 503, 200, 200, 200 } do
      assert.equal(status, servers.curl({ url = server.url .. root .. ".json", user = user }).status)
    end
  end)

  it("lose the request, or only its response", function()
    local form = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
    local request = { method = "POST", url = server.url .. root .. "/Calls.json", form = form, user = user }
    server:post("/_/fault", { Close = "instead" })
    server:post("/_/fault", { Close = "instead", Handle = "true" })
    for _ = 1, 2 do
      local answer, problem = servers.curl(request)
      assert.is_nil(answer)
      assert.matches("Empty reply", problem)
    end
    assert.equal(1, #get(root .. "/Calls.json").calls)
    local log = server:get("/_/log")
    assert.equal(3, #log)
    assert.same({ nil, 201, 200 }, { log[1].carried_out, log[2].carried_out, log[3].carried_out })
    assert.same({ nil, nil, 200 }, { log[1].status, log[2].status, log[3].status })
  end)

  it("cut the response", function()
    server:post("/_/fault", { Cut = "0.9" })
    local answer, problem = servers.curl { url = server.url .. root .. ".json", user = user }
    assert.is_true(answer == nil and problem:find("transfer closed", 1, true) ~= nil)
    assert.equal(200, select(2, get(root .. ".json")).status)
  end)

  it("delay the response, and close the connection after it", function()
    server:post("/_/fault", { Delay = "0.01", Close = "after" })
    local _, answer = get(root .. ".json")
    assert.same({ 200, "close" }, { answer.status, answer.headers.connection })
    assert.has_error(function() server:post("/_/fault", { Delay = "long" }) end)
    assert.has_error(function() server:post("/_/fault", { Close = "perhaps" }) end)
  end)

  it("are refused if they change nothing", function()
    for _, form in ipairs { {}, { Path = "Messages" }, { Header = "A: b" }, { Handle = "true" }, { Hold = "false" }, { Delay = "0" } } do
      local fine, problem = pcall(server.post, server, "/_/fault", form)
      assert.is_false(fine)
      assert.matches("the fault does nothing: give Fault, Status, Body, Delay, Close, Cut or Hold", problem, 1, true)
    end
    assert.equal(200, select(2, get(root .. ".json")).status)
  end)

  it("have the words of the header X-Simulator-Fault", function()
    local form = { To = "+15558675310", From = "+15017122661", Twiml = "<Response/>" }
    server:post("/_/fault", { Fault = "drop-after", Method = "POST", Path = "Calls" })
    assert.is_nil((servers.curl { method = "POST", url = server.url .. root .. "/Calls.json", form = form, user = user }))
    assert.equal(1, #get(root .. "/Calls.json").calls)
    server:post("/_/fault", { Fault = "drop-after", Handle = "false", Method = "POST" })
    assert.is_nil((servers.curl { method = "POST", url = server.url .. root .. "/Calls.json", form = form, user = user }))
    assert.equal(1, #get(root .. "/Calls.json").calls)
    server:post("/_/fault", { Fault = "429", Status = 503 })
    local body, answer = get(root .. ".json")
    assert.same({ 503, 20429 }, { answer.status, body.code })
    assert.has_error(function() server:post("/_/fault", { Fault = "dorp" }) end)
  end)

  it("are listed and cleared", function()
    assert.equal("[]", servers.curl({ url = server.url .. "/_/fault" }).body)
    server:post("/_/fault", { Path = "Calls", Skip = 1, Times = 2, Status = 429, Header = "Retry-After: 7" })
    get(root .. "/Calls.json")
    server:post("/_/fault", { Fault = "drop", Method = "DELETE" })
    assert.same({
      { path = "Calls", skip = 0, times = 2, every = 1, status = 429, header = { "Retry-After: 7" } },
      { method = "DELETE", skip = 0, times = 1, every = 1, close = "instead" },
    }, server:get "/_/fault")
    local answer = servers.curl { method = "DELETE", url = server.url .. "/_/fault" }
    assert.same({ 200, '{"faults":0}' }, { answer.status, answer.body })
    assert.same({}, server:get "/_/fault")
    assert.equal(200, select(2, get(root .. "/Calls.json")).status)
  end)

  it("are removed by a reset", function()
    server:post("/_/fault", { Status = 500 })
    server:post("/_/reset")
    assert.equal(200, select(2, get(root .. ".json")).status)
  end)
end)
