-- The pool of connection sets, without Lua: threads, forks, and the state that one engine leaves for
-- the next engine.
-- With Lua: CA files and TLS sessions.
local probe = require "spec.support.probe"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local twilio = require "twilio"

local PROBE = "spec/support/connections_probe.c"

describe("the pool of connection sets", function()
  it("passes connections on to the next engine, and nothing else", function()
    assert.equal("ok\n", probe(PROBE, ""))
  end)

  it("drops connections that were idle for too long", function()
    assert.equal("ok\n", probe(PROBE, "-DCONNECTION_SET_SECONDS=0"))
  end)

  it("works without epoll", function()
    assert.equal("ok\n", probe(PROBE, "-DENGINE_NO_EPOLL"))
  end)

  it("has no data race (thread sanitizer)", function()
    assert.equal("ok\n", probe(PROBE, "-fsanitize=thread"))
  end)

  it("uses no freed memory (address sanitizer)", function()
    assert.equal("ok\n", probe(PROBE, "-fsanitize=address,undefined"))
  end)

  describe("with a CA file", function()
    local faults, others

    setup(function() faults, others = servers.fault { tls = true }, servers.fault { tls = true } end)
    teardown(function()
      faults:stop()
      others:stop()
    end)

    -- Each CA file is written to the same path. After each write, a new client makes a call.
    for _, port in ipairs { "tls12", "good" } do
      for way, replace in pairs {
        ["by another one"] = 'cp "$1" "$2.new" && mv "$2.new" "$2"',
        ["in place"] = 'cat "$1" > "$2"',
        ["in place, with its old time"] = 'touch -r "$2" "$2.time" && cat "$1" > "$2" && touch -r "$2.time" "$2" && rm "$2.time"',
      } do
        it(("trusts its current content after it was replaced %s (%s)"):format(way, port), function()
          local path, seen = os.tmpname(), {}
          local function ask()
            local client = twilio.client {
              account_sid = servers.account_sid, auth_token = servers.auth_token, base_url = faults:secure_url(port) .. "/ok", ca_file = path,
              retries = 0,
            }
            local call, _, err = client.calls:get "CA0123456789abcdef0123456789abcdef"
            client:close()
            seen[#seen + 1] = call and "trusted" or err.kind
          end
          for _, authority in ipairs { faults.authority, others.authority, faults.authority, others.authority } do
            shell.must(("set -- %s %s && %s"):format(shell.quote(authority), shell.quote(path), replace))
            ask()
            ask()
          end
          os.remove(path)
          assert.same({ "trusted", "trusted", "tls", "tls", "trusted", "trusted", "tls", "tls" }, seen)
        end)
      end
    end

    it("reports a file without certificates under the path that the program passed", function()
      local path = os.tmpname()
      local client = twilio.client { account_sid = "AC1", auth_token = "t", base_url = faults:secure_url "good", ca_file = path, retries = 0 }
      local _, message, err = client.calls:get "CA1"
      os.remove(path)
      assert.equal("tls", err.kind)
      assert.matches("the file of CA certificates cannot be read, or holds none: " .. path, message, 1, true)
    end)
  end)

  describe("with TLS sessions", function()
    local faults

    setup(function() faults = servers.fault { tls = true } end)
    teardown(function() faults:stop() end)

    -- Five engines open one connection each. Returns how many connections did not resume a session
    -- and how many did.
    local function connections(flags, busy)
      local busy_url = busy and faults.url .. "/stall" or ""
      faults:post "/_/handshakes"
      probe("spec/support/session_probe.c", flags, ("%s/close_idle %s 5 %s"):format(faults:secure_url "tls12", faults.authority, busy_url))
      local seen = faults:post("/_/handshakes").tls12
      return { seen.done - seen.resumed, seen.resumed }
    end

    it("resumes the sessions of other engines", function()
      assert.same({ 1, 4 }, connections "-fsanitize=address,undefined")
      assert.same({ 1, 4 }, connections("", true))
    end)

    it("shares no sessions if libcurl is too old to compare the CA certificates", function()
      assert.same({ 5, 0 }, connections "-DSTARTUP_SESSIONS_SINCE=0x7fffffff -fsanitize=address,undefined")
    end)

    it("drops old sessions, and does not resume them while a transfer is in flight", function()
      local flags = "-DCONNECTION_SET_SESSION_SECONDS=-1 -fsanitize=address,undefined"
      assert.same({ 5, 0 }, connections(flags))
      assert.same({ 5, 0 }, connections(flags, true))
    end)
  end)
end)
