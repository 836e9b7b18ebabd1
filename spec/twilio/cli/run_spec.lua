-- Runs verbs against the simulator. output_spec.lua tests the formats.
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local MESSAGE = { "messages", "create", "--to", "+15558675310", "--from", "+15017122661", "--body", "x" }

describe("twilio.cli.run", function()
  local server, run
  setup(function()
    server = servers.twilio { now = 1300000000 }
    run = command_line.new(server)
    server:post("/_/seed", { Calls = 120, Status = "completed" })
  end)
  teardown(function()
    run.stop()
    server:stop()
  end)

  local function message(...)
    local words = { (table.unpack or unpack)(MESSAGE) }
    for _, word in ipairs { ... } do words[#words + 1] = word end
    return words
  end

  local function lines_of(arguments) return shell.lines(run.out(arguments)) end

  it("lists records up to a limit, over pages", function()
    assert.equal(120, #lines_of { "calls", "list", "--no-header" })
    assert.equal(70, #lines_of { "calls", "list", "--no-header", "--limit", "70", "--page-size", "30" })
    assert.equal(0, #lines_of { "calls", "list", "--no-header", "--limit", "0" })
  end)

  it("counts records", function()
    assert.equal("120\n", run.out { "calls", "count" })
    assert.equal("7\n", run.out { "calls", "count", "--limit", "7" })
    assert.equal("", run.out { "calls", "count", "--file", run.home .. "/count" })
    assert.equal("120\n", shell.must("cat " .. run.home .. "/count"))
  end)

  it("writes the record of a verb, up to --limit of those that it finds, and nothing after a deletion", function()
    assert.matches("^SM%x+\n$", run.out(message("--columns", "sid", "--no-header")))
    local sid = server:post("/_/seed", { Calls = 1, Status = "completed" }).first
    assert.equal("", run.out { "calls", "delete", sid })
    assert.equal(2, #lines_of { "incoming-phone-numbers", "search", "US", "--no-header", "--limit", "2" })
  end)

  it("sends nothing if the result could not be written", function()
    local before = #server:get "/_/log"
    run.fails(2, "a record of messages has no field 'statu' (did you mean 'status'?)", message("--columns", "statu"))
    run.fails(2, "the ending of --file x.xlsx selects no format", message("--file", "x.xlsx"))
    run.fails(2, "--output json contradicts the ending of --file x.csv", message("--file", "x.csv", "--output", "json"))
    run.fails(9, "cannot write /nonexistent/x", message("--file", "/nonexistent/x"))
    assert.equal(before, #server:get "/_/log")
  end)

  it("leaves no file after a failure", function()
    local path = run.home .. "/failed.json"
    run.fails(3, "error 21211", { "messages", "create", "--to", "x", "--from", "+15017122661", "--body", "x", "--file", path })
    run.fails(4, "error 20404", { "calls", "CA00000000000000000000000000000000", "recordings", "list", "--file", path })
    assert.equal("", shell.must(("ls -A %s | grep failed || true"):format(run.home)))
  end)

  it("writes the message of a failure below the progress of a file", function()
    server:post("/_/fault", { Path = "Calls", Skip = 1, Status = 400, Body = '{"code":20001,"message":"no","status":400}' })
    local output = run.try_terminal(80, { "calls", "list", "--page-size", "50", "--file", run.home .. "/broken.jsonl" })
    assert.matches("^\r50 records  [%d,]+/s  %d+%.%d s\27%[K\ntwilio%-lua: GET .*error 20001", output)
    assert.equal("", shell.must(("ls -A %s | grep broken || true"):format(run.home)))
  end)

  it("says on a terminal that there are no records", function()
    assert.equal("twilio-lua: no records\n", run.terminal(80, { "calls", "list", "--status", "busy" }))
    assert.equal("[]\ntwilio-lua: no records\n", run.terminal(80, { "calls", "list", "--status", "busy", "-o", "json" }))
    assert.equal("sid\n", run.out { "calls", "list", "--status", "busy", "--columns", "sid" })
  end)
end)
