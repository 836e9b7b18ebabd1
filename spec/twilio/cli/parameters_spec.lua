local core = require "twilio.core"
local json = require "twilio.json"
local parameters = require "twilio.cli.parameters"
local resolve = require "twilio.cli.resolve"
local shell = require "spec.support.shell"

local unpack = table.unpack or unpack

local function options_of(verb, ...)
  return parameters.options(resolve.candidates(core.describe(...), verb))
end

-- Returns the parameters of a verb that pairs of options and texts give.
local function params(path, verb, ...)
  local _, by_name = options_of(verb, unpack(path))
  local result, given = {}, { ... }
  for i = 1, #given, 2 do parameters.add(result, assert(parameters.find(by_name, given[i]), given[i]), given[i + 1]) end
  return result
end

local function refused(...)
  local ok, problem = pcall(params, ...)
  assert.is_false(ok)
  return problem.message
end

describe("twilio.cli.parameters", function()
  it("has an option for each parameter and alias of an operation", function()
    local list, by_name = options_of("list", "calls")
    local operation = resolve.candidates(core.describe "calls", "list")[1].operation
    assert.equal(#operation.parameters + #operation.aliases, #list)
    assert.equal("start_time_after", by_name["start-time-after"].parameter.name)
    assert.is_table(by_name["started-after"])
    assert.is_table(select(2, options_of("list", "transcriptions")).call)
  end)

  it("has no option for a verb that fixes its parameters", function()
    assert.same({}, (options_of("hangup", "calls")))
  end)

  it("finds a parameter by its wire name and by both names of an inequality", function()
    local _, by_name = options_of("list", "calls")
    for _, name in ipairs { "start-time-after", "start_time_after", "start-time-greater-than", "StartTime>" } do
      assert.equal("StartTime>", parameters.find(by_name, name).parameter.wire, name)
    end
    assert.is_nil(parameters.find(by_name, "start-tim"))
  end)

  it("turns texts into the values of the classes", function()
    local found = params({ "calls" }, "create", "to", "007", "record", "false", "timeout", "20", "status-callback-event", "initiated",
      "status-callback-event", "answered")
    assert.same({ to = "007", record = false, timeout = 20, status_callback_event = { "initiated", "answered" } }, found)
    assert.equal("12345678901234567890", tostring(params({ "calls" }, "create", "timeout", "12345678901234567890").timeout))
    assert.same({ timeout = "1.5" }, params({ "calls" }, "create", "timeout", "1.5")) -- for Twilio to judge
    assert.equal("--timeout takes a number, got 'soon'", refused({ "calls" }, "create", "timeout", "soon"))
  end)

  it("refuses a date that is none, which Twilio would ignore", function()
    for _, time in ipairs { "2026-02-29", "2026-11-30T08:00:00Z", "Mon, 30 Nov 2026 08:00:00 +0000", "1796000000" } do
      assert.same({ start_time_after = time }, params({ "calls" }, "list", "start-time-after", time))
    end
    for _, time in ipairs { "yesterday", "2026-13-01", "2026-11-31", "2026-00-10" } do
      for _, name in ipairs { "start-time-after", "started-after" } do
        assert.equal(("--%s takes a time such as 2026-11-30 or 2026-11-30T08:00:00Z, got '%s'"):format(name, time),
          refused({ "calls" }, "list", name, time))
      end
    end
  end)

  it("decodes JSON, and keeps empty arrays and exact numbers", function()
    local types = params({ "content", "v1", "contents" }, "create", "types", '{"text":{"list":[],"n":12345678901234567890}}').types
    assert.equal('{"text":{"list":[],"n":12345678901234567890}}', json.encode(types))
    assert.matches("the value of --types is not JSON", refused({ "content", "v1", "contents" }, "create", "types", "{"), 1, true)
  end)

  it("reads the value of --NAME-file from a file, without the last line feed", function()
    local path = os.tmpname()
    finally(function() os.remove(path) end)
    shell.write(path, "first\nsecond\n")
    assert.equal("first\nsecond", params({ "messages" }, "create", "body-file", path).body)
    assert.matches("cannot read /nonexistent: No such file", refused({ "messages" }, "create", "body-file", "/nonexistent"), 1, true)
  end)

  it("refuses a value that is given twice, and a boolean that is none", function()
    assert.equal("--to is given twice", refused({ "messages" }, "create", "to", "+1", "to", "+2"))
    assert.equal("--record is true or false, got 'yes'", refused({ "calls" }, "create", "record", "yes"))
  end)

  it("says which required parameters are missing", function()
    local operation = resolve.candidates(core.describe "calls", "create")[1].operation
    assert.same({ "--from", "--to" }, parameters.missing(operation, {}, {}))
    assert.same({ "--from" }, parameters.missing(operation, { To = "+1" }, {}))
    assert.same({}, parameters.missing(operation, { to = "+1" }, { From = "+2" }))
  end)
end)
