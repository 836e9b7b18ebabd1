-- The actions of twilio-lua profiles. profiles_spec.lua tests how profiles are stored and used.
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local SID, KEY = "AC0123456789abcdef0123456789abcdef", "SK0123456789abcdef0123456789abcdef"

describe("twilio-lua profiles", function()
  local run
  before_each(function() run = command_line.new() end)
  after_each(function() run.stop() end)

  local function add(input, ...) return run({ "profiles", "add", "work", ... }, { input = input }) end

  local function stored(name) return shell.must(("cat %s/.config/twilio-lua/%s"):format(run.home, name)) end

  -- Types answers on a terminal.
  local function typed(answers, name)
    shell.write(run.home .. "/answers", answers)
    local command = ("script -qec %s /dev/null <%s/answers"):format(shell.quote(run.command { "profiles", "add", name }), run.home)
    local _, output = shell.run(command)
    return output
  end

  it("add reads lines, and adds the options", function()
    local result = add(("# a comment\n\naccount_sid = %s\napi_key=%s\n  api_secret = s e c  \n"):format(SID, KEY), "--region", "ie1", "--edge",
      "dublin")
    assert.same({ 0, "" }, { result.code, result.out })
    assert.equal(("account_sid = %s\napi_key = %s\napi_secret = s e c\nregion = ie1\nedge = dublin\n"):format(SID, KEY), stored "work")
  end)

  it("add says that it has replaced a profile", function()
    local input = ("account_sid = %s\nauth_token = t\n"):format(SID)
    assert.matches("^twilio%-lua: wrote ", add(input).err)
    assert.matches("^twilio%-lua: replaced ", add(input).err)
  end)

  it("add asks on a terminal, and does not show secrets", function()
    local output = typed(SID .. "\n\nhunter2\n", "default")
    assert.matches("Account SID (AC…): ", output, 1, true)
    assert.matches("Auth token, not shown: ", output, 1, true)
    assert.equal(("account_sid = %s\nauth_token = hunter2\n"):format(SID), stored "default")
    typed(("%s\n%s\nhunter2\n"):format(SID, KEY), "key")
    assert.equal(("account_sid = %s\napi_key = %s\napi_secret = hunter2\n"):format(SID, KEY), stored "key")
  end)

  it("add refuses credentials that are incomplete, even if the environment has others", function()
    local env = { TWILIO_ACCOUNT_SID = SID, TWILIO_AUTH_TOKEN = "t" }
    for _, input in ipairs { "", "account_sid = " .. SID, "auth_token = t", ("account_sid = %s\napi_key = %s"):format(SID, KEY) } do
      local result = run({ "profiles", "add", "work" }, { input = input .. "\n", env = env })
      assert.equal(2, result.code)
      assert.matches("the credentials are incomplete", result.err, 1, true)
    end
    assert.equal(0, add("bearer_token = t\n").code)
  end)

  it("add refuses a SID that is none, and does not show it", function()
    for input, message in pairs {
      ["account_sid = hunter2"] = "account_sid is AC and 32 hexadecimal digits",
      [("account_sid = %s\napi_key = hunter2"):format(SID)] = "api_key is SK and 32 hexadecimal digits",
    } do
      local result = add(input .. "\nauth_token = t\n")
      assert.same({ 2, ("twilio-lua: %s\n"):format(message) }, { result.code, result.err })
    end
  end)

  it("add says which region needs which edge", function()
    run.fails(2, "region 'ie1' needs its edge too: set edge to 'dublin'", { "profiles", "add", "work", "--region", "ie1" },
      { input = ("account_sid = %s\nauth_token = t\n"):format(SID) })
  end)

  it("list writes names with account SIDs, and which profiles cannot be used", function()
    local result = run { "profiles", "list" }
    assert.same({ code = 0, out = "", err = "twilio-lua: there are no profiles: twilio-lua profiles add NAME\n" }, result)
    add(("account_sid = %s\nauth_token = t\n"):format(SID))
    shell.must(("cd %s/.config/twilio-lua && cp work open && chmod 644 open"):format(run.home))
    local output = run.out { "profiles", "list" }
    assert.matches("^open\tunusable: .* may be read by other users, or belongs to one\nwork\t" .. SID .. "\n$", output)
  end)

  it("remove removes a profile, and suggests the name that is meant", function()
    add(("account_sid = %s\nauth_token = t\n"):format(SID))
    assert.equal("the profiles are work", run.fails(9, "there is no profile 'wrok' (did you mean 'work'?)", { "profiles", "remove", "wrok" }))
    assert.equal("", run.out { "profiles", "remove", "work" })
    assert.equal("twilio-lua profiles add work", run.fails(9, "there is no profile 'work'", { "profiles", "remove", "work" }))
  end)

  it("says what is wrong with its words", function()
    run.fails(2, "profiles: takes list, add or remove", { "profiles" })
    assert.equal("usage: twilio-lua profiles list", run.fails(2, "profiles: there is no 'lst' (did you mean 'list'?)", { "profiles", "lst" }))
    run.fails(2, "profiles: add needs a NAME", { "profiles", "add" })
    run.fails(2, "profiles: unexpected 'b'", { "profiles", "add", "a", "b" })
    run.fails(2, "profiles: unexpected 'a'", { "profiles", "list", "a" })
    run.fails(2, "profiles: list takes no --edge", { "profiles", "list", "--edge", "dublin" })
  end)

  it("add makes a profile with which commands run", function()
    local server = servers.twilio()
    finally(function() server:stop() end)
    assert.equal(0, add(("account_sid = %s\nauth_token = %s\n"):format(server.account_sid, server.auth_token), "--base-url", server.url).code)
    assert.equal("0\n", run.out { "calls", "count", "--profile", "work" })
  end)
end)
