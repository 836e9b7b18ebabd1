local cjson = require "cjson"
local command_line = require "spec.support.command_line"

describe("twilio-lua explain", function()
  local run
  setup(function() run = command_line.new() end) -- without a server: it sends nothing
  teardown(function() run.stop() end)

  it("says what a code means", function()
    assert.equal("21211: Invalid 'To' Phone Number (error)\n"
      .. "https://www.twilio.com/docs/api/errors/21211\n", run.out { "explain", "21211" })
    assert.same({ 21211, "Invalid 'To' Phone Number" }, (function(entry) return { entry.code, entry.title } end)(
      cjson.decode(run.out { "explain", "21211", "-o", "json" })))
  end)

  it("names the page of a code that it does not know", function()
    assert.equal("https://www.twilio.com/docs/api/errors/999999", run.fails(1, "does not know the code 999999", { "explain", "999999" }))
  end)

  it("takes one number", function()
    run.fails(2, "explain: 'x' is no code: a code is a number such as 21211", { "explain", "x" })
    run.fails(2, "explain: takes one code", { "explain" })
    run.fails(2, "explain: takes one code", { "explain", "21211", "21212" })
  end)

  it("takes no options of lists and no other formats", function()
    run.fails(2, "explain takes no --limit", { "explain", "21211", "--limit", "3" })
    run.fails(2, "--output has no value 'csv'", { "explain", "21211", "-o", "csv" })
  end)
end)
