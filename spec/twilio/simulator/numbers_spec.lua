local api = require "spec.support.simulator_api"

local ask, get, post, assert_error = api.ask, api.get, api.post, api.assert_error
local count_keys, root = api.count_keys, api.root
local server

describe("the numbers of an account", function()
  setup(function() server = api.start() end)
  teardown(function() assert.equal("", server:stop()) end)
  before_each(function() server:post "/_/reset" end)

  it("are listed, bought, changed and released", function()
    local lent = get(root .. "/IncomingPhoneNumbers.json").incoming_phone_numbers
    assert.equal(3, #lent)
    assert.equal(35, count_keys(lent[1]))
    assert.equal(1, #get(root .. "/IncomingPhoneNumbers.json?PhoneNumber=%2B15017122661").incoming_phone_numbers)
    local bought = post(root .. "/IncomingPhoneNumbers.json", { PhoneNumber = "+15550000009", VoiceUrl = "http://foo.com/" })
    assert.equal("http://foo.com/", get(bought.uri).voice_url)
    assert.equal("Desk", post(bought.uri, { FriendlyName = "Desk" }).friendly_name)
    assert.equal(204, select(2, ask("DELETE", bought.uri)).status)
    assert_error(404, 20404, get(bought.uri))
    assert_error(400, 21402, post(root .. "/IncomingPhoneNumbers.json", {}))
    local own = get(root .. "/OutgoingCallerIds.json").outgoing_caller_ids
    assert.same({ 2, 7 }, { #own, count_keys(own[1]) })
    assert.same(own[1], get(own[1].uri))
  end)

  it("cannot be bought twice, by whichever account", function()
    local numbers = root .. "/IncomingPhoneNumbers.json"
    local bought = post(numbers, { PhoneNumber = "+15550000009" })
    assert_error(400, 21422, post(numbers, { PhoneNumber = "+15550000009" }))
    local other = post("/2010-04-01/Accounts.json", {})
    assert_error(400, 21422, post("/2010-04-01/Accounts/" .. other.sid .. "/IncomingPhoneNumbers.json", { PhoneNumber = "+15550000009" }))
    assert_error(400, 21422, post(root .. "/IncomingPhoneNumbers/TollFree.json", { PhoneNumber = "+15550000009" }))
    assert.equal(204, select(2, ask("DELETE", bought.uri)).status)
    assert.equal(201, select(2, post(numbers, { PhoneNumber = "+15550000009" })).status)
  end)

  it("are refused as Twilio refuses its test numbers", function()
    local numbers = root .. "/IncomingPhoneNumbers.json"
    assert_error(400, 21422, post(numbers, { PhoneNumber = "+15005550000" }))
    assert_error(400, 21421, post(numbers, { PhoneNumber = "+15005550001" }))
    assert_error(400, 21421, post(numbers, { PhoneNumber = "five" }))
    assert_error(400, 21451, post(numbers, { AreaCode = "5" }))
    assert_error(400, 21452, post(numbers, { AreaCode = "500" }))
    assert_error(400, 20001, post(numbers, { PhoneNumber = "+15550000009", VoiceUlr = "http://foo.com/" }))
    assert_error(400, 20001, post(numbers, { PhoneNumber = "+15550000009", VoiceMethod = "FETCH" }))
  end)
end)
