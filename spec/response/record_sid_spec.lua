-- The SIDs that verbs of records use.
local support = require "spec.support.client"

local SID = "CA00000000000000000000000000000001"

local function record_of(body, pick)
  local client, requests = support.client(nil, { status = 200, body = body, headers = { ["Twilio-Request-Id"] = "RQ1" } })
  pick = pick or function() return client.calls:get(SID) end
  return assert(pick(client)), client, requests
end

describe("a record's verbs", function()
  it("are the verbs that its resource has for one record", function()
    local call = record_of [[{"sid":"CA1"}]]
    for _, verb in ipairs { "fetch", "get", "update", "delete", "hangup", "cancel", "route", "refresh" } do
      assert.is_function(call[verb], verb)
    end
    for _, verb in ipairs { "list", "iter", "stream", "count", "make", "create", "patch", "mute", "suspend" } do
      assert.matches("has no '" .. verb .. "'", (support.misuse(function() return call[verb] end)), 1, true)
    end
  end)

  it("include fetch, get, update and delete where the resource has these operations", function()
    local seen = {}
    local client = support.client(nil, { status = 200, body = '{"sid":"XX1","id":"1"}' })
    for _, resource in ipairs { client.calls, client.flex_api.v1.configuration, client.verify.v2.services } do
      for _, verb in ipairs { "fetch", "get", "update", "delete", "patch" } do
        local ok, found = pcall(function() return resource[verb] end)
        if ok and type(found) == "function" then seen[verb] = true end
      end
    end
    assert.is_true(seen.fetch and seen.get and seen.update and seen.delete)
  end)

  it("take the SIDs from the record, or from the resource that was called", function()
    local listed = '{"calls":[{"sid":"CA7"}]}'
    local client, requests = support.client(nil, function(request)
      if request.url:find "Calls%.json" and request.method == "GET" then return { status = 200, body = listed } end
      return { status = 200, body = '{"sid":"CA7","status":"completed"}' }
    end)
    local call = assert(client.calls:list())[1]
    assert(call:hangup())
    assert(client.calls:get "CA8":update { status = "canceled" })
    assert.equal(support.account_url .. "/Calls/CA7.json", requests[2].url)
    assert.equal("Status=completed", requests[2].body)
    -- the update uses the SID that the program passed, although the response has another one
    assert.equal(support.account_url .. "/Calls/CA8.json", requests[4].url)
  end)

  it("raise if the record has no SID", function()
    local client, requests = support.client(nil, { status = 200, body = '{"calls":[{"status":"queued"}]}' })
    local call = assert(client.calls:list())[1]
    local message, position = support.misuse(function() return (call:hangup()) end)
    assert.matches("this record has no field 'sid', which the path of its resource needs", message, 1, true)
    assert.matches("record_sid_spec.lua", position, 1, true)
    assert.matches("this record has no field 'sid'", (support.misuse(function() return call.recordings end)), 1, true)
    assert.equal(1, #requests)
  end)

  it("find the SID in the field with the placeholder's name, in sid, or in id", function()
    local function url_of(list, body, verb)
      local client, requests = support.client(nil, function(request)
        if request.method == "GET" then return { status = 200, body = body } end
        return { status = 200, body = "{}" }
      end)
      local record = assert(list(client))[1]
      assert(record[verb or "update"](record, {}))
      return requests[2].url
    end
    -- Participants/{CallSid}
    assert.equal(support.account_url .. "/Conferences/CF1/Participants/CA9.json",
      url_of(function(client) return client.conferences("CF1").participants:list() end, '{"participants":[{"call_sid":"CA9","sid":null}]}'))
    -- Maps/{MapSid}/Items/{Key}
    assert.equal("https://sync.twilio.com/v1/Services/IS1/Maps/MP1/Items/a%2Fb", url_of(function(client)
      return client.sync.services("IS1").sync_maps("MP1").sync_map_items:list()
    end, '{"items":[{"key":"a/b"}],"meta":{"key":"items"}}'))
    -- Alarms/{Sid}, of records that have no other than alertConfigSid
    local function alarms(client) return client.monitor.v2.alarms:list() end
    assert.equal("https://monitor.twilio.com/v2/Alarms/AL1", url_of(alarms, '{"alarms":[{"alertConfigSid":"AL1"}]}', "delete"))
    -- a number
    assert.equal(support.account_url .. "/Calls/17.json", url_of(function(client) return client.calls:list() end, '{"calls":[{"id":17}]}'))
  end)

  describe("of a record that was addressed by a name", function()
    local DIGITS = "0123456789abcdef0123456789abcdef"

    -- Returns the path of a call of the method `refresh` of the record that `call` returns.
    local function refreshed(body, call)
      local client, requests = support.client(nil, { status = 200, body = body })
      local record = assert(call(client))
      local name = tostring(record)
      assert(record:refresh())
      assert(record:refresh())
      assert.equal(name, tostring(record))
      assert.equal(requests[#requests - 1].url, requests[#requests].url)
      return (requests[#requests].url:gsub("^" .. support.account_url:gsub("%W", "%%%0"), "~"))
    end

    it("use the SID in the response", function()
      local call = "CA" .. DIGITS
      assert.equal(("~/Calls/%s/Recordings/RE%s.json"):format(call, DIGITS), refreshed(('{"sid":"RE%s","call_sid":"%s"}'):format(DIGITS, call),
        function(client) return client.calls(call).recordings:update("Twilio.CURRENT", { status = "paused" }) end))
      assert.equal(("~/Conferences/CF1/Participants/%s.json"):format(call), refreshed(('{"call_sid":"%s","label":"boss"}'):format(call),
        function(client) return client.conferences("CF1").participants:get "boss" end))
      assert.equal("https://sync.twilio.com/v1/Services/IS1/Documents/ET" .. DIGITS, refreshed(('{"sid":"ET%s","unique_name":"mine"}'):format(DIGITS),
        function(client) return client.sync.services("IS1").documents:get "mine" end))
    end)

    it("keep the name if the response has no SID of this record", function()
      local function current(client) return client.calls("CA1").recordings:update("Twilio.CURRENT", { status = "paused" }) end
      for _, body in ipairs {
        "{}", '{"sid":null}', '{"sid":"RE1"}', '{"sid":17}', ('{"call_sid":"CA%s"}'):format(DIGITS), ('{"sid":"%s"}'):format(DIGITS),
      } do
        assert.equal("~/Calls/CA1/Recordings/Twilio.CURRENT.json", refreshed(body, current))
      end
      assert.equal("https://lookups.twilio.com/v2/PhoneNumbers/%2B15558675310",
        refreshed('{"phone_number":"+15558675310","sid":"PN' .. DIGITS .. '"}',
        function(client) return client.lookups.v2.phone_numbers:get "+15558675310" end))
      assert.equal("https://taskrouter.twilio.com/v1/Workspaces/mine/Statistics", refreshed('{"sid":"WS' .. DIGITS .. '"}',
        function(client) return client.taskrouter.workspaces("mine").statistics:fetch() end))
    end)

    it("keep a SID that the program passed, in upper or lower case", function()
      for _, asked in ipairs { "RE" .. DIGITS, ("re" .. DIGITS):upper(), "re" .. DIGITS } do
        assert.equal("~/Recordings/" .. asked .. ".json", refreshed(('{"sid":"RE%s"}'):format(DIGITS),
          function(client) return client.recordings:get(asked) end))
      end
    end)
  end)

  it("need no SID if the record was fetched without one, for example workers.statistics", function()
    local client, requests = support.client(nil, { status = 200, body = '{"account_sid":"AC1"}' })
    local workspace = client.taskrouter.workspaces("WS1")
    assert(assert(workspace.workers.statistics:fetch()):refresh())
    assert(assert(workspace.workers("WK1").statistics:fetch()):refresh())
    assert.same({ "/v1/Workspaces/WS1/Workers/Statistics", "/v1/Workspaces/WS1/Workers/WK1/Statistics" },
      { requests[2].url:match "twilio.com(.*)", (requests[4].url:match "twilio.com(.*)") })
  end)

  it("of children need no further SID if the record was created with its SID", function()
    local client, requests = support.client(nil, { status = 200, body = '{"friendlyName":"x"}' })
    for _, configurations in ipairs { client.voice.v2.configurations, client.voice.v2.configurations "Recording" } do
      local has_sid = tostring(configurations):find "Recording"
      local created = assert(has_sid and configurations:create {} or not has_sid and configurations:create("Recording", {}))
      assert(created.default:fetch())
    end
    for _, i in ipairs { 2, 4 } do assert.equal("https://voice.twilio.com/v2/Configurations/Recording/Default", requests[i].url) end
  end)

  it("of a notification that was listed by its call use the path below the call", function()
    local client, requests = support.client(nil, function(request)
      if request.url:find "Notifications%.json" then return { status = 200, body = '{"notifications":[{"sid":"NO1"}]}' } end
      return { status = 200, body = '{"sid":"NO1"}' }
    end)
    local notification = assert(client.notifications:list { call = SID })[1]
    assert(notification:refresh())
    assert.equal(support.account_url .. "/Calls/" .. SID .. "/Notifications/NO1.json", requests[2].url)
  end)
end)
