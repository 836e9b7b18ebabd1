local api = require "twilio.simulator.generic.api"
local requests = require "twilio.simulator.generic.requests"

local FORM = "application/x-www-form-urlencoded"

-- Reads a request of an operation. `parts` has query and form as { { name, text } }, json, headers.
local function read(name, parts)
  local operation, headers = api.by_name[name], parts.headers or {}
  headers["content-type"] = headers["content-type"] or parts.json and "application/json" or parts.form and FORM
  return requests.read(operation, {
    headers = headers, body = parts.json or parts.form and "form" or "", query_in_order = parts.query or {}, form_in_order = parts.form or {},
  })
end

local function refusal(name, parts)
  local fine, problem = pcall(read, name, parts)
  assert.is_false(fine)
  assert.is_table(problem, tostring(problem))
  return ("%d %d %s"):format(problem.status, problem.code, problem.message)
end

local TTL = "sync_v1.CreateDocument" -- a form with integers and JSON
local SERVICE = "sync_v1.CreateService"

describe("a form", function()
  it("is read by the names of the operation", function()
    local form = { { "UniqueName", "u" }, { "Ttl", "60" }, { "Data", '{"a":1}' } }
    assert.same({ UniqueName = "u", Ttl = "60", Data = '{"a":1}' }, read(TTL, { form = form }))
  end)

  it("may have its parameters in the query, as at Twilio", function()
    assert.same({ UniqueName = "u" }, read(TTL, { query = { { "UniqueName", "u" } } }))
  end)

  it("has arrays for parameters that occur several times", function()
    local given = read("api_v2010.CreateCall", { form = {
      { "To", "+15558675310" }, { "From", "+15017122661" }, { "StatusCallbackEvent", "ringing" }, { "StatusCallbackEvent", "answered" },
    } })
    assert.same({ "ringing", "answered" }, given.StatusCallbackEvent)
    assert.equal("400 20001 The parameter 'To' takes one value",
      refusal("api_v2010.CreateCall", { form = { { "To", "+1" }, { "To", "+2" }, { "From", "+3" } } }))
  end)

  it("is refused with an unknown name, and the name that was meant", function()
    assert.equal("400 20001 Unknown parameter 'FreindlyName' of CreateService. Did you mean 'FriendlyName'?",
      refusal(SERVICE, { form = { { "FreindlyName", "x" } } }))
    assert.equal("400 20001 Unknown parameter 'Nonsense' of CreateService", refusal(SERVICE, { form = { { "Nonsense", "x" } } }))
  end)

  it("is refused without a required parameter", function()
    assert.equal("400 21213 Missing required parameter From in the post body",
      refusal("api_v2010.CreateCall", { form = { { "To", "+15558675310" } } }))
  end)

  it("is refused with a value of another type", function()
    assert.equal("400 20001 Invalid value 'soon' of the parameter 'Ttl': expected an integer", refusal(TTL, { form = { { "Ttl", "soon" } } }))
    assert.equal("400 20001 Invalid value 'maybe' of the parameter 'AclEnabled': expected true or false",
      refusal(SERVICE, { form = { { "AclEnabled", "maybe" } } }))
    assert.equal("400 20001 Invalid value 'example.com' of the parameter 'WebhookUrl': expected a URL",
      refusal(SERVICE, { form = { { "WebhookUrl", "example.com" } } }))
    assert.equal("400 20001 Invalid value 'nobody' of the parameter 'VoiceApplicationSid': expected an identifier that begins with AP",
      refusal("api_v2010.UpdateIncomingPhoneNumber", { form = { { "VoiceApplicationSid", "nobody" } } }))
  end)

  it("is refused with a value that an enum lacks, whichever its case", function()
    assert.equal("400 20001 Invalid value 'BREW' of the parameter 'Method': expected one of GET, POST", (refusal("api_v2010.UpdateCall",
      { form = { { "Method", "BREW" } } }):gsub("expected one of .*", "expected one of GET, POST")))
    assert.same({ Method = "post" }, read("api_v2010.UpdateCall", { form = { { "Method", "post" } } }))
  end)

  it("may have empty values, which clear fields", function()
    assert.same({ WebhookUrl = "" }, read(SERVICE, { form = { { "WebhookUrl", "" } } }))
  end)

  it("is refused for an operation that takes JSON", function()
    assert.equal("415 20415 Unsupported content type 'application/x-www-form-urlencoded': expected application/json",
      refusal("memory_v1.CreateStore", { form = { { "displayName", "x" } } }))
    assert.equal("415 20415 Unsupported content type 'application/json': expected no body", refusal("api_v2010.FetchCall", { json = "{}" }))
  end)
end)

describe("JSON", function()
  local STORE = "memory_v1.CreateStore"

  it("is read by the names of the operation", function()
    assert.same({ displayName = "x" }, read(STORE, { json = '{"displayName":"x"}' }))
  end)

  it("is refused with an unknown name, another type, or no JSON", function()
    assert.matches("^400 20001 Unknown parameter 'displayNam' of CreateStore. Did you mean 'displayName'%?$",
      refusal(STORE, { json = '{"displayName":"x","displayNam":"x"}' }))
    assert.equal("400 20001 Invalid value '3' of the parameter 'displayName': expected a text", refusal(STORE, { json = '{"displayName":3}' }))
    assert.equal("400 20001 The body is no JSON", refusal(STORE, { json = "{" }))
    assert.equal("400 20001 Missing required parameter displayName in the post body", refusal(STORE, { json = "{}" }))
  end)
end)

describe("a list", function()
  it("takes the parameters of pages and inequalities of times", function()
    local position = { { "PageSize", "2" }, { "Page", "1" }, { "PageToken", "PA1" } }
    assert.same({ PageSize = "2", Page = "1", PageToken = "PA1" }, read("sync_v1.ListService", { query = position }))
    assert.same({}, read("memory_v1.ListProfileIdentifiers", { query = position })) -- not documented, but no mistake
    assert.same({ ["StartTime>"] = "2026-11-01" }, read("api_v2010.ListCall", { query = { { "StartTime>", "2026-11-01" } } }))
  end)

  it("is refused with a filter that it lacks", function()
    assert.equal("400 20001 Unknown parameter 'Statu' of ListCall. Did you mean 'Status'?",
      refusal("api_v2010.ListCall", { query = { { "Statu", "x" } } }))
    assert.equal("400 20001 Invalid value 'soon' of the parameter 'StartTime': expected a date and time such as 2026-11-30T08:00:00Z",
      refusal("api_v2010.ListCall", { query = { { "StartTime", "soon" } } }))
  end)
end)

describe("headers", function()
  it("have the documents' values", function()
    local name = "conversations_v1.CreateConversation"
    assert.same({}, read(name, { headers = { ["x-twilio-webhook-enabled"] = "true" } }))
    assert.matches("^400 20001 Invalid value 'perhaps' of the parameter 'X%-Twilio%-Webhook%-Enabled': expected one of true, false$",
      refusal(name, { headers = { ["x-twilio-webhook-enabled"] = "perhaps" } }))
  end)
end)

describe("a map", function()
  it("is spread over names with its prefix", function()
    assert.same({}, read("lookups_v1.FetchPhoneNumber", { query = { { "AddOns.example.key", "value" } } }))
  end)
end)
