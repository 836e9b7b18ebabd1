local command_line = require "spec.support.command_line"
local jwt = require "twilio.jwt"

local KEY = {
  TWILIO_ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef", TWILIO_API_KEY = "SK0123456789abcdef0123456789abcdef", TWILIO_API_SECRET = "secret",
}

describe("twilio-lua token", function()
  local run
  setup(function() run = command_line.new() end) -- without a server: it sends nothing
  teardown(function() run.stop() end)

  local function claims_of(...)
    local token = run.out({ "token", ... }, { env = KEY }):gsub("\n", "")
    return assert(jwt.verify(token, "secret"))
  end

  local function fails(message, ...) return run.fails(2, message, { "token", ... }, { env = KEY }) end

  it("writes an access token that is signed with the API key", function()
    local claims = claims_of("--identity", "alice", "--ttl", "60", "--voice-incoming", "--video-room", "room")
    assert.same({ identity = "alice", voice = { incoming = { allow = true } }, video = { room = "room" } }, claims.grants)
    assert.same({ KEY.TWILIO_API_KEY, KEY.TWILIO_ACCOUNT_SID }, { claims.iss, claims.sub })
    assert.is_true(claims.exp <= os.time() + 60)
  end)

  it("has an option for each usual grant, and --grants for all others", function()
    local claims = claims_of("--identity", "bob", "--voice-application", "AP1", "--chat-service", "IS1", "--sync-service", "IS2", "--video-room", "",
      "--grants", '{"task_router":{"workspace_sid":"WS1","role":"worker"}}')
    assert.same({
      identity = "bob", voice = { outgoing = { application_sid = "AP1" } }, chat = { service_sid = "IS1" }, data_sync = { service_sid = "IS2" },
      video = {}, task_router = { workspace_sid = "WS1", role = "worker" },
    }, claims.grants)
  end)

  it("warns of a token without grants", function()
    local result = run({ "token", "--identity", "alice" }, { env = KEY })
    assert.equal(0, result.code)
    assert.equal("twilio-lua: warning: the token has no grants, so an app can do nothing with it\n", result.err)
  end)

  it("says what is missing or wrong", function()
    fails "token: missing --identity"
    fails("token: unexpected 'alice'", "alice")
    fails("unknown option --voice-applicatoin (did you mean '--voice-application'?)", "--voice-applicatoin", "AP1")
    fails("--ttl takes a whole number, zero or more, got 'x'", "--identity", "a", "--ttl", "x")
    fails("ttl must be a whole number of seconds from 1 to 86400", "--identity", "a", "--voice-incoming", "--ttl", "90000")
    fails("a table of grants has no 'voic' (did you mean 'voice'?)", "--identity", "a", "--grants", '{"voic":{}}')
    fails("the value of --grants is not JSON", "--identity", "a", "--grants", "{")
    for _, grants in ipairs { "[1]", "3", '{"voice":3}' } do
      fails("the value of --grants is not an object of objects", "--identity", "a", "--voice-incoming", "--grants", grants)
    end
    fails("token takes no --limit", "--identity", "a", "--limit", "3")
  end)

  it("says which credentials it needs", function()
    local hint = run.fails(5, "no API key to sign the token with: set TWILIO_API_KEY and TWILIO_API_SECRET", { "token", "--identity", "alice" },
      { env = { TWILIO_ACCOUNT_SID = KEY.TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN = "t" } })
    assert.equal("twilio-lua profiles --help", hint)
  end)
end)
