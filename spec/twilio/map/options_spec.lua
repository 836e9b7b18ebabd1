-- The arguments of twilio.map.
local options = require "twilio.map.options"
local outcome = require "twilio.map.outcome"
local support = require "spec.support.client"
local twilio = require "twilio"

local function f() end

describe("the arguments of twilio.map", function()
  local function refused(given) return (support.misuse(twilio.map, {}, given, f)) end

  it("may be a limit in place of options", function()
    assert.same({ limit = 3, stop_on = outcome.is_hopeless }, options.read({}, 3, f))
  end)

  it("have defaults", function()
    assert.same({ limit = 10, stop_on = outcome.is_hopeless }, options.read({}, {}, f))
  end)

  it("may have all options", function()
    local given = { limit = math.huge, rate = 0.5, progress = f, stop_on = f, wait = f }
    assert.same(given, options.read({}, given, f))
    assert.equal(false, options.read({}, { stop_on = false }, f).stop_on)
    local callable = setmetatable({}, { __call = f })
    assert.equal(callable, options.read({}, { stop_on = callable }, callable).stop_on)
  end)

  it("are checked", function()
    local number = "the number of calls that may run at once, at least 1, got "
    for _, wrong in ipairs { 0, -1, 0.5, 0 / 0 } do
      assert.equal("twilio.map takes as its second argument a table of options, or " .. number .. tostring(wrong), refused(wrong))
      assert.equal("option 'limit' must be " .. number .. tostring(wrong), refused { limit = wrong })
    end
    assert.equal("twilio.map takes as its second argument a table of options, or " .. number .. "nil", refused(nil))
    for _, wrong in ipairs { 0, -2, 0 / 0, "x", true } do
      local shown = type(wrong) == "number" and tostring(wrong) or type(wrong)
      assert.equal("option 'rate' must be a positive number of starts per second, got " .. shown, refused { rate = wrong })
    end
    assert.equal("option 'progress' must be a function, got table", refused { progress = {} })
    assert.equal("option 'stop_on' must be a function, or false, got boolean", refused { stop_on = true })
    assert.equal("option 'wait' must be a function, got 5", refused { wait = 5 })
  end)

  it("must have known names, and near matches are suggested", function()
    assert.equal("unknown option 'progres' (did you mean 'progress'?)", refused { progres = f })
    assert.equal("unknown option 'rates' (did you mean 'rate'?)", refused { rates = 1 })
    assert.equal("the name of an option must be a string, got a number", refused { 5 })
    assert.matches("options_spec.lua", select(2, support.misuse(function() twilio.map({}, { rat = 1 }, f) end)), 1, true)
  end)
end)
