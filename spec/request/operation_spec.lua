-- From a verb and its arguments to an operation: selects the operation, reads SIDs, adds fixed
-- parameters.

local support = require "spec.support.client"

local account = support.account_url

-- Returns method, URL and body of the request that a call sends. "~" stands for the URL of the
-- account.
local function request_of(call)
  local request = support.sent(call)
  local url = request.url:gsub(account:gsub("%p", "%%%0"), "~"):gsub("^https://", "")
  return request.method .. " " .. url .. (request.body and " " .. request.body or "")
end

local function misuse_of(call)
  local client = support.client()
  return (support.misuse(call, client))
end

describe("the verbs of calls", function()
  local PLACED = "From=%2B2&To=%2B1&Url=http%3A%2F%2Ff.com%2F"
  local cases = {
    { "POST ~/Calls.json " .. PLACED, function(c) c.calls:make { to = "+1", from = "+2", url = "http://f.com/" } end },
    { "POST ~/Calls.json " .. PLACED, function(c) c.calls:create { to = "+1", from_ = "+2", Url = "http://f.com/" } end },
    { "GET ~/Calls.json", function(c) c.calls:list() end },
    { "GET ~/Calls.json?Status=busy", function(c) c.calls:list { status = "busy" } end },
    { "GET ~/Calls.json?PageSize=1000", function(c) for _ in c.calls:iter() do end end },
    { "GET ~/Calls.json?PageSize=1000", function(c) for _ in c.calls:stream() do end end },
    { "GET ~/Calls.json?PageSize=1000", function(c) c.calls:count() end },
    { "GET ~/Calls/CA1.json", function(c) c.calls:get "CA1" end },
    { "GET ~/Calls/CA1.json", function(c) c.calls:fetch "CA1" end },
    { "GET ~/Calls/CA1.json", function(c) c.calls "CA1":fetch() end },
    { "POST ~/Calls/CA1.json Url=u", function(c) c.calls:update("CA1", { url = "u" }) end },
    { "POST ~/Calls/CA1.json ", function(c) c.calls "CA1":update() end },
    { "POST ~/Calls/CA1.json Status=completed", function(c) c.calls:hangup "CA1" end },
    { "POST ~/Calls/CA1.json Status=completed", function(c) c.calls "CA1":hangup() end },
    { "POST ~/Calls/CA1.json Status=canceled", function(c) c.calls:cancel "CA1" end },
    { "POST ~/Calls/CA1.json Method=POST&Url=u", function(c) c.calls:route("CA1", "u") end },
    { "POST ~/Calls/CA1.json Method=POST&Url=5", function(c) c.calls("CA1"):route(5) end },
    { "POST ~/Calls/CA1.json Method=POST&Url=u", function(c) c.calls "CA1":route "u" end },
    { "POST ~/Calls/CA1.json Method=GET&Url=u", function(c) c.calls:route("CA1", "u", "GET") end },
    { "POST ~/Calls/CA1.json Method=POST&Url=u", function(c) c.calls:route("CA1", "u", nil) end },
    { "POST ~/Calls/CA1.json Method=POST&Url=u", function(c) c.calls:route("CA1", "u", { timeout = 1 }) end },
    { "POST ~/Calls/CA1.json Method=GET&Url=u", function(c) c.calls "CA1":route("u", "GET", { timeout = 1 }) end },
    { "POST ~/Calls/CA1.json Method=POST&Url=u", function(c) c.calls "CA1":route("u", nil, { timeout = 1 }) end },
    { "DELETE ~/Calls/CA1.json", function(c) c.calls:delete "CA1" end },
    { "DELETE ~/Calls/CA1.json", function(c) c.calls "CA1":delete() end },
    { "GET ~/Calls/CA1/Recordings/RE1.json", function(c) c.calls("CA1").recordings:get "RE1" end },
    { "POST ~/Calls/CA1/Recordings/RE1.json Status=paused",
      function(c) c.calls("CA1").recordings:update("RE1", { status = "paused" }) end },
    { "GET ~/Calls/CA1/Notifications.json", function(c) c.notifications:list { call = "CA1" } end },
    { "GET ~/Calls/CA1/Notifications.json?PageSize=1000", function(c) for _ in c.notifications:iter { call = "CA1" } do end end },
    { "GET ~/Calls/CA1/Notifications.json?Log=1&PageSize=1000", function(c) c.notifications:count { call = "CA1", log = 1 } end },
    { "GET ~/Calls/..%2FCA1/Notifications.json", function(c) c.notifications:list { call = "../CA1" } end },
    { "GET ~/Notifications.json?Log=1", function(c) c.notifications:list { log = 1 } end },
    { "GET ~/Recordings.json?CallSid=CA1", function(c) c.recordings:list { call = "CA1" } end },
  }
  for i, case in ipairs(cases) do
    it("send " .. case[1] .. " (" .. i .. ")", function() assert.equal(case[1], request_of(case[2])) end)
  end
end)

describe("the verbs of other resources", function()
  local cases = {
    { "POST ~/Conferences/CF1/Participants/CA1.json Muted=true", function(c) c.conferences("CF1").participants:mute "CA1" end },
    { "POST ~/Conferences/CF1/Participants/CA1.json Muted=false", function(c) c.conferences("CF1").participants("CA1"):unmute() end },
    { "DELETE ~/Conferences/CF1/Participants/CA1.json", function(c) c.conferences("CF1").participants:kick "CA1" end },
    { "POST api.twilio.com/2010-04-01/Accounts/AC2.json Status=suspended", function(c) c.accounts:suspend "AC2" end },
    { "POST api.twilio.com/2010-04-01/Accounts/AC2.json Status=active", function(c) c.accounts("AC2"):activate() end },
    { "POST api.twilio.com/2010-04-01/Accounts/AC2.json Status=closed", function(c) c.accounts("AC2"):close() end },
    { "GET ~/AvailablePhoneNumbers/US/Local.json?AreaCode=510", function(c) c.phone_numbers:search("US", { area_code = 510 }) end },
    { "POST ~/IncomingPhoneNumbers.json PhoneNumber=%2B1", function(c) c.phone_numbers:purchase { phone_number = "+1" } end },
    { "POST ~/OutgoingCallerIds.json PhoneNumber=%2B1", function(c) c.caller_ids:validate { phone_number = "+1" } end },
    { "GET verify.twilio.com/v2/Services?PageSize=1000", function(c) c.verify.services:count() end },
    { "PUT content.twilio.com/v1/Content/HX1 {\"types\":{}}", function(c) c.content.v1.contents("HX1"):update { types = {} } end },
    { "PATCH accounts.twilio.com/v1/Messaging/GeoPermissions Permissions=%7B%7D",
      function(c) c.accounts.v1.messaging_geopermissions:update { permissions = { {} } } end },
    { "GET comms.twilio.com/v1/Messages?status=FAILED", function(c) c.comms.v1.messages:list { status = "FAILED" } end },
    { "GET comms.twilio.com/v1/Messages?pageSize=5", function(c) c.comms.messages:list { limit = 5 } end },
    { "GET comms.twilio.com/v1/Messages/comms_message_1", function(c) c.comms.messages:fetch "comms_message_1" end },
    { "GET comms.twilio.com/v1/Messages/comms_message_1/Receipts", function(c) c.comms.messages("comms_message_1").receipts:list() end },
    { "GET comms.twilio.com/v1/Messages/Operations", function(c) c.comms.messages.operations:list() end },
    { "GET comms.twilio.com/v1/Messages/Operations/comms_operation_1", function(c) c.comms.messages.operations:fetch "comms_operation_1" end },
    { "GET comms.twilio.com/v1/Emails/Operations/comms_operation_1", function(c) c.comms.emails.operations "comms_operation_1":fetch() end },
    { "GET comms.twilio.com/v1/Emails?operationId=comms_operation_1", function(c) c.comms.emails:list { operation_id = "comms_operation_1" } end },
    { "GET comms.twilio.com/v1/Emails/comms_email_1", function(c) c.comms.emails:fetch "comms_email_1" end },
    { "POST trusthub.twilio.com/v1/A2PBrandRegistrations/BN1/EmbeddedSessions ",
      function(c) c.trusthub.a2p_brand_registration_embedded_sessions:create "BN1" end },
    { "GET oauth.twilio.com/.well-known/oauth-authorization-server", function(c) c.oauth.oauth_authorization_server:fetch() end },
    { "GET voice.twilio.com/v2/AccountDefaultConfiguration/Recording",
      function(c) c.voice.recording_account_default_configuration:fetch() end },
    { "DELETE voice.twilio.com/v2/Configurations/Recording/mine", function(c) c.voice.v2.type("Recording", "mine"):delete() end },
    { "DELETE accounts.twilio.com/v1/SafeList/Numbers?PhoneNumber=%2B1",
      function(c) c.accounts.v1.safelist:delete { phone_number = "+1" } end },
  }
  for _, case in ipairs(cases) do
    it("send " .. case[1], function() assert.equal(case[1], request_of(case[2])) end)
  end
end)

describe("the bulk products", function()
  it("send the required recipients and content as JSON", function()
    local request = support.sent(function(client)
      client.comms.v1.messages:create {
        to = { { address = "+15558675310", channel = "PHONE" } }, content = { text = "Hello {{name}}" }, tags = { campaign = "spring" },
      }
    end)
    assert.equal("POST https://comms.twilio.com/v1/Messages", request.method .. " " .. request.url)
    assert.equal("application/json", request.headers["content-type"])
    assert.same({
      to = { { address = "+15558675310", channel = "PHONE" } }, content = { text = "Hello {{name}}" }, tags = { campaign = "spring" },
    }, require "cjson".decode(request.body))
    assert.equal("missing required parameters 'content', 'to'", misuse_of(function(c) c.comms.messages:create {} end))
    assert.equal("missing required parameter 'from'", misuse_of(function(c) c.comms.emails:create { to = {}, content = {} } end))
  end)
end)

describe("arguments", function()
  local calls = ('api.v2010.accounts("%s").calls'):format(support.account_sid)

  it("raise if SIDs are missing, or if there are too many", function()
    local cases = {
      { function(c) c.calls:get() end, calls .. ":get needs a SID, as in calls:get(sid)" },
      { function(c) c.calls:get {} end, calls .. ":get needs a SID, as in calls:get(sid)" },
      { function(c) c.calls:get(nil, {}) end, calls .. ":get needs a SID, as in calls:get(sid)" },
      { function(c) c.calls:delete() end, calls .. ":delete needs a SID, as in calls:delete(sid)" },
      { function(c) c.calls:get("CA1", "CA2") end, calls .. ":get takes one SID here, got 2" },
      { function(c) c.calls "CA1":get "CA2" end, calls .. '("CA1"):get takes no SID here: pass its parameters in a table' },
      { function(c) c.calls:make "CA1" end, calls .. ":make takes no SID here: pass its parameters in a table" },
      { function(c) c.calls "CA1":list() end, calls .. '("CA1"):list applies to the whole list, not to one SID: leave the SID out' },
      { function(c) c.calls "CA1":make {} end, calls .. '("CA1"):make applies to the whole list, not to one SID: leave the SID out' },
      { function(c) c.calls:hangup() end, calls .. ":hangup needs a SID, as in calls:hangup(sid)" },
      { function(c) c.calls:get(true) end, calls .. ":get needs a SID, got boolean, as in calls:get(sid)" },
      { function(c) c.calls:hangup(print) end, calls .. ":hangup needs a SID, got function, as in calls:hangup(sid)" },
      { function(c) c.chat.v3.channels:update "IS1" end, "chat.v3.channels:update needs a SID, as in channels:update(sid, sid)" },
      { function(c) c.lookups.v2.phone_numbers:fetch() end,
        "lookups.v2.phone_numbers:fetch needs the phone_number, as in phone_numbers:fetch(phone_number)" },
      { function(c) c.phone_numbers:search { area_code = 510 } end,
        calls:gsub("calls$", "phone_numbers") .. ":search needs the country_code, as in phone_numbers:search(country_code)" },
      { function(c) c.calls:hangup {} end, calls .. ":hangup needs a SID, as in calls:hangup(sid)" },
      { function(c) c.calls:route() end, calls .. ":route needs a SID, as in calls:route(sid)" },
      { function(c) c.chat.v3.channels:update() end, "chat.v3.channels:update needs two SIDs, as in channels:update(sid, sid)" },
      { function(c) c.memory.v1.identifiers:fetch() end,
        "memory.v1.identifiers:fetch needs three SIDs, as in identifiers:fetch(store_id, profile_id, id_type)" },
      { function(c) c.memory.v1.identifiers("1"):fetch() end,
        'memory.v1.identifiers("1"):fetch needs two SIDs, as in identifiers:fetch(store_id, profile_id, id_type)' },
      { function(c) c.memory.v1.identifiers:fetch("1", "2", "3", "4") end, "memory.v1.identifiers:fetch takes three SIDs here, got 4" },
      { function(c) c.chat.v3.channels:update("1", "2", "3") end, "chat.v3.channels:update takes two SIDs here, got 3" },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], misuse_of(case[1])) end
  end)

  it("raise if a parent resource lacks its SID, and the message shows where to pass it", function()
    local above = calls:gsub("calls$", "")
    local cases = {
      { function(c) c.verify.v2.services.verifications:create { to = "+1" } end,
        "verify.v2.services.verifications:create needs a SID, as in services(sid).verifications:create" },
      { function(c) c.verify.services.verifications "VE1":fetch() end,
        'verify.v2.services.verifications("VE1"):fetch needs a SID, as in services(sid).verifications:fetch(sid)' },
      { function(c) c.conferences.participants:get() end,
        above .. "conferences.participants:get needs two SIDs, as in conferences(sid).participants:get(sid)" },
      { function(c) c.conferences "CF1".participants:get() end,
        above .. 'conferences("CF1").participants:get needs a SID, as in participants:get(sid)' },
      { function(c) c.conferences.participants:mute() end,
        above .. "conferences.participants:mute needs a SID, as in conferences(sid).participants:mute(sid)" },
      { function(c) c.available_phone_numbers.mobile:list() end, above
        .. "available_phone_numbers.mobile:list needs the country_code, as in available_phone_numbers(country_code).mobile:list" },
      { function(c) c.api.v2010.accounts.calls:list() end, "api.v2010.accounts.calls:list needs a SID, as in accounts(sid).calls:list" },
      { function(c) c.calls.transcriptions:list() end,
        calls .. ".transcriptions needs the SID of its parent, as in calls(sid).transcriptions" },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], misuse_of(case[1])) end
  end)

  it("raise if the arguments of a verb are missing or have a wrong type", function()
    assert.equal("calls:route needs the url, got no value", misuse_of(function(c) c.calls:route "CA1" end))
    assert.equal("calls:route needs the url, got nil", misuse_of(function(c) c.calls:route("CA1", nil) end))
    assert.equal("calls:route needs the url, got table", misuse_of(function(c) c.calls:route("CA1", {}) end))
    assert.equal("calls:route needs the url, got boolean", misuse_of(function(c) c.calls "CA1":route(true) end))
    assert.equal("calls:route takes the method, got boolean", misuse_of(function(c) c.calls:route("CA1", "u", false) end))
    assert.equal("calls:route takes the method, got function", misuse_of(function(c) c.calls:route("CA1", "u", print) end))
    assert.equal("too many arguments to 'route'", misuse_of(function(c) c.calls:route("CA1", "u", "GET", {}, 1) end))
    assert.equal("too many arguments to 'hangup'", misuse_of(function(c) c.calls:hangup("CA1", {}, {}) end))
    assert.equal("too many arguments to 'kick'", misuse_of(function(c) c.conferences("CF1").participants:kick("CA1", {}, {}) end))
    assert.matches("unknown option 'to'", misuse_of(function(c) c.conferences("CF1").participants:kick("CA1", { to = "x" }) end), 1, true)
    assert.equal("the options must be a table, got string", misuse_of(function(c) c.calls:hangup("CA1", "x") end))
  end)

  it("raise if parameters or options are not tables", function()
    assert.equal("the parameters must be a table, got boolean", misuse_of(function(c) c.calls:make(true) end))
    assert.equal("the parameters must be a table, got function", misuse_of(function(c) c.calls:get("CA1", print) end))
    assert.equal("the options must be a table, got string", misuse_of(function(c) c.calls:list({}, "x") end))
    assert.equal("the options must be a table, got boolean", misuse_of(function(c) c.calls:list(nil, false) end))
    assert.equal("too many arguments to 'list'", misuse_of(function(c) c.calls:list({}, {}, {}) end))
    assert.equal("too many arguments to 'get'", misuse_of(function(c) c.calls:get("CA1", {}, {}, 1) end))
  end)

  it("raise if a verb is not called on a resource that has it", function()
    assert.equal("call 'list' on a resource or a record, with ':'; got nil", misuse_of(function(c) c.calls.list() end))
    assert.equal("call 'list' on a resource or a record, with ':'; got table", misuse_of(function(c) c.calls.list {} end))
    assert.equal("call 'make' on a resource or a record, with ':'; got table", misuse_of(function(c) c.calls.make { to = "1" } end))
    assert.equal("call 'hangup' on a resource or a record, with ':'; got string", misuse_of(function(c) c.calls.hangup "CA1" end))
    assert.equal("call 'iter' on a resource or a record, with ':'; got nil", misuse_of(function(c) c.calls.iter(nil) end))
    assert.equal("call 'count' on a resource or a record, with ':'; got userdata", misuse_of(function(c) c.calls.count(c) end))
    assert.truthy(misuse_of(function(c) c.calls.hangup(c.verify.services) end):find("verify.v2.services has no 'hangup'", 1, true))
    assert.truthy(misuse_of(function(c) c.calls.delete(c.balance) end):find("balance has no 'delete'", 1, true))
  end)

  it("are tables that the call does not change", function()
    local params, extra = { call = "CA1", log = 1 }, { X = 1 }
    local options = { extra = extra, timeout = 5 }
    support.client().notifications:list(params, options)
    assert.same({ call = "CA1", log = 1 }, params)
    assert.same({ extra = { X = 1 }, timeout = 5 }, options)
    assert.equal(extra, options.extra)
  end)

  it("raise if there are 200 SIDs", function()
    local client = support.client()
    local many = {}
    for i = 1, 200 do many[i] = "CA" .. i end
    assert.truthy(support.misuse(function() client.calls:get((unpack or table.unpack)(many)) end):find("takes one SID here, got 200", 1,
      true))
    assert.truthy(support.misuse(function() client.calls((unpack or table.unpack)(many)) end):find("takes one SID, got 200", 1, true))
  end)
end)

describe("the size of pages", function()
  local function page_size(call)
    return support.sent(call).url:match "PageSize=(%d+)"
  end

  it("is Twilio's default for list, or the limit", function()
    assert.is_nil(page_size(function(c) c.calls:list() end))
    assert.is_nil(page_size(function(c) c.phone_numbers:search "US" end))
    assert.equal("2", page_size(function(c) c.phone_numbers:search("US", { limit = 2 }) end))
    assert.equal("2", page_size(function(c) c.phone_numbers:search("US", {}, { limit = 2 }) end))
    assert.equal("20", page_size(function(c) c.calls:list { limit = 20 } end))
    assert.equal("20", page_size(function(c) c.calls:list({}, { limit = 20 }) end))
    assert.equal("1000", page_size(function(c) c.calls:list { limit = 5000 } end))
    assert.equal("7", page_size(function(c) c.calls:list { page_size = 7, limit = 20 } end))
  end)

  it("is the limit for iter and count, but at most the size that Twilio allows", function()
    assert.equal("1000", page_size(function(c) for _ in c.calls:iter() do end end))
    assert.equal("20", page_size(function(c) for _ in c.calls:iter { limit = 20 } do end end))
    assert.equal("20", page_size(function(c) for _ in c.calls:iter({ limit = 9 }, { limit = 20 }) do end end))
    assert.equal("1000", page_size(function(c) for _ in c.calls:iter { limit = 1e9 } do end end))
    assert.equal("1000", page_size(function(c) for _ in c.calls:iter { limit = math.huge } do end end))
    assert.equal("50", page_size(function(c) for _ in c.calls:iter { page_size = 50 } do end end))
    assert.equal("50", page_size(function(c) for _ in c.calls:iter { PageSize = 50 } do end end))
    assert.equal("3", page_size(function(c) c.calls:count { limit = 3 } end))
    assert.equal("100", page_size(function(c) c.sync.services("IS1").documents:count() end))
  end)

  it("has the wire name that the list has for it", function()
    local function query(call) return support.sent(call).url:match "%?(.*)" end
    assert.equal("pageSize=100", query(function(c) for _ in c.memory.v1.stores:iter() do end end))
    assert.equal("pageSize=100", query(function(c) for _ in c.memory.v1.stores:iter { limit = 1000 } do end end))
    assert.equal("pageSize=20", query(function(c) c.memory.v1.stores:list { limit = 20 } end))
    assert.equal("pageSize=7", query(function(c) c.memory.v1.stores:count { page_size = 7, limit = 20 } end))
    assert.equal("pageSize=7", query(function(c) c.memory.v1.stores:count { pageSize = 7 } end))
    assert.equal("pageSize=1000", query(function(c) c.memory.v1.profiles("s"):count() end))
    assert.equal("Size=100", query(function(c) c.numbers.v1.porting_all_port_ins:count() end))
    assert.equal("Size=5", query(function(c) c.numbers.v1.porting_all_port_ins:list { limit = 5 } end))
  end)

  it("is the limit, if it is below 50 and no maximum is documented", function()
    local function query(call) return support.sent(call).url:match "%?(.*)" end
    for _, verb in ipairs { "list", "count" } do
      assert.equal("pageSize=20", query(function(c) c.webhooks.rules[verb](c.webhooks.rules, { limit = 20 }) end))
      for _, limit in ipairs { 50, 1000, math.huge } do
        assert.is_nil(query(function(c) c.webhooks.rules[verb](c.webhooks.rules, { limit = limit }) end))
      end
      assert.is_nil(query(function(c) c.webhooks.rules[verb](c.webhooks.rules) end))
    end
    -- a list without the parameter
    assert.is_nil(query(function(c) c.memory.v1.identifiers("s", "p"):list { limit = 3 } end))
  end)

  it("needs a limit that is a whole number of records", function()
    for _, limit in ipairs { -1, 1.5, 0 / 0, "5", true, {} } do
      for _, verb in ipairs { "list", "iter", "count" } do
        local message = "'limit' must be a whole number of records, zero or more, got " .. support.shown(limit)
        assert.equal(message, misuse_of(function(c) c.calls[verb](c.calls, { limit = limit }) end))
        assert.equal(message, misuse_of(function(c) c.calls[verb](c.calls, nil, { limit = limit }) end))
      end
    end
    assert.equal("'prefetch' must be a boolean, got 1", misuse_of(function(c) c.calls:iter { prefetch = 1 } end))
  end)

  it("does not apply to other operations: they accept neither limit nor prefetch", function()
    assert.equal("unknown option 'limit'", misuse_of(function(c) c.calls:get("CA1", {}, { limit = 1 }) end))
    assert.equal("unknown option 'prefetch'", misuse_of(function(c) c.calls:hangup("CA1", { prefetch = true }) end))
    assert.equal("unknown parameter 'limit'", misuse_of(function(c) c.calls:get("CA1", { limit = 1 }) end))
    assert.truthy(misuse_of(function(c) c.calls:make { limit = 1, to = 1, from = 1 } end):find("unknown parameter 'limit'", 1, true))
  end)
end)

describe("records of an operation of another resource", function()
  it("belong to that resource", function()
    local client, requests = support.client(nil, { status = 200, body = '{"sid":"NO1","notifications":[{"sid":"NO1"}]}' })
    local notification = assert(client.notifications:list { call = "CA1" })[1]
    notification:refresh()
    assert.equal(account .. "/Calls/CA1/Notifications/NO1.json", requests[2].url)
    for record in client.notifications:iter { call = "CA2" } do record:refresh() end
    assert.equal(account .. "/Calls/CA2/Notifications/NO1.json", requests[4].url)
  end)

  it("have no verbs of the resource that was called", function()
    local client = support.client(nil, { status = 200, body = '{"available_phone_numbers":[{"phone_number":"+1"}]}' })
    local numbers = assert(client.phone_numbers:search "US")
    assert.equal("+1", numbers[1].phone_number)
    for _, verb in ipairs { "delete", "update" } do
      assert.equal(("a record of local has no '%s'"):format(verb), (support.misuse(function() return numbers[1][verb] end)))
    end
    assert.equal("Local", tostring(numbers[1]))
  end)
end)

describe("the transcriptions of a call", function()
  it("are requested from its recordings", function()
    local client, requests = support.client(nil, function(request)
      local name = request.url:find "Transcriptions" and "transcriptions" or "recordings"
      return { status = 200, body = ('{"%s":[{"sid":"XX%d"}]}'):format(name, #request.url) }
    end)
    local found = {}
    for transcription in client.transcriptions:iter { call = "CA1" } do found[#found + 1] = transcription.sid end
    for transcription in client.calls("CA1").transcriptions:iter() do found[#found + 1] = transcription.sid end
    assert.equal(2, #found)
    assert.equal(4, #requests)
    for i = 1, 3, 2 do
      assert.equal(account .. "/Recordings.json?CallSid=CA1&PageSize=1000", requests[i].url)
      local sid = "XX" .. #requests[i].url
      assert.equal(account .. "/Recordings/" .. sid .. "/Transcriptions.json?PageSize=1000", requests[i + 1].url)
    end
  end)

  it("are all transcriptions of the account if the parameter call is missing", function()
    assert.equal("GET ~/Transcriptions.json", request_of(function(c) c.transcriptions:list() end))
  end)

  it("are created in real time", function()
    assert.equal("POST ~/Calls/CA1/Transcriptions.json Name=x",
      request_of(function(c) c.calls("CA1").transcriptions:create { name = "x" } end))
    assert.equal("POST ~/Calls/CA1/Transcriptions/GT1.json Status=stopped",
      request_of(function(c) c.calls("CA1").transcriptions:update("GT1", { status = "stopped" }) end))
  end)

  it("need a valid SID", function()
    assert.equal("a SID is empty", misuse_of(function(c) c.transcriptions:list { call = "" } end))
    assert.equal("a SID is empty", misuse_of(function(c) c.notifications:list { call = "" } end))
    assert.equal("a SID is a string, got table", misuse_of(function(c) c.notifications:list { call = {} } end))
  end)
end)
