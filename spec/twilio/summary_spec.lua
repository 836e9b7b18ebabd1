-- twilio.summary: failures, counted by their causes.
local support = require "spec.support.client"
local twilio = require "twilio"

local function failure(message, err, raised) return { message = message, err = err, raised = raised } end

describe("twilio.summary", function()
  local failures = {
    [2] = failure("a", { kind = "api", status = 400, code = 21211, sent = "yes" }),
    [3] = failure("b", { kind = "api", status = 401, code = 20003, sent = "yes" }),
    [7] = failure("c", { kind = "api", status = 400, code = 21211, sent = "yes" }),
    [5] = failure("d", { kind = "network", sent = "maybe" }),
    [6] = failure("e", { kind = "network", sent = "no" }),
    [11] = failure("f", { kind = "network", sent = "maybe" }),
    [12] = failure("file:1: g", nil, "file:1: g"),
    [13] = failure("no luck"),
  }

  it("counts failures by Twilio's code, otherwise by kind and status, the most frequent first", function()
    local rows = twilio.summary(failures)
    local found = {}
    for i, row in ipairs(rows) do found[i] = { row.count, row.code or row.status or row.kind or false, row.message, row.maybe } end
    assert.same({
      { 3, "network", "d", 2 }, { 2, 21211, "a", 0 }, { 1, 20003, "b", 0 }, { 1, "raised", "file:1: g", 0 }, { 1, false, "no luck", 0 },
    }, found)
    assert.same({ 5, 6, 11 }, rows[1].items)
    assert.same({ 2, 7 }, rows[2].items)
    assert.equal("Invalid 'To' Phone Number", rows[2].title)
    assert.equal("api", rows[2].kind)
  end)

  it("is a text with a line for each row", function()
    assert.equal(table.concat({
      "     3  network   d, of which 2 may have been carried out",
      "     2  21211     Invalid 'To' Phone Number",
      "     1  20003     " .. twilio.explain(20003).title,
      "     1  raised    file:1: g",
      "     1  failed    no luck",
    }, "\n"), tostring(twilio.summary(failures)))
  end)

  it("is empty without failures", function()
    assert.equal(0, #twilio.summary(nil))
    assert.equal(0, #twilio.summary {})
    assert.equal("", tostring(twilio.summary()))
  end)

  it("accepts the failures of twilio.all, whose keys are names", function()
    local client = support.client({}, { status = 404, body = '{"code":20404,"message":"gone"}' })
    local function call() return client.calls:get "CA1" end
    local _, failed = twilio.all { b = call, a = call, c = function() return 1 end }
    local rows = twilio.summary(failed)
    assert.same({ 1, 2, 20404, { "a", "b" } }, { #rows, rows[1].count, rows[1].code, rows[1].items })
  end)

  it("accepts messages and codes of any type", function()
    local rows = twilio.summary { failure({}, { kind = "api", code = {} }), failure("x", "text"), failure("x", { 1 }) }
    assert.equal(2, #rows)
  end)

  it("raises for other values", function()
    assert.equal("twilio.summary takes the failures that twilio.map returned, got string", (support.misuse(twilio.summary, "x")))
    for _, wrong in ipairs { { 1 }, { {} } } do
      assert.equal("twilio.summary takes the failures that twilio.map returned, got a table without them", (support.misuse(twilio.summary, wrong)))
    end
  end)
end)
