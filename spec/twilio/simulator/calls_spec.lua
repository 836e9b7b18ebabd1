local api = require "spec.support.simulator_api"
local cjson = require "cjson"

local ask, get, post, call_path = api.ask, api.get, api.post, api.call_path
local make_call, advance, assert_error = api.make_call, api.advance, api.assert_error
local count_keys = api.count_keys
local server

describe("calls of the API", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("are created", function()
    local call, answer = make_call()
    assert.equal(201, answer.status)
    assert.equal("queued", call.status)
    assert.equal("+15558675310", call.to)
    assert.equal("(555) 867-5310", call.to_formatted)
    assert.equal("(501) 712-2661", call.from_formatted)
    assert.equal("Sun, 13 Mar 2011 07:06:40 +0000", call.date_created)
    assert.equal(call_path(call), call.uri)
    assert.equal("outbound-api", call.direction)
    assert.equal(cjson.null, call.price)
    assert.equal(cjson.null, call.duration)
    assert.equal(26, count_keys(call))
    assert.equal(9, count_keys(call.subresource_uris))
    assert.equal(call_path(call, "/Recordings"), call.subresource_uris.recordings)
    assert.same(call, get(call.uri))
  end)

  it("have the same SIDs after each start", function()
    local first = make_call().sid
    assert.matches("^CA%x+$", first)
    assert.equal(34, #first)
    server:post("/_/reset")
    assert.equal(first, make_call().sid)
    assert.not_equal(first, make_call().sid)
  end)

  it("are not created with wrong parameters", function()
    assert_error(400, 21201, make_call { To = false })
    assert_error(400, 21213, make_call { From = false })
    assert_error(400, 21205, make_call { Url = false })
    assert_error(400, 21205, make_call { Url = "foo" })
    assert_error(400, 21217, make_call { To = "+15005550001" })
    assert_error(400, 21217, make_call { To = "nonsense" })
    assert_error(400, 21212, make_call { From = "+15005550001" })
    assert_error(400, 20001, make_call { Method = "FETCH" })
    assert.equal(201, select(2, make_call { Url = false, Twiml = "<Response/>" }).status)
    assert.equal(201, select(2, make_call { Url = false, ApplicationSid = "AP" .. ("0"):rep(32), To = "client:tom" }).status)
  end)

  it("are redirected while they are live", function()
    local call = make_call()
    advance(3)
    assert.equal("in-progress", post(call.uri, { Url = "http://foo.com/new.xml", Method = "POST" }).status)
    assert_error(400, 21205, post(call.uri, { Url = "foo" }))
    assert_error(400, 20001, post(call.uri, { Status = "busy" }))
    post(call.uri, { Status = "completed" })
    assert_error(400, 21220, post(call.uri, { Url = "http://foo.com/new.xml" }))
    assert_error(400, 21220, post(call.uri, { Status = "completed" }))
  end)

  it("are deleted only after they have ended", function()
    local call = make_call()
    assert_error(409, 20009, ask("DELETE", call.uri))
    post(call.uri, { Status = "canceled" })
    local _, answer = ask("DELETE", call.uri)
    assert.equal(204, answer.status)
    assert.equal("", answer.body)
    assert_error(404, 20404, get(call.uri))
    assert_error(404, 20404, ask("DELETE", call.uri))
  end)

  it("have one event for each request", function()
    local call = make_call()
    post(call.uri, { Status = "completed" })
    local events = get(call_path(call, "/Events")).events
    assert.equal(2, #events)
    assert.equal("completed", events[1].request.parameters.Status)
    assert.equal(201, events[2].response.response_code)
  end)
end)
