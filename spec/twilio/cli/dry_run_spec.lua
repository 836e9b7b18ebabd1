-- --dry-run shows the request, and sends nothing.
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"

describe("twilio-lua --dry-run", function()
  local server, run
  setup(function()
    server = servers.twilio { now = 1300000000 }
    run = command_line.new(server)
  end)
  teardown(function()
    run.stop()
    server:stop()
  end)

  it("shows the request with masked values, and sends nothing", function()
    local before = #server:get "/_/log"
    local output = run.out { "messages", "create", "--to", "+15558675310", "--from", "+15017122661", "--body", "a secret", "--dry-run" }
    assert.equal(("POST %s/2010-04-01/Accounts/%s/Messages.json\n  Body=***\n  From=+*******2661\n  To=+*******5310\n")
      :format(server.url, server.account_sid), output)
    output = run.out {
      "calls", "list", "--status", "completed", "--start-time-after", "2026-11-01", "--to", "+15558675310", "--limit", "20", "--dry-run",
    }
    assert.equal(("GET %s/2010-04-01/Accounts/%s/Calls.json\n  PageSize=20\n  StartTime>=2026-11-01\n  Status=completed\n  To=+*******5310\n")
      :format(server.url, server.account_sid), output)
    output = run.out { "content", "contents", "create", "--language", "en", "--types", '{"a":"a secret"}', "--dry-run" }
    assert.not_matches("a secret", output, 1, true)
    assert.matches("DELETE .*/Calls/CA1.json\n$", run.out { "calls", "delete", "CA1", "--dry-run" })
    assert.matches("GET .*/Recordings.json\n  CallSid=CA1", run.out { "transcriptions", "list", "--call", "CA1", "--dry-run" })
    assert.matches("GET .*/x\n  a=%*%*%*\n", run.out { "request", "GET", "/x", "--query", "a=1", "--dry-run" })
    assert.equal(before, #server:get "/_/log")
  end)

  it("shows what a verb fixes, and a JSON body with indentation", function()
    assert.matches("^POST .*/Calls/CA1.json\n  Status=completed\n$", run.out { "calls", "hangup", "CA1", "--dry-run" })
    local output = run.out { "content", "contents", "create", "--language", "en", "--types", '{"twilio/text":{"body":"Hello"}}', "--dry-run" }
    assert.matches('^POST [^\n]*/v1/Content\n{\n  "', output)
    assert.matches("^PATCH .*/x\n", run.out { "request", "PATCH", "/x", "--form", "a=b", "--dry-run" })
  end)

  it("checks the request, and the options of the output, as without it", function()
    run.fails(2, "calls create: missing --from", { "calls", "create", "--to", "+15558675310", "--dry-run" })
    run.fails(2, "calls fetch takes no --limit", { "calls", "fetch", "CA1", "--limit", "3", "--dry-run" })
  end)

  it("shows parameters that are sent unchecked", function()
    assert.matches("\n  New=%*%*%*\n", run.out { "calls", "update", "CA1", "--extra", "New=1", "--dry-run" })
  end)
end)
