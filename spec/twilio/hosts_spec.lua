-- Selects the host. The specs in spec/twilio/hosts/ test the hosts.
local cqueues = require "cqueues"
local hosts = require "twilio.hosts"
local uv = require "spec.support.luv"

describe("outside any event loop", function()
  it("a call blocks: `hosts` returns neither a waiter nor a problem", function()
    assert.same({}, { hosts.new_waiter() })
    assert.is_nil(hosts.problem())
    assert.is_true(hosts.can_create_coroutines())
  end)
end)

describe("in a loop of cqueues", function()
  it("the waiter is one of cqueues, but not in a coroutine that the program has created", function()
    local waiter, nested, problem
    local loop = cqueues.new()
    loop:wrap(function()
      waiter = hosts.new_waiter()
      nested, problem = coroutine.wrap(function() return hosts.new_waiter() end)()
    end)
    assert(loop:loop())
    assert.is_function(waiter.wake)
    assert.same({}, { nested, problem })
  end)

  it("an error of cqueues is returned as a message", function()
    local condition, waiter, problem = require "cqueues.condition", nil, nil
    local new = condition.new
    finally(function() condition.new = new end)
    condition.new = function() error("no condition", 0) end
    local loop = cqueues.new()
    loop:wrap(function() waiter, problem = hosts.new_waiter() end)
    assert(loop:loop())
    assert.is_nil(waiter)
    assert.equal("cannot use the host's scheduler: no condition", problem)
  end)
end)

describe("luv", function()
  it("has its wait function under the name twilio.luv", function()
    if not uv then return pending "luv is not installed" end
    assert.equal(require "twilio.hosts.luv", require "twilio.luv")
  end)
end)
