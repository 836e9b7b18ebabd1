-- Waiting in copas, by the wait function of examples/copas.lua.
local servers = require "spec.support.servers"
local support = require "spec.support.client"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"

describe("in copas", function()
  local faults

  setup(function() faults = servers.fault {} end)
  teardown(function() faults:stop() end)
  before_each(function() faults:post "/_/reset" end)

  local function gathering(n, options) return support.gathering(faults, n, options) end

  local has_copas, copas = pcall(require, "copas")

  -- Runs the threads, for at most 1000 steps.
  local function run(...)
    local left = select("#", ...)
    for _, f in ipairs { ... } do
      copas.addthread(function()
        f()
        left = left - 1
      end)
    end
    for _ = 1, 1000 do
      if left == 0 then return end
      copas.step(1)
    end
    error "the threads do not end"
  end

  it("the wait function of examples/copas.lua works for single calls and in twilio.map", function()
    if not has_copas then return pending "copas is not installed for this Lua" end
    local wait = dofile "examples/copas.lua"
    local one, three = gathering(1, { wait = wait }), gathering(3, { wait = wait })
    local sid, results
    run(function() sid = one.calls:get(SID).sid end,
      function() results = twilio.map({ 1, 2, 3 }, 3, function() return three.calls:get(SID) end) end)
    assert.equal(SID, sid)
    assert.equal(SID, results[3].sid)
    one:close()
    three:close()
  end)

  it("calls in several threads run concurrently, with copas 2 or later", function()
    if not has_copas then return pending "copas is not installed for this Lua" end
    if not copas.sleep then return pending "this copas has no copas.sleep" end
    local client = gathering(2, { wait = dofile "examples/copas.lua" })
    local function call() assert.equal(SID, assert(client.calls:get(SID)).sid) end
    run(call, call)
    client:close()
  end)
end)
