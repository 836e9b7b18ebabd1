-- The media URLs of recordings.
local support = require "spec.support.client"

local SID = "CA00000000000000000000000000000001"

local function record_of(body, pick)
  local client, requests = support.client(nil, { status = 200, body = body, headers = { ["Twilio-Request-Id"] = "RQ1" } })
  pick = pick or function() return client.calls:get(SID) end
  return assert(pick(client)), client, requests
end

describe("recording.formats", function()
  local base = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"

  local function formats(body, ask, options)
    local client = support.client(options, { status = 200, body = body })
    return assert(ask(client)).formats
  end

  local function account(client) return client.recordings:get "RE1" end
  local function of_call(client) return client.calls("CA1").recordings:get "RE1" end

  it("are the URLs of the media, below the account", function()
    local expected = { wav = base .. ".wav", mp3 = base .. ".mp3" }
    assert.same(expected, formats('{"sid":"RE1","media_url":"' .. base .. '"}', account))
    assert.same(expected, formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account))
    assert.same(expected, formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Calls/CA1/Recordings/RE1.json"}', of_call))
    assert.equal("http://127.0.0.1:1/2010-04-01/Accounts/AC1/Recordings/RE1.mp3",
      formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account, { base_url = "http://127.0.0.1:1" }).mp3)
    assert.equal("https://h/tw/2010-04-01/Accounts/AC1/Recordings/RE1.mp3",
      formats('{"sid":"RE1","uri":"/tw/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account, { base_url = "https://h/tw" }).mp3)
  end)

  it("are nil if the record has no usable link, and raise for a record of another resource", function()
    for _, body in ipairs { "{}", '{"uri":null}', '{"uri":"/x.json"}', '{"uri":"/Recordings/RE1/Accounts/AC1"}', '{"media_url":1}' } do
      assert.is_nil(formats(body, account))
    end
    local call = record_of '{"uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}'
    assert.equal("a record of calls has no 'formats'", (support.misuse(function() return call.formats end)))
  end)
end)
