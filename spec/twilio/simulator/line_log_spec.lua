local line_log = require "twilio.simulator.line_log"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("the file of --log", function()
  local root

  before_each(function() root = shell.directory() end)
  after_each(function() shell.must("rm -rf " .. root) end)

  it("logs requests, webhooks and errors", function()
    local server = servers.twilio { log = root .. "/log" }
    servers.curl {
      method = "POST", url = server.url .. "/2010-04-01/Accounts/" .. server.account_sid .. "/Calls.json",
      user = server.account_sid .. ":" .. server.auth_token, form = { To = "+15558675310", From = "+15017122661", Url = "http://127.0.0.1:1/voice" },
    }
    server:post("/_/clock", { Seconds = 3 })
    server:stop()
    local text = shell.must("cat " .. root .. "/log")
    assert.matches("Z POST /2010%-04%-01/Accounts/AC%x+/Calls.json 201\n", text)
    assert.matches("Z webhook voice.request POST http://127.0.0.1:1/voice ", text, 1, true)
    assert.matches("Z error 11205 of CA%x+", text)
  end)

  it("is refused if it cannot be written", function()
    local fine, problem = pcall(line_log.start, { listen = function() end }, root .. "/none/log")
    assert.is_false(fine)
    assert.matches("^the log: .*none/log", problem)
  end)

  it("has no line for other events", function()
    local listener
    line_log.start({ listen = function(_, listen) listener = listen end }, root .. "/log")
    listener { type = "clock", now = 0 }
    listener { type = "request", now = 60, method = "GET", target = "/x" }
    assert.equal("1970-01-01T00:01:00Z GET /x no answer\n", shell.must("cat " .. root .. "/log"))
  end)
end)
