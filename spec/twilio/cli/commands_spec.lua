-- What all commands have in common. The specs in commands/ test each of them.
local command_line = require "spec.support.command_line"
local commands = require "twilio.cli.commands"
local options = require "twilio.cli.options"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local refused = require "spec.support.stopped"

describe("twilio.cli.commands", function()
  it("has a module with a usage and a text for each command, except help", function()
    for _, name in ipairs(commands.names) do
      if name ~= "help" then
        local handler = commands.handler(name, {})
        assert.equal(name, handler.name)
        for _, usage in ipairs(handler.module.usage) do assert.equal(name, usage:match "^%S+") end
        assert.is_string(handler.module.text[1])
        assert.equal(options.find(options.all, "help"), handler:find "help")
        assert.equal(handler.module.formats ~= nil, handler:find "output" ~= nil, name)
      end
    end
    assert.is_nil(commands.handler("help", {}))
    assert.is_nil(commands.handler("calls", {}))
  end)

  it("stores the options of a command apart from those of all commands", function()
    local given = {}
    local handler = commands.handler("request", given)
    handler:set(handler:find "query", "a=1")
    handler:set(handler:find "query", "b=2")
    handler:set(handler:find "i", true)
    handler:set(handler:find "timeout", "3")
    assert.same({ query = { "a=1", "b=2" }, include = true }, handler.own)
    assert.same({ timeout = 3 }, given)
    assert.equal("--include is given twice", (refused(function()
      handler:set(handler:find "include", "x")
    end)))
  end)

  it("refuses options that have no meaning for a command, before and after its name", function()
    local handler = commands.handler("explain", {})
    assert.is_nil(handler:find "limit")
    assert.same({ "explain takes no --limit", "twilio-lua explain --help", 2 }, { refused(handler.unknown, handler, "limit", "--limit") })
    assert.same({ "explain: unknown option --outptu (did you mean '--output'?)", "twilio-lua explain --help", 2 },
      { refused(handler.unknown, handler, "outptu", "--outptu") })
    handler = commands.handler("explain", { limit = 3 })
    assert.equal("explain takes no --limit", (refused(handler.run, handler)))
    handler = commands.handler("explain", { output = "csv" })
    assert.equal("--output has no value 'csv'", (refused(handler.run, handler)))
  end)

  it("shows the usage of an action, or all usages", function()
    local message, hint = refused(commands.usage, "profiles", "why", "remove")
    assert.same({ "profiles: why", "usage: twilio-lua profiles remove NAME" }, { message, hint })
    message, hint = refused(commands.usage, "profiles", "why")
    assert.equal("profiles: why", message)
    assert.matches("^usage: twilio%-lua profiles list, or twilio%-lua profiles add NAME .*, or twilio%-lua profiles remove NAME$", hint)
  end)

  it("returns an action, or says which are possible", function()
    local actions = { "list", "add", "remove" }
    assert.equal("add", commands.action("profiles", "add", actions))
    assert.equal("profiles: takes list, add or remove", (refused(commands.action, "profiles", nil, actions)))
    assert.equal("profiles: takes list, add or remove, got 'frobnicate'", (refused(commands.action, "profiles", "frobnicate", actions)))
    assert.same({ "profiles: there is no 'rmove' (did you mean 'remove'?)", "usage: twilio-lua profiles remove NAME", 2 },
      { refused(commands.action, "profiles", "rmove", actions) })
  end)

  it("knows whether the library can download", function()
    require "twilio"
    local core = require "twilio.core"
    assert.equal(core.client_methods.download ~= nil, commands.is_possible { needs = "download" })
    assert.is_true(commands.is_possible {})
  end)
end)

describe("the guide doc/guides/command-line.md", function()
  local server, run
  setup(function()
    server = servers.twilio { now = 1300000000 }
    run = command_line.new(server)
  end)
  teardown(function()
    run.stop()
    server:stop()
  end)

  it("has commands that work", function()
    local seen = 0
    for line in io.lines "doc/guides/command-line.md" do
      local rest = line:match "^twilio%-lua ([^>]*)"
      if rest and not rest:find "^profiles" and not rest:find "^help" then
        local is_command = commands.handler(rest:match "^%S+", {}) and not rest:find "^request"
        local command = run.command({}):gsub("bin/twilio%-lua$", "bin/twilio-lua " .. rest:gsub("%%", "%%%%"))
        local ok, output = shell.run(command .. (is_command and "" or " --dry-run"))
        assert.is_true(ok, rest .. output)
        seen = seen + 1
      end
    end
    assert.is_true(seen >= 12, seen)
  end)
end)
