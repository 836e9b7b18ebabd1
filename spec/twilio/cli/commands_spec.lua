-- request, explain, webhook, token, simulate, download, --dry-run.
local cjson = require "cjson"
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("twilio-lua", function()
  local server, run
  setup(function()
    server = servers.twilio { now = 1300000000 }
    run = command_line.new(server)
  end)
  teardown(function()
    run.stop()
    server:stop()
  end)

  local function out_of(arguments, options)
    local result = run(arguments, options)
    assert.same({ 0, "" }, { result.code, result.err })
    return result.out
  end

  local function fails(code, message, arguments, options)
    local result = run(arguments, options)
    assert.equal(code, result.code, result.err)
    assert.matches(message, result.err, 1, true)
  end

  describe("request", function()
    it("sends any request, and writes the body", function()
      assert.is_table(cjson.decode(out_of { "request", "GET", "/2010-04-01/Accounts.json", "--query", "PageSize=1" }).accounts)
      local service = cjson.decode(out_of { "request", "post", "/v2/Services", "--product", "verify", "--form", "FriendlyName=A & B" })
      assert.equal("A & B", service.friendly_name)
    end)

    it("writes status and headers with --include", function()
      local output = out_of { "request", "GET", "/2010-04-01/Accounts.json", "-i", "-o", "none" }
      assert.matches("^HTTP 200\n", output)
      assert.matches("\ncontent%-type: application/json\n", output)
    end)

    it("sends the JSON of a file or of the standard input, and headers", function()
      run({ "request", "POST", "/nowhere", "--json-file", "-", "--header", "X-Test: a: b" }, { input = '{"a":[],"n":12345678901234567890}' })
      local log = server:get "/_/log"
      local last = log[#log]
      assert.equal('{"a":[],"n":12345678901234567890}', last.body)
      assert.equal("a: b", last.headers["x-test"])
    end)

    it("has the exit codes of other commands", function()
      fails(4, "error 20404", { "request", "GET", "/nowhere" })
      fails(2, "request: takes a method and a path", { "request", "GET" })
      fails(2, "'FETCH' is not a method", { "request", "FETCH", "/x" })
      fails(2, "--form takes NAME=VALUE, got 'x'", { "request", "POST", "/x", "--form", "x" })
    end)
  end)

  describe("--dry-run", function()
    it("shows the request with masked values, and sends nothing", function()
      local before = #server:get "/_/log"
      local output = out_of { "messages", "create", "--to", "+15558675310", "--from", "+15017122661", "--body", "a secret", "--dry-run" }
      assert.equal(("POST %s/2010-04-01/Accounts/%s/Messages.json\n  Body=***\n  From=+*******2661\n  To=+*******5310\n")
        :format(server.url, server.account_sid), output)
      output = out_of {
        "calls", "list", "--status", "completed", "--start-time-after", "2026-11-01", "--to", "+15558675310", "--limit", "20", "--dry-run",
      }
      assert.equal(("GET %s/2010-04-01/Accounts/%s/Calls.json\n  PageSize=20\n  StartTime>=2026-11-01\n  Status=completed\n  To=+*******5310\n")
        :format(server.url, server.account_sid), output)
      output = out_of { "content", "contents", "create", "--language", "en", "--types", '{"a":"a secret"}', "--dry-run" }
      assert.not_matches("a secret", output, 1, true)
      assert.matches("DELETE .*/Calls/CA1.json\n$", out_of { "calls", "delete", "CA1", "--dry-run" })
      assert.matches("GET .*/Recordings.json\n  CallSid=CA1", out_of { "transcriptions", "list", "--call", "CA1", "--dry-run" })
      assert.matches("GET .*/x\n  a=%*%*%*\n", out_of { "request", "GET", "/x", "--query", "a=1", "--dry-run" })
      assert.equal(before, #server:get "/_/log")
    end)
  end)

  it("runs the commands of the guide", function()
    local seen = 0
    for line in io.lines "doc/guides/command-line.md" do
      local rest = line:match "^twilio%-lua ([^>]*)"
      if rest and not rest:find "^profiles" and not rest:find "^help" then
        local command = run.command({}):gsub("bin/twilio%-lua$", "bin/twilio-lua " .. rest:gsub("%%", "%%%%"))
        local ok, output = shell.run(command .. " --dry-run")
        assert.is_true(ok, rest .. output)
        seen = seen + 1
      end
    end
    assert.is_true(seen >= 12, seen)
  end)

  it("explain says what a code means", function()
    assert.equal("21211: Invalid 'To' Phone Number (error)\nMiscellaneous\n"
      .. "https://www.twilio.com/docs/api/errors/21211\n", out_of { "explain", "21211" })
    assert.equal(21211, cjson.decode(out_of { "explain", "21211", "-o", "json" }).code)
    fails(1, "does not know the code 999999", { "explain", "999999" })
    fails(2, "'x' is no code", { "explain", "x" })
  end)

  describe("webhook", function()
    local FORM = { "--param", "To=+18005551212", "--param", "From=+14158675309", "--param", "Digits=1234", "--param", "CallSid=CA1234567890ABCDE",
      "--param", "Caller=+14158675309" }
    local URL, TOKEN = "https://mycompany.com/myapp.php?foo=1&bar=2", { TWILIO_AUTH_TOKEN = "12345" }

    local function webhook(action, ...)
      local words = { "webhook", action, "--url", ... }
      for _, word in ipairs(FORM) do words[#words + 1] = word end
      return words
    end

    it("signs a form as Twilio's documentation does", function()
      assert.equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=\n", out_of(webhook("sign", URL), { env = TOKEN })) -- the example of Twilio's documents
    end)

    it("verifies a signature", function()
      assert.equal("valid\n", out_of(webhook("verify", URL, "--signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), { env = TOKEN }))
      fails(1, "the signature is not valid", webhook("verify", URL .. "x", "--signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), { env = TOKEN })
      fails(2, "verify needs --signature", webhook("verify", URL), { env = TOKEN })
      fails(5, "no auth token", webhook("sign", URL), { env = { TWILIO_AUTH_TOKEN = false } })
    end)

    it("signs and verifies a JSON body, whose digest is in the URL", function()
      local body, options = '{"a":1}\n', { env = TOKEN, input = '{"a":1}\n' }
      local function json(action, url, signature)
        return { "webhook", action, "--content-type", "application/json", "--body-file", "-", "--url", url, signature }
      end
      local first = run(json("sign", "https://example.com/x"), options)
      assert.equal(2, first.code)
      local url = first.err:match "%-%-url '([^']+)'"
      assert.matches(require("twilio.core").sha256(body), url, 1, true)
      local signature = out_of(json("sign", url), options):gsub("\n", "")
      assert.equal("valid\n", out_of(json("verify", url, "--signature=" .. signature), options))
    end)
  end)

  it("token writes an access token that is signed with the API key", function()
    local env = { TWILIO_API_KEY = "SK0123456789abcdef0123456789abcdef", TWILIO_API_SECRET = "secret" }
    local token = out_of({ "token", "--identity", "alice", "--ttl", "60", "--voice-incoming", "--video-room", "room" }, { env = env }):gsub("\n", "")
    local claims = assert(require("twilio.jwt").verify(token, "secret"))
    assert.same({ identity = "alice", voice = { incoming = { allow = true } }, video = { room = "room" } }, claims.grants)
    assert.is_true(claims.exp <= os.time() + 60)
    fails(2, "no API key to sign the token with", { "token", "--identity", "alice" })
  end)

  it("simulate runs twilio-simulator, with its arguments and exit code", function()
    local path = run.home .. "/bin"
    shell.must("mkdir -p " .. path)
    shell.write(path .. "/twilio-simulator", "#!/bin/sh\nprintf '%s|' \"$@\"\nexit 7\n")
    shell.must(("chmod +x %s/twilio-simulator; cp bin/twilio-lua %s/twilio-lua; ln -s $(pwd)/lua %s/lua"):format(path, path, run.home))
    local command = run.command { "simulate", "--port", "0", "it's" }:gsub("bin/twilio%-lua", path .. "/twilio-lua")
    assert.equal("--port|0|it's|7\n", shell.must(command .. "; echo $?"))
  end)

  local with_downloads = require "twilio" and require("twilio.core").client_methods.download and it or pending
  with_downloads("download saves a recording or a URL, and writes to the standard output", function()
    local faults = servers.fault()
    finally(function() faults:stop() end)
    local sid, path = "RE0123456789abcdef0123456789abcdef", run.home .. "/a.wav"
    local function download(...) return out_of { "--base-url", faults.url .. "/ok", "download", ... } end
    local bytes = shell.must("curl -s " .. faults.url .. "/ok")
    assert.is_true(#bytes > 0)
    assert.equal("", download(sid, "--file", path, "--channels", "2"))
    assert.equal(bytes, shell.must("cat " .. path))
    assert.equal(bytes, download(sid, "--file", "-", "--format", "mp3"))
    assert.equal(bytes, download("/2010-04-01/x", "--file", "-"))
    local targets = {}
    for i, request in ipairs(faults:get "/_/log") do targets[i] = request.target end
    local recording = ("/ok/2010-04-01/Accounts/%s/Recordings/%s"):format(server.account_sid, sid)
    assert.same({ "/ok", recording .. ".wav?RequestedChannels=2", recording .. ".mp3", "/ok/2010-04-01/x" }, targets)
    fails(4, "404", { "download", sid, "--file", path })
    assert.equal(bytes, shell.must("cat " .. path)) -- stays
    fails(2, "--format is mp3|wav", { "download", sid, "--format", "ogg" })
    fails(2, "--format mp3 contradicts the ending of --file " .. path, { "download", sid, "--format", "mp3", "--file", path })
    fails(2, "takes one recording or URL, and --file a.wav for the path", { "download", sid, "a.wav" })
    fails(2, "a URL needs --file", { "download", "/2010-04-01/x" })
  end)
end)
