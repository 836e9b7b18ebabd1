-- twilio.map where no coroutine can be created. spec/twilio/hosts/nginx_spec.lua has the same in
-- nginx.
local feed = require "twilio.map.feed"
local outcome = require "twilio.map.outcome"
local sequence = require "twilio.map.sequence"

local function run(items, f, progress, stop_on)
  local source = feed.new(items)
  return sequence.run(source, f, outcome.new(progress or false, stop_on or false, source.total))
end

describe("twilio.map without coroutines", function()
  it("runs the items one after the other", function()
    local seen = {}
    local results, failures, stopped = run({ "a", "b", "c" }, function(item, index)
      if item == "b" then error "b!" end
      if item == "c" then return nil, "c?", { kind = "host" } end
      return item .. index
    end, function(...) seen[#seen + 1] = { ... } end)
    assert.same({ "a1", n = 3 }, results)
    assert.matches("sequence_spec.lua:%d+: b!", failures[2].message)
    assert.equal(failures[2].message, failures[2].raised)
    assert.same({ message = "c?", err = { kind = "host" } }, failures[3])
    assert.same({ { 1, 3, 0 }, { 2, 3, 1 }, { 3, 3, 2 } }, seen)
    assert.is_nil(stopped)
  end)

  it("ends early as stop_on says", function()
    local results, failures, stopped = run({ 1, 2, 3 }, function() return nil, "no", {} end, nil, function() return true end)
    assert.same({ n = 3 }, results)
    assert.equal(stopped, failures[1])
    assert.same({ "cancelled", "cancelled" }, { failures[2].err.kind, failures[3].err.kind })
  end)

  it("reports an iterator that raises or fails", function()
    local _, failures = run(function() error "mine" end, print)
    assert.matches("mine$", failures[1].message)
    local err = { kind = "api" }
    _, failures = run(setmetatable({ advance = function() return nil, "failed", err end }, { __name = "twilio.iterator", __call = print }), print)
    assert.same({ { message = "failed", err = err } }, failures)
  end)
end)
