-- Easy handles: nothing of one transfer may leak into the next, and no request may be sent twice.
-- With Lua: surplus bytes after a response, and slow DNS look-ups.
local probe = require "spec.support.probe"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local support = require "spec.support.client"
local twilio = require "twilio"

local PROBE = "spec/support/engine_probe.c"

describe("an easy handle", function()
  it("is used for one transfer after the other, and sends no request twice", function()
    assert.equal("ok\n", probe(PROBE, ""))
  end)

  it("does so without CURLOPT_PREREQFUNCTION", function()
    assert.equal("ok\n", probe(PROBE, "-DENGINE_NO_PREREQ"))
  end)
end)

-- A server sends more bytes than its response has. They must not become the response to another
-- request.
describe("surplus bytes after a response", function()
  local SID = "CA0123456789abcdef0123456789abcdef"
  local faults, control

  setup(function()
    faults = servers.fault { tls = true }
    -- The control client has its own connections, so its requests do not use the tested connection.
    control = twilio.client { account_sid = "AC1", auth_token = "t", base_url = ("http://127.0.0.1:%d"):format(faults.ports.control) }
  end)
  teardown(function()
    control:close()
    faults:stop()
  end)

  local function connections()
    local stats = assert(control:request { path = "/_/stats" })
    return stats.connections or stats.json.connections
  end

  -- Sends a GET or a POST, or a DELETE if responses have no body. Returns the SID of the response.
  local function ask(client, n, answer)
    if answer == "empty" then return client.calls:delete(SID) and SID end
    local call, message, err
    if n % 2 == 0 then
      call, message, err = client.calls:create { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
    else
      call, message, err = client.calls(SID):fetch()
    end
    if answer == "error" and err and err.status == 404 then return err.body:match '"sid":"(%w+)"' end
    return call and call.sid or message
  end

  for _, port in ipairs { "good", "tls12", "http" } do
    for _, behaviour in ipairs { "leftover", "leftover_early" } do
      for _, answer in ipairs { "json", "gzip", "error", "large", "chunked", "empty" } do
        it(("do not become another response: %s, %s, %s"):format(port, behaviour, answer), function()
          for _, rest in ipairs { "none", "answer", "part", "crlf", "late_answer", "late_part", "late_crlf" } do
            assert(control:request { method = "POST", path = "/_/take" })
            local client = twilio.client {
              account_sid = "AC1", auth_token = "t", retries = 0, ca_file = port ~= "http" and faults.authority or nil,
              base_url = (port == "http" and faults.url or faults:secure_url(port)) .. ("/%s/%s/%s"):format(behaviour, answer, rest),
            }
            for n = 1, 3 do
              assert.equal(SID, ask(client, n, answer), rest)
              -- when the server responds to this, its surplus bytes have arrived on the other
              -- connection
              connections()
            end
            -- After a response without Content-Length, libcurl itself discards surplus bytes or
            -- closes the connection.
            local has_length = answer ~= "chunked" and answer ~= "empty"
            if rest == "none" then assert.equal(1, connections()) elseif has_length then assert.equal(3, connections(), rest) end
            client:close()
          end
        end)
      end
    end
  end

  it("do not become another response if requests wait for a connection", function()
    for _, answer in ipairs { "json", "large" } do
      for _, rest in ipairs { "answer", "part", "crlf", "none" } do
        local output = probe("spec/support/answers_probe.c", "", ("%s/leftover/%s/%s %s 40 8 '%s'")
          :format(faults:secure_url "good", answer, rest, faults.authority, SID))
        assert.equal("right 40 wrong 0 failed 0\n", output)
      end
    end
  end)

  -- An older libcurl, or a TLS library that cannot be asked. Connections are then used once.
  describe("do not become another response, and no call gets the response of another,", function()
    local variants = {
      { "without CURLOPT_PREREQFUNCTION", "-DENGINE_NO_PREREQ" },
      { "with a TLS library that cannot be asked", "-DENGINE_NO_TLS", true },
      { "with both", "-DENGINE_NO_PREREQ -DENGINE_NO_TLS", true },
      { "without epoll", "-DENGINE_NO_EPOLL" },
    }
    for _, variant in ipairs(variants) do
      it(variant[1], function()
        local function run(path, count, at_once, text)
          assert(control:request { method = "POST", path = "/_/take" })
          local arguments = ("%s %s %d %d %s"):format(path, faults.authority, count, at_once, text or "")
          local output = probe("spec/support/answers_probe.c", variant[2], arguments)
          return { output:match "right (%d+) wrong (%d+) failed (%d+)" }, connections()
        end
        assert.equal("0", run(faults:secure_url "h2_by_turns" .. "/echo/20", 400, 16)[2])
        assert.equal("0", run(faults:secure_url "h2_unwilling" .. "/echo/20", 400, 16)[2])
        for _, rest in ipairs { "answer", "part", "crlf" } do
          assert.same({ "20", "0", "0" }, (run(faults:secure_url "good" .. "/leftover/json/" .. rest, 20, 4, SID)))
        end
        local result, made = run(faults:secure_url "good" .. "/ok", 20, 1, SID)
        assert.same({ "20", "0", "0" }, result)
        if variant[3] then assert.equal(20, made) else assert.is_true(made < 20) end
      end)
    end
  end)
end)

-- The resolver of spec/support/slow_dns.c ends a look-up only when it is told to. No test depends
-- on time.
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
