-- What logs and messages have of phone numbers, of other personal data, and of secrets.
local support = require "spec.support.client"

local logged = support.logged

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

describe("a misuse message", function()
  it("shows no phone number, no address and no identity", function()
    local client = support.client()
    local calls = {
      function() return client.lookups.v2.phone_numbers("+15558675310").nothing end,
      function() return client.lookups.v2.phone_numbers("555-867-5310"):update {} end,
      function() return client.verify.v2.services("VA1").entities("alice").nothing end,
      function() return client.conferences("CF1").participants("alice").nothing end,
      function() return client.chat.v2.services("IS1").users("alice").nothing end,
      function() return client.calls:list { ["+1_555_867_5310"] = "x" } end,
      function() return client.calls:list { ["alice@example.com"] = "x" } end,
      function() return client:request { url = "https://evil.example/x15558675310/alice@example.com" } end,
      function() return client:request { path = "x/+15558675310" } end,
    }
    for i, call in ipairs(calls) do
      local message = support.misuse(call)
      for _, shown in ipairs { "8675310", "867-5310", "867_5310", "alice" } do assert.is_nil(message:find(shown, 1, true), i .. ": " .. message) end
    end
    assert.matches('lookups.v2.phone_numbers("+*******5310") has no \'nothing\'', support.misuse(calls[1]), 1, true)
  end)

  it("shows SIDs", function()
    assert.matches('calls("CA00000000000000000000000000000001") has no', support.misuse(function()
      return support.client().calls("CA00000000000000000000000000000001").nothing
    end), 1, true)
  end)
end)

describe("the text of a resource", function()
  it("is masked as its path is in a message", function()
    local client = support.client()
    local expected = {
      ['lookups.v2.phone_numbers("+*******5310")'] = client.lookups.v2.phone_numbers "+15558675310",
      ['lookups.v2.phone_numbers("+*_***_***_5310")'] = client.lookups.v2.phone_numbers "+1_555_867_5310",
      ['verify.v2.services("VA1").entities("***").factors("YF1")'] = client.verify.v2.services("VA1").entities("alice").factors "YF1",
      ['chat.v2.services("IS1").users("***@example.com")'] = client.chat.v2.services("IS1").users "alice@example.com",
      ['chat.v2.services("IS1").users("US0000000000000000000000000000001a")'] =
        client.chat.v2.services("IS1").users "US0000000000000000000000000000001a",
    }
    for text, resource in pairs(expected) do assert.equal("twilio.resource " .. text, tostring(resource)) end
    assert.matches('participants%("%*%*%*"%)$', tostring(client.conferences("CF1").participants "alice"))
    assert.matches('participants%("CA1"%)$', tostring(client.conferences("CF1").participants "CA1"))
  end)
end)

describe("a log line of a failure", function()
  it("has Twilio's code and message, masked", function()
    local fields = logged(function(client) return client.lookups.v2.phone_numbers("(555) 867-5310"):fetch() end,
      { status = 404, body = '{"code":20404,"message":"No +15558675310, no (555) 867-5310,\\nno alice@example.com"}' })
    assert.equal(20404, fields.code)
    assert.matches(": 404, error 20404: No +*******5310, no (***) ***-5310, no ***@example.com (", fields.message, 1, true)
  end)

  it("has the reason masked", function()
    local seen
    local function fail() return nil, "no way to alice@example.com or x15558675310" end
    local client = support.client({ log = function(_, _, fields) seen = fields end }, fail)
    client.calls:get "CA1"
    assert.equal("no way to ***@example.com or x*******5310", seen.reason)
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
