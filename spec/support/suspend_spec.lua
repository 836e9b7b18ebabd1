-- Compares the result of core.can_suspend with the behaviour of coroutine.yield.
local core = require "twilio.core"

-- Calls f(probe) in a coroutine. The probe calls core.can_suspend, then yields. Returns the result
-- and whether the yield worked.
local function try(f)
  local said
  local function probe()
    said = core.can_suspend()
    coroutine.yield "suspended"
    return 1
  end
  local thread = coroutine.create(function()
    f(probe)
    return "returned"
  end)
  local ok, answer = coroutine.resume(thread)
  return said, ok and answer == "suspended"
end

local PLACES = {
  plain = function(probe) probe() end,
  ["a nested call"] = function(probe)
    local t = { f = function() local x = probe() return x end }
    local y = t:f()
    return y
  end,
  ["a tail call"] = function(probe)
    local function tail() return probe() end
    return tail()
  end,
  ["a call of a callable table"] = function(probe)
    local t = setmetatable({}, { __call = function() local x = probe() return x end })
    local y = t()
    return y
  end,
  pcall = function(probe) pcall(probe) end,
  iterator = function(probe) for _ in function() local x = probe() return x and nil end do end end, -- luacheck: ignore
  metamethod = function(probe) local x = setmetatable({}, { __index = function() local y = probe() return y end }).x return x end,
  sort = function(probe) table.sort({ 1, 2 }, function(a, b) local _ = probe() return a < b end) end,
  gsub = function(probe) return (("x"):gsub("x", function() local _ = probe() end)) end,
}

describe("core.can_suspend", function()
  for name, place in pairs(PLACES) do
    it("agrees with coroutine.yield in " .. name, function()
      local said, worked = try(place)
      assert.is_boolean(said)
      assert.equal(worked, said)
    end)
  end

  it("returns false in the main thread", function()
    local _, is_main = coroutine.running()
    if is_main == nil then is_main = coroutine.running() == nil end
    if not is_main then return pending "this is not the main thread" end
    assert.is_false(core.can_suspend())
  end)

  it("returns false if Lua 5.1 cannot tell", function()
    local said, worked = try(function(probe) return (function() local x = probe() return x end)() end)
    assert.is_true(said == worked or not said)
  end)
end)
