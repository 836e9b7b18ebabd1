-- The options of easy handles: the URL and the request target, and CURLOPT_QUICK_EXIT. For slow DNS
-- look-ups, the resolver of spec/support/slow_dns.c ends a look-up only when the spec opens its gate. No
-- test depends on time.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

describe("the URL of a request", function()
  local app, client

  setup(function() app = servers.app() end)
  teardown(function() app:stop() end)
  before_each(function() app:post "/_/reset" end)
  after_each(function() client:close() end)

  local function connect(options)
    options.account_sid, options.auth_token, options.retries = "AC1", "t", 0
    client = twilio.client(options)
  end

  -- Returns the targets of the requests that the server has received.
  local function targets()
    local list = {}
    for i, request in ipairs(app:get "/_/log") do list[i] = request.target end
    return list
  end

  it("reaches the server as it is, with an empty query and an encoded path", function()
    connect { base_url = app.url }
    local paths = { "/a/b.json", "/a?b=c%20d&e=%2F", "/a?", "/%61%00%2F", "/a/b.json", "/" }
    for _, path in ipairs(paths) do client:request { path = path } end
    assert.same(paths, targets())
  end)

  it("is on the host of its product, when two products take turns", function()
    connect { proxy = app.url }
    for _ = 1, 2 do
      client.calls:get "CA1"
      client.verify.v2.services:list()
      client.messages:get "SM1"
    end
    local api, verify = "api.twilio.com:443", "verify.twilio.com:443"
    assert.same({ api, verify, api, api, verify, api }, targets())
  end)

  it("is whole for a proxy without a tunnel", function()
    connect { base_url = "http://127.0.0.1:9", proxy = app.url }
    client:request { path = "/a/b?c=d" }
    client.calls:get "CA1"
    assert.same({ "http://127.0.0.1:9/a/b?c=d", "http://127.0.0.1:9/2010-04-01/Accounts/AC1/Calls/CA1.json" }, targets())
  end)

  it("may have a host that is too long for the cached origin", function()
    local host = ("x"):rep(60)
    connect { proxy = app.url, base_url = "https://" .. (host .. "."):rep(5) .. "example" }
    client.calls:get "CA1"
    assert.same({ (host .. "."):rep(5) .. "example:443" }, targets())
  end)
end)

describe("a DNS look-up that takes too long", function()
  local directory, problem

  setup(function()
    if not shell.run "pkg-config --atleast-version=7.87 libcurl" then
      problem = "this libcurl waits for look-ups: it has no CURLOPT_QUICK_EXIT"
      return
    end
    directory = shell.directory()
    local at = shell.quote(directory)
    shell.must("mkfifo " .. at .. "/gate && : >" .. at .. "/log")
    local made, output = shell.run(("cd %s && ${CC:-cc} -std=c99 -O1 -shared -fPIC -o %s/slow_dns.so spec/support/slow_dns.c -ldl")
      :format(shell.quote((shell.must "pwd":gsub("\n", ""))), at))
    if not made then problem = "the resolver needs a compiler: " .. output end
    shell.must(("cd %s && ${CC:-cc} -std=c99 -D_GNU_SOURCE -shared -fPIC -o %s/forking.so spec/support/forking.c")
      :format(shell.quote((shell.must "pwd":gsub("\n", ""))), at))
  end)

  teardown(function()
    if directory then shell.run("rm -r " .. shell.quote(directory)) end
  end)

  local preamble = [[
    local core, twilio = require "twilio.core", require "twilio"
    local directory = os.getenv "SLOW_DNS"
    local function client()
      return twilio.client { account_sid = "AC1", auth_token = "t", base_url = "https://a.slow.invalid", retries = 0 }
    end
    local function lookups()
      local file = io.open(directory .. "/log")
      local text = file:read "*a"
      file:close()
      return select(2, text:gsub("begun", "")), select(2, text:gsub("ended", ""))
    end
    -- Waits until n look-ups have begun. Returns how many have ended.
    local function begun(n)
      repeat local at, ended = lookups() until at == n
      return select(2, lookups())
    end
    local function in_flight(c)
      local request = core.request(c.calls, "list")
      local engine = request:hooks().engine
      engine:submit(request)
      engine:step()
      return request, engine
    end
  ]]

  -- Returns the output of the program. A program that waits for a look-up is killed after 30
  -- seconds.
  local function run(program)
    if problem then return nil, pending(problem) end
    shell.must(": >" .. shell.quote(directory) .. "/log")
    local preloaded = os.getenv "LD_PRELOAD"
    return support.run(preamble .. program, {
      ASAN_OPTIONS = "detect_leaks=0", -- a forked child abandons the parent's handles
      SLOW_DNS = directory, LD_PRELOAD = (preloaded and preloaded .. ":" or "") .. directory .. "/slow_dns.so",
    }, "timeout -k 1 30 ")
  end

  local function check(expected, program)
    local output = run(program)
    if not problem then assert.equal(expected, output) end
  end

  it("ends a call with `timeout` and sent = \"no\", by timeout and by deadline", function()
    check("timeout\tno\t0\ntimeout\tno\t0\n", [[
      for n, options in ipairs { { timeout = 0.1 }, { deadline = 0.1 } } do
        local _, _, err = client().calls:get("CA1", nil, options)
        print(err.kind, err.sent, begun(n))
      end
    ]])
  end)

  it("delays neither cancelling, nor client:close, nor the collector, nor the exit of the process", function()
    check("cancelled\tno\t0\ncancelled\tno\t0\ncollected\t0\nthe end\n", [[
      local c = client()
      local request, engine = in_flight(c)
      begun(1)
      engine:cancel(request)
      local function report(ended)
        local _, _, err = request:result()
        print(err.kind, err.sent, ended)
      end
      report(begun(1))
      request = in_flight(c)
      begun(2)
      c:close()
      report(begun(2))
      request = in_flight(client())
      begun(3)
      request = nil
      collectgarbage() collectgarbage()
      print("collected", engine:flying() + begun(3))
      held = in_flight(client())
      begun(4)
      print "the end"
    ]])
  end)

  it("continues in the parent after a fork; the child reports sent = \"maybe\"", function()
    check("network\tmaybe\ncancelled\tno\n", [[
      local request, engine = in_flight(client())
      begun(1)
      local library = directory .. "/forking.so"
      local in_child = package.loadlib(library, "forking_fork")(true)
      if not in_child then
        assert(package.loadlib(library, "forking_wait")(true))
        engine:cancel(request)
      end
      engine:step()
      local _, _, err = request:result()
      print(err.kind, err.sent)
      os.exit(0, true)
    ]])
  end)

  it("may end after the call has timed out", function()
    check("timeout\nended\ntimeout\n", [[
      local function ask()
        local _, _, err = client().calls:get("CA1", nil, { timeout = 0.1 })
        print(err.kind)
      end
      ask()
      begun(1)
      io.open(directory .. "/gate", "w"):close()
      repeat local _, ended = lookups() until ended == 1
      print "ended"
      collectgarbage()
      ask()
    ]])
  end)
end)
