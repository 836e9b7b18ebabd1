local arguments = require "twilio.cli.arguments"
local options = require "twilio.cli.options"
local stop = require "twilio.cli.stop"

local LIST = {
  { name = "to", value = "TEXT" }, { name = "number", short = "n", value = "NUMBER" }, { name = "all", short = "a" },
  { name = "record", value = "true|false", is_flag = true },
}

local function read(...)
  local seen = {}
  arguments.read({ ... }, {
    word = function(_, word, flag) seen[#seen + 1] = (flag and flag .. ": " or "") .. word end,
    find = function(_, name) return options.find(LIST, name) end,
    set = function(_, option, value) seen[#seen + 1] = option.name .. "=" .. tostring(value) end,
    unknown = function(_, _, spelling) stop.usage("unknown " .. spelling) end,
  })
  return seen
end

local function refused(...)
  local ok, problem = pcall(read, ...)
  assert.is_false(ok)
  return problem.message, problem.hint
end

describe("twilio.cli.arguments", function()
  it("passes words and options in their order", function()
    assert.same({ "calls", "to=+1", "list", "all=true", "number=3" }, read("calls", "--to", "+1", "list", "--all", "-n", "3"))
  end)

  it("takes values after = and short options with their value", function()
    assert.same({ "to=a=b", "to=", "number=3" }, read("--to=a=b", "--to=", "-n3"))
  end)

  it("takes a boolean with or without its value", function()
    assert.same({ "record=true", "record=false", "record=true", "--record: x", "record=false", "y" },
      read("--record", "--record", "false", "--record", "x", "--record=false", "y"))
  end)

  it("takes -, negative numbers and everything after -- as words or values", function()
    assert.same({ "-", "-5", "to=-5", "to=-", "--all", "-n" }, read("-", "-5", "--to", "-5", "--to", "-", "--", "--all", "-n"))
  end)

  it("refuses an option without its value, and a value that may be an option", function()
    assert.equal("--to needs a value: --to TEXT", (refused "--to"))
    local message, hint = refused("--to", "--all")
    assert.equal("--to needs a value: --to TEXT", message)
    assert.equal("a value that begins with - is written --to=--all", hint)
    assert.equal("--all takes no value", (refused "--all=yes"))
    assert.equal("unknown --other", (refused("--other", "x")))
    assert.equal("unknown option -to (did you mean '--to'?)", (refused("-to", "x")))
    assert.equal("unknown -o", (refused("-other", "x")))
  end)
end)
