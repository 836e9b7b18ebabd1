-- The implementation of the poller for Linux: the callbacks of libcurl, and the interface for event
-- loops. engine_spec tests the poller with the engine.
local core = require "twilio.core"
local probe = require "spec.support.probe"
local servers = require "spec.support.servers"
local twilio = require "twilio"

describe("the poller with epoll", function()
  it("opens and closes sockets, and wakes an event loop", function()
    assert.equal("ok\n", probe("spec/support/poller_probe.c", "-fsanitize=address,undefined"))
  end)

  describe("in an event loop", function()
    local server, client

    setup(function()
      server = servers.twilio {}
      client = twilio.client { account_sid = server.account_sid, auth_token = server.auth_token, base_url = server.url }
    end)
    teardown(function() server:stop() end)

    it("returns a descriptor, the events to wait for, and a timeout", function()
      local request = core.request(client.calls, "list")
      local engine = request:hooks().engine
      assert.is_number(engine:pollfd())
      assert.equal("r", engine:events())
      assert.is_nil(engine:timeout())
      engine:submit(request)
      assert.is_true(engine:timeout() >= 0)
      while not request:done() do engine:poll(10) end
      assert.equal(0, engine:timeout()) -- a completion is waiting to be dispatched
      assert.equal(request:id(), engine:completed())
      assert.is_nil(engine:completed())
      assert.is_nil(engine:timeout())
    end)

    it("completes a request by steps alone", function()
      local request = core.request(client.calls, "list")
      local engine = request:hooks().engine
      engine:submit(request)
      while not request:done() do engine:step() end
      while engine:completed() do end
    end)
  end)
end)
