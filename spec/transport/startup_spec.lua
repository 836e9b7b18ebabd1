-- Process-wide state: the module is never unloaded, and a child process does not continue the
-- requests of its parent.
-- Each test runs in its own process.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"

describe("a process", function()
  local server

  setup(function() server = servers.twilio {} end)
  teardown(function() server:stop() end)

  local preamble = ([[
    local twilio = require "twilio"
    local function client(options)
      local all = { account_sid = %q, auth_token = %q, base_url = %q }
      for name, value in pairs(options or {}) do all[name] = value end
      return twilio.client(all)
    end
  ]])

  local function run(program)
    return support.run(preamble:format(server.account_sid, server.auth_token, server.url) .. program)
  end

  it("is initialised by `require` alone", function()
    assert.equal("0\n", run [[print((assert(client().calls:count())))]])
  end)

  it("gets no global variables", function()
    assert.equal("\n", run [[
      local before = {}
      local function names()
        local all = {}
        for name in pairs(_G) do if not before[name] then all[#all + 1] = name end end
        return table.concat(all, " ")
      end
      for name in pairs(_G) do before[name] = true end
      package.loaded.twilio, package.loaded["twilio.core"] = nil, nil
      require "twilio"
      assert(client().calls:list {})
      print(names())
    ]])
  end)

  it("has only close-on-exec descriptors of this library", function()
    -- libcurl opens a pair of local sockets to wake threads, which the library cannot change; only
    -- network sockets count
    local output = run [[
      local c = client()
      assert(c.calls:list {})
      local file = io.open "/proc/net/tcp"
      if not file then print "none to look at" return end
      local tcp = file:read "*a"
      local listing = io.popen("ls -l /proc/self/fd"):read "*a"
      for inode in listing:gmatch "socket:%[(%d+)%]" do
        if tcp:find(" " .. inode .. " ", 1, true) then print "a connection" end
      end
      for _, name in ipairs { "eventpoll", "timerfd" } do
        if listing:find(name, 1, true) then print(name) end
      end
      print "looked"
    ]]
    if output == "none to look at\n" then return pending "no /proc/net/tcp here" end
    assert.equal("looked\n", output)
  end)

  it("can exit with requests in flight", function()
    assert.equal("ends\n", run [[
      local core = require "twilio.core"
      local c = client()
      local request = core.request(c.calls, "list")
      request:hooks().engine:submit(request)
      print "ends"
    ]])
  end)

  it("can load the module repeatedly", function()
    assert.equal("ok\n", run [[
      for _ = 1, 50 do
        package.loaded["twilio.core"] = nil
        for name in pairs(package.loaded) do if name:find "^twilio" then package.loaded[name] = nil end end
        collectgarbage()
        assert(require("twilio").client { account_sid = "AC1", auth_token = "t", transport = function() return { status = 404 } end })
      end
      print "ok"
    ]])
  end)
end)

-- Each program forks once. The child exits before the parent continues. The parent keeps the
-- requests that began before the fork.
describe("fork", function()
  local server, faults, directory

  setup(function()
    server, faults, directory = servers.twilio {}, servers.fault { tls = true }, shell.directory()
    shell.must(("cd %s && ${CC:-cc} -std=c99 -D_GNU_SOURCE -shared -fPIC -o %s/forking.so spec/support/forking.c")
      :format(shell.quote((shell.must "pwd":gsub("\n", ""))), shell.quote(directory)))
  end)
  teardown(function()
    server:stop()
    faults:stop()
    shell.run("rm -r " .. shell.quote(directory))
  end)
  before_each(function()
    server:post "/_/reset"
    faults:post "/_/reset"
  end)

  local preamble = [[
    local core, twilio = require "twilio.core", require "twilio"
    local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
    local function client(options)
      local all = { account_sid = %q, auth_token = %q, base_url = %q, max_retry_wait = 0.01 }
      for name, value in pairs(options) do all[name] = value or nil end
      return twilio.client(all)
    end
    local function report(who, result, message, err)
      if result then print(who, "ok") else print(who, err.kind, err.sent, err.attempts, message:match "forked" or "") end
    end
    local fork_now, wait_for_child = package.loadlib(%q, "forking_fork"), package.loadlib(%q, "forking_wait")
    -- Runs the function in a child process. Returns in the parent when the child has exited.
    local function fork(child)
      io.stdout:flush()
      if fork_now(true) then
        local ok, problem = pcall(child)
        if not ok then print(problem) end
        os.exit(ok and 0 or 1, true)
      end
      assert(wait_for_child(true), "the child failed")
    end
    -- Returns the coroutine of a call that waits by yielding. It is resumed until `is_there`
    -- returns true.
    local function suspended(is_there, call, ...)
      local thread, arguments = coroutine.create(function(...) return call(...) end), { ... }
      repeat
        assert(coroutine.resume(thread, (table.unpack or unpack)(arguments)))
        assert(coroutine.status(thread) == "suspended", "it is over too early")
      until is_there()
      return thread
    end
    local function finish(thread, engine)
      while true do
        local results = { coroutine.resume(thread) }
        assert(results[1], results[2])
        if coroutine.status(thread) == "dead" then return (table.unpack or unpack)(results, 2, 4) end
        engine:poll(0.01)
      end
    end
  ]]

  local function run(program)
    local library = directory .. "/forking.so"
    return support.run(preamble:format(server.account_sid, server.auth_token, server.url, library, library) .. program, {
      ASAN_OPTIONS = "detect_leaks=0", -- a forked child abandons the parent's handles
      FAULTS = faults:secure_url "tls12", CA = faults.authority, CLIENT_ID = server.client_id, CLIENT_SECRET = server.client_secret,
    }, "timeout -k 1 30 ")
  end

  -- Returns how many requests of a method a server received, for paths that contain `part`.
  local function seen(by, method, part)
    local n = 0
    for _, request in ipairs(by:get "/_/log") do
      if request.method == method and request.target:find(part or "", 1, true) then n = n + 1 end
    end
    return n
  end

  for _, retries in ipairs { 0, 3 } do
    it("while a POST is connecting: only the parent sends it, once, with retries = " .. retries, function()
      -- No step follows submit, so the TLS handshake cannot be past its first message.
      assert.equal("child\tnetwork\tmaybe\t1\tforked\nchild, later\tok\nparent\tok\n", run(([[
        local c = client { base_url = os.getenv "FAULTS" .. "/ok", ca_file = os.getenv "CA", retries = %d }
        local request = core.request(c.calls, "make", MAKE)
        local engine = request:hooks().engine
        engine:submit(request)
        local send = require "twilio.send"
        fork(function()
          send.finish(request)
          report("child", request:result())
          report("child, later", c.calls:get "CA1")
        end)
        send.finish(request)
        report("parent", request:result())
      ]]):format(retries)))
      assert.equal(1, seen(faults, "POST"))
    end)
  end

  it("while a GET is in flight: the child does not send it", function()
    server:post("/_/fault", { Path = "Calls", Delay = 0.2 })
    assert.equal("child\tnetwork\tmaybe\t1\tforked\nparent\tok\n", run [[
      local c = client { wait = coroutine.yield }
      local engine = core.request(c.calls, "list"):hooks().engine
      local thread = suspended(function() return true end, c.calls.list, c.calls, {})
      fork(function() report("child", finish(thread, engine)) end)
      report("parent", finish(thread, engine))
    ]])
    assert.equal(1, seen(server, "GET"))
  end)

  it("in the pause after a 429: only the parent sends the POST again", function()
    server:post("/_/fault", { Path = "Calls", Status = 429, Body = "{}", Header = "Retry-After: 1" })
    assert.equal("child\tnetwork\tmaybe\t1\tforked\nparent\tok\n", run [[
      local paused
      local c = client { wait = coroutine.yield, log = function(_, _, fields) paused = fields.retry_in end }
      local engine = core.request(c.calls, "list"):hooks().engine
      local thread = suspended(function()
        engine:poll(0.01)
        return paused
      end, c.calls.make, c.calls, MAKE)
      fork(function() report("child", finish(thread, engine)) end)
      report("parent", finish(thread, engine))
    ]])
    assert.equal(2, seen(server, "POST", "Calls"))
  end)

  it("in the pause after a refused connection: the child reports sent = \"maybe\"", function()
    assert.equal("child\tnetwork\tmaybe\t1\tforked\nparent\tnetwork\tno\t2\t\n", run [[
      local paused
      local c = client {
        base_url = "http://127.0.0.1:1", wait = coroutine.yield, retries = 1, log = function(_, _, fields) paused = fields.retry_in end,
      }
      local engine = core.request(c.calls, "list"):hooks().engine
      local thread = suspended(function()
        engine:poll(0.01)
        return paused
      end, c.calls.make, c.calls, MAKE)
      fork(function() report("child", finish(thread, engine)) end)
      report("parent", finish(thread, engine))
    ]])
  end)

  it("between a response and the decision about a retry: only the parent retries", function()
    server:post("/_/fault", { Path = "Calls", Status = 429, Body = "{}", Header = "Retry-After: 0" })
    assert.equal("child\tnetwork\tmaybe\t1\tforked\nparent\tok\n", run [[
      local c = client {}
      local request = core.request(c.calls, "make", MAKE)
      local engine = request:hooks().engine
      engine:submit(request)
      while not request:done() do engine:poll(1) end
      local send = require "twilio.send"
      fork(function()
        send.finish(request)
        report("child", request:result())
      end)
      send.finish(request)
      report("parent", request:result())
    ]])
    assert.equal(2, seen(server, "POST", "Calls"))
  end)

  it("while a call waits for its access token: only the parent makes the call, and new calls of the child fetch another token", function()
    server:post("/_/fault", { Path = "token", Delay = 0.2 })
    assert.equal("child\tnetwork\tmaybe\t0\tforked\nchild, later\tok\nparent\tok\n", run [[
      local c = client { auth_token = false, client_id = os.getenv "CLIENT_ID", client_secret = os.getenv "CLIENT_SECRET", wait = coroutine.yield }
      local engine = core.request(c.calls, "list"):hooks().engine
      local thread = suspended(function() return true end, c.calls.make, c.calls, MAKE)
      fork(function()
        report("child", finish(thread, engine))
        report("child, later", c.calls:list({}, { wait = function(e, seconds) e:poll(seconds) end }))
      end)
      report("parent", finish(thread, engine))
    ]])
    assert.same({ 2, 1, 1 }, { seen(server, "POST", "/v2/token"), seen(server, "POST", "Calls"), seen(server, "GET", "Calls") })
  end)

  it("while the parent waits for an access token: a new call of the child fetches its own token", function()
    server:post("/_/fault", { Path = "token", Delay = 0.2 })
    assert.equal("child\tok\nparent\tok\n", run [[
      local c = client { auth_token = false, client_id = os.getenv "CLIENT_ID", client_secret = os.getenv "CLIENT_SECRET", wait = coroutine.yield }
      local engine = core.request(c.calls, "list"):hooks().engine
      local thread = suspended(function() return true end, c.calls.make, c.calls, MAKE)
      fork(function() report("child", c.calls:list({}, { wait = function(e, seconds) e:poll(seconds) end })) end)
      report("parent", finish(thread, engine))
    ]])
    assert.same({ 2, 1 }, { seen(server, "POST", "/v2/token"), seen(server, "POST", "Calls") })
  end)

  it("with the option `transport`: the child does not call it again for the same request", function()
    assert.equal("transport\nchild\tnetwork\tmaybe\t1\tforked\ntransport\nparent\tok\n", run [[
      local asked = 0
      local c = client { wait = coroutine.yield, transport = function()
        print "transport"
        asked = asked + 1
        return { status = asked == 1 and 429 or 201, headers = {}, body = '{"sid":"CA1"}' }
      end }
      local engine = core.request(c.calls, "list"):hooks().engine
      local thread = suspended(function() return asked == 1 end, c.calls.make, c.calls, MAKE)
      fork(function() report("child", finish(thread, engine)) end)
      report("parent", finish(thread, engine))
    ]])
  end)

  it("keeps an iterator usable in both processes if it has not fetched a page", function()
    server:post("/_/seed", { Calls = 3 })
    assert.equal("child\t3\nparent\t3\n", run [[
      local c = client {}
      local it = c.calls:iter()
      local function count(who)
        local n = 0
        for _ in it do n = n + 1 end
        print(who, n)
      end
      fork(function() count "child" end)
      count "parent"
    ]])
  end)
end)
