-- Profiles, and the credentials that a command uses.
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("a profile of twilio-lua", function()
  local server, run, lines
  local BARE = { TWILIO_ACCOUNT_SID = false, TWILIO_AUTH_TOKEN = false, TWILIO_BASE_URL = false }
  setup(function() server = servers.twilio() end)
  teardown(function() server:stop() end)
  before_each(function()
    run = command_line.new(server)
    lines = ("account_sid = %s\nauth_token = %s\n"):format(server.account_sid, server.auth_token)
  end)
  after_each(function() run.stop() end)

  local function add(name, input, ...)
    return run({ "profiles", "add", name, ... }, { input = input or lines, env = BARE })
  end

  local function mode(path) return shell.must(("stat -c %%a %s/.config/twilio-lua%s"):format(run.home, path)) end

  it("is written with the mode 600, in a directory that others cannot read", function()
    shell.must("mkdir -p -m 755 " .. run.home .. "/.config")
    local result = add("work", nil, "--base-url", server.url)
    assert.equal(0, result.code, result.err)
    assert.equal("twilio-lua: wrote " .. run.home .. "/.config/twilio-lua/work\n", result.err)
    assert.same({ "600\n", "700\n" }, { mode "/work", mode "" })
    assert.same({ code = 0, out = "0\n", err = "" }, run({ "calls", "count", "--profile", "work" }, { env = BARE }))
    assert.equal("work\t" .. server.account_sid .. "\n", run({ "profiles", "list" }, { env = BARE }).out)
  end)

  it("is refused if other users can read it", function()
    add("default", nil, "--base-url", server.url)
    local path = run.home .. "/.config/twilio-lua/default"
    for _, bad in ipairs { "640", "604", "666" } do
      shell.must(("chmod %s %s"):format(bad, path))
      local result = run({ "calls", "count" }, { env = BARE })
      assert.same({ 5, "" }, { result.code, result.out })
      assert.equal(("twilio-lua: %s may be read by other users, or belongs to one\nhint: chmod 600 %s\n"):format(path, path), result.err)
    end
  end)

  it("is used by --profile, TWILIO_PROFILE or the name default; the environment comes before the last two", function()
    add("default", nil, "--base-url", server.url)
    add("other", "account_sid = AC00000000000000000000000000000009\nauth_token = wrong\n", "--base-url", server.url)
    local function account_of(arguments, env)
      for name, value in pairs(BARE) do if env[name] == nil then env[name] = value end end
      return run({ "calls", "list", "--dry-run", (table.unpack or unpack)(arguments) }, { env = env }).out:match "AC%x+"
    end
    local default, other = server.account_sid, "AC00000000000000000000000000000009"
    assert.equal(default, account_of({}, {}))
    assert.equal(other, account_of({}, { TWILIO_PROFILE = "other" }))
    assert.equal(other, account_of({ "--profile", "other" }, {}))
    local set = { TWILIO_ACCOUNT_SID = "AC00000000000000000000000000000008", TWILIO_AUTH_TOKEN = "t" }
    assert.equal(set.TWILIO_ACCOUNT_SID, account_of({}, set))
    set.TWILIO_PROFILE = "other"
    assert.equal(set.TWILIO_ACCOUNT_SID, account_of({}, set))
    assert.equal(other, account_of({ "--profile", "other" }, set))
  end)

  it("is not written if there can be no client with it, and no message shows a secret", function()
    for input, message in pairs {
      ["account_sid = AC0123456789abcdef0123456789abcdef\n"] = "the credentials are incomplete",
      ["acount_sid = hunter2\n"] = "the standard input, line 1: unknown name (did you mean 'account_sid'?)",
      ["hunter2\n"] = "the standard input, line 1: not a line 'name = value'",
    } do
      local result = add("bad", input)
      assert.is_true(result.code ~= 0)
      assert.matches(message, result.err, 1, true)
      assert.not_matches("hunter2", result.err, 1, true)
    end
    assert.equal("", run({ "profiles", "list" }).out)
  end)

  it("with a bad line is refused with the number of the line only", function()
    add("default", nil, "--base-url", server.url)
    shell.must(("echo 'auth_tokn = hunter2' >> %s/.config/twilio-lua/default"):format(run.home))
    local result = run({ "calls", "count" }, { env = BARE })
    assert.matches("default, line 4: unknown name (did you mean 'auth_token'?)", result.err, 1, true)
    assert.not_matches("hunter2", result.err, 1, true)
  end)

  it("has a name that is no path", function()
    for _, name in ipairs { "../x", "a/b", ".hidden", "" } do
      local result = add(name)
      assert.equal(2, result.code)
      assert.matches("cannot be the name of a profile", result.err, 1, true)
    end
    local result = run({ "calls", "count", "--profile", "none" })
    assert.same({ 5, "twilio-lua: there is no profile 'none'" }, { result.code, result.err:match "^[^\n]*" })
  end)

  it("can be removed", function()
    add("work", nil)
    assert.equal(0, run({ "profiles", "remove", "work" }).code)
    assert.equal("", run({ "profiles", "list" }).out)
    assert.equal(9, run({ "profiles", "remove", "work" }).code)
  end)
end)
