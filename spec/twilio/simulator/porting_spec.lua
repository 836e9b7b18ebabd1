local api = require "spec.support.simulator_api"

local get, assert_error = api.get, api.assert_error
local server

describe("the requests to port numbers in", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post("/_/seed", { PortIns = 3 }) end)
  after_each(function() server:post "/_/reset" end)

  local path = "/v1/Porting/PortIn/PortInRequests"

  it("have pages with tokens in `meta`", function()
    local first = get(path .. "?Size=2")
    assert.same({ 3, 2 }, { first.meta.total, #first.port_in_requests })
    assert.matches("^KW%x+$", first.port_in_requests[1].port_in_request_sid)
    local second = get(path .. "?Size=2&Token=" .. first.meta.next_token)
    assert.same({ 1, "In progress" }, { #second.port_in_requests, second.port_in_requests[1].port_in_request_status })
    assert.same(first.port_in_requests, get(path .. "?Size=2&Token=" .. second.meta.previous_token).port_in_requests)
  end)

  it("are filtered, and refuse a wrong token", function()
    local sid = get(path).port_in_requests[2].port_in_request_sid
    assert.equal(sid, get(path .. "?PortInRequestSid=" .. sid).port_in_requests[1].port_in_request_sid)
    assert_error(400, 20001, get(path .. "?Token=PAKW0"))
  end)
end)
