require "spec.support.without_http"
local line = require "twilio.simulator.line"
local store = require "twilio.simulator.store"

describe("a line", function()
  local records, call, open

  before_each(function()
    records = store.new(100, "")
    records.events = { publish = function() end }
    call = { sid = "CA1" }
    open = line.open(records, call)
  end)

  it("belongs to its call, and notes what the call does", function()
    open:note("Say", "Hello", { 1 })
    assert.equal(open, call.line)
    assert.same({ { verb = "Say", text = "Hello", path = { 1 }, time = 100 } }, open.heard)
    assert.equal("Say", open.verb)
  end)

  it("waits for input of the kinds that it listens to", function()
    local got
    open:start(nil, function() got = { open:await { digits = true } } end)
    assert.is_true(open:listens_to "digits")
    assert.is_false(open:deliver("speech", "x"))
    assert.is_true(open:deliver("digits", "12"))
    assert.same({ "digits", "12" }, got)
    assert.is_false(open:deliver("digits", "3"))
  end)

  it("waits for the clock, and not after its input came", function()
    local got = {}
    open:start(nil, function()
      got[1] = open:await({}, 0)
      got[2] = open:await({ digits = true }, 5)
      got[3] = open:await({ digits = true }, 5)
      got[4] = records.now
    end)
    open:deliver("digits", "1")
    records:advance(104)
    assert.same({ "time", "digits" }, got)
    records:advance(105)
    assert.same({ "time", "digits", "time", 105 }, got)
  end)

  it("says when the clock lets it go on", function()
    assert.is_nil(open:seconds_left())
    open:start(nil, function() open:await({}, 5) end)
    records:advance(101.5)
    assert.equal(4, open:seconds_left())
    records:advance(105)
    assert.is_nil(open:seconds_left())
  end)

  it("ends a script with the hooks that are left, the newest first", function()
    local told = {}
    open:start(nil, function()
      open:on_stop(function(why) told[#told + 1] = "first " .. why end)
      open:on_stop(function(why) told[#told + 1] = "second " .. why end)
      open:on_stop(error)
      open:done()
      open:await({ digits = true }, 5)
      error "goes on"
    end)
    open:stop "hangup"
    records:advance(200)
    assert.is_false(open:deliver("digits", "1"))
    assert.same({ "second hangup", "first hangup" }, told)
  end)

  it("asks by a webhook with the call's parameters, and gets the answer at once or later", function()
    local requests, later, results = {}, nil, {}
    records.webhooks = {
      send = function(_, request, done)
        requests[#requests + 1] = request
        if #requests == 1 then done "now" else later = done end
      end,
    }
    call.from, call.to, call.account_sid, call.status, call.direction = "+15551110000", "+15552220000", "AC1", "in-progress", "inbound"
    open:start(nil, function()
      for index = 1, 2 do results[index] = open:ask { kind = "voice.request", url = "http://a/", parameters = { { "Digits", "1" } } } end
    end)
    assert.same({ "now" }, results)
    later "later"
    assert.same({ "now", "later" }, results)
    assert.same({ "Digits", "1" }, requests[1].parameters[#requests[1].parameters])
    assert.equal("CA1", requests[1].resource_sid)
  end)
end)
