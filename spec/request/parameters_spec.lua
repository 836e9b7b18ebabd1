-- Parameters: their names, extra parameters, JSON bodies, options.

local cjson = require "cjson"
local parameters = require "spec.support.parameters"
local support = require "spec.support.client"
local twilio = require "twilio"

local pairs_of, form, query = parameters.pairs_of, parameters.form, parameters.query
local made, misuse_of, refused = parameters.made, parameters.misuse_of, parameters.refused

describe("names", function()
  it("may be written in several spellings, but each parameter only once", function()
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

  it("of all missing required parameters are in the message", function()
    assert.equal("missing required parameter 'to'", misuse_of(function(client) client.calls:make { from = "2" } end))
    assert.equal("missing required parameter 'from'", misuse_of(function(client) client.calls:create { To = "1", url = "x" } end))
    assert.equal("missing required parameters 'from', 'to'", misuse_of(function(client) client.calls:make() end))
    assert.equal("missing required parameters 'channel', 'to'",
      misuse_of(function(client) client.verify.services("VA1").verifications:create {} end))
    assert.equal("missing required parameter 'types'", misuse_of(function(client) client.content.v1.contents("HX1"):update {} end))
  end)

  it("must be strings", function()
    assert.equal("the name of a parameter must be a string, as in { to = … }, got a number",
      misuse_of(function(client) client.calls:make { "1", "2" } end))
    assert.equal("the name of a parameter must be a string, as in { to = … }, got a boolean", refused { [true] = 1 })
    assert.equal("unknown parameter 'to'", refused { ["to\0"] = "x" }:gsub(" %(did.*$", ""))
  end)

  it("of older libraries are accepted, and sent under their current or their old name", function()
    assert.same({ "StatusCallbackMethod=GET" }, made { status_method = "GET" })
    assert.same({ "IfMachine=Hangup" }, made { if_machine = "Hangup" })
    assert.same({ "StatusCallbackMethod=GET" }, form(function(client) client.calls:update("CA1", { status_method = "GET" }) end))
    assert.same({ "StartTime>=x", "StartTime<=y" }, query(function(client) client.calls:list { after = "x", before = "y" } end))
  end)

  it("are sent in a fixed order", function()
    local params, again = {}, {}
    local names = { "url", "timeout", "record", "method", "send_digits", "machine_detection", "caller_id", "byoc", "trim", "twiml" }
    for i = 1, #names do params[names[i]] = "v" end
    for i = #names, 1, -1 do again[names[i]] = "v" end
    local first = made(params)
    assert.equal(10, #first)
    assert.same(first, made(again))
  end)
end)

describe("extra", function()
  it("sends parameters that the library does not know", function()
    assert.same({ "NewParam=x" }, made({}, { extra = { NewParam = "x" } }))
    assert.same({ "newParam=1", "newParam=true" }, made({}, { extra = { newParam = { 1, true } } }))
    assert.same({}, made({}, { extra = {} }))
    assert.same({ "a\0b c=x" }, made({}, { extra = { ["a\0b c"] = "x" } }))
    assert.same({ "Status=busy", "New=1" }, query(function(client) client.calls:list({ status = "busy" }, { extra = { New = 1 } }) end))
    assert.same({ "New=1" }, query(function(client) client.calls:delete("CA1", nil, { extra = { New = 1 } }) end))
    assert.same({ "Status=completed", "New=1" }, form(function(client) client.calls:hangup("CA1", { extra = { New = 1 } }) end))
  end)

  it("adds a form to a request without a body", function()
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

  it("must be a table of names and plain values", function()
    assert.equal("option 'extra' must be a table, got string", refused({}, { extra = "x" }))
    assert.equal("the name of a parameter must be a string, got a number", refused({}, { extra = { "x" } }))
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

  it("is the program's table, whose names at the top level are wire names or in snake_case", function()
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

  it("raises for unknown names", function()
    assert.truthy(misuse_of(function(client) client.content.v1.contents:create { langage = "en", types = {} } end)
      :find("unknown parameter 'langage' (did you mean 'language'?)", 1, true))
    assert.equal("the name of a parameter must be a string, as in { to = … }, got a number",
      misuse_of(function(client) client.content.v1.contents:create { types = {}, 1 } end))
  end)

  it("accepts any names if it is documented as open", function()
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

  it("has arrays for lists, also for an empty table and for a single value", function()
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

  it("raises for other values in place of a list", function()
    assert.equal("parameter 'phone_numbers' takes an array, got a string", misuse_of(ported { phone_numbers = "+1" }))
    assert.equal("parameter 'phone_numbers' takes an array, got a table with names or gaps",
      misuse_of(ported { phone_numbers = { phone_number = "+1" } }))
    assert.equal("parameter 'documents' takes an array, got a table with names or gaps", misuse_of(ported { documents = { [2] = "RD1" } }))
    assert.equal("parameter 'documents' has a table in its array", misuse_of(ported { documents = { { "RD1" } } }))
    assert.matches("JSON cannot hold a function", misuse_of(ported { documents = print }), 1, true)
  end)

  it("raises for a table in place of a text, a number or a date", function()
    assert.equal("parameter 'account_sid' takes one value, got an array", misuse_of(ported { account_sid = { "AC1", "AC2" } }))
    assert.equal("parameter 'account_sid' takes a value, got a table with names", misuse_of(ported { account_sid = { sid = "AC1" } }))
    assert.equal("parameter 'account_sid' takes a value, got an empty table", misuse_of(ported { account_sid = {} }))
    assert.equal("parameter 'target_port_in_date' takes one value, got an array", misuse_of(ported { target_port_in_date = { 0 } }))
    assert.equal("parameter 'enabled' takes one value, got an array", misuse_of(function(client)
      client.assistants.v1.tools("aia_tool_1"):update { enabled = { true } }
    end))
    assert.matches('"bundle_sid":null', support.sent(ported { bundle_sid = twilio.null }).body, 1, true)
  end)

  it("needs tables with names for documented objects", function()
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

  it("sends values that were read from a response unchanged, next to values that were changed", function()
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

  it("raises for text that is not UTF-8", function()
    assert.equal("a string for JSON must be UTF-8, but its byte 4 is invalid", misuse_of(ported { account_sid = "caf\233" }))
    assert.equal("a string for JSON must be UTF-8, but its byte 1 is invalid", misuse_of(ported { losing_carrier_information = { ["\233"] = 1 } }))
    assert.equal("a string for JSON must be UTF-8, but its byte 1 is invalid", misuse_of(function(client)
      client.sync.v1.services("IS1").documents:create { data = { a = { "\255" } } }
    end))
  end)

  it("accepts `extra`, and a parameter has precedence over `extra`", function()
    local body = sent(function(client)
      client.content.v1.contents:create({ types = {}, language = "en" }, { extra = { new = { 1 }, language = "de" } })
    end)
    assert.same({ types = {}, language = "en", new = { 1 } }, body)
  end)

  it("keeps numbers exact, and raises for values that JSON cannot represent", function()
    local text = support.sent(function(client) client.flex_api.v1.configuration:update { n = 2 ^ 53, f = 0.1, big = 1e21 } end).body
    assert.equal('{"big":1000000000000000000000,"f":0.1,"n":9007199254740992}', text)
    assert.equal("JSON has no infinite numbers and no NaN",
      misuse_of(function(client) client.flex_api.v1.configuration:update { n = 0 / 0 } end))
    assert.truthy(misuse_of(function(client) client.flex_api.v1.configuration:update { n = { 1, a = 2 } } end)
      :find("neither a JSON array nor an object", 1, true))
  end)

  it("may be sent with parameters that are headers", function()
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
  it("raise for an unknown name", function()
    assert.equal("unknown option 'timout' (did you mean 'timeout'?)", refused({}, { timout = 5 }))
    assert.equal("unknown option 'to'", refused({}, { to = "1" }):gsub(" %(did.*$", ""))
    assert.equal("the name of an option must be a string, got a number", refused({}, { 5 }))
  end)

  it("raise for a wrong type", function()
    for _, name in ipairs { "timeout", "connect_timeout" } do
      for _, value in ipairs { 0, -1, 0 / 0, 1 / 0, "5", true, {} } do
        local message = ("option '%s' must be a positive number of seconds, got %s"):format(name, support.shown(value))
        assert.equal(message, refused({}, { [name] = value }))
      end
    end
    assert.equal("option 'wait' must be a function, got \"x\"", refused({}, { wait = "x" }))
  end)

  it("are separate from Twilio's parameters of the same name", function()
    local client, requests = support.client()
    client.calls:make({ to = "1", from = "2", timeout = 60 }, { timeout = 5 })
    assert.truthy(requests[1].body:find("Timeout=60", 1, true))
    assert.equal(5, requests[1].timeout)
  end)
end)
