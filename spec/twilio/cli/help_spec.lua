-- --help.
local command_line = require "spec.support.command_line"
local core = require "twilio.core"

describe("twilio-lua --help", function()
  local run
  setup(function() run = command_line.new() end) -- without credentials
  teardown(function() run.stop() end)

  local function help_of(...) return run.out { ... } end

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

  it("of a resource without verbs asks for a resource, and shows where SIDs belong", function()
    local output = help_of("verify", "--help")
    assert.matches("^Usage\n  twilio%-lua verify RESOURCE …\n", output)
    assert.matches("\nVerbs of a resource: twilio-lua verify RESOURCE --help\n", output, 1, true)
    output = help_of("verify", "services", "verifications", "--help")
    assert.matches("^Usage\n  twilio%-lua verify services SID verifications %[SID%] VERB …\n", output)
    assert.matches("\n  create      POST ", output, 1, true)
    assert.matches("\nParameters of a verb: twilio-lua verify services SID verifications VERB --help\n", output, 1, true)
    assert.matches("^Usage\n  twilio%-lua verify services SID verifications create %-%-channel",
      help_of("verify", "services", "verifications", "create", "--help"))
  end)

  it("of a command has its usage and options", function()
    for _, command in ipairs { "request", "explain", "webhook", "token", "profiles", "completion", "download" } do
      assert.matches("^Usage\n  twilio%-lua " .. command, help_of(command, "--help"))
    end
    local output = help_of("webhook", "--help")
    assert.matches("\nof the client. verify ends with the exit code 1 if the signature is wrong.\n", output, 1, true) -- one paragraph
    assert.matches("\nFurther options: see twilio-lua help options\n  --profile, --help, --version\n", output, 1, true)
  end)

  it("of a record has only what may follow its SID, and whole paths where the output is no terminal", function()
    local output = help_of("calls", "CA1", "--help")
    assert.not_matches("\n  list ", output, 1, true)
    assert.matches("\n  fetch               GET /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json\n", output, 1, true)
    assert.matches("…", run.terminal(60, { "calls", "--help" }, { NO_COLOR = "1" }), 1, true)
  end)
end)
