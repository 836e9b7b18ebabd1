local names = require "twilio.simulator.generic.names"

describe("names.fold", function()
  it("is the same for all spellings of a name", function()
    for _, name in ipairs { "FriendlyName", "friendly_name", "friendlyName", "friendly-name" } do assert.equal("friendlyname", names.fold(name)) end
  end)
end)

describe("names.snake", function()
  it("is the name of a link", function()
    assert.equal("incoming_phone_numbers", names.snake "IncomingPhoneNumbers")
    assert.equal("sip", names.snake "SIP")
  end)
end)

describe("names.nearest", function()
  local list = { "FriendlyName", "StatusCallback", "Ttl" }

  it("is the name that was meant", function()
    assert.equal("FriendlyName", names.nearest("FreindlyName", list))
    assert.equal("FriendlyName", names.nearest("friendly_name", list))
    assert.equal("StatusCallback", names.nearest("StatusCalback", list))
  end)

  it("is nil for a name that is like none", function()
    assert.is_nil(names.nearest("Body", list))
    assert.is_nil(names.nearest("To", list))
    assert.is_nil(names.nearest("Anything", {}))
  end)
end)

describe("names.hint", function()
  it("ends a sentence, with the name that was meant", function()
    assert.equal(". Did you mean 'Status'?", names.hint("Statsu", { "Body", "Status" }))
    assert.equal(".", names.hint("Anything", { "Body", "Status" }))
    assert.equal(".", names.hint("Status", { "Body", "Status" }))
  end)
end)
