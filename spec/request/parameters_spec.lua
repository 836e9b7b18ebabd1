-- Parameters: their names, values and places; extra; JSON bodies; options.

local cjson = require "cjson"
local twilio = require "twilio"
local support = require "spec.support.client"

-- The pairs of a form or query, decoded, in the order in which they are sent.
local function pairs_of(text)
  local list = {}
  for pair in (text or ""):gmatch "[^&]+" do
    list[#list + 1] = (pair:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
  end
  return list
end

local function form(call) return pairs_of(support.sent(call).body) end
local function query(call) return pairs_of(support.sent(call).url:match "%?(.*)$") end

local function made(params, options)
  local all = { to = "1", from = "2" }
  for name, value in pairs(params) do all[name] = value end
  local list = form(function(client) client.calls:make(all, options) end)
  local others = {}
  for _, pair in ipairs(list) do
    if pair ~= "To=1" and pair ~= "From=2" then others[#others + 1] = pair end
  end
  return others
end

local function misuse_of(call) return (support.misuse(call, (support.client()))) end

local function refused(params, options)
  return misuse_of(function(client)
    local all = { to = "1", from = "2" }
    for name, value in pairs(params) do all[name] = value end
    client.calls:make(all, options)
  end)
end

describe("names", function()
  it("may be given once, in one of their spellings", function()
    local message = "is given twice, under two names"
    for _, two in ipairs {
      { "status_callback", "StatusCallback" }, { "status_callback_method", "status_method" }, { "to", "To" }, { "from", "from_" },
    } do
      local text = misuse_of(function(client) client.calls:make { to = "1", from = "2", [two[1]] = "x", [two[2]] = "x" } end)
      assert.truthy(text:find(message, 1, true), text)
      assert.truthy(text:find(two[1], 1, true) or text:find(two[2], 1, true), text)
    end
    for _, two in ipairs {
      { "before", "start_time_before" }, { "start_time_before", "start_time_less_than" }, { "StartTime<", "started_before" },
      { "after", "StartTime>" },
    } do
      local text = misuse_of(function(client) client.calls:list { [two[1]] = "x", [two[2]] = "x" } end)
      assert.truthy(text:find(message, 1, true), text)
    end
  end)

  it("that are required must be there, all of which are named", function()
    assert.equal("missing required parameter 'to'", misuse_of(function(client) client.calls:make { from = "2" } end))
    assert.equal("missing required parameter 'from'", misuse_of(function(client) client.calls:create { To = "1", url = "x" } end))
    assert.equal("missing required parameters 'from', 'to'", misuse_of(function(client) client.calls:make() end))
    assert.equal("missing required parameters 'channel', 'to'",
      misuse_of(function(client) client.verify.services("VA1").verifications:create {} end))
    assert.equal("missing required parameter 'types'", misuse_of(function(client) client.content.v1.contents("HX1"):update {} end))
  end)

  it("are strings", function()
    assert.equal("parameters are named: { to = … }, got a number as a name",
      misuse_of(function(client) client.calls:make { "1", "2" } end))
    assert.equal("parameters are named: { to = … }, got a boolean as a name", refused { [true] = 1 })
    assert.equal("unknown parameter 'to'", refused { ["to\0"] = "x" }:gsub(" %(did.*$", ""))
  end)

  it("old ones are sent as today's, or as they were", function()
    assert.same({ "StatusCallbackMethod=GET" }, made { status_method = "GET" })
    assert.same({ "IfMachine=Hangup" }, made { if_machine = "Hangup" })
    assert.same({ "StatusCallbackMethod=GET" }, form(function(client) client.calls:update("CA1", { status_method = "GET" }) end))
    assert.same({ "StartTime<=y", "StartTime>=x" }, query(function(client) client.calls:list { after = "x", before = "y" } end))
  end)

  it("are sent in one order, whatever that of the table", function()
    local params, again = {}, {}
    local names = { "url", "timeout", "record", "method", "send_digits", "machine_detection", "caller_id", "byoc", "trim", "twiml" }
    for i = 1, #names do params[names[i]] = "v" end
    for i = #names, 1, -1 do again[names[i]] = "v" end
    local first = made(params)
    assert.equal(10, #first)
    assert.same(first, made(again))
  end)
end)

describe("values", function()
  it("are booleans, numbers and text", function()
    assert.same({ "Record=true" }, made { record = true })
    assert.same({ "Record=false" }, made { record = false })
    assert.same({ "Record=yes, please" }, made { record = "yes, please" })
    assert.same({ "Record=" }, made { record = "" })
    assert.same({ "Timeout=60" }, made { timeout = 60 })
    assert.same({ "Timeout=60" }, made { timeout = 60.0 })
    assert.same({ "Timeout=0.1" }, made { timeout = 0.1 })
    assert.same({ "Timeout=1000000000000000000000" }, made { timeout = 1e21 })
    assert.same({ "Timeout=0.0000001" }, made { timeout = 1e-7 })
    assert.same({ "Timeout=9007199254740992" }, made { timeout = 2 ^ 53 })
    assert.same({ "Timeout=0" }, made { timeout = -0.0 })
    assert.same({ "Timeout=060" }, made { timeout = "060" })
    assert.same({ "Url=" .. ("x"):rep(100000) }, made { url = ("x"):rep(100000) })
    if math.type then assert.same({ "Timeout=9223372036854775807" }, made { timeout = math.maxinteger }) end
  end)

  it("are no others", function()
    for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0 } do
      assert.equal("parameter 'timeout' is not a finite number", refused { timeout = value })
    end
    assert.equal("parameter 'url' cannot be a function", refused { url = print })
    assert.equal("parameter 'url' cannot be a thread", refused { url = coroutine.create(function() end) })
    assert.equal("parameter 'url' cannot be a userdata", refused { url = io.stdout })
    assert.equal("parameter 'url' cannot be null: leave it out", refused { url = twilio.null })
    assert.equal("parameter 'status_callback' cannot be null: leave it out", refused { StatusCallback = cjson.null })
  end)

  it("that are required are not there as an empty array", function()
    local function permit(value)
      return function(client) return client.chat.v2.services("IS1").roles("RL1"):update { permission = value } end
    end
    assert.equal("missing required parameter 'permission'", misuse_of(permit {}))
    assert.equal("missing required parameter 'permission'", misuse_of(permit(twilio.array {})))
    assert.same({ "Permission=" }, form(permit ""))
    assert.same({ "Permission=a" }, form(permit { "a" }))
  end)

  it("of a single value are no table without one, or with names", function()
    assert.equal("parameter 'url' takes a value, got an empty table", refused { url = {} })
    assert.equal("parameter 'url' takes a value, got a table with names", refused { url = { a = 1 } })
    assert.equal("parameter 'timeout' takes a value, got an empty table", refused { timeout = {} })
  end)

  it("of a single value are no array", function()
    assert.equal("parameter 'to' takes one value, got an array",
      misuse_of(function(client) client.messages:create { to = { "+15550000001", "+15550000002" }, body = "x" } end))
    for name, value in pairs { url = { "x" }, timeout = { 1 }, record = { true, false }, SendDigits = { 1, 2 } } do
      assert.matches("takes one value, got an array", refused { [name] = value }, 1, true)
    end
    assert.equal("parameter 'status' takes one value, got an array",
      misuse_of(function(client) client.calls:list { status = { "busy", "failed" } } end))
    for _, value in ipairs { { "2024-01-01" }, { 0, 1 } } do
      assert.equal("parameter 'start_time' takes one value, got an array",
        misuse_of(function(client) client.calls:list { start_time = value } end))
    end
    assert.equal("parameter 'page_size' takes one value, got an array",
      misuse_of(function(client) client.calls:iter { page_size = { 1 } } end))
  end)

  it("of an array repeat the key", function()
    assert.same({ "StatusCallbackEvent=initiated", "StatusCallbackEvent=ringing" },
      made { status_callback_event = { "initiated", "ringing" } })
    assert.same({ "StatusCallbackEvent=one" }, made { status_callback_event = "one" })
    assert.same({ "StatusCallbackEvent=one" }, made { status_callback_event = { "one" } })
    assert.same({}, made { status_callback_event = {} })
    assert.same({}, made { status_callback_event = twilio.array {} })
    assert.same({ "StatusCallbackEvent=1", "StatusCallbackEvent=true", "StatusCallbackEvent=x" },
      made { status_callback_event = { 1, true, "x" } })
    assert.same({ "Identity=a", "Identity=b" },
      query(function(client) client.chat.v2.services("IS1").channels("CH1").members:list { identity = { "a", "b" } } end))
  end)

  it("of an array are a sequence of single values", function()
    for _, value in ipairs { { a = 1 }, { 1, a = 2 }, { 1, nil, 3 }, { [2] = 1 }, { [1.5] = 1 } } do
      assert.equal("parameter 'status_callback_event' takes an array, got a table with names or gaps",
        refused { status_callback_event = value })
    end
    assert.equal("parameter 'status_callback_event' has a table in its array", refused { status_callback_event = { { 1 } } })
    assert.equal("parameter 'status_callback_event' cannot be null: leave it out", refused { status_callback_event = { twilio.null } })
    assert.equal("parameter 'status_callback_event' cannot be a function", refused { status_callback_event = { print } })
    assert.equal("parameter 'status_callback_event' is not a finite number", refused { status_callback_event = { 0 / 0 } })
  end)

  it("that are JSON on the wire are encoded", function()
    local function data(value)
      return form(function(client) client.sync.v1.services("IS1").documents:create { data = value } end)[1]
    end
    assert.equal('Data={"a":[1,2,{"b":"x"}],"c":null,"d":[],"e":{},"f":true}',
      data { a = { 1, 2, { b = "x" } }, c = twilio.null, d = twilio.array {}, e = {}, f = true })
    assert.equal("Data=[1,2]", data { 1, 2 })
    assert.equal("Data={}", data {})
    assert.equal("Data=[]", data(twilio.array {}))
    assert.equal("Data=null", data(twilio.null))
    assert.equal('Data={"a": 1}', data '{"a": 1}')
    assert.equal("Data=5", data(5))
    assert.equal("Data=true", data(true))
    assert.equal('Data={"n":0.1,"o":1000000000000000000000}', data { n = 0.1, o = 1e21 })
    assert.equal('Data={"q":"\\"\\\\\\u0001ü"}', data { q = '"\\\1ü' })
    if math.type then assert.equal('Data={"n":9223372036854775807}', data { n = math.maxinteger }) end
    assert.equal("JSON has no infinite numbers and no NaN", misuse_of(function(client)
      client.sync.v1.services("IS1").documents:create { data = { 1 / 0 } }
    end))
    assert.equal("JSON cannot hold a function", misuse_of(function(client)
      client.sync.v1.services("IS1").documents:create { data = { f = print } }
    end))
    local circle = {}
    circle.circle = circle
    assert.truthy(misuse_of(function(client) client.sync.v1.services("IS1").documents:create { data = circle } end):find("contains itself",
      1, true))
  end)

  it("that are texts which hold JSON are encoded too", function()
    local function variables(value)
      return form(function(client) client.messages:create { to = "1", content_sid = "HX1", content_variables = value } end)[2]
    end
    assert.equal('ContentVariables={"1":"Ann"}', variables { ["1"] = "Ann" })
    assert.equal("ContentVariables={}", variables {})
    assert.equal('ContentVariables={"1": "Ann"}', variables '{"1": "Ann"}')
    local workspace = "WS1"
    assert.same({ 'Attributes={"type":"support"}' }, form(function(client)
      client.taskrouter.v1.workspaces(workspace).tasks:create { attributes = { type = "support" } }
    end))
    assert.same({ "Attributes=[]" }, form(function(client)
      client.ip_messaging.v2.services("IS1").channels:create { attributes = twilio.array {} }
    end))
  end)

  it("of numbered placeholders are named by their positions", function()
    local function variables(value)
      return form(function(client) client.messages:create { to = "1", content_sid = "HX1", content_variables = value } end)[2]
    end
    assert.equal('ContentVariables={"1":"Ada","2":"12:30"}', variables { "Ada", "12:30" })
    assert.equal('ContentVariables={"1":"Ada"}', variables(twilio.array { "Ada" }))
    assert.equal("ContentVariables={}", variables(twilio.array {}))
    assert.equal('ContentVariables={"2":"x"}', variables { [2] = "x" })
    assert.equal('ContentVariables={"1":"a","10":"b","name":"c"}', variables { "a", [10] = "b", name = "c" })
    assert.equal('ContentVariables={"1":"a","2":null}', variables { "a", twilio.null })
    for _, client_of in ipairs {
      function(client) return client.conversations.v1.conversations("CH1").messages end,
      function(client) return client.conversations.v1.services("IS1").conversations("CH1").messages end,
    } do
      assert.same({ 'ContentVariables={"1":"Ada"}' }, form(function(client) client_of(client):create { content_variables = { "Ada" } } end))
    end
    local given = { "Ada", "12:30" }
    variables(given)
    assert.same({ "Ada", "12:30" }, given)
    assert.is_nil(getmetatable(given))
    local function wrong(value)
      return misuse_of(function(client) client.messages:create { to = "1", content_variables = value } end)
    end
    assert.equal("parameter 'content_variables' has a placeholder twice, as a number and as text", wrong { "a", ["1"] = "b" })
    for _, key in ipairs { 1.5, -1, 1e300 * 1e300 } do
      assert.equal("parameter 'content_variables' has a number as a key that is no placeholder's", wrong { [key] = "x" })
    end
    assert.matches("a table with a boolean key is neither", wrong { [true] = "x" }, 1, true)
  end)

  it("of a documented object are no array", function()
    local function configured(value)
      return function(client) client.video.v1.rooms:create { transcriptions_configuration = value } end
    end
    assert.same({ 'TranscriptionsConfiguration={"a":[1]}' }, form(configured { a = { 1 } }))
    assert.same({ "TranscriptionsConfiguration={}" }, form(configured {}))
    assert.same({ 'TranscriptionsConfiguration={"a": 1}' }, form(configured '{"a": 1}'))
    assert.same({ "TranscriptionsConfiguration=null" }, form(configured(twilio.null)))
    for _, array in ipairs { { 1 }, { {} }, twilio.array {}, setmetatable({}, { __jsontype = "array" }) } do
      assert.equal("parameter 'transcriptions_configuration' takes a table with names, got an array", misuse_of(configured(array)))
    end
  end)

  it("of texts that are JSON each may be tables", function()
    assert.same({ 'ToBinding={"address":"+1","binding_type":"sms"}', 'ToBinding={"address":"+2"}' }, form(function(client)
      client.notify.v1.services("IS1").notifications:create { to_binding = { { binding_type = "sms", address = "+1" }, '{"address":"+2"}' } }
    end))
    assert.same({ 'ToBinding={"address":"+2"}' }, form(function(client)
      client.notify.v1.services("IS1").notifications:create { to_binding = '{"address":"+2"}' }
    end))
    assert.same({ 'Participant={"identity":"a"}' }, form(function(client)
      client.conversations.v1.conversation_with_participants:create { participant = { { identity = "a" } } }
    end))
    assert.equal("parameter 'to_binding' takes an array, got a table with names or gaps", misuse_of(function(client)
      client.notify.v1.services("IS1").notifications:create { to_binding = { binding_type = "sms" } }
    end))
  end)

  it("that are arrays of JSON repeat the key with each element encoded", function()
    local function items(value) return form(function(client) client.accounts.v1.bulk_contacts:create { items = value } end) end
    assert.same({ 'Items={"a":1}', "Items=[1,2]", "Items=text", "Items=null" }, items { { a = 1 }, { 1, 2 }, "text", twilio.null })
    assert.equal("missing required parameter 'items'", misuse_of(function(client) client.accounts.v1.bulk_contacts:create { items = {} } end))
    assert.equal("parameter 'items' takes an array, got a table with names or gaps", misuse_of(function(client)
      client.accounts.v1.bulk_contacts:create { items = { a = 1 } }
    end))
  end)

  it("of a map are its names behind the prefix", function()
    local function fetched(value)
      local list = query(function(client) client.lookups.v1.phone_numbers("1"):fetch { add_ons_data = value } end)
      table.sort(list)
      return list
    end
    assert.same({ "AddOns.a.b=1", "AddOns.a.c d=true", "AddOns.e=x" }, fetched { a = { b = 1, ["c d"] = true }, e = "x" })
    assert.same({ "AddOns.a\0b=1" }, fetched { ["a\0b"] = 1 })
    assert.same({}, fetched {})
    local function wrong(value)
      return misuse_of(function(client) client.lookups.v1.phone_numbers("1"):fetch { add_ons_data = value } end)
    end
    assert.truthy(wrong({ 1, 2 }):find("takes names as keys", 1, true))
    assert.truthy(wrong({ a = { 1 } }):find("takes names as keys", 1, true))
    assert.truthy(wrong({ a = print }):find("cannot be a function", 1, true))
    local circle = {}
    circle.circle = circle
    assert.truthy(wrong(circle):find("is nested too deeply", 1, true))
  end)
end)

describe("headers", function()
  local function if_match(value)
    return support.sent(function(client) client.sync.v1.services("IS1").documents("ET1"):update { if_match = value, data = "{}" } end)
  end

  it("stand beside the other parameters", function()
    local request = if_match "abc"
    assert.equal("abc", request.headers["if-match"])
    assert.equal("Data=%7B%7D", request.body)
    assert.equal("7", if_match(7).headers["if-match"])
    assert.equal("true", if_match(true).headers["if-match"])
    assert.equal("a: b; c ü", if_match("a: b; c ü").headers["if-match"])
    local deleted = support.sent(function(client) client.taskrouter.v1.workspaces("WS1").tasks("WT1"):delete { ["If-Match"] = "x" } end)
    assert.equal("x", deleted.headers["if-match"])
    local webhook = support.sent(function(client)
      client.conversations.v1.conversations:create { x_twilio_webhook_enabled = "true", friendly_name = "x" }
    end)
    assert.equal("true", webhook.headers["x-twilio-webhook-enabled"])
    assert.equal("FriendlyName=x", webhook.body)
  end)

  it("hold no control characters and no tables", function()
    for _, value in ipairs { "a\r\nX: y", "a\nb", "a\rb", "a\0b", "\t", "\127" } do
      assert.equal("parameter 'if_match' is sent as a header and contains control characters", (support.misuse(if_match, value)))
    end
    for _, value in ipairs { {}, { "a" }, print, 0 / 0 } do
      assert.equal("parameter 'if_match' is sent as a header and cannot be a " .. type(value), (support.misuse(if_match, value)))
    end
  end)

  it("take the place of the client's own", function()
    local request = support.sent(function(client) client.flex_api.v1.insights_questionnaires:list { authorization = "Bearer x" } end)
    assert.equal("Bearer x", request.headers.authorization)
  end)
end)

describe("extra", function()
  it("sends what the table does not know", function()
    assert.same({ "NewParam=x" }, made({}, { extra = { NewParam = "x" } }))
    assert.same({ "newParam=1", "newParam=true" }, made({}, { extra = { newParam = { 1, true } } }))
    assert.same({}, made({}, { extra = {} }))
    assert.same({ "a\0b c=x" }, made({}, { extra = { ["a\0b c"] = "x" } }))
    assert.same({ "Status=busy", "New=1" }, query(function(client) client.calls:list({ status = "busy" }, { extra = { New = 1 } }) end))
    assert.same({ "New=1" }, query(function(client) client.calls:delete("CA1", nil, { extra = { New = 1 } }) end))
    assert.same({ "Status=completed", "New=1" }, form(function(client) client.calls:hangup("CA1", { extra = { New = 1 } }) end))
  end)

  it("makes a form of a request that had no body", function()
    local request = support.sent(function(client)
      client.messaging.v1.domain_validate_dns("DN1"):fetch(nil, { extra = { New = 1 } })
    end)
    assert.equal("New=1", request.url:match "%?(.*)$")
    request = support.sent(function(client) client.insights.v1.conferences("CF1"):fetch() end)
    assert.is_nil(request.headers["content-type"])
    request = support.sent(function(client) client.tokens:create(nil, { extra = { New = 1 } }) end)
    assert.equal("New=1", request.body)
    assert.equal("application/x-www-form-urlencoded", request.headers["content-type"])
  end)

  it("is a table of names and plain values", function()
    assert.equal("option 'extra' must be a table, got string", refused({}, { extra = "x" }))
    assert.equal("parameters are named, got a number as a name", refused({}, { extra = { "x" } }))
    assert.equal("parameter 'NewParam' cannot be null: leave it out", refused({}, { extra = { NewParam = twilio.null } }))
    assert.equal("parameter 'NewParam' cannot be a function", refused({}, { extra = { NewParam = print } }))
    assert.equal("parameter 'NewParam' takes an array, got a table with names or gaps", refused({}, { extra = { NewParam = { a = 1 } } }))
    assert.equal("parameter 'NewParam' has a table in its array", refused({}, { extra = { NewParam = { {} } } }))
  end)
end)

describe("a JSON body", function()
  local function sent(call, options)
    local request = support.sent(call, options)
    return cjson.decode(request.body), request
  end

  it("is the table, its top-level names on the wire's terms or in snake_case", function()
    local body, request = sent(function(client)
      client.content.v1.contents:create { friendly_name = "x", language = "en", variables = { ["1"] = "y" },
        types = { ["twilio/text"] = { body = "b" } } }
    end)
    assert.same({ friendly_name = "x", language = "en", variables = { ["1"] = "y" }, types = { ["twilio/text"] = { body = "b" } } }, body)
    assert.equal("application/json", request.headers["content-type"])
    local expected = { friendlyName = "x", regulationId = "y", regulationVersion = 2, data = { a = 1 } }
    for _, names in ipairs {
      { friendly_name = "x", regulation_id = "y", regulation_version = 2, data = { a = 1 } },
      { friendlyName = "x", regulation_id = "y", regulationVersion = 2, data = { a = 1 } },
    } do
      assert.same(expected, (sent(function(client) client.numbers.v1.sender_id_registrations:create(names) end)))
    end
  end)

  it("is not guessed at", function()
    assert.truthy(misuse_of(function(client) client.content.v1.contents:create { langage = "en", types = {} } end)
      :find("unknown parameter 'langage' (did you mean 'language'?)", 1, true))
    assert.equal("parameters are named: { to = … }, got a number as a name",
      misuse_of(function(client) client.content.v1.contents:create { types = {}, 1 } end))
  end)

  it("takes any names where it is open", function()
    local body, request = sent(function(client)
      client.flex_api.v1.configuration:update { account_sid = "AC1", UI = { a = { 1, twilio.null } }, flag = false }
    end)
    assert.same({ account_sid = "AC1", UI = { a = { 1, cjson.null } }, flag = false }, body)
    assert.equal("application/json", request.headers["content-type"])
    assert.equal("{}", support.sent(function(client) client.flex_api.v1.configuration:update() end).body)
  end)

  local function ported(params)
    return function(client)
      local all = { account_sid = "AC1", documents = {}, losing_carrier_information = {}, phone_numbers = {} }
      for name, value in pairs(params) do all[name] = value end
      client.numbers.v1.porting_port_ins:create(all)
    end
  end

  local function ported_text(name, value)
    local text = support.sent(ported { [name] = value }).body
    return text:match('"' .. name .. '":(%b[])') or text
  end

  it("has arrays where Twilio takes lists, empty or of one", function()
    assert.equal('{"account_sid":"AC1","documents":[],"losing_carrier_information":{},"phone_numbers":[]}', support.sent(ported {}).body)
    assert.equal("[]", ported_text("documents", twilio.array {}))
    assert.equal('["RD1","RD2"]', ported_text("documents", { "RD1", "RD2" }))
    assert.equal('["a@b"]', ported_text("notification_emails", "a@b"))
    assert.equal('["a@b"]', ported_text("notification_emails", { "a@b" }))
    assert.equal('[{"phone_number":"+1"},{}]', ported_text("phone_numbers", { { phone_number = "+1" }, {} }))
    assert.matches('"notification_emails":null', support.sent(ported { notification_emails = twilio.null }).body, 1, true)
    local given = {}
    ported_text("documents", given)
    assert.is_nil(getmetatable(given))
  end)

  it("has nothing else than lists there", function()
    assert.equal("parameter 'phone_numbers' takes an array, got a string", misuse_of(ported { phone_numbers = "+1" }))
    assert.equal("parameter 'phone_numbers' takes an array, got a table with names or gaps",
      misuse_of(ported { phone_numbers = { phone_number = "+1" } }))
    assert.equal("parameter 'documents' takes an array, got a table with names or gaps", misuse_of(ported { documents = { [2] = "RD1" } }))
    assert.equal("parameter 'documents' has a table in its array", misuse_of(ported { documents = { { "RD1" } } }))
    assert.matches("JSON cannot hold a function", misuse_of(ported { documents = print }), 1, true)
  end)

  it("has no table for a text, a number or a date", function()
    assert.equal("parameter 'account_sid' takes one value, got an array", misuse_of(ported { account_sid = { "AC1", "AC2" } }))
    assert.equal("parameter 'account_sid' takes a value, got a table with names", misuse_of(ported { account_sid = { sid = "AC1" } }))
    assert.equal("parameter 'account_sid' takes a value, got an empty table", misuse_of(ported { account_sid = {} }))
    assert.equal("parameter 'target_port_in_date' takes one value, got an array", misuse_of(ported { target_port_in_date = { 0 } }))
    assert.equal("parameter 'enabled' takes one value, got an array", misuse_of(function(client)
      client.assistants.v1.tools("aia_tool_1"):update { enabled = { true } }
    end))
    assert.matches('"bundle_sid":null', support.sent(ported { bundle_sid = twilio.null }).body, 1, true)
  end)

  it("has objects where Twilio documents them", function()
    assert.equal("parameter 'losing_carrier_information' takes a table with names, got an array",
      misuse_of(ported { losing_carrier_information = { "x" } }))
    assert.equal("parameter 'losing_carrier_information' takes a table with names, got an array",
      misuse_of(ported { losing_carrier_information = twilio.array {} }))
    assert.equal("parameter 'losing_carrier_information' takes a table, got a string",
      misuse_of(ported { losing_carrier_information = "{}" }))
    local function content(variables)
      return function(client) client.content.v1.contents:create { language = "en", types = {}, variables = variables } end
    end
    local function variables(value) return support.sent(content(value)).body:match '"variables":(.*)}$' end
    assert.equal('{"1":"Ada","2":"12:30"}', variables { "Ada", "12:30" })
    assert.equal('{"2":"x"}', variables { [2] = "x" })
    assert.equal("{}", variables {})
    assert.equal("{}", variables(twilio.array {}))
    assert.equal("null", variables(twilio.null))
    assert.equal('{"1":"Ada"}', variables { ["1"] = "Ada" })
    assert.equal("parameter 'variables' takes a table, got a string", misuse_of(content "x"))
  end)

  it("sends what was read as it was, whatever was changed beside it", function()
    local text = '{"account_sid":"AC1","attributes":null,"big":12345678901234567890,"list":[],"object":{"none":[],"null":null},"ui":{}}'
    local client, requests = support.client(nil, { status = 200, body = text })
    local configuration = assert(client.flex_api.v1.configuration:fetch()):to_table()
    assert(client.flex_api.v1.configuration:update(configuration))
    assert.equal(text, requests[2].body)
    configuration.ui.version = 2
    configuration.attributes = nil
    assert(client.flex_api.v1.configuration:update(configuration))
    assert.equal((text:gsub('"attributes":null,', ""):gsub("{}", '{"version":2}')), requests[3].body)
    assert(client.flex_api.v1.configuration:update({}, { extra = assert(client.flex_api.v1.configuration:fetch()):to_table() }))
    assert.equal(text, requests[5].body)
    local document = assert(client.sync.v1.services("IS1").documents("ET1"):fetch()).object
    assert(client.sync.v1.services("IS1").documents("ET1"):update { data = document })
    assert.equal('Data={"none":[],"null":null}', pairs_of(requests[7].body)[1])
    assert(client:request { path = "/x", json = assert(client:request { path = "/x" }).json })
    assert.equal(text, requests[9].body)
  end)

  it("is UTF-8, or raises", function()
    assert.equal("a string for JSON must be UTF-8, but its byte 4 is invalid", misuse_of(ported { account_sid = "caf\233" }))
    assert.equal("a string for JSON must be UTF-8, but its byte 1 is invalid", misuse_of(ported { losing_carrier_information = { ["\233"] = 1 } }))
    assert.equal("a string for JSON must be UTF-8, but its byte 1 is invalid", misuse_of(function(client)
      client.sync.v1.services("IS1").documents:create { data = { a = { "\255" } } }
    end))
  end)

  it("takes extra names, which known ones come before", function()
    local body = sent(function(client)
      client.content.v1.contents:create({ types = {}, language = "en" }, { extra = { new = { 1 }, language = "de" } })
    end)
    assert.same({ types = {}, language = "en", new = { 1 } }, body)
  end)

  it("keeps numbers exact and refuses what JSON cannot say", function()
    local text = support.sent(function(client) client.flex_api.v1.configuration:update { n = 2 ^ 53, f = 0.1, big = 1e21 } end).body
    assert.equal('{"big":1000000000000000000000,"f":0.1,"n":9007199254740992}', text)
    assert.equal("JSON has no infinite numbers and no NaN",
      misuse_of(function(client) client.flex_api.v1.configuration:update { n = 0 / 0 } end))
    assert.truthy(misuse_of(function(client) client.flex_api.v1.configuration:update { n = { 1, a = 2 } } end)
      :find("neither a JSON array nor an object", 1, true))
  end)

  it("may have headers beside it", function()
    local body, request = sent(function(client)
      client.preview_iam.organization("OR1").users("US1"):update { if_match = "v1", user_name = "x" }
    end, { bearer_token = "b" })
    assert.equal("v1", request.headers["if-match"])
    assert.is_nil(body.if_match)
    assert.equal("PUT", request.method)
    assert.equal("application/scim+json", request.headers["content-type"])
  end)
end)

describe("options", function()
  it("are known by name", function()
    assert.equal("unknown option 'timout' (did you mean 'timeout'?)", refused({}, { timout = 5 }))
    assert.equal("unknown option 'to'", refused({}, { to = "1" }):gsub(" %(did.*$", ""))
    assert.equal("options are named, got a number as a name", refused({}, { 5 }))
  end)

  it("are of their types", function()
    for _, name in ipairs { "timeout", "connect_timeout" } do
      for _, value in ipairs { 0, -1, 0 / 0, 1 / 0, "5", true, {} } do
        local message = ("option '%s' must be a positive number of seconds, got %s"):format(name, support.shown(value))
        assert.equal(message, refused({}, { [name] = value }))
      end
    end
    assert.equal("option 'wait' must be a function, got \"x\"", refused({}, { wait = "x" }))
  end)

  it("do not mix with Twilio's parameters of the same name", function()
    local client, requests = support.client()
    client.calls:make({ to = "1", from = "2", timeout = 60 }, { timeout = 5 })
    assert.truthy(requests[1].body:find("Timeout=60", 1, true))
    assert.equal(5, requests[1].timeout)
  end)
end)
