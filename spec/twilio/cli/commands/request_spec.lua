local cjson = require "cjson"
local command_line = require "spec.support.command_line"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

describe("twilio-lua request", function()
  local server, run
  setup(function()
    server = servers.twilio { now = 1300000000 }
    run = command_line.new(server)
  end)
  teardown(function()
    run.stop()
    server:stop()
  end)

  local function last()
    local log = server:get "/_/log"
    return log[#log]
  end

  it("sends any request, and writes the body", function()
    assert.is_table(cjson.decode(run.out { "request", "GET", "/2010-04-01/Accounts.json", "--query", "PageSize=1" }).accounts)
    local service = cjson.decode(run.out { "request", "post", "/v2/Services", "--product", "verify", "--form", "FriendlyName=A & B" })
    assert.equal("A & B", service.friendly_name)
  end)

  it("repeats a field that is given several times", function()
    run { "request", "GET", "/nowhere", "--query", "a=1", "--query", "a=2", "--query", "b=x=y" }
    assert.matches("a=1&a=2", last().target, 1, true)
  end)

  it("writes status and headers with --include", function()
    local output = run.out { "request", "GET", "/2010-04-01/Accounts.json", "-i", "-o", "none" }
    assert.matches("^HTTP 200\n", output)
    assert.matches("\ncontent%-type: application/json\n", output)
  end)

  it("sends the JSON of a file or of the standard input, and headers", function()
    run({ "request", "POST", "/nowhere", "--json-file", "-", "--header", "X-Test: a: b" }, { input = '{"a":[],"n":12345678901234567890}' })
    assert.equal('{"a":[],"n":12345678901234567890}', last().body)
    assert.equal("a: b", last().headers["x-test"])
  end)

  it("writes to a file, which a failure does not replace", function()
    local path = run.home .. "/accounts.json"
    assert.equal("", run.out { "request", "GET", "/2010-04-01/Accounts.json", "--file", path })
    local written = shell.must("cat " .. path)
    assert.is_table(cjson.decode(written).accounts)
    run.fails(4, "error 20404", { "request", "GET", "/nowhere", "--file", path })
    assert.equal(written, shell.must("cat " .. path))
    local before = #server:get "/_/log"
    run.fails(9, "cannot write /nonexistent/x", { "request", "POST", "/2010-04-01/x", "--file", "/nonexistent/x" })
    assert.equal(before, #server:get "/_/log") -- nothing was sent
  end)

  it("indents the body on a terminal", function()
    assert.matches('^{\n  "first_page_uri": ', run.terminal(80, { "request", "GET", "/2010-04-01/Accounts.json" }))
  end)

  it("says what is wrong with its words and options", function()
    run.fails(2, "request: takes a method and a path", { "request", "GET" })
    run.fails(2, "request: takes a method and a path", { "request", "GET", "/x", "y" })
    run.fails(2, "request: there is no 'GTE' (did you mean 'GET'?)", { "request", "GTE", "/x" })
    run.fails(2, "request: takes GET, POST, PUT, PATCH or DELETE, got 'OPTIONS'", { "request", "OPTIONS", "/x" })
    run.fails(2, "request: a path begins with /, got 'v2/Services'", { "request", "GET", "v2/Services" })
    run.fails(2, "--form takes NAME=VALUE, got 'x'", { "request", "POST", "/x", "--form", "x" })
    run.fails(2, "--header takes 'NAME: VALUE', got 'x'", { "request", "GET", "/x", "--header", "x" })
    run.fails(2, "request: takes --form or --json, not both", { "request", "POST", "/x", "--form", "a=b", "--json", "{}" })
    run.fails(2, "request: a GET has no body: use --query in place of --form", { "request", "GET", "/x", "--form", "a=b" })
    run.fails(2, "the value of --json is not JSON", { "request", "POST", "/x", "--json", "{" })
    run.fails(2, "request takes no --columns", { "request", "GET", "/x", "--columns", "sid" })
    run.fails(2, "--output has no value 'csv'", { "request", "GET", "/x", "-o", "csv" })
    run.fails(4, "error 20404", { "request", "GET", "/nowhere" })
  end)

  it("sends credentials to no host of a product that is misspelt", function()
    local hint = run.fails(2, "there is no product 'verfy' (did you mean 'verify'?)", { "request", "GET", "/v2/Services", "--product", "verfy" })
    assert.equal("a product that this version does not know: twilio-lua request METHOD https://verfy.twilio.com/v2/Services", hint)
    assert.matches("^GET https://flex%-api.twilio.com/v1/x\n", run.out({ "request", "GET", "/v1/x", "--product", "flex_api", "--dry-run" },
      { env = { TWILIO_BASE_URL = false } }))
  end)
end)
