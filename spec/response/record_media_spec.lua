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
    assert.same(expected, formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Recordings/RE1"}', account))
    assert.equal("http://127.0.0.1:1/2010-04-01/Accounts/AC1/Recordings/RE1.mp3",
      formats('{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account, { base_url = "http://127.0.0.1:1" }).mp3)
    assert.equal("https://h/tw/2010-04-01/Accounts/AC1/Recordings/RE1.mp3",
      formats('{"sid":"RE1","uri":"/tw/2010-04-01/Accounts/AC1/Recordings/RE1.json"}', account, { base_url = "https://h/tw" }).mp3)
  end)

  it("are nil if the record has no usable link, and raise for a record of another resource", function()
    for _, body in ipairs {
      "{}", '{"uri":null}', '{"uri":"/x.json"}',
      '{"uri":"/Accounts/AC1/x.json"}', '{"uri":"https://evil.example/Accounts/AC1/Recordings/RE1.json"}', '{"uri":"/Recordings/RE1/Accounts/AC1"}',
      '{"media_url":1}',
    } do
      assert.is_nil(formats(body, account))
    end
    local call = record_of '{"uri":"/2010-04-01/Accounts/AC1/Recordings/RE1.json"}'
    assert.equal("a record of calls has no 'formats'", (support.misuse(function() return call.formats end)))
  end)
end)

describe("record:save", function()
  local BODY = '{"sid":"RE1","uri":"/2010-04-01/Accounts/AC1/Calls/CA1/Recordings/RE1.json"}'
  local function sink() end

  -- Returns the URL that `save` requests for the record.
  local function saved(body, pick, ...)
    local record, _, requests = record_of(body, pick)
    assert(record:save(...))
    return requests[2].url
  end

  local function recording(client) return client.calls("CA1").recordings:get "RE1" end

  it("fetches a recording in the format of the option, of the path, or as wav", function()
    local base = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"
    assert.equal(base .. ".wav", saved(BODY, recording, sink))
    assert.equal(base .. ".mp3", saved(BODY, recording, sink, { format = "mp3" }))
    assert.equal(base .. ".mp3?RequestedChannels=2", saved(BODY, recording, sink, { format = "mp3", channels = 2 }))
    assert.equal(base .. ".wav?RequestedChannels=1", saved(BODY, recording, sink, { channels = 1 }))
    local path = os.tmpname()
    os.remove(path)
    assert.equal(base .. ".mp3", saved(BODY, recording, path .. ".mp3"))
    assert.equal(base .. ".wav", saved(BODY, recording, path .. ".MP3", { format = "wav" }))
    os.remove(path .. ".mp3")
    os.remove(path .. ".MP3")
  end)

  it("fetches the media of a message", function()
    local url = saved('{"sid":"ME1","uri":"/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1.json"}',
      function(client) return client.messages("MM1").media:get "ME1" end, sink)
    assert.equal("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", url)
    url = saved('{"sid":"ME1","uri":"/M/ME1"}', function(client) return client.messages("MM1").media:get "ME1" end, sink)
    assert.equal("https://api.twilio.com/M/ME1", url)
    url = saved('{"sid":"ME1","uri":"/M"}', function(client) return client.messages("MM1").media:get "ME1" end, sink)
    assert.equal("https://api.twilio.com/M", url)
  end)

  it("fetches the media that the field links names", function()
    local url = saved('{"sid":"CJ1","links":{"media":"https://video.twilio.com/v1/Compositions/CJ1/Media"}}',
      function(client) return client.video.v1.compositions:get "CJ1" end, sink)
    assert.equal("https://video.twilio.com/v1/Compositions/CJ1/Media", url)
  end)

  it("raises for a record whose links are missing or of another form", function()
    local function raised(body, pick) return (support.misuse(function() record_of(body, pick):save(sink) end)) end
    local none = raised("{}", function(client) return client.calls:get "CA1" end)
    for _, body in ipairs { '{"sid":"X"}', '{"sid":"X","links":1}', '{"sid":"X","links":{"media":1}}', '{"sid":"X","uri":1}' } do
      for _, pick in ipairs {
        function(client) return client.messages("MM1").media:get "ME1" end, function(client) return client.recordings:get "RE1" end,
        function(client) return client.video.v1.compositions:get "CJ1" end,
      } do
        assert.equal(none:gsub("^.- has", ""), raised(body, pick):gsub("^.- has", ""), nil)
      end
    end
  end)

  it("takes the options of client:download", function()
    local seen
    saved(BODY, recording, sink, { progress = function(done) seen = done end })
    assert.equal(#BODY, seen)
  end)

  it("raises for a record without a file, and for wrong options", function()
    local record = record_of(BODY, recording)
    local function raised(...)
      local arguments = { ... }
      return (support.misuse(function() record:save(arguments[1], arguments[2]) end))
    end
    assert.equal('option \'format\' must be "mp3" or "wav", got "ogg"', raised(sink, { format = "ogg" }))
    assert.equal("option 'channels' must be 1 or 2", raised(sink, { channels = 3 }))
    assert.equal("the options must be a table, got string", raised(sink, "mp3"))
    assert.equal("download takes the path of a file, or a function, got nil", raised())
    local call = record_of '{"sid":"CA1","uri":"/2010-04-01/Accounts/AC1/Calls/CA1.json"}'
    assert.equal("Call CA1 has no file to save", (support.misuse(function() call:save(sink) end)))
    assert.equal("unknown option 'format'", (support.misuse(function()
      record_of('{"sid":"ME1","uri":"/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1.json"}', function(client)
        return client.messages("MM1").media:get "ME1"
      end):save(sink, { format = "mp3" })
    end)))
  end)
end)
