-- Tests reminders.lua without a server. doc/guides/testing.md says how to run it.
local reminders = require "reminders"
local testing = require "twilio.testing"

describe("reminders", function()
  local fake
  local ann, bob = { name = "Ann", phone = "+15558675310" }, { name = "Bob", phone = "+15558675311" }

  before_each(function() fake = testing.new { now = 1764489600 } end)
  after_each(function() fake:verify() end)

  it("go to each person", function()
    fake:expect { "POST", "Messages", params = { to = ann.phone, body = "See you tomorrow, Ann" } }
    fake:expect { "POST", "Messages", params = { to = bob.phone, body = "See you tomorrow, Bob" } }
    assert.same({}, reminders.send(fake:client(), { ann, bob }))
  end)

  it("go on after a number that Twilio refuses", function()
    fake:on("POST", "Messages")
    fake:expect { "POST", "Messages", params = { to = ann.phone }, reply = fake:fail(400, 21211) }
    local failed = reminders.send(fake:client(), { ann, bob })
    assert.equal(1, #failed)
    assert.equal(21211, failed[1].code)
    assert.equal(2, #fake:requests("POST", "Messages"))
  end)

  it("are sent again after Twilio has refused one because there were too many", function()
    fake:expect("POST", "Messages", { fake:fail(429, 20429), { status = "queued" } })
    assert.same({}, reminders.send(fake:client(), { ann }))
  end)

  it("are doubtful if the connection is lost", function()
    fake:expect("POST", "Messages", fake:fault "reset")
    assert.is_true(reminders.send(fake:client(), { ann })[1].is_doubtful)
  end)

  it("end long calls on all pages", function()
    local hour_ago, minute_ago = 1764489600 - 3601, 1764489600 - 60
    fake:expect("GET", "Calls", fake:list({ { sid = testing.sid("CA", 1), start_time = hour_ago }, { start_time = minute_ago },
      { sid = testing.sid("CA", 3), start_time = hour_ago } }, { page_size = 2 }))
    fake:expect { "POST", "Calls/" .. testing.sid("CA", 1), params = { status = "completed" } }
    fake:expect { "POST", "Calls/" .. testing.sid("CA", 3), params = { status = "completed" } }
    assert.equal(2, reminders.end_long_calls(fake:client(), 1764489600))
  end)
end)
