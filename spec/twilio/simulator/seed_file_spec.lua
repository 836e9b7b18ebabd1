local servers = require "spec.support.servers"
local shell = require "spec.support.shell"

local PROGRAM = "bin/twilio-simulator"

describe("a seed file", function()
  local root

  before_each(function() root = shell.directory() end)
  after_each(function() shell.must("rm -rf " .. root) end)

  it("makes the records of a seed file, also after a reset", function()
    shell.write(root .. "/seed.json", [[{
      "numbers": [{ "phone_number": "+15550001111", "voice_url": "http://127.0.0.1:1/voice" }], "services": [{ "friendly_name": "Shop" }],
      "keys": [{ "sid": "SK1", "secret": "s" }], "messages": [{ "to": "+15558675310", "from": "+15550001111", "body": "A & B" }]
    }]])
    local server = servers.twilio { ["seed-file"] = root .. "/seed.json" }
    server:post "/_/reset"
    local function get(path) return servers.curl({ url = server.url .. path, user = "SK1:s" }).body end
    local base = "/2010-04-01/Accounts/" .. server.account_sid
    local numbers, messages, services = get(base .. "/IncomingPhoneNumbers.json"), get(base .. "/Messages.json"), get "/verify/v2/Services"
    server:stop()
    assert.matches('"voice_url":"http://127.0.0.1:1/voice"', numbers:gsub("\\/", "/"), 1, true)
    assert.matches('"body":"A & B"', messages, 1, true)
    assert.matches('"friendly_name":"Shop"', services, 1, true)
  end)

  it("refuses a wrong seed file, and says why", function()
    for message, text in pairs {
      ["is no JSON object"] = "[", ["unknown kind 'number'"] = '{"number":[]}', ["PhoneNumber or AreaCode is required"] = '{"numbers":[{}]}',
    } do
      shell.write(root .. "/seed.json", text)
      local fine, output = shell.run(("%s --port 0 --seed-file %s/seed.json 2>&1"):format(PROGRAM, root))
      assert.is_false(fine)
      assert.matches("twilio-simulator: the seed file", output, 1, true)
      assert.matches(message, output, 1, true)
    end
  end)
end)
