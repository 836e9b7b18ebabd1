-- --help and completion.
local choices = require "twilio.cli.choices"
local command_line = require "spec.support.command_line"
local core = require "twilio.core"
local shell = require "spec.support.shell"

describe("twilio-lua --help", function()
  local run
  setup(function() run = command_line.new() end) -- without credentials
  teardown(function() run.stop() end)

  local function help_of(...)
    local result = run { ... }
    assert.same({ 0, "" }, { result.code, result.err })
    return result.out
  end

  it("fits a terminal of 80 columns and 45 lines", function()
    for _, arguments in ipairs { { "--help" }, { "calls", "--help" }, { "calls", "create", "--help" }, { "help", "options" } } do
      local output, n = run.terminal(80, arguments, { NO_COLOR = "1" }), 0
      for line in output:gmatch "([^\n]*)\n" do
        n = n + 1
        assert.is_true(require("twilio.cli.text").width(line) <= 80, line)
      end
      assert.is_true(n <= 45, table.concat(arguments, " ") .. ": " .. n)
    end
  end)

  it("names commands, resources of the account and products", function()
    local output = help_of "--help"
    for _, word in ipairs { "request METHOD PATH", "incoming-phone-numbers", "verify", "taskrouter" } do assert.matches(word, output, 1, true) end
    require "twilio"
    assert.equal(core.client_methods.download ~= nil, output:find("download", 1, true) ~= nil)
    assert.equal(output, help_of())
    assert.equal(output, help_of "help")
  end)

  it("of a resource has its verbs, its fields and the resources below it", function()
    local output = help_of("calls", "--help")
    for _, text in ipairs { "fetch SID", "hangup SID +sends Status=completed", "route SID URL %[METHOD%]", "recordings", "answered_by" } do
      assert.matches(text, output)
    end
    assert.equal(output, help_of("help", "calls"))
  end)

  it("of a verb has its parameters with types, required ones first", function()
    local output = help_of("messages", "create", "--help")
    assert.matches("twilio%-lua messages create %-%-to TEXT %[PARAMETERS%]\n  POST /2010%-04%-01/Accounts/{AccountSid}/Messages.json", output)
    for _, parameter in ipairs { "--media-url TEXT …", "--provide-feedback true|false", "--attempt NUMBER", "--send-at TIME" } do
      assert.matches(parameter, output, 1, true)
    end
  end)

  it("of each verb of each resource names each parameter", function()
    local help, resolve = require "twilio.cli.help", require "twilio.cli.resolve"
    local parameters = require "twilio.cli.parameters"
    local written
    local writer = require "twilio.cli.writer"
    local new = writer.new
    finally(function() writer.new = new end)
    function writer.new()
      return { write = function(_, text) written = written .. text end, bold = function(_, text) return text end, finish = function() end }
    end
    local seen = 0
    local function visit(path)
      local resource = core.describe((table.unpack or unpack)(path))
      for _, verb in ipairs(resolve.verbs(resource)) do
        local target = resolve.new()
        for _, name in ipairs(path) do target:word(name) end
        target:word(verb)
        local list = parameters.options(target.candidates)
        written = ""
        help.operation(target, list)
        for _, option in ipairs(list) do assert.matches("--" .. option.name .. " ", written, 1, true) end
        seen = seen + 1
      end
      for _, child in ipairs(resource.children) do
        if not child.via then
          path[#path + 1] = child.name
          visit(path)
          path[#path] = nil
        end
      end
    end
    for _, product in ipairs { "verify", "conversations" } do visit { product } end
    assert.is_true(seen > 20)
  end)

  it("of a command has its usage and options", function()
    for _, command in ipairs { "request", "explain", "webhook", "token", "profiles", "completion", "download" } do
      assert.matches("^Usage\n  twilio%-lua " .. command, help_of(command, "--help"))
    end
  end)
end)

describe("twilio.cli.choices", function()
  local MODULE = "twilio.simulator.generic.api"
  local operation = { host = "api", path = "/Calls.json", method = "POST" }

  it("has the values of enums, and of arrays of enums", function()
    local loaded, preload = package.loaded[MODULE], package.preload[MODULE]
    finally(function() package.loaded[MODULE], package.preload[MODULE] = loaded, preload end)
    package.loaded[MODULE] = nil
    package.preload[MODULE] = function()
      return {
        find = function(host, path)
          assert.same({ "api", "/Calls.json" }, { host, path })
          local enum = { kind = "enum", choices = { "GET", "POST" } }
          local events, phone = { kind = "array", items = enum }, { kind = "phone" }
          return {
            operations = {
              POST = { params = { { name = "Method", type = enum }, { name = "Events", type = events }, { name = "To", type = phone } } },
            },
          }
        end,
      }
    end
    assert.same({ Method = { "GET", "POST" }, Events = { "GET", "POST" } }, choices.of(operation))
    package.loaded[MODULE] = nil
    package.preload[MODULE] = function() error "broken" end
    assert.has_error(function() choices.of(operation) end)
  end)
end)

describe("completion", function()
  local run
  setup(function() run = command_line.new() end)
  teardown(function() run.stop() end)

  local function completed(...)
    local result = run { "complete-words", ... }
    assert.same({ 0, "" }, { result.code, result.err })
    return shell.lines(result.out)
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
  end)

  describe("works in", function()
    -- Runs the script of a shell, and further lines after and before it. twilio-lua is in its PATH.
    local function complete(name, lines, before)
      shell.write(run.home .. "/twilio-lua", "#!/bin/sh\nexec " .. run.command {} .. ' "$@"\n')
      shell.write(run.home .. "/script", (before or "") .. run({ "completion", name }).out .. lines)
      return shell.must(("chmod +x %s/twilio-lua; PATH=%s:$PATH HOME=%s %s %s/script"):format(run.home, run.home, run.home, name, run.home))
    end

    it("bash", function()
      local lines = [[COMP_WORDS=(twilio-lua calls list --stat); COMP_CWORD=3; _twilio_lua; printf '%s\n' "${COMPREPLY[@]}"]]
      assert.equal("--status\n", complete("bash", lines))
    end)

    local in_fish = shell.has "fish" and it or pending
    in_fish("fish", function()
      assert.equal("--status\n", complete("fish", 'complete -C "twilio-lua calls list --stat"'))
      assert.equal("json\njsonl\n", complete("fish", 'complete -C "twilio-lua calls list -o js"'))
    end)

    local in_zsh = shell.has "zsh" and it or pending
    in_zsh("zsh", function()
      -- compadd and compdef exist in an interactive shell only.
      local before = "compadd() { shift; print -l -- $@ }; compdef() { }\n"
      assert.equal("--status\n", complete("zsh", "words=(twilio-lua calls list --stat); CURRENT=4; _twilio_lua", before))
    end)

    it("no other shell", function() assert.equal(2, run({ "completion", "csh" }).code) end)
  end)
end)
