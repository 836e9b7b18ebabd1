local raised = require "spec.support.stopped"
local stop = require "twilio.cli.stop"

local function stopped(...)
  local message, hint, code = raised(...)
  return { code, message, hint }
end

describe("twilio.cli.stop", function()
  it("raises a code, a message and a hint", function()
    assert.same({ 9, "cannot read x", "why" }, stopped(stop.with, "file", "cannot read x", "why"))
    assert.same({ 2, "unknown" }, stopped(stop.usage, "unknown"))
    assert.is_false(stop.is { code = 2 })
    assert.is_false(stop.is "text")
  end)

  it("has an exit code for each kind of error", function()
    local codes = {
      network = 6, tls = 6, timeout = 7, decode = 8, too_large = 8, untrusted = 8, file = 9, cancelled = 1, host = 1, ["not known"] = 1,
    }
    for kind, code in pairs(codes) do assert.same({ code, "message" }, stopped(stop.failure, "message", { kind = kind }), kind) end
  end)

  it("tells errors of Twilio apart by their status", function()
    for status, code in pairs { [400] = 3, [401] = 5, [403] = 5, [404] = 4, [429] = 3, [500] = 3 } do
      assert.same({ code, "message" }, stopped(stop.failure, "message", { kind = "api", status = status }), status)
    end
  end)

  it("hints at the code of the error, or at a request that may have been carried out", function()
    assert.same({ 3, "m", "twilio-lua explain 21211" }, stopped(stop.failure, "m", { kind = "api", status = 400, code = 21211, sent = "maybe" }))
    assert.same({ 7, "m", "Twilio may have carried out the request" }, stopped(stop.failure, "m", { kind = "timeout", sent = "maybe" }))
    assert.same({ 6, "m" }, stopped(stop.failure, "m", { kind = "network", sent = "no" }))
  end)

  it("asks whether the server runs if there is no connection and requests do not go to Twilio", function()
    local lost, unsent = { kind = "network", sent = "maybe" }, { kind = "network", sent = "no" }
    stop.server = "TWILIO_BASE_URL"
    finally(function() stop.server = nil end)
    assert.same({ 6, "m", "is the server of TWILIO_BASE_URL running? twilio-lua simulate starts a simulator" },
      stopped(stop.failure, "m", unsent))
    assert.same({ 6, "m", "Twilio may have carried out the request" }, stopped(stop.failure, "m", lost))
    assert.same({ 7, "m" }, stopped(stop.failure, "m", { kind = "timeout", sent = "no" }))
  end)

  it("passes the results of a success, and raises for a failure", function()
    assert.same({ "record", 2, n = 2 }, (function(...) return { n = select("#", ...), ... } end)(stop.check("record", 2)))
    assert.equal(false, stop.check(false))
    assert.same({ 4, "m" }, stopped(stop.check, nil, "m", { kind = "api", status = 404 }))
  end)
end)
