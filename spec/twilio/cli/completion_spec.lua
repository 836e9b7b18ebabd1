-- The words that a shell may complete. commands/completion_spec.lua tests the scripts of the shells.
local command_line = require "spec.support.command_line"
local shell = require "spec.support.shell"

describe("complete-words", function()
  local run
  setup(function() run = command_line.new() end)
  teardown(function() run.stop() end)

  local function completed(...)
    return shell.lines(run.out { "complete-words", ... })
  end

  it("has resources, verbs, parameters, options, and their values", function()
    assert.same({ "caller-ids", "calls" }, completed "ca")
    assert.same({ "recordings" }, completed("calls", "CA1", "rec"))
    assert.same({ "hangup" }, completed("calls", "hang"))
    assert.same({ "--status" }, completed("calls", "list", "--stat"))
    assert.same({ "--status" }, completed("calls", "list", "--limit", "3", "--stat"))
    assert.same({ "json", "jsonl" }, completed("calls", "list", "--output", "js"))
    assert.same({ "json", "jsonl" }, completed("calls", "list", "-o", "js"))
    assert.same({ "--output=json", "--output=jsonl" }, completed("calls", "list", "--output=js"))
    assert.same({ "price", "price_unit" }, completed("calls", "list", "--columns", "pri"))
    assert.same({ "false", "true" }, completed("calls", "create", "--record", ""))
    assert.same({ "sign", "verify" }, completed("webhook", ""))
    assert.same({ "--content-type", "--columns" }, { completed("webhook", "sign", "--cont")[1], completed("calls", "list", "--colu")[1] })
    assert.same({}, completed("cals", "list", "x"))
  end)

  it("has the names of profiles", function()
    run({ "profiles", "add", "work" }, { input = "account_sid = AC00000000000000000000000000000009\nauth_token = t\n" })
    assert.same({ "work" }, completed("--profile", ""))
    assert.same({ "work" }, completed("profiles", "remove", ""))
    assert.same({}, completed("profiles", "remove", "work", ""))
  end)

  it("completes each of the names in the value of --columns", function()
    assert.same({ "sid,price", "sid,price_unit" }, completed("calls", "list", "--columns", "sid,pri"))
    assert.same({ "--columns=sid,to,price", "--columns=sid,to,price_unit" }, completed("calls", "list", "--columns=sid,to,pri"))
  end)

  it("has the methods and products of a request, and the options that a command takes", function()
    assert.same({ "PATCH", "POST", "PUT" }, completed("request", "P"))
    assert.same({ "verify" }, completed("request", "GET", "/v2/Services", "--product", "ver"))
    assert.same({ "--product=ip-messaging" }, completed("request", "--product=ip-"))
    assert.same({ "--help", "--output", "--version" }, completed("explain", "--"))
    assert.same({ "--port" }, completed("simulate", "--po"))
  end)

  it("is empty for a value of any kind, so that the shell offers files", function()
    assert.same({}, completed("calls", "list", "--file", ""))
    assert.same({}, completed("messages", "create", "--body", "x"))
  end)
end)
