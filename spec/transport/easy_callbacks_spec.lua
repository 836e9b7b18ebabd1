-- The callbacks of easy handles, with a server that sends more bytes than its response has. They must
-- not become the response to another request.
local probe = require "spec.support.probe"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local twilio = require "twilio"

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
              -- When the server responds to this request, its surplus bytes have arrived on the
              -- other connection.
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

  -- With an older libcurl, or with a TLS library without the needed functions. Connections are then
  -- used once.
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

-- The server loses each connection with its second request.
describe("a lost connection", function()
  local SID = "CA0123456789abcdef0123456789abcdef"
  local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
  local faults, directory

  setup(function()
    faults, directory = servers.fault { tls = true }, shell.directory()
    shell.must(("${CC:-cc} -std=c99 -D_GNU_SOURCE -o %s/proxy spec/support/cutting_proxy.c"):format(directory))
  end)
  teardown(function()
    faults:stop()
    shell.run("rm -r " .. directory)
  end)

  -- Runs a function with a client. The proxy resets all connections but the first during the handshake.
  local function with_client(run)
    local proxy = servers.cutting_proxy(directory .. "/proxy", faults.ports.good .. " up delay 1000000 down reset 0")
    local client = twilio.client {
      account_sid = "AC1", auth_token = "t", base_url = ("https://127.0.0.1:%d/close_reused"):format(proxy.port), ca_file = faults.authority,
      retries = 0,
    }
    assert(client.calls:get(SID))
    local _, message, err = run(client)
    client:close()
    return err, message, proxy:stop().connections
  end

  it("is not replaced for a request that is not sent again", function()
    local err, message, connections = with_client(function(client) return client.calls:make(MAKE) end)
    assert.same({ "network", "maybe", 1 }, { err.kind, err.sent, err.attempts })
    assert.matches("connection closed before a response (not sent again)", message, 1, true)
    assert.equal(1, connections)
  end)

  it("is the failure of a request that libcurl could not send again, because the handshake failed", function()
    local err, _, connections = with_client(function(client) return client.calls:get(SID) end)
    assert.same({ "network", "maybe", 1 }, { err.kind, err.sent, err.attempts })
    assert.equal(2, connections)
  end)
end)
