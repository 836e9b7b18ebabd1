local command_line = require "spec.support.command_line"
local operation = require "twilio.cli.operation"
local options = require "twilio.cli.options"
local servers = require "spec.support.servers"
local refused = require "spec.support.stopped"

-- Returns a handler that has read words.
local function handler_of(...)
  local handler = operation.new {}
  for _, word in ipairs { ... } do handler:word(word) end
  return handler
end

describe("twilio.cli.operation", function()
  it("knows the parameters of a verb after it, before the options of all commands", function()
    local handler = handler_of "calls"
    assert.equal(options.find(options.all, "timeout"), handler:find "timeout")
    assert.is_nil(handler:find "status-callback")
    handler:word "create"
    assert.equal("Timeout", handler:find("timeout").parameter.wire)
    assert.equal("StatusCallback", handler:find("status-callback").parameter.wire)
    assert.equal(options.find(options.all, "limit"), handler:find "limit")
  end)

  it("keeps parameters and options apart", function()
    local handler = handler_of("calls", "create")
    handler:set(handler:find "to", "+1")
    handler:set(handler:find "timeout", "20")
    handler:set(handler:find "dry-run", true)
    assert.same({ { to = "+1", timeout = 20 }, { ["dry-run"] = true } }, { handler.params, handler.given })
  end)

  it("suggests the option that is meant, before and after the verb", function()
    local function message_of(name, ...)
      local handler = handler_of(...)
      return (refused(handler.unknown, handler, name, "--" .. name))
    end
    assert.equal("calls list: unknown option --statsu (did you mean '--status'?)", message_of("statsu", "calls", "list"))
    assert.equal("calls: unknown option --outptu (did you mean '--output'?)", message_of("outptu", "calls"))
    assert.equal("unknown option --status before the verb: parameters follow the verb", message_of("status", "calls"))
    assert.equal("calls has no 'lst' (did you mean 'list'?)", message_of("status", "calls", "lst"))
    assert.equal("unknown option --verison (did you mean '--version'?)", message_of "verison")
    assert.equal("calls list: unknown option --json (did you mean '--output json'?)", message_of("json", "calls", "list"))
    local handler = handler_of("messages", "list")
    assert.same({
      "messages list: unknown option --status",
      "filters of this list: --date-sent, --date-sent-after, --date-sent-before, --from, --to", 2,
    }, { refused(handler.unknown, handler, "status", "--status") })
    handler = handler_of("calls", "fetch")
    assert.same({ "calls fetch: unknown option --sid: a SID is a word", "usage: twilio-lua calls fetch SID", 2 },
      { refused(handler.unknown, handler, "sid", "--sid") })
    assert.equal("--password is no option: a secret on the command line can be read in the list of processes",
      message_of("password", "calls", "list"))
  end)

  it("refuses options that the verb has no use for", function()
    for _, case in ipairs {
      { "calls fetch takes no --limit: only lists do", { "limit" }, "calls", "fetch", "CA1" },
      { "calls create takes no --all: only lists do", { "all" }, "calls", "create" },
      { "calls count takes no --columns", { "columns" }, "calls", "count" },
      { "calls count takes no --no-header", { "no-header" }, "calls", "count" },
    } do
      local handler = handler_of((table.unpack or unpack)(case, 3))
      handler.given[case[2][1]] = true
      assert.equal(case[1], (refused(handler.run, handler)))
    end
  end)

  it("refuses unknown names and other values than objects in --params", function()
    local function message_of(params)
      local handler = handler_of("calls", "create")
      handler.given.params = params
      handler.params.from = "+2"
      return (refused(handler.run, handler))
    end
    assert.equal("calls create: unknown parameter 'too' in the value of --params (did you mean 'to'?)", message_of '{"too":"+1"}')
    assert.equal("calls create: unknown parameter 'twiml_file' in the value of --params",
      message_of '{"to":"+1","twiml_file":"x"}')
    assert.equal("the value of --params is not a JSON object", message_of "[1]")
    assert.equal("the value of --params is not a JSON object", message_of "3")
    assert.matches("the value of --params is not JSON", message_of "{", 1, true)
    assert.equal("the parameter 'from' is given twice", message_of '{"from":"+1"}')
    assert.equal("calls create: missing --to", message_of '{"url":"http://example.com"}')
  end)

  it("refuses --extra without a name, and a filter that is misspelt", function()
    local handler = handler_of("calls", "list")
    handler.given.extra = { "x" }
    assert.equal("--extra takes NAME=VALUE, got 'x'", (refused(handler.run, handler)))
    handler = handler_of("calls", "list")
    handler.params.status = "complete"
    assert.equal("--status has no value 'complete' (did you mean 'completed'?)", (refused(handler.run, handler)))
  end)

  it("sends parameters, those of files, and unchecked ones", function()
    local server = servers.twilio { now = 1300000000 }
    local run = command_line.new(server)
    finally(function()
      run.stop()
      server:stop()
    end)
    local result = run({
      "messages", "create", "--to", "+15558675310", "--params-file", "-", "--params", '{"Body":"a&b"}', "--extra", "New=1",
    }, { input = '{"from":"+15017122661"}' })
    assert.matches("error 20001: Unknown parameter 'New' of CreateMessage", result.err, 1, true) -- of the simulator, not of the command
    local log = server:get "/_/log"
    local fields = {}
    for field in log[#log].body:gmatch "[^&]+" do fields[#fields + 1] = field end
    table.sort(fields)
    assert.same({ "Body=a%26b", "From=%2B15017122661", "New=1", "To=%2B15558675310" }, fields)
  end)
end)
