-- Resources: names, versions, SIDs.

local support = require "spec.support.client"

local account = support.account_url

local function url_of(call) return support.sent(call).url end

describe("names", function()
  it("are product, version and resource, and the version is optional", function()
    local services = "https://verify.twilio.com/v2/Services"
    assert.equal(services, url_of(function(c) c.verify.v2.services:list() end))
    assert.equal(services, url_of(function(c) c.verify.services:list() end))
    assert.equal(services, url_of(function(c) c.verify().v2().services():list() end))
    assert.equal("https://chat.twilio.com/v3/Services/IS1/Channels/CH1",
      url_of(function(c) c.chat.v3.channels("IS1", "CH1"):update() end))
    assert.equal("https://chat.twilio.com/v1/Services", url_of(function(c) c.chat.v1.services:list() end))
    assert.equal("https://chat.twilio.com/v2/Services", url_of(function(c) c.chat.services:list() end))
    assert.equal("https://chat.twilio.com/v3/Services/IS1/Channels/CH1", url_of(function(c) c.chat.channels("IS1", "CH1"):update() end))
    assert.equal("https://pricing.twilio.com/v2/Voice/Countries", url_of(function(c) c.pricing.voice.countries:list() end))
    assert.equal("https://pricing.twilio.com/v1/Messaging/Countries", url_of(function(c) c.pricing.messaging.countries:list() end))
  end)

  it("of the account's resources are found on the client", function()
    for _, call in ipairs {
      function(c) c.calls:list() end, function(c) c.api.calls:list() end, function(c) c.api.v2010.calls:list() end,
      function(c) c.api.account.calls:list() end, function(c) c.api.v2010.account.calls:list() end, function(c) c.calls():list() end,
      function(c) c.accounts(support.account_sid).calls:list() end, function(c) c.api.v2010.accounts(support.account_sid).calls:list() end,
    } do
      assert.equal(account .. "/Calls.json", url_of(call))
    end
    assert.equal(account .. "/Balance.json", url_of(function(c) c.balance:fetch() end))
  end)

  it("below client.accounts are those of the Account resource and of the product accounts", function()
    local accounts = "https://api.twilio.com/2010-04-01/Accounts"
    assert.equal(accounts .. ".json", url_of(function(c) c.accounts:list() end))
    assert.equal(accounts .. ".json?PageSize=1000", url_of(function(c) for _ in c.accounts:iter() do end end))
    assert.equal(accounts .. ".json?PageSize=1000", url_of(function(c) c.accounts:count() end))
    assert.equal(accounts .. ".json", url_of(function(c) c.accounts:create { friendly_name = "x" } end))
    assert.equal(accounts .. "/AC2.json", url_of(function(c) c.accounts:get "AC2" end))
    assert.equal(accounts .. "/AC2.json", url_of(function(c) c.accounts:update("AC2", { status = "active" }) end))
    assert.equal(accounts .. "/AC2.json", url_of(function(c) c.accounts("AC2"):fetch() end))
    assert.equal(accounts .. "/AC2/Calls/CA1.json", url_of(function(c) c.accounts("AC2").calls "CA1":fetch() end))
    assert.equal(account .. ".json", url_of(function(c) c.api.account:fetch() end))
    assert.equal("https://accounts.twilio.com/v1/Credentials/AWS", url_of(function(c) c.accounts.credentials.aws:list() end))
    assert.equal("https://accounts.twilio.com/v1/Credentials/AWS", url_of(function(c) c.accounts.v1.credentials.aws:list() end))
  end)

  it("of the first Lua library are accepted", function()
    local names = {
      caller_ids = "OutgoingCallerIds", outgoing_caller_ids = "OutgoingCallerIds", phone_numbers = "IncomingPhoneNumbers",
      incoming_phone_numbers = "IncomingPhoneNumbers", sms_messages = "SMS/Messages",
    }
    for name, path in pairs(names) do
      assert.equal(("%s/%s.json"):format(account, path), url_of(function(c) c[name]:list() end))
      assert.equal(("%s/%s/XX1.json"):format(account, path), url_of(function(c) c[name]:get "XX1" end))
    end
    assert.equal(account .. "/Sandbox.json", url_of(function(c) c.sandboxes:get() end))
    assert.equal(account .. "/Sandbox.json", url_of(function(c) c.sandbox:fetch() end))
  end)

  it("that are keywords of Lua end in an underscore", function()
    local path = account .. "/AvailablePhoneNumbers/US/Local.json"
    assert.equal(path, url_of(function(c) c.available_phone_numbers("US")["local"]:list() end))
    assert.equal(path, url_of(function(c) c.available_phone_numbers("US").local_:list() end))
    assert.equal("https://wireless.twilio.com/v1/UsageRecords?End=x", url_of(function(c) c.wireless.usage_records:list { end_ = "x" } end))
    assert.equal("https://wireless.twilio.com/v1/UsageRecords?End=x",
      url_of(function(c) c.wireless.usage_records:list { ["end"] = "x" } end))
  end)

  it("raise if they are unknown", function()
    local client = support.client()
    local cases = {
      { function() return client.nothing_like_it end, "the client has no 'nothing_like_it'" },
      { function() return client._ end, "the client has no '_'" },
      { function() return client.acount end, "the client has no 'acount' (did you mean 'account'?)" },
      { function() return client.requets end, "the client has no 'requets' (did you mean 'request'?)" },
      { function() return client.acount_sid end, "the client has no 'acount_sid' (did you mean 'account_sid'?)" },
      { function() return client[""] end, "the client has no ''" },
      { function() return client[("x"):rep(10000)] end, "the client has no '" .. ("x"):rep(10000) .. "'" },
      { function() return client["calls\0"] end, "a name contains a NUL byte" },
      { function() return client[{}] end, "a name is expected, got table" },
      { function() return client.verify.v2.servces end, "verify.v2 has no 'servces' (did you mean 'services'?)" },
      { function() return client.verify.v9 end, "verify has no 'v9' (did you mean 'v2'?)" },
      { function() return client.calls("CA1").recording end,
        ('api.v2010.accounts("%s").calls("CA1") has no \'recording\' (did you mean \'recordings\'?)'):format(support.account_sid) },
      { function() return client.balance.delete end, ('api.v2010.accounts("%s").balance has no \'delete\''):format(support.account_sid) },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], (support.misuse(case[1]))) end
  end)

  it("that debuggers and libraries look up are nil", function()
    local client = support.client()
    for _, name in ipairs { "__tostring", "__jsontype" } do
      assert.is_nil(client[name])
      assert.is_nil(client.calls[name])
    end
  end)

  it("appear in tostring as a program writes them", function()
    local client = support.client()
    assert.equal("twilio.resource verify.v2.services", tostring(client.verify.services))
    assert.equal('twilio.resource verify.v2.services("VA1").verifications', tostring(client.verify.services("VA1").verifications))
    local participants = client.conferences("CF1").participants
    assert.matches('participants%("%*%*%*"%)$', tostring(participants "Ada")) -- a label
    assert.matches('participants%("CA0123456789abcdef0123456789abcdef"%)$', tostring(participants "CA0123456789abcdef0123456789abcdef"))
    assert.equal('twilio.resource lookups.v2.phone_numbers("+*******5310")', tostring(client.lookups.v2.phone_numbers "+15558675310"))
    assert.equal('twilio.resource chat.v3.channels("IS1", "CH1")', tostring(client.chat.v3.channels("IS1", "CH1")))
    assert.equal(('twilio.resource api.v2010.accounts("%s").calls("CA1").recordings'):format(support.account_sid),
      tostring(client.calls("CA1").recordings))
  end)
end)

describe("SIDs", function()
  it("are percent-encoded, and cannot change the path", function()
    local cases = {
      { "CA1", "CA1" }, { "a/b", "a%2Fb" }, { "..", "%2E%2E" }, { ".", "%2E" }, { "../../Accounts", "..%2F..%2FAccounts" },
      { "...", "..." },
      { "a?b#c", "a%3Fb%23c" }, { "a b", "a%20b" }, { "ü", "%C3%BC" }, { "\255", "%FF" }, { "%2e%2e", "%252e%252e" },
      { "a&b=c", "a%26b%3Dc" },
      { "{Sid}", "%7BSid%7D" }, { "+15551234567", "%2B15551234567" }, { "@~;:\\", "%40~%3B%3A%5C" },
    }
    for _, case in ipairs(cases) do
      local expected = account .. "/Calls/" .. case[2] .. ".json"
      assert.equal(expected, url_of(function(c) c.calls:get(case[1]) end))
      assert.equal(expected, url_of(function(c) c.calls(case[1]):get() end))
      assert.equal(account .. "/Calls/" .. case[2] .. "/Recordings.json", url_of(function(c) c.calls(case[1]).recordings:list() end))
      assert.equal("https://verify.twilio.com/v2/Services/" .. case[2], url_of(function(c) c.verify.services(case[1]):fetch() end))
    end
    local long = ("x"):rep(100000)
    assert.equal(account .. "/Calls/" .. long .. ".json", url_of(function(c) c.calls:get(long) end))
  end)

  it("may be numbers", function()
    for _, case in ipairs { { 15551234567, "15551234567" }, { 1e21, "1000000000000000000000" }, { 7.0, "7" }, { 0.5, "0.5" } } do
      local expected = "https://lookups.twilio.com/v2/PhoneNumbers/" .. case[2]
      assert.equal(expected, url_of(function(c) c.lookups.v2.phone_numbers(case[1]):fetch() end))
      assert.equal(expected, url_of(function(c) c.lookups.v2.phone_numbers:fetch(case[1]) end))
    end
  end)

  it("must be strings or numbers, not empty, and without control characters", function()
    local client = support.client()
    local cases = {
      { "", "a SID is empty" }, { "CA\n", "a SID contains control characters" }, { "CA\0", "a SID contains control characters" },
      { "\0", "a SID contains control characters" }, { "CA1\r\nX: y", "a SID contains control characters" },
      { "\127", "a SID contains control characters" }, { 0 / 0, "a SID is not a finite number" }, { 1 / 0, "a SID is not a finite number" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], (support.misuse(function() client.calls(case[1]) end)))
      assert.equal(case[2], (support.misuse(function() client.calls:get(case[1]) end)))
      assert.equal(case[2], (support.misuse(function() client.calls:hangup(case[1]) end)))
    end
    for _, value in ipairs { true, {}, print, client } do
      assert.equal("a SID is a string, got " .. type(value), (support.misuse(function() client.calls(value) end)))
    end
    assert.equal("a SID is a string, got nil", (support.misuse(function() client.calls(nil) end)))
  end)

  it("must be as many as the resource takes", function()
    local client = support.client()
    local calls = ('api.v2010.accounts("%s").calls'):format(support.account_sid)
    local cases = {
      { function() client.calls(nil, "x") end, calls .. " takes one SID, got 2" },
      { function() for _ in client.calls do error "never" end end, calls .. " is not an iterator: use :iter()" },
      { function() client.calls("CA1", "CA2") end, calls .. " takes one SID, got 2" },
      { function() client.calls("CA1", nil) end, calls .. " takes one SID, got 2" },
      { function() client.calls "CA1" "CA2" end, calls .. '("CA1") takes no SID, got 1' },
      { function() client.memory.v1.identifiers("1", "2", "3", "4") end, "memory.v1.identifiers takes three SIDs, got 4" },
      { function() client.memory.v1.identifiers("1", "2")("3", "4") end, 'memory.v1.identifiers("1", "2") takes one SID, got 2' },
      { function() client.memory.v1.identifiers("1", "2", "3")("4") end, 'memory.v1.identifiers("1", "2", "3") takes no SID, got 1' },
      { function() client.chat.v3.channels("1", "2", "3") end, "chat.v3.channels takes two SIDs, got 3" },
      { function() client.chat.v3.channels "1"("2", "3") end, 'chat.v3.channels("1") takes one SID, got 2' },
      { function() client.verify "VA1" end, "verify takes no SID, got 1" },
      { function() client.verify.v2 "VA1" end, "verify.v2 takes no SID, got 1" },
      { function() client.balance "x" end, ('api.v2010.accounts("%s").balance takes no SID, got 1'):format(support.account_sid) },
      { function() client.api.account "AC2" end, "api.v2010.account takes no SID, got 1" },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], (support.misuse(case[1]))) end
  end)

  it("may be passed in one call or in several", function()
    local expected = "https://chat.twilio.com/v3/Services/IS1/Channels/CH1"
    assert.equal(expected, url_of(function(c) c.chat.v3.channels "IS1" "CH1":update() end))
    assert.equal(expected, url_of(function(c) c.chat.v3.channels "IS1":update "CH1" end))
    assert.equal(expected, url_of(function(c) c.chat.v3.channels:update("IS1", "CH1") end))
  end)

  it("are kept by a resource after their strings were collected", function()
    local client, requests = support.client()
    local place = client.calls("CA" .. ("x"):rep(3)).recordings("RE" .. ("y"):rep(3)) -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    place:fetch()
    assert.equal(account .. "/Calls/CAxxx/Recordings/REyyy.json", requests[1].url)
  end)

  it("are stored in each resource separately", function()
    local client, requests = support.client()
    local one, two = client.calls "CA1", client.calls "CA2"
    local recordings = one.recordings
    two:fetch()
    recordings:list()
    one:fetch()
    assert.equal(account .. "/Calls/CA2.json", requests[1].url)
    assert.equal(account .. "/Calls/CA1/Recordings.json", requests[2].url)
    assert.equal(account .. "/Calls/CA1.json", requests[3].url)
  end)
end)

describe("a resource", function()
  it("keeps its client alive", function()
    local client, requests = support.client()
    local calls = client.calls
    client = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    calls:list()
    assert.equal(support.authorization, requests[1].headers.authorization)
  end)

  it("raises if a program assigns to a field", function()
    local calls = support.client().calls
    assert.equal("cannot assign to a field of a resource", (support.misuse(function() calls.x = 1 end)))
  end)
end)
