local api = require "spec.support.simulator_api"

local get, post, make_call, advance = api.get, api.post, api.make_call, api.advance
local server

describe("calls", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("change with the clock, and only with the clock", function()
    local call = make_call()
    local function status_after(seconds)
      advance(seconds)
      return get(call.uri).status
    end
    assert.equal("queued", status_after(0))
    assert.equal("ringing", status_after(1))
    assert.equal("ringing", status_after(1))
    assert.equal("in-progress", status_after(1))
    assert.equal("in-progress", status_after(56))
    assert.equal("completed", status_after(1))
    local ended = get(call.uri)
    assert.equal("57", ended.duration)
    assert.equal("Sun, 13 Mar 2011 07:06:43 +0000", ended.start_time)
    assert.equal("Sun, 13 Mar 2011 07:07:40 +0000", ended.end_time)
  end)

  it("reach each status at its time, even if the clock moves far", function()
    local call = make_call()
    advance(1000)
    local ended = get(call.uri)
    assert.equal("completed", ended.status)
    assert.equal("57", ended.duration)
    assert.equal("Sun, 13 Mar 2011 07:07:40 +0000", ended.date_updated)
  end)

  it("use the times that a spec sets", function()
    local call = make_call()
    server:post("/_/clock", { Ringing = 10, Answered = 20, Completed = 30, Seconds = 19 })
    assert.equal("ringing", get(call.uri).status)
    advance(11)
    assert.equal("10", get(call.uri).duration)
  end)

  it("are not answered by some numbers", function()
    for number, status in pairs { ["+15005551001"] = "busy", ["+15005551002"] = "no-answer", ["+15005551003"] = "failed" } do
      local call = make_call { To = number }
      advance(3)
      local ended = get(call.uri)
      assert.equal(status, ended.status)
      assert.equal("0", ended.duration)
    end
  end)

  it("are completed after they were answered, and canceled before", function()
    local queued = make_call()
    assert.equal("canceled", post(queued.uri, { Status = "completed" }).status)
    local ringing = make_call()
    advance(1)
    assert.equal("canceled", post(ringing.uri, { Status = "canceled" }).status)
    local answered = make_call()
    advance(3)
    assert.equal("in-progress", post(answered.uri, { Status = "canceled" }).status)
    advance(4)
    local ended, answer = post(answered.uri, { Status = "completed" })
    assert.equal(200, answer.status)
    assert.equal("completed", ended.status)
    assert.equal("4", ended.duration)
    advance(1000)
    assert.same(ended, get(answered.uri))
  end)
end)
