-- The checks of arguments, alone. Their use: spec/twilio/jwt_spec.lua and spec/twilio/jwt/capabilities_spec.lua.
local arguments = require "twilio.jwt.arguments"
local support = require "spec.support.client"
local twilio = require "twilio"

local DIGITS = ("0123456789abcdef"):rep(2)

describe("twilio.jwt.arguments", function()
  local function refused(check, value)
    local message, position = support.misuse(function() check("it", value) end)
    assert.matches("arguments_spec%.lua:%d+:$", position)
    return message
  end

  it("accepts SIDs of one kind only", function()
    local check = arguments.sid_of("WK", "a worker")
    check("it", "WK1")
    check("it", "WK" .. DIGITS)
    assert.equal("it must be the SID of a worker (WK…), got WQ…", refused(check, "WQ" .. DIGITS))
    for _, other in ipairs { "wk1", "W", "K1", "WK1/", "WK 1", "WK1\n", "WK\0" } do
      assert.equal("it must be the SID of a worker (WK…)", refused(check, other))
    end
    assert.equal("it is empty", refused(check, ""))
    assert.equal("it must be a string, got nothing", refused(check, nil))
  end)

  it("accepts names, and refuses SIDs of another kind", function()
    local check = arguments.name_of("IS", "a service")
    for _, name in ipairs { "default", "IS1", "IS" .. DIGITS, "XX" .. DIGITS .. "0", "MG1", "a b" } do check("it", name) end
    assert.equal("it takes a service (IS…), got the SID of something else (MG…)", refused(check, "MG" .. DIGITS))
  end)

  it("refuses a SID as a secret", function()
    arguments.secret("it", DIGITS)
    assert.equal("it holds a SID (AC…), not a secret: are they swapped?", refused(arguments.secret, "AC" .. DIGITS))
  end)

  it("distinguishes objects from arrays", function()
    arguments.object("it", {})
    arguments.object("it", { a = 1 })
    assert.equal("it must be a table with names, got an array", refused(arguments.object, { 1 }))
    assert.equal("it must be a table with names, got an array", refused(arguments.object, twilio.array {}))
    arguments.list("it", {})
    arguments.list("it", { 1, 2 })
    assert.equal("it must be an array", refused(arguments.list, { a = 1 }))
    assert.equal("it must be an array", refused(arguments.list, { 1, nil, 3 }))
  end)

  it("accepts filters without nested tables only", function()
    arguments.filter("it", { a = "x", b = 1, c = true, d = twilio.integer "12345678901234567890" })
    assert.equal("it must have strings, numbers and booleans, got a function", refused(arguments.filter, { a = print }))
    assert.equal("it must have strings, numbers and booleans, got a number", refused(arguments.filter, { a = 0 / 0 }))
  end)

  it("accepts whole seconds only", function()
    for _, seconds in ipairs { 1, 60.0, 86400 } do arguments.ttl("it", seconds) end
    for _, seconds in ipairs { 0, 0.5, 86401, 1 / 0, -1 / 0, 0 / 0 } do
      assert.matches("^it must be a whole number", refused(arguments.ttl, seconds))
    end
    for _, seconds in ipairs { 0, 1e15 } do arguments.time("it", seconds) end
    for _, seconds in ipairs { -1, 1e16, 1 / 0, 0 / 0 } do assert.matches("^it must be a time", refused(arguments.time, seconds)) end
  end)

  it("finds the nearest name of a field, and names fields with their prefix", function()
    local checks = arguments.fields("a thing", { room = arguments.text }, "things.")
    arguments.check("things", checks, { room = "x" })
    assert.equal("a thing has no 'rom' (did you mean 'room'?)", support.misuse(function() arguments.check("things", checks, { rom = "x" }) end))
    assert.equal("things.room must be a string, got a number", support.misuse(function() arguments.check("things", checks, { room = 1 }) end))
    assert.equal("things: expected a documented field name, got a boolean",
      support.misuse(function() arguments.check("things", checks, { [true] = 1 }) end))
  end)
end)
