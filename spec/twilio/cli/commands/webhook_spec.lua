local command_line = require "spec.support.command_line"

-- The example of Twilio's documents.
local FORM = { "--param", "To=+18005551212", "--param", "From=+14158675309", "--param", "Digits=1234", "--param", "CallSid=CA1234567890ABCDE",
  "--param", "Caller=+14158675309" }
local URL, SIGNATURE = "https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="
local TOKEN = { TWILIO_AUTH_TOKEN = "12345" }

describe("twilio-lua webhook", function()
  local run
  setup(function() run = command_line.new() end) -- without a server: it sends nothing
  teardown(function() run.stop() end)

  local function webhook(action, ...)
    local words = { "webhook", action, "--url", ... }
    for _, word in ipairs(FORM) do words[#words + 1] = word end
    return words
  end

  it("signs a form as Twilio's documentation does", function()
    assert.equal(SIGNATURE .. "\n", run.out(webhook("sign", URL), { env = TOKEN }))
  end)

  it("verifies a signature", function()
    assert.equal("valid\n", run.out(webhook("verify", URL, "--signature", SIGNATURE), { env = TOKEN }))
    run.fails(1, "the signature is not valid", webhook("verify", URL .. "x", "--signature", SIGNATURE), { env = TOKEN })
  end)

  it("takes the auth token of a profile", function()
    run({ "profiles", "add", "work" }, { input = "account_sid = AC0123456789abcdef0123456789abcdef\nauth_token = 12345\n" })
    assert.equal(SIGNATURE .. "\n", run.out(webhook("sign", URL, "--profile", "work")))
  end)

  it("reads the body of a form or of JSON, whose digest is in the URL", function()
    local form = "To=%2B18005551212&From=%2B14158675309&Digits=1234&CallSid=CA1234567890ABCDE&Caller=%2B14158675309"
    assert.equal(SIGNATURE .. "\n", run.out({ "webhook", "sign", "--url", URL, "--body-file", "-" }, { env = TOKEN, input = form }))
    local body, options = '{"a":1}\n', { env = TOKEN, input = '{"a":1}\n' }
    local function json(action, url, signature)
      return { "webhook", action, "--content-type", "application/json", "--body-file", "-", "--url", url, signature }
    end
    local hint = run.fails(2, "the URL does not have the digest of the body", json("sign", "https://example.com/x"), options)
    local url = hint:match "%-%-url '([^']+)'"
    assert.matches(require("twilio.core").sha256(body), url, 1, true)
    local signature = run.out(json("sign", url), options):gsub("\n", "")
    assert.equal("valid\n", run.out(json("verify", url, "--signature=" .. signature), options))
  end)

  it("signs the URL of a WebSocket", function()
    assert.matches("^[%w+/]+=\n$", run.out({ "webhook", "sign", "--url", "wss://example.com/media" }, { env = TOKEN }))
  end)

  it("says what is missing or wrong, with the usage of the action", function()
    local hint = run.fails(2, "webhook: there is no 'verfy' (did you mean 'verify'?)", { "webhook", "verfy" })
    assert.equal("usage: twilio-lua webhook verify --url URL --signature TEXT [--param NAME=VALUE … | --body-file PATH]", hint)
    run.fails(2, "webhook: takes verify or sign", { "webhook" })
    run.fails(2, "webhook: missing --url", { "webhook", "sign" })
    run.fails(2, "webhook: --url takes the whole URL, as in https://example.com/sms, got 'example.com'",
      { "webhook", "sign", "--url", "example.com" })
    run.fails(2, "webhook: verify needs --signature", webhook("verify", URL), { env = TOKEN })
    run.fails(2, "webhook: sign takes no --signature", webhook("sign", URL, "--signature", "x"), { env = TOKEN })
    run.fails(2, "webhook: --param takes NAME=VALUE, got 'a'", { "webhook", "sign", "--url", URL, "--param", "a" }, { env = TOKEN })
    run.fails(2, "takes --param or --body-file, not both", webhook("sign", URL, "--body-file", "-"), { env = TOKEN })
    run.fails(2, "webhook takes no --limit", webhook("sign", URL, "--limit", "3"), { env = TOKEN })
    run.fails(9, "cannot read /nonexistent", { "webhook", "sign", "--url", URL, "--body-file", "/nonexistent" }, { env = TOKEN })
    assert.equal("twilio-lua profiles --help",
      run.fails(5, "no auth token: set TWILIO_AUTH_TOKEN", webhook("sign", URL), { env = { TWILIO_ACCOUNT_SID = "AC1" } }))
  end)
end)
