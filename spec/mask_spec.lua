-- What logs and messages have of phone numbers, of other personal data, and of secrets.
local core = require "twilio.core"
local support = require "spec.support.client"

-- Logs one call and returns its fields, message and failure.
local function logged(call, answer)
  local seen
  local client = support.client({
    log = function(_, message, fields)
      seen = fields
      seen.message = message
    end,
  }, answer or { status = 400, body = '{"code":1,"message":"no"}' })
  local _, message, err = call(client)
  return seen, message, err
end

local function body_of(call) return logged(call).body end

describe("a value", function()
  it("that is a phone number keeps its last four digits, a short one two", function()
    local expected = {
      ["+15558675310"] = "+*******5310",
      ["15558675310"] = "*******5310",
      ["+1 (555) 867-5310"] = "+* (***) ***-5310",
      ["555-867-5310"] = "***-***-5310",
      ["(555) 867.5310"] = "(***) ***.5310",
      ["+4412345"] = "+*****45",
      ["whatsapp:+15558675310"] = "whatsapp:+*******5310",
      ["sms:15558675310"] = "sms:*******5310",
      ["tel%3A%2B15558675310"] = "tel%3A%2B*******5310",
      ["%2B15558675310"] = "%2B*******5310",
      ["4111111111111111"] = "************1111",
    }
    for value, masked in pairs(expected) do
      assert.equal(masked, core.mask(value))
      assert.equal(masked, core.mask(value, true))
    end
  end)

  it("that is none stays as it is", function()
    for _, value in ipairs {
      "", "+", "+1", "+123456", "123456", "true", "CA00000000000000000000000000000001", "2009-07-06", "http://foo.com/call.xml?a=1+2",
      "client:alice", "2010-07-06T20:30:00Z", "x1234567890", "100.5", "\0\1\2", ("a"):rep(100000), "%2", "%2B", "+.....", "abc:", ":",
    } do
      assert.equal(value, core.mask(value))
    end
  end)

  it("has numbers with a + within it masked", function()
    assert.equal("http://foo.com/?to=%2B*******5310&x=1", core.mask "http://foo.com/?to=%2B15558675310&x=1")
    assert.equal("<Dial>+*******5310</Dial><Dial>+* *** *** 5311</Dial>", core.mask "<Dial>+15558675310</Dial><Dial>+1 555 867 5311</Dial>")
    assert.equal("\0+*******5310\0", core.mask "\0+15558675310\0")
    assert.equal("++*******5310", core.mask "++15558675310")
  end)

  it("has whole numbers without a + within it masked", function()
    assert.equal("number *******5310, or *******5310.", core.mask "number 15108675310, or 15108675310.")
    assert.equal("to=*******5310&x", core.mask "to=15108675310&x")
    for _, text in ipairs { "about 123456789 bytes", "SID CA15108675310x", "x15108675310 y", "1510867531x y", "0123456789012345 y" } do
      assert.equal(text, core.mask(text))
    end
  end)

  it("loses who stands before an @ within it", function()
    assert.equal("write to ***@example.com, now", core.mask "write to alice@example.com, now")
    assert.equal("'***%40example.com' <***@b>", core.mask "'alice%40example.com' <a@b>")
    assert.equal("@ @x x @", core.mask "@ @x x @")
  end)

  it("loses who stands before an @", function()
    assert.equal("***@example.com", core.mask "sip:alice@example.com")
    assert.equal("***@example.com", core.mask "alice@example.com")
    assert.equal("***%40example.com", core.mask "alice%40example.com")
    assert.equal("***@host/x", core.mask "https://user:p@ss@host/x")
    assert.equal("alice @ work", core.mask "alice @ work")
  end)

  it("that is personal is hidden whole", function()
    for _, value in ipairs { "Alice", "alice@example.com", "", "12", "x +15558675310" } do assert.equal("***", core.mask(value, true)) end
  end)
end)

describe("a path", function()
  local function paths(call, answer)
    local fields, message, err = logged(call, answer)
    assert.matches(fields.path, fields.message, 1, true)
    assert.matches(fields.path, message, 1, true)
    return fields.path, err
  end

  it("has its phone numbers masked, in messages and in the log, and nowhere else", function()
    local path, err = paths(function(client) return client.lookups.v2.phone_numbers("+15558675310"):fetch() end)
    assert.equal("/v2/PhoneNumbers/%2B*******5310", path)
    assert.equal("https://lookups.twilio.com/v2/PhoneNumbers/%2B15558675310", err.url)
    path = paths(function(client) return client.conferences("CF1").participants("+15558675310"):fetch() end)
    assert.equal("/2010-04-01/Accounts/" .. support.account_sid .. "/Conferences/CF1/Participants/%2B*******5310.json", path)
    assert.equal("/x/+*******5310/y", paths(function(client) return client:request { path = "/x/+15558675310/y?to=+15558675310" } end))
    assert.equal("/x/15/*******5310.json", paths(function(client) return client:request { path = "/x/15/15558675310.json" } end))
  end)

  it("shows numbers in other forms without their escapes", function()
    assert.equal("/v2/PhoneNumbers/(***) ***-5310",
      paths(function(client) return client.lookups.v2.phone_numbers("(510) 867-5310"):fetch() end))
    assert.equal("/v2/PhoneNumbers/+* *** *** 5310",
      paths(function(client) return client.lookups.v2.phone_numbers("+1 510 867 5310"):fetch() end))
    assert.equal("/v2/PhoneNumbers/%20%28" .. ("x"):rep(400),
      paths(function(client) return client.lookups.v2.phone_numbers(" (" .. ("x"):rep(400)):fetch() end))
  end)

  it("has what stands for a person masked where the documents say so, or an @ does", function()
    local services = function(client) return client.sync.v1.services("IS1") end
    assert.equal("/v1/Services/IS1/Documents/ET1/Permissions/***",
      paths(function(client) return services(client).documents("ET1").document_permissions("alice"):fetch() end))
    assert.equal("/v1/Services/IS1/Maps/MP1/Items/***",
      paths(function(client) return services(client).sync_maps("MP1").sync_map_items("alice"):fetch() end))
    assert.equal("/v2/Services/VA1/Entities/***/Factors/YF1",
      paths(function(client) return client.verify.v2.services("VA1").entities("alice").factors("YF1"):fetch() end))
    assert.equal("/v2/Services/IS1/Users/***%40example.com",
      paths(function(client) return client.chat.v2.services("IS1").users("alice@example.com"):fetch() end))
  end)

  it("has its SIDs, of each page", function()
    local answers = 0
    local function answer()
      answers = answers + 1
      if answers > 1 then return { status = 500, body = "" } end
      return { status = 200, body = '{"recordings":[{}],"next_page_uri":"/2010-04-01/Accounts/AC1/Calls/CA1/Recordings.json?Page=1"}' }
    end
    local fields = logged(function(client) return nil, (pcall(client.calls("CA1").recordings:iter(), nil)) end, answer)
    assert.equal("/2010-04-01/Accounts/" .. support.account_sid .. "/Calls/CA1/Recordings.json", fields.path)
    for _, path in ipairs { "/", "/x//", "/x" } do
      assert.equal(path, paths(function(client) return client:request { path = path } end))
    end
  end)
end)

describe("Twilio's message", function()
  it("is masked in ours and left as it is in the table", function()
    local _, message, err = logged(function(client) return client.calls:get "CA1" end,
      { status = 400, body = '{"code":21211,"message":"The \'To\' number +15558675310 is not a valid phone number."}' })
    assert.matches("The 'To' number +*******5310 is not", message, 1, true)
    assert.matches("The 'To' number +15558675310 is not", err.message, 1, true)
  end)
end)

describe("what a message repeats of the path", function()
  local function message_of(call, text)
    local _, message, err = logged(call, { status = 404, body = ('{"code":20404,"message":"%s"}'):format(text) })
    assert.equal(text, err.message)
    return message:match "error 20404: (.*)$"
  end

  it("is masked as it is there, with its escapes and without", function()
    for number, masked in pairs { ["15108675310"] = "*******5310", ["(510) 867-5310"] = "(***) ***-5310", ["+1 510 867 5310"] = "+* *** *** 5310" } do
      local function fetch(client) return client.lookups.v2.phone_numbers(number):fetch() end
      assert.equal(masked .. " is no number", message_of(fetch, number .. " is no number"))
      assert.equal("The resource /v2/PhoneNumbers/" .. masked .. " was not found", message_of(fetch, "The resource /v2/PhoneNumbers/"
        .. number:gsub("[^%d-]", function(c) return ("%%%02X"):format(c:byte()) end) .. " was not found"))
    end
  end)

  it("is hidden where it stands for a person", function()
    local function fetch(client) return client.verify.v2.services("VA1").entities("alice").factors("YF1"):fetch() end
    assert.equal("No /v2/Services/VA1/Entities/***/Factors/YF1; *** is unknown",
      message_of(fetch, "No /v2/Services/VA1/Entities/alice/Factors/YF1; alice is unknown"))
    local function short(client) return client.verify.v2.services("VA1").entities("a").factors("YF1"):fetch() end
    assert.equal("No /Entities/***/Factors as asked", message_of(short, "No /Entities/a/Factors as asked"))
    local function mail(client) return client.lookups.v2.phone_numbers("bob@example.com"):fetch() end
    assert.equal("/v2/PhoneNumbers/***%40example.com or ***@example.com", message_of(mail, "/v2/PhoneNumbers/bob%40example.com or bob@example.com"))
  end)
end)

describe("a body in the log", function()
  it("of a form has phone numbers and marked parameters masked", function()
    assert.equal("From=%2B*******2661&StatusCallbackEvent=ringing&StatusCallbackEvent=answered&Timeout=60&To=%2B*******5310"
        .. "&Url=http%3A%2F%2Ffoo.com%2Fcall.xml%3Fto%3D%252B15%2B*******5310",
      body_of(function(client)
        return client.calls:make {
          to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml?to=%2B15+15558675310", timeout = 60,
          status_callback_event = { "ringing", "answered" },
        }
      end))
    assert.equal("Body=***&From=%2B*******2661&To=whatsapp%3A%2B*******5310", body_of(function(client)
      return client.messages:create { to = "whatsapp:+15558675310", from = "+15017122661", body = "Your code is 1234" }
    end))
    assert.equal("To=%2B*******5310&X=y", body_of(function(client)
      return client:request { path = "/x", form = "To=%2B15558675310&X=y" }
    end))
  end)

  it("has no secret", function()
    local form = {
      Password = "hunter2", AuthToken = "hunter2", ApiKey = "hunter2", ["Binding.Secret"] = "hunter2", PrivateKey = "hunter2",
      client_secret = "hunter2", Certificate = "hunter2", VerificationCode = "hunter2", Code = "hunter2", Credentials = '{"a":"hunter2"}',
      AuthPayload = "hunter2", Config = '{"inner":[{"api_key":"hunter2"}],"n":1}',
    }
    local body = body_of(function(client) return client:request { path = "/x", form = form } end)
    assert.not_matches("hunter2", body)
    assert.matches("Password=***&", body .. "&", 1, true)
    assert.matches("***", body_of(function(client) return client:request { path = "/x", form = "hunter2" } end), 1, true)
    assert.equal("ApnCredentialSid=CR1", body_of(function(client) return client:request { path = "/x", form = { ApnCredentialSid = "CR1" } } end))
    for _, value in ipairs { '{"a":"hunter2"', "[hunter2]", "{hunter2" } do
      assert.equal("A=***", body_of(function(client) return client:request { path = "/x", form = { A = value } } end))
    end
  end)

  it("of JSON is masked at any depth", function()
    local body = require "cjson".decode(body_of(function(client)
      return client:request {
        path = "/x",
        json = {
          to = "+15558675310", count = 3, on = true, list = { { phone = 15558675310 }, "x", "alice@example.com" },
          token = { deep = { "hunter2", 7 } }, From = { name = "Alice" }, text = '{"password":"hunter2"}', none = require "twilio".null,
        },
      }
    end))
    assert.same({
      to = "+*******5310", count = 3, on = true, list = { { phone = "*******5310" }, "x", "***@example.com" },
      token = { deep = { "***", "***" } }, From = { name = "***" }, text = "***", none = require "cjson".null,
    }, body)
    assert.equal('"+*******5310"', body_of(function(client) return client:request { path = "/x", json = "+15558675310" } end))
    assert.equal("***", body_of(function(client) return client:request { path = "/x", json = 15558675310 } end))
  end)

  it("is absent where none is sent, and made for a log function alone", function()
    assert.is_nil(body_of(function(client) return client.calls:get "CA1" end))
    assert.is_nil(body_of(function(client) return client.calls:delete "CA1" end))
    assert.is_nil(body_of(function(client) return client.calls:update("CA1", {}) end))
  end)
end)
