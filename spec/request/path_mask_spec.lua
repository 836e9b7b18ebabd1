-- Personal data is masked in the path of a request, and in the text of a resource.
local support = require "spec.support.client"

local logged = support.logged

describe("a path", function()
  local function paths(call, answer)
    local fields, message, err = logged(call, answer)
    assert.matches(fields.path, fields.message, 1, true)
    assert.matches(fields.path, message, 1, true)
    return fields.path, err
  end

  it("has masked phone numbers in messages and logs, but not in err.url", function()
    local path, err = paths(function(client) return client.lookups.v2.phone_numbers("+15558675310"):fetch() end)
    assert.equal("/v2/PhoneNumbers/%2B*******5310", path)
    assert.equal("https://lookups.twilio.com/v2/PhoneNumbers/%2B15558675310", err.url)
    path = paths(function(client) return client.conferences("CF1").participants("+15558675310"):fetch() end)
    assert.equal("/2010-04-01/Accounts/" .. support.account_sid .. "/Conferences/CF1/Participants/%2B*******5310.json", path)
    assert.equal("/x/+*******5310/y", paths(function(client) return client:request { path = "/x/+15558675310/y?to=+15558675310" } end))
    assert.equal("/x/15/*******5310.json", paths(function(client) return client:request { path = "/x/15/15558675310.json" } end))
  end)

  it("masks a number with spaces or brackets, and shows its separators without escapes", function()
    assert.equal("/v2/PhoneNumbers/(***) ***-5310",
      paths(function(client) return client.lookups.v2.phone_numbers("(510) 867-5310"):fetch() end))
    assert.equal("/v2/PhoneNumbers/+* *** *** 5310",
      paths(function(client) return client.lookups.v2.phone_numbers("+1 510 867 5310"):fetch() end))
    assert.equal("/v2/PhoneNumbers/%20%28" .. ("x"):rep(400),
      paths(function(client) return client.lookups.v2.phone_numbers(" (" .. ("x"):rep(400)):fetch() end))
  end)

  it("has masked identities, if the documents mark them or if they contain an @", function()
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

  it("shows its SIDs, on every page", function()
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

describe("the text of a resource", function()
  it("is masked like its path in a message", function()
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
    local participant = "conv_participant_01k6fc25s7epm9qtk8rszbv3q5"
    assert.equal('twilio.resource conversations.v2.participants("conv_conversation_01k6fc25s7epm9qtk8rszbv3q5", "' .. participant .. '")',
      tostring(client.conversations.v2.participants("conv_conversation_01k6fc25s7epm9qtk8rszbv3q5", participant)))
    assert.matches('participants%("%*%*%*"%)$', tostring(client.conferences("CF1").participants "alice_adams"))
  end)
end)
