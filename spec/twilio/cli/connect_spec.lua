-- The client of a command. profiles_spec.lua tests which credentials come first.
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"

local SID, OTHER = "AC0123456789abcdef0123456789abcdef", "AC00000000000000000000000000000009"

describe("twilio.cli.connect", function()
  local run
  setup(function() run = command_line.new() end)
  teardown(function() run.stop() end)

  -- Returns the environment with credentials, and more variables.
  local function environment(more)
    local all = { TWILIO_ACCOUNT_SID = SID, TWILIO_AUTH_TOKEN = "t" }
    for name, value in pairs(more or {}) do all[name] = value end
    return all
  end

  -- Returns the URL of a request with options, and the account in it.
  local function url_of(options, env)
    local words = { "calls", "delete", "CA1", "--dry-run" }
    for _, word in ipairs(options) do words[#words + 1] = word end
    local url, account = run.out(words, { env = environment(env) }):match "^DELETE (.-)/2010%-04%-01/Accounts/(AC%x+)/Calls/CA1.json\n$"
    return { url, account }
  end

  local function fails(code, message, options, env)
    local words = { "calls", "count" }
    for _, word in ipairs(options) do words[#words + 1] = word end
    return run.fails(code, message, words, { env = env or environment() })
  end

  it("uses the environment", function()
    assert.same({ "https://api.twilio.com", SID }, url_of {})
    assert.same({ "http://127.0.0.1:9", SID }, url_of({}, { TWILIO_BASE_URL = "http://127.0.0.1:9" }))
    assert.same({ "https://api.twilio.com", SID }, url_of({}, { TWILIO_BASE_URL = "" }))
  end)

  it("uses the options", function()
    assert.same({ "http://127.0.0.1:8", SID }, url_of({ "--base-url", "http://127.0.0.1:8" }, { TWILIO_BASE_URL = "http://127.0.0.1:9" }))
    assert.same({ "https://api.dublin.ie1.twilio.com", SID }, url_of { "--region", "ie1", "--edge", "dublin" })
    assert.same({ "https://api.twilio.com", OTHER }, url_of { "--account", OTHER })
  end)

  it("names the program in the header User-Agent, and writes attempts to the standard error with --debug", function()
    local server = servers.twilio()
    finally(function() server:stop() end)
    local result = run({ "calls", "count", "--debug" }, {
      env = { TWILIO_ACCOUNT_SID = server.account_sid, TWILIO_AUTH_TOKEN = server.auth_token, TWILIO_BASE_URL = server.url },
    })
    assert.equal("0\n", result.out)
    assert.matches("^twilio%-lua: info: GET /2010%-04%-01/Accounts/AC%x+/Calls.json: 200 %(%d", result.err)
    assert.not_matches(server.auth_token, result.err, 1, true)
    assert.matches(" twilio%-lua%-cli$", server:get("/_/log")[1].headers["user-agent"])
  end)

  it("says what is wrong in words of the command line", function()
    fails(2, "--base-url must start with http:// or https:// and a host", { "--base-url", "foo" })
    fails(2, "TWILIO_BASE_URL must start with http:// or https:// and a host", {}, environment { TWILIO_BASE_URL = "foo" })
    local result = run({ "calls", "count", "--base-url", "http://example.com" }, { env = environment() })
    assert.matches("^twilio%-lua: %-%-base%-url is http:// and not on this machine: .* Use https://\n$", result.err)
    fails(2, "region 'ie1' needs its edge too: --edge dublin. Twilio no longer answers api.ie1.twilio.com", { "--region", "ie1" })
    fails(2, "--account takes the SID of an account, AC and 32 hexadecimal digits, got 'AC1'", { "--account", "AC1" })
    fails(2, "option 'timeout' must be", { "--timeout", "0" })
    run({ "profiles", "add", "bad" }, { input = "bearer_token = t\n" })
    local path = run.home .. "/.config/twilio-lua/bad"
    require("spec.support.shell").must(("echo 'base_url = foo' >>%s"):format(path))
    fails(2, "base_url of the profile must start with http:// or https:// and a host", { "--profile", "bad" })
  end)

  it("asks whether the server of the URL runs if there is no connection", function()
    local hint = "is the server of %s running? twilio-lua simulate starts a simulator"
    assert.equal(hint:format "--base-url", fails(6, "", { "--base-url", "http://127.0.0.1:1", "--retries", "0" }))
    assert.equal(hint:format "TWILIO_BASE_URL", fails(6, "", { "--retries", "0" }, environment { TWILIO_BASE_URL = "http://127.0.0.1:1" }))
  end)

  it("says how to set credentials", function()
    assert.equal("twilio-lua profiles add default",
      fails(5, "no credentials: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or make a profile", {}, {}))
    fails(5, "an auth token also needs the account SID: TWILIO_ACCOUNT_SID", {}, { TWILIO_AUTH_TOKEN = "t" })
    fails(5, "no credentials for account " .. SID .. ": TWILIO_AUTH_TOKEN", {}, { TWILIO_ACCOUNT_SID = SID })
  end)
end)
