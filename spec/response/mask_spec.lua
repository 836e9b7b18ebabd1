-- Personal data is masked in messages and log lines. spec/support/redact_spec.lua,
-- spec/request/path_mask_spec.lua and spec/twilio/mask_spec.lua test the masking of values, paths
-- and bodies.
local support = require "spec.support.client"

local logged = support.logged

describe("Twilio's message", function()
  it("is masked in the library's message, and unchanged in err.message", function()
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

describe("a path", function()
  it("is shown as it is if its percent signs begin no escape", function()
    for _, path in ipairs { "/x/%zz/a", "/x/%4g/a", "/x/%2", "/x/%", "/x/%:0/a", "/x/%`0/a", "/x/%GG", "/x/%!0/a" } do
      local nothing, text = support.client(nil, function() return nil, "no route" end):request { path = path }
      assert.is_nil(nothing)
      assert.matches("GET " .. path .. ": no route", text, 1, true)
    end
  end)
end)

describe("a log line of a failure", function()
  it("has Twilio's code, and Twilio's message with masks", function()
    local fields = logged(function(client) return client.lookups.v2.phone_numbers("(555) 867-5310"):fetch() end,
      { status = 404, body = '{"code":20404,"message":"No +15558675310, no (555) 867-5310,\\nno alice@example.com"}' })
    assert.equal(20404, fields.code)
    assert.matches(": 404, error 20404: No +*******5310, no (***) ***-5310, no ***@example.com (", fields.message, 1, true)
  end)

  it("has a masked reason", function()
    local seen
    local function fail() return nil, "no way to alice@example.com or x15558675310" end
    local client = support.client({ log = function(_, _, fields) seen = fields end }, fail)
    client.calls:get "CA1"
    assert.equal("no way to ***@example.com or x*******5310", seen.reason)
  end)
end)

describe("a part of the path that Twilio's message repeats", function()
  local function message_of(call, text)
    local _, message, err = logged(call, { status = 404, body = ('{"code":20404,"message":"%s"}'):format(text) })
    assert.equal(text, err.message)
    return message:match "error 20404: (.*)$"
  end

  it("is masked as in the path, with and without escapes", function()
    for number, masked in pairs { ["15108675310"] = "*******5310", ["(510) 867-5310"] = "(***) ***-5310", ["+1 510 867 5310"] = "+* *** *** 5310" } do
      local function fetch(client) return client.lookups.v2.phone_numbers(number):fetch() end
      assert.equal(masked .. " is no number", message_of(fetch, number .. " is no number"))
      assert.equal("The resource /v2/PhoneNumbers/" .. masked .. " was not found", message_of(fetch, "The resource /v2/PhoneNumbers/"
        .. number:gsub("[^%d-]", function(c) return ("%%%02X"):format(c:byte()) end) .. " was not found"))
    end
  end)

  it("is replaced by *** if it identifies a person", function()
    local function fetch(client) return client.verify.v2.services("VA1").entities("alice").factors("YF1"):fetch() end
    assert.equal("No /v2/Services/VA1/Entities/***/Factors/YF1; *** is unknown",
      message_of(fetch, "No /v2/Services/VA1/Entities/alice/Factors/YF1; alice is unknown"))
    local function short(client) return client.verify.v2.services("VA1").entities("a").factors("YF1"):fetch() end
    assert.equal("No /Entities/***/Factors as asked", message_of(short, "No /Entities/a/Factors as asked"))
    local function mail(client) return client.lookups.v2.phone_numbers("bob@example.com"):fetch() end
    assert.equal("/v2/PhoneNumbers/***%40example.com or ***@example.com", message_of(mail, "/v2/PhoneNumbers/bob%40example.com or bob@example.com"))
  end)
end)
