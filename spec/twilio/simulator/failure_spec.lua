local cjson = require "cjson"
local failure = require "twilio.simulator.failure"

describe("a failure", function()
  it("is raised with its status and Twilio's code", function()
    local fine, problem = pcall(failure.raise, 400, 21201, "No 'To' number")
    assert.is_false(fine)
    assert.same({ status = 400, code = 21201, message = "No 'To' number" }, problem)
  end)

  it("has Twilio's error body", function()
    assert.same({ code = 20404, message = "Gone", more_info = "https://www.twilio.com/docs/errors/20404", status = 404 },
      cjson.decode(failure.body(404, 20404, "Gone")))
    assert.matches('"https://www.twilio.com/docs/errors/20404"', failure.body(404, 20404, "Gone"), 1, true)
  end)

  it("has a hint for a number whose + became a space", function()
    assert.equal(". Write the + as %2B", failure.hint_of_number " 15558675310")
    assert.equal("", failure.hint_of_number "+1")
    assert.equal("", failure.hint_of_number "nobody")
  end)
end)
