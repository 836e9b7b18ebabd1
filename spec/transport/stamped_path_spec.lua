-- Changed CA files. libcurl caches certificates by their paths.
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local twilio = require "twilio"

describe("a CA file", function()
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
      it(("is trusted with its current content after it was replaced %s (%s)"):format(way, port), function()
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
end)
