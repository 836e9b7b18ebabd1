-- Values of parameters: how each Lua value is sent, and which values raise.

local cjson = require "cjson"
local parameters = require "spec.support.parameters"
local support = require "spec.support.client"
local twilio = require "twilio"

local form, query, made, misuse_of, refused = parameters.form, parameters.query, parameters.made, parameters.misuse_of, parameters.refused

describe("values", function()
  it("may be booleans, numbers and strings", function()
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

  it("of other types raise", function()
    for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0 } do
      assert.equal("parameter 'timeout' is not a finite number", refused { timeout = value })
    end
    assert.equal("parameter 'url' cannot be a function", refused { url = print })
    assert.equal("parameter 'url' cannot be a thread", refused { url = coroutine.create(function() end) })
    assert.equal("parameter 'url' cannot be a userdata", refused { url = io.stdout })
    assert.equal("parameter 'url' cannot be null: leave it out", refused { url = twilio.null })
    assert.equal("parameter 'status_callback' cannot be null: leave it out", refused { StatusCallback = cjson.null })
  end)

  it("that are required count as missing if they are an empty array", function()
    local function permit(value)
      return function(client) return client.chat.v2.services("IS1").roles("RL1"):update { permission = value } end
    end
    assert.equal("missing required parameter 'permission'", misuse_of(permit {}))
    assert.equal("missing required parameter 'permission'", misuse_of(permit(twilio.array {})))
    assert.same({ "Permission=" }, form(permit ""))
    assert.same({ "Permission=a" }, form(permit { "a" }))
  end)

  it("of a parameter with a single value cannot be an empty table, or a table with names", function()
    assert.equal("parameter 'url' takes a value, got an empty table", refused { url = {} })
    assert.equal("parameter 'url' takes a value, got a table with names", refused { url = { a = 1 } })
    assert.equal("parameter 'timeout' takes a value, got an empty table", refused { timeout = {} })
  end)

  it("of a parameter with a single value cannot be an array", function()
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

  it("of an array must be a sequence of single values", function()
    for _, value in ipairs { { a = 1 }, { 1, a = 2 }, { 1, nil, 3 }, { [2] = 1 }, { [1.5] = 1 } } do
      assert.equal("parameter 'status_callback_event' takes an array, got a table with names or gaps",
        refused { status_callback_event = value })
    end
    assert.equal("parameter 'status_callback_event' has a table in its array", refused { status_callback_event = { { 1 } } })
    assert.equal("parameter 'status_callback_event' cannot be null: leave it out", refused { status_callback_event = { twilio.null } })
    assert.equal("parameter 'status_callback_event' cannot be a function", refused { status_callback_event = { print } })
    assert.equal("parameter 'status_callback_event' is not a finite number", refused { status_callback_event = { 0 / 0 } })
  end)

  it("of JSON parameters are encoded", function()
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

  it("of text parameters that contain JSON are encoded too", function()
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

  it("for numbered placeholders have their positions as names", function()
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
      assert.equal("parameter 'content_variables' has a key that is not the number of a placeholder", wrong { [key] = "x" })
    end
    assert.matches("a table with a boolean key is neither", wrong { [true] = "x" }, 1, true)
  end)

  it("of a documented object cannot be an array", function()
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

  it("of an array of texts that contain JSON may be tables", function()
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

  it("of an array of JSON repeat the key, with each element encoded", function()
    local function items(value) return form(function(client) client.accounts.v1.bulk_contacts:create { items = value } end) end
    assert.same({ 'Items={"a":1}', "Items=[1,2]", "Items=text", "Items=null" }, items { { a = 1 }, { 1, 2 }, "text", twilio.null })
    assert.equal("missing required parameter 'items'", misuse_of(function(client) client.accounts.v1.bulk_contacts:create { items = {} } end))
    assert.equal("parameter 'items' takes an array, got a table with names or gaps", misuse_of(function(client)
      client.accounts.v1.bulk_contacts:create { items = { a = 1 } }
    end))
  end)

  it("of a map are sent with their names after the prefix", function()
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

  it("are passed among the other parameters", function()
    local request = if_match "abc"
    assert.equal("abc", request.headers["if-match"])
    assert.equal("Data=%7B%7D", request.body)
    assert.equal("7", if_match(7).headers["if-match"])
    assert.equal("true", if_match(true).headers["if-match"])
    assert.equal("false", if_match(false).headers["if-match"])
    assert.equal("a: b; c ü", if_match("a: b; c ü").headers["if-match"])
    local deleted = support.sent(function(client) client.taskrouter.v1.workspaces("WS1").tasks("WT1"):delete { ["If-Match"] = "x" } end)
    assert.equal("x", deleted.headers["if-match"])
    local webhook = support.sent(function(client)
      client.conversations.v1.conversations:create { x_twilio_webhook_enabled = "true", friendly_name = "x" }
    end)
    assert.equal("true", webhook.headers["x-twilio-webhook-enabled"])
    assert.equal("FriendlyName=x", webhook.body)
  end)

  it("must not contain control characters or tables", function()
    for _, value in ipairs { "a\r\nX: y", "a\nb", "a\rb", "a\0b", "\t", "\127" } do
      assert.equal("parameter 'if_match' is sent as a header and contains control characters", (support.misuse(if_match, value)))
    end
    for _, value in ipairs { {}, { "a" }, print, 0 / 0 } do
      assert.equal("parameter 'if_match' is sent as a header and cannot be a " .. type(value), (support.misuse(if_match, value)))
    end
  end)

  it("replace the client's headers", function()
    local request = support.sent(function(client) client.flex_api.v1.insights_questionnaires:list { authorization = "Bearer x" } end)
    assert.equal("Bearer x", request.headers.authorization)
  end)
end)
