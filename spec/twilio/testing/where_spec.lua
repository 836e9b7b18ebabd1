-- The positions of the program in errors of a double.
local where = require "twilio.testing.where"
local testing = require "twilio.testing"

describe("the caller", function()
  it("is the first function that is not the library's", function()
    local line = debug.getinfo(1, "l").currentline + 1
    assert.equal("spec/twilio/testing/where_spec.lua:" .. line, (where.caller():gsub("^%./", "")))
    assert.matches("where_spec%.lua:%d+: text$", where.prefixed "text")
  end)

  it("of a call is the line of the call, in a program that the double calls through the library", function()
    local fake = testing.new()
    local client = fake:client()
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, problem = pcall(function() return client.calls:get(testing.sid("CA", 1)) end)
    assert.is_false(ok)
    assert.matches("where_spec.lua:" .. line .. ": twilio.testing: a request came", problem, 1, true)
  end)
end)
