-- Exit codes, messages and signals of bin/twilio-lua.
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("twilio-lua", function()
  local server, run, faults
  setup(function()
    server = servers.twilio { now = 1300000000 }
    faults = servers.fault()
    run = command_line.new(server)
    server:post("/_/seed", { Calls = 300, Status = "completed" })
  end)
  teardown(function()
    run.stop()
    server:stop()
    faults:stop()
  end)

  local function fails(...) return run.fails(...) end

  it("ends with 0 after a success", function()
    assert.same({ code = 0, out = "300\n", err = "" }, run { "calls", "count" })
  end)

  it("ends with 2 after a mistake on the command line, and suggests what is meant", function()
    fails(2, "twilio-lua has no 'cals' (did you mean 'calls'?)", { "cals", "list" })
    fails(2, "messages has no 'send' (did you mean 'create'?)", { "messages", "send", "--to", "+1" })
    fails(2, "calls has no 'lst' (did you mean 'list'?)", { "calls", "lst" })
    fails(2, "twilio-lua has no 'explian' (did you mean 'explain'?)", { "explian", "21211" })
    fails(2, "calls list: unknown option --statsu (did you mean '--status'?)", { "calls", "list", "--statsu", "busy" })
    fails(2, "unknown option --limt", { "--limt", "3", "calls", "list" })
    assert.equal("twilio-lua calls create --help", fails(2, "calls create: missing --from", { "calls", "create", "--to", "+1" }))
    fails(2, "calls create: --record takes true or false, got 'maybe'", { "calls", "create", "--to", "+1", "--record", "maybe" })
    assert.equal("usage: twilio-lua calls fetch SID", fails(2, "calls fetch: missing SID", { "calls", "fetch" }))
    fails(2, "a record of calls has no field 'statu' (did you mean 'status'?)", { "calls", "list", "--columns", "statu" })
    fails(2, "option 'timeout' must be", { "calls", "list", "--timeout", "0" }) -- the library refuses it
    fails(2, "simulate must be the first word", { "--debug", "simulate" })
    fails(2, "unknown option --verison (did you mean '--version'?)", { "--verison" })
    fails(2, "--limit takes a whole number, zero or more, got 'x'", { "calls", "list", "--limit", "x" })
    fails(2, "--output has no value 'jsn' (did you mean 'json'?)", { "calls", "list", "--output", "jsn" })
  end)

  it("ends with 3 after an error of Twilio, 4 if nothing was found, 5 for wrong credentials, each with a hint", function()
    local sid = server:get("/_/log")[1] and server:post("/_/seed", { Calls = 1, Status = "completed" }).first
    assert.equal("twilio-lua explain 21220", fails(3, "error 21220", { "calls", "hangup", sid }))
    assert.equal("twilio-lua explain 20404", fails(4, "error 20404", { "calls", "get", "CA00000000000000000000000000000000" }))
    fails(5, "error 20003", { "calls", "count" }, { env = { TWILIO_AUTH_TOKEN = "wrong" } })
  end)

  it("ends with 5 without credentials, and says how to set them", function()
    local hint = fails(5, "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", { "calls", "list" },
      { env = { TWILIO_ACCOUNT_SID = false, TWILIO_AUTH_TOKEN = false } })
    assert.equal("twilio-lua profiles add default", hint)
  end)

  it("ends with 5 if a part of the credentials is missing", function()
    fails(5, "an auth token also needs the account SID: TWILIO_ACCOUNT_SID", { "calls", "list" }, { env = { TWILIO_ACCOUNT_SID = false } })
    fails(5, "an API key also needs its secret: TWILIO_API_SECRET", { "calls", "list" }, { env = { TWILIO_API_KEY = "SK1" } })
  end)

  it("ends with 6 if there is no connection, 7 after a timeout, 8 after an unusable response, 9 for a file", function()
    fails(6, "", { "calls", "list", "--base-url", "http://127.0.0.1:1", "--retries", "0" })
    fails(7, "timeout", { "--timeout", "0.2", "--retries", "0", "calls", "list", "--base-url", faults.url .. "/stall" })
    fails(8, "", { "calls", "list", "--retries", "0", "--base-url", faults.url .. "/truncated_json" })
    fails(9, "cannot write /nonexistent/x: No such file or directory", { "calls", "list", "--file", "/nonexistent/x" })
  end)

  it("ends with 9 if the standard output cannot be written", function()
    for _, arguments in ipairs { { "calls", "list" }, { "explain", "21211" }, { "calls", "delete", "CA1", "--dry-run" }, { "--help" } } do
      local _, output = shell.run(run.command(arguments) .. " >/dev/full; echo code $?")
      assert.matches("cannot write the standard output: No space left on device", output, 1, true)
      assert.matches("code 9", output, 1, true)
    end
  end)

  it("ends quietly by SIGPIPE, or with 141 if this signal is ignored", function()
    local function piped(before)
      local command = ("%s %s 2>%s/err; echo $? >%s/code"):format(before, run.command { "calls", "list", "-o", "jsonl" }, run.home, run.home)
      local line = shell.must(("{ %s; } | head -n 1"):format(command))
      assert.matches('^{"sid":"CA', line)
      assert.equal("141\n", shell.must(("cat %s/code"):format(run.home)))
      assert.equal("", shell.must(("cat %s/err"):format(run.home)))
    end
    piped ""
    piped "trap '' PIPE;"
  end)

  it("ends quietly by SIGINT while it waits, and leaves no incomplete file", function()
    local wait = ("%s --file %s/list.csv"):format(run.command { "calls", "list", "--base-url", faults.url .. "/stall" }, run.home)
    shell.write(run.home .. "/interrupt.sh", ([[
      %s 2>%s/err &
      process=$!
      while ! ls -a %s | grep -q '^.twilio-'; do :; done
      kill -INT $process
      wait $process
      echo $?
    ]]):format(wait, run.home, run.home))
    -- `exec` makes the shell variable the process of the program. bash restores SIGINT for set -m.
    local output = shell.must(("bash -m %s/interrupt.sh"):format(run.home))
    assert.equal("130", output:match "(%d+)\n$")
    assert.equal("", shell.must(("cat %s/err"):format(run.home)))
    assert.equal("", shell.must(("ls -a %s | grep -E 'twilio-.*tmp|list' || true"):format(run.home)))
  end)

  it("shows no secret of the environment in any message", function()
    local result = run({ "calls", "list", "--debug" }, { env = { TWILIO_AUTH_TOKEN = "very secret token" } })
    assert.not_matches("very secret token", result.err, 1, true)
    assert.matches("twilio-lua: warn: GET /2010-04-01/", result.err, 1, true)
  end)

  it("refuses credentials as options, and warns of other secrets", function()
    local hint = fails(2, "--auth-token is no option: a secret on the command line can be read", { "calls", "list", "--auth-token", "x" })
    assert.matches("profiles", hint)
    local words = { "sip", "credential-lists", "CL1", "credentials", "create", "--username", "u", "--password", "hunter2", "--dry-run" }
    local result = run(words)
    assert.matches("warning: other users may see the value of --password in the list of processes", result.err, 1, true)
    assert.not_matches("hunter2", result.err .. result.out, 1, true)
  end)

  it("shows its version", function()
    assert.equal("twilio-lua " .. require("twilio").VERSION .. "\n", run({ "--version" }).out)
  end)

  it("finds its modules by a path, in its own directory, and through a link", function()
    local path = shell.must "pwd":gsub("\n", "") .. "/bin/twilio-lua"
    local lua = shell.interpreter()
    if not lua:find "/" then lua = shell.must("command -v " .. lua):gsub("\n", "") end
    shell.must(("ln -s %s %s/linked"):format(path, run.home))
    local commands = { "cd / && %s " .. path .. " --version", "cd bin && %s twilio-lua --version", "cd / && %s " .. run.home .. "/linked --version" }
    for _, command in ipairs(commands) do
      assert.matches("^twilio%-lua %d", shell.must(command:format(lua)))
    end
    local _, output = shell.run(run.command { "calls", "list", "--timeout", "0" }:gsub("bin/twilio%-lua", run.home .. "/linked"))
    assert.matches("^twilio%-lua: option 'timeout' must be", output)
  end)
end)
