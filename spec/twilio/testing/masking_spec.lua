-- Masks recordings: only what is known to be harmless is kept.
local api = require "twilio.simulator.generic.api"
local json = require "twilio.json"
local masking = require "twilio.testing.masking"
local requests = require "twilio.testing.request"
local twilio = require "twilio"

local OWN, OTHER = "AC0123456789abcdef0123456789abcdef", "ACffffffffffffffffffffffffffffffff"
local FAKE = "AC00000000000000000000000000000001"

local function masker(keep)
  local new = masking.new(keep)
  new.own = OWN
  return new
end

-- Returns the request of a form.
local function post(path, body, product)
  return requests.new {
    method = "POST", url = ("https://%s.twilio.com%s"):format(product or "api", path), body = body, attempt = 1,
    headers = { ["content-type"] = "application/x-www-form-urlencoded" },
  }
end

local CALLS = "/2010-04-01/Accounts/" .. OWN .. "/Calls.json"

local function params(body, keep, path, product)
  return masking.params(masker(keep), post(path or CALLS, body, product))
end

local function body(text, path, status) return masking.body(masker(), post(path or CALLS, ""), status or 200, text) end

describe("masked parameters", function()
  it("keep SIDs, enums, booleans, numbers and methods", function()
    assert.same({ Method = "POST", Record = "true", Timeout = "30", StatusCallbackMethod = "GET", CallReason = "***" },
      params "Method=POST&Record=true&Timeout=30&StatusCallbackMethod=GET&CallReason=x")
    assert.same({ StatusCallbackEvent = { "***", "***" }, ApplicationSid = "AP0123456789abcdef0123456789abcdef" },
      params "StatusCallbackEvent=initiated&StatusCallbackEvent=ringing&ApplicationSid=AP0123456789abcdef0123456789abcdef")
  end)

  it("keep the last digits of phone numbers", function()
    local function to(number) return params("To=" .. number:gsub("%+", "%%2B")).To end
    assert.equal("+10000005310", to "+15558675310")
    assert.equal("+100000003456", to "+493012343456")
    assert.equal("whatsapp:+10000005310", to "whatsapp:+15558675310")
    assert.equal("10000005310", to "15558675310")
    assert.equal("***", to "sip:alice@example.com")
    assert.equal("***", to "client:alice")
    assert.equal("***", to "(555) 867-5310")
  end)

  it("hide texts, URLs, names and secrets", function()
    assert.same({ Url = "***", Twiml = "***", SipAuthUsername = "***", SipAuthPassword = "***" },
      params "Url=https://me.example/a?key=1&Twiml=<x/>&SipAuthUsername=alice&SipAuthPassword=12345")
    assert.same({ Code = "***", To = "+10000005310" },
      params("Code=123456&To=%2B15558675310", nil, "/v2/Services/VA0123456789abcdef0123456789abcdef/VerificationCheck", "verify"))
  end)

  it("keep the texts of names that the program allows", function()
    assert.same({ Url = "https://me.example/", CallerId = "***" }, params("Url=https://me.example/&CallerId=x", { "url" }))
    assert.same({ FriendlyName = "Shop" }, params("FriendlyName=Shop", { "friendly_name" }, "/v2/Services", "verify"))
  end)

  it("keep what leads to another page", function()
    assert.same({ Page = "1", PageSize = "50", PageToken = "PACA0123" }, params "Page=1&PageSize=50&PageToken=PACA0123")
  end)
end)

describe("masked bodies", function()
  local CALL = ([[{"sid":"CA0123456789abcdef0123456789abcdef","account_sid":"%s","status":"busy","to":"+15558675310","to_formatted":"(555) 867-5310",
    "caller_name":"ALICE","price":"-0.02","duration":"61","end_time":null,"date_created":"Mon, 30 Nov 2026 08:00:00 +0000",
    "uri":"/2010-04-01/Accounts/%s/Calls/CA0123456789abcdef0123456789abcdef.json","answered_by":"human"}]]):format(OWN, OWN)

  it("keep what Twilio's documents describe as harmless", function()
    local masked = body(CALL, "/2010-04-01/Accounts/" .. OWN .. "/Calls.json")
    assert.same({ "CA0123456789abcdef0123456789abcdef", FAKE, "busy", "+10000005310", "***" },
      { masked.sid, masked.account_sid, masked.status, masked.to, masked.caller_name })
    assert.same({ "-0.02", "61", "***" }, { masked.price, masked.duration, masked.to_formatted })
    assert.equal("Mon, 30 Nov 2026 08:00:00 +0000", masked.date_created)
    assert.equal(("/2010-04-01/Accounts/%s/Calls/CA0123456789abcdef0123456789abcdef.json"):format(FAKE), masked.uri)
    assert.equal(require("twilio.core").null, masked.end_time)
  end)

  it("mask the records of lists, and the links to other pages", function()
    local link = "/2010-04-01/Accounts/" .. OWN .. "/Calls.json?To=%2B15558675310&Status=busy&Page=1&PageToken=PA1"
    local text = ('{"calls":[%s],"next_page_uri":"%s","page":0}'):format(CALL, link)
    local request = requests.new { method = "GET", url = "https://api.twilio.com" .. CALLS, headers = {}, attempt = 1 }
    local masked = masking.body(masker(), request, 200, text)
    assert.equal("***", masked.calls[1].caller_name)
    assert.equal(("/2010-04-01/Accounts/%s/Calls.json?To=+10000005310&Status=busy&Page=1&PageToken=PA1"):format(FAKE), masked.next_page_uri)
    assert.equal(0, masked.page)
  end)

  it("hide tokens of accounts, and give other accounts other SIDs", function()
    local text = ('{"sid":"%s","auth_token":"0123456789abcdef0123456789abcdef","friendly_name":"Sub","status":"active"}'):format(OTHER)
    local masked = body(text, "/2010-04-01/Accounts.json")
    assert.same({ "***", "***", "active" }, { masked.auth_token, masked.friendly_name, masked.status })
    assert.matches("^AC00000000%x+$", masked.sid)
    assert.equal(34, #masked.sid)
    assert.are_not.equal(FAKE, masked.sid)
    assert.are_not.equal(OTHER, masked.sid)
  end)

  it("keep the code of an error, and replace its message by the title of the code", function()
    local text = '{"code":21211,"message":"The number +15558675310 of Alice is wrong","status":400,"details":{"name":"Alice"}}'
    local masked = body(text, nil, 400)
    assert.same({ code = 21211, status = 400, message = require("twilio.explain").explain(21211).title, details = { name = "***" } }, masked)
    masked = body('{"code":999999999,"message":"Alice"}', nil, 400)
    assert.same({ code = 999999999, message = "***" }, masked)
  end)

  it("keep the name of the records in a list, which the library needs", function()
    local request = requests.new { method = "GET", url = "https://verify.twilio.com/v2/Services", headers = {}, attempt = 1 }
    local masked = masking.body(masker(), request, 200, '{"services":[],"meta":{"key":"services","next_page_url":null},"key":"alice"}')
    assert.same({ "services", "***" }, { masked.meta.key, masked.key })
  end)

  it("hide a text in a field whose type is harmless", function()
    assert.same({ Timeout = "***", Record = "***", Method = "***" }, params "Timeout=alice&Record=maybe&Method=alice")
  end)

  it("hide the names and values of objects that are the program's, and keep links", function()
    local text = '{"sid":"WT0123456789abcdef0123456789abcdef","attributes":"{\\"alice\\":1}","links":{"workspace":'
      .. '"https://taskrouter.twilio.com/v1/Workspaces/WS0123456789abcdef0123456789abcdef","other":"https://me.example/alice"}}'
    local request = post("/v1/Workspaces/WS0123456789abcdef0123456789abcdef/Tasks", "", "taskrouter")
    assert.same({
      sid = "WT0123456789abcdef0123456789abcdef", attributes = "***",
      links = { workspace = "https://taskrouter.twilio.com/v1/Workspaces/WS0123456789abcdef0123456789abcdef" },
    }, masking.body(masker(), request, 201, text))
    text = '{"sid":"MP0123456789abcdef0123456789abcdef","data":{"alice":{"a":1},"b":[1]},"key":"alice"}'
    local items = "/v1/Services/IS0123456789abcdef0123456789abcdef/Maps/MP0123456789abcdef0123456789abcdef/Items"
    assert.same({ sid = "MP0123456789abcdef0123456789abcdef", data = {}, key = "***" },
      masking.body(masker(), post(items, "", "sync"), 201, text))
    assert.same({ ["***"] = "***" }, body '{"alice@example.com":"x"}')
  end)

  it("hide everything that is no JSON", function()
    assert.equal("***", body "RIFF....WAVE")
    assert.equal("***", body '"text"')
    assert.is_nil(body "")
    assert.is_nil(body(nil))
  end)

  it("hide texts and long numbers in fields that Twilio does not document", function()
    assert.same({ a = "***", b = 5, c = "***", d = { { e = "***" } }, f = true }, body '{"a":"text","b":5,"c":15558675310,"d":[{"e":"x"}],"f":true}')
  end)
end)

-- Returns a value of the type with personal data wherever the type allows it.
local function personal(of)
  if of.kind == "object" then
    local object = {}
    for _, field in ipairs(of.fields) do object[field.name] = personal(field.type) end
    return next(object) and object or twilio.array {}
  elseif of.kind == "array" then
    return twilio.array { personal(of.items) }
  elseif of.kind == "phone" then
    return "+15558675310"
  elseif of.kind == "uri" then
    return "https://me.example/alice?n=15558675310"
  elseif of.kind == "any" or of.kind == "map" then
    return { alice = "Alice Example", ["+15558675310"] = { "Alice Example" } }
  end
  return "Alice Example"
end

describe("masking the answer of each operation", function()
  it("leaves nothing of a name, a phone number or a URL, whatever the field", function()
    local count = 0
    for _, operation in ipairs(api.operations) do
      if operation.answer then
        count = count + 1
        local path = operation.path:gsub("{%w+}", "alice")
        local url = "https://" .. operation.host .. ".twilio.com" .. path
        local request = requests.new { method = operation.method, url = url, headers = {}, attempt = 1 }
        local masked = masking.body(masker(), request, operation.status, json.encode(personal(operation.answer)))
        local text = json.encode(masked) .. masking.path(masker(), request.product, request.path)
        assert.is_nil(text:lower():find("alice", 1, true) or text:find("55586", 1, true), operation.name .. " " .. text)
      end
    end
    assert.is_true(count > 1000, count)
  end)
end)

describe("masked paths", function()
  local function path(product, text) return masking.path(masker(), product, text) end

  it("keep SIDs and the names of resources", function()
    assert.equal("/2010-04-01/Accounts/" .. FAKE .. "/Calls/CA0123456789abcdef0123456789abcdef.json",
      path("api", "/2010-04-01/Accounts/" .. OWN .. "/Calls/CA0123456789abcdef0123456789abcdef.json"))
    assert.equal("/v2/Services", path("verify", "/v2/Services"))
  end)

  it("keep countries", function()
    local numbers = "/2010-04-01/Accounts/" .. FAKE .. "/AvailablePhoneNumbers/US/Local.json"
    assert.equal(numbers, path("api", numbers))
  end)

  it("hide numbers and names of people", function()
    assert.equal("/v2/PhoneNumbers/+10000005310", path("lookups", "/v2/PhoneNumbers/%2B15558675310"))
    local entities = "/v2/Services/VA0123456789abcdef0123456789abcdef/Entities/"
    assert.equal(entities .. "***", path("verify", entities .. "alice%40a.b"))
    assert.equal("/v9/Services/***", path("api", "/v9/Services/Alice"))
    assert.equal("/v9/***/***", path("api", "/v9/People/alice%40example.com"))
    assert.equal("/v9/Services/10000005310", path("api", "/v9/Services/15558675310"))
  end)
end)

describe("masking", function()
  it("twice is masking once", function()
    local text = "To=%2B15558675310&From=whatsapp:%2B493012345678&Url=x&ApplicationSid=AP0123456789abcdef0123456789abcdef&CallerId=" .. OTHER
    local once = params(text)
    local again = requests.with(post(CALLS, text), CALLS, once)
    assert.same(once, masking.params(masker(), again))
    local path = masking.path(masker(), "verify", "/v2/Services/VA1/Entities/alice")
    assert.equal(path, masking.path(masker(), "verify", path))
  end)

  it("learns the account from the credentials, or from the path", function()
    local function learnt(fields)
      local new, request = masking.new(), post(fields.path or "/v2/Services", "")
      request.headers = { authorization = fields.authorization }
      masking.learn(new, request)
      return new.own
    end
    local core = require "twilio.core"
    assert.equal(OWN, learnt { authorization = "Basic " .. core.base64(OWN .. ":secret") })
    assert.equal(OWN, learnt { authorization = "Basic " .. core.base64("SK0123456789abcdef0123456789abcdef:secret"), path = CALLS })
    assert.is_nil(learnt { authorization = "Bearer x" })
  end)
end)
